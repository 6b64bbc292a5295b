"""The socket of a generation, frame by frame: pure state, no connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from canvas_kit.backends.swarmui.metadata import PictureMetadata

GRID_INDEX = -1
"""The index of a grid of all pictures."""
FIRST_INTERMEDIATE_INDEX = -10
"""By-products of the work count downwards from here."""


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
        grid_or_extra = self.index is not None and self.index < 0
        return not (grid_or_extra or self.metadata.is_intermediate or self.metadata.is_grid)


@dataclass(frozen=True, slots=True)
class Progress:
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
    """What the frames so far have told.

    Attributes:
        expected: How many pictures were asked for.
        announced: Pictures that are ready, in the order of the frames.
        discarded: Indices of pictures that the server took back.
        error: The server's words, if something went wrong.
        error_id: The server's code for it, if any.
        finished: Whether the server has nothing more to say.
    """

    expected: int
    announced: list[Announced] = field(default_factory=list)
    discarded: set[int] = field(default_factory=set)
    error: str = ""
    error_id: str = ""
    finished: bool = False
    _fractions: dict[int, float] = field(default_factory=dict)

    def take(self, frame: Mapping[str, Any]) -> Announced | Progress | None:
        """Read one frame. The fields lie at its top level, or one level down, by version.

        Returns:
            A picture to be fetched, news for whoever watches, or nothing.
        """
        if "error" in frame or "error_id" in frame:
            self.error = str(frame.get("error") or "")
            self.error_id = str(frame.get("error_id") or "")
        if "discard_indices" in frame:
            self.discarded |= {found for item in frame["discard_indices"] or []
                               if (found := _index(item)) is not None}  # fmt: skip
        if frame.get("socket_intention") == "close":
            self.finished = True
        if "image" in frame:
            return self._image(frame)
        if "gen_progress" in frame or "overall_percent" in frame:
            inner = frame.get("gen_progress")
            return self._progress(inner if isinstance(inner, dict) else frame)
        status = frame.get("status")
        return _waiting(status) if isinstance(status, dict) else None

    def _image(self, frame: Mapping[str, Any]) -> Announced | None:
        inner = frame["image"]
        fields = inner if isinstance(inner, dict) else frame
        place = fields.get("image")
        if not isinstance(place, str) or not place:
            return None
        index = _index(fields.get("batch_index"))
        picture = Announced(place, index, PictureMetadata.parse(fields.get("metadata")))
        self.announced.append(picture)
        if index is not None and index >= 0:
            self._fractions[index] = 1.0
        return picture

    def _progress(self, fields: Mapping[str, Any]) -> Progress:
        index = _index(fields.get("batch_index")) or 0
        try:
            fraction = min(max(float(fields.get("overall_percent") or 0), 0.0), 1.0)
        except (TypeError, ValueError):
            fraction = 0.0
        if index >= 0:
            self._fractions[index] = max(fraction, self._fractions.get(index, 0.0))
        done = sum(self._fractions.values()) / max(self.expected, 1)
        preview = fields.get("preview")
        return Progress(
            percent=round(100 * min(done, 1.0)),
            preview=preview if isinstance(preview, str) else "",
        )


def _waiting(status: Mapping[str, Any]) -> Progress | None:
    if status.get("loading_models"):
        return Progress("SwarmUI is loading the model")
    if status.get("waiting_backends") and not status.get("live_gens"):
        return Progress("SwarmUI is waiting for a free worker")
    return None


def _index(value: object) -> int | None:
    """An index, which the server writes as a text."""
    try:
        return int(value)  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError):
        return None
