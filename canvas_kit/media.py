"""What bytes really are: recognised by content, decoded whole, measured.

A server's word for a file (its name, its announced type) is never taken: servers have been seen to
serve a text file as ``image/png`` and an empty file with status 200.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import threading
import warnings
from dataclasses import dataclass
from urllib.parse import unquote, unquote_to_bytes

from canvas_kit.containers import is_whole
from canvas_kit.errors import MediaError, shorten

MAX_IMAGE_PIXELS = 40_000_000
_LARGE_PIXELS = 4_000_000
_DECODING = threading.Lock()
"""Held while a large picture is decoded: one at a time, since each may take hundreds of MiB."""
_WARNINGS = threading.Lock()
"""Held while warnings are switched off, which Python does for all threads at once."""

_EXTENSIONS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/tiff": "tif",
    "image/bmp": "bmp",
    "image/avif": "avif",
    "image/svg+xml": "svg",
    "audio/wav": "wav",
    "audio/mpeg": "mp3",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "audio/mp4": "m4a",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/x-matroska": "mkv",
    "video/quicktime": "mov",
    "model/gltf-binary": "glb",
    "model/ply": "ply",
    "application/pdf": "pdf",
    "application/json": "json",
    "text/plain": "txt",
}
"""File name extensions by media type: everything that can be recorded."""

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "AVIF")
_IMAGE_FORMATS = {f"image/{name.lower()}": name for name in _FORMATS}


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What was found out about some bytes.

    Attributes:
        media_type: Recognised from the content.
        extension: For a file name, without the dot.
        width: In pixels, for pictures.
        height: In pixels, for pictures.
    """

    media_type: str
    extension: str
    width: int | None = None
    height: int | None = None


def extension_of(media_type: str) -> str:
    """The file name extension for a media type, without the dot; ``"bin"`` if there is none."""
    return _EXTENSIONS.get(media_type, "bin")


