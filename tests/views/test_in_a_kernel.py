"""What a notebook's kernel sends when handles are shown, awaited and interrupted."""

from __future__ import annotations

import importlib.metadata
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

from canvas_kit.views import front_end

PREPARE = """
from canvas_kit import *
from canvas_kit.backends.scripted import ScriptedBackend
from canvas_kit.views import live

def engine(seconds):
    settings = Settings.load(media_model="lab/painter")
    return Engine(settings, backends={"lab": ScriptedBackend("lab", seconds=seconds)})

quick, slow = engine(0.3), engine(60)
live.SECONDS_UNTIL_SENT_AGAIN = ()  # so that no test hears of what another one showed
canvas = Input("x") >> Generation() >> Collector()
"""
Message = dict[str, Any]


class Kernel:
    """A real kernel, and somebody, or nobody, in front of it."""

    def __init__(self, folder: Path) -> None:
        self._manager = KernelManager(kernel_name="python3")
        given = {key: value for key, value in os.environ.items() if "CANVAS_KIT" not in key}
        more = {"IPYTHONDIR": str(folder), "CANVAS_KIT_EXPORTS": str(folder / "exports")}
        self._manager.start_kernel(env=given | more)
        self._client = self._manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=60)
        assert self.run(PREPARE) == []

    def run(
        self,
        code: str,
        *,
        somebody: bool = True,
        until: Callable[[Message], bool] | None = None,
        interrupt_at: str = "",
    ) -> list[Message]:
        """Run a cell, and give the messages that it and its threads sent to the front end.

        Args:
            code: The cell.
            somebody: Whether the front end has a person who could be asked for input.
            until: Listen on after the cell's end, until this message came.
            interrupt_at: Interrupt the kernel when this was printed.
        """
        ours = self._client.execute(code, allow_stdin=somebody)
        heard: list[Message] = []
        idle = seen = False
        while not (idle and (seen or until is None)):
            message = self._client.get_iopub_msg(timeout=60)
            content = message["content"]
            if message["msg_type"] == "status":
                own = message["parent_header"].get("msg_id") == ours
                idle = idle or (own and content["execution_state"] == "idle")
                continue
            if message["msg_type"] == "execute_input":
                continue
            heard.append(message)
            seen = seen or (until is not None and until(message))
            if interrupt_at and interrupt_at in str(content.get("text")):
                self._manager.interrupt_kernel()
        return heard

    def value(self, expression: str) -> str:
        """What an expression prints."""
        (message,) = self.run(f"print({expression})")
        return str(message["content"]["text"]).strip()

    def close(self) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    kernel = Kernel(tmp_path_factory.mktemp("kernel"))
    yield kernel
    kernel.close()


def kinds(messages: list[Message]) -> list[str]:
    return [message["msg_type"] for message in messages]


def is_update(message: Message) -> bool:
    return bool(message["msg_type"] == "update_display_data")


def test_with_a_user_widgets_give_way_to_the_result(kernel: Kernel) -> None:
    """First a widget with its static twin; at the end that alone, and in the widget the result."""

    def holds_the_result(message: Message) -> bool:
        data = message["content"].get("data") or {}
        return "<figure" in str(data.get("state", {}).get("value", ""))

    heard = kernel.run("run(canvas, engine=quick)", until=holds_the_result)
    shown = [item["content"] for item in heard if item["msg_type"].endswith("display_data")]
    assert "application/vnd.jupyter.widget-view+json" in shown[0]["data"]
    assert set(shown[-2]["data"]) == {"text/plain", "text/html"}
    assert set(shown[-1]["data"]) == {"text/plain", "text/html", "image/png"}
    assert [one["transient"] for one in shown[-2:]] == [one["transient"] for one in shown[:2]]
    assert kinds(heard).index("display_data") < kinds(heard).index("update_display_data")
    assert "comm_close" not in kinds(heard[: kinds(heard).index("update_display_data")])


def test_the_result_is_sent_again_to_a_page_that_was_just_being_loaded(kernel: Kernel) -> None:
    """What it has known since the view began is enough: no widget is new at the end."""
    results: list[str] = []
    opened: set[str] = set()

    def twice(message: Message) -> bool:
        content = message["content"]
        if message["msg_type"] == "comm_open":
            assert not results, "made when the result was already there"
            opened.add(content["comm_id"])
        state = (content.get("data") or {}).get("state", {})
        if message["msg_type"] == "comm_msg" and "<figure" in str(state.get("value", "")):
            results.append(content["comm_id"])
        in_view = state.get("children", [])
        return len(results) == 2 and in_view == [f"IPY_MODEL_{results[0]}"]

    kernel.run("live.SECONDS_UNTIL_SENT_AGAIN = (0.1,)\nrun(canvas, engine=quick)", until=twice)
    kernel.run("live.SECONDS_UNTIL_SENT_AGAIN = ()")
    assert results[0] == results[1]
    assert results[0] in opened


def test_of_ended_views_only_so_many_are_kept(kernel: Kernel) -> None:
    """The widgets of older ones are closed, with all that they hold."""
    opened: set[str] = set()

    def all_closed(message: Message) -> bool:
        identity = message["content"].get("comm_id", "")
        if message["msg_type"] == "comm_open":
            opened.add(identity)
        elif message["msg_type"] == "comm_close":
            opened.discard(identity)
            return not opened
        return False

    kernel.run("from canvas_kit.views import live; kept, live.KEPT_VIEWS = live.KEPT_VIEWS, 0")
    kernel.run("run(canvas, engine=quick)", until=all_closed)
    kernel.run("live.KEPT_VIEWS = kept")


