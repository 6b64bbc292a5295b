"""What can be measured in a picture.

numpy and Pillow are loaded when the first picture is measured, not before.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Pictures are measured at this size of their longer side, in pixels, so that sizes can be
#: compared.
MEASURED_AT = 512
#: Pictures with more pixels are not opened.
MOST_PIXELS = 120_000_000

#: Hue ranges in degrees; black, grey, white, brown and pink are told by lightness and saturation.
_HUES = (
    (14, "red"), (42, "orange"), (68, "yellow"), (165, "green"), (195, "turquoise"),
    (252, "blue"), (290, "violet"), (335, "pink"), (361, "red"),
)  # fmt: skip
COLOURS = (
    "black",
    "grey",
    "white",
    "brown",
    "red",
    "orange",
    "yellow",
    "green",
    "turquoise",
    "blue",
    "violet",
    "pink",
)


@dataclass(frozen=True)
class Picture:
    """A picture made ready to be measured.

    Attributes:
        width: Width in pixels as stored (after the turn that its metadata ask for).
        height: Height in pixels.
        pixels: Height x width x 3 array of sRGB values from 0.0 to 255.0, reduced to `MEASURED_AT`;
            transparent parts lie on white.
    """

    width: int
    height: int
    pixels: NDArray[np.float64]

    @cached_property
    def light(self) -> NDArray[np.float64]:
        """Luma (Rec. 601), height x width, 0.0 to 255.0."""
        import numpy as np

        weighted: NDArray[np.float64] = self.pixels @ np.array([0.299, 0.587, 0.114])
        return weighted

    @cached_property
    def sharpness(self) -> float:
        """Variance of the four-neighbour Laplacian.

        Under 20 is soft, over 500 full of fine detail.
        """
        grey = self.light
        if min(grey.shape) < 3:
            return 0.0
        inner = grey[1:-1, 1:-1]
        laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * inner
        return float(laplacian.var())

    @cached_property
    def contrast(self) -> float:
        """Standard deviation of lightness, 0.0 to 0.5."""
        return float(self.light.std() / 255)

    @cached_property
    def brightness(self) -> float:
        """Mean lightness, 0.0 (black) to 1.0 (white)."""
        return float(self.light.mean() / 255)

    @cached_property
    def colourfulness(self) -> float:
        """Hasler and Süsstrunk's measure (2003): 0 none, 33 moderate, 59 quite, over 80 extreme."""
        import numpy as np

        red, green, blue = (self.pixels[..., channel] for channel in range(3))
        one, two = red - green, (red + green) / 2 - blue
        spread = np.hypot(one.std(), two.std())
        return float(spread + 0.3 * np.hypot(one.mean(), two.mean()))

    @cached_property
    def entropy(self) -> float:
        """Shannon entropy of the lightness histogram, 0.0 to 8.0 bits."""
        import numpy as np

        counts = np.bincount(self.light.astype(np.int64).clip(0, 255).ravel(), minlength=256)
        shares = counts[counts > 0] / counts.sum()
        return float(-(shares * np.log2(shares)).sum()) + 0.0

    @cached_property
    def _gradient(self) -> NDArray[np.float64]:
        import numpy as np

        grey = self.light
        if min(grey.shape) < 2:
            return np.zeros_like(grey)
        down, across = np.gradient(grey)
        steep: NDArray[np.float64] = np.hypot(down, across)
        return steep

    @cached_property
    def edges(self) -> float:
        """Share of pixels where lightness changes by more than 12 of 255 per pixel, 0.0 to 1.0."""
        return float((self._gradient > 12).mean())

    @cached_property
    def symmetry(self) -> float:
        """Likeness of left and right, 0.0 (unlike) to 1.0 (mirrored)."""
        import numpy as np

        grey = self.light
        mean = grey.mean()
        spread = float(np.abs(grey - mean).mean())
        if spread < 0.5:
            return 1.0
        return float(max(0.0, 1 - np.abs(grey - grey[:, ::-1]).mean() / (2 * spread)))

    @cached_property
    def clipping(self) -> float:
        """Share of pixels that are pure black or pure white, 0.0 to 1.0."""
        return float(((self.light <= 2) | (self.light >= 253)).mean())

    @cached_property
    def _hsv(self) -> tuple[Any, Any, Any]:
        import numpy as np

        scaled = self.pixels / 255
        high, low = scaled.max(axis=2), scaled.min(axis=2)
        range_ = high - low
        safe = np.where(range_ == 0, 1, range_)
        red, green, blue = (scaled[..., channel] for channel in range(3))
        hue = np.where(
            high == red,
            (green - blue) / safe % 6,
            np.where(high == green, (blue - red) / safe + 2, (red - green) / safe + 4),
        )
        saturation = np.where(high == 0, 0, range_ / np.where(high == 0, 1, high))
        return hue * 60 % 360, saturation, high

    @cached_property
    def colours(self) -> dict[str, float]:
        """Share of every named colour, the largest first; the shares add up to 1.0."""
        import numpy as np

        hue, saturation, value = self._hsv
        named = np.full(hue.shape, COLOURS.index("grey"))
        low = 0.0
        for top, name in _HUES:
            named[(hue >= low) & (hue < top)] = COLOURS.index(name)
            low = float(top)
        dark_orange = (hue >= 8) & (hue < 48) & (value < 0.62) & (saturation > 0.25)
        named[dark_orange] = COLOURS.index("brown")
        named[((hue < 14) | (hue >= 335)) & (saturation < 0.5) & (value > 0.7)] = COLOURS.index(
            "pink"
        )
        grey = (saturation < 0.13) | ((saturation < 0.22) & (value < 0.3))
        named[grey] = COLOURS.index("grey")
        named[(value < 0.16) | (grey & (value < 0.22))] = COLOURS.index("black")
        named[(saturation < 0.13) & (value > 0.86)] = COLOURS.index("white")
        counts = np.bincount(named.ravel(), minlength=len(COLOURS)) / named.size
        shares = {name: float(share) for name, share in zip(COLOURS, counts, strict=True)}
        return dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))

    @cached_property
    def hues(self) -> int:
        """How many named colours take up at least three hundredths of the picture."""
        return sum(share >= 0.03 for share in self.colours.values())

    @cached_property
    def _weight(self) -> NDArray[np.float64]:
        import numpy as np

        grey = self.light
        _, saturation, value = self._hsv
        pull = (
            np.abs(grey - np.median(grey)) / 255 + 0.5 * saturation * value + self._gradient / 255
        )
        heavy: NDArray[np.float64] = pull + 1e-9
        return heavy

    @cached_property
    def centre(self) -> tuple[float, float]:
        """Where visual weight balances: x, 0.0 (left) to 1.0 (right), and y, 0.0 (top) to 1.0."""
        import numpy as np

        weight = self._weight
        rows, columns = weight.shape
        x = float((weight.sum(axis=0) * (np.arange(columns) + 0.5)).sum() / weight.sum() / columns)
        y = float((weight.sum(axis=1) * (np.arange(rows) + 0.5)).sum() / weight.sum() / rows)
        return x, y

    @cached_property
    def evenness(self) -> float:
        """How evenly weight is spread over nine fields: 0.0 all in one, 1.0 the same in all."""
        import numpy as np

        weight = self._weight
        shares = np.array(
            [
                field.sum()
                for row in np.array_split(weight, 3)
                for field in np.array_split(row, 3, axis=1)
            ]
        )
        shares = shares[shares > 0] / shares.sum()
        return float(-(shares * np.log(shares)).sum() / np.log(9))

    @cached_property
    def texture(self) -> float:
        """Mean spread of lightness within blocks of 8 pixels, 0.0 (flat) to about 60 (rough)."""
        rows, columns = (size - size % 8 for size in self.light.shape)
        if not rows or not columns:
            return 0.0
        blocks = self.light[:rows, :columns].reshape(rows // 8, 8, columns // 8, 8)
        return float(blocks.std(axis=(1, 3)).mean())

    @cached_property
    def legibility(self) -> float:
        """Distance between the darkest and the lightest tenth, 0.0 to 1.0."""
        import numpy as np

        low, high = np.percentile(self.light, (10, 90))
        return float((high - low) / 255)


def open_picture(data: bytes) -> Picture:
    """The picture in some bytes, decoded whole.

    Raises:
        ValueError: The bytes are no picture that Pillow can read, are cut off, or hold too many
        pixels.
    """
    import numpy as np
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data))
            if image.width * image.height > MOST_PIXELS:
                raise ValueError(
                    f"The critic was given a picture of {image.width} by {image.height} pixels; "
                    f"it measures at most {MOST_PIXELS:,}. Make it smaller first."
                )
            if image.format == "JPEG":
                image.draft("RGB", (MEASURED_AT * 2, MEASURED_AT * 2))
            original = image.size
            turned = ImageOps.exif_transpose(image)
            full = turned.convert("RGBA")
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        Image.DecompressionBombError,
        EOFError,
    ) as error:
        raise ValueError(
            f"The critic was asked to measure a picture and got {len(data)} bytes that are none "
            f"({error}). Give it the bytes of a PNG, JPEG, WebP or GIF file."
        ) from error
    width, height = original
    if (turned.width > turned.height) != (width > height) and width != height:
        width, height = height, width
    ground = Image.new("RGBA", full.size, (255, 255, 255, 255))
    flat = Image.alpha_composite(ground, full).convert("RGB")
    flat.thumbnail((MEASURED_AT, MEASURED_AT), Image.Resampling.LANCZOS)
    return Picture(width, height, np.asarray(flat, dtype=np.float64))