def recognise(data: bytes) -> str | None:
    """The media type that the first bytes show, or None for what is not known here."""
    head = data[:64]
    match head[:4]:
        case b"\x89PNG" if head.startswith(b"\x89PNG\r\n\x1a\n"):
            return "image/png"
        case b"GIF8":
            return "image/gif"
        case b"II*\0" | b"MM\0*":
            return "image/tiff"
        case b"fLaC":
            return "audio/flac"
        case b"OggS":
            return "audio/ogg"
        case b"glTF":
            return "model/gltf-binary"
        case b"%PDF":
            return "application/pdf"
        case b"\x1aE\xdf\xa3":
            return "video/webm" if b"webm" in data[:4096] else "video/x-matroska"
        case b"RIFF" if head[8:12] == b"WEBP":
            return "image/webp"
        case b"RIFF" if head[8:12] == b"WAVE":
            return "audio/wav"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"BM") and len(data) > 26:
        return "image/bmp"
    if head[4:8] == b"ftyp":
        return _iso_media_type(head[8:12], head)
    if head.startswith((b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa")):
        return "audio/mpeg"
    if head.startswith((b"ply\n", b"ply\r\n")):
        return "model/ply"
    return None


def inspect(
    data: bytes, *, announced_size: int | None = None, max_pixels: int = MAX_IMAGE_PIXELS
) -> MediaFacts:
    """What ``data`` is, if it is a whole medium: length compared, type recognised, picture decoded.

    Slow for large pictures (it decodes every pixel): call it off the event loop.

    Args:
        data: The bytes as they came.
        announced_size: The length that the sender named, if any.
        max_pixels: The largest picture to decode, as width times height.

    Raises:
        MediaError: When the bytes are empty, cut, of no known type (HTML, text, …), cannot be
            decoded, or would decode to more than ``max_pixels``.
    """
    if announced_size is not None and len(data) != announced_size:
        raise MediaError(
            f"The file is {len(data)} bytes long, but {announced_size} were announced: it was cut "
            "on the way."
        )
    if not data:
        raise MediaError("The file is empty (0 bytes).")
    media_type = recognise(data)
    if media_type is None:
        raise MediaError(
            f"The file is neither picture, sound, video nor model: {_looks_like(data)}"
        )
    if not is_whole(data, media_type):
        raise MediaError(
            f"The file begins like {media_type}, but its end is missing, or what lies between is "
            f"something else: it was cut on the way, or is no such file. It has {len(data)} bytes."
        )
    width = height = None
    if media_type in _IMAGE_FORMATS:
        width, height = _decode(data, media_type, max_pixels)
    return MediaFacts(media_type, extension_of(media_type), width, height)


def is_data_url(text: str) -> bool:
    """Whether ``text`` is a ``data:`` URL; schemes are written in any case."""
    return text[:5].casefold() == "data:"


def decode_data_url(url: str) -> bytes:
    """The bytes in a ``data:`` URL (RFC 2397).

    Raises:
        MediaError: When it is not one, or is cut.
    """
    head, comma, body = url.partition(",")
    if not comma or not is_data_url(url):
        raise MediaError(f"{shorten(url)} is not a data URL.")
    if not head.casefold().endswith(";base64"):
        return unquote_to_bytes(body)
    try:
        text = "".join(unquote(body).split())
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MediaError(f"The data URL {shorten(url)} cannot be decoded: {error}.") from None


def thumbnail(
    data: bytes, *, edge: int = 512, max_bytes: int = 120_000
) -> tuple[bytes, str] | None:
    """A PNG or JPEG that shows a picture, with its media type; None for what cannot be shown.

    Args:
        data: The picture's file; one that is small enough is given back as it is.
        edge: The longest edge in pixels of a copy that has to be made.
        max_bytes: A PNG or JPEG up to this size is not copied.
    """
    media_type = recognise(data)
    if media_type not in _IMAGE_FORMATS:
        return None
    import io

    from PIL import Image, ImageOps

    try:
        with Image.open(
            io.BytesIO(_without_texts(data)), formats=(_IMAGE_FORMATS[media_type],)
        ) as image:
            pixels = image.width * image.height
            if pixels > MAX_IMAGE_PIXELS:
                return None  # a small file may hold a picture that no browser can show
            if media_type in ("image/png", "image/jpeg") and len(data) <= max_bytes:
                return data, media_type
            with _DECODING if pixels > _LARGE_PIXELS else contextlib.nullcontext():
                image.draft("RGB", (edge, edge))
                upright = ImageOps.exif_transpose(image)
                see_through = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
                shown = upright.convert("RGBA" if see_through else "RGB")
    except Exception:  # Pillow's decoders raise many types; the record itself said it was whole
        return None
    shown.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    shown.save(file, "PNG" if see_through else "JPEG", **({} if see_through else {"quality": 86}))
    return file.getvalue(), "image/png" if see_through else "image/jpeg"


def _decode(data: bytes, media_type: str, max_pixels: int) -> tuple[int, int]:
    """Width and height of a picture, every pixel of which was decoded."""
    import io

    from PIL import Image, UnidentifiedImageError

    try:
        with _WARNINGS, warnings.catch_warnings():
            # The bound is ours, below: Pillow's own is a warning that depends on global state.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(
                io.BytesIO(_without_texts(data)), formats=(_IMAGE_FORMATS[media_type],)
            )
        with picture as image:
            width, height = image.size
            frames = getattr(image, "n_frames", 1)
            if width * height * frames > max_pixels:
                raise MediaError(
                    f"The picture would decode to {width} x {height} pixels"
                    f"{f' in {frames} frames' if frames > 1 else ''}; at most {max_pixels} are "
                    "accepted (setting max_image_pixels)."
                )
            large = width * height * frames > _LARGE_PIXELS
            with _DECODING if large else contextlib.nullcontext():
                image.load()
                pixels = width * height
                for frame in range(1, frames):
                    image.seek(frame)
                    pixels += image.width * image.height  # a page of a TIFF has its own size
                    if pixels > max_pixels:
                        raise MediaError(
                            f"The picture would decode to more than {max_pixels} pixels in its "
                            f"{frames} pages (setting max_image_pixels)."
                        )
                    image.load()
    except MediaError:
        raise
    except Image.DecompressionBombError as error:
        raise MediaError(f"The picture would decode to more than is safe: {error}") from None
    except UnidentifiedImageError:
        raise MediaError(
            f"The file begins like {media_type}, but cannot be read as such: {_looks_like(data)}"
        ) from None
    except Exception as error:
        # Pillow's decoders raise OSError, SyntaxError, ValueError, struct.error, EOFError, … by
        # format; any of them means that the picture is not whole.
        raise MediaError(
            f"The file begins like {media_type}, but is damaged or cut: {error}."
        ) from error
    return width, height


def _without_texts(data: bytes) -> bytes:
    """A PNG without the texts in it, of which Pillow refuses long ones; anything else as it is."""
    if not data.startswith(b"\x89PNG"):
        return data
    kept, position = [data[:8]], 8
    while position < len(data):
        end = position + 12 + int.from_bytes(data[position : position + 4], "big")
        if data[position + 4 : position + 8] not in (b"tEXt", b"zTXt", b"iTXt"):
            kept.append(data[position:end])
        position = end
    return b"".join(kept)


def _iso_media_type(brand: bytes, head: bytes) -> str | None:
    if brand in (b"avif", b"avis"):
        return "image/avif"
    if brand in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"):
        return "image/avif" if b"avif" in head else None  # a HEIC can be decoded by none of ours
    if brand == b"qt  ":
        return "video/quicktime"
    if brand in (b"M4A ", b"M4B "):
        return "audio/mp4"
    return "video/mp4"


def _looks_like(data: bytes) -> str:
    """A few words on what the bytes are instead, for a message."""
    if data[4:8] == b"ftyp":
        return "it is a HEIC picture, which cannot be decoded here. Save it as PNG or JPEG."
    head = data[:200].lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html")):
        return "it is a web page (HTML). Is the address that of the server itself?"
    if head.startswith((b"{", b"[")):
        try:
            return f"it is JSON: {shorten(json.loads(data), 120)}."
        except (ValueError, RecursionError):
            pass
    start = data[:40]
    if all(31 < byte < 127 or byte in b"\r\n\t" for byte in start):
        return f"it is text beginning with {shorten(start.decode('ascii'))}."
    return f"it begins with the bytes {start[:12].hex(' ')}."
