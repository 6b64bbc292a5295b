"""What the page around the original's canvas asks for, and pictures that it hands in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from canvas_kit.backends.scripted import plain_png
from canvas_kit.errors import MediaError
from canvas_kit.server.run_index import NotRecorded
from canvas_kit.server.uploads import Uploads
from tests.server.conftest import RunningServer
from tests.server.editor_client import EditorClient, upload

PICTURE = plain_png(40, 24, 0x3366CC)


def picture_canvas(image: dict[str, Any]) -> dict[str, Any]:
    return {
        "nodes": [
            {"id": "start", "type": "image_input", "imageData": image},
            {"id": "end", "type": "collector"},
        ],
        "connections": [{"sourceId": "start", "targetId": "end"}],
    }


def test_the_page_is_told_what_it_asks_for_when_it_opens(client: EditorClient) -> None:
    """In its own terms, and truly: nothing is filtered, marked, or behind a password here."""
    assert client.get("/api/settings/safety-level") == {"safety_level": "research"}
    assert client.get("/api/settings/check-auth") == {"authenticated": False}
    favorites = client.get("/api/favorites?device_id=x&view_mode=per_user")
    assert favorites == {"favorites": [], "total": 0, "mode": "global"}


@pytest.mark.parametrize(("language", "word"), [("de-DE,de;q=0.9", "Hier"), ("en", "There")])
def test_the_assistant_says_that_it_is_none_in_the_clients_language(
    client: EditorClient, language: str, word: str
) -> None:
    reply = client.ask(
        "POST", "/api/chat", {"message": "hello"}, headers={"Accept-Language": language}
    )
    assert reply.json()["reply"].startswith(word)


def test_a_picture_that_was_handed_in_starts_a_canvas(
    server: RunningServer, client: EditorClient
) -> None:
    """Byte for byte the same when it is shown, and in the record."""
    document = upload(client, PICTURE).json()
    assert document["success"] is True
    assert document["original_size"] == document["resized_size"] == [40, 24]
    assert "/" not in document["image_path"]
    shown = client.ask("GET", f"/api/media/uploads/{document['image_id']}")
    assert shown.data == PICTURE
    assert shown.headers["Content-Type"] == "image/png"
    ended = client.post("/api/canvas/execute", picture_canvas(document))
    output = ended["collectorOutput"][0]["output"]
    assert output["media_type"] == "image"
    assert server.record(output["run_id"]).images[0].bytes == PICTURE


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"MZ\x90", PICTURE[:60], b"GIF89a"])
def test_only_whole_pictures_that_a_page_shows_are_taken(client: EditorClient, data: bytes) -> None:
    reply = upload(client, data)
    assert reply.status == 400
    assert reply.json()["error"]


def test_a_body_that_is_no_form_with_one_file_is_refused(client: EditorClient) -> None:
    address = "/api/media/upload/image"
    assert client.ask("POST", address, {"file": "x"}).status == 400
    broken = {"Content-Type": "multipart/form-data; boundary=b"}
    assert client.ask("POST", address, raw=b"no form", headers=broken).status == 400
    assert upload(client, PICTURE, field="other").status == 400


@pytest.mark.parametrize(
    "path", ["../json", "../uploads/../x.png", "/etc/passwd", "not_there.png", "file:///etc/hosts"]
)
def test_a_canvas_takes_no_other_file(client: EditorClient, path: str) -> None:
    reply = client.ask("POST", "/api/canvas/execute", picture_canvas({"image_path": path}))
    assert reply.status == 422
    assert reply.json()["problems"][0]["code"] == "bad_image"


def test_an_unknown_picture_is_not_found(client: EditorClient) -> None:
    assert client.ask("GET", f"/api/media/uploads/{'0' * 32}").status == 404
    assert client.ask("HEAD", f"/api/media/uploads/{'0' * 32}").status == 404


def test_the_oldest_pictures_go_when_there_are_too_many(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "uploads", keep=2, max_pixels=10_000)
    kept = []
    for number in range(3):
        kept.append(uploads.add(plain_png(8, 8, number)))
        os.utime(kept[-1].path, (number, number))
    uploads.add(plain_png(8, 8, 2))  # the same again: kept once
    assert len(list((tmp_path / "uploads").iterdir())) == 2
    with pytest.raises(NotRecorded):
        uploads.find(kept[0].id)
    assert uploads.find(kept[2].id).path.read_bytes() == plain_png(8, 8, 2)
    with pytest.raises(MediaError):
        uploads.add(plain_png(200, 200, 0))


def test_pictures_that_are_uploaded_at_once_do_not_disturb_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that another upload has removed just now is none that this one could still weigh."""
    uploads = Uploads(tmp_path, keep=1, max_pixels=10_000)
    first = uploads.add(plain_png(8, 8, 1))
    listing = Path.iterdir

    def removed_meanwhile(folder: Path) -> Iterator[Path]:
        yield from [*listing(folder), tmp_path / ".named-by-its-upload"]
        first.path.unlink()

    monkeypatch.setattr(Path, "iterdir", removed_meanwhile)
    second = uploads.add(plain_png(8, 8, 2))
    assert uploads.find(second.id).path.read_bytes() == plain_png(8, 8, 2)
