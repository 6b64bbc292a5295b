"""A small study of doctors and nurses, made once by a scripted backend: one point is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from canvas_kit import (
    WITHOUT,
    Batch,
    Canvas,
    Collector,
    Generation,
    Input,
    Interception,
    Run,
    Sweep,
    run_batch,
)
from canvas_kit.backends.base import MediaRequest, TextRequest
from canvas_kit.backends.scripted import ScriptedBackend, plain_png
from canvas_kit.errors import ContentRefused
from canvas_kit.executor.engine import Engine
from tests.conftest import lab_settings

REFUSED = (1001, "a nurse. bauhaus")
"""The seed and the words of the picture that is refused."""


def canvas() -> Canvas:
    return Canvas.of(
        Input("", id="prompt")
        >> Interception("bauhaus", id="how")
        >> Generation(id="picture", width=64, height=64)
        >> Collector()
    )


def doctor_and_nurse(seeds: range = range(1000, 1003), **about: object) -> Sweep:
    return Sweep(
        canvas(),
        {
            "prompt.text": ["a doctor", "a nurse"],
            "how": [WITHOUT, {"preset": "bauhaus"}],
        },
        seeds=seeds,
        **about,  # type: ignore[arg-type]
    )


def rewrite(request: TextRequest) -> str:
    return f"{request.passages[0].text}. bauhaus"


def paint(request: MediaRequest) -> bytes | Exception:
    """A grey whose lightness depends on the words: a nurse is lighter, by the bauhaus more so."""
    if (request.seed, request.prompt) == REFUSED:
        return ContentRefused("<b>no</b> nurses here")
    level = (request.seed or 0) % 10 * 5 + 60
    level += 20 * ("nurse" in request.prompt) + 40 * ("bauhaus" in request.prompt)
    level += 10 * ("nurse" in request.prompt and "bauhaus" in request.prompt)
    return plain_png(request.width or 64, request.height or 64, level * 0x010101)


def study_engine(exports: Path) -> Engine:
    backend = ScriptedBackend("lab", text=rewrite, picture=paint)
    return Engine(lab_settings(exports), backends={"lab": backend})


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Batch]:
    """Two prompts, with and without interception, three seeds: twelve points, one refused."""
    engine = study_engine(tmp_path_factory.mktemp("study") / "exports")
    yield run_batch(doctor_and_nurse(name="doctor-nurse"), engine=engine).result(60)
    engine.close()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The folders of the runs whose records are opened."""
    found: list[object] = []
    reading = Run.open

    def noted(folder: str | Path) -> Run:
        found.append(folder)
        return reading(folder)

    monkeypatch.setattr(Run, "open", noted)
    return found
