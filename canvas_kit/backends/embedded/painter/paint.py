"""From a prompt to pixels: read, plan, underpaint, paint in steps, finish."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from . import field as network
from .composition import compose
from .easel import Easel, Rgb
from .exact import Chance, Plane, clamp
from .finish import finish
from .plan import Plan
from .strokes import Canvas, layers
from .underpainting import ground_colour, underpaint
from .words import Reading, read
from .work import stretch, work_from

__all__ = ["Painting", "encode_png", "paint"]

SMALLEST, LARGEST = 64, 4096
MOST_STEPS = 150
_PLAN_AREA = 360_000
_WORK_AREA = 1_700_000
_PREVIEW = 256
_BAND = 128  # rows brought to size at once, so that a huge picture needs little memory

Pixels = NDArray[np.uint8]
OnStep = Callable[[int, int, Callable[[], bytes]], None]


@dataclass(frozen=True, slots=True)
class Painting:
    """A finished picture.

    Attributes:
        pixels: uint8, (height, width, 3), RGB 0..255.
        reading: What was read in the prompt and decided from it; plain JSON values.
    """

    pixels: Pixels
    reading: dict[str, object]


def paint(
    prompt: str,
    *,
    seed: int,
    width: int,
    height: int,
    steps: int = 25,
    cfg: float = 5.5,
    second_text: str = "",
    start_image: Pixels | None = None,
    on_step: OnStep | None = None,
) -> Painting:
    """A picture that follows the prompt's words and the seed.

    The same arguments give the same pixels on every machine (see ``exact`` for how).

    Args:
        prompt: Any text, English or German; it may be empty.
        seed: Any whole number.
        width: Pixels across, 64 to 4096.
        height: Pixels down, 64 to 4096.
        steps: Layers of brush strokes, 1 to 150: few stay rough, many refine.
        cfg: 0 to 30: low is loose and dreamlike, high is strict, saturated and contrasty.
        second_text: What to avoid.
        start_image: uint8, (h, w, 3) of any size: its layout and colours steer the result.
        on_step: Called after each step with the step (from 1), the number of steps and a function
            that makes a small JPEG of the state; what it raises ends the painting and is passed on.

    Raises:
        ValueError: A number is out of its range, or the start image is not (h, w, 3) uint8.
    """
    _check(width, height, steps, cfg, start_image)
    reading, avoid = read(prompt), read(second_text)
    strict = clamp(cfg / (cfg + 5.5))
    short = float(min(width, height))
    plan = compose(
        reading, avoid, seed=seed, width=width / short, height=height / short, strict=strict
    )
    plan_height, plan_width = _fit(height, width, _PLAN_AREA)
    work_height, work_width = _fit(height, width, _WORK_AREA)
    vector = tuple(a - 0.5 * b for a, b in zip(reading.vector, avoid.vector, strict=True))
    field = network.compute(vector, seed, plan_height, plan_width)
    start = None if start_image is None else _start(start_image, plan_height, plan_width)
    easel = underpaint(plan, field, plan_height, plan_width, seed=seed, start=start)
    rough = 1.0 / (1.0 + 0.32 * (steps - 1))
    brush = plan.medium.brush
    loose = clamp(1.0 - plan.strict)
    canvas = Canvas(work_height, work_width, ground_colour(plan), brush, easel, field.flow, seed)
    total = layers(steps, brush.finest)
    number = 0
    for step, stage in enumerate(total, start=1):
        for layer in stage:
            canvas.layer(layer, number, loose)
            number += 1
        if on_step is not None:
            on_step(step, steps, lambda: _preview(canvas))
    picture = _finished(canvas, easel, field.flow, plan, seed, rough)
    return Painting(
        _to_size(picture, height, width),
        _report(reading, avoid, plan, steps, cfg, start_image is not None),
    )


def encode_png(pixels: Pixels) -> bytes:
    """The pixels, uint8 (height, width, 3), as a PNG file."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels).save(out, format="PNG", compress_level=4)
    return out.getvalue()


def _check(width: int, height: int, steps: int, cfg: float, start: Pixels | None) -> None:
    for name, value in (("width", width), ("height", height)):
        if not SMALLEST <= value <= LARGEST:
            raise ValueError(
                f"{name} is {value}; the painter works from {SMALLEST} to {LARGEST} pixels."
            )
    if not 1 <= steps <= MOST_STEPS:
        raise ValueError(f"steps is {steps}; the painter takes 1 to {MOST_STEPS}.")
    if not 0.0 <= cfg <= 30.0:
        raise ValueError(f"cfg is {cfg}; the painter takes 0 to 30.")
    if start is not None and (
        start.ndim != 3 or start.shape[2] != 3 or start.dtype != np.uint8 or not start.size
    ):
        raise ValueError(
            "The start image must be uint8 of shape (height, width, 3), "
            f"not {start.dtype} {start.shape}."
        )


