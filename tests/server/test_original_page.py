"""A walk through the original editor's page, as it was built, unchanged.

It runs where CANVAS_KIT_EDITOR_DIST names the folder of a built front end
(``public/ai4artsed-frontend/dist`` of joeriben/ai4artsed_webserver). What the page sends is held
without it by ``test_page.py``.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from canvas_kit.backends.scripted import plain_png
from canvas_kit.recorder.run import find_runs
from tests.server.conftest import TOKEN, RunningServer
from tests.server.page_server import page_server

DIST = os.environ.get("CANVAS_KIT_EDITOR_DIST", "")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not DIST, reason="CANVAS_KIT_EDITOR_DIST names no built front end"),
]

WAIT = 30_000


@dataclass
class Editor:
    """The page, driven as a user drives it."""

    page: Page
    seen: list[tuple[str, str, int]]
    errors: list[str] = field(default_factory=list)

    def open(self, url: str) -> None:
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", lambda dialog: dialog.accept())
        # A node made before the page has the list of models would have no default model.
        self.page.goto(f"{url}/canvas", wait_until="networkidle", timeout=WAIT)
        self.page.wait_for_selector(".palette-panel", timeout=WAIT)
        self.page.wait_for_selector(".loading-overlay", state="detached", timeout=WAIT)

    def node(self, kind: str) -> str:
        """The id of the node of a type that was made last."""
        found = self.page.locator(f"[data-node-id^='{kind}_1'], [data-node-id^='{kind}_2']")
        return str(found.last.get_attribute("data-node-id"))

    def add(self, kind: str, config: str = "") -> str:
        """Add a node from the palette; a generation with an output config."""
        self.page.click(f".module-btn:has(img[alt='{kind}'])")
        if kind == "generation":
            chosen = self.page.locator(".config-item")
            (chosen.filter(has_text=config) if config else chosen).first.click()
        return self.node(kind)

    def connect(
        self, source: str, target: str, output: str = "output", entry: str = "input"
    ) -> None:
        self.connector(source, output).dispatch_event("mousedown")
        self.connector(target, entry).dispatch_event("mouseup")

    def connector(self, node_id: str, name: str) -> Any:
        return self.page.locator(f"[data-node-id='{node_id}'][data-connector='{name}']")

    def module(self, node_id: str) -> Any:
        return self.page.locator(f".stage-module:has([data-node-id='{node_id}'])").first

    def write(self, words: str) -> None:
        self.module(self.node("input")).locator("textarea").fill(words)

    def load(self, document: dict[str, Any]) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.page.locator(".toolbar-btn", has_text="📥").click()
        data = json.dumps(document).encode()
        chooser.value.set_files(
            {"name": "canvas.json", "mimeType": "application/json", "buffer": data}
        )
        self.page.get_by_text(document["name"], exact=True).wait_for(timeout=WAIT)

    def run(self) -> list[str]:
        """Run the canvas; what stands in the collector then."""
        self.page.locator(".toolbar-btn.primary").click()
        self.page.wait_for_selector(".execution-overlay", state="detached", timeout=WAIT)
        self.page.wait_for_selector(".collector-item", timeout=WAIT)
        return self.page.locator(".collector-item").all_text_contents()


@pytest.fixture(scope="module")
def site(server: RunningServer) -> Iterator[tuple[str, list[tuple[str, str, int]]]]:
    with page_server(Path(DIST), server.url, TOKEN) as served:
        yield served


@pytest.fixture
def editor(site: tuple[str, list[tuple[str, str, int]]]) -> Iterator[Editor]:
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("no Chromium on this machine: install the package 'chromium'")
    url, seen = site
    seen.clear()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, headless=True, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1600, "height": 1000}, locale="en")
        editor = Editor(page, seen)
        editor.open(url)
        yield editor
        browser.close()
    assert not editor.errors
    refused = [item for item in seen if item[2] >= 400]
    assert not refused


def saved(name: str, *nodes: dict[str, Any], links: list[tuple[str, ...]]) -> dict[str, Any]:
    """A canvas as the page saves it."""
    return {
        "id": "workflow_1",
        "name": name,
        "type": "canvas_workflow",
        "nodes": [
            {"x": 100 + 300 * number, "y": 200, "config": {}} | node
            for number, node in enumerate(nodes)
        ],
        "connections": [
            dict(zip(("sourceId", "targetId", "label"), link, strict=False)) for link in links
        ],
    }


WORDS = {"id": "input_1", "type": "input", "promptText": "a market at dawn"}
END = {"id": "collector_1", "type": "collector"}


def test_a_canvas_is_built_by_hand_and_its_picture_shown(editor: Editor) -> None:
    """Prompt, interception, picture with seed and size at the ports that the editor has."""
    editor.write("a market at dawn")
    ids = [editor.node("input"), editor.add("interception"), editor.add("generation")]
    size = editor.add("resolution")
    editor.connect(ids[0], ids[1])
    editor.connect(ids[1], ids[2], entry="input-1")
    editor.connect(size, ids[2], entry="input-2")
    editor.connect(ids[2], editor.node("collector"))
    told = editor.run()
    assert len(told) == 1
    assert "seed:" in told[0]
    image = editor.page.locator(".collector-image")
    image.wait_for(timeout=WAIT)
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1024


@pytest.mark.parametrize("kind", ["interception", "translation", "model_adaption", "random_prompt"])
def test_a_node_of_texts_runs_as_it_is_dropped(editor: Editor, kind: str) -> None:
    editor.write("a market at dawn")
    node = editor.add(kind)
    editor.connect(editor.node("input"), node)
    editor.connect(node, editor.node("collector"))
    [told] = editor.run()
    assert "market at dawn" in told.lower()


def test_a_judge_and_a_comparison_run_as_they_are_dropped(editor: Editor) -> None:
    editor.write("a market at dawn")
    words, end = editor.node("input"), editor.node("collector")
    judge, compare = editor.add("evaluation"), editor.add("comparison_evaluator")
    editor.connect(words, judge)
    editor.connect(words, compare, entry="input-1")
    editor.connect(judge, end, output="output-pass")
    editor.connect(compare, end)
    told = editor.run()
    assert any("Pass" in text for text in told)
    assert any("comparison_evaluator" in text for text in told)
    assert any("⚠" in text and "criteria" in text for text in told)


def test_a_judged_picture_is_shown_with_its_verdict(editor: Editor) -> None:
    editor.write("a market at dawn")
    end = editor.node("collector")
    draw, judge, look = editor.add("generation"), editor.add("evaluation"), editor.add("display")
    editor.connect(editor.node("input"), draw, entry="input-2")
    editor.connect(draw, judge)
    editor.connect(draw, look)
    editor.connect(judge, end, output="output-pass")
    told = editor.run()
    assert any("Pass" in text for text in told)
    assert editor.page.locator(".collector-image").count() == 1
    editor.page.locator(".preview-image").wait_for(timeout=WAIT)


def test_a_picture_is_uploaded_shown_and_described(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(plain_png(40, 24, 0x3366CC))
    start, look = editor.add("image_input"), editor.add("image_evaluation")
    editor.page.set_input_files(".file-input", tmp_path / "a.png")
    editor.page.get_by_text("40 × 24").wait_for(timeout=WAIT)
    model = editor.module(look).locator("select").first
    model.select_option(index=1)
    editor.connect(start, look)
    editor.connect(look, editor.node("collector"))
    assert any("image_evaluation" in text for text in editor.run())


def test_a_canvas_that_cannot_run_tells_why_on_the_page(editor: Editor) -> None:
    """Also one from elsewhere, which opens all the same."""
    draw = {"id": "generation_1", "type": "generation", "configId": "sd35_large"}
    write = {"id": "interception_1", "type": "interception", "llmModel": "openrouter/x/y"}
    links = [("input_1", "interception_1"), ("interception_1", "generation_1", "input-1")]
    links.append(("generation_1", "collector_1"))
    editor.load(saved("From elsewhere", WORDS, write, draw, END, links=links))
    told = editor.run()
    assert any("cannot run" in text and "sd35_large" in text for text in told)
    assert any("openrouter" in text and "canvas_kit.toml" in text for text in told)


def test_a_failure_names_its_root_on_the_page(editor: Editor) -> None:
    draw = {"id": "generation_1", "type": "generation", "configId": "lab/p"}
    write = {"id": "interception_1", "type": "interception", "llmModel": "lab/w"}
    words = WORDS | {"promptText": "please REFUSE this"}
    links = [("input_1", "interception_1"), ("interception_1", "generation_1", "input-1")]
    links.append(("generation_1", "collector_1"))
    editor.load(saved("Refused", words, write, draw, END, links=links))
    [told] = editor.run()
    assert "moderation refused it" in told


def test_feedback_goes_round_and_ends(editor: Editor) -> None:
    write = {"id": "interception_1", "type": "interception", "llmModel": "lab/w"}
    judge = {"id": "evaluation_1", "type": "evaluation", "llmModel": "lab/j"}
    links: list[tuple[str, ...]] = []
    links += [("input_1", "interception_1"), ("interception_1", "evaluation_1")]
    links += [("evaluation_1", "interception_1", "feedback")]
    links += [("evaluation_1", "collector_1", "pass")]
    editor.load(saved("Feedback", WORDS, write, judge, END, links=links))
    assert any("A MARKET AT DAWN" in text for text in editor.run())


def test_a_batch_runs_and_is_aborted(editor: Editor, server: RunningServer) -> None:
    before = len(find_runs(server.exports))
    editor.write("a market at dawn")
    draw = editor.add("generation")
    editor.connect(editor.node("input"), draw, entry="input-1")
    editor.connect(draw, editor.node("collector"))
    page = editor.page
    page.locator(".toolbar-btn.batch").click()
    page.locator(".batch-modal .btn.primary").click()
    page.wait_for_selector(".batch-progress-bar", state="detached", timeout=WAIT)
    assert len(find_runs(server.exports)) == before + 3
    editor.write("ENDLESS market")
    page.locator(".toolbar-btn.batch").click()
    page.locator(".batch-modal .btn.primary").click()
    page.get_by_text("(Run").wait_for(timeout=WAIT)
    page.wait_for_function("document.querySelector('.batch-abort-btn') !== null")
    page.wait_for_timeout(500)
    page.locator(".batch-abort-btn").click()
    page.wait_for_selector(".batch-progress-bar", state="detached", timeout=WAIT)


def test_what_is_saved_can_be_loaded_again(editor: Editor, tmp_path: Path) -> None:
    editor.write("a market at dawn")
    draw = editor.add("generation")
    editor.connect(editor.node("input"), draw, entry="input-1")
    editor.connect(draw, editor.node("collector"))
    with editor.page.expect_download() as download:
        editor.page.locator(".toolbar-btn", has_text="📤").click()
    document = json.loads(Path(download.value.path()).read_text())
    editor.load(document | {"name": "Again"})
    assert len(editor.run()) == 1
