"""Runs a notebook with parameters and keeps the executed copy beside the records that it made.

The source stays as it is. In the copy, a cell after the one tagged ``parameters`` says what was
passed in; nothing of any widget is kept (a widget's state is large and dead without its kernel).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from canvas_kit.errors import CanvasKitError, MissingPrerequisite, UnknownName
from canvas_kit.settings import Settings

NOTEBOOKS = "notebooks"
"""The folder of executed copies, under the exports folder."""


class NotebookFailed(CanvasKitError):
    """A cell of a notebook failed. What ran before it is in the executed copy.

    Attributes:
        copy: The executed copy, up to the cell that failed.
    """

    def __init__(self, message: str, *, copy: Path) -> None:
        self.copy = copy
        super().__init__(message)


def run_notebook(
    path: str | Path,
    parameters: Mapping[str, Any] | None = None,
    exports: str | Path | None = None,
    *,
    progress_bar: bool = False,
) -> Path:
    """Run a notebook from top to bottom, and give the executed copy.

    Args:
        path: The notebook.
        parameters: Values for its tagged parameters cell; paths among them are relative to the
            working folder, which is also the notebook's.
        exports: Where the copy goes, and the notebook's records too if it has a parameter
            ``exports``; if left out, where the settings say.
        progress_bar: Whether a bar on stderr counts the cells.

    Returns:
        The copy: ``<exports>/notebooks/<name>_<time>.ipynb``.

    Raises:
        MissingPrerequisite: When papermill is not installed.
        UnknownName: When the notebook has no such parameter; nothing was run.
        CanvasKitError: When the notebook cannot be read; nothing was run.
        NotebookFailed: When a cell fails.
    """
    try:
        import papermill
        from papermill.exceptions import PapermillExecutionError
    except ModuleNotFoundError:
        raise MissingPrerequisite(
            "Running a notebook with parameters needs papermill, which is not installed. "
            "Install it with: pip install 'canvas-kit[lab]'"
        ) from None
    source = Path(path)
    try:
        known = list(papermill.inspect_notebook(source))
    except Exception as error:  # whatever its reader makes of a file that is no notebook
        raise CanvasKitError(
            f"The notebook {source} cannot be read: {type(error).__name__}: {error}"
        ) from error
    given = dict(parameters or {})
    for name in given:
        if name not in known:
            raise UnknownName(f"parameter of {source.name}", name, known)
    if exports is not None and "exports" in known:
        given.setdefault("exports", str(exports))
    folder = Path(exports if exports is not None else Settings.load().exports) / NOTEBOOKS
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / f"{source.stem}_{datetime.now(UTC):%Y%m%d_%H%M%S_%f}.ipynb"
    try:
        papermill.execute_notebook(
            source, copy, parameters=given, progress_bar=progress_bar, store_widget_state=False
        )
    except PapermillExecutionError as error:
        raise NotebookFailed(
            f"{source.name} failed in cell {error.cell_index}: "
            f"{error.ename}: {error.evalue} The cells that ran are in {copy}.",
            copy=copy,
        ) from error
    return copy
