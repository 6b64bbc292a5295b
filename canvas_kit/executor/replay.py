"""Takes what a node gave in an earlier attempt from the record, so that no model is asked again.

What a run has left is of three kinds: results that are whole in the record, which are taken as
they are; requests that were sent and whose answers are not there, which are asked for by their ids;
and what was never asked for, which is made. A request that may have been done and charged for, and
that cannot be asked for, is sent again only where that costs nothing or was allowed.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from canvas_kit.backends.base import Backend, MediaResult
from canvas_kit.backends.registry import BackendRegistry
from canvas_kit.errors import (
    BackendBusy,
    BackendError,
    CanvasKitError,
    ContentRefused,
    MediaError,
    RecordError,
)
from canvas_kit.executor.plan import Plan
from canvas_kit.media import inspect
from canvas_kit.nodes.base import Inputs, NodeResult, Value
from canvas_kit.recorder.continuing import Earlier, SentJob, made_line
from canvas_kit.recorder.entities import encode
from canvas_kit.settings import Settings
from canvas_kit.values import (
    Artifact,
    Entity,
    Media,
    NodeReport,
    NodeState,
    Sampling,
    Size,
    Verdict,
    from_json,
)

_ASKING_SECONDS = 1.0
"""Between two questions whether a server has finished a job."""


class Replay:
    """What earlier attempts of a run have left, for the nodes of the next one."""

    def __init__(
        self,
        earlier: Earlier,
        plan: Plan,
        *,
        backends: BackendRegistry,
        settings: Settings,
        pay_again: bool,
    ) -> None:
        self._earlier = earlier
        self._plan = plan
        self._backends = backends
        self._settings = settings
        self._pay_again = pay_again

    def recorded(self, node_id: str, round: int) -> Mapping[int, Entity]:
        """What of a node is in the record for a round, by part."""
        return self._earlier.entities.get((node_id, round), {})

    async def there(
        self, node_id: str, round: int, artifacts: Sequence[Artifact]
    ) -> dict[int, Entity]:
        """Which of some artifacts are in the record already, by position: the same bytes."""
        left = dict(self.recorded(node_id, round))
        found: dict[int, Entity] = {}
        for position, artifact in enumerate(artifacts if left else ()):
            data, _ = await asyncio.to_thread(encode, artifact)
            digest = hashlib.sha256(data).hexdigest()
            for part, entity in left.items():
                if entity.sha256 == digest:
                    found[position] = left.pop(part)
                    break
        return found

    def parts(self, node_id: str, round: int, there: Mapping[int, Entity], count: int) -> list[int]:
        """The parts under which the artifacts of a result are recorded, or will be."""
        taken = self.recorded(node_id, round)
        free = (part for part in itertools.count(1) if part not in taken)
        return [
            there[position].part if position in there else next(free) for position in range(count)
        ]

    async def result(
        self, index: int, round: int, inputs: Inputs
    ) -> tuple[NodeResult, tuple[Entity, ...] | None] | None:
        """What a node gave, with the entities that hold it; None for one that is to be run.

        Without entities, it has come only now and is to be recorded.

        Raises:
            ContentRefused: When it was refused.
            BackendError: When a request may have been done and charged for, and is not to be sent
                again.
            RecordError: When what was recorded is not what it was.
        """
        node_id = self._plan.names[index][0]
        place = node_id, round
        report = self._earlier.reports.get(node_id)
        if report is not None and report.rounds != round:
            report = None
        if (line := self._earlier.results.get(place)) is not None:
            found = await asyncio.to_thread(self._kept, index, line, place, inputs, report)
            if found is not None:
                return found
        if report is not None and report.state is NodeState.REFUSED:
            raise ContentRefused(report.reason)
        if jobs := self._earlier.jobs.get(place):
            fetched = await self._fetched(index, jobs)
            if fetched is not None:
                return fetched, None
            self._check_payment(jobs[-1])
        return None

    def _kept(
        self,
        index: int,
        line: Mapping[str, Any],
        place: tuple[str, int],
        inputs: Inputs,
        report: NodeReport | None,
    ) -> tuple[NodeResult, tuple[Entity, ...]] | None:
        parts = self.recorded(*place)
        entities = tuple(parts[part] for part in line.get("parts", (1,)))
        artifacts = tuple(map(artifact_of, entities))
        told = line.get("outputs")
        names = self._plan.output_names[index]
        if told is None and (len(names) > 1 or (names and not artifacts)):
            return None  # made by a node that says no more of it: it is run again
        if told is None:
            told = {name: {"part": 1} for name in names}
        outputs = {}
        for name, value in told.items():
            if (given := _read_output(value, artifacts, inputs)) is None:
                return None
            outputs[name] = given
        warnings, missing = line.get("warnings", ()), line.get("missing", ())
        if report is not None and report.state is NodeState.COMPLETED:
            plan = self._plan.warnings.get(index, ())
            old = [text for text in report.warnings if text not in plan]
            warnings = tuple(dict.fromkeys((*warnings, *old)))
            missing = missing or ((report.reason,) if report.reason else ())
        return NodeResult(outputs, artifacts, tuple(warnings), tuple(missing)), entities

    async def _fetched(self, index: int, jobs: Sequence[SentJob]) -> NodeResult | None:
        """What a server has made for a node that could not be brought home; None if nothing."""
        names = self._plan.output_names[index]
        for job in reversed(jobs):
            if not job.backend or len(names) != 1:
                continue
            try:
                artifacts, warnings, missing = await fetch_artifacts(
                    self._backends, job, self._settings.max_image_pixels, wait=True
                )
            except CanvasKitError:
                continue  # it is made again, or said to be maybe done
            told = f"Fetched by the id of its job, {job.job_id}, which had been sent before."
            first = artifacts[0].content
            assert isinstance(first, Media)
            return NodeResult(
                {names[0]: first},
                tuple(artifacts),
                tuple(dict.fromkeys((told, *warnings, *missing))),
                tuple(missing),
            )
        return None

    def _check_payment(self, job: SentJob) -> None:
        """Let nothing be paid twice that was not allowed to be.

        Raises:
            BackendError: When the job may have been charged for.
        """
        try:
            backend: Backend | None = self._backends.backend(job.backend) if job.backend else None
        except CanvasKitError:
            backend = None
        if self._pay_again or (backend is not None and not backend.paid):
            return
        raise BackendError(
            f"Maybe done: a request was sent to {job.backend or 'a server'} at "
            f"{str(job.noted.get('at'))[:19]} (job {job.job_id}) and its answer was not recorded, "
            "so it may have been done and charged for. It was not sent again. To have it sent "
            "again, and perhaps paid twice, continue with pay_again=True (--pay-again).",
            backend=job.backend,
            maybe_done=True,
        )


async def fetch_artifacts(
    backends: BackendRegistry, job: SentJob, max_pixels: int, *, wait: bool = False
) -> tuple[list[Artifact], list[str], list[str]]:
    """What a job has made, each file checked whole; warnings; and what is missing.

    With ``wait``, a server that is still at work on it is waited for.

    Raises:
        CanvasKitError: When nothing could be fetched.
    """
    backend = backends.backend(job.backend)
    while True:
        try:
            result: MediaResult = await backend.fetch_job(job.job_id, job.noted)
            break
        except BackendBusy:
            if not wait:
                raise
            await asyncio.sleep(_ASKING_SECONDS)
    artifacts, missing = [], list(result.missing)
    for item in result.items:
        check = partial(inspect, announced_size=item.announced_size, max_pixels=max_pixels)
        try:
            facts = await asyncio.to_thread(check, item.data)
        except MediaError as error:
            if len(result.items) == 1:
                raise
            missing.append(f"One of {len(result.items)} files could not be kept: {error}")
            continue
        media = Media(item.data, facts.media_type, facts.width, facts.height, item.seed)
        details = {"source": dict(item.source), "fetched_later": True}
        artifacts.append(Artifact(media, item.seed, job.asked, result.provenance, details))
    if not artifacts:
        raise MediaError(" ".join(missing) or f"{job.backend} gave no files.")
    return artifacts, list(result.warnings), missing


def artifact_of(entity: Entity) -> Artifact:
    """What was recorded, as it was before it was.

    Raises:
        RecordError: When its file is not what it was.
    """
    data = entity.bytes
    if hashlib.sha256(data).hexdigest() != entity.sha256:
        raise RecordError(
            f"{entity.file} is not what was recorded, so its run cannot be continued. Look at it "
            "with Run.verify()."
        )
    content: str | Media | Verdict | Mapping[str, Any]
    match entity.media_type:
        case "text/plain":
            content = data.decode("utf-8")
        case "application/json":
            content = document = entity.json
            if {"verdict", "score", "threshold", "commentary"} <= document.keys():
                content = from_json(Verdict, document)
        case _:
            content = Media(data, entity.media_type, entity.width, entity.height, entity.seed)
    return Artifact(content, entity.seed, entity.model, entity.provenance, entity.details)


def result_line(
    node_id: str, round: int, result: NodeResult, parts: Sequence[int], inputs: Inputs, ports: int
) -> dict[str, Any] | None:
    """What a journal has to say of a result, besides its files, for it to be taken up again.

    None where the files say all: one that went out through the only port.
    """
    artifacts, given = result.artifacts, result.outputs
    # Nearly every result is such a one, and it should cost nothing to find that out.
    alone = len(artifacts) == 1 and parts[0] == 1 and len(given) == ports <= 1
    if alone and not result.warnings and not result.missing:
        content = artifacts[0].content
        if all(value is content for value in given.values()):
            return None
    contents = [artifact.content for artifact in artifacts]
    outputs = {name: _output(value, contents, inputs) for name, value in given.items()}
    return made_line(
        node_id,
        round,
        parts=parts,
        outputs=outputs,
        warnings=result.warnings,
        missing=result.missing,
    )


def _output(value: Value, contents: Sequence[object], inputs: Inputs) -> Any:
    """A value that went out of a port, by where it can be had from again."""
    for position, content in enumerate(contents, start=1):
        if content is value:
            return {"part": position}
    for port, arrived in inputs.ports.items():
        for position, item in enumerate(arrived):
            if item.value is value:
                return {"input": [port, position]}
    match value:
        case Size():
            return {"size": [value.width, value.height]}
        case Sampling():
            return {"sampling": [value.steps, value.cfg]}
        case str() | int():
            return value
    return None  # a medium that was not recorded: the node is run again


def _read_output(
    told: Any, artifacts: Sequence[Artifact], inputs: Inputs
) -> str | int | Media | Size | Sampling | None:
    """The value that :func:`_output` has described; None when it cannot be had."""
    match told:
        case {"part": int(position)}:
            found: object = artifacts[position - 1].content
        case {"input": [str(port), int(position)]}:
            found = inputs.all(port)[position].value
        case {"size": [width, height]}:
            found = Size(width, height)
        case {"sampling": [steps, cfg]}:
            found = Sampling(steps, cfg)
        case _:
            found = told
    return found if isinstance(found, str | int | Media | Size | Sampling) else None
