"""What SwarmUI says about a picture: in a frame of its socket, its history, or the file itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from canvas_kit.backends.transport.response import json_mapping

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
    def seed(self) -> int | None:
        """The seed of this very picture. The format allows numbers as texts."""
        return whole_number(self.parameters.get("seed"))

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

    @property
    def wanted(self) -> bool:
        """Whether it is one of the pictures asked for."""
        return not (self.metadata.is_byproduct or (self.index is not None and self.index < 0))


@dataclass(frozen=True, slots=True)
class SwarmUIProgress:
    """How far the work is.

    Attributes:
        message: A few words, if there is something to say.
        percent: Of the whole request, 0 to 100.
        preview: A ``data:`` URL of a small picture, or empty.
    """

    message: str = ""
    percent: int | None = None
    preview: str = field(default="", repr=False)


@dataclass(slots=True)
class SocketState:
    """What the frames of a generation's socket have told so far. Pure state, no connection.

    Attributes:
        expected: How many pictures were asked for.
        announced: How many pictures are ready.
        discarded: Indices of pictures that the server took back.
        error: The last frame with an error, if one came.
        finished: Whether the server has nothing more to say.
    """

    expected: int
    announced: int = 0
    discarded: set[int] = field(default_factory=set)
    error: Mapping[str, Any] | None = None
    finished: bool = False
    _fractions: dict[int, float] = field(default_factory=dict)

    def take(self, frame: Mapping[str, Any]) -> Announced | SwarmUIProgress | None:
        """Read one frame. The fields lie at its top level, or one level down, by version.

        Returns:
            A picture to be fetched, progress, or nothing.
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
            return self._image(frame)
        if "gen_progress" in frame or "overall_percent" in frame:
            return self._progress(json_mapping(frame.get("gen_progress")) or frame)
        status = json_mapping(frame.get("status"))
        if status.get("loading_models"):
            return SwarmUIProgress("SwarmUI is loading the model")
        if status.get("waiting_backends") and not status.get("live_gens"):
            return SwarmUIProgress("SwarmUI is waiting for a free worker")
        return None

    def _image(self, frame: Mapping[str, Any]) -> Announced | None:
        fields = json_mapping(frame["image"]) or frame
        place = fields.get("image")
        if not isinstance(place, str) or not place:
            return None
        index = whole_number(fields.get("batch_index"))
        self.announced += 1
        if index is not None and index >= 0:
            self._fractions[index] = 1.0
        return Announced(place, index, PictureMetadata.parse(fields.get("metadata")))

    def _progress(self, fields: Mapping[str, Any]) -> SwarmUIProgress:
        index = whole_number(fields.get("batch_index")) or 0
        try:
            fraction = min(max(float(fields.get("overall_percent") or 0), 0.0), 1.0)
        except (TypeError, ValueError):
            fraction = 0.0
        if index >= 0:
            self._fractions[index] = max(fraction, self._fractions.get(index, 0.0))
        done = sum(self._fractions.values()) / max(self.expected, 1)
        preview = fields.get("preview")
        return SwarmUIProgress(
            percent=round(100 * min(done, 1.0)), preview=preview if isinstance(preview, str) else ""
        )


def whole_number(value: object) -> int | None:
    """A number that the server may have written as a text; None for anything else."""
    try:
        return int(value)  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError, OverflowError):
        return None
