"""What each image model takes: a table, because sending a parameter too many is an error 400.

From OpenAI's API reference and image guide as of 2026-08. A server that only speaks the same
protocol is asked with what was given, and nothing is assumed about it.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Literal

from canvas_kit.values import Size


@dataclass(frozen=True, slots=True)
class FixedSizes:
    """Only these sizes."""

    sizes: tuple[Size, ...]

    def nearest(self, wanted: Size) -> Size:
        """By shape first, then by area."""

        def unlikeness(size: Size) -> tuple[float, float]:
            shape = math.log(size.width / size.height) - math.log(wanted.width / wanted.height)
            area = math.log(size.width * size.height) - math.log(wanted.width * wanted.height)
            return round(abs(shape), 6), abs(area)

        return min(self.sizes, key=unlikeness)


@dataclass(frozen=True, slots=True)
class FreeSizes:
    """Any size within bounds.

    Attributes:
        multiple: Both edges are multiples of it, in pixels.
        longest_edge: In pixels.
        least_pixels: Width times height, at least.
        most_pixels: Width times height, at most.
        widest: Longer edge by shorter edge, at most.
    """

    multiple: int
    longest_edge: int
    least_pixels: int
    most_pixels: int
    widest: float

    def nearest(self, wanted: Size) -> Size:
        """Of the same shape where that is allowed, as near in area as the bounds permit."""
        width, height = float(wanted.width), float(wanted.height)
        width, height = min(width, height * self.widest), min(height, width * self.widest)
        area = width * height
        scale = math.sqrt(min(max(area, self.least_pixels), self.most_pixels) / area)
        scale = min(scale, self.longest_edge / max(width, height))
        candidates = itertools.product(self._near(width * scale), self._near(height * scale))
        return min(
            (Size(*size) for size in candidates if self._allows(*size)),
            key=lambda size: (
                abs(math.log(size.width / (width * scale)))
                + abs(math.log(size.height / (height * scale)))
            ),
        )

    def _near(self, edge: float) -> list[int]:
        steps = math.floor(edge / self.multiple)
        return [self.multiple * step for step in range(max(1, steps - 2), steps + 4)]

    def _allows(self, width: int, height: int) -> bool:
        return (
            max(width, height) <= self.longest_edge
            and self.least_pixels <= width * height <= self.most_pixels
            and max(width, height) <= self.widest * min(width, height)
        )


@dataclass(frozen=True, slots=True)
class ImageModel:
    """What a model takes.

    Attributes:
        prefix: How the names of such models begin.
        most_pictures: In one request.
        sizes: Which sizes it draws; None when nothing is known.
        response_format: Whether to ask for base64: ``"never"`` where the parameter is an error,
            ``"try"`` where it is not known.
        edits: Whether it takes a picture to start from.
        takes: Names of further parameters; None when nothing is known.
        streams: Whether it can send unfinished pictures.
    """

    prefix: str
    most_pictures: int
    sizes: FixedSizes | FreeSizes | None
    response_format: Literal["always", "never", "try"]
    edits: bool
    takes: frozenset[str] | None
    streams: bool = False


_GPT = frozenset(
    {
        "background",
        "input_fidelity",
        "moderation",
        "output_compression",
        "output_format",
        "quality",
        "size",
        "user",
    }
)
_SQUARE = Size(1024, 1024)
_GPT_1_SIZES = FixedSizes((_SQUARE, Size(1536, 1024), Size(1024, 1536)))
_GPT_2_SIZES = FreeSizes(16, 3840, 655_360, 8_294_400, 3.0)

IMAGE_MODELS = (
    ImageModel("gpt-image-2", 10, _GPT_2_SIZES, "never", edits=True, takes=_GPT, streams=True),
    ImageModel("gpt-image-1", 10, _GPT_1_SIZES, "never", edits=True, takes=_GPT, streams=True),
    # Models to come: of this family, sizes unknown.
    ImageModel("gpt-image", 10, None, "never", edits=True, takes=None, streams=True),
    ImageModel("chatgpt-image", 10, None, "never", edits=True, takes=None, streams=True),
    ImageModel(
        "dall-e-3",
        1,
        FixedSizes((_SQUARE, Size(1792, 1024), Size(1024, 1792))),
        "always",
        edits=False,
        takes=frozenset({"quality", "size", "style", "user"}),
    ),
    ImageModel(
        "dall-e-2",
        10,
        FixedSizes((Size(256, 256), Size(512, 512), _SQUARE)),
        "always",
        edits=True,
        takes=frozenset({"size", "user"}),
    ),
)
"""The models of OpenAI itself; the first whose prefix fits counts."""

UNKNOWN = ImageModel("", 10, None, "try", edits=True, takes=None)
"""A model that is not in the table."""


def image_model(name: str) -> ImageModel:
    """What the model called ``name`` takes; a provider's prefix (``openai/``) is looked past."""
    plain = name.rpartition("/")[2]
    return next((model for model in IMAGE_MODELS if plain.startswith(model.prefix)), UNKNOWN)
