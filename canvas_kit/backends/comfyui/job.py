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
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from canvas_kit.backends.base import MediaItem, MediaRequest, MediaResult, Reporter
from canvas_kit.backends.comfyui.files import (
    Haul,
    chosen,
    fetch_all,
    files_prefix,
    find_again,
    whole_file,
)
from canvas_kit.backends.comfyui.flow import Flow, Parameter
from canvas_kit.backends.comfyui.patience import Patience
from canvas_kit.backends.comfyui.watch import Watch
from canvas_kit.backends.comfyui.wire import Accepted, Outcome, StoredFile, Wire
from canvas_kit.backends.comfyui.words import node_complaints
from canvas_kit.backends.transport import Download
from canvas_kit.errors import BackendAnswerError, BackendError, JobLost
from canvas_kit.media import recognise
from canvas_kit.values import Provenance

if TYPE_CHECKING:
    from canvas_kit.backends.comfyui.backend import ComfyUIBackend

_FIRST_POLL_SECONDS = 0.1
_LONGEST_POLL_SECONDS = 2.0
_LONGEST_POLL_BESIDE_SOCKET_SECONDS = 5.0
_LAGGING_HISTORY_SECONDS = 1.0
_LAST_FRAMES_SECONDS = 5.0
_STOP_SECONDS = 10.0
_GREETING_SECONDS = 2.0


class _Again(Exception):
    """This attempt gave nothing, and another one may."""

    def __init__(self, reason: str, error: BackendError) -> None:
        self.reason = reason
        self.error = error
        super().__init__(reason)


