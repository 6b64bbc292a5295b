"""A batch as a table: a row for each of its points, read one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from canvas_kit.analysis.measures import picture_measures, text_measures
from canvas_kit.batch.batch import Batch
from canvas_kit.batch.state import BatchState
from canvas_kit.batch.summary import RunSummary
from canvas_kit.errors import RecordError
from canvas_kit.recorder.ratings import Rating, mean_rating, tags_of
from canvas_kit.recorder.run import Run
from canvas_kit.values import Entity, NodeState, Verdict, from_json

NOT_MADE = "not made yet"
"""The status of a point whose run has not ended, or did not begin."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PlannedPoint:
    """A point of a batch, and how its run ended if it did.

    Attributes:
        index: Its position, from 0.
        levels: What each factor is set to, by the factor's key.
        seed: Its seed, if it is known.
        replicate: Which of the seeds it is, from 0.
        id: Its identity.
        summary: How its run ended; None where it did not, or has not begun.
    """

    index: int
    levels: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    replicate: int = 0
    id: str = ""
    summary: RunSummary | None = None

    @property
    def status(self) -> str:
        """How its run ended, in a word."""
        return self.summary.status.value if self.summary else NOT_MADE


def points_of(batch: Batch) -> list[PlannedPoint]:
    """Every point of a batch, made or not, in the order of the batch.

    Raises:
        RecordError: When the point table cannot be read.
    """
    ended = {summary.index: summary for summary in batch.runs}
    table = BatchState.read(batch.folder).points if batch.folder is not None else []
    if not table:  # held in memory: only what ended is known
        return [
            PlannedPoint(one.index, _levels(one.levels), one.seed, one.replicate, one.point_id, one)
            for one in batch.runs
        ]
    return [
        PlannedPoint(index, _levels(row.levels), row.seed, row.replicate, row.id, ended.get(index))
        for index, row in enumerate(table)
    ]


def _levels(levels: Mapping[str, Any]) -> dict[str, Any]:
    """The levels without the seed, which has a place of its own."""
    return {key: level for key, level in levels.items() if key != "seed"}


def to_rows(batch: Batch, *, measures: bool = False) -> list[Row]:
    """:func:`iterate` as a list in which every row has every column."""
    rows = list(iterate(batch, measures=measures))
    columns = dict.fromkeys(name for row in rows for name in row)
    return [{name: row.get(name) for name in columns} for row in rows]


def iterate(batch: Batch, *, measures: bool = False) -> Iterator[Row]:
    """:meth:`Batch.to_rows`, each record read when its row is asked for."""
    for point in points_of(batch):
        yield row_of(point, measures=measures)


def row_of(point: PlannedPoint, *, measures: bool = False) -> Row:
    """The row of one point.

    Raises:
        RecordError: When its record cannot be read.
    """
    summary = point.summary
    row: Row = {
        "point_id": point.id,
        "run_id": summary.run_id if summary else "",
        "index": point.index,
        "status": point.status,
        "seed": point.seed,
        "replicate": point.replicate,
        "attempt": summary.attempt if summary else 0,
        **point.levels,
        "image": None,
        "misunderstood": "",
        "refused": None,
        "reasons": "",
    }
    if summary is None:
        return row
    row["reasons"] = "; ".join(filter(None, (*summary.reasons, summary.error)))
    row["refused"] = summary.refused
    if summary.folder is None:
        return row
    run = Run.open(summary.folder)
    row["refused"] = any(report.state is NodeState.REFUSED for report in run.nodes)
    latest = latest_of(run.entities)
    for entity in latest.values():
        row |= _columns(entity, latest, measures=measures)
    pictures = [entity for entity in run.images if entity in latest.values()]
    if pictures:
        row["image"] = str(pictures[0].path)
        row |= _rated(run.ratings, pictures)
        if measures:
            measured = picture_measures(pictures[0].bytes)
            row |= {f"image.{name}": value for name, value in measured.items()}
    row["misunderstood"] = ", ".join(misunderstood(run.entities))
    return row


def _rated(ratings: Sequence[Rating], pictures: Sequence[Entity]) -> Row:
    """What people think of pictures; no columns for those that no one has judged."""
    row: Row = {}
    for entity in pictures:
        if found := [rating for rating in ratings if rating.file == entity.file]:
            row |= {
                f"{entity.node_id}.rating": mean_rating(found),
                f"{entity.node_id}.raters": len(found),
                f"{entity.node_id}.tags": ", ".join(tags_of(found)),
                f"{entity.node_id}.note": " | ".join(one.note for one in found if one.note),
            }
    return row


def misunderstood(entities: Iterable[Entity]) -> list[str]:
    """The words that the model says it did not understand, each once, in order."""
    found: dict[str, None] = {}
    for entity in entities:
        reply = entity.provenance.reply if entity.provenance else {}
        reading = reply.get("reading")
        unknown = reading.get("unknown") if isinstance(reading, Mapping) else None
        if isinstance(unknown, list | tuple):
            found |= dict.fromkeys(map(str, unknown))
    return list(found)


def verdict_of(entity: Entity) -> Verdict | None:
    """The verdict in an entity, if it holds one."""
    try:
        return from_json(Verdict, entity.json)
    except (ValueError, RecordError):
        return None


def latest_of(entities: Iterable[Entity]) -> dict[str, Entity]:
    """The first part of the last round of each node, in canvas order."""
    found: dict[str, Entity] = {}
    for entity in entities:
        known = found.get(entity.node_id)
        if known is None or entity.round > known.round:
            found[entity.node_id] = entity
    return found


def _columns(entity: Entity, latest: Mapping[str, Entity], *, measures: bool) -> Row:
    """What one thing that was made says in its row."""
    name = entity.node_id
    if entity.node_type == "evaluation" and (verdict := verdict_of(entity)):
        return {f"{name}.score": verdict.score, f"{name}.passed": verdict.passed}
    if entity.media_type != "text/plain":
        return {f"{name}.file": str(entity.path)}
    row: Row = {f"{name}.text": entity.text}
    if measures:
        came = [other.text for other in latest.values() if other.file in entity.parents
                and other.media_type == "text/plain"]  # fmt: skip
        measured = text_measures(entity.text, "\n".join(came))
        row |= {f"{name}.{key}": value for key, value in measured.items()}
    return row
