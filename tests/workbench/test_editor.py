"""An editor in a cell: real widgets, with a page played at the wire."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import canvas_kit
from canvas_kit import (
    Canvas,
    Collector,
    Display,
    Engine,
    Evaluation,
    Generation,
    ImageInput,
    Input,
    Interception,
    Settings,
    Sweep,
)
from canvas_kit.errors import CanvasError, CanvasKitError, UnknownName
from canvas_kit.job.job import Job
from canvas_kit.recorder.run import Run, find_runs
from canvas_kit.views.front_end import Audience, DisplaySlot
from canvas_kit.workbench import user_names, widget
from canvas_kit.workbench.editor import Editor
from tests.conftest import EngineMaker

Json = dict[str, Any]


class Page:
    """A page at the other end of the wire: what reached it, and what it says."""

    def __init__(self) -> None:
        self.opened: list[Any] = []
        self.shown: dict[str, Json] = {}
        self._asked = 0

    def comm(self, **given: Any) -> Any:
        wire = SimpleNamespace(
            comm_id=f"comm{len(self.opened)}",
            kernel=object(),
            target=given["target_name"],
            state=dict(given["data"]["state"]),
            size=len(json.dumps(given["data"])),
            said=[],
            buffers=[],
            hear=lambda _: None,
        )
        wire.on_msg = lambda hear: setattr(wire, "hear", hear)
        wire.on_close = lambda _: None
        wire.close = lambda *_, **__: wire.said.append({"closed": True})

        def send(data: Json, buffers: Any = None, **_: Any) -> None:
            if data["method"] == "update":
                wire.state.update(data["state"])
            elif data["method"] == "custom":
                wire.said.append(data["content"])
                wire.buffers.append(buffers)

        wire.send = send
        self.opened.append(wire)
        return wire

    @property
    def editor(self) -> Any:
        """The wire of the latest editor."""
        return next(wire for wire in reversed(self.opened) if wire.state.get("view") == "editor")

    def say(self, method: str, **parameters: Any) -> int:
        self._asked += 1
        content = {"id": self._asked, "method": method, "parameters": parameters}
        data = {"method": "custom", "content": content}
        self.editor.hear({"content": {"data": data}, "buffers": []})
        return self._asked

    def ask(self, method: str, **parameters: Any) -> Json:
        """Say something and wait for the answer."""
        number, wire = self.say(method, **parameters), self.editor
        answer: Json = wait_for(
            lambda: next((told for told in wire.said if told.get("id") == number), None)
        )
        return answer

    def snapshots(self) -> list[Json]:
        return [told["snapshot"] for told in self.editor.said if "snapshot" in told]


def placed(text: str) -> Input:
    """The first node of the chain as the page sends it back, where it lay."""
    return Input(text, id="prompt").evolve(x=100, y=200)


def wait_for(found: Callable[[], Any]) -> Any:
    while not (value := found()):
        time.sleep(0.01)
    return value


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A notebook with a user in front of it."""
    page = Page()
    monkeypatch.setattr("comm.create_comm", page.comm)
    monkeypatch.setattr(widget, "in_notebook", lambda: True)
    monkeypatch.setattr(widget, "audience", lambda: Audience.WIDGETS)
    monkeypatch.setattr(widget, "warn_about_kernel", lambda: None)

    def show(slot: Any, bundle: Json, **_: Any) -> None:
        page.shown = {**page.shown, slot._name: dict(bundle)}

    monkeypatch.setattr(DisplaySlot, "show", show)
    monkeypatch.setattr(widget, "QUIET_SECONDS", 0)
    widget._carrier.cache_clear()
    yield page
    widget._carrier.cache_clear()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Json:
    """The names of the notebook's user."""
    space: Json = {}
    monkeypatch.setattr(user_names, "user_namespace", lambda: space)
    return space


def chain(text: str = "a") -> Canvas:
    parts = Input(text, id="prompt") >> Interception("bauhaus", id="draft", model="lab/w")
    return Canvas(parts >> Generation("lab/x", id="picture") >> Collector(id="end"))


