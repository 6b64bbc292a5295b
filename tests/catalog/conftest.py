"""Shared by the tests of the catalog."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from canvas_kit import Collector, Generation, Input, Interception, Run, Settings, run
from canvas_kit.catalog.listing import Runs, runs
from canvas_kit.executor.engine import Engine

RunMaker = Callable[..., Run]
Find = Callable[..., Runs]


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """As all tests have them; the index lies where a test can damage it."""
    return settings.model_copy(update={"index_folder": tmp_path / "index"})


@pytest.fixture
def make_run(engine: Engine) -> RunMaker:
    """Makes and records a run of a text, an interception and a picture."""

    def make(text: str = "a boat", preset: str = "bauhaus", seed: int = 7) -> Run:
        chain = Input(text, id="prompt") >> Interception(preset, id="how") >> Generation()
        return run(chain >> Collector(), engine=engine, seed=seed).result(30)

    return make


@pytest.fixture
def find(settings: Settings) -> Find:
    """Asks the catalog of the test's exports folder."""

    def ask(*arguments: Any, **named: Any) -> Runs:
        return runs(*arguments, settings=settings, **named)

    return ask


def ids(found: Runs) -> list[str]:
    return [row["run_id"] for row in found.to_rows()]
