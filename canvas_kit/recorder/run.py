"""A run as a value: what it was, what it made, where that lies; and the reading of old ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from canvas_kit.errors import RecordError, UnknownName
from canvas_kit.recorder.journal import is_open, read_journal
from canvas_kit.recorder.names import FINAL, JOURNAL, METADATA, WORKFLOW
from canvas_kit.values import Entity, NodeState, RunStatus

if TYPE_CHECKING:
    from canvas_kit.canvas.graph import Canvas
    from canvas_kit.canvas.node import Node

_MALFORMED = (KeyError, TypeError, ValueError, AttributeError)
"""What reading a document raises that is JSON, but not one of ours."""

FORMAT = 1
"""Version of the record's layout; raised when an older reader would misread a newer record."""


@dataclass(frozen=True, slots=True)
class NodeReport:
    """How a node of a run ended.

    Attributes:
        node_id: The node.
        node_type: Its type.
        state: Where it stands after the last round.
        reason: Why, where it did not complete.
        rounds: How often it ran.
        warnings: What the person should know.
    """

    node_id: str
    node_type: str
    state: NodeState
    reason: str = ""
    rounds: int = 1
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The entry of this node in the manifest."""
        document: dict[str, Any] = {
            "node_id": self.node_id,
            "node_type": self.node_type,
            "state": self.state.value,
        }
        if self.reason:
            document["reason"] = self.reason
        if self.rounds != 1:
            document["rounds"] = self.rounds
        if self.warnings:
            document["warnings"] = list(self.warnings)
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> NodeReport:
        """Read an entry of the manifest."""
        return cls(
            document["node_id"],
            document["node_type"],
            NodeState(document["state"]),
            document.get("reason", ""),
            document.get("rounds", 1),
            tuple(document.get("warnings", ())),
        )


@dataclass(frozen=True)
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
        contents: The bytes by file name, for a run that was not recorded.
    """

    id: str
    status: RunStatus
    nodes: tuple[NodeReport, ...] = ()
    entities: tuple[Entity, ...] = ()
    folder: Path | None = None
    seed: int | None = None
    about: Mapping[str, Any] = field(default_factory=dict, repr=False)
    contents: Mapping[str, bytes] = field(default_factory=dict, repr=False, compare=False)

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
                return _from_manifest(document, path)
            except _MALFORMED:
                pass  # damaged, or not written by us: the journal tells the same
        try:
            return _from_manifest(rebuild(path), path)
        except _MALFORMED as error:
            raise RecordError(
                f"The record in {path} cannot be read: {type(error).__name__}: {error}."
            ) from error

    def __getitem__(self, node: str | Node) -> tuple[Entity, ...]:
        """What a node made, by the node or its id.

        Raises:
            UnknownName: When the run has no such node.
        """
        node_id = node if isinstance(node, str) else node.id
        if not any(report.node_id == node_id for report in self.nodes):
            raise UnknownName("node", node_id, [report.node_id for report in self.nodes])
        return tuple(entity for entity in self.entities if entity.node_id == node_id)

    @property
    def images(self) -> tuple[Entity, ...]:
        """The pictures, in canvas order."""
        return tuple(item for item in self.entities if item.media_type.startswith("image/"))

    @property
    def texts(self) -> tuple[Entity, ...]:
        """The texts, in canvas order."""
        return tuple(item for item in self.entities if item.media_type == "text/plain")

    @property
    def canvas(self) -> Canvas:
        """The canvas as it ran.

        Raises:
            RecordError: When the run was not recorded.
            CanvasError: When it cannot be read (any more).
        """
        from canvas_kit.canvas.graph import Canvas

        if self.folder is None:
            raise RecordError(f"The run {self.id} was not recorded, so its canvas is not kept.")
        return Canvas.load(self.folder / WORKFLOW)

    def path(self, entity: Entity) -> Path:
        """Where an entity's file lies.

        Raises:
            RecordError: When the run was not recorded.
        """
        if self.folder is None:
            raise RecordError(f"The run {self.id} was not recorded; use read() for its content.")
        return self.folder / entity.file

    def read(self, entity: Entity) -> bytes:
        """An entity's bytes.

        Raises:
            RecordError: When its file is not there any more.
        """
        if entity.file in self.contents:
            return self.contents[entity.file]
        try:
            return self.path(entity).read_bytes()
        except OSError as error:
            raise RecordError(f"{entity.file} of run {self.id}: {error.strerror}.") from error

    def read_text(self, entity: Entity) -> str:
        """An entity's text.

        Raises:
            RecordError: When its file is not there any more.
        """
        return self.read(entity).decode("utf-8")

    def verify(self) -> list[str]:
        """What is wrong with the files, in sentences: missing, changed. Empty if all stand."""
        found = []
        for entity in self.entities:
            try:
                data = self.read(entity)
            except RecordError as error:
                found.append(str(error))
                continue
            if hashlib.sha256(data).hexdigest() != entity.sha256:
                found.append(
                    f"{entity.file} has changed: {len(data)} bytes, recorded were "
                    f"{entity.size_bytes} with another hash."
                )
        return found

    def reasons(self) -> list[str]:
        """Why not everything was made, a sentence for each node concerned."""
        wanting = (NodeState.FAILED, NodeState.REFUSED, NodeState.CANCELLED)
        return [
            f"{report.node_id} ({report.state.value}): {report.reason or 'no reason is known'}"
            for report in self.nodes
            if report.state in wanting
        ]

    def to_json(self) -> dict[str, Any]:
        """The run as plain JSON-able values: the manifest and where it lies."""
        document = manifest(self.about, self.status, self.nodes, self.entities)
        return document | {"folder": str(self.folder) if self.folder else None}

    def __str__(self) -> str:
        where = f" in {self.folder}" if self.folder else ""
        lines = [f"Run {self.id}: {self.status.value}{where}"]
        for entity in self.entities:
            size = f", {entity.width} x {entity.height}" if entity.width else ""
            lines.append(f"  {entity.file}  ({entity.node_id}{size})")
        lines += [f"  ! {reason}" for reason in self.reasons()]
        lines += [f"  ! {text}" for report in self.nodes for text in report.warnings]
        return "\n".join(lines)

    def _repr_mimebundle_(self, **_: object) -> Mapping[str, Any]:
        from canvas_kit.display import bundle_of

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
        "nodes": [report.to_json() for report in nodes],
        "entities": [entity.to_json() for entity in entities],
    }


