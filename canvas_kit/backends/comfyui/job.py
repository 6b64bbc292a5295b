"""One request, from the workflow to its files, through whatever the server does meanwhile.

History is the truth. A job that is in neither queue nor history was finished and forgotten,
deleted, or lost with a restart: its files are looked for under the names that only this job used,
and after a restart what is not there is submitted once more, since repeating it on one's own
ComfyUI costs only time.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import KW_ONLY, asdict, dataclass, replace
from itertools import count
from typing import Any

from canvas_kit.backends.base import MediaItem, MediaRequest, MediaResult, Reporter
from canvas_kit.backends.comfyui.api import Accepted, ComfyUIApi
from canvas_kit.backends.comfyui.fitting import fitted, fitted_seed
from canvas_kit.backends.comfyui.history import JobHistory
from canvas_kit.backends.comfyui.messages import node_complaints
from canvas_kit.backends.comfyui.outputs import (
    FetchedFiles,
    fetch_all,
    fetch_whole,
    files_prefix,
    find_again,
    results_among,
)
from canvas_kit.backends.comfyui.reconnect import Reconnect
from canvas_kit.backends.comfyui.websocket import JobSocket
from canvas_kit.backends.comfyui.workflow import Parameter, Workflow
from canvas_kit.errors import BackendAnswerError, BackendError, BackendTimeout, JobLost
from canvas_kit.media import recognise
from canvas_kit.values import Provenance

_MOST_ATTEMPTS = 10
_FIRST_POLL_SECONDS = 0.1
_LONGEST_POLL_SECONDS = 2.0
_LAGGING_HISTORY_SECONDS = 1.0
_LAST_FRAMES_SECONDS = 5.0


class _Again(Exception):
    """This attempt gave nothing, and another one may."""

    def __init__(self, reason: str, error: BackendError) -> None:
        self.reason = reason
        self.error = error
        super().__init__(reason)


@dataclass(eq=False)
class ComfyUIJob:
    """One request on its way. Made for one use.

    Attributes:
        api: The server.
        workflow: What to run.
        request: What to write into it.
        reporter: Gets progress and previews.
        timeout_seconds: The longest that it may run, and that anything may take but waiting.
        patience_seconds: How long a server that was there is waited for.
        may_repeat: Whether it is submitted once more when a restart lost it.
        max_socket_bytes: How much is kept of pictures that come over the websocket.
    """

    api: ComfyUIApi
    workflow: Workflow
    request: MediaRequest
    reporter: Reporter
    _: KW_ONLY
    timeout_seconds: float
    patience_seconds: float
    may_repeat: bool
    max_socket_bytes: int

    def __post_init__(self) -> None:
        self._reconnect = Reconnect(self.api, self.reporter, self.patience_seconds)
        self._began = time.monotonic()
        self._warnings: list[str] = []
        self._missing: list[str] = []  # what was asked for and not made; among the warnings too
        self._items: list[MediaItem] = []
        self._kept: list[MediaItem] = []  # by an attempt before this one
        self._ran = False
        self._job_id = self._files_id = ""  # differ where the server chooses the id
        self._document: Mapping[str, Any] = {}
        self._history = JobHistory()

    async def run(self) -> MediaResult:
        """The files, whole, at least one.

        Raises:
            BackendError: When there is none.
        """
        try:
            async with asyncio.timeout(self.timeout_seconds) as deadline:
                await self._make(deadline)
        except TimeoutError:
            if not deadline.expired():
                raise
            name = self.api.name
            reason = (
                f"{name} did not finish within {self.timeout_seconds:g} s. Raise "
                f"timeout_seconds in [backends.{name}] if it needs longer."
            )
            if not self._items and not self._kept:
                raise BackendTimeout(
                    f"{reason} The server was told to stop the job.", backend=name
                ) from None
            self._miss(f"{reason} What had come until then is kept.")
        return self._result()

    async def _make(self, deadline: asyncio.Timeout) -> None:
        with suppress(BackendError):  # what keeps a job from running is found by submitting it
            if self.api.version is None:
                await self.api.ask_version()
            await self._fit()
        values = await self._values()
        job_id = self.request.job_id
        for attempt in count(1):
            try:
                await self._attempt(job_id, values, deadline)
                return
            except _Again as again:
                error, reason = again.error, again.reason
            except BackendError as failure:
                if not self._kept:
                    raise
                error, reason = failure, ""
            self._kept = self._items or self._kept
            self._items = []
            if not reason or not self.may_repeat:
                if not self._kept:
                    raise error from error.__cause__
                self._miss(f"That failed: {error} What had come before is kept.")
                return
            self._missing.clear()  # it may come this time
            self._warnings.append(f"{reason} The job was submitted once more.")
            self.reporter.progress("submitting once more")
            # A job that had only waited cannot be what brought the server down.
            self.may_repeat = not self._ran and attempt < _MOST_ATTEMPTS
            job_id = str(uuid.uuid4())

    def _miss(self, sentence: str) -> None:
        self._missing.append(sentence)
        self._warnings.append(sentence)

    # -- one attempt ---------------------------------------------------------------------------

    async def _fit(self) -> None:
        """Bind what the server's nodes take, and choose a seed that they take."""
        nodes = self.workflow.graph.nodes
        bound = [b.node_id for places in self.workflow.bindings.values() for b in places]
        declared = await self.api.node_classes(nodes[node_id].class_type for node_id in bound)
        self.workflow, notes = fitted(self.workflow, declared)
        self._warnings += notes
        if self.request.seed is not None:
            seed, notes = fitted_seed(self.workflow, declared, self.request.seed)
            self.request = replace(self.request, seed=seed)
            self._warnings += notes

    async def _values(self) -> dict[Parameter, Any]:
        request, picture = self.request, self.request.start_image
        lyrics = bool(self.workflow.places(Parameter.LYRICS))
        values: dict[Parameter, Any] = {
            Parameter.PROMPT: request.prompt,
            Parameter.LYRICS if lyrics else Parameter.NEGATIVE_PROMPT: request.second_text or None,
            Parameter.SEED: request.seed,
            Parameter.STEPS: request.steps,
            Parameter.CFG: request.cfg,
            Parameter.WIDTH: request.width,
            Parameter.HEIGHT: request.height,
            Parameter.COUNT: request.count if request.count > 1 else None,
            Parameter.INPUT_IMAGE: picture,
        }
        if picture is not None and self.workflow.places(Parameter.INPUT_IMAGE):
            self.reporter.progress("sending the picture")
            values[Parameter.INPUT_IMAGE] = await self._reconnect.ask(
                lambda: self.api.upload(picture, recognise(picture))
            )
        return values

    async def _attempt(
        self, job_id: str, values: Mapping[Parameter, Any], deadline: asyncio.Timeout
    ) -> None:
        self._ran = False
        self._job_id = self._files_id = job_id
        self._document, unplaced = self.workflow.filled(
            values, options=self.request.options, file_prefix=files_prefix(job_id)
        )
        self._warnings += unplaced
        socket = JobSocket(
            self.workflow.graph,
            job_id,
            self.reporter,
            keep_from={node.node_id for node in self.workflow.socket_outputs},
            max_bytes=self.max_socket_bytes,
        )
        async with socket.listening(self.api.websocket):
            if socket.missing and self.workflow.socket_outputs:
                raise socket.missing  # the pictures could never come
            if socket.trouble:
                self.reporter.progress(f"without live progress: {socket.trouble}")
            await self.reporter.submitting(
                job_id, server=self.api.address, files=f"{files_prefix(job_id)}_*"
            )
            try:
                accepted = await self._reconnect.ask(lambda: self._submit(socket))
                self.reporter.progress("in the queue")
                history = await self._ended(socket, deadline)
                if self.workflow.socket_outputs and not socket.lost:
                    await socket.wait(_LAST_FRAMES_SECONDS)  # history may be ahead of the websocket
            except asyncio.CancelledError:
                await self.api.stop(self._job_id)
                raise
        self._ran = self._ran or socket.started or history is not None
        self._warnings += accepted.notes
        for sentence in node_complaints(accepted.dropped, self.workflow.graph):
            self._miss(f"The server left out a part of the workflow: {sentence}")
        if history is None:
            await self._find_again(socket)
        else:
            self._history = history
            await self._collect(history, socket)

    async def _submit(self, socket: JobSocket) -> Accepted:
        """Hand the job over; when it is unclear whether it arrived, ask instead of guessing."""
        try:
            accepted = await self.api.submit(
                self._document,
                self.workflow.graph,
                job_id=self._job_id,
                client_id=socket.client_id,
                extra={
                    "job_id": self._job_id,
                    "run_id": self.request.run_id,
                    "node_id": self.request.node_id,
                    "workflow": self.workflow.name,
                },
            )
        except BackendError as error:
            if not error.maybe_done:
                raise
            if await self._reconnect.ask(self._is_known, safe=True):
                return Accepted(self._job_id)
            error.maybe_done = False
            raise
        if accepted.job_id != self._job_id:  # a server of before 2025, which chooses the id itself
            self._job_id = socket.job_id = accepted.job_id
            await self.reporter.submitting(accepted.job_id, server=self.api.address)
        return accepted

    async def _ended(self, socket: JobSocket, deadline: asyncio.Timeout) -> JobHistory | None:
        """How the job ended; None when the server does not know it any more.

        The time that it waits behind other jobs does not count: the deadline moves along.
        """
        loop = asyncio.get_running_loop()
        wait = _FIRST_POLL_SECONDS
        lagging_until: float | None = None
        while True:
            await socket.wait(wait)
            history = await self._reconnect.ask(self._ask_history, safe=True)
            if history is not None:
                return history
            if socket.ended.is_set():
                # The message overtakes the entry by a moment.
                now = time.monotonic()
                lagging_until = lagging_until or now + _LAGGING_HISTORY_SECONDS
                await asyncio.sleep(_FIRST_POLL_SECONDS / 2 if now < lagging_until else wait)
                if now < lagging_until:
                    continue
            position = await self._reconnect.ask(self._position, safe=True)
            if position is None:
                # It may have moved from the queue into history between the two questions.
                return await self._reconnect.ask(self._ask_history, safe=True)
            if not self._ran:
                deadline.reschedule(loop.time() + self.timeout_seconds)
            self._ran = self._ran or position == 0
            if position > 0:
                self.reporter.progress(f"number {position} in the queue")
            wait = min(wait * 1.5, _LONGEST_POLL_SECONDS)

    async def _is_known(self) -> bool:
        return await self._position() is not None or await self._ask_history() is not None

    async def _ask_history(self) -> JobHistory | None:
        return await self.api.history(self._job_id, self.workflow.graph)

    async def _position(self) -> int | None:
        return (await self.api.queue()).position(self._job_id)

    # -- its files -----------------------------------------------------------------------------

    async def _collect(self, history: JobHistory, socket: JobSocket) -> None:
        """Take what the job made; say what cannot be had."""
        output_ids = [node.node_id for node in self.workflow.output_nodes]
        files = results_among(history.files, output_ids)
        makers = {file.node for file in files}
        if others := sorted(makers - {*output_ids}):
            self._warnings.append(
                "The files are from nodes that the workflow does not list under [[outputs]]: "
                f"{', '.join(others)}."
            )
        fetched = FetchedFiles()
        try:
            await fetch_all(
                files,
                lambda file: self._reconnect.ask(lambda: fetch_whole(self.api.fetch, file)),
                fetched,
            )
        finally:
            self._take(fetched, socket)
        if self._items:
            for file, error in fetched.failures:
                self._miss(f"The server's file {file.path!r} did not come: {error}")
        if history.failure and not self._items:
            raise history.failure.as_error(self.api.name)
        if history.failure:
            self._miss(
                f"The run did not finish. {history.failure} What was made before that is kept."
            )
        else:
            self._check_frames(socket)
        if not self._items:
            self._nothing_came(fetched)
        reported = {file.node for file in history.files}
        if not self._missing:  # else the reason was told
            for binding in self.workflow.places(Parameter.OUTPUTS):
                if binding.input and binding.node_id not in reported:
                    self._miss(f"Nothing came from {self.workflow.graph.label(binding.node_id)}.")
        for node_id in sorted(makers & history.cached):
            self._warnings.append(
                f"The server did not run {self.workflow.graph.label(node_id)} anew: its files "
                "are those of an earlier run."
            )

    def _take(self, fetched: FetchedFiles, socket: JobSocket) -> None:
        """Keep the files that were fetched, and pictures that came over the websocket alone."""
        for file, download in fetched.files:
            kind, size = download.announced_type, download.announced_size
            self._items.append(MediaItem(download.data, kind, size, self._seed, asdict(file)))
        for node in self.workflow.socket_outputs:
            for index, data in enumerate(socket.frames.get(node.node_id, ())):
                source = {"node": node.node_id, "socket": True, "batch_index": index}
                self._items.append(MediaItem(data, None, None, self._seed, source))

    def _check_frames(self, socket: JobSocket) -> None:
        """Have pictures that went over the websocket, and did not all come, made again."""
        size = self.workflow.value(Parameter.COUNT, self._document)
        expected = size if isinstance(size, int) else 1
        labels = ", ".join(
            node.label
            for node in self.workflow.socket_outputs
            if len(socket.frames.get(node.node_id, ())) < expected
        )
        if not labels:
            return
        reason = f"The pictures of {labels} go over the websocket alone, and not all of them came."
        if self._items and not self.may_repeat:
            self._miss(reason)
            return
        why = f" {socket.trouble}" if socket.trouble else ""
        error = BackendAnswerError(
            f"{reason}{why} Use a 'Save Image' node: its files can be fetched again.",
            backend=self.api.name,
            details={"job_id": self._job_id},
        )
        raise _Again(reason, error)

    def _nothing_came(self, fetched: FetchedFiles) -> None:
        name = self.api.name
        details: dict[str, object] = {"job_id": self._job_id}
        if not fetched.failures:
            nodes = ", ".join(node.label for node in self.workflow.output_nodes) or "none"
            raise BackendAnswerError(
                f"{name} finished the job {self._job_id} without naming a file. The output nodes "
                f"of the workflow {self.workflow.name!r} are: {nodes}. Does one of them save a "
                "picture?",
                backend=name,
                details=details,
            )
        file, cause = fetched.failures[0]
        error = type(cause)(
            f"{name} made {file.path!r}, but it could not be fetched: {cause}",
            backend=name,
            details={**cause.details, **details, **asdict(file)},
        )
        error.__cause__ = cause
        if cause.details.get("status") == 404:
            raise _Again(f"The file {file.path!r} was not on the server any more.", error)
        raise error

    async def _find_again(self, socket: JobSocket) -> None:
        """Take the files of a job that the server forgot; else say that it is lost."""
        found, complete = await self._reconnect.ask(
            lambda: find_again(self.api.fetch, self.workflow, self._files_id, self._document)
        )
        self._take(found, socket)
        lost = JobLost(
            f"{self.api.name} does not know the job {self._job_id} any more: it was restarted, or "
            "its queue was cleared. What it had finished may lie in its output folder as "
            f"{files_prefix(self._files_id)}_*.",
            backend=self.api.name,
            details={"job_id": self._job_id},
            maybe_done=True,
        )
        if not complete and self.may_repeat and (self._reconnect.was_away or socket.broke):
            raise _Again("The server was restarted and lost the job.", lost)
        if not self._items:
            raise lost
        kept = "The server forgot the job, but its files were still there and were fetched"
        if complete:
            self._warnings.append(f"{kept}.")
        else:
            self._miss(f"{kept}; some may be missing.")

    # -- what is said about it -----------------------------------------------------------------

    @property
    def _seed(self) -> int | None:
        """The seed as submitted: the server takes the one it is given, and tells none."""
        seed = self.workflow.value(Parameter.SEED, self._document)
        return seed if isinstance(seed, int) else None

    def _result(self) -> MediaResult:
        items, wanted = self._items or self._kept, self.request.count
        if len(items) < wanted:
            self._miss(f"{len(items)} of {wanted} pictures were made.")
        request: dict[str, Any] = {"prompt_id": self._job_id, "prompt": self._document}
        if self.request.start_image is not None:
            request["start_image"] = self.request.start_image
        seconds = self._history.seconds
        provenance = Provenance(
            backend=self.api.name,
            model=self.workflow.name,
            backend_version=self.api.version,
            seed=self._seed,
            job_id=self._job_id,
            request=request,
            reply=dict(self._history.reply),
            usage={} if seconds is None else {"execution_seconds": seconds},
            seconds=round(time.monotonic() - self._began, 3),
        )
        said, missing = (tuple(dict.fromkeys(part)) for part in (self._warnings, self._missing))
        return MediaResult(tuple(items), provenance, said, missing)
