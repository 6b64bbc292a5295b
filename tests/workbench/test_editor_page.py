"""The canvas editor in a real browser, on a page of its own: what the mouse and the keys do."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect, sync_playwright

import canvas_kit
from canvas_kit.workbench.editing import described

HERE = Path(__file__).parent
BUNDLE = Path(canvas_kit.__file__).parent / "workbench" / "static" / "workbench.js"
SHOTS = os.environ.get("CANVAS_KIT_SCREENSHOTS")
ORIGIN = "http://editor.test"
EMPTY = {"id": "w", "name": "", "type": "canvas_workflow", "nodes": [], "connections": []}
MODELS = [
    {"value": "", "title": "sd35_large", "default": True},
    *({"value": f"comfyui/model_{n}", "title": f"comfyui/model_{n}"} for n in range(3000)),
]
CHOICES = {"text_models": MODELS[:3], "vision_models": MODELS[:1], "media_models": MODELS}

Json = dict[str, Any]


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


class EditorPage:
    """A page with an editor and a pretended Python behind it (``editor_page.html``)."""

    def __init__(self, browser: Browser, document: Mapping[str, Any], **given: Any) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 820})
        self.context.set_default_timeout(60_000)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(error.stack or str(error)))
        self.page.on(
            "console",
            lambda said: self.faults.append(said.text) if said.type == "error" else None,
        )
        language = given.setdefault("language", "en")
        given |= {"describe": described(language), "choices": CHOICES, "document": document}
        self.page.add_init_script(f"window.given = {json.dumps(given)}")
        self.page.route(f"{ORIGIN}/**", self._serve)
        self.page.goto(f"{ORIGIN}/editor_page.html")
        expect(self.page.locator(".ckw-item").first).to_be_visible()

    def _serve(self, route: Route) -> None:
        name = route.request.url.rpartition("/")[2]
        path = BUNDLE if name == BUNDLE.name else HERE / name
        kind = "text/javascript" if path.suffix == ".js" else "text/html"
        if path.exists():
            route.fulfill(body=path.read_bytes(), content_type=kind)
        else:
            route.fulfill(status=204)

    def document(self) -> Json:
        found: Json = self.page.evaluate("() => fake.document()")
        return found

    def node(self, node_id: str) -> Locator:
        return self.page.locator(f'.react-flow__node[data-id="{node_id}"]')

    def port(self, node_id: str, handle: str) -> Locator:
        return self.node(node_id).locator(f'[data-handleid="{handle}"]')

    def settled(self) -> None:
        """Wait until the view stands still: it moves a node out from under its form."""
        view = self.page.locator(".react-flow__viewport")
        former, now = "", str(view.get_attribute("style"))
        while now != former:
            self.page.wait_for_timeout(400)
            former, now = now, str(view.get_attribute("style"))

    def click_for(self, button: Locator, wanted: Locator) -> None:
        """Click until what it opens is there; on a busy machine the view moves under the mouse."""
        for _ in range(5):
            self.settled()
            button.click()
            with contextlib.suppress(AssertionError):
                expect(wanted).to_be_visible(timeout=4000)
                return
        expect(wanted).to_be_visible()

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=3)
        self.page.mouse.move(*end, steps=3)
        self.page.mouse.up()

    def connect(self, source: Locator, target: Locator) -> None:
        self.drag(middle(source), middle(target))

    def asked(self, method: str) -> list[Json]:
        calls: list[Any] = self.page.evaluate("() => fake.asked")
        return [parameters for name, parameters in calls if name == method]

    def shot(self, name: str) -> None:
        if SHOTS:
            self.page.wait_for_timeout(250)
            self.page.screenshot(path=str(Path(SHOTS) / f"editor_{name}.png"))


@pytest.fixture
def open_editor(browser: Browser) -> Iterator[Callable[..., EditorPage]]:
    """Opens an editor; afterwards its page must have been without fault."""
    opened: list[EditorPage] = []

    def open_one(document: Mapping[str, Any] = EMPTY, **given: Any) -> EditorPage:
        opened.append(EditorPage(browser, document, **given))
        return opened[-1]

    yield open_one
    for editor in opened:
        editor.context.close()
        assert editor.faults == []


def middle(item: Locator) -> tuple[float, float]:
    box = item.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def line(source: str, target: str, **labels: str) -> Json:
    return {"sourceId": source, "targetId": target, **labels}


def canvas(*nodes: Json, connections: tuple[Json, ...] = ()) -> Json:
    """A document; nodes without a place stand in a row."""
    placed = [{"x": 40 + 290 * n, "y": 90, **node} for n, node in enumerate(nodes)]
    return {**EMPTY, "nodes": placed, "connections": list(connections)}


PROMPT = {"id": "prompt", "type": "input", "promptText": "A family at table"}
DRAFT = {"id": "draft", "type": "interception", "interceptionPreset": "one_world"}
JUDGE = {"id": "judge", "type": "evaluation", "evaluationType": "fairness"}
PICTURE = {"id": "picture", "type": "generation", "y": 330, "x": 330}
LOOP = canvas(PROMPT, DRAFT, JUDGE, connections=(line("prompt", "draft"), line("draft", "judge")))
STUDY = canvas(
    PROMPT,
    DRAFT,
    {"id": "first", "type": "generation"},
    {"id": "second", "type": "generation", "x": 620, "y": 520},
    {"id": "size", "type": "resolution", "resolutionWidth": 512, "resolutionHeight": 320},
    connections=(
        line("prompt", "draft"),
        line("draft", "first"),
        line("draft", "second"),
        line("size", "first"),
        line("size", "second"),
    ),
)


def test_a_canvas_is_built_with_the_mouse_and_undone(
    open_editor: Callable[..., EditorPage],
) -> None:
    """Four nodes dragged from the palette and three lines drawn are a document; undo takes back."""
    editor = open_editor()
    page = editor.page
    expect(page.get_by_text("Begin here")).to_be_visible()
    editor.shot("empty")
    stage = page.locator(".ckw-flow")
    for number, kind in enumerate(("input", "interception", "generation", "collector")):
        item = page.locator(f'.ckw-item[data-type="{kind}"]')
        place = {"x": 130.0 + 200 * (number % 2) * 2, "y": 80.0 + 260 * (number // 2)}
        item.drag_to(stage, target_position={"x": place["x"], "y": place["y"]})
        expect(editor.node(f"{kind}_1")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".ckw-form")).to_have_count(0)
    steps = [
        ("input_1", "o:text", "interception_1", "i:text"),
        ("interception_1", "o:text", "generation_1", "i:prompt"),
        ("generation_1", "o:media", "collector_1", "i:items"),
    ]
    for source, out, target, into in steps:
        editor.connect(editor.port(source, out), editor.port(target, into))
    expect(page.locator(".react-flow__edge")).to_have_count(3)
    document = editor.document()
    assert document["connections"] == [
        line("input_1", "interception_1"),
        line("interception_1", "generation_1"),
        line("generation_1", "collector_1"),
    ]
    assert all({"x", "y"} <= node.keys() for node in document["nodes"])
    expect(page.get_by_role("img", name="This canvas can run.")).to_be_visible()
    before = document["nodes"][1]
    start = middle(editor.node("interception_1").locator("header"))
    editor.drag(start, (start[0] + 60, start[1] + 40))
    moved = editor.document()["nodes"][1]
    assert moved["x"] > before["x"] + 30, "after a threshold that lets a click be a click"
    assert moved["y"] > before["y"] + 20
    assert page.evaluate("() => fake.changes") == 8, "a drag is handed on once, at its end"
    page.keyboard.press("Control+z")
    assert editor.document() == document, "one gesture is one step"
    page.keyboard.press("Control+z")
    expect(page.locator(".react-flow__edge")).to_have_count(2)
    page.keyboard.press("Control+Shift+z")
    expect(page.locator(".react-flow__edge")).to_have_count(3)
    editor.shot("built")


def test_what_does_not_fit_is_refused_and_said(open_editor: Callable[..., EditorPage]) -> None:
    """A picture goes into no text; a loop closes only from what failed, dashed as feedback."""
    picture = {"id": "photo", "type": "image_input", "x": 40, "y": 330}
    document = {**LOOP, "nodes": [*LOOP["nodes"], picture]}
    editor = open_editor(document)
    page = editor.page
    editor.connect(editor.port("photo", "o:image"), editor.port("draft", "i:text"))
    refusal = "draft does not take what photo gives: “Text” takes a text, for example from Input, "
    expect(page.get_by_role("alert")).to_contain_text(refusal)
    expect(page.locator(".ckw-said")).to_be_empty()  # or it would be read twice
    editor.drag(
        middle(editor.port("photo", "o:image")), middle(editor.node("prompt").locator("header"))
    )
    expect(page.get_by_role("alert")).to_contain_text(
        "prompt takes nothing from other nodes; a picture or other medium from photo fits "
    )
    assert editor.document()["connections"] == document["connections"]
    editor.connect(editor.port("judge", "o:passed"), editor.port("draft", "i:text"))
    expect(page.get_by_role("alert")).to_contain_text("would wait for each other")
    editor.connect(editor.port("judge", "o:failed"), editor.port("draft", "i:text"))
    expect(page.locator(".ckw-edge.ckw-feedback")).to_have_count(1)
    assert editor.document()["connections"][-1] == line("judge", "draft", label="feedback")
    editor.shot("feedback")


def test_a_line_ends_on_a_node_or_begins_a_new_one(open_editor: Callable[..., EditorPage]) -> None:
    """Dropped on a box it takes the port that fits; over the empty canvas it offers what fits."""
    editor = open_editor(canvas(PROMPT, {"id": "weigh", "type": "comparison_evaluator"}))
    page = editor.page
    header = editor.node("weigh").locator("header")
    editor.drag(middle(editor.port("prompt", "o:text")), middle(header))
    assert editor.document()["connections"] == [line("prompt", "weigh", label="input-1")]
    x, y = middle(editor.port("weigh", "o:text"))
    editor.drag((x, y), (x + 120, y + 160))
    expect(page.get_by_role("dialog", name="Add a node that takes a text")).to_be_visible()
    expect(page.locator(".ckw-quick .ckw-item", has_text="Image evaluation")).to_have_count(0)
    page.keyboard.type("transl")
    page.keyboard.press("Enter")
    assert editor.document()["connections"][-1] == line("weigh", "translation_1")


@pytest.mark.parametrize(("width", "below"), [(900, True), (1280, False)])
def test_a_form_leaves_in_sight_what_follows_its_node(
    open_editor: Callable[..., EditorPage], width: int, below: bool
) -> None:
    """Below a narrow canvas. What was seen stays, and is where it was when the form is gone."""
    editor = open_editor(LOOP)
    page, form = editor.page, editor.page.locator(".ckw-form")
    page.set_viewport_size({"width": width, "height": 820})
    page.get_by_role("button", name="Show all (F)").click()
    editor.settled()
    before = [editor.node(name).bounding_box() for name in ("draft", "judge")]
    editor.click_for(editor.node("draft").locator("header"), form)
    editor.settled()
    frame, place = page.locator(".ckw-flow").bounding_box(), form.bounding_box()
    assert frame is not None
    assert place is not None
    right, bottom = frame["x"] + frame["width"], frame["y"] + frame["height"]
    assert place["y"] >= bottom - 1 if below else place["x"] >= right - 1
    for name in ("draft", "judge"):
        box = editor.node(name).bounding_box()
        assert box is not None
        assert frame["x"] <= box["x"]
        assert box["x"] + box["width"] <= right
        assert box["y"] + box["height"] <= bottom
    editor.shot(f"form_{width}")
    page.get_by_role("button", name="Close the form").click()
    editor.settled()
    assert [editor.node(name).bounding_box() for name in ("draft", "judge")] == before


def test_parameters_are_badges(open_editor: Callable[..., EditorPage]) -> None:
    """Set from the node, edited by a click, shared where they are shared; no boxes, no lines."""
    editor = open_editor(STUDY)
    page = editor.page
    expect(page.locator(".react-flow__node")).to_have_count(4)
    badge = editor.node("first").get_by_role("button", name="Resolution: 512 × 320, shared by 2")
    expect(badge).to_be_visible()
    editor.node("first").get_by_role("button", name="Set Seed").click()
    field = page.locator('.ckw-form[data-node="seed_1"] [data-field="seedValue"] input').first
    field.fill("9007199254740993")
    field.press("Enter")
    expect(page.get_by_text("The most is 9007199254740991.")).to_be_visible()
    field.fill("42")
    field.press("Enter")
    expect(editor.node("first").get_by_role("button", name="Seed: 42")).to_be_visible()
    document = editor.document()
    assert document["nodes"][-1]["seedValue"] == 42
    assert document["connections"][-1] == line("seed_1", "first")
    width = page.locator('.ckw-form[data-node="size"] [data-field="resolutionWidth"] input').first
    editor.click_for(badge, width)
    width.fill("640")
    width.press("Enter")
    expect(editor.node("second")).to_contain_text("640 × 320")
    assert editor.document()["nodes"][4]["resolutionPreset"] == "custom"
    editor.shot("badges")
    page.get_by_role("button", name="Disconnect: → second").click()
    expect(editor.node("first").get_by_role("button", name="Resolution: 640 × 320")).to_be_visible()
    expect(editor.node("second").get_by_role("button", name="Set Resolution")).to_be_visible()


def test_a_form_keeps_what_was_typed(open_editor: Callable[..., EditorPage]) -> None:
    """Typing is one step, is kept when another node is clicked at once, and shows at no other."""
    editor = open_editor(LOOP | {"own": {"kept": True}})
    page = editor.page
    editor.node("prompt").click()
    page.locator('[data-field="promptText"] textarea').fill("A market at dawn")
    editor.node("draft").click()
    expect(page.locator('.ckw-form[data-node="draft"]')).to_be_visible()
    expect(page.locator('[data-field="contextPrompt"] textarea')).to_have_value("")
    expect(editor.node("prompt")).to_contain_text("A market at dawn")
    page.get_by_role("button", name="Close the form").click()
    expect(page.locator(".ckw-form")).to_have_count(0)
    editor.node("draft").click()
    expect(page.locator('.ckw-form[data-node="draft"]')).to_be_visible()
    document = editor.document()
    assert document["nodes"][0]["promptText"] == "A market at dawn"
    assert document["own"] == {"kept": True}
    page.locator(".ckw-pick").first.click()
    page.keyboard.type("bauh")
    page.keyboard.press("Enter")
    assert editor.document()["nodes"][1]["interceptionPreset"] == "bauhaus"
    expect(editor.node("draft").locator(".ckw-line-strong")).to_have_text("Bauhaus")
    name = page.locator('[data-role="node-name"]')
    name.fill("prompt")
    name.press("Enter")
    expect(page.get_by_text("Another node has this name.")).to_be_visible()
    name.fill("rewriting")
    name.press("Enter")
    expect(page.locator('.ckw-form[data-node="rewriting"]')).to_be_visible()
    assert [c["sourceId"] for c in editor.document()["connections"]] == ["prompt", "rewriting"]
    page.locator(".ckw-flow").focus()
    for _ in range(3):
        page.get_by_role("button", name="Undo").click()
    assert editor.document()["nodes"] == LOOP["nodes"]


def test_long_lists_of_models_are_not_all_drawn(open_editor: Callable[..., EditorPage]) -> None:
    """Of 3,000 models the rows in sight are there; any can be searched for."""
    editor = open_editor(canvas(PICTURE))
    page = editor.page
    editor.node("picture").click()
    page.locator(".ckw-pick").click()
    expect(page.locator(".ckw-option")).not_to_have_count(0)
    assert page.locator(".ckw-option").count() < 30
    page.keyboard.type("model_2987")
    page.keyboard.press("Enter")
    assert editor.document()["nodes"][0]["configId"] == "comfyui/model_2987"


def test_a_problem_is_told_where_it_is(open_editor: Callable[..., EditorPage]) -> None:
    """The node shows it, the list leads there, the field says it; the file has nothing of it."""
    editor = open_editor(LOOP)
    page = editor.page
    problem = {
        "node": "judge",
        "field": "evaluationPrompt",
        "code": "missing_criteria",
        "message": "Write criteria here.",
        "severity": "problem",
    }
    page.evaluate("(one) => { fake.problems = [one] }", problem)
    editor.node("prompt").click()
    page.locator('[data-field="promptText"] textarea').fill("x")
    expect(editor.node("judge").locator(".ckw-box.ckw-problem")).to_be_visible()
    page.get_by_role("button", name="To mend: 1").click()
    page.get_by_role("button", name="judge Write criteria here.").click()
    expect(page.locator('[data-field="evaluationPrompt"]')).to_contain_text("Write criteria here.")
    page.keyboard.press("Escape")
    editor.shot("problem")
    assert "Write criteria" not in json.dumps(editor.document())


def test_everything_can_be_done_by_keys(open_editor: Callable[..., EditorPage]) -> None:
    """Add, connect, move, duplicate, delete and undo without a mouse; each is said."""
    editor = open_editor()
    page = editor.page
    said = page.locator(".ckw-said")
    page.locator(".ckw-canvasname").focus()
    page.keyboard.press("Tab")
    search = page.locator('[data-role="palette-search"]')
    page.keyboard.press("/")
    expect(search).to_be_focused()
    page.keyboard.type("prompt")
    expect(page.locator(".ckw-item")).to_have_count(3)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(said).to_have_text("Input added.")
    search.fill("interc")
    page.keyboard.press("Enter")
    editor.node("input_1").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("c")
    page.keyboard.type("interception")
    page.keyboard.press("Enter")
    expect(said).to_have_text("Input 1 connected with Interception 1.")
    assert editor.document()["connections"] == [line("input_1", "interception_1")]
    editor.node("input_1").focus()
    before = editor.document()["nodes"][0]
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    assert editor.document()["nodes"][0]["y"] == before["y"] + 30
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+d")
    expect(page.locator(".react-flow__node")).to_have_count(4)
    assert editor.document()["connections"][-1] == line("input_2", "interception_2")
    page.keyboard.press("Delete")
    expect(page.locator(".react-flow__node")).to_have_count(2)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys and mouse")).to_be_visible()
    editor.shot("keys")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_nodes_travel_between_editors_as_text(open_editor: Callable[..., EditorPage]) -> None:
    """What is copied in one is pasted into another, with its parameters and its connections."""
    one, other = open_editor(STUDY), open_editor(STUDY)
    one.node("first").click()
    one.page.locator(".ckw-flow").press("Control+c")
    text = one.page.evaluate(
        """() => {
          const data = new DataTransfer();
          const event = new ClipboardEvent('copy', {clipboardData: data, bubbles: true});
          document.querySelector('.ckw-flow').dispatchEvent(event);
          return data.getData('text/plain');
        }"""
    )
    assert [node["id"] for node in json.loads(text)["nodes"]] == ["first", "size"]
    other.page.evaluate(
        """(text) => {
          const data = new DataTransfer();
          data.setData('text/plain', text);
          const event = new ClipboardEvent('paste', {clipboardData: data, bubbles: true});
          document.querySelector('.ckw-flow').dispatchEvent(event);
        }""",
        text,
    )
    expect(other.page.locator(".react-flow__node")).to_have_count(5)
    assert other.document()["connections"][-1] == line("size_1", "first_1")


def test_fields_become_axes_of_a_batch(open_editor: Callable[..., EditorPage]) -> None:
    """Presets picked, numbers typed, the control: the bar counts, the run takes it all along."""
    editor = open_editor(STUDY)
    page = editor.page
    editor.node("draft").click()
    field = page.locator(".ckw-field", has=page.locator('[data-field="interceptionPreset"]'))
    field.get_by_role("button", name="Vary this").click()
    field.get_by_role("searchbox").or_(field.get_by_role("combobox")).fill("bauhaus")
    field.get_by_role("option").first.click()
    field.get_by_text("also (without)").click()
    expect(field).to_contain_text("Varies × 3")
    width = page.locator(".ckw-field", has=page.locator('[data-field="resolutionWidth"]'))
    editor.click_for(editor.node("first").get_by_role("button", name="Resolution"), width)
    width.get_by_role("button", name="Vary this").click()
    width.locator("textarea").fill("512..1024..256")
    width.locator("textarea").blur()
    page.get_by_role("spinbutton", name="Seeds").fill("2")
    page.get_by_role("spinbutton", name="Seeds").blur()
    bar = page.get_by_role("region", name="What varies")
    expect(bar).to_contain_text("3 × 3 × 2 = 18 runs, about 2 min")
    expect(editor.node("draft").locator(".ckw-axes")).to_have_text("Preset × 3")
    bar.get_by_role("button", name="As Python").click()
    expect(bar.locator("pre")).to_have_text("sweep = Sweep(canvas, {})")
    editor.shot("vary")
    page.get_by_role("button", name="Run 18").click()
    expect(page.locator(".ckw-results")).to_be_visible()
    [started] = editor.asked("start")
    assert started["vary"] == {
        "factors": {
            "draft.interceptionPreset": ["one_world", "bauhaus", "(without)"],
            "size.resolutionWidth": [512, 768, 1024],
        },
        "seeds": 2,
        "base_seed": None,
    }
    assert started["document"] == STUDY, "what varies is no part of the canvas"
    assert page.evaluate("() => fake.started") == ["job-1"]


def progress(state: str, **more: Any) -> Json:
    nothing: Json = {
        "message": "",
        "text": "",
        "step": None,
        "total": None,
        "round": 1,
        "media": [],
    }
    return {"state": state, **nothing, "preview": "", "reused": False, **more}


def snapshot(job: str, **more: Any) -> Json:
    return {
        "job": job,
        "kind": "run",
        "state": "running",
        "status": "",
        "error": "",
        "number": 1,
        "name": "",
        "folder": "/exports/1",
        "started_at": "",
        "seconds": 12,
        "seconds_left": None,
        "total": 1,
        "ended": 0,
        "completed": 0,
        "wanting": 0,
        "cancelled": 0,
        "nodes": {},
        "runs": [],
        "messages": [],
        **more,
    }


def medium(number: int) -> Json:
    return {
        "run_id": f"run_{number}",
        "file": f"picture_{number}.png",
        "sha256": f"{(number * 2654435761) % 2**24:06x}",
        "media_type": "image/png",
        "width": 400,
        "height": 400,
    }


DOT = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)


def test_a_run_is_seen_on_its_nodes(open_editor: Callable[..., EditorPage]) -> None:
    """State, steps, preview, text, picture and error appear in place; cancel asks to stop."""
    editor = open_editor(STUDY)
    page = editor.page
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Run", exact=True).click()
    nodes = {
        "prompt": progress("completed", text="A family at table"),
        "draft": progress("completed", text="Three generations around a table.", round=2),
        "first": progress("running", step=7, total=20, preview=DOT, message="sampling"),
        "second": progress("failed", message="The server said: out of memory."),
    }
    page.evaluate("(told) => fake.tell(told)", snapshot("job-1", nodes=nodes))
    expect(editor.node("first").get_by_role("progressbar")).to_have_attribute("aria-valuenow", "7")
    expect(editor.node("first").get_by_role("img", name="Preview of first")).to_be_visible()
    expect(editor.node("draft").locator(".ckw-made")).to_contain_text("Three generations")
    expect(editor.node("second").locator(".ckw-error")).to_contain_text("out of memory")
    editor.shot("running")
    page.get_by_role("button", name="Cancel").click()
    assert editor.asked("stop") == [{"job": "job-1"}]
    nodes["first"] = progress("completed", media=[medium(1), medium(2)])
    told = snapshot("job-1", nodes=nodes, state="ended", status="partial", number=9)
    page.evaluate("(told) => fake.tell(told)", told)
    expect(page.locator(".ckw-said")).to_have_text("The run has ended: Completed in part.")
    picture = editor.node("first").get_by_role("button", name="Look at what first made")
    picture.click()
    large = page.get_by_role("dialog", name="Picture")
    expect(large).to_contain_text("1/2 · 400 × 400 · picture_1.png")
    page.keyboard.press("ArrowRight")
    expect(large).to_contain_text("2/2")
    page.keyboard.press("Escape")
    assert ["picture_1.png", 320] in page.evaluate("() => fake.pictures")
    assert ["picture_1.png", 0] in page.evaluate("() => fake.pictures")
    editor.shot("completed")
    page.get_by_role("button", name="Clear results").click()
    expect(page.locator(".ckw-results")).to_have_count(0)


def test_boxes_make_room_for_results(open_editor: Callable[..., EditorPage]) -> None:
    """What lies below moves out of the way, for the eye; what was made stays until more comes."""
    document = canvas(PROMPT, {"id": "first", "type": "generation"}, {**PICTURE, "y": 300})
    editor = open_editor(document, job="job-1")
    page = editor.page
    below = editor.node("picture")
    start = middle(below)
    nodes = {"first": progress("completed", media=[medium(1)])}
    page.evaluate("(told) => fake.tell(told)", snapshot("job-1", nodes=nodes))
    expect(editor.node("first").locator("img")).to_be_visible()
    expect(below).not_to_have_attribute("style", re.compile("translate\\(330px, ?300px\\)"))
    page.wait_for_function(
        """() => {
          const box = (id) => document.querySelector(`[data-id="${id}"]`).getBoundingClientRect();
          return box("first").bottom <= box("picture").top;
        }"""
    )
    editor.shot("room")
    waiting = snapshot("job-1", nodes={"first": progress("waiting")}, kind="batch", number=2)
    page.evaluate("(told) => fake.tell(told)", waiting)
    expect(editor.node("first").locator(".ckw-mark")).to_have_attribute("aria-label", "waiting")
    expect(editor.node("first").locator("img")).to_be_visible()
    page.evaluate("(told) => fake.tell(told)", {**waiting, "state": "ended", "number": 3})
    page.get_by_role("button", name="Clear results").click()
    expect(below).to_have_attribute("style", re.compile("translate\\(330px, ?300px\\)"))
    assert middle(below) == start
    assert editor.document() == document


def test_a_batch_is_followed_after_a_reload(open_editor: Callable[..., EditorPage]) -> None:
    """The job that is named at the beginning is shown: counts, pictures, a grid by levels."""
    editor = open_editor(STUDY, job="job-7")
    page = editor.page
    runs = [
        {
            "run_id": f"run_{number}",
            "index": number,
            "status": "completed",
            "levels": {"draft.preset": ["bauhaus", "overdrive"][number % 2], "seed": number // 2},
            "media": [medium(number)],
            "reason": "",
        }
        for number in range(6)
    ]
    told = snapshot(
        "job-7", kind="batch", total=8, ended=6, completed=6, runs=runs[::-1], seconds_left=65
    )
    page.evaluate("(told) => fake.tell(told)", told)
    results = page.locator(".ckw-results")
    expect(results).to_contain_text("6 of 8")
    expect(results).to_contain_text("about 1:05 left")
    expect(results.locator(".ckw-strip img")).to_have_count(6)
    results.get_by_role("button", name="By levels").click()
    expect(results.locator("tbody tr")).to_have_count(2)
    expect(results.locator("tbody th")).to_have_text(["Bauhaus", "Overdrive"])
    expect(results.locator("thead th").first).to_have_text("draft · Preset / seed")
    expect(results.locator("tbody tr").first.locator("img")).to_have_count(3)
    editor.shot("batch")
    ended = {**told, "state": "ended", "status": "completed", "ended": 8, "completed": 8}
    page.evaluate("(told) => fake.tell(told)", ended)
    results.get_by_role("button", name="Open as gallery").click()
    assert page.evaluate("() => fake.openedGalleries") == ["/exports/1"]


def test_what_is_changed_elsewhere_is_taken_over(open_editor: Callable[..., EditorPage]) -> None:
    """Selection stays, nothing is sent back, undo still works; a refused change says so."""
    editor = open_editor(LOOP)
    page = editor.page
    editor.node("draft").click()
    nodes = [{**LOOP["nodes"][0], "promptText": "From Python"}, *LOOP["nodes"][1:]]
    page.evaluate("(document) => fake.elsewhere(document)", {**LOOP, "nodes": nodes})
    expect(editor.node("prompt")).to_contain_text("From Python")
    expect(page.locator('.ckw-form[data-node="draft"]')).to_be_visible()
    assert page.evaluate("() => fake.changes") == 0
    page.locator(".ckw-flow").press("Control+z")
    expect(editor.node("prompt")).to_contain_text("A family at table")
    assert editor.document() == LOOP
    page.evaluate("(document) => fake.behind(document)", {**LOOP, "nodes": nodes})
    page.get_by_role("button", name="Lay out").click()
    expect(page.get_by_role("alert")).to_contain_text("changed elsewhere at the same time")
    expect(editor.node("prompt")).to_contain_text("From Python")


def test_the_json_can_be_edited(open_editor: Callable[..., EditorPage]) -> None:
    """What is no canvas is refused; what is one is taken over, in one step."""
    editor = open_editor(LOOP)
    page = editor.page
    page.get_by_role("button", name="JSON").click()
    area = page.get_by_role("textbox", name="As JSON")
    assert json.loads(area.input_value()) == LOOP
    area.fill("{}")
    page.get_by_role("button", name="Take over").click()
    expect(page.get_by_role("alert")).to_contain_text("This is no canvas")
    area.fill(json.dumps(STUDY).replace("512", "9007199254740993"))
    page.get_by_role("button", name="Take over").click()
    expect(page.locator(".react-flow__node")).to_have_count(4)
    assert editor.document()["nodes"][-1]["resolutionWidth"] == "9007199254740993"
    page.get_by_role("button", name="Undo").click()
    assert editor.document() == LOOP


def test_places_are_written_only_when_somebody_chooses_them(
    open_editor: Callable[..., EditorPage],
) -> None:
    """What has no places is laid out for the eye; a click writes nothing, a move all of them."""
    bare = [{k: v for k, v in node.items() if k not in "xy"} for node in LOOP["nodes"]]
    editor = open_editor({**LOOP, "nodes": bare})
    editor.node("draft").click()
    assert editor.page.evaluate("() => fake.changes") == 0
    editor.page.locator(".ckw-flow").press("ArrowRight")
    assert all("x" in node for node in editor.document()["nodes"])


def test_in_german_and_in_the_dark(open_editor: Callable[..., EditorPage]) -> None:
    """Words are German, names of node types too; the theme's colours are taken."""
    document = {**STUDY, "nodes": [*STUDY["nodes"], {**JUDGE, "x": 910, "y": 90}]}
    document["connections"] = [*STUDY["connections"], line("first", "judge")]
    editor = open_editor(document, language="de", dark=True)
    page = editor.page
    expect(page.get_by_role("button", name="Ausführen")).to_be_visible()
    expect(page.locator(".ckw-editor")).to_have_attribute("lang", "de")
    editor.node("draft").click()
    expect(page.get_by_role("button", name="Variieren").first).to_be_visible()
    colour = page.evaluate(
        "() => getComputedStyle(document.querySelector('.ckw-box')).backgroundColor"
    )
    assert colour == "rgb(17, 17, 17)"
    editor.shot("german_dark")


def test_hundreds_of_nodes_open(open_editor: Callable[..., EditorPage]) -> None:
    """They come with an overview, and are selected and moved together."""
    nodes = [
        {"id": f"n{n}", "type": "translation", "x": 300 * (n % 40), "y": 200 * (n // 40)}
        for n in range(300)
    ]
    lines = [line(f"n{n}", f"n{n + 1}") for n in range(299)]
    editor = open_editor({**EMPTY, "nodes": nodes, "connections": lines})
    page = editor.page
    expect(page.locator(".react-flow__minimap")).to_be_visible()
    page.locator(".ckw-flow").press("Control+a")
    page.locator(".ckw-flow").press("ArrowDown")
    assert editor.document()["nodes"][-1]["y"] == 200 * 7 + 10
