"""A walk through the original editor's page, as it was built, unchanged.

It runs where CANVAS_KIT_EDITOR_DIST names the folder of a built front end
(``public/ai4artsed-frontend/dist`` of joeriben/ai4artsed_webserver). What the page sends is held
without it by ``test_page.py``, ``test_page_canvases.py`` and ``test_page_messages.py``. Each test
leaves a picture of the page in its folder, and all of them together the list of requests.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from canvas_kit.backends.scripted import plain_png
from canvas_kit.recorder.run import Run, find_runs
from tests.server.conftest import TOKEN, RunningServer, ServerStarter
from tests.server.page_canvas import TYPES
from tests.server.page_server import page_server
from tests.server.test_page_canvases import FILMS, NAMES

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
    folder: Path
    said: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, url: str) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.errors.append(error.stack or str(error)))
        self.page.on("dialog", lambda dialog: dialog.accept())
        # A node made before the page has the list of models would have no default model.
        self.page.goto(f"{url}/canvas", wait_until="networkidle", timeout=WAIT)
        self.page.wait_for_selector(".palette-panel", timeout=WAIT)
        self.page.wait_for_selector(".loading-overlay", state="detached", timeout=WAIT)

    def _hear(self, message: Any) -> None:
        (self.errors if message.type == "error" else self.said).append(message.text)

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


Requests = list[tuple[str, str, int]]


@pytest.fixture(scope="module")
def site(
    server: RunningServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Requests]]:
    with page_server(Path(DIST), server.url, TOKEN) as served:
        yield served
    told = Counter((method, _without_ids(path), status) for method, path, status in served[1])
    lines = [f"{m} {path} {status} {count}" for (m, path, status), count in sorted(told.items())]
    (tmp_path_factory.mktemp("walk") / "requests.txt").write_text("\n".join(lines) + "\n")


def _without_ids(path: str) -> str:
    path = re.sub(r"[0-9a-f]{32}", "{upload}", path)
    return re.sub(r"\d{8}_\d{6}_\d{3}_[0-9a-f]{8}", "{run}", path)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("no Chromium on this machine: install the package 'chromium'")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, headless=True, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def locale() -> str:
    """What the browser says that its user reads."""
    return "en"


@pytest.fixture
def editor(
    site: tuple[str, Requests], browser: Browser, locale: str, tmp_path: Path
) -> Iterator[Editor]:
    url, seen = site
    before = len(seen)
    page = browser.new_page(viewport={"width": 1600, "height": 1000}, locale=locale)
    editor = Editor(page, tmp_path)
    editor.open(url)
    yield editor
    page.screenshot(path=tmp_path / "page.png")
    page.close()
    assert not editor.errors
    assert not [request for request in seen[before:] if request[2] >= 400]
    progress = [text for text in editor.said if text.startswith("[Canvas] Progress:")]
    assert all(text.removeprefix("[Canvas] Progress:").strip() for text in progress)


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
    counted = [text for text in editor.said if text.startswith("[Canvas] Batch complete:")]
    assert [text.rsplit(" ", 2)[1] for text in counted] == ["3/3", "0/3"]


def test_a_seed_that_counts_up_begins_where_the_page_shows(
    editor: Editor, server: RunningServer
) -> None:
    before = set(find_runs(server.exports))
    editor.write("a market at dawn")
    draw, seed = editor.add("generation"), editor.add("seed")
    editor.module(seed).locator("select").select_option("increment")
    assert editor.module(seed).locator("input").input_value() == "0"
    editor.connect(editor.node("input"), draw, entry="input-1")
    editor.connect(seed, draw, entry="input-2")
    editor.connect(draw, editor.node("collector"))
    editor.page.locator(".toolbar-btn.batch").click()
    editor.page.locator(".batch-modal .btn.primary").click()
    editor.page.wait_for_selector(".batch-progress-bar", state="detached", timeout=WAIT)
    made = [Run.open(folder) for folder in set(find_runs(server.exports)) - before]
    assert sorted(run.images[0].seed or 0 for run in made) == [0, 1, 2]


@pytest.mark.parametrize(
    ("kind", "place", "field"),
    [
        ("interception", 0, "interceptionPreset"),
        ("random_prompt", 0, "randomPromptPreset"),
        ("model_adaption", 0, "modelAdaptionPreset"),
        ("evaluation", 0, "evaluationType"),
        ("evaluation", 2, "outputType"),
        ("image_evaluation", 1, "imageEvaluationPreset"),
        ("seed", 0, "seedMode"),
        ("resolution", 0, "resolutionPreset"),
    ],
)
def test_the_pages_menus_hold_the_names_that_are_replayed_and_can_be_chosen(
    editor: Editor, kind: str, place: int, field: str
) -> None:
    """A name that the page had and the table had not would be found here."""
    menu = editor.module(editor.add(kind)).locator("select").nth(place)
    names = menu.locator("option").evaluate_all("options => options.map(one => one.value)")
    assert sorted(names) == sorted(NAMES[kind, field].split())
    for name in names:
        menu.select_option(name)
        editor.page.wait_for_load_state("networkidle")


def test_the_pages_palette_holds_the_types_that_are_replayed(editor: Editor) -> None:
    shown = editor.page.locator(".module-btn img").evaluate_all("all => all.map(one => one.alt)")
    assert set(shown) | {"input", "collector"} == set(TYPES)


def test_every_film_of_the_menu_makes_a_prompt(editor: Editor) -> None:
    node = editor.module(editor.add("random_prompt"))
    node.locator("select").first.select_option("photo")
    menu = node.locator("select").nth(1)
    films = menu.locator("option").evaluate_all("options => options.map(one => one.value)")
    assert sorted(films) == sorted(FILMS)
    prompts = [
        {
            "id": f"random_prompt_{number}",
            "type": "random_prompt",
            "randomPromptPreset": "photo",
            "randomPromptFilmType": film,
            "randomPromptModel": "embedded/writer",
        }
        for number, film in enumerate(films)
    ]
    links: list[tuple[str, ...]] = [(str(prompt["id"]), "collector_1") for prompt in prompts]
    editor.load(saved("Films", *prompts, END, links=links))
    told = editor.run()
    assert len(told) == len(FILMS)
    assert editor.page.locator(".collector-item.has-error").count() == 0
    assert any("Tri-X" in text for text in told)


@pytest.mark.parametrize("locale", ["de-DE"])
def test_a_german_user_is_told_in_german(editor: Editor) -> None:
    """That a canvas cannot run, and at the next try what failed and what was forgotten."""
    draw = {"id": "generation_1", "type": "generation", "configId": "sd35_large"}
    write = {"id": "interception_1", "type": "interception", "llmModel": "lab/w"}
    links: list[tuple[str, ...]] = [("input_1", "interception_1")]
    links.append(("interception_1", "generation_1", "input-1"))
    links.append(("generation_1", "collector_1"))
    editor.load(saved("Von anderswo", WORDS, write, draw, END, links=links))
    [told] = editor.run()
    assert "Dieses Canvas kann nicht laufen" in told
    assert "Kommt das Canvas von anderswo" in told
    editor.page.screenshot(path=editor.folder / "refused.png")
    words = WORDS | {"promptText": "fail with a path"}
    judge = {"id": "evaluation_1", "type": "evaluation", "llmModel": "lab/j"}
    draw |= {"configId": "lab/p"}
    links += [("input_1", "evaluation_1"), ("evaluation_1", "collector_1", "pass")]
    editor.load(saved("Fehlgeschlagen", words, write, draw, judge, END, links=links))
    shown = editor.run()
    assert any("wovon er abhängt, ist fehlgeschlagen" in text for text in shown)
    assert any("Schreibe Kriterien hinein" in text for text in shown)
    assert "[Canvas] Progress: Der Text wird umgeschrieben." in editor.said


def test_a_busy_server_is_told_on_the_page(
    start_server: ServerStarter, browser: Browser, tmp_path: Path
) -> None:
    server = start_server(options={"max_jobs": 1})
    write = {"id": "interception_1", "type": "interception"}
    endless = WORDS | {"promptText": "endless"}
    body = saved("Endless", endless, write, END, links=[("input_1", "interception_1")])
    with (
        page_server(Path(DIST), server.url, TOKEN) as (url, _),
        server.client.stream("/api/canvas/execute-stream", {"workflow": body}) as stream,
    ):
        stream.until("started")
        page = browser.new_page(viewport={"width": 1600, "height": 1000}, locale="en")
        editor = Editor(page, tmp_path)
        editor.open(url)
        editor.connect(editor.node("input"), editor.node("collector"))
        [told] = editor.run()
        assert "This server is busy" in told
        assert not editor.errors
        page.screenshot(path=tmp_path / "page.png")
        page.close()
    server.stop()


def test_the_assistant_says_that_it_is_none(editor: Editor) -> None:
    page = editor.page
    page.locator(".chat-toggle-icon").click(force=True)  # it never stands still
    page.locator(".chat-input-container textarea").fill("What is a canvas?")
    page.locator(".send-button").click()
    page.get_by_text("There is no assistant here").wait_for(timeout=WAIT)


def test_the_settings_of_the_original_are_not_opened(
    editor: Editor, site: tuple[str, Requests]
) -> None:
    """They are another server's; the page goes where it goes without the password."""
    editor.page.goto(f"{site[0]}/settings", wait_until="networkidle", timeout=WAIT)
    assert ("GET", "/api/settings/check-auth", 200) in site[1]
    assert "authRequired" in editor.page.url


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
