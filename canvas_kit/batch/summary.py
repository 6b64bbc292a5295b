"""How one run of a batch ended, as a value."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from canvas_kit.recorder.names import way_to
from canvas_kit.recorder.run import Run
from canvas_kit.values import NodeState, RunStatus

Level = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class RunSummary:
    """How one run of a batch ended.

    Attributes:
        index: Position in the batch, from 0.
        run_id: The run's id.
        status: How it ended.
        seed: Its seed.
        folder: Where it lies; None if it was not recorded.
        reasons: Why not everything was made.
        error: Why there is no record of it at all, if there is none.
        refused: Whether nothing but a refusal kept it from making everything.
        attempt: How often its point was begun, this time included.
        point_id: The identity of its point.
        levels: What was set for its point, by factor.
        replicate: The number of its seed, from 0.
        unreachable: The backend that it could not reach, if there was one; not recorded.
    """

    index: int
    run_id: str
    status: RunStatus
    seed: int
    folder: Path | None = None
    reasons: tuple[str, ...] = ()
    error: str = ""
    refused: bool = False
    attempt: int = 1
    point_id: str = ""
    levels: Mapping[str, Level] = field(default_factory=dict)
    replicate: int = 0
    unreachable: str = field(default="", compare=False)

    @property
    def open(self) -> bool:
        """Whether it did not end by itself: it was stopped, or its process was."""
        return self.status in (RunStatus.CANCELLED, RunStatus.INTERRUPTED, RunStatus.RUNNING)

    @property
    def words(self) -> str | None:
        """The prompts that were set for its point; None if none were."""
        texts = [str(label) for key, label in self.levels.items() if key.endswith(".text")]
        return "\n".join(texts) or None

    @classmethod
    def of(cls, run: Run, index: int, seed: int, **more: Any) -> RunSummary:
        """How a run ended that has ended."""
        states = {report.state for report in run.nodes}
        refused = NodeState.REFUSED in states and NodeState.FAILED not in states
        return cls(
            index,
            run.id,
            run.status,
            seed,
            run.folder,
            tuple(run.reasons()),
            refused=refused and run.status is not RunStatus.COMPLETED,
            **more,
        )

    @classmethod
    def from_json(
        cls, document: Mapping[str, Any], start: Path | None = None, **more: Any
    ) -> RunSummary:
        """Read what :meth:`to_json` gave.

        Args:
            document: The entry.
            start: What its folder is relative to; None where folders lie elsewhere.
            more: Of its point, what the entry does not say.

        Raises:
            ValueError: When it is none; also ``KeyError`` and ``TypeError``.
        """
        folder = document.get("folder")
        more = {
            "point_id": str(document.get("point_id", "")),
            "levels": document.get("levels", {}),
            "replicate": int(document.get("replicate", 0)),
            **more,
        }
        return cls(
            int(document["run_index"]),
            str(document["run_id"]),
            RunStatus(document["status"]),
            int(document["seed"]),
            Path(os.path.normpath(start / folder)) if folder and start else None,
            tuple(document.get("reasons", ())),
            str(document.get("error", "")),
            bool(document.get("refused", False)),
            int(document.get("attempt", 1)),
            **more,
        )

    def to_json(self, start: Path | None = None, *, alone: bool = True) -> dict[str, Any]:
        """The summary as plain JSON-able values.

        Args:
            start: Where its folder is told relative to, so that a whole exports folder can be
                moved.
            alone: Whether it says of its point what a point table would.
        """
        document: dict[str, Any] = {
            "run_index": self.index,
            "run_id": self.run_id,
            "status": self.status.value,
            "seed": self.seed,
            "folder": str(self.folder) if self.folder else None,
        }
        if start and self.folder:
            document["folder"] = way_to(self.folder, start)
        if self.reasons:
            document["reasons"] = list(self.reasons)
        if self.error:
            document["error"] = self.error
        if self.refused:
            document["refused"] = True
        if self.attempt > 1:
            document["attempt"] = self.attempt
        if alone and self.point_id:
            document |= {
                "point_id": self.point_id,
                "levels": dict(self.levels),
                "replicate": self.replicate,
            }
        return document