class Job:
    """One request on its way. Made for one use."""

    def __init__(
        self, backend: ComfyUIBackend, flow: Flow, request: MediaRequest, reporter: Reporter
    ) -> None:
        self._backend = backend
        self._wire: Wire = backend.wire
        self._flow = flow
        self._request = request
        self._reporter = reporter
        self._patience = Patience(backend, reporter)
        self._began = time.monotonic()
        self._warnings: list[str] = []
        self._items: list[MediaItem] = []
        self._last_attempt = False
        self._job_id = self._files_id = request.job_id  # differ where the server chooses the id
        self._document: Mapping[str, Any] = {}
        self._outcome = Outcome()

    async def run(self) -> MediaResult:
        """The files, whole, at least one.

        Raises:
            BackendError: When there is none.
        """
        values = await self._values()
        try:
            await self._attempt(self._request.job_id, values)
        except _Again as again:
            if not self._backend.resubmit_lost:
                raise again.error from again.error.__cause__
            await self._once_more(again, values)
        if len(self._items) < self._request.count:
            made = len(self._items)
            self._warnings.append(f"{made} of {self._request.count} pictures were made.")
        return self._result()

    async def _once_more(self, again: _Again, values: Mapping[Parameter, Any]) -> None:
        self._warnings.append(f"{again.reason} The job was submitted once more.")
        self._reporter.progress("submitting once more")
        kept, self._items = self._items, []
        self._last_attempt = True
        try:
            await self._attempt(str(uuid.uuid4()), values)
        except (_Again, BackendError) as last:
            error = last.error if isinstance(last, _Again) else last
            if not kept:
                raise error from error.__cause__
            self._items = kept
            self._warnings.append(f"That failed: {error} What had come before is kept.")

    def rescued(self, reason: str) -> MediaResult | None:
        """What had come when the work had to end; None when that is nothing."""
        if not self._items:
            return None
        self._warnings.append(reason)
        return self._result()

    # -- one attempt ---------------------------------------------------------------------------

    async def _values(self) -> dict[Parameter, Any]:
        request = self._request
        lyrics = bool(self._flow.places(Parameter.LYRICS))
        values: dict[Parameter, Any] = {
            Parameter.PROMPT: request.prompt,
            Parameter.LYRICS if lyrics else Parameter.NEGATIVE_PROMPT: request.second_text or None,
            Parameter.SEED: request.seed,
            Parameter.STEPS: request.steps,
            Parameter.CFG: request.cfg,
            Parameter.WIDTH: request.width,
            Parameter.HEIGHT: request.height,
            Parameter.COUNT: request.count if request.count > 1 else None,
        }
        picture = request.start_image
        if picture is None:
            return values
        if self._flow.places(Parameter.INPUT_IMAGE):
            self._reporter.progress("sending the picture")
            values[Parameter.INPUT_IMAGE] = await self._patience.ask(
                lambda: self._wire.upload(picture, recognise(picture))
            )
        else:
            self._warnings.append(
                f"The flow {self._flow.name!r} has no place for an input image, so the picture "
                "was not used."
            )
        return values

    async def _attempt(self, job_id: str, values: Mapping[Parameter, Any]) -> None:
        self._job_id = self._files_id = job_id
        self._document, unplaced = self._flow.filled(
            values, options=self._request.options, file_prefix=files_prefix(job_id)
        )
        self._warnings += unplaced
        watch = Watch(self._backend, self._flow, job_id, self._reporter)
        async with watch.listening(self._backend.greeting_seconds):
            # One that says nothing is not waited for again, until another one speaks.
            self._backend.greeting_seconds = _GREETING_SECONDS if watch.heard_at else 0.1
            if watch.trouble:
                self._reporter.progress(f"without live progress: {watch.trouble}")
            await self._reporter.submitting(
                job_id, server=self._backend.address, files=f"{files_prefix(job_id)}_*"
            )
            try:
                accepted = await self._patience.ask(lambda: self._submit(watch))
                self._reporter.progress("in the queue")
                outcome = await self._ended(watch)
                if self._flow.socket_outputs and not watch.lost:
                    await watch.wait(_LAST_FRAMES_SECONDS)  # history may be ahead of the socket
            except asyncio.CancelledError:
                await self._backend.stop_job(self._job_id, _STOP_SECONDS)
                raise
        self._warnings += accepted.notes
        for sentence in node_complaints(accepted.dropped, self._flow.graph):
            self._warnings.append(f"The server left out a part of the workflow: {sentence}")
        if outcome is None:
            await self._find_again(watch)
        else:
            self._outcome = outcome
            await self._collect(outcome, watch)

    async def _submit(self, watch: Watch) -> Accepted:
        """Hand the job over; when it is unclear whether it arrived, ask instead of guessing."""
        extra = {
            "job_id": self._job_id,
            "run_id": self._request.run_id,
            "node_id": self._request.node_id,
            "flow": self._flow.name,
        }
        try:
            accepted = await self._wire.submit(
                self._document,
                self._flow.graph,
                job_id=self._job_id,
                client_id=watch.client_id,
                extra=extra,
            )
        except BackendError as error:
            if not error.maybe_done:
                raise
            if await self._patience.ask(self._is_known, whatever=True):
                return Accepted(self._job_id)
            error.maybe_done = False
            raise
        if accepted.job_id != self._job_id:  # a server of before 2025, which chooses the id itself
            self._job_id = watch.job_id = accepted.job_id
            await self._reporter.submitting(accepted.job_id, server=self._backend.address)
        return accepted

    async def _is_known(self) -> bool:
        return await self._position() is not None or await self._ask() is not None

    async def _ended(self, watch: Watch) -> Outcome | None:
        """How the job ended; None when the server does not know it any more."""
        wait = _FIRST_POLL_SECONDS
        lagging_until: float | None = None
        while True:
            await watch.wait(wait)
            outcome = await self._patience.ask(self._ask, whatever=True)
            if outcome is not None:
                return outcome
            if watch.ended.is_set():
                # The message overtakes the entry by a moment.
                now = time.monotonic()
                lagging_until = lagging_until or now + _LAGGING_HISTORY_SECONDS
                if now < lagging_until:
                    await asyncio.sleep(_FIRST_POLL_SECONDS / 2)
                    continue
                await asyncio.sleep(wait)
            position = await self._patience.ask(self._position, whatever=True)
            if position is None:
                # It may have moved from the queue into history between the two questions.
                return await self._patience.ask(self._ask, whatever=True)
            if position > 0:
                self._reporter.progress(_place_in_line(position))
            talks = watch.talks(within_seconds=10)
            longest = _LONGEST_POLL_BESIDE_SOCKET_SECONDS if talks else _LONGEST_POLL_SECONDS
            wait = min(wait * 1.5, longest)

    async def _ask(self) -> Outcome | None:
        return await self._wire.outcome(self._job_id, self._flow.graph)

    async def _position(self) -> int | None:
        return (await self._wire.queue()).position(self._job_id)

    # -- its files -----------------------------------------------------------------------------

    async def _collect(self, outcome: Outcome, watch: Watch) -> None:
        """Take what the job made; say what cannot be had."""
        files = chosen(self._flow, outcome.files)
        listed = {node.node_id for node in self._flow.output_nodes}
        if others := sorted({file.node_id for file in files} - listed):
            self._warnings.append(
                "The files are from nodes that the flow does not list under [[outputs]]: "
                f"{', '.join(others)}."
            )
        haul = Haul()
        try:
            await fetch_all(files, self._fetch, haul)
        finally:
            self._take(haul.files)
        self._take_frames(watch)
        for file, error in haul.troubles if self._items else ():
            self._warnings.append(f"The server's file {file.path!r} did not come: {error}")
        if outcome.failure and not self._items:
            raise outcome.failure.as_error(self._backend.name)
        if outcome.failure:
            self._warnings.append(
                f"The run did not finish. {outcome.failure} What was made before that is kept."
            )
        self._check_frames(outcome, watch)
        if not self._items:
            self._nothing_came(haul)
        for node_id in sorted({file.node_id for file in files} & outcome.cached):
            self._warnings.append(
                f"The server did not run {self._flow.graph.nodes[node_id].label} anew: its files "
                "are those of an earlier run."
            )

    async def _fetch(self, file: StoredFile) -> Download:
        return await self._patience.ask(lambda: whole_file(self._wire, file))

    def _take(self, files: Iterable[tuple[StoredFile, Download]]) -> None:
        for file, download in files:
            self._items.append(
                MediaItem(
                    download.data,
                    download.announced_type,
                    download.announced_size,
                    self._seed,
                    file.to_json(),
                )
            )

    def _take_frames(self, watch: Watch) -> None:
        """Take the pictures that came over the socket alone."""
        for node in self._flow.output_nodes:
            for index, data in enumerate(watch.frames.get(node.node_id, ())):
                source = {"node": node.node_id, "socket": True, "batch_index": index}
                self._items.append(MediaItem(data, None, None, self._seed, source))

    def _check_frames(self, outcome: Outcome, watch: Watch) -> None:
        """Have pictures that went over the socket, and did not all come, made again."""
        count = self._flow.value(Parameter.COUNT, self._document)
        expected = count if isinstance(count, int) else 1
        short = [
            node
            for node in self._flow.output_nodes
            if node.node_id in self._flow.socket_outputs
            and len(watch.frames.get(node.node_id, ())) < expected
        ]
        if not short or outcome.failure:
            return
        labels = ", ".join(node.label for node in short)
        reason = f"The pictures of {labels} go over the socket alone, and not all of them came."
        if self._items and not self._may_repeat:
            self._warnings.append(reason)
            return
        why = f" {watch.trouble}" if watch.trouble else ""
        raise _Again(
            reason,
            BackendAnswerError(
                f"{reason}{why} Use a 'Save Image' node: its files can be fetched again.",
                backend=self._backend.name,
                details={"job_id": self._job_id},
            ),
        )

    @property
    def _may_repeat(self) -> bool:
        return self._backend.resubmit_lost and not self._last_attempt

    def _nothing_came(self, haul: Haul) -> None:
        details: dict[str, object] = {"job_id": self._job_id}
        if not haul.troubles:
            nodes = ", ".join(node.label for node in self._flow.output_nodes) or "none"
            raise BackendAnswerError(
                f"{self._backend.name} finished the job {self._job_id} without naming a file. The "
                f"output nodes of the flow {self._flow.name!r} are: {nodes}. Does one of them "
                "save a picture?",
                backend=self._backend.name,
                details=details,
            )
        file, cause = haul.troubles[0]
        error = type(cause)(
            f"{self._backend.name} made {file.path!r}, but it did not come home: {cause}",
            backend=self._backend.name,
            details={**cause.details, **details, **file.to_json()},
        )
        error.__cause__ = cause
        if cause.details.get("status") == 404:
            raise _Again(f"The file {file.path!r} was not on the server any more.", error)
        raise error

    async def _find_again(self, watch: Watch) -> None:
        """Take the files of a job that the server forgot; else say that it is lost."""
        haul, complete = await self._patience.ask(
            lambda: find_again(self._wire, self._flow, self._files_id, self._document)
        )
        self._take(haul.files)
        self._take_frames(watch)
        restarted = self._patience.tried or watch.broke
        if not complete and restarted and self._may_repeat:
            raise _Again("The server was restarted and lost the job.", self._lost())
        if not self._items:
            raise self._lost()
        self._warnings.append(
            "The server forgot the job, but its files were still there and were fetched"
            + ("." if complete else "; some may be missing.")
        )

    def _lost(self) -> JobLost:
        return JobLost(
            f"{self._backend.name} does not know the job {self._job_id} any more: it was "
            "restarted, or somebody cleared its queue. What it had finished may lie in its output "
            f"folder as {files_prefix(self._files_id)}_*.",
            backend=self._backend.name,
            details={"job_id": self._job_id},
            maybe_done=True,
        )

    # -- what is said about it -----------------------------------------------------------------

    @property
    def _seed(self) -> int | None:
        """The seed as submitted: the server takes the one it is given, and tells none."""
        seed = self._flow.value(Parameter.SEED, self._document)
        return seed if isinstance(seed, int) else None

    def _result(self) -> MediaResult:
        request: dict[str, Any] = {"prompt_id": self._job_id, "prompt": self._document}
        if self._request.start_image is not None:
            request["start_image"] = self._request.start_image
        seconds = self._outcome.seconds
        provenance = Provenance(
            backend=self._backend.name,
            model=self._flow.name,
            backend_version=self._backend.version,
            seed=self._seed,
            job_id=self._job_id,
            request=self._backend.for_record(request),
            reply=self._backend.for_record(dict(self._outcome.reply)),
            usage={} if seconds is None else {"execution_seconds": seconds},
            seconds=round(time.monotonic() - self._began, 3),
        )
        return MediaResult(tuple(self._items), provenance, tuple(dict.fromkeys(self._warnings)))


def _place_in_line(position: int) -> str:
    if position == 1:
        return "next in the queue"
    endings = {1: "st", 2: "nd", 3: "rd"}
    ending = "th" if 10 < position % 100 < 14 else endings.get(position % 10, "th")
    return f"{position}{ending} in the queue"
