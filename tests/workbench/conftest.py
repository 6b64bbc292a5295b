"""Shared by the tests of the workbench: what a page asks, put to a desk."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from canvas_kit import Batch, Collector, Generation, Input, Interception, Sweep, run_batch
from canvas_kit.backends.scripted import plain_png
from canvas_kit.executor.engine import Engine
from canvas_kit.settings import Settings
from canvas_kit.workbench.desk import Desk, make_desk
from tests.conftest import EngineMaker

Asking = Callable[..., Any]

expect.set_options(timeout=60_000)  # a busy machine is no fault of the code


@pytest.fixture
def study(engine: Engine) -> Batch:
    """Two prompts in two presets with two seeds: eight pictures."""
    chain = Input("a", id="prompt") >> Interception("bauhaus", id="how") >> Generation(id="paint")
    sweep = Sweep(
        chain >> Collector(),
        {"prompt.text": ["a boat", "a cat"], "how.preset": ["bauhaus", "overdrive"]},
        seeds=[1, 2**53 - 1],
    )
    return run_batch(sweep, engine=engine).result(60)


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """As all tests have them; with a name for the rater, and thumbnails of no other test."""
    return settings.model_copy(update={"rater": "anna", "index_folder": tmp_path / "index"})


@pytest.fixture
def engine(make_engine: EngineMaker) -> Engine:
    """One whose pictures are all different."""
    colours = itertools.count(1)
    return make_engine(picture=lambda request: plain_png(64, 64, next(colours)))[0]


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return make_desk(engine)


@pytest.fixture
def ask(engine: Engine, desk: Desk) -> Asking:
    """Asks the desk as a page does."""

    def asking(method: str, **parameters: Any) -> Any:
        return engine.submit(desk.answer(method, parameters)).result(60)

    return asking
