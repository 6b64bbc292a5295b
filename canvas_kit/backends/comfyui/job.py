"""One request, from the workflow to its files, through whatever the server does meanwhile.

History is the truth. A job that ran and is in neither queue nor history was lost with a restart, or
finished and forgotten: it is submitted once more, since repeating it on one's own ComfyUI costs
only time (none, if the server still has its results in its cache). One that had only waited is
submitted again after a restart, but not when it was taken out of the queue by hand.
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
from canvas_kit.backends.comfyui.history import JobHistory, StoredFile, results_among
from canvas_kit.backends.comfyui.lenient import as_dict
from canvas_kit.backends.comfyui.messages import node_complaints
from canvas_kit.backends.comfyui.reconnect import Reconnect
from canvas_kit.backends.comfyui.websocket import JobSocket
from canvas_kit.backends.comfyui.workflow import Parameter, Workflow
from canvas_kit.errors import BackendAnswerError, BackendBusy, BackendError, BackendTimeout, JobLost
from canvas_kit.values import Provenance

_MOST_ATTEMPTS = 10
_FIRST_POLL_SECONDS = 0.1
_LONGEST_POLL_SECONDS = 2.0
_FETCHES_AT_ONCE = 4
_LATER = "Fetch it later with 'canvas-kit fetch' and the folder of the run."


@dataclass(eq=False)
class ComfyUIJob:
    """One request on its way. Made for one use.

    Attributes:
        request: What to write into it.
        reporter: Gets progress and previews.
        timeout_seconds: The longest that it may run, and that anything may take but waiting.
        patience_seconds: How long a server that was there is waited for.
        may_repeat: Whether it is submitted once more when the server lost it.
    """

    api: ComfyUIApi
    workflow: Workflow
    request: MediaRequest
    reporter: Reporter
    _: KW_ONLY
    timeout_seconds: float
    patience_seconds: float
    may_repeat: bool

    def __post_init__(self) -> None:
        self._reconnect = Reconnect(self.api, self.reporter, self.patience_seconds)
        self._began = time.monotonic()
        self._warnings: list[str] = []
        self._missing: list[str] = []  # what was asked for and not made; among the warnings too
        self._items: list[MediaItem] = []
        self._ran = False
        self._innocent = True  # whether it cannot be what brought the server down
        self._again = ""  # why another attempt may give what this one did not
        self._job_id = ""
        self._files = ""  # what its files are called on the server, up to their node's id
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
            if not self._items:
                raise BackendTimeout(
                    f"{reason} The server was told to stop the job.", backend=name
                ) from None
            self._miss(f"{reason} What had come until then is kept.")
        return self._result()

    async def fetch(self, files: str) -> MediaResult:
        """What the job has made that was submitted earlier under the request's id.

        Args:
            files: What its files are called on the server, up to the number of their node: the
                server forgets a job when it is restarted, but its files stay.

        Raises:
            BackendError: When nothing can be had.
        """
        self._job_id = self.request.job_id
        with suppress(BackendError):
            await self.api.ask_version()
        if (history := await self._ask_history()) is not None:
            self._document = history.document
            await self._collect(history)
        elif (position := await self._position()) is not None:
            state = f"number {position} in the queue" if position else "at work on it"
            raise BackendBusy(
                f"{self.api.name} has not finished the job {self._job_id} yet: {state}. Fetch it "
                "when it is done.",
                backend=self.api.name,
            )
        else:
            await self._take_left_behind(files)
        result = self._result()
        return replace(result, provenance=replace(result.provenance, seconds=None))

    async def _take_left_behind(self, prefix: str) -> None:
        """Take the pictures of a job that the server has forgotten, by the names it gave them."""
        for node in self.workflow.output_nodes:
            for number in count() if prefix and node.class_type == "SaveImage" else ():
                folder, _, stem = prefix.rpartition("/")
                name = f"{stem}{node.node_id.replace(':', '-')}_{number + 1:05}_.png"
                file = StoredFile(node.node_id, name, folder, batch_index=number)
                if error := (await self._fetch([file])).get(file):
                    if error.details.get("status") != 404:
                        raise error
                    break
        if not self._items:
            raise JobLost(
                f"{self.api.name} does not know the job {self._job_id} any more, and has no "
                f"picture called {prefix}*.",
                backend=self.api.name,
                details={"job_id": self._job_id},
            )
        self._warnings.append(
            "The server had forgotten the job, so it is not known whether it made more than these "
            "files."
        )

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
            except BackendError:
                if not self._again or not self.may_repeat:
                    raise
            self._warnings.append(f"{self._again} The job was submitted once more.")
            self.reporter.progress("submitting once more")
            self.may_repeat = self._innocent and attempt < _MOST_ATTEMPTS
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
                lambda: self.api.upload(picture)
            )
        return values

    async def _attempt(
        self, job_id: str, values: Mapping[Parameter, Any], deadline: asyncio.Timeout
    ) -> None:
        self._ran = False
        self._innocent = False
        self._again = ""
        self._job_id = job_id
        # Names of its own: a cached rerun saves anew, and no two savers share a file.
        prefix = f"canvas_kit/{job_id}"
        self._files = f"{prefix}_*"
        self._document, unplaced = self.workflow.filled(
            values, options=self.request.options, file_prefix=prefix
        )
        self._warnings += unplaced
        socket = JobSocket(self.workflow.graph, job_id, self.reporter)
        async with socket.listening(self.api.websocket):
            if socket.trouble:
                self.reporter.progress(f"without live progress: {socket.trouble}")
            await self._put_on_record(job_id)
            try:
                accepted = await self._reconnect.ask(lambda: self._submit(socket))
                self.reporter.progress("in the queue")
                history = await self._ended(socket, deadline)
            except asyncio.CancelledError:
                await self.api.stop(self._job_id)
                raise
        self._ran = self._ran or socket.started or history is not None
        # Neither a job that had only waited nor one that was over can have brought the server down.
        over = socket.ended.is_set() and self._was_restarted(socket)
        self._innocent = not self._ran or over
        self._warnings += accepted.notes
        for sentence in node_complaints(accepted.dropped, self.workflow.graph):
            self._miss(f"The server left out a part of the workflow: {sentence}")
        if history is None:
            raise self._lost(socket)
        await self._collect(history)

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
            await self._put_on_record(accepted.job_id)
        return accepted

    async def _put_on_record(self, job_id: str) -> None:
        """Note what :meth:`fetch` needs, in whatever process that is called."""
        await self.reporter.submitting(
            job_id,
            server=self.api.address,
            model=self.workflow.name,
            seed=self._seed,
            files=self._files,
        )

    async def _ended(self, socket: JobSocket, deadline: asyncio.Timeout) -> JobHistory | None:
        """How the job ended; None when the server does not know it any more.

        The time that it waits behind other jobs does not count: the deadline moves along.
        """
        loop = asyncio.get_running_loop()
        wait = _FIRST_POLL_SECONDS
        while True:
            await socket.wait(wait)
            if (history := await self._reconnect.ask(self._ask_history, safe=True)) is not None:
                return history
            wait = min(wait * 1.5, _LONGEST_POLL_SECONDS)
            if socket.ended.is_set():  # the message overtakes the entry by a moment
                await asyncio.sleep(_FIRST_POLL_SECONDS / 2)
            position = await self._reconnect.ask(self._position, safe=True)
            if position is None:
                # It may have moved from the queue into history between the two questions.
                return await self._reconnect.ask(self._ask_history, safe=True)
            if not self._ran:
                deadline.reschedule(loop.time() + self.timeout_seconds)
            self._ran = self._ran or position == 0
            if position > 0:
                self.reporter.progress(f"number {position} in the queue")

    async def _is_known(self) -> bool:
        return await self._position() is not None or await self._ask_history() is not None

    async def _ask_history(self) -> JobHistory | None:
        return await self.api.history(self._job_id, self.workflow.graph)

    async def _position(self) -> int | None:
        return (await self.api.queue()).get(self._job_id)

    def _was_restarted(self, socket: JobSocket) -> bool:
        return self._reconnect.was_away or socket.broke

    def _lost(self, socket: JobSocket) -> JobLost:
        """The error of a job that the server does not know any more."""
        if self._was_restarted(socket):
            self._again = "The server was restarted and lost the job."
        elif self._ran:
            self._again = "The server forgot the job."
        return JobLost(
            f"{self.api.name} does not know the job {self._job_id} any more: it was restarted, or "
            "its queue was cleared. What it had finished may lie in its output folder as "
            f"{self._files}; 'canvas-kit fetch' looks there.",
            backend=self.api.name,
            details={"job_id": self._job_id},
            maybe_done=True,
        )

    # -- its files -----------------------------------------------------------------------------

    async def _collect(self, history: JobHistory) -> None:
        """Take what the job made; say what cannot be had."""
        self._history = history
        label = self.workflow.graph.label
        output_ids = [node.node_id for node in self.workflow.output_nodes]
        files = results_among(history.files, output_ids)
        makers = {file.node for file in files}
        if others := sorted(makers - {*output_ids}):
            self._warnings.append(
                "The files are from nodes that the workflow does not list under [[outputs]]: "
                f"{', '.join(others)}."
            )
        failures = await self._fetch(files)
        if self._items:
            for file, error in failures.items():
                self._miss(f"The server's file {file.path!r} did not come: {error} {_LATER}")
        if history.failure and not self._items:
            raise history.failure.as_error(self.api.name)
        if history.failure:
            self._miss(
                f"The run did not finish. {history.failure} What was made before that is kept."
            )
        if not self._items:
            raise self._nothing_came(failures)
        reported = {file.node for file in history.files}
        if not self._missing:  # else the reason was told
            for binding in self.workflow.places(Parameter.OUTPUTS):
                if binding.input and binding.node_id not in reported:
                    self._miss(f"Nothing came from {label(binding.node_id)}.")
        for node_id in sorted(makers & history.cached):
            self._warnings.append(
                f"The server did not run {label(node_id)} anew: its files are those of an earlier "
                "run."
            )

    async def _fetch(self, files: list[StoredFile]) -> dict[StoredFile, BackendError]:
        """Fetch files side by side, keep those that came in time, and give why others did not."""
        slots = asyncio.Semaphore(_FETCHES_AT_ONCE)
        came: dict[StoredFile, MediaItem] = {}
        failures: dict[StoredFile, BackendError] = {}

        async def one(file: StoredFile) -> None:
            async with slots:
                try:
                    got = await self._reconnect.ask(lambda: self.api.fetch(file))
                except BackendError as error:
                    failures[file] = error
                else:
                    kind, size = got.announced_type, got.announced_size
                    came[file] = MediaItem(got.data, kind, size, self._seed, asdict(file))

        try:
            await asyncio.gather(*map(one, files))
        finally:
            self._items += [came[file] for file in files if file in came]
        return failures

    def _nothing_came(self, failures: Mapping[StoredFile, BackendError]) -> BackendError:
        name = self.api.name
        details: dict[str, object] = {"job_id": self._job_id}
        for file, cause in failures.items():
            error = type(cause)(
                f"{name} made {file.path!r}, but it could not be fetched: {cause} {_LATER}",
                backend=name,
                details={**cause.details, **details, **asdict(file)},
            )
            error.__cause__ = cause
            if cause.details.get("status") == 404:
                self._again = f"The file {file.path!r} was not on the server any more."
            return error
        nodes = ", ".join(node.label for node in self.workflow.output_nodes) or "none"
        return BackendAnswerError(
            f"{name} finished the job {self._job_id} without naming a file. The output nodes "
            f"of the workflow {self.workflow.name!r} are: {nodes}. Does one of them save a "
            "picture?",
            backend=name,
            details=details,
        )

    # -- what is said about it -----------------------------------------------------------------

    @property
    def _seed(self) -> int | None:
        """The seed as submitted: the server takes the one it is given, and tells none."""
        if not self._document:  # forgotten by the server; what was noted of it is asked for
            return self.request.seed
        for binding in self.workflow.places(Parameter.SEED):
            node = as_dict(self._document.get(binding.node_id))
            seed = as_dict(node.get("inputs")).get(binding.input)
            return seed if isinstance(seed, int) else None
        return None

    def _result(self) -> MediaResult:
        made, wanted = len(self._items), self.request.count
        if made < wanted:
            self._miss(f"{made} of {wanted} pictures were made.")
        request: dict[str, Any] = {"prompt_id": self._job_id, "prompt": self._document or None}
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
        return MediaResult(tuple(self._items), provenance, said, missing)
