"""What can be counted in any picture, without knowing what it shows."""

from __future__ import annotations

import io
import warnings

MEASURED_AT = 256
"""The longer side is brought to so many pixels first, so that large and small compare."""

MOST_PIXELS = 100_000_000
_EDGE = 24.0


def measure_picture(data: bytes) -> dict[str, float]:
    """The numbers of a picture.

    Returns:
        ``width`` and ``height`` in pixels; ``light``: the mean lightness, 0 (black) to 100 (white);
        ``contrast``: the distance between the darkest and the lightest tenth, 0 to 100; ``colour``:
        the mean distance from grey, 0 to 100; ``edges``: the share of pixels where lightness
        changes sharply, 0 to 100; ``symmetry``: how alike the left half and the mirrored right half
        are, 0 to 100.

    Raises:
        ValueError: When the bytes are no whole picture, or one of too many pixels.
    """
    import numpy as np
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data))
            width, height = image.size
            if width * height > MOST_PIXELS:
                raise ValueError(
                    f"it has {width} by {height} pixels, and the critic measures at most "
                    f"{MOST_PIXELS:,}. Make it smaller first."
                )
            image.draft("RGB", (2 * MEASURED_AT, 2 * MEASURED_AT))
            picture = image.convert("RGBA")
    except (OSError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise ValueError(f"the picture cannot be decoded ({error}).") from error
    flat = Image.new("RGBA", picture.size, "white")
    flat.alpha_composite(picture)
    flat.thumbnail((MEASURED_AT, MEASURED_AT))
    rgb = np.asarray(flat.convert("RGB"), dtype=np.float64)
    light = rgb @ (0.299, 0.587, 0.114)
    dark, bright = np.percentile(light, (10, 90))
    across = np.abs(np.diff(light, axis=1, append=light[:, -1:]))
    down = np.abs(np.diff(light, axis=0, append=light[-1:]))
    percent = 100 / 255
    return {
        "width": width,
        "height": height,
        "light": float(light.mean()) * percent,
        "contrast": float(bright - dark) * percent,
        "colour": float((rgb.max(axis=2) - rgb.min(axis=2)).mean()) * percent,
        "edges": float((np.maximum(across, down) > _EDGE).mean()) * 100,
        "symmetry": 100 - float(np.abs(light - light[:, ::-1]).mean()) * percent,
    }
