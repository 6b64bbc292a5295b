"""What a page shows when something is wrong: sentences, in the client's language, with the root."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.conftest import RunningServer, ServerStarter
from tests.server.editor_client import EditorClient, Message, Stream, canvas, upload
from tests.server.page_canvas import PageCanvas
from tests.server.test_real_servers import start_serve

GERMAN = {"Accept-Language": "de-DE,de;q=0.9,en;q=0.8"}


def end_of(
    client: EditorClient, body: dict[str, Any], headers: dict[str, str] | None = None
) -> dict[str, Any]:
    """What the page is told at the end of a run: the only event whose words it shows."""
    connection, reply = client.open("POST", "/api/canvas/execute-stream", body, headers=headers)
    assert reply.status == 200, reply.read()
    with Stream(connection, reply) as stream:
        told: list[Message] = list(stream)
    assert told[-1].name == "complete"
    return told[-1].data


def shown(told: dict[str, Any]) -> list[str]:
    """The words in the page's collector."""
    items = [item["error"] or item["output"] for item in told["collectorOutput"]]
    return [item for item in items if isinstance(item, str)]


def chain(*kinds: str, **changes: Any) -> dict[str, Any]:
    page = PageCanvas()
    page.chain(*(page.add(kind) for kind in kinds))
    page.nodes[0] |= changes
    return page.body()


def test_a_canvas_that_cannot_run_says_why_in_german(client: EditorClient) -> None:
    page = PageCanvas(config="sd35_large")
    page.chain(*(page.add(kind) for kind in ("input", "generation", "collector")))
    told = end_of(client, page.body(), GERMAN)
    [words] = shown(told)
    assert words.startswith("Dieses Canvas kann nicht laufen: generation_")
    assert "Eine Ausgabe-Konfiguration oder ein Backend 'sd35_large' gibt es nicht." in words
    assert "Kommt das Canvas von anderswo" in words
    node = next(node["id"] for node in page.nodes if node["type"] == "generation")
    assert "gibt es nicht" in told["results"][node]["error"]
    assert "gibt es nicht" in told["problems"][0]["message"]


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        (GERMAN, "wurde abgelehnt: the provider's moderation refused it"),
        ({}, "refused: the provider's moderation refused it"),
    ],
)
def test_a_failure_is_told_with_its_root_in_the_providers_words(
    client: EditorClient, headers: dict[str, str], words: str
) -> None:
    body = chain("input", "generation", "collector", promptText="please REFUSE this")
    assert shown(end_of(client, body, headers)) == [words]


def test_the_root_of_a_failure_up_the_chain_is_told_in_german(client: EditorClient) -> None:
    kinds = ("input", "interception", "generation", "collector")
    body = chain(*kinds, promptText="fail with a path")
    told = end_of(client, body, GERMAN)
    [words] = shown(told)
    assert words.startswith("ist fehlgeschlagen: interception_")
    assert "wovon er abhängt, ist fehlgeschlagen: cannot read …" in words


def test_a_warning_is_told_in_german(client: EditorClient) -> None:
    told = end_of(client, chain("input", "collector", promptText=""), GERMAN)
    assert "⚠ Der Prompt ist leer." in shown(told)


def test_progress_is_told_in_german(client: EditorClient) -> None:
    connection, reply = client.open(
        "POST", "/api/canvas/execute-stream", chain("input", "generation", "collector"),
        headers=GERMAN,
    )  # fmt: skip
    with Stream(connection, reply) as stream:
        words = [message.data["message"] for message in stream if message.name == "progress"]
    assert "Das Medium wird erzeugt." in words
    assert all(words)


@pytest.fixture(scope="module")
def narrow(start_server: ServerStarter) -> RunningServer:
    """A server that allows one run at a time, whose messages are set to be German."""
    return start_server(language="de", options={"max_jobs": 1, "max_body_bytes": 20_000})


@pytest.fixture
def busy(narrow: RunningServer) -> Iterator[EditorClient]:
    """Its client, while another run is under way."""
    body = {"workflow": canvas("endless"), "count": 1}
    with narrow.client.stream("/api/canvas/execute-batch", body) as stream:
        batch_id = stream.until("batch_started").data["batch_id"]
        yield narrow.client
        narrow.client.post("/api/canvas/abort-batch", {"batch_id": batch_id})
        stream.until("batch_aborted")
    for _ in range(100):  # the last word of a batch comes just before its place is free
        if narrow.client.get("/api/canvas/batches")["batches"][-1]["state"] == "ended":
            return
        time.sleep(0.05)
    raise AssertionError("the batch did not end")


