"""What SwarmUI says about a picture: in the socket's frame, its listing, or the file itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JOB_KEY = "canvas_kit_job"
"""Under this key our job id travels into every file, so that its files can be found again."""


@dataclass(frozen=True, slots=True)
class PictureMetadata:
    """The JSON that SwarmUI attaches to a picture, read.

    Attributes:
        document: As it came; empty when there was none, or it was not JSON.
    """

    document: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: object) -> PictureMetadata:
        """Read the metadata string. People may switch it off, and other formats are allowed."""
        if isinstance(text, Mapping):
            return cls(text)
        if not isinstance(text, str) or not text:
            return cls()
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            return cls()
        return cls(document if isinstance(document, dict) else {})

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters that made the picture, by the ids that ListT2IParams gives."""
        return self._part("sui_image_params")

    @property
    def extra(self) -> Mapping[str, Any]:
        """What was noted while it was made."""
        return self._part("sui_extra_data")

    @property
    def seed(self) -> int | None:
        """The seed of this very picture. The format allows numbers as texts."""
        try:
            return int(self.parameters["seed"])
        except (KeyError, TypeError, ValueError):
            return None

    @property
    def unused(self) -> tuple[str, ...]:
        """Parameters that were sent but had no effect."""
        names = self.extra.get("unused_parameters")
        return tuple(str(name) for name in names) if isinstance(names, list) else ()

    @property
    def job_id(self) -> str:
        """Our own id for the work, if the picture is ours."""
        return str(self.extra.get(JOB_KEY) or "")

    @property
    def is_intermediate(self) -> bool:
        """Whether it is a by-product, such as a control map."""
        return "intermediate" in self.extra

    @property
    def is_grid(self) -> bool:
        """Whether it shows the other pictures side by side. Only the way its time is told says."""
        return "average" in str(self.extra.get("generation_time", ""))

    def _part(self, key: str) -> Mapping[str, Any]:
        part = self.document.get(key)
        return part if isinstance(part, dict) else {}
