"""Adds to the record of a run that is over what came later: a picture that could not be fetched.

What was recorded stays as it is. The journal gets further lines, the manifest is made anew from it,
and the node says in its warnings that its result was fetched later, and what it had said before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from canvas_kit.recorder.continuing import SentJob, made_line, mark_unfinished
from canvas_kit.recorder.disk import flush_folder, translated, write_flushed
from canvas_kit.recorder.entities import EntityMaker, Outline, now, timestamp
from canvas_kit.recorder.journal import Journal
from canvas_kit.recorder.manifest import rebuild, write_manifest
from canvas_kit.recorder.names import FINAL, JOURNAL, PARTIAL
from canvas_kit.recorder.run import Run, read_manifest
from canvas_kit.values import Artifact, Entity, NodeReport, NodeState, RunStatus, to_json


def add_later(
    folder: Path,
    job: SentJob,
    artifacts: Sequence[Artifact],
    *,
    warnings: Sequence[str],
    missing: Sequence[str],
) -> Run:
    """Record what a job has made after its run had ended; files that are there already are not.

    Of the artifacts, which are checked, ``details["source"]`` says what the server calls them.

    Returns:
        The run as it is now; as it was, if all of it was there already.

    Raises:
        RecordError: When it cannot be written, or the run is still going on.
    """
    with (
        translated(f"add to the record {folder}"),
        closing(Journal(folder / JOURNAL, again=True)) as journal,
    ):
        run = read_manifest(rebuild(folder), folder)
        if run.status is RunStatus.RUNNING:  # the lock is this one's own
            run = replace(run, status=RunStatus.INTERRUPTED)
        made = ((item, item.provenance) for item in run.entities)
        of_job = [item for item, how in made if how is not None and how.job_id == job.job_id]
        there = [item.details.get("source") for item in of_job]
        added: list[Entity] = []
        for artifact in artifacts:
            if artifact.details.get("source") not in there:
                added.append(_stored(run, job, artifact, added))
        if not added:
            return run
        flush_folder(folder / FINAL)
        reports = _reports(run, job, (*warnings, *missing), missing)
        status = _status(run.status, reports.values())
        result = made_line(
            job.node_id, job.round, parts=[item.part for item in (*of_job, *added)], missing=missing
        )
        lines = [result, *({"event": "entity", **to_json(entity)} for entity in added)]
        before = {report.node_id: report for report in run.nodes}
        lines += [
            {"event": "node", **to_json(report)}
            for report in reports.values()
            if report != before[report.node_id]
        ]
        fetched = {"fetched_at": timestamp(now())}
        lines.append({"event": "end", "status": status.value, "about": fetched})
        mark_unfinished(folder)  # until it is made anew, what the journal tells is read
        _append(journal, lines)
        run = read_manifest(rebuild(folder), folder)
        write_manifest(folder, run.about, run.status, run.nodes, run.entities)
    return run


def append_to_journal(path: Path, lines: Sequence[Mapping[str, Any]]) -> None:
    """Append lines to the journal of work that is over; they are on the disk when this returns.

    Raises:
        RecordError: When it cannot be written, or the work is still going on.
    """
    with closing(Journal(path, again=True)) as journal:
        _append(journal, lines)


def _append(journal: Journal, lines: Sequence[Mapping[str, Any]]) -> None:
    for line in lines[:-1]:
        journal.note(line)
    journal.append(lines[-1])


def _stored(run: Run, job: SentJob, artifact: Artifact, added: Sequence[Entity]) -> Entity:
    """Write the file of an artifact, under a name that is free."""
    folder = run.folder
    assert folder is not None
    maker = EntityMaker(Outline(run.canvas), folder)
    entities = (*run.entities, *added)
    part = 1 + max(
        (one.part for one in entities if (one.node_id, one.round) == (job.node_id, job.round)),
        default=0,
    )
    while True:
        entity, data = maker.make(
            job.node_id, artifact, index=0, round=job.round, part=part, parents=job.parents
        )
        path = folder / entity.file
        # A crash may have come between a file and its line in the journal.
        if not path.exists() or path.read_bytes() == data:
            break
        part += 1
    alike = [one.index for one in entities if one.kind == entity.kind]
    entity = replace(entity, index=1 + max(alike, default=-1))
    aside = folder / PARTIAL / path.name
    aside.parent.mkdir(exist_ok=True)
    aside.unlink(missing_ok=True)
    write_flushed(aside, data)
    aside.replace(path)
    return entity


def _reports(
    run: Run, job: SentJob, warnings: Sequence[str], missing: Sequence[str]
) -> dict[str, NodeReport]:
    """How every node stands, now that a job's result is there."""
    reports = {report.node_id: report for report in run.nodes}
    old = reports[job.node_id]
    before = old.reason or f"it was {old.state.value}"
    said = f"Fetched after the run had ended ({before})"
    reports[job.node_id] = replace(
        old,
        state=NodeState.COMPLETED,
        reason=" ".join(missing),
        rounds=max(old.rounds, job.round),
        warnings=tuple(dict.fromkeys((*old.warnings, said, *warnings))),
    )
    canvas = run.canvas
    whole = (NodeState.COMPLETED, NodeState.SKIPPED)
    for index, node in enumerate(canvas.nodes):
        if node.outputs or (report := reports[node.id]).state in whole:
            continue
        # A collector does nothing but point at what others made.
        links = [link for link in canvas.links if link.target == index]
        if all(reports[canvas.nodes[link.source].id].state in whole for link in links):
            reports[node.id] = replace(report, state=NodeState.COMPLETED, reason="")
    return reports


def _status(before: RunStatus, reports: Collection[NodeReport]) -> RunStatus:
    """How the run stands, now that some of its nodes stand otherwise."""
    states = {report.state for report in reports}
    if states <= {NodeState.COMPLETED, NodeState.SKIPPED}:
        lacking = any(report.reason for report in reports if report.state is NodeState.COMPLETED)
        return RunStatus.PARTIAL if lacking else RunStatus.COMPLETED
    if before in (RunStatus.CANCELLED, RunStatus.INTERRUPTED):
        return before
    return RunStatus.PARTIAL
