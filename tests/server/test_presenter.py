"""What leaves the server: addresses that work, folders relative, no path, no key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas_kit.events import (
    BatchComplete,
    BatchStarted,
    Complete,
    Error,
    NodeComplete,
    Progress,
    RunComplete,
    RunError,
    to_json,
)
from canvas_kit.server.presenter import Presenter, to_line
from canvas_kit.server.redaction import PathRedactor
from canvas_kit.settings import Settings
from canvas_kit.values import Collected, NodeReport, NodeState, RunStatus

EXPORTS = Path("/srv/study/exports")


def presenter(base_url: str = "/") -> Presenter:
    return Presenter(EXPORTS, base_url, PathRedactor([EXPORTS, "/srv/study"], ["sk-very-secret"]))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("record /srv/study/exports/json/x: no space", "record …/json/x: no space"),
        ("[Errno 2] No such file: '/etc/ssl/private/key.pem'", "[Errno 2] No such file: '…'"),
        ("see /home/alice/.ssh/id_rsa, please", "see …, please"),
        (r"cannot open C:\Users\alice\key.txt", "cannot open …"),
        ("the key sk-very-secret is wrong", "the key [removed] is wrong"),
        ("GET /api/canvas/runs answered 404", "GET /api/canvas/runs answered 404"),
        ("http://127.0.0.1:8188/prompt refused", "http://127.0.0.1:8188/prompt refused"),
        ("either/or, and 3/4 of it", "either/or, and 3/4 of it"),
        ("/", "/"),
    ],
)
def test_messages_keep_their_words_but_no_place_and_no_key(said: str, told: str) -> None:
    redactor = PathRedactor([EXPORTS], ["sk-very-secret"])
    assert redactor.message(said) == told


def test_keys_of_configured_backends_are_never_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LAB_KEY", "abcdef-123456")
    settings = Settings.load(exports=tmp_path, backends={"openai": {"key_env": "LAB_KEY"}})
    redactor = PathRedactor.of(settings)
    assert redactor({"a": ["Bearer abcdef-123456", str(tmp_path)], "b": 3}) == {
        "a": ["Bearer [removed]", "…"],
        "b": 3,
    }


def test_every_kind_of_message_is_masked() -> None:
    where = f"in {EXPORTS}/x"
    for event in (
        Progress("r", "n", "input", NodeState.FAILED, where),
        Error("r", where),
        RunError("b", 0, "r", where),
    ):
        assert "/srv" not in json.dumps(to_json(presenter().event(event)))
    report = NodeReport("n", "input", NodeState.FAILED, where)
    item = Collected("n", "input", NodeState.FAILED, where)
    complete = Complete("r", RunStatus.FAILED, (report,), (item,), (), str(EXPORTS / "json/x"))
    told = presenter().event(complete)
    assert isinstance(told, Complete)
    assert told.nodes[0].reason == told.collected[0].reason == "in …/x"
    assert told.folder == "json/x"


def test_what_a_user_wrote_is_told_as_it_is() -> None:
    event = NodeComplete("r", "n", "input", (), "/srv/study is my word")
    assert presenter().event(event) == event


def test_folders_are_told_relative_to_the_exports_folder() -> None:
    ended = RunComplete("b", 0, "r", RunStatus.COMPLETED, str(EXPORTS / "json/day/desk/run"))
    batch = BatchComplete("b", 1, 1, (str(EXPORTS / "json/day/desk/run"), "/elsewhere/run"))
    assert to_json(presenter().event(ended))["export_path"] == "json/day/desk/run"
    assert to_json(presenter().event(batch))["export_paths"] == ["json/day/desk/run", "run"]


def test_addresses_are_put_under_the_base_url() -> None:
    assert presenter("/user/alice/").address("/api/x") == "/user/alice/api/x"


@given(st.text(st.characters(codec=None), max_size=50))
def test_any_text_is_one_line_of_json_that_can_be_sent(text: str) -> None:
    line = to_line({"text": text})
    assert len(line.splitlines()) == 1
    assert json.loads(line.encode())["text"] == text


def test_numbers_that_json_does_not_have_become_null() -> None:
    assert json.loads(to_line({"a": [float("nan"), float("inf"), 1.5]})) == {"a": [None, None, 1.5]}


def test_a_frame_is_a_whole_event() -> None:
    told = presenter().frame(
        "job",
        7,
        BatchStarted("b", 2, "count"),
        form="editor",
        in_batch=True,
        made={},
        language="en",
    )
    assert told.decode().splitlines() == [
        "id: job:7",
        "event: batch_started",
        'data: {"batch_id": "b", "total_runs": 2, "batch_mode": "count"}',
        "",
    ]


@pytest.mark.parametrize(("language", "words"), [("en", "could not"), ("de", "konnte nicht")])
def test_a_run_that_broke_ends_in_an_editor_like_any_other(
    language: Literal["en", "de"], words: str
) -> None:
    """With the reason among the results; an editor shows nothing else."""
    told = presenter().frame(
        "job", 7, Error("r", "why\nso"), form="editor", in_batch=False, made={}, language=language
    )
    head, event, data, *_ = told.decode().split("\n")
    assert (head, event) == ("id: job:7", "event: complete")
    document = json.loads(data.removeprefix("data: "))
    assert document["status"] == "failed"
    [item] = document["collectorOutput"]
    assert words in item["error"]
    assert "why" in item["error"]
