"""canvas-kit: build a canvas, run it, keep everything as data.

::

    from canvas_kit import Collector, Generation, Input, Interception, run

    canvas = Input("A market at dawn") >> Interception("stillepost") >> Generation() >> Collector()
    result = await run(canvas)

Every name here is loaded when it is first used, so that importing the package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from canvas_kit.version import __version__

if TYPE_CHECKING:
    from canvas_kit.batch.batch import Batch
    from canvas_kit.batch.begin import run_batch
    from canvas_kit.batch.handle import BatchHandle
    from canvas_kit.batch.running import running
    from canvas_kit.canvas.graph import Canvas
    from canvas_kit.catalog.listing import batches, runs
    from canvas_kit.client.remote import Remote
    from canvas_kit.errors import CanvasError, CanvasKitError
    from canvas_kit.executor.engine import Engine
    from canvas_kit.executor.models import models
    from canvas_kit.executor.run import RunHandle, continue_run, run
    from canvas_kit.fetching import fetch
    from canvas_kit.job.begin import start_job
    from canvas_kit.job.job import Job, forget_jobs, jobs
    from canvas_kit.nodes.evaluation import Comparison, Evaluation, ImageEvaluation
    from canvas_kit.nodes.generation import Generation
    from canvas_kit.nodes.inputs import ImageInput, Input
    from canvas_kit.nodes.language import Interception, ModelAdaption, RandomPrompt, Translation
    from canvas_kit.nodes.outputs import Collector, Display
    from canvas_kit.nodes.parameters import Quality, Resolution, Seed
    from canvas_kit.notebook_runs.many import run_notebooks
    from canvas_kit.notebook_runs.single import run_notebook
    from canvas_kit.preset_files.catalogue import presets
    from canvas_kit.recorder.recorder import CanvasRecorder
    from canvas_kit.recorder.run import Run
    from canvas_kit.settings import Settings
    from canvas_kit.sweep.levels import WITHOUT
    from canvas_kit.sweep.prompt_files import read_prompts
    from canvas_kit.sweep.sweep import Sweep
    from canvas_kit.views.form.form import CanvasForm
    from canvas_kit.workbench.editor import edit
    from canvas_kit.workbench.gallery import gallery

_HOMES = {
    "Batch": "canvas_kit.batch.batch",
    "BatchHandle": "canvas_kit.batch.handle",
    "Canvas": "canvas_kit.canvas.graph",
    "CanvasError": "canvas_kit.errors",
    "CanvasForm": "canvas_kit.views.form.form",
    "CanvasKitError": "canvas_kit.errors",
    "CanvasRecorder": "canvas_kit.recorder.recorder",
    "Collector": "canvas_kit.nodes.outputs",
    "Comparison": "canvas_kit.nodes.evaluation",
    "Display": "canvas_kit.nodes.outputs",
    "Engine": "canvas_kit.executor.engine",
    "Evaluation": "canvas_kit.nodes.evaluation",
    "Generation": "canvas_kit.nodes.generation",
    "ImageEvaluation": "canvas_kit.nodes.evaluation",
    "ImageInput": "canvas_kit.nodes.inputs",
    "Input": "canvas_kit.nodes.inputs",
    "Interception": "canvas_kit.nodes.language",
    "Job": "canvas_kit.job.job",
    "ModelAdaption": "canvas_kit.nodes.language",
    "Quality": "canvas_kit.nodes.parameters",
    "RandomPrompt": "canvas_kit.nodes.language",
    "Remote": "canvas_kit.client.remote",
    "Resolution": "canvas_kit.nodes.parameters",
    "Run": "canvas_kit.recorder.run",
    "RunHandle": "canvas_kit.executor.run",
    "Seed": "canvas_kit.nodes.parameters",
    "Settings": "canvas_kit.settings",
    "Sweep": "canvas_kit.sweep.sweep",
    "Translation": "canvas_kit.nodes.language",
    "batches": "canvas_kit.catalog.listing",
    "WITHOUT": "canvas_kit.sweep.levels",
    "continue_run": "canvas_kit.executor.run",
    "edit": "canvas_kit.workbench.editor",
    "fetch": "canvas_kit.fetching",
    "gallery": "canvas_kit.workbench.gallery",
    "forget_jobs": "canvas_kit.job.job",
    "jobs": "canvas_kit.job.job",
    "models": "canvas_kit.executor.models",
    "presets": "canvas_kit.preset_files.catalogue",
    "read_prompts": "canvas_kit.sweep.prompt_files",
    "run": "canvas_kit.executor.run",
    "run_batch": "canvas_kit.batch.begin",
    "run_notebook": "canvas_kit.notebook_runs.single",
    "run_notebooks": "canvas_kit.notebook_runs.many",
    "running": "canvas_kit.batch.running",
    "runs": "canvas_kit.catalog.listing",
    "start_job": "canvas_kit.job.begin",
}

__all__ = [
    "WITHOUT",
    "Batch",
    "BatchHandle",
    "Canvas",
    "CanvasError",
    "CanvasForm",
    "CanvasKitError",
    "CanvasRecorder",
    "Collector",
    "Comparison",
    "Display",
    "Engine",
    "Evaluation",
    "Generation",
    "ImageEvaluation",
    "ImageInput",
    "Input",
    "Interception",
    "Job",
    "ModelAdaption",
    "Quality",
    "RandomPrompt",
    "Remote",
    "Resolution",
    "Run",
    "RunHandle",
    "Seed",
    "Settings",
    "Sweep",
    "Translation",
    "__version__",
    "batches",
    "continue_run",
    "edit",
    "fetch",
    "forget_jobs",
    "gallery",
    "jobs",
    "models",
    "presets",
    "read_prompts",
    "run",
    "run_batch",
    "run_notebook",
    "run_notebooks",
    "running",
    "runs",
    "start_job",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return __all__
