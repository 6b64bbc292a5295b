"""One run's folder: what lies in it, by which names, and that it holds through faults."""

from __future__ import annotations

import asyncio
import base64
import concurrent.futures
import errno
import hashlib
import json
import os
import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from canvas_kit import Canvas, CanvasRecorder, Collector, Generation, Input, Interception, Run, run
from canvas_kit.backends.scripted import ScriptedBackend, plain_png
from canvas_kit.errors import CanvasKitError, DownloadError, MediaError, RecordError
from canvas_kit.events import Error, Event, NodeComplete
from canvas_kit.executor.engine import Engine
from canvas_kit.network import RetryPolicy
from canvas_kit.recorder.journal import Journal, read_journal
from canvas_kit.recorder.names import slug
from canvas_kit.recorder.run import find_runs
from canvas_kit.values import RunStatus
from tests.conftest import lab_settings

pytestmark = pytest.mark.anyio
PICTURE = plain_png(16, 8, 0xFF8800)


def canvas() -> Canvas:
    chain = (
        Input("x", id="words") >> Interception(instructions="c", id="text") >> Generation(id="draw")
    )
    return Canvas.of(chain >> Collector(id="end"))


async def start(exports: Path, **more: Any) -> CanvasRecorder:
    return await CanvasRecorder.start(canvas(), exports=exports, **more)


def everything_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


async def test_the_layout_is_exactly_as_promised(exports: Path) -> None:
    """A folder by day and device; the canvas, the manifest, the journal, and numbered files."""
    recorder = await start(exports, device_id="Tisch 3 / Küche", run_id="r1", seed=5)
    await recorder.save_entity("words", "input", "Äpfel")
    await recorder.save_image_from_bytes("draw", PICTURE, "lab/p", 7, "lab")
    await recorder.save_entity("text", "interception", "APPLES", {"round": 2, "mood": "glad"})
    result = await recorder.mark_complete()
    day = result.about["started_at"][:10]
    assert result.folder is not None
    assert result.folder.parent.name == "tisch-3-kuche"
    assert result.folder.name == "canvas_run_r1"
    assert abs(int(result.folder.parent.parent.name[-2:]) - int(day[-2:])) in (0, 1, 27, 28, 29, 30)
    assert everything_in(result.folder) == [
        "final",
        "final/01_input.txt",
        "final/02_interception_round2.txt",
        "final/03_generation.png",
        "journal.jsonl",
        "metadata.json",
        "workflow.json",
    ]
    assert (result.folder / "final/03_generation.png").read_bytes() == PICTURE
    assert (result.folder / "final/01_input.txt").read_text(encoding="utf-8") == "Äpfel"
    assert Canvas.load(result.folder / "workflow.json") == canvas()


async def test_the_manifest_says_everything_about_an_entity(exports: Path) -> None:
    """Number, node, file, hash, size, type, dimensions, time, seed, model, backend."""
    recorder = await start(exports)
    await recorder.save_image_from_bytes("draw", PICTURE, "lab/p", 7, "lab", details={"a": 1})
    result = await recorder.mark_complete()
    assert result.folder is not None
    (entry,) = json.loads((result.folder / "metadata.json").read_text())["entities"]
    assert entry.pop("created_at").endswith("+00:00")
    assert entry == {
        "number": 3,
        "node_id": "draw",
        "node_type": "generation",
        "file": "final/03_generation.png",
        "sha256": hashlib.sha256(PICTURE).hexdigest(),
        "size_bytes": len(PICTURE),
        "media_type": "image/png",
        "width": 16,
        "height": 8,
        "seed": 7,
        "model": "lab/p",
        "provenance": {"backend": "lab", "model": "lab/p", "seed": 7},
        "details": {"a": 1},
    }


async def test_journal_and_manifest_agree(exports: Path) -> None:
    """Rebuilt from the journal alone, the run is the same."""
    settings = lab_settings(exports)
    with Engine(settings, backends={"lab": ScriptedBackend("lab")}) as engine:
        result = await run(canvas(), engine=engine, seed=3)
    assert result.folder is not None
    (result.folder / "metadata.json").unlink()
    assert Run.open(result.folder) == result


