"""What a node does when its turn comes: takes what has arrived, and gives an outcome.

A node type is one class: fields, ports (from :class:`canvas_kit.canvas.node.Node`) and
:meth:`RunnableNode.execute`. It neither records nor tells anyone: it gives back what is to be kept
and what travels on, and the executor does the rest.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from canvas_kit.backends.base import Backend, Capability, Reporter, TextRequest, TextResult
from canvas_kit.canvas.node import Node
from canvas_kit.errors import UnsupportedRequest
from canvas_kit.media import inspect
from canvas_kit.tasks import to_the_end as to_the_end
from canvas_kit.values import MAX_SEED, Media, Quality, Resolution, Verdict
from canvas_kit.values import Artifact as Artifact

if TYPE_CHECKING:
    from canvas_kit.backends.base import TextTask
    from canvas_kit.backends.registry import BackendRegistry
    from canvas_kit.presets import Preset
    from canvas_kit.settings import Settings

Value = str | int | Media | Resolution | Quality | Verdict
"""What travels along a connection: a text, a seed, a medium, a size, an effort."""


@dataclass(frozen=True, slots=True)
class InputValue:
    """A value that has come in, and from where."""

    value: Value
    source_id: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What has come in at each port, in canvas order; a port where nothing came is left out."""

    ports: Mapping[str, Sequence[InputValue]] = field(default_factory=dict)

    def all(self, port: str) -> Sequence[InputValue]:
        """Everything that came in at a port."""
        return self.ports.get(port, ())

    def text(self, port: str) -> str:
        """The texts that came in at a port, parted by an empty line; empty if none came."""
        texts = [arrival.value for arrival in self.all(port) if isinstance(arrival.value, str)]
        return texts[0] if len(texts) == 1 else "\n\n".join(texts)

    def first(self, port: str) -> Any:
        """The first value that came in at a port, or None."""
        arrivals = self.all(port)
        return arrivals[0].value if arrivals else None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What sends a node into a new round: the judge's words, and what they were said of."""

    draft: str
    commentary: str


@dataclass(frozen=True, slots=True)
class NodeResult:
    """What a node made.

    Attributes:
        outputs: By output port. A port that is left out gives nothing: that branch is not taken.
        artifacts: What goes into the record.
        warnings: What the person should know, in sentences.
    """

    outputs: Mapping[str, Value] = field(default_factory=dict)
    artifacts: tuple[Artifact, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class NodeContext:
    """What a node may use while it executes.

    Attributes:
        run_id: The run.
        node_id: The node.
        round: 1, or the feedback round.
        seed: The run's seed, moved on by one in each further round, so that a new round is a new
            try.
        run_index: Position of the run in its batch, from 0.
        settings: What the person has set.
        backends: Where texts and media come from.
        reporter: Whom to tell how it goes.
        feedback: What the last round was told, in a feedback round.
        rounds_left: How many feedback rounds a failing verdict here can still start; None for a
            node that starts none.
    """

    run_id: str
    node_id: str
    round: int
    seed: int
    run_index: int
    settings: Settings
    backends: BackendRegistry
    reporter: Reporter
    feedback: Feedback | None = None
    rounds_left: int | None = None

    @property
    def own_seed(self) -> int:
        """A seed that differs from node to node, for what should not be drawn twice the same."""
        digest = hashlib.sha256(f"{self.seed}\0{self.node_id}".encode()).digest()
        return int.from_bytes(digest[:8], "big") & MAX_SEED

    async def write(
        self,
        model: str,
        *,
        task: TextTask,
        preset: Preset | None = None,
        needs: Capability = Capability.TEXT,
        **request: Any,
    ) -> TextResult:
        """A text from the model with the full name ``model``.

        Args:
            model: As ``backend/model``.
            task: What the text is for.
            preset: Gives the sampling parameters, and the options for the model's kind of backend.
            needs: What the backend must be able to do.
            request: Further fields of the :class:`TextRequest`.

        Raises:
            BackendError: In the subclass that says what happened.
            UnsupportedRequest: When the backend cannot do what is needed.
        """
        backend, name = self.backends.resolve(model)
        require(backend, needs, model)
        parameters = preset.parameters if preset else {}
        for key in ("temperature", "max_tokens"):
            if key in parameters:
                request.setdefault(key, parameters[key])
        return await backend.write(
            TextRequest(
                task=task,
                model=name,
                seed=self.own_seed,
                options=preset.options.get(backend.kind, {}) if preset else {},
                run_id=self.run_id,
                node_id=self.node_id,
                **request,
            ),
            self.reporter,
        )

    async def checked(
        self, data: bytes, *, announced_size: int | None = None, seed: int | None = None
    ) -> Media:
        """``data`` as a medium: recognised, decoded whole, measured; off the event loop.

        Raises:
            MediaError: When it is not the whole, decodable medium that it should be.
        """
        limit = self.settings.max_image_pixels
        facts = await asyncio.to_thread(
            inspect, data, announced_size=announced_size, max_pixels=limit
        )
        return Media(data, facts.media_type, facts.width, facts.height, seed)


def require(backend: Backend, capability: Capability, model: str) -> None:
    """Refuse a backend that cannot do what is needed, naming what it can.

    Raises:
        UnsupportedRequest: When it cannot.
    """
    if capability not in backend.capabilities:
        can = ", ".join(sorted(backend.capabilities)) or "nothing"
        raise UnsupportedRequest(
            f"{model!r} cannot be used here: that needs a backend for {capability.value}, and "
            f"{backend.name!r} offers {can}.",
            backend=backend.name,
        )


class RunnableNode(Node):
    """A node that can be run. Derive from it to add a node type."""

    def model_setting(self) -> str:
        """The setting that names the model where the node names none; empty if it names one."""
        return ""

    async def execute(self, inputs: Inputs, work: NodeContext) -> NodeResult:
        """Do the node's work on what has come in.

        Called when every connection that can still deliver has delivered; a required port has at
        least one arrival. Raise a :class:`canvas_kit.errors.CanvasKitError` to fail the node.
        """
        raise NotImplementedError