def test_a_busy_server_is_told_on_the_page_in_a_sentence(busy: EditorClient) -> None:
    """A page shows no status; other clients get it, and when to come again."""
    body = chain("input", "collector")
    [english] = shown(end_of(busy, body, {"Accept-Language": "en"}))
    assert "This server is busy: 1 of at most 1 runs" in english
    [german] = shown(end_of(busy, body, GERMAN))
    assert german.startswith("Der Lauf konnte nicht weitergehen: Dieser Server ist beschäftigt")
    reply = busy.ask("POST", "/api/canvas/execute-stream", body | {"form": "typed"})
    assert reply.status == 429
    assert reply.headers["Retry-After"]
    reply = busy.ask("POST", "/api/canvas/execute-batch", PageCanvas().batch(2), headers=GERMAN)
    assert reply.status == 429
    assert "sind im Gang" in reply.json()["error"]


def test_the_setting_holds_where_the_client_names_no_language(narrow: RunningServer) -> None:
    refused = narrow.client.ask("GET", "/api/canvas/nothing").json()
    assert refused["error"] == "Unter dieser Adresse gibt es nichts."
    told = end_of(narrow.client, chain("input", "collector", promptText=""))
    assert "⚠ Der Prompt ist leer." in shown(told)


def test_what_is_too_large_or_no_picture_is_told_in_german(narrow: RunningServer) -> None:
    reply = narrow.client.ask(
        "POST", "/api/canvas/execute", chain("input", promptText="x" * 30_000)
    )
    assert reply.status == 413
    assert reply.json()["error"] == "Was geschickt wurde, ist größer als 20000 Byte."
    assert "kein brauchbares Bild" in upload(narrow.client, b"<svg/>").json()["error"]


def test_settings_that_cannot_be_used_are_told_on_the_page(tmp_path: Path) -> None:
    """Without what is in them."""
    (tmp_path / "canvas_kit.toml").write_text("nothing = 1\n", encoding="utf-8")
    server = start_serve(tmp_path)
    try:
        [words] = shown(end_of(server.client, chain("input", "collector"), GERMAN))
        assert "Die Einstellungen dieses canvas-kit sind nicht brauchbar" in words
        assert server.client.ask("GET", "/api/canvas/output-configs").status == 503
    finally:
        server.stop()


def test_a_batch_that_cannot_run_is_told_in_german(client: EditorClient) -> None:
    """The page shows nothing of it but writes it to the console."""
    page = PageCanvas(config="sd35_large")
    page.chain(*(page.add(kind) for kind in ("input", "generation", "collector")))
    connection, reply = client.open(
        "POST", "/api/canvas/execute-batch", page.batch(2), headers=GERMAN
    )
    with Stream(connection, reply) as stream:
        [told] = list(stream)
    assert told.name == "error"
    assert told.data["message"] == told.data["error"]
    assert "Backend 'sd35_large' gibt es nicht" in told.data["error"]


def test_what_the_built_in_models_cannot_is_told_and_what_they_can_runs(tmp_path: Path) -> None:
    """As installed: the page gives the same default model to every node that it drops."""
    server = start_serve(tmp_path)
    try:
        reply = server.client.ask("GET", "/api/canvas/llm-models", headers=GERMAN)
        [first] = [model for model in reply.json()["models"] if model["isDefault"]]
        assert first["name"] == "embedded (das Modell, das zum Knoten passt)"
        default = first["id"]
        for kind in ("interception", "random_prompt", "evaluation", "comparison_evaluator"):
            page = PageCanvas(model=default)
            page.chain(*(page.add(one) for one in ("input", kind, "collector")))
            told = end_of(server.client, page.body())
            assert told["status"] == "completed", told
        page = PageCanvas(model=default)
        page.chain(*(page.add(one) for one in ("input", "translation", "collector")))
        [english] = shown(end_of(server.client, page.body()))
        assert "The embedded models cannot translate. Name a language model" in english
        [german] = shown(end_of(server.client, page.body(), GERMAN))
        assert "Die mitgelieferten Modelle können nicht übersetzen. Wähle im Knoten" in german
    finally:
        server.stop()
