"""The arrows of the house point one way.

Rooms are listed from the ground up; a module may import from its own room and from those below.
Imports inside functions count: they are arrows too. Only what is named as a string (the tables of
node types, backends and views) is a socket for plug-ins and none. Imports that are made for type
checkers only are left out: they tie nothing together at run time.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import canvas_kit

PACKAGE = Path(canvas_kit.__file__).parent

ROOMS: tuple[tuple[str, ...], ...] = (
    ("containers", "errors", "files", "version"),
    ("logs", "redaction"),
    ("display", "german", "tables", "tasks"),
    ("media",),
    ("values", "choices"),
    ("events",),
    ("network",),
    ("trust",),
    ("settings",),
    ("canvas",),
    ("progress",),
    ("preset_files",),
    ("backends",),
    ("nodes",),
    ("recorder",),
    ("executor",),
    ("sweep",),
    ("batch",),
    ("analysis", "catalog", "cluster", "fetching", "job"),
    ("client", "notebook_runs", "views"),
    ("workbench",),
    ("server",),  # gives out media where the client asks for them
    ("cli",),
)
LEVEL = {room: level for level, rooms in enumerate(ROOMS) for room in rooms}
NO_ROOM = frozenset({"canvas_kit", "__version__", "version"})


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "node_modules" not in path.parts)


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def run_time_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node of a module but those under ``if TYPE_CHECKING``."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for other in node.orelse:
                yield from run_time_nodes(other)
            continue
        yield node
        yield from run_time_nodes(node)


def arrows(path: Path) -> Iterator[tuple[str, int]]:
    """The rooms that a module imports from, with the line."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: list[tuple[str, int]] = []
    package = ("canvas_kit", *path.relative_to(PACKAGE).with_suffix("").parts)
    for node in run_time_nodes(tree):
        if isinstance(node, ast.Import):
            names += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(package[: -node.level]) + "." if node.level else ""
            source = f"{start}{node.module or ''}".rstrip(".")
            names += [(f"{source}.{alias.name}", node.lineno) for alias in node.names]
    for name, line in names:
        parts = name.split(".")
        if parts[0] == "canvas_kit" and len(parts) > 1 and parts[1] not in NO_ROOM:
            yield parts[1], line


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_arrow_turns_back(path: Path) -> None:
    """A module needs only what lies below it."""
    own = room_of(path)
    if own == "__init__":
        for room, line in arrows(path):
            pytest.fail(
                f"__init__.py:{line} imports {room}; importing canvas_kit must cost nothing"
            )
        return
    assert own in LEVEL, f"{own} is a room of no floor: add it to ROOMS"
    for room, line in arrows(path):
        target = room if room in LEVEL else None
        assert target is not None, f"{path.name}:{line} imports {room}, a room of no floor"
        allowed = target == own or LEVEL[target] < LEVEL[own]
        assert allowed, f"{path.relative_to(PACKAGE)}:{line} reaches up from {own} to {target}"


def test_every_room_is_there() -> None:
    """The plan of the house names no room that does not exist."""
    found = {room_of(path) for path in modules()} - {"__init__"}
    assert found <= set(LEVEL)
    missing = set(LEVEL) - found
    assert not missing


def test_an_arrow_that_turns_back_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check itself: at the top, inside a function, relative, and by the package's own name."""
    package = tmp_path / "canvas_kit"
    (package / "canvas").mkdir(parents=True)
    module = package / "canvas" / "graph.py"
    module.write_text(
        "from typing import TYPE_CHECKING\n"
        "import canvas_kit.batch\n"
        "from canvas_kit import executor, __version__\n"
        "from ..recorder import run\n"
        "if TYPE_CHECKING:\n    from canvas_kit.views import live\n"
        "def f():\n    from canvas_kit.nodes.base import NodeContext\n"
    )
    monkeypatch.setattr(f"{__name__}.PACKAGE", package)
    assert [room for room, _ in arrows(module)] == ["batch", "executor", "recorder", "nodes"]
