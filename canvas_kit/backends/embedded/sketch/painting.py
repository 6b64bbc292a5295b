"""From a prompt to pixels: read, plan, underpaint, paint in steps, finish."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .brush import Surface, layers
from .composing import compose
from .easel import Rgb
from .exact import Plane, Stream, clamp, clip01, stretch
from .finish import Finish
from .plan import Field, PicturePlan
from .reading import Reading, read
from .scenes import ground_colour, underpaint

SMALLEST, LARGEST, MOST_STEPS = 64, 4096, 150
_PLAN_AREA = 262_144
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
        method: One sentence for the record: how it was made, and what was not understood.
    """

    pixels: Pixels
    reading: dict[str, object]
    method: str

    def png(self) -> bytes:
        """The pixels as a PNG file."""
        out = io.BytesIO()
        Image.fromarray(self.pixels).save(out, format="PNG", compress_level=4)
        return out.getvalue()


def paint(
    prompt: str,
    *,
    seed: int,
    width: int = 512,
    height: int = 512,
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
    strict, short = clamp(cfg / (cfg + 5.5)), float(min(width, height))
    plan = compose(
        reading, avoid, seed=seed, width=width / short, height=height / short, strict=strict
    )
    plan_height, plan_width = _fit(height, width, _PLAN_AREA)
    work_height, work_width = _fit(height, width, _WORK_AREA)
    field = Field.of(reading.content, seed, plan_height, plan_width)
    start = None if start_image is None else _start(start_image, plan_height, plan_width)
    easel = underpaint(plan, field, plan_height, plan_width, start)
    brush = plan.manner.brush
    canvas = Surface(work_height, work_width, ground_colour(plan), brush, easel, field.flow, seed)
    number = count()
    for step, stage in enumerate(layers(steps, brush.finest), start=1):
        for layer in stage:
            canvas.layer(layer, next(number), clamp(1.0 - strict))
        if on_step is not None:
            on_step(step, steps, lambda: _preview(canvas))
    # Strict pictures gain contrast, dreamlike ones lose it.
    manner = replace(plan.manner, contrast=plan.manner.contrast * (0.93 + 0.32 * strict))
    rough = 1.0 / (1.0 + 0.32 * (steps - 1))
    work = Finish(canvas.rgb().copy(), canvas.thickness(), easel, manner, seed, rough)
    report = _report(reading, avoid, plan)
    report |= {"steps": steps, "cfg": cfg, "start_image": start_image is not None}
    return Painting(_to_size(work.done(), height, width), report, _method(reading, plan))


def _check(width: int, height: int, steps: int, cfg: float, start: Pixels | None) -> None:
    for name, value, low, high in (("width", width, SMALLEST, LARGEST), ("cfg", cfg, 0, 30),
                                   ("height", height, SMALLEST, LARGEST),
                                   ("steps", steps, 1, MOST_STEPS)):  # fmt: skip
        if not low <= value <= high:
            raise ValueError(f"{name} is {value}; sketch takes {low} to {high}.")
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
    keep_rows = min(rows, max(1, columns * height // width))
    keep_columns = min(columns, max(1, rows * width // height))
    top, left = (rows - keep_rows) // 2, (columns - keep_columns) // 2
    image = image[top : top + keep_rows, left : left + keep_columns]
    # Whole-number block means first, so that nothing is skipped when the image is large.
    block = max(1, min(keep_rows // height, keep_columns // width))
    cut = image[: keep_rows // block * block, : keep_columns // block * block].astype(np.uint32)
    cut = cut.reshape(keep_rows // block, block, keep_columns // block, block, 3)
    planes = cut.sum(axis=(1, 3), dtype=np.uint32).astype(np.float32)
    planes *= 1.0 / (255.0 * block * block)
    if min(planes.shape[:2]) < 2:
        planes = np.repeat(np.repeat(planes, 2, axis=0), 2, axis=1)
    return np.stack([stretch(planes[:, :, c], height, width) for c in (0, 1, 2)])


def _to_size(picture: Plane, height: int, width: int) -> Pixels:
    out = np.empty((height, width, 3), np.uint8)
    if picture.shape[:2] == (height, width):
        np.rint(picture * 255.0, out=picture)
        out[:] = picture
        return out
    for top in range(0, height, _BAND):
        low = min(height, top + _BAND)
        # What was stretched is soft: a breath of texture at full size.
        texture = Stream("texture", top).row((low - top) * width).reshape(low - top, width)
        texture = (texture - 0.5) * 6.0
        for channel in range(3):
            band = stretch(picture[:, :, channel], height, width, top, low) * 255.0 + texture
            out[top:low, :, channel] = np.rint(np.clip(band, 0.0, 255.0))
    return out


def _preview(canvas: Surface) -> bytes:
    """A small JPEG of the canvas as it is, at most 256 pixels on its longer side."""
    view = canvas.rgb()
    step = max(1, -(-max(view.shape[:2]) // _PREVIEW))
    pixels = clip01(view[::step, ::step]) * 255.0
    out = io.BytesIO()
    Image.fromarray(np.rint(pixels).astype(np.uint8)).save(out, format="JPEG", quality=72)
    return out.getvalue()


def _report(reading: Reading, avoid: Reading, plan: PicturePlan) -> dict[str, object]:
    """What was read and decided, for the record."""
    shown = Counter((s.drawing or "form", s.word, s.colours)
                    for s in (item.subject for item in plan.items))  # fmt: skip
    return {
        "subjects": [
            {"drawing": drawing, "word": word, "count": count, "colours": list(colours)}
            for (drawing, word, colours), count in shown.items()
        ],
        "words": {aspect: list(found) for aspect, found in reading.words.items()},
        "unknown": list(reading.unknown[:40]),
        "unread_words": reading.unread,
        "avoided": [*(m for found in avoid.words.values() for m in found),
                    *(s.drawing or s.word for s in avoid.subjects)],
        "setting": plan.setting, "place": plan.place, "light": plan.light,
        "manner": plan.manner.name, "weather": list(plan.weather),
    }  # fmt: skip


def _method(reading: Reading, plan: PicturePlan) -> str:
    text = "painted by an algorithm from the words of the prompt; no learned model"
    if reading.unknown:
        words = ", ".join(reading.unknown[:12]) + (", …" if len(reading.unknown) > 12 else "")
        text += f"; words it does not know: {words}"
    forms = dict.fromkeys(i.subject.word for i in plan.items if i.drawing is None)
    if forms:
        text += f"; shown as forms grown from their letters: {', '.join(forms)}"
    return text
