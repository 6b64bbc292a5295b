"""Who is looking at a notebook, and where in it something can be shown again and again.

A widget lives as long as its kernel. What is shown by a :class:`Twin` has a static output beside
it, which is all that is seen once the widget is dead.
"""

from __future__ import annotations

import functools
import os
import sys
import uuid
import warnings
from collections.abc import Mapping
from enum import Enum
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from canvas_kit.errors import SettingsError
from canvas_kit.executor.engine import default_engine
from canvas_kit.german import Language, Words

HEADLESS_VARIABLE = "CANVAS_KIT_HEADLESS"
_FALSE = ("", "0", "false", "no")
_VOILA = "voila"


class Audience(Enum):
    """Who looks at what a notebook shows."""

    WIDGETS = "a user whose front end has widgets"
    TEXT = "a user without widgets"
    NOBODY = "a program that runs the notebook from top to bottom"


def audience() -> Audience:
    """Who is looking.

    A program that runs a notebook (papermill, nbclient) tells the kernel that nobody can be asked
    for input; then nobody can press a button either. ``CANVAS_KIT_HEADLESS=1`` says the same.
    Voilà runs a notebook like such a program, but then shows its widgets to a user.
    """
    kernel = _kernel()
    if kernel is None:
        return Audience.TEXT
    headless = os.environ.get(HEADLESS_VARIABLE, "").strip().lower() not in _FALSE
    asks = getattr(kernel, "_allow_stdin", True)
    voila = os.environ.get("SERVER_SOFTWARE", "").startswith(_VOILA)
    if headless or not (asks or voila):
        return Audience.NOBODY
    return Audience.WIDGETS if _major("ipywidgets") >= 8 else Audience.TEXT


def words_in(language: Language | None = None) -> Words:
    """What views show, in a language; left out, in the one that the settings say."""
    return Words(language or user_language())


def user_language() -> Language:
    """The language that the settings say, for what is shown without an engine at hand."""
    try:
        return default_engine().settings.language
    except SettingsError:  # told where something is to be run
        return "en"


def in_notebook() -> bool:
    """Whether this process is a notebook's kernel."""
    return _kernel() is not None


LIVE_CLASS = "ck-live"
"""The root element of a widget that has a static twin carries it."""
STATIC_CLASS = "ck-static"
_GONE = '<div class="ck-gone"></div>'
_OUTPUT = ":is(.jp-OutputArea-child,.output_area)"
_LIVES = f":has(.{LIVE_CLASS}:not(.jupyter-widgets-disconnected))"
_TWIN_STYLE = (
    f"<style>{_OUTPUT}{_LIVES}+{_OUTPUT}:has(>*>.{STATIC_CLASS}),"
    f"{_OUTPUT}:has(>.jupyter-widgets,>.lm-Panel,>*>.ck-gone):not({_LIVES})"
    f":has(+{_OUTPUT}>*>.{STATIC_CLASS}){{display:none}}</style>"
)


class DisplaySlot:
    """A place in a notebook's output that is written once and can be written anew, from any thread.

    What it holds last is what a saved notebook keeps. The name of the place stands in the output's
    metadata as well: JupyterLab forgets it when the page is loaded anew, and passes over what is
    written then, unless the workbench's extension puts it in its place (its ``lab/outputs.ts``).
    """

    def __init__(self) -> None:
        """Choose a name for the place; nothing is shown."""
        self._name = uuid.uuid4().hex
        self._shown = False

    def show(self, bundle: Mapping[str, Any], *, anew: bool = False) -> None:
        """Show ``bundle`` here, in place of what was here.

        Args:
            bundle: What to show.
            anew: In the current cell too; the two are from now on the same.
        """
        from IPython.display import display

        show: Any = display  # untyped
        show(
            dict(bundle),
            raw=True,
            display_id=self._name,
            update=self._shown and not anew,
            metadata={"canvas_kit": {"slot": self._name}},
        )
        self._shown = True


class Twin:
    """A widget with a static output beside it: one of the two is seen.

    The cell gets two outputs, the widget's and the static one. Style in the static one hides it
    while the widget before it lives, and hides what is left of the widget once it is dead: a
    kernel that was restarted, a notebook that was opened anew, an exported page. Where a front end
    knows no widgets the first output is empty.

    Seen working: JupyterLab 4.6.6, nbconvert 7.17.2 (HTML), Voilà 0.5.13. Where the style does not
    reach (a notebook that is not trusted, other front ends) nothing is lost: the static output is
    seen, beneath the widget if there is one.
    """

    def __init__(self) -> None:
        """Prepare; nothing is shown."""
        self._live, self._static = DisplaySlot(), DisplaySlot()

    def show(self, widget: Any | None, bundle: Mapping[str, Any]) -> None:
        """Show a widget in the current cell, and after it what stands in its place.

        It may be shown again, in this cell or another.

        Args:
            widget: A widget; its root element is given the class :data:`LIVE_CLASS`. None where
                the user has no widgets: then the other is shown alone.
            bundle: With text and HTML.
        """
        if widget is not None:
            widget.add_class(LIVE_CLASS)
            view = {k: v for k, v in widget._repr_mimebundle_().items() if k != "text/plain"}
            self._live.show({**view, "text/html": _GONE, "text/plain": ""}, anew=True)
        self._static.show(_as_twin(bundle), anew=True)

    def update(self, bundle: Mapping[str, Any]) -> None:
        """Change what stands in the widget's place, from any thread."""
        self._static.show(_as_twin(bundle))

    def end(self, bundle: Mapping[str, Any]) -> None:
        """Take the widget away, so that this alone is seen and saved."""
        self._live.show({"text/html": _GONE, "text/plain": ""})
        self.update(bundle)


def _as_twin(bundle: Mapping[str, Any]) -> Mapping[str, Any]:
    html = f'{_TWIN_STYLE}<div class="{STATIC_CLASS}">{bundle["text/html"]}</div>'
    return {**bundle, "text/html": html}


@functools.cache
def warn_about_kernel() -> None:
    """Warn, once, of a kernel on which widgets are known to fail.

    The 7.x releases of ipykernel up to 7.4 each have a fault: starts that hang (7.0 to 7.3), or
    widgets that stop following after a cell that awaits (7.4).
    """
    if _major("ipykernel") >= 7:
        warnings.warn(
            f"ipykernel {version('ipykernel')} is installed. Live views may stop following, or the "
            "kernel may hang at its start; canvas-kit works reliably with 'ipykernel>=6.31,<7'.",
            RuntimeWarning,
            stacklevel=2,
        )


def _major(distribution: str) -> int:
    """The first number of the installed version, or 0 where there is none."""
    try:
        return int(version(distribution).partition(".")[0])
    except (PackageNotFoundError, ValueError):
        return 0


def _kernel() -> Any:
    """The IPython kernel that this code runs in, or None in a script or a terminal."""
    ipython = sys.modules.get("IPython")  # a kernel has loaded it
    return getattr(ipython.get_ipython(), "kernel", None) if ipython is not None else None
