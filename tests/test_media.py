"""Bytes are taken for what they are, and only whole."""

from __future__ import annotations

import base64
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

from canvas_kit import Canvas
from canvas_kit.backends.scripted import plain_png
from canvas_kit.errors import MediaError
from canvas_kit.media import MediaFacts, decode_data_url, inspect, recognise, thumbnail
from canvas_kit.nodes.inputs import ImageInput


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


def mp3(frames: int = 12) -> bytes:
    """Silence as LAME writes it: a tag, a first frame that tells the length, and frames."""
    head = bytes.fromhex("fffb9000")
    rest = (head + bytes(413)) * (frames - 1)
    about = b"Info\0\0\0\3" + struct.pack(">II", frames, 417 * frames)
    return b"ID3\4\0\0\0\0\0\x0a" + bytes(10) + head + bytes(32) + about + bytes(365) + rest


def flac() -> bytes:
    stream = b"\0\0\0\x22" + bytes(34) + b"\x84\0\0\4" + bytes(4)
    return b"fLaC" + stream + b"\xff\xf8\x69\x18" + bytes(200)


def ogg() -> bytes:
    def page(flags: int, body: bytes) -> bytes:
        segments = bytes([255] * (len(body) // 255) + [len(body) % 255])
        head = b"OggS\0" + bytes([flags]) + bytes(20) + bytes([len(segments)])
        return head + segments + body

    return page(2, b"OpusHead" + bytes(11)) + page(0, b"OpusTags" + bytes(20)) + page(4, bytes(600))


def webm() -> bytes:
    head = b"\x42\x82\x84webm"
    cluster = b"\x1f\x43\xb6\x75\x81\0"
    body = cluster + bytes(100)
    return (
        b"\x1a\x45\xdf\xa3" + bytes([0x80 | len(head)]) + head
        + b"\x18\x53\x80\x67\x01" + len(body).to_bytes(7, "big") + body
    )  # fmt: skip


def glb() -> bytes:
    scene = b'{"asset":{"version":"2.0"}}'.ljust(28)
    chunks = (
        struct.pack("<I", len(scene)) + b"JSON" + scene + struct.pack("<I", 8) + b"BIN\0" + bytes(8)
    )
    return b"glTF" + struct.pack("<II", 2, 12 + len(chunks)) + chunks


def ply() -> bytes:
    header = (
        b"ply\nformat binary_little_endian 1.0\ncomment made by hand\nelement vertex 5\n"
        b"property float x\nproperty float y\nproperty double z\nelement face 2\n"
        b"property list uchar int vertex_indices\nend_header\n"
    )
    return header + bytes(5 * 16 + 2)


WHOLE = {
    "image/png": picture("PNG"),
    "image/jpeg": picture("JPEG"),
    "image/webp": picture("WEBP"),
    "image/gif": picture("GIF"),
    "image/tiff": picture("TIFF"),
    "image/bmp": picture("BMP"),
    "audio/wav": sound(),
    "video/mp4": film(),
    "audio/mpeg": mp3(),
    "audio/flac": flac(),
    "audio/ogg": ogg(),
    "video/webm": webm(),
    "model/gltf-binary": glb(),
    "model/ply": ply(),
    "application/pdf": b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n9\n%%EOF",
}


@pytest.mark.parametrize("media_type", WHOLE)
def test_a_whole_file_is_recognised_and_measured(media_type: str) -> None:
    """By content; pictures with their size in pixels."""
    facts = inspect(WHOLE[media_type], announced_size=len(WHOLE[media_type]))
    assert facts.media_type == media_type
    is_picture = media_type.startswith("image/")
    assert (facts.width, facts.height) == ((40, 30) if is_picture else (None, None))
    assert facts.extension != "bin"


CUT_IS_SEEN = [name for name in WHOLE if name not in ("image/gif", "image/tiff", "audio/flac")]


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


@pytest.mark.parametrize(
    ("media_type", "head"),
    [
        ("audio/wav", b"RIFF\xe0\1\0\0WAVE"),
        ("audio/wav", b"RIFF\xe0\1\0\0WAVEfmt \x10\0\0\0"),
        ("audio/mpeg", b"ID3"),
        ("audio/mpeg", b"\xff\xfb"),
        ("audio/flac", b"fLaC"),
        ("audio/ogg", b"OggS"),
        ("video/webm", b"\x1a\x45\xdf\xa3webm"),
        ("model/gltf-binary", b"glTF\2\0\0\0\x80\0\0\0"),
        ("model/ply", b"ply\n"),
        ("application/pdf", b"%PDF-1.7\n"),
    ],
)
@pytest.mark.parametrize("junk", [b"", b"<html>not found</html>" * 20, bytes(480), b"\xff" * 480])
def test_the_right_first_bytes_are_not_enough(media_type: str, head: bytes, junk: bytes) -> None:
    """A server may put anything behind them."""
    assert recognise(head + junk) == media_type
    with pytest.raises(MediaError, match="begins like"):
        inspect(head + junk)


@pytest.mark.parametrize(
    "whole",
    [
        pytest.param(mp3()[20:], id="MP3 without a tag"),
        pytest.param(mp3() + b"TAG" + bytes(125), id="MP3 with the old tag behind"),
        pytest.param((bytes.fromhex("fffb9000") + bytes(413)) * 3, id="MP3 that tells no length"),
        pytest.param((bytes.fromhex("fff34000") + bytes(100)) * 2, id="MP3, MPEG-2"),
        pytest.param(sound()[:4] + b"\xff" * 4 + sound()[8:], id="WAV that was streamed"),
        pytest.param(
            b"RIFF" + struct.pack("<I", 56) + b"WAVELIST\x04\0\0\0INFO" + sound()[12:52],
            id="WAV with a list before",
        ),
        pytest.param(
            webm().replace(b"\x67\x01" + bytes(6) + b"j", b"\x67\x01" + b"\xff" * 7),
            id="WebM that was streamed",
        ),
        pytest.param(
            b"ply\nformat ascii 1.0\nelement vertex 2\nproperty float x\nend_header\n1\n2".replace(
                b"\n", b"\r\n"
            ),
            id="PLY in words",
        ),
        pytest.param(WHOLE["application/pdf"] + b"\n" * 1000, id="PDF with lines behind"),
    ],
)
def test_what_formats_leave_open_is_not_refused(whole: bytes) -> None:
    """Writers differ; each of these is played or opened everywhere."""
    assert inspect(whole).extension != "bin"


def test_a_heic_picture_is_named() -> None:
    """Phones send them; nothing here can decode one, and what to do is said."""
    with pytest.raises(MediaError, match=r"HEIC picture.*PNG or JPEG"):
        inspect(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))


def test_every_page_of_a_tiff_counts_against_the_limit() -> None:
    """Pages have sizes of their own."""
    file = io.BytesIO()
    large = [Image.new("L", (2000, 1500))]
    Image.new("RGB", (20, 20)).save(file, "TIFF", save_all=True, append_images=large)
    assert inspect(file.getvalue()).width == 20
    with pytest.raises(MediaError, match="max_image_pixels"):
        inspect(file.getvalue(), max_pixels=1_000_000)


@pytest.mark.parametrize("head", ["data:image/png;base64", "DATA:image/png;BASE64"])
def test_a_data_url_may_be_written_in_capitals(head: str) -> None:
    """RFC 2397 leaves the case open."""
    url = f"{head},{base64.b64encode(plain_png(4, 4)).decode()}"
    assert decode_data_url(url) == plain_png(4, 4)
    assert not Canvas(ImageInput(url)).problems()
    assert not Canvas(ImageInput({"data": url})).problems()
