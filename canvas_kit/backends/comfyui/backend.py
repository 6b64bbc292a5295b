"""ComfyUI as a backend: any workflow that a user exports becomes a model."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from canvas_kit.backends.base import (
    BackendStatus,
    Capability,
    MediaRequest,
    MediaResult,
    ModelInfo,
    Reporter,
    SilentReporter,
)
from canvas_kit.backends.comfyui.api import ComfyUIApi
from canvas_kit.backends.comfyui.fitting import Declarations, workflow_problems
from canvas_kit.backends.comfyui.graph import Graph, WorkflowError
from canvas_kit.backends.comfyui.job import ComfyUIJob
from canvas_kit.backends.comfyui.workflow import Parameter, Workflow
from canvas_kit.backends.comfyui.workflow_folder import WorkflowFolder, workflows_folder
from canvas_kit.backends.own_settings import own_settings
from canvas_kit.backends.transport import HttpBackend, Probe, ServerSettings
from canvas_kit.errors import (
    BackendError,
    CanvasKitError,
    ModelNotFound,
    SettingsError,
    UnknownName,
)
from canvas_kit.network import NetworkPolicy
from canvas_kit.settings import BackendSettings

DEFAULT_ADDRESS = "http://127.0.0.1:8188"
DEFAULT_CAPACITY = 2
"""The server works on one job at a time; a second one in its queue keeps it from idling between."""

_QUICK_SECONDS = 30.0
_MEDIA = {
    Capability.AUDIO: ("audio", "opus", "mp3"),
    Capability.VIDEO: ("video", "webm", "animated", "gif"),
}


class ComfyUISettings(ServerSettings):
    """What only ComfyUI knows; see :class:`ComfyUIBackend`."""

    workflows: Path | None = None
    resubmit_lost: bool = True
    restart_patience_seconds: float = 180.0


class ComfyUIBackend(HttpBackend):
    """A ComfyUI server, whose models are the workflows in a folder.

    Settings under ``[backends.comfyui]``, besides those of every server::

        workflows = "workflows"          # where added workflows are kept
        resubmit_lost = true             # submit once more what the server lost or forgot
        restart_patience_seconds = 180   # how long to wait for a server that was there

    Facts about the server: version 0.3.64 run, its source of 2026 read.

    Attributes:
        workflows: The workflows that can be asked for.
        api: The server's routes, and what is known of it.
        resubmit_lost: Whether a job that the server lost is submitted once more.
        restart_patience_seconds: How long a server that was there is waited for.
    """

    kind = "comfyui"
    default_address = DEFAULT_ADDRESS
    default_capacity = DEFAULT_CAPACITY
    default_capabilities = frozenset(
        {
            Capability.IMAGE,
            Capability.IMAGE_TO_IMAGE,
            Capability.AUDIO,
            Capability.VIDEO,
            Capability.SEED,
            Capability.PREVIEW,
        }
    )

    def __init__(self, name: str, options: BackendSettings, network: NetworkPolicy) -> None:
        """Check the settings, as :class:`HttpBackend` does. Opens nothing and reads no file."""
        own = own_settings(ComfyUISettings, name, options)
        super().__init__(name, options, network, own)
        self.workflows = WorkflowFolder(workflows_folder(options))
        self.api = ComfyUIApi(
            self,
            submit_seconds=own.stall_timeout_seconds,
            quick_seconds=min(_QUICK_SECONDS, self.options.timeout_seconds),
        )
        self.resubmit_lost = own.resubmit_lost
        self.restart_patience_seconds = own.restart_patience_seconds

    async def generate(self, request: MediaRequest, reporter: Reporter) -> MediaResult:
        """The files that the workflow ``request.model`` makes.

        ``options`` name further inputs as ``"node.input"``; see :meth:`Workflow.filled`.

        Raises:
            BackendError: In the subclass that says what happened.
            SettingsError: When the workflow's files cannot be used.
        """
        workflow = await asyncio.to_thread(self.workflow, request.model)
        async with self.slot(reporter):
            job = self._job(workflow, request, reporter)
            return self._recordable(await job.run())

    async def fetch_job(self, job_id: str, noted: Mapping[str, Any]) -> MediaResult:
        """What a job has made that was submitted earlier: by the server's history, or by name."""
        workflow = await asyncio.to_thread(self.workflow, str(noted.get("model") or ""))
        seed = noted.get("seed")
        request = MediaRequest(
            prompt="",
            job_id=job_id,
            model=workflow.name,
            seed=seed if isinstance(seed, int) else None,
        )
        async with self.slot(SilentReporter()):
            job = self._job(workflow, request, SilentReporter())
            return self._recordable(await job.fetch(str(noted.get("files") or "").rstrip("*")))

    def _recordable(self, result: MediaResult) -> MediaResult:
        made = result.provenance
        made = replace(
            made, request=self.for_record(made.request), reply=self.for_record(made.reply)
        )
        return replace(result, provenance=made)

    def _job(self, workflow: Workflow, request: MediaRequest, reporter: Reporter) -> ComfyUIJob:
        return ComfyUIJob(
            self.api,
            workflow,
            request,
            reporter,
            timeout_seconds=self.options.timeout_seconds,
            patience_seconds=self.restart_patience_seconds,
            may_repeat=self.resubmit_lost,
        )

    def workflow(self, name: str) -> Workflow:
        """The workflow called ``name``; empty for the default, or the only one there is.

        Raises:
            ModelNotFound: When there is none of that name.
            SettingsError: When none was named, or its files cannot be used.
        """
        names = self.workflows.names()
        if not name and not self.options.default_model and len(names) == 1:
            name = names[0]
        try:
            return self.workflows.load(self.model_for(name))
        except UnknownName as error:
            raise ModelNotFound(
                f"{error} Workflows are kept in {self.workflows.path}; add one with: canvas-kit "
                "models add workflow_api.json --name NAME",
                backend=self.name,
            ) from None

    def content_of(self, model: str) -> str:
        """A hash of the files of a workflow."""
        return self.workflows.content_of(model)

    async def model_identity(self, model: str) -> Mapping[str, Any] | None:
        """As of every backend, with what the workflow's files say."""
        workflow = await asyncio.to_thread(self.workflow, model)
        found = await super().model_identity(workflow.name)
        nodes = {key: node.document() for key, node in workflow.graph.nodes.items()}
        said = {"graph": nodes, "bindings": repr(workflow.bindings)}
        return found and {**found, **said}

    def known_models(self) -> Sequence[str]:
        """The workflows there are."""
        return self.workflows.names()

    def model_problem(self, model: str) -> str | None:
        """What is wrong with a workflow's files, or that it makes the same of every prompt."""
        try:
            return self.workflow(model).prompt_problem()
        except (BackendError, SettingsError) as error:
            return str(error)

    async def probe(self) -> Probe:
        """The server's version, and the workflows there are."""
        models = await asyncio.to_thread(self._models)
        await self.api.ask_version()
        return Probe(self.api.version, models)

    async def status(self) -> BackendStatus:
        """What can be said about the server right now, its queue included. Never raises."""
        status = await super().status()
        if not status.reachable or status.problem:
            return replace(status, models=await asyncio.to_thread(self._models))
        try:
            waiting = len(await self.api.queue())
        except CanvasKitError:
            return status
        return replace(status, note=f"{waiting} in its queue" if waiting else "idle")

    async def problems(self, model: str) -> Sequence[str]:
        """Everything that would keep a workflow from working: missing nodes, models, settings."""
        status = await self.status()
        try:
            workflow = await asyncio.to_thread(self.workflow, model)
            if status.problem:
                return [status.problem]
            declared = await self.declarations(workflow.graph)
        except (BackendError, SettingsError) as error:
            return [str(error)]
        return list(workflow_problems(workflow, declared))

    async def declarations(self, graph: Graph) -> Declarations:
        """What the server declares about the nodes of a workflow.

        Raises:
            BackendError: When it cannot be asked.
        """
        return await self.api.node_classes(node.class_type for node in graph.nodes.values())

    async def aclose(self) -> None:
        """Close connections, after what has to be stopped was stopped."""
        await self.api.all_stopped()
        await super().aclose()

    def _models(self) -> tuple[ModelInfo, ...]:
        return tuple(map(self._model, self.workflows.names()))

    def _model(self, name: str) -> ModelInfo:
        try:
            workflow = self.workflows.load(name)
        except (WorkflowError, UnknownName) as error:
            return ModelInfo(name, description=f"cannot be used: {error}")
        takes = [
            parameter.label
            for parameter in Parameter
            if parameter is not Parameter.OUTPUTS and workflow.places(parameter)
        ]
        described = workflow.description or f"takes {', '.join(takes) or 'nothing'}"
        return ModelInfo(name, _capabilities(workflow), described)


def _capabilities(workflow: Workflow) -> frozenset[Capability]:
    found = {Capability.PREVIEW}
    for node in workflow.output_nodes:
        kind = node.class_type.lower()
        media = (what for what, words in _MEDIA.items() if any(word in kind for word in words))
        found.add(next(media, Capability.IMAGE))
    if workflow.places(Parameter.SEED):
        found.add(Capability.SEED)
    if workflow.places(Parameter.INPUT_IMAGE):
        found.add(Capability.IMAGE_TO_IMAGE)
    return frozenset(found)
