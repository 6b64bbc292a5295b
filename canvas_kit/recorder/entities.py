"""From what a node made to bytes with a number and a name that depend on the canvas alone."""

from __future__ import annotations

import copy
import functools
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from canvas_kit.canvas.connections import topological_order
from canvas_kit.canvas.graph import Canvas
from canvas_kit.media import MediaFacts, extension_of
from canvas_kit.recorder.journal import as_json, plain
from canvas_kit.recorder.names import entity_file
from canvas_kit.values import (
    Artifact,
    Entity,
    Media,
    NodeReport,
    NodeState,
    Source,
    Verdict,
    to_json,
)


class Outline:
    """What a recorder has to know of a canvas; worked out once for any number of runs.

    Attributes:
        numbers: The number of every node that makes something to keep, from 1, in topological
            order.
        types: The type of every node, by its id.
        waiting: A report for every node of a run that has not begun.
    """

    def __init__(self, canvas: Canvas) -> None:
        """Number the nodes.

        Raises:
            CanvasError: When a connection cannot be understood.
        """
        self.canvas = canvas
        forward = [link for link in canvas.links if not link.feedback]
        order = topological_order(len(canvas.nodes), forward)
        keeping = [canvas.nodes[index] for index in order if canvas.nodes[index].keeps]
        self.numbers = {node.id: position for position, node in enumerate(keeping, start=1)}
        self.types = {node.id: node.type for node in canvas.nodes}
        self.waiting = {
            node.id: NodeReport(node.id, node.type, NodeState.WAITING) for node in canvas.nodes
        }
        self.digits = max(2, len(str(len(keeping))))

    def of(self, canvas: Canvas) -> Outline:
        """The outline of another canvas with the same nodes and connections."""
        other = copy.copy(self)
        other.__dict__.pop("document", None)
        other.canvas = canvas
        return other

    @functools.cached_property
    def document(self) -> bytes:
        """The canvas file."""
        return self.canvas.to_json().encode(errors="replace")


class EntityMaker:
    """Turns what a node made into bytes and an entity. Holds what has been made so far."""

    def __init__(self, outline: Outline, source: Source) -> None:
        """Start with nothing made; ``source`` is where the bytes of the entities will be."""
        self.outline = outline
        self.source = source
        self.entities: list[Entity] = []
        self._counted: dict[str, int] = {}
        self._unknown: dict[str, int] = {}
        self._taken: set[tuple[str, int]] = set()

    def follow(self, entities: Iterable[Entity]) -> None:
        """Go on where an earlier attempt stopped: numbers that it has left free are given first."""
        for entity in entities:
            self.entities.append(entity)
            self._taken.add((entity.kind, entity.index))
            if entity.node_id not in self.outline.numbers:
                self._unknown[entity.node_id] = entity.number

    def next_index(self, artifact: Artifact) -> int:
        """The position of one more result among those of its kind, from 0, as they come."""
        kind = media_type_of(artifact).partition("/")[0]
        self._counted[kind] = self._counted.get(kind, -1) + 1
        while (kind, self._counted[kind]) in self._taken:
            self._counted[kind] += 1
        return self._counted[kind]

    def number(self, node_id: str) -> int:
        """The number of a node; one that the canvas does not number comes behind the others."""
        known = self.outline.numbers
        if node_id in known:
            return known[node_id]
        return self._unknown.setdefault(node_id, len(known) + len(self._unknown) + 1)

    def make(
        self,
        node_id: str,
        artifact: Artifact,
        *,
        index: int,
        round: int,
        part: int,
        parents: Sequence[str] = (),
        node_type: str = "",
    ) -> tuple[Entity, bytes]:
        """The entity and its bytes, not yet anywhere."""
        data, facts = encode(artifact)
        node_type = node_type or self.outline.types.get(node_id, "node")
        number, digits = self.number(node_id), self.outline.digits
        made = artifact.provenance
        if made is not None:
            made = replace(
                made, request=plain(made.request), reply=plain(made.reply), usage=plain(made.usage)
            )
        entity = Entity(
            number=number,
            node_id=node_id,
            node_type=node_type,
            file=entity_file(
                number, node_type, facts.extension, digits=digits, round=round, part=part
            ),
            sha256=hashlib.sha256(data).hexdigest(),
            size_bytes=len(data),
            media_type=facts.media_type,
            created_at=timestamp(now()),
            index=index,
            round=round,
            part=part,
            width=facts.width,
            height=facts.height,
            parents=tuple(parents),
            seed=artifact.seed,
            model=artifact.model,
            provenance=made,
            details=plain(artifact.details),
            source=self.source,
        )
        return entity, data


def encode(artifact: Artifact) -> tuple[bytes, MediaFacts]:
    """The bytes of a file for ``artifact``, and what they are."""
    media_type = media_type_of(artifact)
    match artifact.content:
        case str(text):
            return text.encode(errors="replace"), MediaFacts(media_type, "txt")
        case Media() as medium:
            extension = extension_of(media_type)
            return medium.data, MediaFacts(media_type, extension, medium.width, medium.height)
        case Verdict() as verdict:
            document: Mapping[str, object] = {"verdict": verdict.outcome, **to_json(verdict)}
        case document:
            pass
    return as_json(document, indent=2) + b"\n", MediaFacts(media_type, "json")


def media_type_of(artifact: Artifact) -> str:
    """The media type under which ``artifact`` is recorded."""
    match artifact.content:
        case str():
            return "text/plain"
        case Media() as medium:
            return medium.media_type
    return "application/json"


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """A moment as records write it: ISO 8601 with milliseconds."""
    return moment.isoformat(timespec="milliseconds")
