"""From a prompt to pixels: read, plan, underpaint, paint in steps, finish."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from .brush import Surface
from .composing import compose
from .easel import Rgb
from .exact import Plane, clamp, clip01
from .finish import Finish
from .plan import Field, PicturePlan
from .reading import Reading, read
from .scenes import ground_colour, underpaint

SMALLEST, LARGEST, MOST_STEPS = 64, 4096, 150
_PLAN_AREA = 262_144
_WORK_AREA = 1_700_000
_PREVIEW = 256

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
    rows, columns = _fit(height, width, _PLAN_AREA)
    field = Field.of(reading.content, seed, rows, columns)
    start = None if start_image is None else _start(start_image, rows, columns)
    easel = underpaint(plan, field, rows, columns, start)
    work = _fit(height, width, _WORK_AREA)
    canvas = Surface(*work, ground_colour(plan), plan.manner.brush, easel.rgb, field.flow, seed)
    for step in range(1, steps + 1):
        canvas.layer(step, steps, 1.0 - strict)
        if on_step is not None:
            on_step(step, steps, lambda: _preview(canvas.rgb()))
    # Strict pictures gain contrast, dreamlike ones lose it.
    manner = replace(plan.manner, contrast=plan.manner.contrast * (0.93 + 0.32 * strict))
    rough = 1.0 / (1.0 + 0.32 * (steps - 1))
    made = Finish(canvas.rgb().copy(), canvas.thickness(), easel, manner, seed, rough).done()
    image = Image.fromarray(_bytes(made))
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.BICUBIC)
    report = _report(reading, avoid, plan)
    report |= {"steps": steps, "cfg": cfg, "start_image": start_image is not None}
    return Painting(np.asarray(image), report, _method(reading, plan))


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
    fitted = ImageOps.fit(Image.fromarray(image), (width, height))
    return np.asarray(fitted, np.float32).transpose(2, 0, 1) * (1.0 / 255.0)


def _bytes(picture: Plane) -> Pixels:
    pixels: Pixels = np.rint(clip01(picture) * 255.0).astype(np.uint8)
    return pixels


def _preview(picture: Plane) -> bytes:
    """A small JPEG of the canvas as it is, at most 256 pixels on its longer side."""
    step = max(1, -(-max(picture.shape[:2]) // _PREVIEW))
    out = io.BytesIO()
    Image.fromarray(_bytes(picture[::step, ::step])).save(out, format="JPEG", quality=72)
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
