"""A run as a value: what it was, what it made, where that lies."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, overload

from canvas_kit.canvas.graph import Canvas
from canvas_kit.canvas.node import Node
from canvas_kit.display import Displayed, call
from canvas_kit.errors import RecordError, UnknownName, printable_lines
from canvas_kit.recorder.disk import find_records, translated
from canvas_kit.recorder.manifest import MALFORMED, manifest, read_metadata, rebuild
from canvas_kit.recorder.names import FINAL, METADATA, RUN_PREFIX, WORKFLOW
from canvas_kit.recorder.ratings import UNCHANGED, Rating, Unchanged, rate, rater_name, read_ratings
from canvas_kit.recorder.verifying import faults_around, faults_of
from canvas_kit.tables import Library, dataframe
from canvas_kit.values import (
    Entities,
    Entity,
    NodeReport,
    NodeState,
    RunStatus,
    Source,
    Verdict,
    from_json,
)


@dataclass(frozen=True, repr=False)
class Run(Displayed):
    """A run: how it ended, every node's state, and what was made, in canvas order.

    Attributes:
        id: The run's id.
        status: How it ended.
        nodes: Every node's state with its reason, in canvas order.
        entities: What was made, in canvas order, then by round.
        folder: Where it lies; None if it was not recorded.
        seed: The run's seed.
        about: The head of the record: canvas, device, times, versions.
    """

    view = "run"

    id: str
    status: RunStatus
    nodes: tuple[NodeReport, ...] = ()
    entities: Entities = field(default_factory=Entities)
    folder: Path | None = None
    seed: int | None = None
    about: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: str | Path) -> Run:
        """The run in a folder, also one that is still going on or was killed half way.

        Reading changes nothing on the disk. ``metadata.json`` is used where it is whole; where it
        is missing or torn, everything is taken from the journal.

        Raises:
            RecordError: When the folder holds no run.
        """
        path = Path(folder)
        with translated(f"open the run {path}"):
            if not path.is_dir():
                raise RecordError(f"{path} is not a folder, so no run can be read from it.")
        document = read_metadata(path / METADATA)
        if document is not None and document.get("status") != RunStatus.INTERRUPTED:
            try:
                return read_manifest(document, path)
            except MALFORMED:
                pass  # damaged, or not written by us: the journal tells the same
        try:
            return read_manifest(rebuild(path), path)
        except MALFORMED as error:
            raise RecordError(
                f"The record in {path} cannot be read: {type(error).__name__}: {error}."
            ) from error

    def __len__(self) -> int:
        return len(self.entities)

    def __iter__(self) -> Iterator[Entity]:
        return iter(self.entities)

    @overload
    def __getitem__(self, key: int) -> Entity: ...
    @overload
    def __getitem__(self, key: slice | str | Node) -> Entities: ...
    def __getitem__(self, key: int | slice | str | Node) -> Entity | Entities:
        """What was made: by position in canvas order, or everything of a node, by it or its id.

        Raises:
            UnknownName: When the run has no such node.
            IndexError: When there are fewer entities.
        """
        if isinstance(key, slice):
            return Entities(self.entities[key])
        if not isinstance(key, str) and hasattr(key, "__index__"):
            return self.entities[operator.index(key)]
        node_id = key if isinstance(key, str) else key.id or self.canvas.node_id(key)
        if not any(report.node_id == node_id for report in self.nodes):
            raise UnknownName("node", node_id, [report.node_id for report in self.nodes])
        return Entities(entity for entity in self.entities if entity.node_id == node_id)

    @property
    def images(self) -> Entities:
        """The pictures, in canvas order."""
        return Entities(item for item in self.entities if item.kind == "image")

    @property
    def texts(self) -> Entities:
        """The texts, in canvas order."""
        return Entities(item for item in self.entities if item.media_type == "text/plain")

    @property
    def made(self) -> str:
        """How much was made, in words: ``"1 picture, 2 texts"``."""
        return made_of(item.media_type for item in self.entities)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What the evaluations found, in canvas order, then by round.

        Raises:
            RecordError: When a file is not there (any more).
        """
        found = (item for item in self.entities if item.node_type == "evaluation")
        return tuple(from_json(Verdict, item.json) for item in found)

    @property
    def canvas(self) -> Canvas:
        """The canvas as it ran.

        Raises:
            RecordError: When the run was not recorded.
            CanvasError: When it cannot be read (any more).
        """
        if self.folder is None:
            raise RecordError(f"The run {self.id} was not recorded, so its canvas is not kept.")
        return Canvas.load(self.folder / WORKFLOW)

    @property
    def ended_whole(self) -> bool:
        """Whether it made everything and its record was closed, so that nothing is left to do."""
        closed = self.folder is not None and (self.folder / METADATA).is_file()
        return closed and self.status is RunStatus.COMPLETED

    @property
    def ratings(self) -> tuple[Rating, ...]:
        """What people think of what it made, as it stands now: read from the disk when asked for.

        Raises:
            RecordError: When they cannot be read.
        """
        return () if self.folder is None else tuple(read_ratings(self.folder, self.id))

    def rate(
        self,
        what: Entity | str,
        rating: int | Unchanged | None = UNCHANGED,
        *,
        tags: Iterable[str] | Unchanged = UNCHANGED,
        note: str | Unchanged = UNCHANGED,
        rater: str | None = None,
    ) -> Rating:
        """Judge something that it made; that is kept in its folder, beside what was recorded.

        ::

            run.rate(run.images[0], 4, tags=["warm light"], note="the hands!")

        Args:
            what: The entity, or its file.
            rating: From 0 to 5, or None to take it back. What is left out stays as it was.
            tags: All its tags.
            note: Anything else.
            rater: Who judges, if not the one whom the settings name (``rater``), or the login.

        Returns:
            The judgement as it stands now.

        Raises:
            UnknownName: When it has no such file.
            RecordError: When the run was not recorded, a value is none, or it cannot be written.
        """
        entity = self._entity(what)
        if self.folder is None:
            raise RecordError(f"The run {self.id} was not recorded, so no rating can be kept.")
        name = rater_name(rater)
        return rate(self.folder, self.id, entity, name, rating=rating, tags=tags, note=note)[1]

    def _entity(self, what: Entity | str) -> Entity:
        file = what.file if isinstance(what, Entity) else str(what)
        names = {file, f"{FINAL}/{file}"}
        for entity in self.entities:
            if entity.file in names and (what == entity or not isinstance(what, Entity)):
                return entity
        raise UnknownName("file", file, [entity.file for entity in self.entities])

    def verify(self) -> list[str]:
        """What is wrong with the record, in sentences. Empty if all stands as it was recorded.

        Files that are missing, changed or not part of the record, a changed canvas, a manifest that
        is not what the journal tells, a journal that is lost or has lines that cannot be read. Of a
        run that is going on, only what was recorded so far is looked at.
        """
        return [
            *faults_of(self.entities),
            *(faults_around(self.folder, self.entities) if self.folder else ()),
        ]

    def to_rows(self) -> list[dict[str, Any]]:
        """A plain row for each entity, in canvas order: what, where, how; texts with their words.

        Raises:
            RecordError: When a text is not there (any more).
        """
        return [
            {
                "run_id": self.id,
                "number": item.number,
                "node_id": item.node_id,
                "node_type": item.node_type,
                "round": item.round,
                "part": item.part,
                "media_type": item.media_type,
                "file": str(self.folder / item.file) if self.folder else item.file,
                "width": item.width,
                "height": item.height,
                "seed": item.seed,
                "model": item.model,
                "text": item.text if item.media_type == "text/plain" else None,
                "score": item.json["score"] if item.node_type == "evaluation" else None,
                "created_at": item.created_at,
                "sha256": item.sha256,
            }
            for item in self.entities
        ]

    def to_dataframe(self, library: Library = "pandas") -> Any:
        """:meth:`to_rows` as a ``DataFrame`` of pandas or polars.

        Raises:
            MissingPrerequisite: When the library is not installed.
            RecordError: When a text is not there (any more).
        """
        return dataframe(self.to_rows(), library)

    def compare(self, other: Run) -> Any:
        """This run and another: what was set otherwise, the words, the pictures side by side.

        Raises:
            RecordError: When a text is not there (any more).
        """
        return call("compared", self, other)

    def gallery(self) -> Any:
        """Its pictures to be looked through and judged in a cell; see :func:`canvas_kit.gallery`.

        Raises:
            RecordError: When it was not recorded.
        """
        return call("gallery", self)

    def changes(self) -> Any:
        """What interception, translation and the like did to the words, word by word.

        Raises:
            RecordError: When a text is not there (any more).
        """
        return call("changed", self)

    def reasons(self) -> list[str]:
        """Why not everything was made, a sentence for each node concerned."""
        wanting = (NodeState.FAILED, NodeState.REFUSED, NodeState.CANCELLED)
        return [
            f"{report.node_id} ({report.state.value}): {report.reason or 'no reason is known'}"
            for report in self.nodes
            if report.state in wanting or (report.reason and report.state is NodeState.COMPLETED)
        ]

    def to_json(self) -> dict[str, Any]:
        """The run as plain JSON-able values: the manifest and where it lies."""
        document = manifest(self.about, self.status, self.nodes, self.entities)
        return document | {"folder": str(self.folder) if self.folder else None}

    def __repr__(self) -> str:
        where = f", {self.folder}" if self.folder else ""
        return printable_lines(f"<Run {self.id}: {self.status.value}, {self.made}{where}>")

    def __str__(self) -> str:
        where = f" in {self.folder}" if self.folder else ""
        lines = [f"Run {self.id}: {self.status.value}{where}"]
        for entity in self.entities:
            size = f", {entity.width} x {entity.height}" if entity.width else ""
            lines.append(f"  {entity.file}  ({entity.node_id}{size})")
        lines += [f"  ! {reason}" for reason in self.reasons()]
        lines += [f"  ! {text}" for report in self.nodes for text in report.warnings]
        return printable_lines("\n".join(lines))