async def test_journal_and_manifest_agree_on_what_json_cannot_hold(exports: Path) -> None:
    """Bytes, dates, numbers without end and keys that are none, in the head and in details."""
    odd = {
        "b": b"ab",
        "at": datetime(2026, 1, 1),
        "nan": float("nan"),
        "big": 10**5000,
        (1, 2): {3},
    }
    recorder = await start(exports, about={"odd": odd})
    await recorder.save_entity("words", "input", "x", {"odd": odd})
    await recorder.submitting("text", "job", {"odd": odd})
    result = await recorder.mark_complete()
    assert result.folder is not None
    assert Run.open(result.folder).verify() == []
    (result.folder / "metadata.json").unlink()
    assert Run.open(result.folder) == result


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"\0" * 100,
        b"null",
        b"[]",
        b'{"entities": 5}',
        b'{"entities": ["x"], "nodes": [], "run_id": "r", "status": "completed"}',
        b'{"entities": [], "nodes": [], "run_id": "r", "status": "wonderful"}',
        b'{"entities": [{"file": "../../etc/passwd"}], "nodes": []}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
    ids=range(11),
)
async def test_a_damaged_manifest_gives_way_to_the_journal(exports: Path, damage: bytes) -> None:
    """Torn, empty, of zeros, or simply of another kind."""
    recorder = await start(exports)
    await recorder.save_entity("words", "input", "x")
    result = await recorder.mark_complete()
    assert result.folder is not None
    (result.folder / "metadata.json").write_bytes(damage)
    assert Run.open(result.folder) == result


@pytest.mark.parametrize("tail", [b'{"event":"ent', b"\0\0\0\0", b"garbage\n", b"[" * 9999 + b"\n"])
async def test_a_torn_journal_tells_what_stands_before_the_tear(exports: Path, tail: bytes) -> None:
    """Of a run that was never closed."""
    recorder = await start(exports)
    entity = await recorder.save_entity("words", "input", "x")
    with (recorder.folder / "journal.jsonl").open("ab") as file:
        file.write(tail)
    found = Run.open(recorder.folder)
    assert found.entities == (entity,)
    assert found.status is RunStatus.RUNNING
    recorder._journal.abandon()
    assert Run.open(recorder.folder).status is RunStatus.INTERRUPTED
    (fault,) = found.verify()
    assert "journal.jsonl" in fault


@pytest.mark.parametrize("what", ["nothing", "a file", "empty", "garbage", "wrong lines"])
def test_a_folder_without_a_run_is_a_clear_error(tmp_path: Path, what: str) -> None:
    """It says so, whatever lies there."""
    folder = tmp_path / "canvas_run_x"
    if what == "a file":
        folder.write_text("x")
    elif what != "nothing":
        folder.mkdir()
    if what == "garbage":
        (folder / "journal.jsonl").write_bytes(os.urandom(500))
    if what == "wrong lines":
        (folder / "journal.jsonl").write_text('{"event":"run","nodes":[1]}\n{"event":"entity"}\n')
    with pytest.raises(RecordError):
        Run.open(folder)


async def test_a_manifest_cannot_point_outside_its_folder(exports: Path) -> None:
    """Neither can a journal that comes from elsewhere."""
    recorder = await start(exports)
    await recorder.save_entity("words", "input", "x")
    result = await recorder.mark_complete()
    assert result.folder is not None
    for name in ("metadata.json", "journal.jsonl"):
        path = result.folder / name
        path.write_text(path.read_text().replace("final/01_input.txt", "final/../../secret"))
    with pytest.raises(RecordError, match="leaves the record"):
        Run.open(result.folder)


async def test_verify_says_what_is_missing_or_changed(exports: Path) -> None:
    """By file."""
    recorder = await start(exports)
    await recorder.save_entity("words", "input", "x")
    await recorder.save_entity("text", "interception", "y")
    result = await recorder.mark_complete()
    assert result.verify() == []
    result.entities[0].path.unlink()
    result.entities[1].path.write_text("z")
    missing, changed = result.verify()
    assert "01_input.txt" in missing
    assert "02_interception.txt has changed" in changed


