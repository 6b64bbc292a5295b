"""What SwarmUI says about a picture: in a frame of its socket, its history, or the file itself."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from canvas_kit.backends.base import Reporter
from canvas_kit.backends.transport import decode_base64
from canvas_kit.backends.transport.response import json_mapping
from canvas_kit.errors import BackendError

JOB_KEY = "canvas_kit_job"
"""Under this key our job id travels into every file, so that its files can be found again."""


@dataclass(frozen=True, slots=True)
class PictureMetadata:
    """The JSON that SwarmUI attaches to a picture.

    Attributes:
        document: As it came; empty when there was none, or it was not JSON: accounts may switch it
            off, and other formats are allowed.
    """

    document: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: object) -> PictureMetadata:
        """Read the metadata, a JSON text or parsed already."""
        return cls(json_mapping(text))

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters that made the picture, by the ids that ListT2IParams gives."""
        return json_mapping(self.document.get("sui_image_params"))

    @property
    def extra(self) -> Mapping[str, Any]:
        """What was noted while it was made."""
        return json_mapping(self.document.get("sui_extra_data"))

    @property
    def unused(self) -> tuple[str, ...]:
        """Parameters that were sent but had no effect."""
        names = self.extra.get("unused_parameters")
        return tuple(map(str, names)) if isinstance(names, list) else ()

    @property
    def is_byproduct(self) -> bool:
        """Whether it is an intermediate picture or a grid."""
        extra = self.extra  # of a grid, only the way its time is told says so
        return "intermediate" in extra or "average" in str(extra.get("generation_time", ""))


@dataclass(frozen=True, slots=True)
class Announced:
    """A picture that the server says is ready.

    Attributes:
        place: Its path on the server, not percent-encoded, or a ``data:`` URL.
        index: Its place in the batch from 0, below 0 for a by-product, None when not told.
        metadata: What the server says about it.
    """

    place: str = field(repr=False)
    index: int | None = None
    metadata: PictureMetadata = field(default_factory=PictureMetadata)


class SocketState:
    """What the frames of a generation's socket have told so far.

    Attributes:
        announced: How many pictures are ready.
        discarded: Indices of pictures that the server took back.
        error: The last frame with an error, if one came.
        finished: Whether the server has nothing more to say.
    """

    def __init__(self, expected: int, reporter: Reporter) -> None:
        """Begin with nothing of ``expected`` pictures; ``reporter`` is told of progress."""
        self.announced = 0
        self.discarded: set[int] = set()
        self.error: Mapping[str, Any] = {}
        self.finished = False
        self._expected = expected
        self._reporter = reporter
        self._fractions: dict[int, float] = {}

    def take(self, frame: Mapping[str, Any]) -> Announced | None:
        """Read one frame; gives the picture that it announces, if it does.

        The fields lie at its top level, or one level down, by version.
        """
        if "error" in frame or "error_id" in frame:
            self.error = frame
        discarded = frame.get("discard_indices")
        if isinstance(discarded, list):
            found = map(whole_number, discarded)
            self.discarded |= {index for index in found if index is not None}
        if frame.get("socket_intention") == "close":
            self.finished = True
        if "image" in frame:
            return self._image(json_mapping(frame["image"]) or frame)
        if "gen_progress" in frame or "overall_percent" in frame:
            self._progress(json_mapping(frame.get("gen_progress")) or frame)
            return None
        status = json_mapping(frame.get("status"))
        if status.get("loading_models"):
            self._reporter.progress("SwarmUI is loading the model")
        elif status.get("waiting_backends") and not status.get("live_gens"):
            self._reporter.progress("SwarmUI is waiting for a free worker")
        return None

    def _image(self, fields: Mapping[str, Any]) -> Announced | None:
        place = fields.get("image")
        if not isinstance(place, str) or not place:
            return None
        index = whole_number(fields.get("batch_index"))
        self.announced += 1
        if index is not None and index >= 0:
            self._fractions[index] = 1.0
        return Announced(place, index, PictureMetadata.parse(fields.get("metadata")))

    def _progress(self, fields: Mapping[str, Any]) -> None:
        index = whole_number(fields.get("batch_index")) or 0
        try:
            fraction = min(max(float(fields.get("overall_percent") or 0), 0.0), 1.0)
        except (TypeError, ValueError):
            fraction = 0.0
        if index >= 0:
            self._fractions[index] = max(fraction, self._fractions.get(index, 0.0))
        done = sum(self._fractions.values()) / max(self._expected, 1)
        preview = None
        if str(fields.get("preview") or "").startswith("data:"):
            with suppress(BackendError):  # a preview is not worth an error
                preview = decode_base64(fields["preview"], backend="SwarmUI")
        self._reporter.progress(step=round(100 * min(done, 1.0)), total=100, preview=preview)


def whole_number(value: object) -> int | None:
    """A number that the server may have written as a text; None for anything else."""
    try:
        return int(value)  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError, OverflowError):
        return None
