"""Bytes are taken for what they are, and only whole."""

from __future__ import annotations

import contextlib
import io
import struct
import threading
import time
import warnings
import wave
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngImageFile, PngInfo

from canvas_kit.backends.scripted import plain_png
from canvas_kit.errors import MediaError
from canvas_kit.media import MediaFacts, inspect, recognise, thumbnail


def picture(kind: str, frames: int = 1, **more: object) -> bytes:
    """A small picture with some content, as a whole file."""
    images = [Image.effect_noise((40, 30), 60 + 10 * n).convert("RGB") for n in range(frames)]
    file = io.BytesIO()
    extra = {"save_all": True, "append_images": images[1:]} if frames > 1 else {}
    images[0].save(file, kind, **extra, **more)
    return file.getvalue()


def sound() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, 8000, 0, "NONE", ""))
        writer.writeframes(b"\1\2" * 500)
    return file.getvalue()


def film() -> bytes:
    boxes = [(b"ftyp", b"isom\0\0\0\0"), (b"moov", b"\0" * 60), (b"mdat", b"\7" * 400)]
    return b"".join(struct.pack(">I", len(body) + 8) + name + body for name, body in boxes)


WHOLE = {
    "image/png": picture("PNG"),
    "image/jpeg": picture("JPEG"),
    "image/webp": picture("WEBP"),
    "image/gif": picture("GIF"),
    "image/tiff": picture("TIFF"),
    "image/bmp": picture("BMP"),
    "audio/wav": sound(),
    "video/mp4": film(),
    "model/gltf-binary": b"glTF" + struct.pack("<II", 2, 80) + b"\0" * 68,
}


@pytest.mark.parametrize("media_type", WHOLE)
def test_a_whole_file_is_recognised_and_measured(media_type: str) -> None:
    """By content; pictures with their size in pixels."""
    facts = inspect(WHOLE[media_type], announced_size=len(WHOLE[media_type]))
    assert facts.media_type == media_type
    is_picture = media_type.startswith("image/")
    assert (facts.width, facts.height) == ((40, 30) if is_picture else (None, None))
    assert facts.extension != "bin"


CUT_IS_SEEN = [name for name in WHOLE if name not in ("image/gif", "image/tiff")]


@hypothesis_settings(max_examples=150)
@given(st.sampled_from(CUT_IS_SEEN), st.floats(0, 1, exclude_max=True))
@example("video/mp4", 0.171875)
def test_no_beginning_of_a_file_is_taken_for_whole(media_type: str, share: float) -> None:
    """Cut anywhere, also just before the end."""
    data = WHOLE[media_type]
    with pytest.raises(MediaError):
        inspect(data[: int(len(data) * share)])


@pytest.mark.parametrize("media_type", CUT_IS_SEEN)
def test_the_last_byte_counts(media_type: str) -> None:
    """A file that lacks it is cut."""
    with pytest.raises(MediaError):
        inspect(WHOLE[media_type][:-1])


@pytest.mark.parametrize("media_type", ["image/png", "image/jpeg"])
def test_what_follows_a_picture_does_no_harm(media_type: str) -> None:
    """Cameras and editors append things of their own."""
    assert inspect(WHOLE[media_type] + b"trailing notes").width == 40


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_every_frame_is_decoded(kind: str) -> None:
    """A moving picture is whole only if its last frame is."""
    data = picture(kind, frames=4)
    assert inspect(data).width == 40
    with pytest.raises(MediaError):
        inspect(data[: len(data) * 2 // 3])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\xff", "neither"),
        (b"\n", "neither"),
        (b"<!DOCTYPE html><p>", "a web page"),
        (b"  <html>", "a web page"),
        (b'{"detail": "no such job"}', "it is JSON: {'detail': 'no such job'}"),
        (b"{broken", "text beginning with '{broken'"),
        (b"Not found", "text beginning with 'Not found'"),
        (b"\x89PNG\r\n\x1a\n", "end is missing"),
        (b"BMW is a firm that builds cars, I hear", "begins like image/bmp"),
        (bytes(range(128, 228)), "bytes 80 81 82"),
    ],
)
def test_what_it_is_instead_is_said(data: bytes, words: str) -> None:
    """So that a person sees at once what the server sent."""
    with pytest.raises(MediaError, match=words.replace("{", "[{]")):
        inspect(data)


@given(st.binary(max_size=200))
def test_random_bytes_are_an_answer_or_a_clear_error(data: bytes) -> None:
    """Never another exception."""
    for start in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF", b"II*\0"):
        with contextlib.suppress(MediaError):
            assert isinstance(inspect(start + data), MediaFacts)