async def test_the_first_word_counts_when_a_run_is_closed_twice(exports: Path) -> None:
    """And nothing can be added afterwards."""
    recorder = await start(exports)
    first = await recorder.mark_complete(RunStatus.PARTIAL)
    assert await recorder.mark_complete() is first
    with pytest.raises(RecordError, match="is closed"):
        await recorder.save_entity("words", "input", "x")
    assert not list((recorder.folder / "final").iterdir())


async def test_a_folder_that_is_there_is_never_written_over(exports: Path) -> None:
    """A run id is used once; the first record stays as it was."""
    recorder = await start(exports, run_id="same")
    await recorder.save_entity("words", "input", "x")
    result = await recorder.mark_complete()
    before = everything_in(exports)
    with pytest.raises(RecordError):
        await start(exports, run_id="same")
    assert everything_in(exports) == before
    assert result.verify() == []


async def test_results_of_one_node_never_take_each_others_names(exports: Path) -> None:
    """Also of nodes that the canvas does not know, from many tasks at once."""
    recorder = await start(exports)
    names = ["draw", "unknown", "other", "../draw"]
    saved = await asyncio.gather(
        *(recorder.save_entity(names[n % 4], "generation", f"text {n}") for n in range(200))
    )
    assert len({entity.file for entity in saved}) == 200
    numbers = {entity.node_id: entity.number for entity in saved}
    assert numbers == {"draw": 3, "unknown": 4, "other": 5, "../draw": 6}
    result = await recorder.mark_complete()
    assert result.verify() == []
    texts = {entity.text for entity in result.entities}
    assert texts == {f"text {n}" for n in range(200)}


@pytest.mark.parametrize("round_number", [0, -1, "2", 1.5, None])
async def test_a_round_that_is_none_is_refused(exports: Path, round_number: Any) -> None:
    """It would take another result's name."""
    recorder = await start(exports)
    with pytest.raises(RecordError, match="round should be"):
        await recorder.save_entity("words", "input", "x", {"round": round_number})


def inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


nasty = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["..", "../..", "/etc", "C:\\", "con", "nul", "~", "a/b", "\0", "ẞ", "💥", " "]
    ),
)


@hypothesis_settings(max_examples=40)
@given(nasty, nasty, nasty, nasty)
def test_names_from_outside_never_leave_the_exports(
    device: str, run_id: str, node_id: str, node_type: str
) -> None:
    """Ids, desks and types are slugged, whatever they are."""
    import tempfile

    async def record(exports: Path) -> Run:
        recorder = await start(exports, device_id=device, run_id=run_id)
        await recorder.save_entity(node_id, node_type, "x")
        return await recorder.mark_complete()

    with tempfile.TemporaryDirectory() as folder:
        exports = Path(folder) / "exports"
        result = asyncio.run(record(exports))
        assert [path.name for path in Path(folder).iterdir()] == ["exports"]
        assert result.folder is not None
        assert inside(result.folder, exports)
        assert len(result.folder.relative_to(exports).parts) == 4
        files = [path for path in result.folder.rglob("*") if path.is_file()]
        assert len(files) == 4
        assert all(path.name.isascii() and len(path.name) < 90 for path in files)
        assert Run.open(result.folder) == result


@given(st.text(max_size=100))
def test_slugs_are_harmless(text: str) -> None:
    """Lower-case ASCII, never empty, never reserved, never hidden; and a slug stays as it is."""
    found = slug(text)
    assert 1 <= len(found) <= 80
    assert set(found) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")
    assert found[0] not in "-."
    assert found not in ("con", "nul", "aux", "prn", "com1")
    assert slug(found) == found


# --- pictures by their address -------------------------------------------------------------------


async def fetch(exports: Path, url: str, **more: Any) -> Run:
    recorder = await start(exports, **more)
    entity = await recorder.save_image_from_url("draw", url, "lab/p", 3, backend="lab")
    assert entity.file == "final/03_generation.png"
    result = await recorder.mark_complete()
    assert entity.bytes == PICTURE
    return result


async def test_a_picture_comes_from_a_data_url(exports: Path) -> None:
    """Only its head goes into the record, not the picture a second time."""
    url = "data:image/png;base64," + base64.b64encode(PICTURE).decode()
    result = await fetch(exports, url)
    assert result.entities[0].details == {"source": {"url": "data:image/png;base64"}}


