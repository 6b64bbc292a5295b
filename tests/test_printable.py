"""Nothing that comes from elsewhere steers a terminal: names, models, texts, errors, log lines."""

from __future__ import annotations

import io
import logging
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from canvas_kit import Canvas, Engine, Generation, Input, Interception, run, run_batch
from canvas_kit.backends.base import ModelInfo
from canvas_kit.backends.scripted import ScriptedBackend
from canvas_kit.errors import BackendRejected, CanvasError, SettingsError, UnknownName
from canvas_kit.events import Event
from canvas_kit.executor.models import models
from canvas_kit.logs import logger_for

HOSTILE = "\x1b]0;title\x07\x1b[2J\x9b31m\u202ebad\x08"
"""Sets a title, clears the screen, turns colours on, turns the direction of writing."""


def is_harmless(text: str) -> bool:
    return all(sign.isprintable() or sign in "\n\t\u200c\u200d" for sign in text)


@pytest.fixture
def plain_log() -> Iterator[io.StringIO]:
    """What a handler writes that the user has put up, with a formatter of Python's own."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    log = logging.getLogger("canvas_kit")
    log.addHandler(handler)
    yield stream
    log.removeHandler(handler)


class Hostile(ScriptedBackend):
    """A backend whose server says what it likes."""

    async def status(self) -> Any:
        status = await super().status()
        name = ModelInfo(f"model{HOSTILE}", description=HOSTILE)
        return type(status)(self.name, HOSTILE, True, version=HOSTILE, models=(name,))


def test_what_a_run_says_and_logs_is_printable(settings: Any, plain_log: io.StringIO) -> None:
    """A server's errors, the texts of a model, faults of nodes and listeners."""

    def answer(request: Any) -> Any:
        if "fail" in request.prompt:
            return BackendRejected(f"the server says {HOSTILE}", backend="lab")
        if "fault" in request.prompt:
            return ValueError(HOSTILE)
        return f"an answer {HOSTILE}"

    def listen(event: Event) -> None:
        raise RuntimeError(HOSTILE)

    canvas = Canvas(
        Input("x") >> Interception("none", instructions="y", id="a"),
        Input("fail", id="i2") >> Interception("bauhaus", id="b"),
        Input("fault", id="i3") >> Interception("bauhaus", id="c"),
        name=HOSTILE,
    )
    backend = Hostile("lab", text=answer)
    with Engine(settings, backends={"lab": backend}) as engine:
        handle = run(canvas, engine=engine, listener=listen)
        result = handle.result(20)
        batch = run_batch(canvas, count=1, engine=engine).result(20)
        table = models(engine=engine)
    shown: list[Any] = [handle, result, batch, canvas, table, *result.entities, *canvas.nodes]
    said = [text for item in shown for text in (repr(item), str(item))]
    said += [
        item._repr_mimebundle_()["text/plain"]
        for item in (handle, result, batch, canvas, *result.entities)
    ]
    said += plain_log.getvalue().splitlines()
    assert any("A listener failed" in text for text in said)
    assert any("fault in node" in text for text in said)
    assert any("the server says" in text for text in said)
    assert [text for text in said if not is_harmless(text)] == []


@pytest.mark.parametrize(
    "error",
    [
        SettingsError(f"the file {HOSTILE} is\nnot there"),
        UnknownName("model", HOSTILE, ["a"]),
        BackendRejected(HOSTILE, backend=HOSTILE),
        pytest.param(None, id="a canvas file"),
    ],
)
def test_what_an_error_says_is_printable(error: Exception | None, tmp_path: Path) -> None:
    """In a traceback, too; line breaks stay."""
    if error is None:
        with pytest.raises(CanvasError) as caught:
            Canvas.load(tmp_path / f"{HOSTILE.replace('/', '')}.json")
        error = caught.value
    assert is_harmless(str(error))
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    if "\n" in error.args[0]:
        assert "\n" in str(error)


def test_every_logger_of_the_package_cleans_what_it_writes() -> None:
    """A module that made its own would pass its words on as they came."""
    import canvas_kit

    package = Path(canvas_kit.__file__).parent
    with_own = [
        path.name
        for path in package.rglob("*.py")
        if "logging.getLogger(" in path.read_text(encoding="utf-8")
    ]
    assert sorted(with_own) == ["logs.py", "main.py"]  # main.py hangs up the handler


def test_a_logger_leaves_percent_signs_alone(plain_log: io.StringIO) -> None:
    """The message is made once."""
    logger_for("canvas_kit.trial").warning("%s of 100 %%: %s", 3, "50%s\x1b")
    assert plain_log.getvalue() == "WARNING canvas_kit.trial 3 of 100 %: 50%s\ufffd\n"


def test_a_generation_names_its_model_in_print(settings: Any) -> None:
    """Also one with signs that no model has."""
    with Engine(settings) as engine, pytest.raises(CanvasError) as caught:
        run(Input("x") >> Generation(f"comfyui/{HOSTILE}"), engine=engine)
    assert is_harmless(str(caught.value))
