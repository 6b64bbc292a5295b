"""What a run has left that is gone on with: what was made, what was asked for and did not come.

A run is continued in its own folder. Its journal is locked and appended, a line there says which
attempt begins, and nothing that was recorded is written again or removed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from canvas_kit.errors import MediaError, RecordError
from canvas_kit.files import read_start
from canvas_kit.media import inspect
from canvas_kit.recorder.entities import EntityMaker, Outline
from canvas_kit.recorder.journal import as_json, read_journal
from canvas_kit.recorder.manifest import MALFORMED, rebuild
from canvas_kit.recorder.names import FINAL, JOURNAL, METADATA, PARTIAL, slug
from canvas_kit.recorder.run import Run, read_manifest
from canvas_kit.values import Artifact, Entity, Media, NodeReport, NodeState, Provenance, RunStatus

Place = tuple[str, int]
"""A node's id and a round."""


@dataclass(frozen=True, slots=True)
class SentJob:
    """Work that a run has handed to a server, as its record tells.

    Attributes:
        node_id: The node that asked for it.
        job_id: The id that the server has it under.
        backend: The backend that asked the server.
        asked: The model or output config that the node asked for.
        round: The node's feedback round.
        parents: The files that the result is made from.
        noted: All that was noted of it.
    """

    node_id: str
    job_id: str
    backend: str
    asked: str
    round: int
    parents: tuple[str, ...]
    noted: Mapping[str, Any]


def open_jobs(run: Run) -> list[SentJob]:
    """The jobs of a run whose nodes lack a result, the latest first."""
    lacking = {
        report.node_id
        for report in run.nodes
        if report.state is not NodeState.COMPLETED or report.reason
    }
    jobs = [job_of(line) for line in run.about.get("jobs", ()) if line.get("node_id") in lacking]
    return [job for job in reversed(jobs) if job.backend]


