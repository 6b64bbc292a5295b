"""Whether a file keeps to the structure that its first bytes announce, to its end.

For what nothing here decodes (sounds, films, documents, models), this is the check: junk behind the
right first bytes, and a file that was cut on the way, are found. Pictures are decoded as well, but
their decoder takes some cut ones for whole. What formats leave open is taken as it comes: a right
file must not be refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from itertools import pairwise

_JPEG_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
"""A marker with a length behind it, or the end; others stand within the picture's data."""
_MP3_KBITS = {
    True: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Of layer III, by whether it is MPEG-1."""
_MP3_HERTZ = (44100, 48000, 32000)
_MP3_SEARCHED = 64 * 1024
"""How far behind its tags a sound may begin: some writers pad them."""
_XING = re.compile(rb"(?:Xing|Info)...[\3\7\x0b\x0f].{4}(.{4})", re.DOTALL)
"""Where the first frame tells how many bytes there are."""
_PLY_BYTES = {
    b"char": 1, b"uchar": 1, b"int8": 1, b"uint8": 1,
    b"short": 2, b"ushort": 2, b"int16": 2, b"uint16": 2,
    b"int": 4, b"uint": 4, b"float": 4, b"int32": 4, b"uint32": 4, b"float32": 4,
    b"double": 8, b"float64": 8,
}  # fmt: skip


def is_whole(data: bytes, media_type: str) -> bool:
    """Whether ``data`` is a whole file of its type, as far as its structure shows."""
    check = _CHECKS.get(media_type)
    return check is None or check(data)


def _png(data: bytes) -> bool:
    position = 8
    while data[position + 4 : position + 8] not in (b"IEND", b""):
        position += 12 + int.from_bytes(data[position : position + 4], "big")
    return len(data) >= position + 12


def _jpeg(data: bytes) -> bool:
    """Whether the segments lead to the end marker; phones put a film behind that."""
    position = 2
    while found := _JPEG_MARKER.search(data, position):
        position = found.end()
        if found[0] == b"\xff\xd9":
            return True
        position += int.from_bytes(data[position : position + 2], "big")
    return False


def _riff(data: bytes) -> bool:
    size = int.from_bytes(data[4:8], "little")
    streamed = size in (0, 2**32 - 1)  # written before the length was known
    return len(data) >= 12 and (streamed or len(data) >= size + 8)


def _wav(data: bytes) -> bool:
    position, described = 12, False
    while _riff(data) and len(data) - position > 8:
        name = data[position : position + 4]
        size = int.from_bytes(data[position + 4 : position + 8], "little")
        if name == b"data":
            return described
        described = described or (name == b"fmt " and size >= 16)
        position += 8 + size + size % 2
    return False


def _mp3(data: bytes) -> bool:
    """Whether a frame follows a frame, behind the tags."""
    position = 0
    while data[position : position + 3] == b"ID3":
        size = sum((byte & 127) << 7 * (3 - n) for n, byte in enumerate(data[position + 6 :][:4]))
        position += 10 + size + (10 if data[position + 5 : position + 6] > b"\x0f" else 0)
    for start in range(position, min(position + _MP3_SEARCHED, len(data) - 3)):
        if data[start] == 255 and (length := _mp3_frame(data, start)):
            end = start + length
            if told := _XING.search(data, start, end):
                return len(data) >= start + int.from_bytes(told[1], "big")
            if end == len(data) or _mp3_frame(data, end) or data[end : end + 3] == b"TAG":
                return True
    return False


def _mp3_frame(data: bytes, start: int) -> int:
    """The length of the frame that begins at a place; 0 if none does."""
    head = int.from_bytes(data[start : start + 4], "big")
    version, layer = head >> 19 & 3, head >> 17 & 3
    kbits, hertz = head >> 12 & 15, head >> 10 & 3
    if head >> 21 != 0x7FF or version == 1 or layer != 1 or kbits in (0, 15) or hertz == 3:
        return 0
    first = version == 3
    rate = _MP3_HERTZ[hertz] // {3: 1, 2: 2, 0: 4}[version]
    return (144 if first else 72) * _MP3_KBITS[first][kbits - 1] * 1000 // rate + (head >> 9 & 1)


def _flac(data: bytes) -> bool:
    position, last = 4, False
    while not last and position + 4 <= len(data):
        last = data[position] > 127
        position += 4 + int.from_bytes(data[position + 1 : position + 4], "big")
    described = data[4:8] in (b"\x00\x00\x00\x22", b"\x80\x00\x00\x22")
    return described and last and data[position : position + 2] in (b"\xff\xf8", b"\xff\xf9")


def _ogg(data: bytes) -> bool:
    position, pages = 0, 0
    while data[position : position + 4] == b"OggS" and len(data) >= position + 27:
        segments = data[position + 27 : position + 27 + data[position + 26]]
        position += 27 + data[position + 26] + sum(segments)
        pages += 1
    return pages > 1 and position == len(data)


def _matroska(data: bytes) -> bool:
    head, start = _ebml_size(data, 4)
    segment = start + head
    if data[segment : segment + 4] != b"\x18\x53\x80\x67":
        return False
    size, start = _ebml_size(data, segment + 4)
    return len(data) > start and (size < 0 or len(data) >= start + size)


def _ebml_size(data: bytes, position: int) -> tuple[int, int]:
    """A size of Matroska, -1 where it is left open, and where what it measures begins."""
    first = data[position] if position < len(data) else 0
    length = 9 - first.bit_length()
    number = int.from_bytes(data[position : position + length], "big") & ((1 << 7 * length) - 1)
    return (-1 if number == (1 << 7 * length) - 1 else number), position + length


def _iso(data: bytes) -> bool:
    """Whether an ISO base media file holds an index and content, and ends with a whole box."""
    position, found = 0, set()
    while len(data) - position >= 8:
        size = int.from_bytes(data[position : position + 4], "big")
        found.add(data[position + 4 : position + 8])
        if size == 1:
            size = int.from_bytes(data[position + 8 : position + 16], "big")
        elif size == 0:  # to the end of the file
            size = len(data) - position
        if size < 8:
            return False
        position += size
    return position == len(data) and found >= {b"moov", b"mdat"}


def _glb(data: bytes) -> bool:
    length, size = (int.from_bytes(data[at : at + 4], "little") for at in (8, 12))
    if len(data) < max(20, length) or data[16:20] != b"JSON" or length < 20 + size:
        return False
    try:
        scene = json.loads(data[20 : 20 + size])
    except (ValueError, RecursionError):
        return False
    return isinstance(scene, dict) and "asset" in scene


def _ply(data: bytes) -> bool:
    """Whether a header is followed by as much as it says; of lists, at least their lengths."""
    header, end, body = data[: 64 * 1024].partition(b"end_header")
    lines = [line.split() for line in header.split(b"\n")]
    form = next((line[1] for line in lines if line[:1] == [b"format"] and len(line) > 1), b"")
    places = [n for n, line in enumerate(lines) if line[:1] == [b"element"] and len(line) == 3]
    if not end or not form or not places:
        return False
    begins = len(header) + len(end) + (2 if body.startswith(b"\r\n") else 1)
    needed = 0
    for start, stop in pairwise([*places, len(lines)]):
        if not lines[start][2].isdigit():
            return False
        each = 1  # line
        if form != b"ascii":
            fields = [line[1:] for line in lines[start + 1 : stop] if line[:1] == [b"property"]]
            each = sum(_PLY_BYTES.get(f[1] if f[0] == b"list" else f[0], 0) for f in fields if f)
        needed += int(lines[start][2]) * each
    left = len(data) - begins
    return left >= needed if form != b"ascii" else len(data[begins:].splitlines()) >= needed


def _pdf(data: bytes) -> bool:
    end = data[-2048:]
    return b"startxref" in end and b"%%EOF" in end


_CHECKS: Mapping[str, Callable[[bytes], bool]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/webp": _riff,
    "audio/wav": _wav,
    "audio/mpeg": _mp3,
    "audio/flac": _flac,
    "audio/ogg": _ogg,
    "video/webm": _matroska,
    "video/x-matroska": _matroska,
    "video/mp4": _iso,
    "video/quicktime": _iso,
    "audio/mp4": _iso,
    "model/gltf-binary": _glb,
    "model/ply": _ply,
    "application/pdf": _pdf,
}
