"""Thumbnails are made once, kept within a bound, and stand for exactly one picture."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image

from canvas_kit.settings import Settings
from canvas_kit.workbench.thumbnails import Thumbnails


def noise(width: int, height: int, seed: int = 0, kind: str = "PNG", mode: str = "RGB") -> bytes:
    """A picture that does not become small by packing."""
    pixels = b"".join(
        hashlib.sha256(f"{seed} {n}".encode()).digest() for n in range(width * height * 4 // 32 + 1)
    )
    picture = Image.frombytes("RGBA", (width, height), pixels[: width * height * 4]).convert(mode)
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"index_folder": tmp_path / "index"})


@pytest.fixture
def thumbnails(settings: Settings) -> Thumbnails:
    return Thumbnails(settings)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def never() -> bytes:
    raise AssertionError("the picture was read again")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP"])
def test_a_thumbnail_is_made_once_and_shown_by_browsers(thumbnails: Thumbnails, kind: str) -> None:
    data = noise(900, 450, kind=kind)
    made = thumbnails.make(sha(data), 320, lambda: data)
    assert made is not None
    with Image.open(io.BytesIO(made[0])) as image:
        assert image.size == (320, 160)
        assert made[1] == f"image/{str(image.format).lower()}"
    assert thumbnails.make(sha(data), 320, never) == made
    assert thumbnails.make(sha(data), 200, never) == made  # the next edge up
    assert thumbnails.find(sha(data), 640) is None


def test_transparency_stays_and_small_pictures_are_their_own(thumbnails: Thumbnails) -> None:
    data = noise(400, 400, mode="RGBA")
    made = thumbnails.make(sha(data), 160, lambda: data)
    assert made is not None
    with Image.open(io.BytesIO(made[0])) as image:
        assert image.mode == "RGBA"
    tiny = noise(16, 16)
    assert thumbnails.make(sha(tiny), 320, lambda: tiny) == (tiny, "image/png")


def bomb() -> bytes:
    """A PNG of some bytes that would decode to 2.5 thousand million pixels."""
    header = (50_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])

    def chunk(name: bytes, body: bytes) -> bytes:
        crc = zlib.crc32(name + body).to_bytes(4, "big")
        return len(body).to_bytes(4, "big") + name + body + crc

    body = chunk(b"IDAT", zlib.compress(b"\0" * 100_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


@pytest.mark.parametrize("bad", [b"", b"<svg/>", noise(900, 900)[:90_000], bomb()])
def test_what_cannot_be_shown_gives_none_and_keeps_nothing(
    thumbnails: Thumbnails, bad: bytes
) -> None:
    assert thumbnails.make(sha(bad), 320, lambda: bad) is None
    assert not list(thumbnails.folder.rglob("*.entry"))


def test_the_folder_stays_within_its_bound_and_keeps_what_was_used(settings: Settings) -> None:
    """The oldest goes first; using one counts as making it."""
    pictures = [noise(400, 400, seed) for seed in range(12)]
    small = Thumbnails(settings.model_copy(update={"thumbnails_max_bytes": 150_000}))
    for age, data in enumerate(pictures):
        assert small.make(sha(data), 160, lambda data=data: data)  # type: ignore[misc]
        for path in small.folder.rglob("*.entry"):
            os.utime(path, ns=(0, path.stat().st_mtime_ns - 10**9 * (age + 1)))
        assert small.find(sha(pictures[0]), 160)
    kept = [bool(small.find(sha(data), 160)) for data in pictures]
    assert kept[0]
    assert kept[-1]
    assert not all(kept)
    assert sum(path.stat().st_size for path in small.folder.rglob("*")) < 400_000


def test_a_damaged_thumbnail_is_made_anew(thumbnails: Thumbnails) -> None:
    data = noise(400, 400)
    made = thumbnails.make(sha(data), 320, lambda: data)
    (path,) = thumbnails.folder.rglob("*.entry")
    path.write_bytes(path.read_bytes()[:-7])
    assert thumbnails.make(sha(data), 320, lambda: data) == made


def test_a_folder_that_takes_nothing_fails_no_one(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    blocked = Thumbnails(settings.model_copy(update={"index_folder": tmp_path / "file"}))
    data = noise(400, 400)
    assert blocked.make(sha(data), 320, lambda: data) is not None
    assert "takes no entry" in caplog.text


def test_two_processes_make_the_same_at_once(thumbnails: Thumbnails, settings: Settings) -> None:
    code = (
        "import hashlib, sys; from pathlib import Path\n"
        "from canvas_kit.settings import Settings\n"
        "from canvas_kit.workbench.thumbnails import Thumbnails\n"
        "folder = Path(sys.argv[1])\n"
        "made = Thumbnails(Settings.load(index_folder=folder))\n"
        "for path in sorted(folder.glob('*.png')):\n"
        "    data = path.read_bytes()\n"
        "    assert made.make(hashlib.sha256(data).hexdigest(), 160, lambda: data)\n"
    )
    assert settings.index_folder is not None
    settings.index_folder.mkdir(exist_ok=True)
    pictures = [noise(300, 300, seed) for seed in range(8)]
    for seed, data in enumerate(pictures):
        (settings.index_folder / f"{seed}.png").write_bytes(data)
    command = [sys.executable, "-c", code, str(settings.index_folder)]
    workers = [subprocess.Popen(command) for _ in range(2)]
    assert [worker.wait(60) for worker in workers] == [0, 0]
    assert all(thumbnails.find(sha(data), 160) for data in pictures)
    assert not list(thumbnails.folder.rglob("*.new"))