def made_of(media_types: Iterable[str]) -> str:
    """Some files in words, told by their media types: ``"1 picture, 2 texts"``."""
    names = list(media_types)
    pictures = sum(name.partition("/")[0] == "image" for name in names)
    counts = (pictures, "picture"), (names.count("text/plain"), "text")
    return ", ".join(f"{count} {word}{'s' * (count != 1)}" for count, word in counts)


def in_order(entities: Iterable[Entity]) -> Entities:
    """Entities in canvas order, then by round and part."""
    return Entities(sorted(entities, key=lambda item: (item.number, item.round, item.part)))


def find_runs(exports: str | Path) -> list[Path]:
    """The folders of all runs under an exports folder, oldest first; links are not followed."""
    return find_records(exports, RUN_PREFIX)


def read_manifest(document: Mapping[str, Any], source: Source) -> Run:
    """The run that a manifest describes; ``source`` is where the bytes of its entities are.

    Raises:
        ValueError: When it is no manifest; also ``KeyError`` and ``TypeError``.
    """
    listed = {"status", "nodes", "entities", "folder", "files"}
    entities = []
    for item in document["entities"]:
        entity = from_json(Entity, item)
        # A manifest may come from elsewhere: it must not point outside its folder.
        if not entity.file.startswith(f"{FINAL}/") or ".." in entity.file:
            raise ValueError(f"the file name {entity.file!r} leaves the record")
        entities.append(replace(entity, source=source))
    return Run(
        id=document["run_id"],
        status=RunStatus(document["status"]),
        nodes=tuple(from_json(NodeReport, item) for item in document["nodes"]),
        entities=in_order(entities),
        folder=source if isinstance(source, Path) else None,
        seed=document.get("seed"),
        about={key: value for key, value in document.items() if key not in listed},
    )
