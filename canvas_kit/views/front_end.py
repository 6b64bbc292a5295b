"""Who is looking at a notebook, and where in it something can be shown again and again."""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
import uuid
import warnings
from collections.abc import Mapping
from enum import Enum
from typing import Any

HEADLESS_VARIABLE = "CANVAS_KIT_HEADLESS"
_FALSE = ("", "0", "false", "no")


class Audience(Enum):
    """Who looks at what a notebook shows."""

    WIDGETS = "a person whose front end has widgets"
    TEXT = "a person without widgets"
    NOBODY = "a program that runs the notebook from top to bottom"


def audience() -> Audience:
    """Who is looking.

    A program that runs a notebook (papermill, nbclient) tells the kernel that nobody can be asked
    for input; then nobody can press a button either. ``CANVAS_KIT_HEADLESS=1`` says the same.
    """
    kernel = _kernel()
    if kernel is None:
        return Audience.TEXT
    headless = os.environ.get(HEADLESS_VARIABLE, "").strip().lower() not in _FALSE
    if headless or not getattr(kernel, "_allow_stdin", True):
        return Audience.NOBODY
    if importlib.util.find_spec("ipywidgets") is None:
        return Audience.TEXT
    return Audience.WIDGETS


def in_notebook() -> bool:
    """Whether this process is a notebook's kernel."""
    return _kernel() is not None


class Place:
    """A place in a notebook's output that is written once and can be written anew, from any thread.

    What it holds last is what a saved notebook keeps.
    """

    def __init__(self) -> None:
        """Choose a name for the place; nothing is shown."""
        self._name = uuid.uuid4().hex
        self._shown = False

    def show(self, bundle: Mapping[str, Any]) -> None:
        """Show ``bundle`` here, in place of what was here."""
        from IPython.display import display

        show: Any = display  # untyped
        show(dict(bundle), raw=True, display_id=self._name, update=self._shown)
        self._shown = True


@functools.cache
def warn_about_kernel() -> None:
    """Warn, once, of a kernel on which widgets are known to fail.

    The 7.x releases of ipykernel up to 7.4 each have a fault: starts that hang (7.0 to 7.3), or
    widgets that stop following after a cell that awaits (7.4).
    """
    try:
        from importlib.metadata import PackageNotFoundError, version

        release = version("ipykernel")
    except PackageNotFoundError:
        return
    if int(release.partition(".")[0]) >= 7:
        warnings.warn(
            f"ipykernel {release} is installed. Live views may stop following, or the kernel may "
            "hang at its start; canvas-kit works reliably with 'ipykernel>=6.31,<7'.",
            RuntimeWarning,
            stacklevel=2,
        )


def _kernel() -> Any:
    """The IPython kernel that this code runs in, or None in a script or a terminal."""
    ipython = sys.modules.get("IPython")  # a kernel has loaded it
    return getattr(ipython.get_ipython(), "kernel", None) if ipython is not None else None
