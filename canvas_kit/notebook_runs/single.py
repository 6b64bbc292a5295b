"""Runs a notebook with parameters and keeps the executed copy beside the records that it made.

The source stays as it is. In the copy, a cell after the one tagged ``parameters`` says what was
passed in; nothing of any widget is kept (a widget's state is large and dead without its kernel).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from canvas_kit.errors import CanvasKitError, MissingPrerequisite, RecordError, UnknownName
from canvas_kit.recorder.disk import translated
from canvas_kit.settings import Settings

if TYPE_CHECKING:
    from canvas_kit.notebook_runs.kernels import Kernels

NOTEBOOKS = "notebooks"
"""The folder of executed copies, under the exports folder."""
UNKNOWN: Any = object()
"""The default of a parameter that is not written as a plain value."""


class NotebookError(CanvasKitError):
    """A notebook, or what is to be put in for its parameters, cannot be used; nothing was run."""


class NotebookFailed(CanvasKitError):
    """A cell of a notebook failed. What ran before it is in the executed copy.

    Attributes:
        copy: The executed copy, up to the cell that failed.
        cell: The number of that cell, from 0; None if none was running.
        error: What went wrong in it.
    """

    def __init__(self, message: str, *, copy: Path, cell: int | None, error: str) -> None:
        self.copy = copy
        self.cell = cell
        self.error = error
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class NotebookParameter:
    """A parameter, as the notebook's cell of parameters has it.

    Attributes:
        name: Its name.
        kind: The name of its type, as annotated or as its value is; empty where that is not said.
        default: Its value, or :data:`UNKNOWN`.
    """

    name: str
    kind: str
    default: Any


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
        NotebookError: When the notebook cannot be read; nothing was run.
        NotebookFailed: When a cell fails.
        RecordError: When the copy cannot be written.
    """
    source = Path(path)
    known = parameters_of(source)
    given = dict(parameters or {})
    check_names(source, given, known)
    if exports is not None and "exports" in known:
        given.setdefault("exports", str(exports))
    folder = Path(exports if exports is not None else Settings.load().exports) / NOTEBOOKS
    with translated(f"make the folder {folder}"):
        folder.mkdir(parents=True, exist_ok=True)
    copy = folder / f"{source.stem}_{datetime.now(UTC):%Y%m%d_%H%M%S_%f}.ipynb"
    execute(source, copy, given, progress_bar=progress_bar)
    return copy


def parameters_of(source: Path) -> dict[str, NotebookParameter]:
    """The parameters of a notebook.

    Raises:
        MissingPrerequisite: When papermill is not installed.
        NotebookError: When the notebook cannot be read.
    """
    try:
        import papermill
    except ModuleNotFoundError:
        raise MissingPrerequisite(
            "Running a notebook with parameters needs papermill, which is not installed. "
            "Install it with: pip install 'canvas-kit[lab]'"
        ) from None
    try:
        found = papermill.inspect_notebook(_literal(source))
    except Exception as error:  # whatever its reader makes of a file that is no notebook
        raise NotebookError(
            f"The notebook {source} cannot be read: {type(error).__name__}: {error}"
        ) from error
    parameters = {}
    for name, about in found.items():
        try:
            default = ast.literal_eval(about["default"])
        except (ValueError, SyntaxError):
            default = UNKNOWN
        kind = about["inferred_type_name"]
        if kind == "None":  # so papermill says that there is no annotation
            kind = "" if default is UNKNOWN or default is None else type(default).__name__
        parameters[name] = NotebookParameter(name, kind, default)
    return parameters


def check_names(source: Path, names: Iterable[str], known: Mapping[str, NotebookParameter]) -> None:
    """Check that a notebook has these parameters.

    Raises:
        UnknownName: When it has not.
    """
    for name in names:
        if name not in known:
            raise UnknownName(f"parameter of {source.name}", name, known)


def execute(
    source: Path,
    copy: Path,
    parameters: Mapping[str, Any],
    *,
    kernels: Kernels | None = None,
    progress_bar: bool = False,
) -> None:
    """Run a notebook into a copy, in a kernel of ``kernels`` or of this process.

    Raises:
        NotebookFailed: When a cell fails, takes too long, or ends the kernel.
        RecordError: When the copy cannot be written.
    """
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillExecutionError

    from canvas_kit.notebook_runs.engine import NAME, CanvasKitEngine

    papermill_engines.register(NAME, CanvasKitEngine)  # also where nothing is installed
    try:
        papermill.execute_notebook(
            _literal(source.absolute()),
            _literal(copy.absolute()),
            parameters=dict(parameters),
            engine_name=NAME,
            kernels=kernels,
            progress_bar=progress_bar,
            store_widget_state=False,
        )
        return
    except PapermillExecutionError as fault:
        cell, error, cause = fault.cell_index, f"{fault.ename}: {fault.evalue}", fault
    except (CellTimeoutError, DeadKernelError) as fault:
        cell, error, cause = _failed_cell(copy), f"{type(fault).__name__}: {fault}", fault
    except OSError as fault:  # as of a full disk; errors of its cells are none of these
        raise RecordError(f"Could not run {source.name} into {copy}: {fault}.") from fault
    where = "" if cell is None else f" in cell {cell}"
    raise NotebookFailed(
        f"{source.name} failed{where}: {error} The cells that ran are in {copy}.",
        copy=copy,
        cell=cell,
        error=error,
    ) from cause


def _failed_cell(copy: Path) -> int | None:
    from nbformat import NO_CONVERT, read

    for number, cell in enumerate(read(copy, NO_CONVERT).cells):
        if cell.metadata.get("papermill", {}).get("status") == "failed":
            return number
    return None


def _literal(path: Path) -> str:
    """``path`` for papermill, which puts parameters in for braces in it."""
    return str(path).replace("{", "{{").replace("}", "}}")
