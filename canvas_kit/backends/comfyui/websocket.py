"""What the websocket tells of one job: progress and previews.

The websocket is a hint. It may not open, close in mid-run, or stay silent; the job is followed by
polling all the same. Each job uses a client id of its own, since a server that sees an id come back
may drop the newer connection and stay silent for good.
"""

from __future__ import annotations

import asyncio
import json
import struct
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

from canvas_kit.backends.base import Reporter
from canvas_kit.backends.comfyui.graph import Graph
from canvas_kit.backends.comfyui.lenient import as_dict
from canvas_kit.errors import BackendUnreachable, CanvasKitError

_OPENING_SECONDS = 2.0
_PREVIEW = 1
_PREVIEW_WITH_METADATA = 4
_ENDINGS = frozenset({"execution_success", "execution_error", "execution_interrupted"})

Open = Callable[[str], AbstractAsyncContextManager[Any]]
"""Opens a websocket under a client id."""


class JobSocket:
    """Listens for one job.

    Attributes:
        client_id: To be sent along with the job, so that its messages come here.
        job_id: The job's id; messages about others are passed over.
        started: Whether the server has begun to work on the job.
        ended: Set when the server says that the job is over. History may lag a moment behind.
        broke: Whether it broke off, or nothing answered there, as while a server is restarted.
        trouble: Why it did not open, or broke off; empty as long as all is well.
    """

    def __init__(self, graph: Graph, job_id: str, reporter: Reporter) -> None:
        """Open nothing yet; ``graph`` is there for the names of its nodes."""
        self.client_id = uuid.uuid4().hex
        self.job_id = job_id
        self.ended = asyncio.Event()
        self.started = False
        self.broke = False
        self.trouble = ""
        self._graph = graph
        self._reporter = reporter
        self._node: str | None = None
        self._step: tuple[int | None, int | None] = (None, None)
        self._opened = asyncio.Event()

    @asynccontextmanager
    async def listening(self, open_socket: Open) -> AsyncIterator[None]:
        """Listen during the block; on entering, the server knows the client id if it can."""
        task = asyncio.create_task(self._listen(open_socket))
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._opened.wait(), _OPENING_SECONDS)
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def wait(self, seconds: float) -> None:
        """Wait until the job is said to be over, at most ``seconds``."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.ended.wait(), seconds)

    async def _listen(self, open_socket: Open) -> None:
        was_open = False
        try:
            async with open_socket(self.client_id) as socket:
                # Asks for previews that say which node and job they belong to; has to come first.
                hello = {"type": "feature_flags", "data": {"supports_preview_metadata": True}}
                await socket.send(json.dumps(hello))
                was_open = True
                self._opened.set()
                async for message in socket:
                    self.take(message)
            self.broke = True
        except CanvasKitError as error:
            self.broke = was_open or isinstance(error, BackendUnreachable)
            self.trouble = str(error)  # told only if it matters: history has the rest
        finally:
            self._opened.set()

    def take(self, message: str | bytes) -> None:
        """Note one message. What is malformed or about another job is passed over."""
        preview, is_news = None, False
        try:
            if isinstance(message, bytes):
                preview = self._preview(message)
            elif (document := json.loads(message))["data"].get("prompt_id") == self.job_id:
                is_news = self._read_event(document["type"], document["data"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, struct.error):
            return
        if preview or is_news:
            node = self._graph.nodes.get(self._node or "")
            title = (node.title or node.class_type) if node else ""
            step, total = self._step
            self._reporter.progress(title, step=step, total=total, preview=preview)

    def _read_event(self, event: str, data: Mapping[str, Any]) -> bool:
        """Note an event; true when there is something to tell."""
        node = data.get("node")
        self.started = True
        if event in _ENDINGS or (event == "executing" and node is None):
            self._node = None
            self.ended.set()
        elif event == "executing":
            self._node, self._step = str(node), (None, None)
            return True
        elif event == "progress":
            self._node = str(node)
            return self._read_step(data)
        elif event == "progress_state":
            # Newer servers may tell steps in this form alone.
            state = as_dict(as_dict(data.get("nodes")).get(self._node or ""))
            return state.get("state") == "running" and self._read_step(state)
        return False

    def _read_step(self, state: Mapping[str, Any]) -> bool:
        before = self._step
        step = (int(state["value"]), int(state["max"]))
        if step[0] >= 1 and step[1] > 1:
            self._step = step
        return self._step != before

    def _preview(self, message: bytes) -> bytes | None:
        """The preview in a frame, if there is one of this job."""
        event, second = struct.unpack_from(">II", message)
        if event == _PREVIEW_WITH_METADATA:
            about = json.loads(message[8 : 8 + second])
            return message[8 + second :] if about["prompt_id"] == self.job_id else None
        # A frame without metadata says nothing about its job; only one job runs at a time, so it
        # is ours while a node of ours runs.
        return message[8:] if event == _PREVIEW and self._node else None