def shown(canvas: Canvas, engine: Engine, **options: Any) -> Editor:
    editor: Editor = canvas.edit(engine=engine, **options)
    editor._ipython_display_()
    return editor


def renamed(document: Json, words: str) -> Json:
    """The document as a page hands it in, with other words in the prompt."""
    changed: Json = json.loads(json.dumps(document))
    changed["nodes"][0]["promptText"] = words
    return changed


# --- the wire --------------------------------------------------------------------------------


def test_the_code_travels_once_for_all_editors(page: Page, engine: Engine) -> None:
    """Each editor is a few kilobytes; a carrier has the bundle, and what is asked first."""
    editors = [shown(chain(), engine) for _ in range(3)]
    carriers = [wire for wire in page.opened if "bundle" in wire.state]
    (carrier,) = carriers
    assert carrier.state["bundle"].startswith("var ")
    assert carrier.state["known"]["en"]["describe"]["types"]
    mine = [wire for wire in page.opened if wire.state.get("view") == "editor"]
    assert len(mine) == len(editors)
    for wire in mine:
        assert wire.state["carrier"] == f"IPY_MODEL_{carrier.comm_id}"
        assert wire.size < 6_000


def test_importing_the_editor_loads_no_widgets() -> None:
    """They are loaded when an editor is shown to a user."""
    code = (
        "import sys, canvas_kit\ncanvas_kit.Canvas().edit()\n"
        "print({'anywidget', 'ipywidgets', 'IPython', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "set()\n"


def test_a_question_is_answered_and_a_wrong_one_in_words(page: Page, engine: Engine) -> None:
    """On the engine's loop; whatever goes wrong."""
    editor = shown(chain(), engine)
    told = page.ask("check", document=editor.document)
    assert told["answer"] == {"problems": [], "runnable": True}
    assert "There is no method 'chek'" in page.ask("chek")["error"]
    assert "document" in page.ask("check")["error"]
    assert "run or batch" in page.ask("follow", job="nonsense")["error"]


# --- in step ---------------------------------------------------------------------------------


def test_a_change_in_the_page_lands_in_the_variable(
    page: Page, names: Json, engine: Engine
) -> None:
    """Every name of the very canvas, at once; not those with an underscore, nor equal canvases."""
    canvas = chain()
    names |= {"canvas": canvas, "same": canvas, "_": canvas, "_1": canvas, "equal": chain()}
    editor = shown(canvas, engine)
    assert "kept in canvas, same" in repr(editor)
    page.say("change", document=renamed(editor.document, "b"), base=0, by="page")
    assert [told["answer"] for told in page.editor.said] == [None]  # before anything else ran
    assert names["canvas"] is names["same"] is editor.canvas
    assert editor.canvas.node("prompt") == placed("b")
    assert names["_"] is names["_1"] is canvas
    assert names["equal"] == chain()
    assert page.editor.state["state"]["revision"] == editor.revision == 1
    names["same"] = "something else"
    editor.set("prompt", text="c")
    assert names["canvas"] == editor.canvas
    assert names["same"] == "something else"


def test_a_change_to_an_old_revision_is_answered_with_what_is_there(
    page: Page, engine: Engine
) -> None:
    """Nothing is overwritten; what follows on one's own changes need not wait for Python."""
    editor = shown(chain(), engine)
    start = editor.document
    page.say("change", document=renamed(start, "b"), base=0, by="page")
    page.say("change", document=renamed(start, "c"), base=0, by="page")
    assert editor.canvas.node("prompt") == placed("c")
    editor.set("draft", preset="overdrive")
    told = page.ask("change", document=renamed(start, "d"), base=2, by="page")["answer"]
    assert told == {"revision": 3, "document": editor.document, "by": ""}
    assert editor.canvas.node("prompt") == placed("c")
    assert page.ask("change", document=renamed(start, "e"), base=3, by="other")["answer"] is None
    assert page.ask("change", document=renamed(start, "f"), base=3, by="page")["answer"] is not None


def test_everything_that_the_editor_does_is_a_call_too(page: Page, engine: Engine) -> None:
    """And the page follows."""
    editor = shown(chain(), engine)
    editor.add(Display(id="shown"))
    editor.connect("draft", "shown")
    judge = Evaluation(id="judge")
    editor.add(judge)
    editor.connect("draft", judge)
    editor.connect(judge.failed, "draft")
    assert [str(c) for c in editor.canvas.connections][-1] == "judge → draft (commented)"
    editor.disconnect("judge.failed", "draft")
    editor.remove("end")
    editor.lay_out()
    assert page.editor.state["state"]["document"] == editor.canvas.to_document()
    ids = [node.id for node in editor.canvas.nodes]
    assert ids == ["prompt", "draft", "picture", "shown", "judge"]
    for _ in range(8):
        editor.undo()
    assert editor.canvas == chain()
    with pytest.raises(CanvasKitError, match="no change left"):
        editor.undo()
    editor.canvas = Input("new") >> Generation()
    assert len(page.editor.state["state"]["document"]["nodes"]) == 2
    with pytest.raises(UnknownName, match="port of"):
        editor.connect("generation_1.medja", "input_1")


def test_what_cannot_be_read_is_held_beside_the_last_canvas(page: Page, engine: Engine) -> None:
    """The page keeps what it shows; Python keeps what it could read, and says why."""
    editor = shown(chain(), engine)
    document = renamed(editor.document, "b")
    document["nodes"][1]["maxFeedbackIterations"] = 1000
    page.say("change", document=document, base=0, by="page")
    assert editor.document == document
    assert editor.canvas == chain()
    assert [problem.node_id for problem in editor.problems] == ["draft"]
    with pytest.raises(CanvasError, match="maxFeedbackIterations"):
        editor.set("prompt", text="c")
    with pytest.raises(CanvasError):
        editor.run()
    document["nodes"][1]["maxFeedbackIterations"] = 2
    page.say("change", document=document, base=1, by="page")
    assert editor.problems == []
    assert editor.canvas.node("prompt") == placed("b")


def test_a_canvas_under_construction_is_the_variable(page: Page, engine: Engine) -> None:
    """It cannot run yet, but is a canvas; what is on the screen is never an older one."""
    editor = shown(Canvas(), engine)
    page.say("change", document={"nodes": [{"id": "d", "type": "display"}]}, base=0, by="p")
    assert [node.id for node in editor.canvas.nodes] == ["d"]
    assert [problem.code for problem in editor.problems] == ["missing_input"]


def test_a_picture_that_python_named_stays_readable(
    page: Page, engine: Engine, tmp_path: Path
) -> None:
    """It may lie anywhere; another that a page names may not."""
    elsewhere = tmp_path / "a.png"
    elsewhere.write_bytes(b"\x89PNG\r\n\x1a\n0000")
    editor = shown(Canvas(ImageInput(elsewhere, id="p") >> Display(id="d")), engine)
    document: Json = json.loads(json.dumps(editor.document))
    document["nodes"][0]["x"] = 5
    page.say("change", document=document, base=0, by="page")
    assert editor.problems == []
    document["nodes"][0]["imageData"] = str(tmp_path / "b.png")
    page.say("change", document=document, base=1, by="page")
    assert "lies outside" in editor.problems[0].message


# --- a file ----------------------------------------------------------------------------------


def test_a_file_keeps_every_change(engine: Engine, tmp_path: Path) -> None:
    """It is begun with if it is there, whatever the cell says: edits survive kernel and cell."""
    file = tmp_path / "my.canvas.json"
    editor = chain().edit(file=file, engine=engine)
    assert not file.exists()
    editor.set("prompt", text="b")
    assert Canvas.load(file) == editor.canvas
    again = canvas_kit.edit(file, engine=engine)
    assert again.canvas == editor.canvas
    assert chain("other").edit(file=file, engine=engine).canvas == editor.canvas
    again.remove("picture")  # one that cannot run is saved as well
    assert len(canvas_kit.edit(file, engine=engine).canvas.nodes) == 3
    assert list(tmp_path.iterdir()) == [file]


def test_words_are_not_taken_for_a_file(engine: Engine) -> None:
    """They are for an Input."""
    with pytest.raises(CanvasKitError, match=r"ends in \.json; this is 'A market at dawn'"):
        canvas_kit.edit("A market at dawn", engine=engine)


def test_a_second_writer_is_not_overwritten(page: Page, engine: Engine, tmp_path: Path) -> None:
    """The editor says so, in Python and in the page, and leaves the file as it is."""
    file = tmp_path / "my.canvas.json"
    editor = shown(chain(), engine, file=file)
    editor.set("prompt", text="mine")
    theirs = chain("theirs").save(file).read_bytes()
    editor.set("prompt", text="mine too")
    assert file.read_bytes() == theirs
    assert "changed by another program" in repr(editor)
    told = page.ask("check", document=editor.document)["answer"]["problems"]
    assert [one["code"] for one in told] == ["unsaved"]
    assert editor.reload() == Canvas.load(file)
    assert editor.canvas.node("prompt").text == "theirs"  # type: ignore[attr-defined]
    chain("again").save(file)
    editor.set("prompt", text="mine after all")
    editor.save(overwrite=True)
    assert Canvas.load(file) == editor.canvas
    assert "another program" not in repr(editor)


def test_what_is_no_canvas_file_is_refused(engine: Engine, tmp_path: Path) -> None:
    """Before anything could be written over it."""
    file = tmp_path / "my.canvas.json"
    file.write_text("[1, 2]")
    with pytest.raises(CanvasError, match="not a canvas"):
        canvas_kit.edit(file, engine=engine)
    with pytest.raises(CanvasKitError, match="has no file"):
        chain().edit(engine=engine).save()


# --- running ---------------------------------------------------------------------------------


def test_a_run_is_told_to_the_page_and_stands_in_its_place(
    page: Page, make_engine: EngineMaker
) -> None:
    """From Python or the page; snapshots come by themselves; the picture by its key."""
    engine, _ = make_engine(seconds=0.3, steps=3)
    editor = shown(chain(), engine)
    handle = editor.run(seed=5)
    job = page.editor.state["job"]
    wait_for(lambda: [told for told in page.snapshots() if told["state"] == "ended"])
    told = page.snapshots()[-1]
    assert (told["job"], told["status"], told["completed"]) == (job, "completed", 1)
    assert handle.result() == editor.result
    assert isinstance(editor.result, Run)
    assert editor.result.seed == 5
    (key,) = told["nodes"]["picture"]["media"]
    wanted = {name: key[name] for name in ("run_id", "file", "sha256")}
    assert page.ask("picture", **wanted, edge=0)["answer"] == {"media_type": "image/png"}
    assert bytes(page.editor.buffers[-1][0]) == editor.result.images[0].bytes
    held = wait_for(
        lambda: next((b for b in page.shown.values() if "<figure" in b["text/html"]), None)
    )
    assert "image/svg+xml" in held["text/html"]
    assert job in held["text/html"]


def test_a_variation_is_run_and_stopped_from_the_page(page: Page, make_engine: EngineMaker) -> None:
    """Its sweep is there in Python; what was made when it is stopped is kept."""
    engine, _ = make_engine()
    editor = shown(chain(), engine)
    vary = {"factors": {"prompt.promptText": ["a", "b"]}, "seeds": 2}
    job = page.ask("start", document=editor.document, vary=vary)["answer"]["job"]
    assert page.ask("follow", job=job)["answer"]["kind"] == "batch"
    wait_for(lambda: page.ask("job", job=job)["answer"]["state"] == "ended")
    assert isinstance(editor.sweep, Sweep)
    assert len(editor.sweep) == len(editor.result or ()) == 4
    slow, _ = make_engine(seconds=60)
    editor = shown(chain(), slow)
    job = page.ask("start", document=editor.document)["answer"]["job"]
    assert page.ask("stop", job=job)["answer"] == {}
    wait_for(lambda: page.ask("job", job=job)["answer"]["state"] == "ended")
    assert page.ask("job", job=job)["answer"]["status"] == "cancelled"
    with pytest.raises(CanvasKitError, match="Nothing was varied"):
        editor.run_batch()
    editor.vary({"draft.preset": ["bauhaus", "overdrive"]})
    handle = editor.run_batch()
    editor.stop()
    handle.result()


def test_a_run_in_the_kernel_is_found_again_by_a_cell_run_anew(
    page: Page, make_engine: EngineMaker
) -> None:
    """Another editor of the same canvas follows it."""
    engine, _ = make_engine(seconds=60)
    first = shown(chain(), engine)
    first.run()
    second = shown(chain(), engine)
    assert page.editor.state["job"] == first.job.run_id  # type: ignore[union-attr]
    second.stop()
    assert first.job.result().status.value == "cancelled"  # type: ignore[union-attr]


def test_without_an_engine_a_job_runs_and_is_found_again(
    page: Page, exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a process of its own; a cell that is run anew, or another kernel's, shows its result."""
    monkeypatch.setenv("CANVAS_KIT_JOBS_FOLDER", str(tmp_path / "jobs"))
    words = Input("A boat", id="prompt")
    canvas = Canvas(words >> Generation(width=64, steps=1, id="picture") >> Collector(id="end"))
    editor: Editor = canvas.edit(exports=exports)
    editor._ipython_display_()
    job = page.ask("start", document=editor.document)["answer"]["job"]
    assert isinstance(editor.job, Job)
    made = editor.job.result(60)
    assert isinstance(made, Run)
    assert [Run.open(path).id for path in find_runs(exports)] == [made.id]
    wait_for(lambda: page.snapshots() and page.snapshots()[-1]["state"] == "ended")
    (key,) = page.snapshots()[-1]["nodes"]["picture"]["media"]
    wanted = {name: key[name] for name in ("run_id", "file", "sha256")}
    assert page.ask("picture", **wanted, edge=0)["answer"] == {"media_type": "image/png"}
    again: Editor = canvas.edit(exports=exports)
    again._ipython_display_()
    assert page.editor.state["job"] == job
    assert again.result == made
    for one in (editor, again):
        one.close()


# --- static forms ----------------------------------------------------------------------------


def test_a_program_that_runs_the_notebook_gets_the_static_form_alone(
    page: Page, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No widget is made, so that none swells the file."""
    monkeypatch.setattr(widget, "audience", lambda: Audience.NOBODY)
    shown(chain(), engine)
    assert page.opened == []
    (held,) = page.shown.values()
    assert "image/svg+xml" in held["text/html"]
    assert held["text/plain"].startswith("Editor, revision 0\nCanvas (4 nodes")


def test_in_a_terminal_it_is_text(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    """The canvas drawn in lines."""
    chain().edit(engine=engine)._ipython_display_()
    assert "Editor, revision 0" in capsys.readouterr().out


def test_a_closed_editor_leaves_its_static_form(page: Page, engine: Engine) -> None:
    """The widget is gone from kernel and notebook; the canvas stays."""
    editor = shown(chain(), engine)
    wire = page.editor
    editor.close()
    assert wire.said[-1] == {"closed": True}
    assert not any("widget-view" in str(held.keys()) for held in page.shown.values())
    assert any("image/svg+xml" in held["text/html"] for held in page.shown.values())
    assert editor.set("prompt", text="b").node("prompt").text == "b"  # type: ignore[attr-defined]


def test_an_engine_brings_its_own_exports(engine: Engine, tmp_path: Path) -> None:
    """Two places for records would be one too many."""
    with pytest.raises(CanvasKitError, match="exports folder"):
        chain().edit(engine=engine, exports=tmp_path)


def test_settings_are_needed_for_nothing_else(settings: Settings) -> None:
    """An editor of an engine knows its language."""
    with Engine(settings) as engine:
        assert chain().edit(engine=engine)._known()["describe"]["language"] == "en"
