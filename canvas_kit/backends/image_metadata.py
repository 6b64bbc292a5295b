"""The text that picture servers write into their files: what a file says about its own making."""

from __future__ import annotations

import io

_EXIF_DETAILS = 0x8769
_USER_COMMENT = 0x9286


def embedded_parameters(data: bytes, name: str = "parameters") -> str:
    """What a file's maker wrote into it: JSON from SwarmUI and ComfyUI, lines from A1111.

    It is a text chunk in a PNG, and the EXIF user comment in JPEG and WebP.

    Args:
        data: A whole file. Only its head is read; nothing is decoded.
        name: The chunk's name: ``"prompt"`` is the workflow of a picture made by ComfyUI.

    Returns:
        Empty when there is none, or the file is no picture.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            if isinstance(text := image.info.get(name), str):
                return text
            comment = image.getexif().get_ifd(_EXIF_DETAILS).get(_USER_COMMENT)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return ""
    return _comment_text(comment) if isinstance(comment, bytes) else str(comment or "")


def _comment_text(comment: bytes) -> str:
    """An EXIF user comment: eight bytes that name the encoding, then the text.

    The standard leaves the byte order of ``UNICODE`` to the file's, which its writers do not keep
    to (SwarmUI: little-endian; A1111's piexif: big-endian). Whichever half is mostly zero tells.
    """
    code, text = comment[:8], comment[8:]
    if code == b"UNICODE\0":
        little = text[1::2].count(0) >= text[0::2].count(0)
        return text.decode("utf-16-le" if little else "utf-16-be", errors="replace")
    if code in (b"ASCII\0\0\0", bytes(8)):
        return text.decode("utf-8", errors="replace")
    return comment.decode("utf-8", errors="replace")
