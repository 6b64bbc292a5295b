"""The files of the package form no circle, and a class name stands for one thing."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import canvas_kit

PACKAGE = Path(canvas_kit.__file__).parent


def module_name(path: Path) -> str:
    parts = ("canvas_kit", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imported(name: str) -> Iterator[str]:
    """The modules of the package that a module imports: at its top, in functions, for types."""
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                if inner in MODULES:
                    yield inner
                elif node.module in MODULES:
                    yield node.module


def circles(arrows: dict[str, set[str]]) -> list[list[str]]:
    """The groups of names that reach each other, found by taking away what reaches nothing."""
    left = {name: set(targets) - {name} for name, targets in arrows.items()}
    changed = True
    while changed:
        ends = {name for name, targets in left.items() if not targets & left.keys()}
        starts = left.keys() - {target for targets in left.values() for target in targets}
        changed = bool(ends | starts)
        for name in ends | starts:
            left.pop(name, None)
    return [[name, *sorted(targets & left.keys())] for name, targets in sorted(left.items())]


def test_no_files_import_each_other_in_a_circle() -> None:
    """Also an import inside a function, or one for types only, ties two files together."""
    assert circles({name: set(imported(name)) for name in MODULES}) == []


def test_a_circle_is_found() -> None:
    """The check itself: a ring of three with a tail at either side."""
    arrows = {"tail": {"a"}, "a": {"b"}, "b": {"c"}, "c": {"a", "end"}, "end": set[str]()}
    assert circles(arrows) == [["a", "b"], ["b", "c"], ["c", "a"]]


def test_no_class_name_stands_for_two_things() -> None:
    """A name in a traceback or a search says which class is meant."""
    places: dict[str, list[str]] = defaultdict(list)
    for name, path in MODULES.items():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(name)
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
