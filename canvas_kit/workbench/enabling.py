"""Switching the workbench on in JupyterLab, and off again: nothing does that by itself.

Jupyter looks for two things. That a file under ``jupyter_server_config.d`` names our server
extension, and that the folder ``labextensions`` holds what its page loads. Both exist for a Python
environment and for a user. The page's files are copied: not every Jupyter Server serves what a
link leads to.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

from jupyter_core.paths import (
    ENV_CONFIG_PATH,
    ENV_JUPYTER_PATH,
    jupyter_config_dir,
    jupyter_config_path,
    jupyter_data_dir,
    jupyter_path,
    prefer_environment_over_user,
)

from canvas_kit.errors import CanvasKitError
from canvas_kit.files import write_text
from canvas_kit.german import Language
from canvas_kit.version import __version__
from canvas_kit.workbench.editing import described

SERVER_EXTENSION = "canvas_kit.server"
LAB_EXTENSION = Path("labextensions", "@canvas-kit", "workbench")
_CONFIG_FILE = Path("jupyter_server_config.d", "canvas_kit.json")


class NotSwitched(CanvasKitError):
    """Jupyter's folders could not be written."""


@dataclass(frozen=True)
class Place:
    """Where Jupyter looks.

    Attributes:
        config: The folder with its settings.
        data: The folder with its extensions.
    """

    config: Path
    data: Path

    @classmethod
    def environment(cls) -> Place:
        """That of this Python environment, for all who use it."""
        return cls(Path(ENV_CONFIG_PATH[0]), Path(ENV_JUPYTER_PATH[0]))

    @classmethod
    def user(cls) -> Place:
        """That of this user, for all environments."""
        return cls(Path(jupyter_config_dir()), Path(jupyter_data_dir()))

    @classmethod
    def usual(cls) -> Place:
        """The environment where there is a virtual one, else the user."""
        return cls.environment() if prefer_environment_over_user() else cls.user()


@dataclass(frozen=True)
class Found:
    """One half of the workbench at one place.

    Attributes:
        what: ``"server extension"`` or ``"JupyterLab extension"``.
        path: The file or folder.
        state: ``"on"``, ``"off"`` or ``"out of date"``.
    """

    what: str
    path: Path
    state: str


def enable(place: Place) -> list[str]:
    """Switch the workbench on; what is on already is brought up to date.

    Returns:
        What was done, in words.

    Raises:
        NotSwitched: When Jupyter's folders cannot be written.
    """
    config, target = place.config / _CONFIG_FILE, place.data / LAB_EXTENSION
    try:
        document = _read(config)
        server = document.setdefault("ServerApp", {})
        server.setdefault("jpserver_extensions", {})[SERVER_EXTENSION] = True
        _write(config, document)
        with tempfile.TemporaryDirectory() as temporary:
            made = Path(temporary) / "workbench"
            _assemble(made)
            _remove(target)
            shutil.copytree(made, target)
    except (OSError, ValueError) as error:
        raise _not_switched("on", error) from None
    return [f"server extension: on, {config}", f"JupyterLab extension: on, {target}"]


def disable(place: Place) -> list[str]:
    """Switch the workbench off, however it was switched on; nothing of it stays.

    Returns:
        What was done, in words; empty if nothing was on.

    Raises:
        NotSwitched: When Jupyter's folders cannot be written.
    """
    done = []
    try:
        for file, document in _configs(place.config):
            extensions = document["ServerApp"]["jpserver_extensions"]
            if extensions.pop(SERVER_EXTENSION, None) is None:
                continue
            if document == {"ServerApp": {"jpserver_extensions": {}}}:
                file.unlink()
            else:
                _write(file, document)
            done.append(f"server extension: off, {file}")
        target = place.data / LAB_EXTENSION
        if _remove(target):
            done.append(f"JupyterLab extension: off, {target}")
    except OSError as error:
        raise _not_switched("off", error) from None
    return done


def status() -> list[Found]:
    """What is on and off, at every place where Jupyter looks, the decisive first."""
    found = []
    for folder in map(Path, jupyter_config_path()):
        for file, document in _configs(folder):
            on = document["ServerApp"]["jpserver_extensions"].get(SERVER_EXTENSION)
            if on is not None:
                found.append(Found("server extension", file, "on" if on else "off"))
    with tempfile.TemporaryDirectory() as temporary:
        current = Path(temporary)
        _assemble(current)
        for folder in map(Path, jupyter_path()):
            copy = folder / LAB_EXTENSION
            if (copy / "package.json").is_file():
                state = "on" if _contents(copy) == _contents(current) else "out of date"
                found.append(Found("JupyterLab extension", copy, state))
    return found


def _assemble(folder: Path) -> None:
    """Put what JupyterLab loads into a folder."""
    built = files(__package__) / "static"
    with_scripts = folder / "static"
    with_scripts.mkdir(parents=True, exist_ok=True)
    about = json.loads((built / "labextension" / "package.json").read_text(encoding="utf-8"))
    (folder / "package.json").write_text(json.dumps(about | {"version": __version__}, indent=2))
    scripts = built / "labextension" / "static" / "remoteEntry.js", built / "workbench.js"
    for script in scripts:
        (with_scripts / script.name).write_bytes(script.read_bytes())
    for language in get_args(Language):  # so that a page can edit while no server answers it
        types = json.dumps(described(language), ensure_ascii=False)
        (with_scripts / f"types.{language}.json").write_text(types, encoding="utf-8")


def _contents(folder: Path) -> Mapping[Path, bytes]:
    return {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def _configs(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The files below a folder of settings that name server extensions."""
    for file in (
        folder / "jupyter_server_config.json",
        *(folder / _CONFIG_FILE.parent).glob("*.json"),
    ):
        try:
            document = _read(file)
        except (OSError, ValueError):
            continue  # another's file, which Jupyter itself complains of
        match document:
            case {"ServerApp": {"jpserver_extensions": {}}}:
                yield file, document


def _read(file: Path) -> dict[str, Any]:
    document = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    if not isinstance(document, dict):
        raise ValueError(f"{file} should hold a JSON object")
    return document


def _write(file: Path, document: Mapping[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_text(file, json.dumps(document, indent=2) + "\n")


def _remove(folder: Path) -> bool:
    """Remove a folder, or a link to one; whether there was something."""
    if folder.is_symlink():
        folder.unlink()
    elif folder.is_dir():
        shutil.rmtree(folder)
    else:
        return False
    scope = folder.parent
    if not any(scope.iterdir()):
        scope.rmdir()
    return True


def _not_switched(wanted: str, error: Exception) -> NotSwitched:
    return NotSwitched(
        f"The workbench could not be switched {wanted}: {error}. Name a place that you may write: "
        "--env for this Python environment, --user for you alone."
    )
