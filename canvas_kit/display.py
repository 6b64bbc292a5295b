"""How values show themselves and are analysed, without depending on what does it.

Views and analysis lie above the values, which cannot import them. A value names here what it needs
of them, and that is loaded when it is asked for: by dotted path, as a plug-in would be.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

_VIEWS = {
    "canvas": "canvas_kit.views.canvases:canvas_bundle",
    "run": "canvas_kit.views.results:run_bundle",
    "batch": "canvas_kit.views.grids:batch_bundle",
    "grid": "canvas_kit.views.grids:grid_bundle",
    "effect": "canvas_kit.views.differences:effect_bundle",
    "difference": "canvas_kit.views.differences:difference_bundle",
    "run_handle": "canvas_kit.views.live:handle_bundle",
    "batch_handle": "canvas_kit.views.live:handle_bundle",
    "job": "canvas_kit.views.live:handle_bundle",
    "running": "canvas_kit.views.live:running_bundle",
    "live": "canvas_kit.views.live:show",
}
_FUNCTIONS = {
    "rows": "canvas_kit.analysis.rows:to_rows",
    "layout": "canvas_kit.analysis.grid:grid_of",
    "sheet": "canvas_kit.analysis.sheets:save_sheet",
    "grid_page": "canvas_kit.views.grids:grid_page",
    "compared": "canvas_kit.analysis.comparing:compare",
    "changed": "canvas_kit.analysis.comparing:changes_of",
    "effect": "canvas_kit.analysis.effects:effect_of",
    "python": "canvas_kit.canvas.python_source:as_python",
    "edit": "canvas_kit.workbench.editor:edit",
    "gallery": "canvas_kit.workbench.gallery:gallery",
    "export": "canvas_kit.catalog.export:export_batch",
}


class Displayed:
    """A value that a notebook shows by a view."""

    __slots__ = ()

    view: ClassVar[str] = ""
    """Names the view."""

    def _repr_mimebundle_(self, **_: object) -> Mapping[str, Any]:
        bundle: Mapping[str, Any] = _load(_VIEWS[self.view])(self)
        return bundle


def call(function: str, *given: Any, **named: Any) -> Any:
    """What a function of a room above gives for a value."""
    return _load(_FUNCTIONS[function])(*given, **named)


def show_live(handle: object) -> None:
    """Show ``handle`` in the current cell, to be followed until its result takes its place."""
    _load(_VIEWS["live"])(handle)


def _load(path: str) -> Callable[..., Any]:
    module, _, function = path.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found