def _fit(height: int, width: int, area: int) -> tuple[int, int]:
    """The size, or a smaller one of the same shape with at most ``area`` pixels."""
    if height * width <= area:
        return height, width
    short, long = min(height, width), max(height, width)
    small = 48
    while (small + 1) * ((small + 1) * long // short) <= area:
        small += 1
    other = max(48, small * long // short)
    return (small, other) if height <= width else (other, small)


def _start(image: Pixels, height: int, width: int) -> Rgb:
    """The start image brought to the plan's size, its middle cut to the plan's shape."""
    rows, columns = image.shape[:2]
    if columns * height > rows * width:
        keep = max(1, rows * width // height)
        image = image[:, (columns - keep) // 2 : (columns - keep) // 2 + keep]
    else:
        keep = max(1, columns * height // width)
        image = image[(rows - keep) // 2 : (rows - keep) // 2 + keep]
    rows, columns = image.shape[:2]
    # Whole-number block means first, so that nothing is skipped when the image is large.
    block = max(1, min(rows // height, columns // width))
    if block > 1:
        cut = image[: rows // block * block, : columns // block * block].astype(np.uint32)
        cut = cut.reshape(rows // block, block, columns // block, block, 3).sum(
            axis=(1, 3), dtype=np.uint32
        )
        planes = cut.astype(np.float32) * (1.0 / (255.0 * block * block))
    else:
        planes = image.astype(np.float32) * (1.0 / 255.0)
    if min(planes.shape[:2]) < 2:
        planes = np.repeat(np.repeat(planes, 2, axis=0), 2, axis=1)
    return np.stack(
        [stretch(np.ascontiguousarray(planes[:, :, c]), height, width) for c in range(3)]
    )


def _finished(
    canvas: Canvas, easel: Easel, flow: Plane, plan: Plan, seed: int, rough: float
) -> Plane:
    medium = plan.medium
    # Strict pictures gain contrast, dreamlike ones lose it.
    medium = replace(medium, contrast=medium.contrast * (0.93 + 0.32 * plan.strict))
    work = work_from(easel, canvas.rgb().copy(), canvas.thickness(), flow, medium, seed, rough)
    return finish(work)


def _to_size(picture: Plane, height: int, width: int) -> Pixels:
    out = np.empty((height, width, 3), np.uint8)
    if picture.shape[:2] == (height, width):
        np.rint(picture * 255.0, out=picture)
        out[:] = picture
        return out
    planes = [np.ascontiguousarray(picture[:, :, channel]) for channel in range(3)]
    for top in range(0, height, _BAND):
        low = min(height, top + _BAND)
        # What was stretched is soft: a breath of texture at full size.
        texture = Chance("texture", top).row((low - top) * width).reshape(low - top, width)
        texture = (texture - 0.5) * 6.0
        for channel, plane in enumerate(planes):
            band = stretch(plane, height, width, top, low) * 255.0 + texture
            out[top:low, :, channel] = np.rint(np.minimum(np.maximum(band, 0.0), 255.0))
    return out


def _preview(canvas: Canvas) -> bytes:
    """A small JPEG of the canvas as it is, at most 256 pixels on its longer side."""
    from PIL import Image

    view = canvas.rgb()
    step = max(1, -(-max(view.shape[:2]) // _PREVIEW))
    pixels = np.rint(np.minimum(np.maximum(view[::step, ::step], 0.0), 1.0) * 255.0).astype(
        np.uint8
    )
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, format="JPEG", quality=72)
    return out.getvalue()


def _report(
    reading: Reading, avoid: Reading, plan: Plan, steps: int, cfg: float, started: bool
) -> dict[str, object]:
    """What was read and decided, for the record."""
    shown: dict[str, dict[str, object]] = {}
    for item in plan.items:
        entry = shown.setdefault(
            item.key.rsplit(":", 1)[0],
            {
                "motif": item.subject.motif,
                "word": item.subject.word,
                "count": 0,
                "colours": list(item.subject.colours),
                "wears": [list(pair) for pair in item.subject.wears],
            },
        )
        entry["count"] = int(str(entry["count"])) + 1
    return {
        "subjects": list(shown.values()),
        "words": {aspect: list(found) for aspect, found in reading.words.items()},
        "written": list(reading.quotes),
        "unknown": list(reading.unknown[:40]),
        "unread_words": reading.unread,
        "avoided": {aspect: list(found) for aspect, found in avoid.words.items()}
        | (
            {"colours of things": [c for s in avoid.subjects for c in s.colours]}
            if avoid.subjects
            else {}
        ),
        "setting": plan.setting,
        "place": plan.place,
        "light": plan.light,
        "medium": plan.medium.name,
        "weather": list(plan.weather),
        "steps": steps,
        "cfg": cfg,
        "start_image": started,
    }
