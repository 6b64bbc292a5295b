"""Shared by all tests: settings that touch nothing outside, an engine with a scripted backend."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from canvas_kit.backends.scripted import ScriptedBackend
from canvas_kit.executor.engine import Engine
from canvas_kit.settings import Settings

# No timed assertions: a busy machine is no fault of the code.
hypothesis_settings.register_profile(
    "canvas-kit", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
hypothesis_settings.load_profile("canvas-kit")

EngineMaker = Callable[..., tuple[Engine, ScriptedBackend]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first: side by side, none is then left for the end."""
    long = {
        item.path
        for item in items
        if item.get_closest_marker("browser") or item.get_closest_marker("slow")
    }
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for name in [name for name in os.environ if name.startswith("CANVAS_KIT_")]:
        monkeypatch.delenv(name)
    # Not in the user's own folders, where each test's would stay.
    for name in ("index", "jobs"):
        folder = tmp_path_factory.getbasetemp() / name
        monkeypatch.setenv(f"CANVAS_KIT_{name.upper()}_FOLDER", str(folder))


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    return tmp_path / "exports"


@pytest.fixture
def settings(exports: Path) -> Settings:
    return lab_settings(exports)


@pytest.fixture
def make_engine(settings: Settings) -> Iterator[EngineMaker]:
    """Makes an engine whose only backend, ``lab``, answers as the arguments say."""
    made: list[Engine] = []

    def make(**scripted: Any) -> tuple[Engine, ScriptedBackend]:
        backend = ScriptedBackend("lab", **scripted)
        engine = Engine(settings, backends={"lab": backend})
        made.append(engine)
        return engine, backend

    yield make
    for engine in made:
        engine.close()


@pytest.fixture
def engine(make_engine: EngineMaker) -> Engine:
    return make_engine()[0]


def lab_settings(exports: Path, **more: Any) -> Settings:
    """Settings that send all work to the backend ``lab`` and all records to ``exports``."""
    return Settings.load(
        exports=exports,
        text_model="lab/writer",
        judge_model="lab/judge",
        vision_model="lab/viewer",
        media_model="lab/painter",
        **more,
    )
