"""The routes of ComfyUI, as typed calls. Checked against 0.3.64 and the source of 2026.

What is not promised by the server is not promised here: an id that is in neither queue nor history
may be finished, deleted or forgotten; see :mod:`canvas_kit.backends.comfyui.job` for what follows.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from canvas_kit.backends.comfyui.graph import Graph
from canvas_kit.backends.comfyui.words import Failure, failure_from, refusal
from canvas_kit.backends.transport import Download, HttpBackend
from canvas_kit.errors import BackendAnswerError, shorten

_QUICK_SECONDS = 30.0
_JOBS_ROUTE_SINCE = (0, 26)
_EXTENSIONS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/bmp": "bmp",
    "image/tiff": "tif",
    "image/avif": "avif",
}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as the server names it.

    Name, folder and type are an address, but no identity: names are used again after a file was
    deleted.

    Attributes:
        node_id: The output node that reported it.
        kind: The list it stood in: ``"images"``, ``"gifs"``, ``"audio"``, ``"3d"``, …
        filename: Without folder.
        subfolder: May be empty.
        type: ``"output"``, or ``"temp"`` for previews.
        index: Its position in the list: the batch index.
    """

    node_id: str
    kind: str
    filename: str
    subfolder: str
    type: str
    index: int = 0

    @property
    def path(self) -> str:
        """Folder and name, for people."""
        return "/".join(filter(None, (self.subfolder, self.filename)))

    def to_json(self) -> dict[str, Any]:
        """Where the server keeps it."""
        return {
            "node": self.node_id,
            "filename": self.filename,
            "subfolder": self.subfolder,
            "type": self.type,
            "batch_index": self.index,
        }


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


