"""A record in memory only: for trying things out, and for measuring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from canvas_kit.nodes.base import Artifact
from canvas_kit.recorder.entities import EntityMaker, Numbering, encode
from canvas_kit.recorder.names import new_id
from canvas_kit.recorder.run import Run, in_order
from canvas_kit.values import Entity, NodeReport, NodeState, RunStatus

if TYPE_CHECKING:
    from canvas_kit.canvas.graph import Canvas


class MemoryRecorder:
    """Keeps a run in memory only: for trying things out, and for measuring."""

    folder: Path | None = None

    def __init__(
        self,
        canvas: Canvas,
        *,
        run_id: str = "",
        seed: int | None = None,
        numbering: Numbering | None = None,
    ) -> None:
        """Begin with nothing kept."""
        self.run_id = run_id or new_id()
        self._seed = seed
        self._contents: dict[str, bytes] = {}
        self._maker = EntityMaker(numbering or Numbering(canvas), self._contents)
        self._reports = {
            node.id: NodeReport(node.id, node.type, NodeState.WAITING) for node in canvas.nodes
        }

    async def keep(
        self, node_id: str, kept: Artifact, *, round: int, part: int, parents: Sequence[str]
    ) -> Entity:
        """Keep one thing that a node made."""
        data, facts = encode(kept)
        index = self._maker.next_index(facts.media_type)
        entity = self._maker.entity(
            node_id, kept, data, facts, index=index, round=round, part=part, parents=parents
        )
        self._maker.entities.append(entity)
        self._contents[entity.file] = data
        return entity

    async def submitting(self, node_id: str, job_id: str, details: Mapping[str, Any]) -> None:
        """Nothing: there is no record to look in."""

    def node_settled(self, report: NodeReport) -> None:
        """Note how a node stands."""
        self._reports[report.node_id] = report

    async def finish(self, status: RunStatus) -> Run:
        """The run as a value, with its contents."""
        return Run(
            id=self.run_id,
            status=status,
            nodes=tuple(self._reports.values()),
            entities=in_order(self._maker.entities),
            seed=self._seed,
        )