def test_without_widgets_the_text_is_replaced_by_the_result(kernel: Kernel) -> None:
    """A front end that has no widgets sees text first, then the result in the same place."""
    heard = kernel.run(
        "from canvas_kit.views import live\n"
        "ask, live.audience = live.audience, lambda: live.Audience.TEXT\n"
        "run_batch(canvas, count=2, engine=quick)",
        until=is_update,
    )
    kernel.run("live.audience = ask")
    first, last = heard
    assert "0 of 2 runs" in first["content"]["data"]["text/html"]
    assert "2 of 2 runs complete" in last["content"]["data"]["text/html"]


def test_with_nobody_a_shown_handle_is_its_result(kernel: Kernel) -> None:
    """Where a program runs the notebook, the cell waits, and no widget is made."""
    heard = kernel.run("run(canvas, engine=quick)", somebody=False)
    assert kinds(heard) == ["display_data"]
    assert heard[0]["content"]["data"]["text/plain"].startswith("Run ")
    form = kernel.run("CanvasForm(engine=quick)", somebody=False)
    assert kinds(form) == ["display_data"]
    assert set(form[0]["content"]["data"]) == {"text/plain", "text/html"}
    assert "data:image/svg+xml" in form[0]["content"]["data"]["text/html"]


def test_the_variable_says_that_nobody_is_there(kernel: Kernel) -> None:
    """``CANVAS_KIT_HEADLESS=1`` holds whatever the front end says of itself."""
    kernel.run(f"import os; os.environ['{front_end.HEADLESS_VARIABLE}'] = '1'")
    heard = kernel.run("run(canvas, engine=quick)")
    assert kinds(heard) == ["display_data"]
    kernel.run(f"del os.environ['{front_end.HEADLESS_VARIABLE}']")


def test_an_interrupted_cell_cancels_what_it_awaits(kernel: Kernel) -> None:
    """The interrupt ends the cell at once, and the run with it; one line says where it is kept."""
    heard = kernel.run(
        "handle = run(canvas, engine=slow)\nprint('waiting')\nawait handle", interrupt_at="waiting"
    )
    assert kinds(heard) == ["stream", "error"]
    (line,) = heard[1]["content"]["traceback"]
    assert line.startswith("Stopped. What was made is kept in ")
    assert kernel.value("handle.result(30).status") == "cancelled"


def test_an_interrupted_cell_cancels_what_it_shows_to_nobody(kernel: Kernel) -> None:
    """Where showing waits for the result, an interrupt cancels the run."""
    heard = kernel.run(
        "handle = run(canvas, engine=slow)\nprint('waiting')\nhandle",
        somebody=False,
        interrupt_at="waiting",
    )
    assert "display_data" not in kinds(heard)
    assert kernel.value("handle.result(30).status") == "cancelled"


def test_the_static_twin_says_how_to_go_on_without_the_kernel(kernel: Kernel) -> None:
    """How far a batch is, where that lies, and what goes on with it once the kernel is gone."""
    heard = kernel.run(
        "batch = run_batch(canvas, count=3, engine=slow)\nother = run(canvas, engine=slow)\nbatch",
        until=lambda message: is_update(message) and "restarted" in str(message["content"]),
    )
    html, words = (heard[-1]["content"]["data"][f"text/{kind}"] for kind in ("html", "plain"))
    folder = kernel.value("batch.folder")
    assert "0 of 3 runs" in html
    assert f"Batch.open({folder!r}).resume() goes on with it" in words
    seen = [item for item in heard if "running() shows and stops" in str(item["content"])]
    assert "another one is under way in this session" in str(seen)
    kernel.run("running().stop(); batch.result(30); other.result(30)")


def test_outside_a_kernel_the_audience_reads_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script has no front end, whatever the environment says."""
    assert front_end.audience() is front_end.Audience.TEXT
    monkeypatch.setenv(front_end.HEADLESS_VARIABLE, "1")
    assert front_end.audience() is front_end.Audience.TEXT
    assert not front_end.in_notebook()


def test_a_kernel_with_known_faults_is_warned_of_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """ipykernel 7 is named together with what to install; 6 and none at all are silent."""
    front_end.warn_about_kernel.cache_clear()
    monkeypatch.setattr(front_end, "version", lambda _: "7.4.0")
    with pytest.warns(RuntimeWarning, match=r"ipykernel 7\.4\.0 .*>=6\.31,<7"):
        front_end.warn_about_kernel()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        front_end.warn_about_kernel()
        front_end.warn_about_kernel.cache_clear()
        monkeypatch.setattr(front_end, "version", lambda _: "6.31.0")
        front_end.warn_about_kernel()
    front_end.warn_about_kernel.cache_clear()


def test_the_installed_kernel_is_one_that_works() -> None:
    """The 7.x releases each have a fault that live views meet."""
    assert importlib.metadata.version("ipykernel").partition(".")[0] == "6"


@pytest.mark.parametrize(
    ("asks", "server", "widgets", "who"),
    [
        (True, "", "8.1.9", "WIDGETS"),
        (False, "", "8.1.9", "NOBODY"),
        (False, "voila/0.5.8", "8.1.9", "WIDGETS"),
        (True, "", "7.8.5", "TEXT"),
    ],
)
def test_the_audience_of_a_kernel(
    monkeypatch: pytest.MonkeyPatch, asks: bool, server: str, widgets: str, who: str
) -> None:
    """Voilà asks for no input and yet shows widgets; widgets before version 8 are not used."""
    monkeypatch.setattr(front_end, "_kernel", lambda: SimpleNamespace(_allow_stdin=asks))
    monkeypatch.setattr(front_end, "version", lambda _: widgets)
    monkeypatch.setenv("SERVER_SOFTWARE", server)
    assert front_end.audience().name == who