def in_order(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """Entities in canvas order, then by round and part."""
    return tuple(sorted(entities, key=lambda item: (item.number, item.round, item.part)))


def rebuild(folder: Path) -> dict[str, Any]:
    """The manifest of a run, from its journal alone.

    Raises:
        RecordError: When there is no journal to read.
    """
    about: dict[str, Any] = {}
    nodes: dict[str, NodeReport] = {}
    entities: list[Entity] = []
    jobs: list[dict[str, Any]] = []
    status: RunStatus | None = None
    for line in read_journal(folder / JOURNAL):
        match line.get("event"):
            case "run":
                about = {key: value for key, value in line.items() if key not in ("event", "nodes")}
                for node in line.get("nodes", ()):
                    nodes[node["node_id"]] = NodeReport(
                        node["node_id"], node["node_type"], NodeState.WAITING
                    )
            case "node":
                report = NodeReport.from_json(line)
                nodes[report.node_id] = report
            case "entity":
                entities.append(Entity.from_json(line))
            case "submitting":
                jobs.append({key: value for key, value in line.items() if key != "event"})
            case "end":
                status = RunStatus(line["status"])
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
    return manifest(about, status, nodes.values(), in_order(entities))


def find_runs(exports: str | Path) -> list[Path]:
    """The folders of all runs under an exports folder, oldest first."""
    return sorted(
        (path for path in Path(exports).glob("json/*/*/canvas_run_*") if path.is_dir()),
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


def _from_manifest(document: Mapping[str, Any], folder: Path) -> Run:
    listed = {"status", "nodes", "entities"}
    entities = in_order(Entity.from_json(item) for item in document["entities"])
    for entity in entities:
        # A manifest may come from elsewhere: it must not point outside its folder.
        if not entity.file.startswith(f"{FINAL}/") or ".." in entity.file:
            raise ValueError(f"the file name {entity.file!r} leaves the record")
    return Run(
        id=document["run_id"],
        status=RunStatus(document["status"]),
        nodes=tuple(NodeReport.from_json(item) for item in document["nodes"]),
        entities=entities,
        folder=folder,
        seed=document.get("seed"),
        about={key: value for key, value in document.items() if key not in listed},
    )
