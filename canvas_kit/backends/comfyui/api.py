"""The routes of ComfyUI, as typed calls. Checked against 0.3.64 and the source of 2026.

What is not promised by the server is not promised here: an id that is in neither queue nor history
may be finished, deleted or forgotten; see :mod:`canvas_kit.backends.comfyui.job` for what follows.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from canvas_kit.backends.comfyui.graph import Graph
from canvas_kit.backends.comfyui.history import JobHistory, StoredFile
from canvas_kit.backends.comfyui.lenient import as_dict, as_list
from canvas_kit.backends.comfyui.messages import refusal
from canvas_kit.backends.comfyui.object_info import NodeDeclaration
from canvas_kit.backends.transport import Download, HttpBackend
from canvas_kit.errors import BackendAnswerError, CanvasKitError, shorten
from canvas_kit.media import recognise

_STOP_SECONDS = 10.0
_QUESTIONS_AT_ONCE = 8
_EXTENSIONS = {"image/jpeg": "jpg", "image/tiff": "tif"}
_MEDIA_SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".mp4", ".webm",
    ".mkv", ".mov", ".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".glb",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the server said to a submission.

    Attributes:
        job_id: The id that it really uses.
        dropped: What it found wrong and left out, although it took the rest.
        notes: Sentences about repeats on the way.
    """

    job_id: str
    dropped: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class ComfyUIApi:
    """ComfyUI's routes over one connection, and what is known of the server behind it.

    Attributes:
        name: The backend's name, for messages.
        address: The server's address.
        version: The server's version, once it has told.
        seen_alive: Whether the server was there lately; if so, it is waited for when it is away.
    """

    def __init__(
        self, connection: HttpBackend, *, submit_seconds: float, quick_seconds: float
    ) -> None:
        """Open nothing yet.

        Args:
            connection: The transport.
            submit_seconds: The longest wait for the answer to a submission. The server answers
                before it works, so a long silence means that the answer was lost.
            quick_seconds: The longest wait for an answer to a question.
        """
        self.name = connection.name
        self.address = connection.address
        self.version: str | None = None
        self.seen_alive = False
        self._connection = connection
        self._submit_seconds = submit_seconds
        self._quick: dict[str, Any] = {"repeat_safe": True, "timeout_seconds": quick_seconds}
        self._declared: dict[str, NodeDeclaration] = {}
        self._stopping: set[asyncio.Task[None]] = set()

    async def submit(
        self,
        document: Mapping[str, Any],
        graph: Graph,
        *,
        job_id: str,
        client_id: str,
        extra: Mapping[str, Any],
    ) -> Accepted:
        """Hand over a workflow under our own id.

        Raises:
            BackendRejected: When it is refused, in words about the nodes.
            BackendError: ``maybe_done`` is true when it may have been taken all the same.
        """
        answer = await self._connection.request(
            "POST",
            "/prompt",
            json={
                "prompt": document,
                "prompt_id": job_id,
                "client_id": client_id,
                "extra_data": {"extra_pnginfo": {"canvas_kit": extra}},
            },
            timeout_seconds=self._submit_seconds,
            allow_status=(400,),
            repeat_on=(500, 503),  # they come before anything is queued
        )
        if answer.status == 400:
            raise refusal(answer.json(), graph, backend=self.name)
        try:
            accepted = answer.json_object()
            used = self._text(accepted, "prompt_id", "the id of the job")
        except BackendAnswerError as error:
            error.maybe_done = True
            raise
        return Accepted(used, as_dict(accepted.get("node_errors")), answer.notes)

    async def history(self, job_id: str, graph: Graph) -> JobHistory | None:
        """How the job ended; None while it waits, runs, or is not known at all."""
        document = await self._get(f"/history/{quote(job_id, safe='')}")
        entry = document.get(job_id)
        return JobHistory.parse(entry, graph) if isinstance(entry, Mapping) else None

    async def queue(self) -> dict[str, int]:
        """The jobs that the server has: 0 for one that runs, 1 for the one that is next."""
        document = await self._get("/queue")
        running, pending = (
            [entry for entry in as_list(document.get(key)) if len(as_list(entry)) > 1]
            for key in ("queue_running", "queue_pending")
        )
        pending.sort(key=lambda entry: entry[0] if isinstance(entry[0], int | float) else 0)
        places = {str(entry[1]): place for place, entry in enumerate(pending, 1)}
        return places | {str(entry[1]): 0 for entry in running}

    async def fetch(self, file: StoredFile) -> Download:
        """The bytes of a stored file, as they lie there, whole.

        Raises:
            BackendError: When it did not come, or is something else than its name says;
                ``details["status"]`` is 404 when it is not there any more.
        """
        # Three separate values: a folder glued to the name gives 404. Nothing else is asked for,
        # since a wish for another format would re-encode the picture.
        names = {"filename": file.filename, "subfolder": file.subfolder, "type": file.type}
        download = await self._connection.download("/view", params=names)
        if file.filename.lower().endswith(_MEDIA_SUFFIXES) and recognise(download.data) is None:
            raise BackendAnswerError(
                f"The server's file {file.path!r} is named like a picture, sound, video or model, "
                f"but its {len(download.data)} bytes are none: {shorten(download.data[:60])}."
            )
        return download

    async def upload(self, data: bytes) -> str:
        """The name under which the server now has a picture, for a node that loads it.

        The name follows from the bytes, so that the same picture is stored once.
        """
        media_type = recognise(data)
        kind = media_type or "image/png"
        extension = _EXTENSIONS.get(kind, kind.rpartition("/")[2])
        name = f"canvas_kit_{hashlib.sha256(data).hexdigest()[:24]}.{extension}"
        answer = await self._connection.request(
            "POST",
            "/upload/image",
            files={"image": (name, data, media_type or "application/octet-stream")},
            data={"type": "input"},
            repeat_safe=True,
        )
        stored = answer.json_object()
        used = self._text(stored, "name", "the name of the uploaded picture")
        return str(PurePosixPath(str(stored.get("subfolder") or ""), used))

    async def stop(self, job_id: str) -> None:
        """Stop a job on the server, and no other one, in at most ten seconds.

        The request goes through even when the caller is being cancelled again and again.
        """
        task = asyncio.create_task(self._stop(job_id))
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)
        await asyncio.wait({task})

    async def all_stopped(self) -> None:
        """Wait until every job that is being stopped is."""
        if self._stopping:
            await asyncio.wait(self._stopping)

    async def ask_version(self) -> None:
        """Ask the server what its version is.

        Raises:
            BackendError: When it cannot be asked, or is no ComfyUI.
        """
        document = await self._get("/system_stats")
        system = document.get("system")
        if not isinstance(system, Mapping):
            raise BackendAnswerError(
                f"{self.name} at {self.address} answers, but not like a ComfyUI: "
                f"{shorten(document)}.",
                backend=self.name,
            )
        version = system.get("comfyui_version")
        self.version = version if isinstance(version, str) else None
        self.seen_alive = True

    async def node_classes(self, names: Iterable[str]) -> dict[str, NodeDeclaration | None]:
        """The declarations of node classes; None for one that the server does not have.

        Asked for once; a class that is missing may be installed at any time.
        """
        slots = asyncio.Semaphore(_QUESTIONS_AT_ONCE)

        async def ask(name: str) -> None:
            async with slots:
                if found := await self.node_class(name):
                    self._declared[name] = found

        wanted = sorted({*names})
        await asyncio.gather(*(ask(name) for name in wanted if name not in self._declared))
        return {name: self._declared.get(name) for name in wanted}

    async def node_class(self, class_type: str) -> NodeDeclaration | None:
        """The declaration of a node class, or None when the server has none of that name."""
        document = await self._get(f"/object_info/{quote(class_type, safe='')}", absent=(404,))
        entry = document.get(class_type)
        return NodeDeclaration.parse(entry) if isinstance(entry, Mapping) else None

    def websocket(self, client_id: str) -> AbstractAsyncContextManager[Any]:
        """An open websocket that hears about the jobs submitted with this client id."""
        return self._connection.websocket("/ws", params={"clientId": client_id})

    async def _get(self, path: str, absent: tuple[int, ...] = ()) -> Mapping[str, Any]:
        answer = await self._connection.request("GET", path, allow_status=absent, **self._quick)
        return answer.json_object() if answer.status < 300 else {}

    async def _stop(self, job_id: str) -> None:
        # When it cannot be stopped, the server finishes it by itself; the caller is leaving anyway.
        with suppress(CanvasKitError, TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS):
                # First out of the queue, then interrupted: in this order it cannot slip through.
                delete = {"delete": [job_id]}
                await self._connection.request("POST", "/queue", json=delete, **self._quick)
                # Older servers ignore the id and would stop whatever runs, so ours has to be it.
                if (await self.queue()).get(job_id) == 0:
                    job = {"prompt_id": job_id}
                    await self._connection.request("POST", "/interrupt", json=job, **self._quick)

    def _text(self, document: Mapping[str, Any], key: str, what: str) -> str:
        if isinstance(text := document.get(key), str) and text:
            return text
        raise BackendAnswerError(
            f"{self.name} should have answered with {what} as {key!r}, but sent "
            f"{shorten(document)}. Is {self.address} a ComfyUI?",
            backend=self.name,
        )
