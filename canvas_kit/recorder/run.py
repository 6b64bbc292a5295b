"""A run as a value: what it was, what it made, where that lies; and the reading of old ones."""

from __future__ import annotations

import hashlib
import json
import operator
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, overload

from canvas_kit.canvas.graph import Canvas
from canvas_kit.canvas.node import Node
from canvas_kit.display import bundle_of, call
from canvas_kit.errors import RecordError, UnknownName, printable_lines
from canvas_kit.files import read_start
from canvas_kit.recorder.disk import find_records, translated
from canvas_kit.recorder.journal import as_json, is_open, read_journal
from canvas_kit.recorder.names import (
    FINAL,
    JOURNAL,
    METADATA,
    PARTIAL,
    RATINGS,
    RUN_PREFIX,
    WORKFLOW,
)
from canvas_kit.recorder.ratings import (
    UNCHANGED,
    Rating,
    Unchanged,
    rate,
    rater_name,
    read_ratings,
)
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
    to_json,
)

MALFORMED = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
"""What reading a document raises that is JSON, but not one of ours."""

FORMAT = 1
"""Version of the record's layout; raised when an older reader would misread a newer record."""


@dataclass(frozen=True, repr=False)
class Run:
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
        found = [fault for entity in self.entities if (fault := _fault_of(entity))]
        if self.folder is not None:
            listed = {entity.file for entity in self.entities}
            found += _faults_around(self.folder, listed)
        return found

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

    def _repr_mimebundle_(self, **_: object) -> Mapping[str, Any]:
        return bundle_of("run", self)


def made_of(media_types: Iterable[str]) -> str:
    """Some files in words, told by their media types: ``"1 picture, 2 texts"``."""
    names = list(media_types)
    pictures = sum(name.partition("/")[0] == "image" for name in names)
    counts = (pictures, "picture"), (names.count("text/plain"), "text")
    return ", ".join(f"{count} {word}{'s' * (count != 1)}" for count, word in counts)


def write_manifest(
    folder: Path,
    about: Mapping[str, Any],
    status: RunStatus,
    nodes: Iterable[NodeReport],
    entities: Iterable[Entity],
) -> None:
    """Write the manifest of a run that has ended, and remove what was written aside."""
    aside = folder / PARTIAL
    temporary = aside / METADATA
    # Not flushed: the journal is, and a manifest that a power failure tears is made anew.
    temporary.write_bytes(as_json(manifest(about, status, nodes, entities), indent=2) + b"\n")
    temporary.replace(folder / METADATA)
    for leftover in aside.iterdir():
        leftover.unlink()
    aside.rmdir()


def manifest(
    about: Mapping[str, Any],
    status: RunStatus,
    nodes: Iterable[NodeReport],
    entities: Iterable[Entity],
) -> dict[str, Any]:
    """The content of ``metadata.json``."""
    return {
        **about,
        "status": status.value,
        "nodes": [to_json(report) for report in nodes],
        "entities": [to_json(entity) for entity in entities],
    }


def in_order(entities: Iterable[Entity]) -> Entities:
    """Entities in canvas order, then by round and part."""
    return Entities(sorted(entities, key=lambda item: (item.number, item.round, item.part)))


def rebuild(folder: Path, faults: list[str] | None = None) -> dict[str, Any]:
    """The manifest of a run, from its journal alone; with it, the hashes of its first files.

    Args:
        folder: The run's folder.
        faults: Gets a sentence for each line of the journal that cannot be read.

    Raises:
        RecordError: When there is no journal to read.
    """
    about: dict[str, Any] = {}
    nodes: dict[str, Mapping[str, Any]] = {}
    entities: list[Mapping[str, Any]] = []
    jobs: list[Mapping[str, Any]] = []
    status: str | None = None
    for line in read_journal(folder / JOURNAL, faults):
        event = line.pop("event", None)
        match event:
            case "run":
                for node in line.pop("nodes", ()):
                    nodes[node["node_id"]] = {**node, "state": NodeState.WAITING.value}
                about = line
            case "node":
                nodes[line["node_id"]] = line
            case "entity":
                entities.append(line)
            case "submitting":
                jobs.append(line)
            case "attempt":
                status = None
                about = {key: value for key, value in about.items() if key != "ended_at"}
                about |= line.get("about", {})
            case "end":
                status = line["status"]
                about = {**about, **line.get("about", {})}
    if not about and os.path.lexists(folder / WORKFLOW):
        # Begun, but nothing of it had reached the disk when the power failed.
        about = {"run_id": folder.name.removeprefix(RUN_PREFIX)}
    if not about:
        raise RecordError(
            f"{folder} holds no run: neither a whole {METADATA} nor a {JOURNAL} that begins one."
        )
    if status is None:
        going_on = is_open(folder / JOURNAL)
        status = RunStatus.RUNNING if going_on else RunStatus.INTERRUPTED
    if jobs:
        about = {**about, "jobs": jobs}
    return {**about, "status": status, "nodes": list(nodes.values()), "entities": entities}