@dataclass(frozen=True, slots=True)
class Queue:
    """Ids of the jobs at work and in line, in order."""

    running: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()

    def position(self, job_id: str) -> int | None:
        """0 when it runs, 1 when it is next, …; None when it is not there."""
        if job_id in self.running:
            return 0
        return self.pending.index(job_id) + 1 if job_id in self.pending else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended, by the server's history.

    Attributes:
        files: What the output nodes reported, whatever the status says.
        failure: Why it failed, or None.
        cached: Nodes that were not run anew.
        seconds: Work on the server, if it tells.
        reply: What to keep of the entry, JSON-able.
    """

    files: tuple[StoredFile, ...] = ()
    failure: Failure | None = None
    cached: frozenset[str] = frozenset()
    seconds: float | None = None
    reply: Mapping[str, Any] = field(default_factory=dict)


class Wire:
    """ComfyUI's routes over one backend's connection."""

    def __init__(self, http: HttpBackend, submit_seconds: float) -> None:
        self._http = http
        # The server answers before it works, so a long silence means that the answer was lost.
        self._submit_seconds = submit_seconds

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
        body = {
            "prompt": document,
            "prompt_id": job_id,
            "client_id": client_id,
            "extra_data": {"extra_pnginfo": {"canvas_kit": extra}},
        }
        # A status of 500 comes before anything is queued.
        answer = await self._http.request(
            "POST",
            "/prompt",
            json=body,
            timeout_seconds=self._submit_seconds,
            allow_status=(400,),
            repeat_on=(500, 503),
        )
        if answer.status == 400:
            raise refusal(answer.json(), graph, backend=self._http.name)
        try:
            accepted = answer.json_object()
        except BackendAnswerError as error:
            error.maybe_done = True
            raise
        used = accepted.get("prompt_id")
        if not isinstance(used, str) or not used:
            raise BackendAnswerError(
                f"{self._http.name} should have answered {answer.request} with a prompt_id, but "
                f"sent {shorten(accepted)}. Is that address a ComfyUI?",
                backend=self._http.name,
                maybe_done=True,
            )
        dropped = accepted.get("node_errors")
        return Accepted(used, dropped if isinstance(dropped, Mapping) else {}, answer.notes)

    async def outcome(self, job_id: str, graph: Graph) -> Outcome | None:
        """How the job ended; None while it waits, runs, or is not known at all."""
        answer = await self._get(f"/history/{quote(job_id, safe='')}")
        document = answer.json_object()
        entry = document.get(job_id)
        return read_entry(entry, graph) if isinstance(entry, Mapping) else None

    async def queue(self) -> Queue:
        """What the server works on."""
        answer = await self._get("/queue")
        document = answer.json_object()
        return Queue(
            _ids(document.get("queue_running"), by_number=False),
            _ids(document.get("queue_pending"), by_number=True),
        )

    async def fetch(self, file: StoredFile) -> Download:
        """The bytes of a stored file, as they lie there.

        Raises:
            BackendError: ``details["status"]`` is 404 when it is not there any more.
        """
        # Three separate values: a folder glued to the name gives 404. Nothing else is asked for,
        # since a wish for another format would re-encode the picture.
        names = {"filename": file.filename, "subfolder": file.subfolder, "type": file.type}
        return await self._http.download("/view", params=names)

    async def upload(self, data: bytes, media_type: str | None) -> str:
        """The name under which the server now has a picture, for a node that loads it.

        The name follows from the bytes, so that the same picture is stored once.
        """
        digest = hashlib.sha256(data).hexdigest()
        name = f"canvas_kit_{digest[:24]}.{_EXTENSIONS.get(media_type or '', 'png')}"
        answer = await self._http.request(
            "POST",
            "/upload/image",
            files={"image": (name, data, media_type or "application/octet-stream")},
            data={"type": "input"},
            repeat_safe=True,
        )
        stored = answer.json_object()
        used = stored.get("name")
        if not isinstance(used, str) or not used:
            raise BackendAnswerError(
                f"{self._http.name} should have named the uploaded picture, but sent "
                f"{shorten(stored)}.",
                backend=self._http.name,
            )
        return str(PurePosixPath(str(stored.get("subfolder") or ""), used))

    async def stop(self, job_id: str, version: str | None) -> None:
        """Stop this job, and only this one, whether it waits or runs."""
        if version_number(version) >= _JOBS_ROUTE_SINCE:
            answer = await self._http.request(
                "POST",
                f"/api/jobs/{quote(job_id, safe='')}/cancel",
                repeat_safe=True,
                timeout_seconds=_QUICK_SECONDS,
                allow_status=(404, 405),
            )
            if answer.status < 300:
                return
        # First out of the line, then off the desk: in this order it cannot slip through.
        await self._http.request(
            "POST",
            "/queue",
            json={"delete": [job_id]},
            repeat_safe=True,
            timeout_seconds=_QUICK_SECONDS,
        )
        # Older servers know no id here and would stop whatever runs, so ours has to be running.
        if job_id in (await self.queue()).running:
            await self._http.request(
                "POST",
                "/interrupt",
                json={"prompt_id": job_id},
                repeat_safe=True,
                timeout_seconds=_QUICK_SECONDS,
            )

    async def version(self) -> str | None:
        """What the server says its version is."""
        document = (await self._get("/system_stats")).json_object()
        system = document.get("system")
        if not isinstance(system, Mapping):
            raise BackendAnswerError(
                f"{self._http.name} at {self._http.address} answers, but not like a ComfyUI: "
                f"{shorten(document)}.",
                backend=self._http.name,
            )
        version = system.get("comfyui_version")
        return version if isinstance(version, str) else None

    async def node_class(self, class_type: str) -> Mapping[str, Any] | None:
        """The declaration of a node class, or None when the server has none of that name."""
        answer = await self._get(f"/object_info/{quote(class_type, safe='')}", allow_status=(404,))
        declared = answer.json_object().get(class_type) if answer.status < 300 else None
        return declared if isinstance(declared, Mapping) else None

    async def _get(self, path: str, *, allow_status: tuple[int, ...] = ()) -> Any:
        return await self._http.request(
            "GET",
            path,
            repeat_safe=True,
            timeout_seconds=min(_QUICK_SECONDS, self._http.options.timeout_seconds),
            allow_status=allow_status,
        )


def version_number(version: str | None) -> tuple[int, ...]:
    """``"0.3.64"`` as ``(0, 3, 64)``; empty when there is none."""
    return tuple(int(part) for part in re.findall(r"\d+", version or "")[:3])


def read_entry(entry: Mapping[str, Any], graph: Graph) -> Outcome:
    """The outcome that a history entry tells. Outputs count whatever the status says."""
    status = entry.get("status")
    status = status if isinstance(status, Mapping) else {}
    messages = list(_messages(status.get("messages")))
    failure = None
    for event, data in messages:
        if event in ("execution_error", "execution_interrupted"):
            failure = failure_from(event, data, graph)
    if failure is None and status.get("status_str") == "error":
        failure = Failure()
    cached = [
        str(node)
        for event, data in messages
        if event == "execution_cached"
        for node in data.get("nodes") or ()
    ]
    outputs = entry.get("outputs")
    outputs = outputs if isinstance(outputs, Mapping) else {}
    reply = {
        "status": status.get("status_str"),
        "outputs": outputs,
        "cached_nodes": cached,
        "failure": str(failure) if failure else None,
    }
    return Outcome(
        tuple(_files(outputs)),
        failure,
        frozenset(cached),
        _seconds(messages),
        {key: value for key, value in reply.items() if value},
    )


def _messages(messages: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for message in messages if isinstance(messages, list) else ():
        if isinstance(message, list) and len(message) == 2 and isinstance(message[1], Mapping):
            yield str(message[0]), message[1]


def _seconds(messages: list[tuple[str, Mapping[str, Any]]]) -> float | None:
    times = [data.get("timestamp") for _, data in messages]
    known = [time for time in times if isinstance(time, int | float)]
    return (known[-1] - known[0]) / 1000 if len(known) > 1 else None


def _files(outputs: Mapping[str, Any]) -> Iterator[StoredFile]:
    """Everything in a node's output that names a file: pictures, sounds, videos, models."""
    for node_id, output in outputs.items():
        for kind, entries in output.items() if isinstance(output, Mapping) else ():
            for index, entry in enumerate(entries if isinstance(entries, list) else ()):
                if isinstance(entry, Mapping) and isinstance(entry.get("filename"), str):
                    yield StoredFile(
                        str(node_id),
                        str(kind),
                        entry["filename"],
                        str(entry.get("subfolder") or ""),
                        str(entry.get("type") or "output"),
                        index,
                    )


def _ids(entries: object, *, by_number: bool) -> tuple[str, ...]:
    items = [
        entry
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, list) and len(entry) > 1
    ]
    if by_number:
        items.sort(key=lambda entry: entry[0] if isinstance(entry[0], int | float) else 0)
    return tuple(str(entry[1]) for entry in items)
