"""Finding recorded runs by id, also those that came from elsewhere with odd contents."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from canvas_kit import Collector, Generation, Input, run
from canvas_kit.executor.engine import Engine
from canvas_kit.recorder.run import Run
from canvas_kit.server.run_index import NotRecorded, RunIndex
from tests.server.conftest import RunningServer, ServerStarter
from tests.server.editor_client import canvas, sha256


def one_run(engine: Engine) -> Run:
    return run(Input("x") >> Generation() >> Collector(), engine=engine, seed=1).result()


def test_a_run_is_found_whenever_it_was_recorded(engine: Engine, exports: Path) -> None:
    index = RunIndex(exports)
    with pytest.raises(NotRecorded):
        index.run("20260101_000000_000_00000000")
    for _ in range(3):
        made = one_run(engine)
        assert index.run(made.id) == made
        entity, path = index.medium(made.id, "image", 0)
        assert sha256(path.read_bytes()) == entity.sha256


def test_a_run_under_way_gives_what_it_has_so_far(engine: Engine, exports: Path) -> None:
    made = one_run(engine)
    assert made.folder is not None
    (made.folder / "metadata.json").unlink()  # as before its end
    entity, _ = RunIndex(exports).medium(made.id, "text", 0)
    assert entity.node_type == "input"


def test_a_file_that_is_gone_or_changed_is_not_given_out(engine: Engine, exports: Path) -> None:
    made = one_run(engine)
    index = RunIndex(exports)
    _, path = index.medium(made.id, "image", 0)
    data = path.read_bytes()
    path.write_bytes(data + b"more")
    with pytest.raises(NotRecorded, match="not what was recorded"):
        index.medium(made.id, "image", 0)
    path.unlink()
    with pytest.raises(NotRecorded, match="not there any more"):
        index.medium(made.id, "image", 0)


def test_a_run_folder_that_is_a_link_is_not_followed(engine: Engine, exports: Path) -> None:
    made = one_run(engine)
    assert made.folder is not None
    elsewhere = exports.parent / made.folder.name
    made.folder.rename(elsewhere)
    made.folder.symlink_to(elsewhere, target_is_directory=True)
    with pytest.raises(NotRecorded):
        RunIndex(exports).run(made.id)


def test_a_record_from_elsewhere_leads_to_no_other_file(engine: Engine, exports: Path) -> None:
    """Neither a link nor a file name in a manifest reaches out of the run's folder."""
    made = one_run(engine)
    assert made.folder is not None
    secret = exports.parent / "secret.png"
    _, path = RunIndex(exports).medium(made.id, "image", 0)
    shutil.copy(path, secret)
    path.unlink()
    path.symlink_to(secret)
    with pytest.raises(NotRecorded):
        RunIndex(exports).medium(made.id, "image", 0)
    manifest = made.folder / "metadata.json"
    document = json.loads(manifest.read_bytes())
    for name in ("final/../../../../../secret.png", "/etc/passwd", "../secret.png"):
        document["entities"][-1]["file"] = name
        manifest.write_text(json.dumps(document))
        with pytest.raises(NotRecorded):
            RunIndex(exports).medium(made.id, "image", 0)


def test_what_could_run_a_script_is_only_saved(
    start_server: ServerStarter, engine: Engine, exports: Path
) -> None:
    """A record may come from elsewhere and say anything: no header and no page follows it."""
    made = one_run(engine)
    assert made.folder is not None
    manifest = made.folder / "metadata.json"
    server: RunningServer = start_server(exports=exports)
    for media_type, kind in (
        ("image/svg+xml", "image"),
        ("text/html", "text"),
        ("text/html\r\nX-Evil: 1", "text"),
        ("application/pdf", "application"),
    ):
        document = json.loads(manifest.read_bytes())
        document["run_id"] = 'x"\r\nX-Evil: 1'
        document["entities"][-1] |= {"media_type": media_type, "index": 5}
        manifest.write_text(json.dumps(document))
        reply = server.client.ask("GET", f"/api/media/{kind}/{made.id}/5")
        assert reply.status == 200
        assert reply.headers["Content-Disposition"].startswith("attachment;")
        assert "sandbox" in reply.headers["Content-Security-Policy"]
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert "X-Evil" not in reply.headers


def test_a_browser_is_sent_what_it_lacks_and_no_more(server: RunningServer) -> None:
    """Nothing of what it has, a range where it asks for one (as players of sound and video do)."""
    answer = server.client.post("/api/canvas/execute", {"workflow": canvas()})
    url = answer["results"]["generation_1"]["output"]["url"]
    reply = server.client.ask("GET", url)
    again = server.client.ask("GET", url, headers={"If-None-Match": reply.headers["ETag"]})
    assert (again.status, again.data) == (304, b"")
    part = server.client.ask("GET", url, headers={"Range": "bytes=10-19"})
    assert (part.status, part.data) == (206, reply.data[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(reply.data)}"
    assert part.headers["Content-Type"] == "image/png"
    beyond = server.client.ask("GET", url, headers={"Range": f"bytes={len(reply.data)}-"})
    assert beyond.status == 416
    head = server.client.ask("HEAD", url)
    assert (head.status, head.data) == (200, b"")
    assert int(head.headers["Content-Length"]) == len(reply.data)
