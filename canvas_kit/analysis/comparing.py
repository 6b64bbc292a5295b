"""Two runs beside each other, two batches point by point, and what the machine did to the words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from canvas_kit.analysis.rows import PlannedPoint, latest_of, points_of
from canvas_kit.analysis.wording import Wording
from canvas_kit.batch.batch import Batch
from canvas_kit.canvas.graph import Canvas
from canvas_kit.display import Displayed
from canvas_kit.errors import CanvasError, RecordError, printable_lines, shorten
from canvas_kit.recorder.run import Run
from canvas_kit.values import Entity

PAIRS_ON_A_PAGE = 10


@dataclass(frozen=True, slots=True)
class TextChange:
    """What a node made of the words that came to it.

    Attributes:
        node_id: The node.
        method: Its type, and its preset if it has one.
        round: Which round, from 1.
        wording: The words that came beside those that it made.
    """

    node_id: str
    method: str
    round: int
    wording: Wording


@dataclass(frozen=True, slots=True, repr=False)
class Changes(Displayed):
    """The difference the machine made: every text of a run beside the text it was made of.

    Attributes:
        run: The run.
        changes: One for each text that was made of another, in canvas order.
    """

    view = "difference"

    run: Run
    changes: tuple[TextChange, ...]

    def __len__(self) -> int:
        return len(self.changes)

    def __iter__(self) -> Iterator[TextChange]:
        return iter(self.changes)

    def __str__(self) -> str:
        lines = [f"Changes of the words in run {self.run.id}"]
        for change in self.changes:
            round_ = f", round {change.round}" if change.round > 1 else ""
            lines.append(f"{change.node_id} ({change.method}{round_}): {change.wording.summary}")
            lines.append(f"  {change.wording}")
        if not self.changes:
            lines.append("  No text was made of another one.")
        return printable_lines("\n".join(lines))

    __repr__ = __str__


@dataclass(frozen=True, slots=True)
class FieldChange:
    """Something of the canvas that is not the same.

    Attributes:
        where: ``node.field``, a node, or ``seed``.
        before: What it is in the first; None where it is not there.
        after: What it is in the other.
    """

    where: str
    before: Any
    after: Any

    def __str__(self) -> str:
        shown = ["–" if value is None else shorten(value) for value in (self.before, self.after)]
        return f"{self.where}: {shown[0]} → {shown[1]}"


@dataclass(frozen=True, slots=True, repr=False)
class RunDifference(Displayed):
    """What differs between two runs.

    Attributes:
        before: The first run.
        after: The other one.
        fields: What differs in their canvases and seeds, and which models answered.
        texts: The texts of the nodes that both have, by the node's id.
        pictures: The pictures of the nodes that both have; None where one has none.
        notes: What could not be compared.
    """

    view = "difference"

    before: Run
    after: Run
    fields: tuple[FieldChange, ...]
    texts: Mapping[str, Wording]
    pictures: tuple[tuple[str, Entity | None, Entity | None], ...]
    notes: tuple[str, ...] = ()

    @property
    def same_pictures(self) -> bool | None:
        """Whether all pictures are the same, byte for byte; None without pictures."""
        if not self.pictures:
            return None
        return all(one and other and one.sha256 == other.sha256 for _, one, other in self.pictures)

    @property
    def same_texts(self) -> bool:
        """Whether all texts are the same."""
        return all(wording.same for wording in self.texts.values())

    def __str__(self) -> str:
        lines = [f"Run {self.before.id} and run {self.after.id}"]
        runs = (self.before, self.after)
        lines += [f"  ! {run.id}: {reason}" for run in runs for reason in run.reasons()[:1]]
        lines += [f"  {field}" for field in self.fields] or ["  The canvases are the same."]
        for node_id, wording in self.texts.items():
            lines.append(f"{node_id}: {wording.summary}")
            if not wording.same:
                lines.append(f"  {wording}")
        lines += [_picture_line(*pair) for pair in self.pictures]
        lines += [f"  ! {note}" for note in self.notes]
        return printable_lines("\n".join(lines))

    __repr__ = __str__


@dataclass(frozen=True, slots=True, repr=False)
class BatchDifference(Displayed):
    """Two batches, point by point: those with the same levels and seed.

    Attributes:
        before: The first batch.
        after: The other one.
        pairs: The points that both have.
        only_before: Points that only the first has.
        only_after: Points that only the other has.
        page: Which page of the pairs is shown, from 1.
    """

    view = "difference"

    before: Batch
    after: Batch
    pairs: tuple[tuple[PlannedPoint, PlannedPoint], ...]
    only_before: tuple[PlannedPoint, ...]
    only_after: tuple[PlannedPoint, ...]
    page: int = 1

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-len(self.pairs) // PAIRS_ON_A_PAGE))

    def show_page(self, page: int) -> BatchDifference:
        """The comparison at another page, from 1.

        Raises:
            ValueError: When there is no such page.
        """
        if not 1 <= page <= self.pages:
            raise ValueError(f"The comparison has the pages 1 to {self.pages}, but not {page}.")
        return replace(self, page=page)

    def __len__(self) -> int:
        return len(self.pairs)

    def __iter__(self) -> Iterator[RunDifference]:
        """The comparison of every pair that was recorded, read when its turn comes."""
        for pair in self.pairs:
            if (found := self.compared(pair)) is not None:
                yield found

    def shown(self) -> Iterator[tuple[PlannedPoint, RunDifference | None]]:
        """The pairs of the page, each compared if both were recorded."""
        first = (self.page - 1) * PAIRS_ON_A_PAGE
        for pair in self.pairs[first : first + PAIRS_ON_A_PAGE]:
            yield pair[0], self.compared(pair)

    def compared(self, pair: tuple[PlannedPoint, PlannedPoint]) -> RunDifference | None:
        """Two points compared; None where one was not made or not recorded."""
        summaries = [point.summary for point in pair]
        folders = [summary.folder for summary in summaries if summary and summary.folder]
        if len(folders) < 2:
            return None
        return compare_runs(Run.open(folders[0]), Run.open(folders[1]))

    @property
    def facts(self) -> list[str]:
        """How the two overlap, in words."""
        told = [f"{len(self.pairs):,} points in both"]
        for points, which in ((self.only_before, "first"), (self.only_after, "other")):
            if points:
                told.append(f"{len(points):,} only in the {which}")
        return told

    def __str__(self) -> str:
        lines = [f"Batch {self.before.id} and batch {self.after.id}: {', '.join(self.facts)}"]
        for point, found in self.shown():
            head = f"  {point_label(point)}: "
            if found is None:
                lines.append(head + "not made in both")
                continue
            said = [f"{node}: {wording.summary}" for node, wording in found.texts.items()]
            same = {True: "same picture", False: "other picture", None: ""}[found.same_pictures]
            lines.append(head + "; ".join(filter(None, [*said, same])))
        if self.pages > 1:
            lines.append(f"  … page {self.page} of {self.pages}")
        return printable_lines("\n".join(lines))

    __repr__ = __str__


def point_label(point: PlannedPoint) -> str:
    """A point in words: its levels and seed."""
    levels = [f"{key} {shorten(str(value), 60)}" for key, value in point.levels.items()]
    return ", ".join([*levels, f"seed {point.seed}"])


def compare(before: Run | Batch, after: Run | Batch) -> RunDifference | BatchDifference:
    """Compare a run with a run, or a batch with a batch.

    Raises:
        TypeError: When they are of two kinds, or neither.
        RecordError: When a record cannot be read.
    """
    if isinstance(before, Run) and isinstance(after, Run):
        return compare_runs(before, after)
    if isinstance(before, Batch) and isinstance(after, Batch):
        return compare_batches(before, after)
    raise TypeError(
        f"A run is compared with a run, a batch with a batch, but these are a "
        f"{type(before).__name__} and a {type(after).__name__}."
    )


def changes_of(run: Run) -> Changes:
    """Every text of a run beside the text, or texts, that it was made of.

    Raises:
        RecordError: When a text is not there (any more).
    """
    files = {entity.file: entity for entity in run.entities}
    found = []
    for entity in run.texts:
        came = [files[name] for name in entity.parents if name in files]
        words = "\n".join(parent.text for parent in came if parent.media_type == "text/plain")
        # A text made of a picture was written, not rewritten.
        if words and entity.node_type not in ("input", "collector", "display"):
            preset = str(entity.details.get("preset", ""))
            method = " ".join(filter(None, (entity.node_type, preset)))
            wording = Wording.of(words, entity.text)
            found.append(TextChange(entity.node_id, method, entity.round, wording))
    return Changes(run, tuple(found))


def compare_runs(before: Run, after: Run) -> RunDifference:
    """What differs between two runs.

    Raises:
        RecordError: When a text is not there (any more).
    """
    fields: list[FieldChange] = []
    notes: list[str] = []
    try:
        fields += _canvas_changes(before.canvas, after.canvas)
    except (RecordError, CanvasError) as error:
        notes.append(f"The canvases cannot be compared: {error}")
    if before.seed != after.seed:
        fields.append(FieldChange("seed", before.seed, after.seed))
    one, other = latest_of(before.entities), latest_of(after.entities)
    fields += _answered_by(one, other)
    texts, pictures = {}, []
    for node_id in dict.fromkeys([*one, *other]):
        mine, theirs = one.get(node_id), other.get(node_id)
        kinds = {entity.media_type for entity in (mine, theirs) if entity}
        if mine and theirs and kinds <= {"text/plain", "application/json"}:
            texts[node_id] = Wording.of(mine.text, theirs.text)
        elif any(entity.kind == "image" for entity in (mine, theirs) if entity):
            pictures.append((node_id, mine, theirs))
        elif mine is None or theirs is None:
            which = "first" if theirs is None else "other"
            notes.append(f"{node_id} made something in the {which} only.")
    return RunDifference(before, after, tuple(fields), texts, tuple(pictures), tuple(notes))


def compare_batches(before: Batch, after: Batch) -> BatchDifference:
    """Two batches by identity where points have the same, else by levels and seed.

    A factor that only one of them varies does not part them: then the point with its first level
    is taken.
    """
    mine, theirs = points_of(before), points_of(after)
    shared = set(_keys(mine)) & set(_keys(theirs))
    by_id = {point.id: point for point in theirs if point.id}
    by_levels: dict[Any, PlannedPoint] = {}
    for point in theirs:
        by_levels.setdefault(_place(point, shared), point)
    pairs, only, taken = [], [], set[int]()
    for point in mine:
        found = by_id.get(point.id) or by_levels.get(_place(point, shared))
        if found is None or found.index in taken:
            only.append(point)
            continue
        taken.add(found.index)
        pairs.append((point, found))
    rest = tuple(point for point in theirs if point.index not in taken)
    return BatchDifference(before, after, tuple(pairs), tuple(only), rest)


def _keys(points: list[PlannedPoint]) -> Iterator[str]:
    return (key for point in points for key in point.levels)


def _place(point: PlannedPoint, keys: set[str]) -> Any:
    return (*(point.levels.get(key) for key in sorted(keys)), point.seed)


def _canvas_changes(before: Canvas, after: Canvas) -> Iterator[FieldChange]:
    one = {node.id: node for node in before.nodes}
    other = {node.id: node for node in after.nodes}
    for node_id in dict.fromkeys([*one, *other]):
        mine, theirs = one.get(node_id), other.get(node_id)
        if mine is None or theirs is None or mine.type != theirs.type:
            named = [node.type if node else None for node in (mine, theirs)]
            yield FieldChange(node_id, *named)
            continue
        for field in type(mine).model_fields:
            if field in ("x", "y", "id"):
                continue
            values = getattr(mine, field), getattr(theirs, field, None)
            if values[0] != values[1]:
                yield FieldChange(f"{node_id}.{field}", *values)
    ends = [
        {
            (canvas.nodes[link.source].id, canvas.nodes[link.target].id, link.feedback)
            for link in canvas.links
        }
        for canvas in (before, after)
    ]
    for ours, sign in ((ends[0] - ends[1], 0), (ends[1] - ends[0], 1)):
        for source, target, feedback in sorted(ours):
            if source in one and source in other and target in one and target in other:
                arrow = f"{source} → {target}" + (" (feedback)" if feedback else "")
                there = ("connected", None) if sign == 0 else (None, "connected")
                yield FieldChange(arrow, *there)


def _answered_by(one: Mapping[str, Entity], other: Mapping[str, Entity]) -> Iterator[FieldChange]:
    """Where another model answered, or another version of a server."""
    for node_id in one.keys() & other.keys():
        made = [entity.provenance for entity in (one[node_id], other[node_id])]
        told = [
            f"{p.backend}/{p.model}" + (f" {p.backend_version}" if p.backend_version else "")
            if p
            else None
            for p in made
        ]
        if told[0] != told[1]:
            yield FieldChange(f"{node_id} was answered by", *told)


def _picture_line(node_id: str, before: Entity | None, after: Entity | None) -> str:
    if before is None or after is None:
        return f"{node_id}: a picture in the {'first' if after is None else 'other'} only"
    same = before.sha256 == after.sha256
    return f"{node_id}: {'the same picture, byte for byte' if same else 'another picture'}"
