"""How values show themselves in a notebook, without depending on the views that draw them.

The views lie above everything else, so a value cannot import them. It names its view here, and the
view is loaded when a front end asks: by dotted path, as a plug-in would be.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

_VIEWS = {
    "run": "canvas_kit.views.results:run_bundle",
    "batch": "canvas_kit.views.results:batch_bundle",
    "run_handle": "canvas_kit.views.live:handle_bundle",
    "batch_handle": "canvas_kit.views.live:handle_bundle",
    "running": "canvas_kit.views.live:running_bundle",
    "live": "canvas_kit.views.live:show",
}


def bundle_of(view: str, value: object) -> Mapping[str, Any]:
    """The MIME bundle of ``value``, drawn by the view of that name."""
    bundle: Mapping[str, Any] = _load(view)(value)
    return bundle


def show_live(handle: object) -> None:
    """Show ``handle`` in the current cell, to be followed until its result takes its place."""
    _load("live")(handle)


def _load(view: str) -> Callable[[object], Any]:
    module, _, function = _VIEWS[view].partition(":")
    draw: Callable[[object], Any] = getattr(importlib.import_module(module), function)
    return draw
