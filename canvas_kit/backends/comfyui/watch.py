"""What the socket tells of one job: progress, previews, and pictures that go over it alone.

The socket is a hint. It may not open, close in mid-run, or stay silent; the job is followed by
polling all the same. Each watch uses a client id of its own, since a server that sees an id come
back may drop the newer connection and stay silent for good.
"""

from __future__ import annotations

import asyncio
import json
import struct
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from canvas_kit.backends.base import Reporter
from canvas_kit.backends.comfyui.flow import Flow
from canvas_kit.backends.transport import HttpBackend
from canvas_kit.errors import CanvasKitError

_PREVIEW = 1
_PREVIEW_WITH_METADATA = 4
_ENDINGS = frozenset({"execution_success", "execution_error", "execution_interrupted"})


class Watch:
    """Listens for one job.

    Attributes:
        client_id: To be sent along with the job, so that its messages come here.
        job_id: The job's id; messages about others are passed over.
        ended: Set when the server says that the job is over. History may lag a moment behind.
        frames: Pictures sent over the socket by the nodes that store none, by node id.
        lost: True when the socket could not be opened, or broke off.
        trouble: Why, in a sentence; empty as long as all is well.
        heard_at: The event loop's time of the last message, or None.
    """

    def __init__(self, http: HttpBackend, flow: Flow, job_id: str, reporter: Reporter) -> None:
        self.client_id = uuid.uuid4().hex
        self.job_id = job_id
        self.ended = asyncio.Event()
        self.frames: dict[str, list[bytes]] = defaultdict(list)
        self.lost = False
        self.trouble = ""
        self.heard_at: float | None = None
        self._http = http
        self._flow = flow
        self._reporter = reporter
        self._room = http.network.max_download_bytes
        self._node: str | None = None
        self._step: tuple[int | None, int | None] = (None, None)
        self._ready = asyncio.Event()

    @asynccontextmanager
    async def listening(self, greeting_seconds: float) -> AsyncIterator[None]:
        """Listen during the block; on entering, the server knows the client id if it can.

        Args:
            greeting_seconds: The longest wait for the server's first message.
        """
        task = asyncio.create_task(self._listen())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(greeting_seconds):
                    await self._ready.wait()
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def wait(self, seconds: float) -> None:
        """Wait until the job is said to be over, at most ``seconds``."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.ended.wait()

    @property
    def broke(self) -> bool:
        """Whether the socket was open and is not any more, as when a server is restarted."""
        return self.lost and self.heard_at is not None

    def talks(self, within_seconds: float) -> bool:
        """Whether anything came over the socket lately."""
        now = asyncio.get_running_loop().time()
        return not self.lost and self.heard_at is not None and now - self.heard_at < within_seconds

    async def _listen(self) -> None:
        try:
            params = {"clientId": self.client_id}
            async with self._http.websocket("/ws", params=params) as socket:
                # Asks for previews that say which node and job they belong to; has to come first.
                hello = {"type": "feature_flags", "data": {"supports_preview_metadata": True}}
                await socket.send(json.dumps(hello))
                async for message in socket:
                    self.heard_at = asyncio.get_running_loop().time()
                    self._ready.set()
                    self.take(message)
            self.lost = True
        except CanvasKitError as error:
            self.lost = True
            self.trouble = str(error)  # told only if it matters: history has the rest
        finally:
            self._ready.set()

    def take(self, message: str | bytes) -> None:
        """Note one message. What is malformed or about another job is passed over."""
        if isinstance(message, bytes):
            self._take_frame(message)
            return
        try:
            document = json.loads(message)
            event, data = document["type"], document["data"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return
        if isinstance(data, Mapping) and data.get("prompt_id") == self.job_id:
            self._take_event(str(event), data)

    def _take_event(self, event: str, data: Mapping[str, Any]) -> None:
        if event in _ENDINGS:
            self._node = None
            self.ended.set()
        elif event == "executing":
            node = data.get("node")
            self._node = str(node) if node is not None else None
            self._step = (None, None)
            if node is None:
                self.ended.set()
            else:
                self._tell()
        elif event == "progress":
            self._node = str(data.get("node"))
            self._progress(data.get("value"), data.get("max"))
        elif event == "progress_state" and isinstance(data.get("nodes"), Mapping):
            # Newer servers may tell steps in this form alone.
            state = data["nodes"].get(self._node)
            if isinstance(state, Mapping) and state.get("state") == "running":
                self._progress(state.get("value"), state.get("max"))

    def _progress(self, value: object, total: object) -> None:
        if not isinstance(value, int | float) or not isinstance(total, int | float):
            return
        step = (int(value), int(total))
        if total > 1 and value >= 1 and step != self._step:
            self._step = step
            self._tell()

    def _take_frame(self, message: bytes) -> None:
        if len(message) < 8:
            return
        event, second = struct.unpack_from(">II", message)
        node = self._node
        if event == _PREVIEW:
            picture = message[8:]  # second: its format, which its first bytes tell as well
        elif event == _PREVIEW_WITH_METADATA:
            picture = message[8 + second :]
            try:
                about = json.loads(message[8 : 8 + second])
                if about.get("prompt_id") != self.job_id:
                    return
                node = str(about["node_id"])
            except (ValueError, KeyError, AttributeError, RecursionError):
                return
        else:
            return
        # A frame without metadata says nothing about its job; only one job runs at a time, so it
        # is ours while a node of ours runs.
        if node is None or not picture:
            return
        if node not in self._flow.socket_outputs:
            self._tell(picture)
        elif len(picture) <= self._room:
            self._room -= len(picture)
            self.frames[node].append(picture)
        else:
            limit = self._http.network.max_download_bytes
            self.trouble = f"More than {limit} bytes came (max_download_bytes in the settings)."

    def _tell(self, preview: bytes | None = None) -> None:
        node = self._flow.graph.nodes.get(self._node or "")
        step, total = self._step
        self._reporter.progress(
            (node.title or node.class_type) if node else "", step=step, total=total, preview=preview
        )
