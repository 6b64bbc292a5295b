"""What the websocket tells of one job: progress, previews, and pictures that go over it alone.

The websocket is a hint. It may not open, close in mid-run, or stay silent; the job is followed by
polling all the same. Each job uses a client id of its own, since a server that sees an id come back
may drop the newer connection and stay silent for good.
"""

from __future__ import annotations

import asyncio
import json
import struct
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

from canvas_kit.backends.base import Reporter
from canvas_kit.backends.comfyui.graph import Graph
from canvas_kit.backends.comfyui.lenient import as_dict
from canvas_kit.errors import CanvasKitError, MissingPrerequisite

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
        frames: Pictures sent over the websocket by the nodes that store none, by node id.
        lost: True when the websocket could not be opened, or broke off.
        trouble: Why, in a sentence; empty as long as all is well.
        missing: That the package for websockets is, when it is.
    """

    def __init__(
        self,
        graph: Graph,
        job_id: str,
        reporter: Reporter,
        *,
        keep_from: Collection[str] = (),
        max_bytes: int = 2**30,
    ) -> None:
        """Prepare; nothing is opened.

        Args:
            graph: The workflow, for the names of its nodes.
            job_id: The job's id.
            reporter: Gets progress and previews.
            keep_from: The ids of the nodes whose pictures are results and no previews.
            max_bytes: How much of them is kept.
        """
        self.client_id = uuid.uuid4().hex
        self.job_id = job_id
        self.ended = asyncio.Event()
        self.frames: dict[str, list[bytes]] = defaultdict(list)
        self.started = False
        self.lost = False
        self.trouble = ""
        self.missing: MissingPrerequisite | None = None
        self._graph = graph
        self._reporter = reporter
        self._keep_from = keep_from
        self._max_bytes = self._room = max_bytes
        self._node: str | None = None
        self._step: tuple[int | None, int | None] = (None, None)
        self._opened = asyncio.Event()
        self._was_open = False

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

    @property
    def broke(self) -> bool:
        """Whether the websocket was open and is not any more, as when a server is restarted."""
        return self.lost and self._was_open

    async def _listen(self, open_socket: Open) -> None:
        try:
            async with open_socket(self.client_id) as socket:
                # Asks for previews that say which node and job they belong to; has to come first.
                hello = {"type": "feature_flags", "data": {"supports_preview_metadata": True}}
                await socket.send(json.dumps(hello))
                self._was_open = True
                self._opened.set()
                async for message in socket:
                    self.take(message)
            self.lost = True
        except CanvasKitError as error:
            self.lost = True
            self.missing = error if isinstance(error, MissingPrerequisite) else None
            self.trouble = str(error)  # told only if it matters: history has the rest
        finally:
            self._opened.set()

    def take(self, message: str | bytes) -> None:
        """Note one message. What is malformed or about another job is passed over."""
        preview, is_news = None, False
        try:
            if isinstance(message, bytes):
                preview = self._read_frame(message)
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

    def _read_frame(self, message: bytes) -> bytes | None:
        """Keep a picture that is a result; give one that is a preview."""
        event, second = struct.unpack_from(">II", message)
        # A frame without metadata says nothing about its job; only one job runs at a time, so it
        # is ours while a node of ours runs.
        node, picture = self._node, message[8:]
        if event == _PREVIEW_WITH_METADATA:
            about, picture = json.loads(message[8 : 8 + second]), message[8 + second :]
            node = str(about["node_id"]) if about["prompt_id"] == self.job_id else None
        elif event != _PREVIEW:
            return None
        if node is None or node not in self._keep_from:
            return picture if node else None
        if len(picture) <= self._room:
            self._room -= len(picture)
            self.frames[node].append(picture)
        else:
            limit = f"{self._max_bytes} bytes"
            self.trouble = f"More than {limit} came (max_download_bytes in the settings)."
        return None
