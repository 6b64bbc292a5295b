"""A package of a third party adds a backend by being installed."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from canvas_kit.backends.base import ENTRY_POINT_GROUP, MediaRequest, SilentReporter
from canvas_kit.backends.registry import BackendRegistry, backend_kinds
from canvas_kit.errors import SettingsError, UnknownName
from canvas_kit.settings import BackendSettings, Settings
from tests.backends.fake_openai import picture

pytestmark = pytest.mark.anyio

PACKAGE = Path(__file__).parent / "extension_package"


def _wheel(folder: Path) -> Path:
    """The package as a wheel, packed here: a build tool would be fetched from the network."""
    document = tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))
    project = document["project"]
    stem = f"{project['name'].replace('-', '_')}-{project['version']}"
    groups = project["entry-points"].items()
    files = {
        "METADATA": f"Metadata-Version: 2.1\nName: {project['name']}\n"
        f"Version: {project['version']}\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "entry_points.txt": "".join(
            f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in points.items())
            for group, points in groups
        ),
        "RECORD": "",
    }
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for source in sorted((PACKAGE / "album_backend").glob("*.py")):
            wheel.write(source, f"album_backend/{source.name}")
        for name, text in files.items():
            wheel.writestr(f"{stem}.dist-info/{name}", text)
    return path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip installed the package."""
    pytest.importorskip("pip", reason="the package is installed by pip")
    folder = tmp_path_factory.mktemp("site")
    wheel = _wheel(tmp_path_factory.mktemp("wheel"))
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet"]
    command += ["--disable-pip-version-check", "--target", str(folder), str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture
def installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(site))
    yield
    sys.modules.pop("album_backend", None)


def test_an_installed_backend_is_known_by_name_and_not_loaded(installed: None) -> None:
    """Listing what there is costs no import."""
    assert "album" in backend_kinds()
    assert "album" in {point.name for point in entry_points(group=ENTRY_POINT_GROUP)}
    assert "album_backend" not in sys.modules


async def test_it_is_used_by_its_name(installed: None, tmp_path: Path) -> None:
    """Its settings are a section of ours, its pictures come home like any others."""
    (tmp_path / "red_fox.png").write_bytes(picture("fox"))
    (tmp_path / "blue_whale.png").write_bytes(picture("whale"))
    section = BackendSettings.model_validate({"folder": str(tmp_path)})
    registry = BackendRegistry(Settings(backends={"album": section}))
    backend, model = registry.resolve("album/mine")
    request = MediaRequest(prompt="a blue whale asleep", job_id="1", model=model)
    result = await backend.generate(request, SilentReporter())
    await registry.aclose()
    assert result.items[0].data == picture("whale")
    assert (result.provenance.backend, result.provenance.model) == ("album", "mine")
    assert type(backend).__module__ == "album_backend"


async def test_its_kind_can_stand_under_another_name(installed: None, tmp_path: Path) -> None:
    """Two albums are two sections of one kind."""
    section = BackendSettings.model_validate({"kind": "album", "folder": str(tmp_path)})
    registry = BackendRegistry(Settings(backends={"holidays": section}))
    assert registry.backend("holidays").name == "holidays"
    await registry.aclose()


async def test_its_trouble_is_told_like_ours(installed: None) -> None:
    """A missing setting shows in the list of backends and stops nothing else."""
    registry = BackendRegistry(Settings(backends={"album": BackendSettings()}))
    with pytest.raises(SettingsError, match="folder"):
        registry.backend("album")


def test_a_backend_that_is_not_installed_is_an_unknown_name() -> None:
    """The message names those that there are."""
    registry = BackendRegistry(Settings())
    with pytest.raises(UnknownName, match="Did you mean 'ollama'"):
        registry.backend("olama")


def test_a_server_elsewhere_needs_a_section() -> None:
    """A canvas from elsewhere must not make this machine connect out by naming a model."""
    with pytest.raises(SettingsError, match=r"\[backends.openai\]"):
        BackendRegistry(Settings()).backend("openai")
    assert BackendRegistry(Settings()).model_problem("openai/gpt-image-1")
    configured = Settings(backends={"openai": BackendSettings()})
    assert BackendRegistry(configured).backend("openai").name == "openai"
