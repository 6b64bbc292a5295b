"""A run as a value: what it was, what it made, where that lies; and the reading of old ones."""

from __future__ import annotations

import hashlib
import json
import operator
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, overload

from canvas_kit.canvas.graph import Canvas
from canvas_kit.canvas.node import Node
from canvas_kit.display import bundle_of
from canvas_kit.errors import RecordError, UnknownName, printable_lines
from canvas_kit.recorder.journal import is_open, read_journal
from canvas_kit.recorder.names import FINAL, JOURNAL, METADATA, WORKFLOW
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

_MALFORMED = (KeyError, TypeError, ValueError, AttributeError)
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
        if not path.is_dir():
            raise RecordError(f"{path} is not a folder, so no run can be read from it.")
        document = _read_metadata(path / METADATA)
        if document is not None:
            try:
                return read_manifest(document, path)
            except _MALFORMED:
                pass  # damaged, or not written by us: the journal tells the same
        try:
            return read_manifest(rebuild(path), path)
        except _MALFORMED as error:
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
        counts = (len(self.images), "picture"), (len(self.texts), "text")
        return ", ".join(f"{count} {word}{'s' * (count != 1)}" for count, word in counts)

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

    def verify(self) -> list[str]:
        """What is wrong with the files, in sentences: missing, changed. Empty if all stand."""
        found = []
        for entity in self.entities:
            try:
                data = entity.bytes
            except RecordError as error:
                found.append(str(error))
                continue
            if hashlib.sha256(data).hexdigest() != entity.sha256:
                found.append(
                    f"{entity.file} has changed: {len(data)} bytes, recorded were "
                    f"{entity.size_bytes} with another hash."
                )
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


def rebuild(folder: Path) -> dict[str, Any]:
    """The manifest of a run, from its journal alone.

    Raises:
        RecordError: When there is no journal to read.
    """
    about: dict[str, Any] = {}
    nodes: dict[str, Mapping[str, Any]] = {}
    entities: list[Mapping[str, Any]] = []
    jobs: list[Mapping[str, Any]] = []
    status: str | None = None
    for line in read_journal(folder / JOURNAL):
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
            case "end":
                status = line["status"]
                about = {**about, **line.get("about", {})}
    if not about and (folder / WORKFLOW).is_file():
        # Begun, but nothing of it had reached the disk when the power failed.
        about = {"run_id": folder.name.removeprefix("canvas_run_")}
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
    found = Path(exports).glob("json/*/*/canvas_run_*")
    return sorted(
        (path for path in found if path.is_dir() and not path.is_symlink()),
        key=lambda path: (path.parent.parent.name, path.name),
    )


def _read_metadata(path: Path) -> dict[str, Any] | None:
    """The manifest in a file, or None where it is missing or torn."""
    try:
        document = json.loads(path.read_bytes())
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
    listed = {"status", "nodes", "entities", "folder"}
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
