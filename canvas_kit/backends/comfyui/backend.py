"""ComfyUI as a backend: any workflow that a person exports becomes a model."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from canvas_kit.backends.base import (
    BackendStatus,
    Capability,
    MediaRequest,
    MediaResult,
    ModelInfo,
    Reporter,
)
from canvas_kit.backends.comfyui.checks import node_problems, output_problems
from canvas_kit.backends.comfyui.flow import Flow, Parameter
from canvas_kit.backends.comfyui.graph import FlowError
from canvas_kit.backends.comfyui.job import Job
from canvas_kit.backends.comfyui.models import FlowFolder, flows_folder
from canvas_kit.backends.comfyui.wire import Wire
from canvas_kit.backends.transport import HttpBackend, Probe
from canvas_kit.errors import (
    BackendError,
    BackendTimeout,
    CanvasKitError,
    ModelNotFound,
    SettingsError,
    UnknownName,
)
from canvas_kit.network import NetworkPolicy
from canvas_kit.settings import BackendSettings

DEFAULT_ADDRESS = "http://127.0.0.1:8188"
DEFAULT_CAPACITY = 2
"""The server works on one job at a time; a second one in its line keeps it from idling between."""

_CHECKS_AT_ONCE = 8
_AUDIO = ("audio", "opus", "mp3")
_VIDEO = ("video", "webm", "animated", "gif")


class ComfyUIBackend(HttpBackend):
    """A ComfyUI server, whose models are the flows in a folder.

    Settings under ``[backends.comfyui]``, besides those of every server::

        flows = "flows"                  # where added flows are kept
        resubmit_lost = true             # submit once more what a restart of the server lost
        restart_patience_seconds = 180   # how long to wait for a server that was there

    Facts about the server: version 0.3.64 run, its source of 2026 read.

    Attributes:
        flows: The flows that can be asked for.
        wire: The server's routes.
        version: The server's version, once it has told.
        seen_alive: Whether the server was there lately; if so, it is waited for when it is away.
        resubmit_lost: Whether a job that a restart lost is submitted once more.
        restart_patience_seconds: How long a server that was there is waited for.
        greeting_seconds: How long a socket's first message is waited for.
    """

    def __init__(self, name: str, options: BackendSettings, network: NetworkPolicy) -> None:
        """Check the settings. Opens no connection and reads no file.

        Args:
            name: The backend's name in the settings.
            options: Its settings.
            network: Says whether the address may be talked to.

        Raises:
            AccessDenied: When the settings forbid the address.
            SettingsError: When a setting cannot be used.
        """
        super().__init__(
            name,
            options,
            network,
            kind="comfyui",
            default_address=DEFAULT_ADDRESS,
            capabilities=frozenset(
                {
                    Capability.IMAGE,
                    Capability.IMAGE_TO_IMAGE,
                    Capability.AUDIO,
                    Capability.VIDEO,
                    Capability.SEED,
                    Capability.PREVIEW,
                }
            ),
            capacity=DEFAULT_CAPACITY,
        )
        self.flows = FlowFolder(flows_folder(options))
        self.wire = Wire(self)
        self.version: str | None = None
        self.seen_alive = False
        self.resubmit_lost = self.option("resubmit_lost", True)
        self.restart_patience_seconds = self.option("restart_patience_seconds", 180.0)
        self.greeting_seconds = 2.0
        self._stopping: set[asyncio.Task[None]] = set()

    async def generate(self, request: MediaRequest, reporter: Reporter) -> MediaResult:
        """The files that the flow ``request.model`` makes.

        ``options`` name further inputs as ``"node.input"``; see :meth:`Flow.filled`.

        Raises:
            BackendError: In the subclass that says what happened.
            SettingsError: When the flow's files cannot be used.
        """
        flow = await asyncio.to_thread(self.flow, request.model)
        async with self.slot(reporter):
            job = Job(self, flow, request, reporter)
            seconds = self.options.timeout_seconds
            try:
                async with asyncio.timeout(seconds) as deadline:
                    if self.version is None:
                        await self._learn_version()
                    return await job.run()
            except TimeoutError:
                if not deadline.expired():
                    raise
                reason = (
                    f"{self.name} did not finish within {seconds:g} s. Raise timeout_seconds in "
                    f"[backends.{self.name}] if it needs longer."
                )
                if rescued := job.rescued(f"{reason} What had come until then is kept."):
                    return rescued
                raise BackendTimeout(
                    f"{reason} The server was told to stop the job.", backend=self.name
                ) from None

    def flow(self, name: str) -> Flow:
        """The flow called ``name``; empty for the default, or the only one there is.

        Raises:
            ModelNotFound: When there is none of that name.
            SettingsError: When none was named, or its files cannot be used.
        """
        names = self.flows.names()
        if not name and not self.options.default_model and len(names) == 1:
            name = names[0]
        try:
            return self.flows.load(self.model_for(name))
        except UnknownName as error:
            raise ModelNotFound(
                f"{error} Flows are kept in {self.flows.path}; add one with: canvas-kit models "
                "add workflow_api.json --name NAME",
                backend=self.name,
            ) from None

    async def probe(self) -> Probe:
        """The server's version, and the flows there are."""
        models = await asyncio.to_thread(self._models)
        await self._ask_version()
        return Probe(self.version, models)

    async def status(self) -> BackendStatus:
        """What can be said about the server right now, its queue included. Never raises."""
        status = await super().status()
        if status.reachable and not status.problem:
            try:
                queue = await self.wire.queue()
            except CanvasKitError:
                return status
            waiting = len(queue.running) + len(queue.pending)
            return replace(status, note=f"{waiting} in its queue" if waiting else "idle")
        return replace(status, models=await asyncio.to_thread(self._models))

    async def problems(self, model: str) -> Sequence[str]:
        """Everything that would keep a flow from working: missing nodes, models, settings."""
        try:
            flow = await asyncio.to_thread(self.flow, model)
        except (BackendError, SettingsError) as error:
            return [str(error)]
        status = await self.status()
        if status.problem:
            return [status.problem]
        places = asyncio.Semaphore(_CHECKS_AT_ONCE)

        async def declared(class_type: str) -> Mapping[str, Any] | None:
            async with places:
                return await self.wire.node_class(class_type)

        try:
            classes = sorted({node.class_type for node in flow.graph.nodes.values()})
            known = dict(zip(classes, await asyncio.gather(*map(declared, classes)), strict=True))
        except BackendError as error:
            return [str(error)]
        return output_problems(flow, known) + [
            problem
            for node in flow.graph.nodes.values()
            for problem in node_problems(flow, node, known[node.class_type])
        ]

    async def stop_job(self, job_id: str, seconds: float) -> None:
        """Stop a job on the server, and no other one, in at most ``seconds``.

        The request goes through even when the caller is being cancelled again and again.
        """
        task = asyncio.create_task(self._stop(job_id, seconds))
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)
        await asyncio.wait({task})

    async def aclose(self) -> None:
        """Close connections, after what has to be stopped was stopped."""
        if self._stopping:
            await asyncio.wait(self._stopping)
        await super().aclose()

    async def _stop(self, job_id: str, seconds: float) -> None:
        # When it cannot be stopped, the server finishes it by itself; the caller is leaving anyway.
        with suppress(CanvasKitError, TimeoutError):
            async with asyncio.timeout(seconds):
                await self.wire.stop(job_id, self.version)

    async def _ask_version(self) -> None:
        self.version = await self.wire.version()
        self.seen_alive = True

    async def _learn_version(self) -> None:
        with suppress(BackendError):  # what keeps a job from running is found by submitting it
            await self._ask_version()

    def _models(self) -> tuple[ModelInfo, ...]:
        return tuple(map(self._model, self.flows.names()))

    def _model(self, name: str) -> ModelInfo:
        try:
            flow = self.flows.load(name)
        except (FlowError, UnknownName) as error:
            return ModelInfo(name, description=f"cannot be used: {error}")
        takes = [
            parameter.words
            for parameter in Parameter
            if parameter is not Parameter.OUTPUTS and flow.places(parameter)
        ]
        described = flow.description or f"takes {', '.join(takes) or 'nothing'}"
        return ModelInfo(name, _capabilities(flow), described)


def _capabilities(flow: Flow) -> frozenset[Capability]:
    found = {Capability.PREVIEW}
    for node in flow.output_nodes:
        kind = node.class_type.lower()
        if any(word in kind for word in _AUDIO):
            found.add(Capability.AUDIO)
        elif any(word in kind for word in _VIDEO):
            found.add(Capability.VIDEO)
        else:
            found.add(Capability.IMAGE)
    if flow.places(Parameter.SEED):
        found.add(Capability.SEED)
    if flow.places(Parameter.INPUT_IMAGE):
        found.add(Capability.IMAGE_TO_IMAGE)
    return frozenset(found)