def job_of(line: Mapping[str, Any]) -> SentJob:
    """The job that was noted in a line."""
    return SentJob(
        str(line["node_id"]),
        str(line["job_id"]),
        str(line.get("backend", "")),
        str(line.get("asked", "")),
        int(line.get("round", 1)),
        tuple(map(str, line.get("parents", ()))),
        line,
    )


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a run has left that is gone on with.

    Attributes:
        run: The run as its journal tells, what lay on the disk untold included.
        results: For each node and round whose result is whole in the record, what was noted of
            it; see :func:`made_line`.
        entities: For each node and round all that was recorded, by part.
        jobs: For each node and round the requests that were sent and not answered, latest last.
        reports: For each node how it ended, where that is known.
    """

    run: Run
    results: Mapping[Place, Mapping[str, Any]]
    entities: Mapping[Place, Mapping[int, Entity]]
    jobs: Mapping[Place, Sequence[SentJob]]
    reports: Mapping[str, NodeReport] = field(default_factory=dict)


def made_line(
    node_id: str,
    round: int,
    *,
    parts: Sequence[int] = (1,),
    outputs: Mapping[str, Any] | None = None,
    warnings: Sequence[str] = (),
    missing: Sequence[str] = (),
) -> dict[str, Any]:
    """The line of a journal that says what a node gave, where its files alone do not tell.

    Without such a line, a node gave one thing, which is its only file and went out through its only
    port. What is empty is left out.

    Args:
        node_id: The node.
        round: Its feedback round.
        parts: The parts under which its files are recorded.
        outputs: What went out of its ports, in the form of whoever reads it again; None for the
            first of its files through its only port.
        warnings: What the user should know.
        missing: What was asked for and not made.
    """
    line: dict[str, Any] = {"event": "made", "node_id": node_id, "round": round}
    line |= {"parts": list(parts)}
    line |= {"outputs": outputs} if outputs is not None else {}
    line |= {"warnings": list(warnings)} if warnings else {}
    return line | ({"missing": list(missing)} if missing else {})


def look_back(folder: Path, outline: Outline, max_pixels: int) -> tuple[Earlier, list[Entity]]:
    """What a run has left, and the entities among it that its journal does not tell of.

    A process can die between a file and its line in the journal. Such a file is whole, and may
    have been paid for: it becomes part of the record.

    The caller has locked its journal.

    Raises:
        RecordError: When the record cannot be read, or is damaged.
    """
    try:
        run = read_manifest(rebuild(folder), folder)
        made: dict[Place, Mapping[str, Any]] = {}
        jobs: dict[Place, list[SentJob]] = {}
        for line in read_journal(folder / JOURNAL):
            place = line.get("node_id", ""), line.get("round", 1)
            match line["event"]:
                case "made":
                    made[place] = line
                case "submitting":
                    job = job_of(line)
                    jobs.setdefault((job.node_id, job.round), []).append(job)
                case "answered":
                    jobs.pop(place, None)
    except MALFORMED as error:
        raise RecordError(
            f"The record in {folder} cannot be read: {type(error).__name__}: {error}."
        ) from error
    found = _untold(folder, outline, run, jobs, max_pixels)
    entities: dict[Place, dict[int, Entity]] = {}
    for entity in (*run.entities, *found):
        entities.setdefault((entity.node_id, entity.round), {})[entity.part] = entity
    results = {
        place: made.get(place, {})
        for place, parts in entities.items()
        if (set(made[place]["parts"]) <= parts.keys() if place in made else parts.keys() == {1})
    }
    results |= {place: line for place, line in made.items() if not line["parts"]}
    reports = {report.node_id: report for report in run.nodes}
    for place in results:
        jobs.pop(place, None)
    return Earlier(run, results, entities, jobs, reports), found


def mark_unfinished(folder: Path) -> None:
    """Have the manifest of an ended run say that the run is not over; the journal tells the rest.

    Without that, a reader would take it for the last word while the run goes on, and for ever if
    the process dies.
    """
    path = folder / METADATA
    try:
        document = json.loads(read_start(path))
    except FileNotFoundError:
        return
    except (OSError, ValueError, RecursionError):
        document = None
    if isinstance(document, dict) and document.get("status") != RunStatus.INTERRUPTED:
        aside = folder / PARTIAL / METADATA
        marked = document | {"status": RunStatus.INTERRUPTED.value}
        aside.write_bytes(as_json(marked, indent=2) + b"\n")
        aside.replace(path)


def clear_aside(folder: Path, max_pixels: int) -> None:
    """Remove what was half written when a process died; media that are whole get their names."""
    for path in (folder / PARTIAL).iterdir():
        named = folder / FINAL / path.name
        if path.suffix not in (".txt", ".json") and not named.exists():
            try:
                inspect(path.read_bytes(), max_pixels=max_pixels)
            except MediaError:
                pass
            else:
                path.rename(named)
                continue
        path.unlink()


def _untold(
    folder: Path,
    outline: Outline,
    run: Run,
    jobs: Mapping[Place, Sequence[SentJob]],
    max_pixels: int,
) -> list[Entity]:
    """Entities for the files of a run that its journal does not tell of."""
    told = {entity.file for entity in run.entities}
    maker = EntityMaker(outline, folder)
    maker.follow(run.entities)
    found = []
    for path in sorted((folder / FINAL).iterdir()):
        if f"{FINAL}/{path.name}" in told:
            continue
        for node_id, number in outline.numbers.items():
            begin = f"{number:0{outline.digits}d}_"
            begin += slug(outline.types[node_id], "node").replace("-", "_")
            rest = re.fullmatch(
                re.escape(begin) + r"(?:_round(\d+))?(?:_(\d+))?\.[a-z0-9]+", path.name
            )
            if rest and (content := _content(path, max_pixels)) is not None:
                round_number, part = int(rest[1] or 1), int(rest[2] or 1)
                job = next(iter(jobs.get((node_id, round_number), ())[-1:]), None)
                artifact = Artifact(
                    content,
                    model=job.asked if job else None,
                    provenance=Provenance(
                        job.backend, str(job.noted.get("model") or ""), job_id=job.job_id
                    )
                    if job
                    else None,
                    details={"recovered": "the run was interrupted before it noted this file"},
                )
                entity, data = maker.make(
                    node_id,
                    artifact,
                    index=maker.next_index(artifact),
                    round=round_number,
                    part=part,
                    parents=job.parents if job else (),
                )
                if entity.file == f"{FINAL}/{path.name}" and data == path.read_bytes():
                    found.append(entity)
    return found


def _content(path: Path, max_pixels: int) -> str | Media | Mapping[str, Any] | None:
    """What a file holds, if it is of the kind that its name says."""
    data = path.read_bytes()
    try:
        match path.suffix:
            case ".txt":
                return data.decode()
            case ".json":
                document = json.loads(data)
                return document if isinstance(document, dict) else None
        facts = inspect(data, max_pixels=max_pixels)
    except (MediaError, ValueError, RecursionError):
        return None
    return Media(data, facts.media_type, facts.width, facts.height)