def test_a_decompression_bomb_is_refused_unopened() -> None:
    """By the settings' bound, and by Pillow's own beyond that."""
    with pytest.raises(MediaError, match="1000 x 1000 pixels"):
        inspect(plain_png(1000, 1000), max_pixels=999_999)
    size = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    checksum = struct.pack(">I", zlib.crc32(b"IHDR" + size))
    small = plain_png(8, 8)
    with pytest.raises(MediaError, match="decode to more"):
        inspect(small[:16] + size + checksum + small[33:])


def test_a_large_picture_raises_no_warning_in_any_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Warnings are switched off for all threads at once, so one at a time."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    data = plain_png(40, 40)
    faults: list[BaseException] = []

    def look() -> None:
        try:
            for _ in range(50):
                inspect(data)
        except BaseException as error:
            faults.append(error)

    filters = list(warnings.filters)
    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert warnings.filters == filters


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"OggS" + b"\0" * 30, "audio/ogg"),
        (b"fLaC" + b"\0" * 30, "audio/flac"),
        (b"ID3\4" + b"\0" * 30, "audio/mpeg"),
        (b"\xff\xfb\x90" + b"\0" * 30, "audio/mpeg"),
        (b"\x1aE\xdf\xa3" + b"\0" * 9 + b"webm", "video/webm"),
        (b"\x1aE\xdf\xa3" + b"\0" * 30, "video/x-matroska"),
        (b"\0\0\0\x18ftypavif" + b"\0" * 30, "image/avif"),
        (b"\0\0\0\x18ftypM4A " + b"\0" * 30, "audio/mp4"),
        (b"\0\0\0\x18ftypqt  " + b"\0" * 30, "video/quicktime"),
        (b"ply\nformat", "model/ply"),
        (b"%PDF-1.7", "application/pdf"),
        (b"\xff", None),
        (b"", None),
    ],
)
def test_the_first_bytes_show_the_type(head: bytes, media_type: str | None) -> None:
    """Whatever the name or the announced type says."""
    assert recognise(head) == media_type


def huge_picture() -> bytes:
    """A small file that says of itself that it holds 40 Mpx."""
    data = plain_png(8, 8)
    header = b"IHDR" + struct.pack(">II", 8000, 5001) + data[24:29]
    return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]


def test_a_small_file_with_a_huge_picture_is_refused_before_it_is_decoded() -> None:
    """A few kB may decode to gigabytes; the default takes what cameras make, about 40 Mpx."""
    data = huge_picture()
    with pytest.raises(MediaError, match="max_image_pixels"):
        inspect(data)


def test_a_small_file_with_a_huge_picture_is_not_shown() -> None:
    assert thumbnail(huge_picture()) is None


def test_large_pictures_are_decoded_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each may take hundreds of MiB; small ones do not wait."""
    at_once, most, counting = 0, 0, threading.Lock()
    load = PngImageFile.load

    def counted(image: PngImageFile) -> object:
        nonlocal at_once, most
        with counting:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.02)
        try:
            return load(image)
        finally:
            with counting:
                at_once -= 1

    monkeypatch.setattr(PngImageFile, "load", counted)
    data = plain_png(2500, 2000)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(inspect, [data] * 4))
    assert most == 1


def test_json_that_is_nested_without_end_is_told_as_no_picture() -> None:
    with pytest.raises(MediaError, match="neither picture"):
        inspect(b"[" * 100_000)


def test_a_picture_with_a_film_behind_it_is_whole() -> None:
    """As phones take them: what follows the end of a JPEG may hold any bytes."""
    from PIL import Image

    file = io.BytesIO()
    Image.effect_noise((64, 64), 90).convert("RGB").save(file, "JPEG", progressive=True)
    picture = file.getvalue()
    film = b"\0\0\0\x18ftypmp42" + b"\xff\xda\x00\x00" * 50
    facts = inspect(picture + film)
    assert (facts.media_type, facts.width) == ("image/jpeg", 64)
    with pytest.raises(MediaError, match="cut"):
        inspect(picture[:-2])


def test_a_heic_is_not_taken_for_a_video() -> None:
    """It is a picture that cannot be decoded here; that is said."""
    with pytest.raises(MediaError, match="neither picture"):
        inspect(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"x" * 100)


def test_a_png_with_a_long_text_in_it_is_whole() -> None:
    """A server writes its workflow into the file, however long that is."""
    picture, info = Image.new("RGB", (8, 5)), PngInfo()
    info.add_itxt("workflow", "x" * 3_000_000, zip=True)
    file = io.BytesIO()
    picture.save(file, "PNG", pnginfo=info)
    assert inspect(file.getvalue()).width == 8