def find_runs(exports: str | Path) -> list[Path]:
    """The folders of all runs under an exports folder, oldest first; links are not followed."""
    return find_records(exports, RUN_PREFIX)


def _fault_of(entity: Entity) -> str:
    """What is wrong with the file of an entity, if anything is."""
    try:
        data = entity.bytes
    except RecordError as error:
        return f"{entity.file} is missing or cannot be read: {error}"
    if hashlib.sha256(data).hexdigest() == entity.sha256:
        return ""
    if not data:
        return f"{entity.file} has been emptied: recorded were {entity.size_bytes} bytes."
    return (
        f"{entity.file} has changed: {len(data)} bytes, recorded were {entity.size_bytes} with "
        "another hash."
    )


def _faults_around(folder: Path, listed: set[str]) -> Iterator[str]:
    """What is wrong with a run's folder, its entities apart.

    Args:
        folder: The run's folder.
        listed: The files of its entities.
    """
    faults: list[str] = []
    try:
        told = rebuild(folder, faults)
    except RecordError as error:
        yield str(error)
        return
    except MALFORMED as error:
        yield f"{JOURNAL} cannot be read: {type(error).__name__}: {error}."
        return
    if told["status"] == RunStatus.RUNNING:
        return  # written at this moment
    try:
        read_ratings(folder, "", faults)
    except RecordError as error:
        faults.append(str(error))
    yield from faults
    yield from changed_files(folder, told.pop("files", {}))
    ended = told["status"] != RunStatus.INTERRUPTED
    document = read_metadata(folder / METADATA)
    if not os.path.lexists(folder / JOURNAL):
        yield f"{JOURNAL} is missing."
    elif document is not None and document.get("status") == RunStatus.INTERRUPTED:
        pass  # the run was gone on with, and has not come to its end again
    elif document is not None and not ended:
        yield f"{JOURNAL} does not tell of the run's end, which {METADATA} does."
    elif document is not None:
        yield from _differences(document, told)
    elif os.path.lexists(folder / METADATA):
        yield f"{METADATA} cannot be read; {JOURNAL} tells the same."
    elif ended:
        yield f"{METADATA} is missing; {JOURNAL} tells the same."
    late = "" if ended else " (it may have come just as the run was interrupted)"
    try:
        there = {path.name for path in folder.iterdir()} - {FINAL}
        if os.path.lexists(folder / FINAL):
            there |= {f"{FINAL}/{path.name}" for path in (folder / FINAL).iterdir()}
    except OSError as error:
        yield f"The folder cannot be looked into: {error.strerror}."
        return
    for name in sorted(there - {JOURNAL, METADATA, RATINGS, WORKFLOW} - listed):
        if not name.rpartition("/")[2].startswith("."):
            yield f"{name} lies there, but the record does not tell of it{late}."


def changed_files(folder: Path, hashes: Any) -> Iterator[str]:
    """Which of the files that lay in a folder from the beginning are not what they were."""
    for name, sha256 in hashes.items() if isinstance(hashes, dict) else ():
        if "/" in name or os.sep in name:
            continue  # a journal may come from elsewhere
        try:
            if hashlib.sha256(read_start(folder / name)).hexdigest() != sha256:
                yield f"{name} has changed."
        except FileNotFoundError:
            yield f"{name} is missing."
        except OSError as error:
            yield f"{name} cannot be read: {error.strerror}."


def _differences(document: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[str]:
    """What a manifest says otherwise than the journal."""
    for key in sorted({*document, *told} - {"files"}):
        one, other = document.get(key), told.get(key)
        if key == "entities" and isinstance(one, list) and isinstance(other, list):
            one, other = (sorted(map(as_json, entries)) for entries in (one, other))
        if one != other:
            yield f"{METADATA} is not what {JOURNAL} tells: {key!r} differs."


def read_metadata(path: Path | str) -> dict[str, Any] | None:
    """The manifest in a file, or None where it is missing or torn."""
    try:
        document = json.loads(read_start(path))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or "entities" not in document:
        return None
    return document


def read_manifest(document: Mapping[str, Any], source: Source) -> Run:
    """The run that a manifest describes.

    Args:
        document: The manifest.
        source: Where the bytes of its entities are.

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
