"""From what a node made to bytes with a number and a name that depend on the canvas alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from canvas_kit.canvas.connections import topological_order
from canvas_kit.media import MediaFacts, extension_of
from canvas_kit.nodes.base import Artifact
from canvas_kit.recorder.journal import as_json
from canvas_kit.recorder.names import entity_file
from canvas_kit.values import Entity, Media, Source, Verdict, to_json

if TYPE_CHECKING:
    from canvas_kit.canvas.graph import Canvas


class Numbering:
    """The numbers and names of a canvas's entities: they depend on the canvas alone."""

    def __init__(self, canvas: Canvas) -> None:
        """Number the nodes that make something to keep, in topological order."""
        forward = [link for link in canvas.links if not link.feedback]
        order, _ = topological_order(len(canvas.nodes), forward)
        keeping = [canvas.nodes[index] for index in order if canvas.nodes[index].keeps]
        self.number = {node.id: position for position, node in enumerate(keeping, start=1)}
        self.node_type = {node.id: node.type for node in canvas.nodes}
        self.digits = max(2, len(str(len(keeping))))

    def place(self, node_id: str) -> int:
        """The number of a node; one that the canvas does not number comes behind the others."""
        return self.number.setdefault(node_id, len(self.number) + 1)


class EntityMaker:
    """Turns what a node made into bytes and an entity. Holds what has been made so far."""

    def __init__(self, numbering: Numbering, source: Source) -> None:
        """Start with nothing made.

        Args:
            numbering: The numbers of the canvas's nodes.
            source: Where the bytes of the entities will be.
        """
        self.numbering = numbering
        self.source = source
        self.entities: list[Entity] = []
        self._counted: dict[str, int] = {}

    def next_index(self, media_type: str) -> int:
        """The position of one more result among those of its kind, from 0, as they come."""
        kind = media_type.partition("/")[0]
        self._counted[kind] = self._counted.get(kind, -1) + 1
        return self._counted[kind]

    def entity(
        self,
        node_id: str,
        kept: Artifact,
        data: bytes,
        facts: MediaFacts,
        *,
        index: int,
        round: int,
        part: int,
        parents: Sequence[str],
        node_type: str = "",
    ) -> Entity:
        """The entity for ``data``, not yet anywhere."""
        node_type = node_type or self.numbering.node_type.get(node_id, "node")
        number = self.numbering.place(node_id)
        file = entity_file(
            number,
            node_type,
            facts.extension,
            digits=self.numbering.digits,
            round=round,
            part=part,
        )
        return Entity(
            number=number,
            node_id=node_id,
            node_type=node_type,
            file=file,
            sha256=hashlib.sha256(data).hexdigest(),
            size_bytes=len(data),
            media_type=facts.media_type,
            created_at=now().isoformat(timespec="milliseconds"),
            index=index,
            round=round,
            part=part,
            width=facts.width,
            height=facts.height,
            parents=tuple(parents),
            seed=kept.seed,
            model=kept.model,
            provenance=kept.provenance,
            details=kept.details,
            source=self.source,
        )


def encode(kept: Artifact) -> tuple[bytes, MediaFacts]:
    """The bytes of a file for ``kept``, and what they are."""
    match kept.content:
        case str(text):
            return text.encode(errors="replace"), MediaFacts("text/plain", "txt")
        case Media() as media:
            facts = MediaFacts(
                media.media_type, extension_of(media.media_type), media.width, media.height
            )
            return media.data, facts
        case Verdict() as verdict:
            document = {"verdict": verdict.outcome, **to_json(verdict)}
            return json_bytes(document), MediaFacts("application/json", "json")
        case document:
            return json_bytes(document), MediaFacts("application/json", "json")


def media_type_of(kept: Artifact) -> str:
    """The media type under which ``kept`` is recorded."""
    match kept.content:
        case str():
            return "text/plain"
        case Media() as media:
            return media.media_type
    return "application/json"


def json_bytes(document: Mapping[str, Any]) -> bytes:
    """A document as the bytes of a file that people read: indented, umlauts as they are."""
    return as_json(document, indent=2) + b"\n"


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)
