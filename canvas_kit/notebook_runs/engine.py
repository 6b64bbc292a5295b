"""The engine of papermill that is named ``canvas-kit``: notebooks as always, in warm kernels.

papermill finds it by its entry point while it is itself being imported, so nothing else may import
this file before papermill.
"""

from __future__ import annotations

import atexit
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import NBClientEngine, NotebookExecutionManager

from canvas_kit.notebook_runs.kernels import ForkingManager, Kernels, WatchedManager, why_not_forked

NAME = "canvas-kit"
_OWN_START = ("km", "kernel_manager_class", "extra_arguments", "ipython_hist_file")


class CanvasKitEngine(NBClientEngine):  # type: ignore[misc]
    """Runs a notebook as plain papermill does, in a kernel forked from a preloaded process.

    Where that cannot be, in a kernel started anew, and one line says why.
    """

    _kernels: Kernels | None = None
    """Those of this process. Papermill knows engines as classes, so they can be nowhere else."""

    @classmethod
    def kernels(cls) -> Kernels:
        """Where this process's kernels come from."""
        if cls._kernels is None:
            cls._kernels = Kernels()
            atexit.register(cls._kernels.close)
        return cls._kernels

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        *,
        kernels: Kernels | None = None,
        **kwargs: Any,
    ) -> Any:
        """Run a notebook.

        Args:
            nb_man: It, as papermill keeps it.
            kernel_name: The kernel it asks for.
            kernels: Where kernels come from, if not from those of this process.
            **kwargs: What :class:`papermill.engines.NBClientEngine` takes.
        """
        kernels = kernels if kernels is not None else cls.kernels()
        reason = why_not_forked(KernelSpecManager().get_kernel_spec(kernel_name))
        if set(kwargs) & set(_OWN_START):
            reason = "its kernel is to be started in a way of its own"
        else:
            base = WatchedManager if reason else ForkingManager
            kwargs["kernel_manager_class"] = kernels.manager(base)
        if reason:
            kernels.tell(reason)
        try:
            return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)
        except (DeadKernelError, CellTimeoutError):
            # Papermill has marked the cell completed.
            began = [cell for cell in nb_man.nb.cells if cell.metadata.papermill["start_time"]]
            nb_man.cell_exception(began[-1])
            raise