@pytest.mark.parametrize("form", ["path", "url", "relative"])
async def test_a_picture_comes_from_an_allowed_folder(
    exports: Path, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a path or a ``file:`` URL."""
    folder = tmp_path / "own pictures"
    folder.mkdir()
    path = folder / "ä.png"
    path.write_bytes(PICTURE)
    monkeypatch.chdir(folder)
    url = {"path": str(path), "url": path.as_uri(), "relative": "ä.png"}[form]
    await fetch(exports, url, allowed_folders=[folder])
    with pytest.raises((DownloadError, CanvasKitError), match="allowed folder"):
        await fetch(exports, url)


class Pages:
    """A server on loopback whose answers a test gives."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.base = server.url_for("").rstrip("/")

    def give(self, path: str, data: bytes, **more: Any) -> str:
        self.server.expect_request(path).respond_with_data(data, **more)
        return path


@pytest.fixture
def pages(httpserver: Any) -> Pages:
    return Pages(httpserver)


@pytest.mark.parametrize("form", ["absolute", "relative"])
async def test_a_picture_comes_from_the_backends_server(
    exports: Path, pages: Pages, form: str
) -> None:
    """Its keys stay out of the record."""
    path = pages.give("/view", PICTURE, content_type="text/plain")
    url = f"{path}?token=secret-{'x' * 300}"
    full = pages.base.replace("http://", "http://me:secret-password@") + url
    result = await fetch(exports, full if form == "absolute" else url, base_url=pages.base)
    folder = result.folder
    assert folder is not None
    for name in ("metadata.json", "journal.jsonl"):
        assert "secret" not in (folder / name).read_text()


BAD_BODIES: dict[str, bytes] = {
    "nothing": b"",
    "HTML": b"<!DOCTYPE html><html>Sign in</html>",
    "JSON": b'{"error": "busy"}',
    "words": b"not a picture",
    "half a picture": PICTURE[: len(PICTURE) // 2],
    "no end": PICTURE[:-12],
    "too many pixels": plain_png(4000, 4000),
}


@pytest.mark.parametrize("case", BAD_BODIES)
async def test_what_is_no_whole_picture_leaves_nothing(
    exports: Path, pages: Pages, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clear error, and neither a file nor a line in the journal."""
    monkeypatch.setattr(
        "canvas_kit.network.downloads.RetryPolicy", lambda _, **more: RetryPolicy(0.01, **more)
    )
    pages.give("/x.png", BAD_BODIES[case], content_type="image/png")
    recorder = await start(exports, base_url=pages.base, max_image_pixels=10**6)
    with pytest.raises((DownloadError, MediaError)):
        await recorder.save_image_from_url("draw", "/x.png")
    assert not list((recorder.folder / "final").iterdir())
    assert not list((recorder.folder / ".partial").iterdir())
    assert (await recorder.mark_complete(RunStatus.FAILED)).entities == ()


async def test_a_foreign_host_is_not_followed(exports: Path, pages: Pages) -> None:
    """Neither named outright nor behind a redirect."""
    pages.server.expect_request("/away").respond_with_data(
        b"", status=302, headers={"location": "http://example.org/secret.png"}
    )
    recorder = await start(exports, base_url=pages.base)
    for url in ("/away", "http://example.org/secret.png", "//example.org/x.png"):
        with pytest.raises(CanvasKitError, match=r"example\.org"):
            await recorder.save_image_from_url("draw", url)


async def test_a_file_has_a_largest_size(exports: Path, tmp_path: Path) -> None:
    """Of the settings, for local files as for others."""
    from canvas_kit.network import NetworkPolicy

    (tmp_path / "big.png").write_bytes(PICTURE)
    recorder = await start(
        exports, allowed_folders=[tmp_path], network=NetworkPolicy(max_download_bytes=20)
    )
    with pytest.raises(DownloadError, match="larger than 20 bytes"):
        await recorder.save_image_from_url("draw", str(tmp_path / "big.png"))


@pytest.mark.parametrize(
    "url", ["", "ftp://host/a.png", "/no/base.png", "http://[", "http://", "javascript:x", "a\0b"]
)
async def test_an_address_that_is_none_is_a_clear_error(exports: Path, url: str) -> None:
    """Never None, never something else's exception."""
    recorder = await start(exports)
    with pytest.raises(CanvasKitError):
        await recorder.save_image_from_url("draw", url)


@pytest.mark.parametrize("announced", [len(PICTURE) - 1, len(PICTURE) + 1, 0])
async def test_a_length_that_was_announced_wrongly_is_told(exports: Path, announced: int) -> None:
    """Both lengths are named."""
    recorder = await start(exports)
    with pytest.raises(MediaError, match=f"{len(PICTURE)} bytes long, but {announced}"):
        await recorder.save_image_from_bytes("draw", PICTURE, announced_size=announced)


# --- faults of the disk --------------------------------------------------------------------------


class FullDisk:
    """Has the k-th write to a file fail, and those after it, as a full disk does."""

    def __init__(self, fails_from: int, monkeypatch: pytest.MonkeyPatch, torn: bool) -> None:
        self.calls = 0
        self.full = False
        self._lock = threading.Lock()
        self._write = os.write
        self._fails_from = fails_from
        self._torn = torn
        monkeypatch.setattr(os, "write", self)

    def __call__(self, descriptor: int, data: bytes) -> int:
        if not (Path("/proc/self/fd") / str(descriptor)).resolve().is_file():
            return self._write(descriptor, data)  # the event loop wakes itself by a socket
        with self._lock:
            self.calls += 1
            first, self.full = not self.full, self.full or self.calls >= self._fails_from
        if not self.full:
            return self._write(descriptor, data)
        if first and self._torn and len(data) > 1:
            return self._write(descriptor, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
@pytest.mark.parametrize("torn", [False, True])
@pytest.mark.parametrize("fails_from", [1, 2, 3, 4, 5, 6, 8, 11])
def test_a_full_disk_ends_the_run_and_keeps_what_was_announced(
    exports: Path, monkeypatch: pytest.MonkeyPatch, fails_from: int, torn: bool
) -> None:
    """A clear error and event; nothing announced is lost, nothing torn is taken for a result."""
    announced: list[Any] = []
    events: list[Event] = []

    def listen(event: Event) -> None:
        events.append(event)
        if isinstance(event, NodeComplete):
            announced.extend(event.entities)

    settings = lab_settings(exports)
    with Engine(settings, backends={"lab": ScriptedBackend("lab")}) as engine:
        wide = Input("x") >> [Interception(instructions="c") for _ in range(3)] >> Collector()
        with monkeypatch.context() as patched:
            FullDisk(fails_from, patched, torn)
            handle = run(wide, engine=engine, listener=listen)
            with pytest.raises(RecordError, match="No space left"):
                handle.result(30)
    assert isinstance(events[-1], Error)
    assert "No space left" in events[-1].message
    for folder in find_runs(exports):
        found = Run.open(folder)
        assert all(entity in found.entities for entity in announced)
        # What could not be told in the journal any more is whole, and said to be there.
        assert all("does not tell of it" in fault for fault in found.verify())
    assert not announced or find_runs(exports)


def test_a_failed_flush_is_not_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system tells of it once; a later flush that seems to succeed proves nothing."""
    journal = Journal(tmp_path / "j")
    journal.append({"n": 1})
    with monkeypatch.context() as patched:

        def failing(descriptor: int) -> None:
            raise OSError(errno.EIO, "gone")

        patched.setattr(os, "fsync", failing)
        with pytest.raises(RecordError):
            journal.append({"n": 2})
    with pytest.raises(RecordError, match="gone"):
        journal.append({"n": 3})
    journal.abandon()
    assert [line["n"] for line in read_journal(tmp_path / "j")] == [1, 2]


def test_a_journal_takes_lines_from_many_threads(tmp_path: Path) -> None:
    """Each whole, each flushed when its call returns, noted ones before what follows them."""
    journal = Journal(tmp_path / "j")

    def write(thread: int) -> None:
        for number in range(25):
            journal.note({"thread": thread, "noted": number})
            journal.append({"thread": thread, "number": number, "filler": "x" * 500})

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    journal.close()
    journal.close()
    lines = list(read_journal(tmp_path / "j"))
    assert Counter(line["thread"] for line in lines) == dict.fromkeys(range(8), 50)
    for thread in range(8):
        numbers = [
            line["number"] for line in lines if line["thread"] == thread and "number" in line
        ]
        assert numbers == list(range(25))
    with pytest.raises(RecordError, match="closed"):
        journal.append({})


async def test_the_cost_of_an_entity_does_not_grow_with_the_run(
    exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entity 2,000 costs as many calls and bytes as entity 10."""
    costs: list[Counter[str]] = [Counter()]

    def counted(name: str) -> Callable[..., Any]:
        real = getattr(os, name)

        def call(*arguments: Any, **named: Any) -> Any:
            result = real(*arguments, **named)
            costs[-1][name] += 1
            if name == "write":
                costs[-1]["bytes"] += result
            return result

        return call

    one = concurrent.futures.ThreadPoolExecutor(1)
    recorder = await start(exports, pool=one)
    with monkeypatch.context() as patched:
        for name in ("open", "rename", "scandir", "listdir", "stat"):
            patched.setattr(os, name, counted(name))
        real_write = counted("write")
        patched.setattr(os, "write", real_write)
        patched.setattr(os, "fsync", lambda _: costs[-1].update(fsync=1))
        for _ in range(2000):
            costs.append(Counter())
            await recorder.save_entity("words", "input", "the same words")
    one.shutdown()
    tenth, last = costs[10], costs[2000]
    assert last.pop("bytes") - tenth.pop("bytes") < 30  # a few digits more
    assert last["fsync"] >= 2
    assert last == tenth


def test_what_threads_do_at_random_is_recorded_whole(exports: Path) -> None:
    """Several loops in several threads, each with runs of its own, into one folder."""

    def work(number: int) -> list[Run]:
        async def record() -> list[Run]:
            chance = random.Random(number)
            done = []
            for _ in range(3):
                recorder = await start(exports)
                for _ in range(chance.randrange(1, 6)):
                    await recorder.save_entity("words", "input", str(chance.random()))
                done.append(await recorder.mark_complete())
            return done

        return asyncio.run(record())

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        runs = [result for results in pool.map(work, range(4)) for result in results]
    folders = [result.folder for result in runs]
    assert sorted(find_runs(exports)) == sorted(path for path in folders if path)
    assert all(result.verify() == [] for result in runs)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
async def test_files_have_the_modes_that_the_users_umask_says(exports: Path) -> None:
    """None can be executed, and where others may not read, they cannot."""
    earlier = os.umask(0o077)
    try:
        engine = Engine(lab_settings(exports), backends={"lab": ScriptedBackend("lab")})
        with engine:
            result = await run(canvas(), engine=engine)
    finally:
        os.umask(earlier)
    assert result.folder is not None
    for path in (result.folder, *result.folder.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


async def test_a_run_folder_that_is_a_link_is_passed_over(exports: Path, tmp_path: Path) -> None:
    """An exports folder that somebody sent could point anywhere."""
    with Engine(lab_settings(exports), backends={"lab": ScriptedBackend("lab")}) as engine:
        result = await run(canvas(), engine=engine)
    assert result.folder is not None
    assert find_runs(exports) == [result.folder]
    elsewhere = tmp_path / result.folder.name
    result.folder.rename(elsewhere)
    result.folder.symlink_to(elsewhere, target_is_directory=True)
    assert find_runs(exports) == []


@pytest.mark.parametrize("form", [bytearray, memoryview, "path"])
async def test_a_picture_comes_in_whatever_holds_its_bytes(
    exports: Path, tmp_path: Path, form: Any
) -> None:
    """Also as the file that it lies in."""
    data = plain_png(8, 8)
    file = tmp_path / "a picture.png"
    file.write_bytes(data)
    recorder = await CanvasRecorder.start(Canvas(Input("x", id="n")), exports=exports)
    entity = await recorder.save_entity("n", "input", file if form == "path" else form(data))
    assert entity.bytes == data
    await recorder.mark_complete()
