"""Pictures small enough for a notebook: whole where they are small, scaled down where not.

What is shown is a copy. The files of a record are only read.
"""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

from canvas_kit.media import MAX_IMAGE_PIXELS, recognise

if TYPE_CHECKING:
    from PIL import Image

EMBEDDED_BYTES = 120_000
"""A picture up to this size is embedded as it is."""
EMBEDDED_SOUND_BYTES = 2_000_000
"""A sound or film up to this size is embedded as it is; a larger one is only named."""
_BROWSER_TYPES = frozenset(
    {"image/png", "image/jpeg", "image/webp", "image/gif", "image/avif", "image/svg+xml"}
)
_QUALITY = 86


def data_url(data: bytes, media_type: str) -> str:
    """``data`` written into an address."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


def picture_url(
    data: bytes, *, edge: int, max_bytes: int = EMBEDDED_BYTES, max_pixels: int = MAX_IMAGE_PIXELS
) -> str | None:
    """A data URL that shows a picture.

    Args:
        data: The picture's file.
        edge: The longest edge in pixels of a copy that has to be made.
        max_bytes: A file up to this size that browsers can show is embedded unchanged.
        max_pixels: The largest picture to decode, as width times height.

    Returns:
        The address, or None when it is no picture that can be shown.
    """
    media_type = recognise(data) or ""
    if len(data) <= max_bytes and media_type in _BROWSER_TYPES:
        return data_url(data, media_type)
    if not media_type.startswith("image/"):
        return None
    small = _scaled_down(data, edge, max_pixels)
    return data_url(*small) if small else None


def _scaled_down(data: bytes, edge: int, max_pixels: int) -> tuple[bytes, str] | None:
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > max_pixels:
                return None
            image.draft("RGB", (edge, edge))
            upright = ImageOps.exif_transpose(image)
            plain = upright.convert("RGBA" if _has_transparency(upright) else "RGB")
    except Exception:  # Pillow's decoders raise many types; the record itself said it was whole
        return None
    plain.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    if plain.mode == "RGBA":
        plain.save(file, "WEBP", quality=_QUALITY)
        return file.getvalue(), "image/webp"
    plain.save(file, "JPEG", quality=_QUALITY, optimize=True)
    return file.getvalue(), "image/jpeg"


def _has_transparency(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
