"""What a node does when its turn comes: takes what has arrived, and gives a result.

A node type is one class: fields, ports (from :class:`canvas_kit.canvas.node.Node`) and
:meth:`RunnableNode.execute`. It records nothing and reports nothing: it gives back what is to be
kept and what travels on, and the executor does the rest.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, TypeVar

from canvas_kit.backends.base import (
    Backend,
    Capability,
    MediaRequest,
    MediaResult,
    Reporter,
    TextRequest,
    TextResult,
)
from canvas_kit.canvas.graph import Connectable
from canvas_kit.canvas.node import KnownNames, Node
from canvas_kit.errors import CanvasKitError, Problem, UnsupportedRequest
from canvas_kit.media import inspect
from canvas_kit.preset_files.catalogue import PresetKind, load_preset
from canvas_kit.values import MAX_SEED, Media, Sampling, Size, Verdict
from canvas_kit.values import Artifact as Artifact

if TYPE_CHECKING:
    from canvas_kit.backends.base import TextTask
    from canvas_kit.backends.registry import BackendRegistry
    from canvas_kit.preset_files.catalogue import Preset
    from canvas_kit.settings import Settings

R = TypeVar("R", TextResult, MediaResult)

MAX_JOINED_CHARACTERS = 10_000_000
"""The longest text that a node works on, all connections together."""

Value = str | int | Media | Size | Sampling | Verdict
"""What travels along a connection: a text, a seed, a medium, a size, an effort."""


class InputValue(NamedTuple):
    """A value that has come in, and from where."""

    value: Value
    source_id: str
    label: str = ""


class Inputs(NamedTuple):
    """What has come in at each port, in canvas order; a port where nothing came is left out."""

    ports: Mapping[str, Sequence[InputValue]] = MappingProxyType({})

    def all(self, port: str) -> Sequence[InputValue]:
        """Everything that came in at a port."""
        return self.ports.get(port, ())

    def text(self, port: str) -> str:
        """The texts that came in at a port, parted by an empty line; empty if none came.

        Raises:
            CanvasKitError: When they are too long together: texts that are joined with themselves
                again and again would fill the memory.
        """
        texts = [item.value for item in self.all(port) if isinstance(item.value, str)]
        if sum(map(len, texts)) > MAX_JOINED_CHARACTERS:
            raise CanvasKitError(
                f"The texts that come in here are longer than {MAX_JOINED_CHARACTERS:,} characters "
                "together. Connect fewer, or shorten them."
            )
        return "\n\n".join(texts)

    def first(self, port: str) -> Any:
        """The first value that came in at a port, or None."""
        values = self.all(port)
        return values[0].value if values else None


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
        warnings: What the user should know, in sentences.
        missing: What was asked for and not made, in sentences, which are among the warnings too;
            makes the run partial.
    """

    outputs: Mapping[str, Value] = field(default_factory=dict)
    artifacts: tuple[Artifact, ...] = ()
    warnings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class Answers(Protocol):
    """What models have answered before."""

    async def answer(
        self,
        kind: type[R],
        backend: Backend,
        request: TextRequest | MediaRequest,
        ask: Callable[[], Awaitable[R]],
    ) -> R:
        """The answer to a request: as it was once given, else what ``ask`` gives."""


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
        settings: What the user has set.
        backends: Where texts and media come from.
        reporter: Whom to tell how it goes.
        feedback: What the last round was told, in a feedback round.
        rounds_left: How many feedback rounds a failing verdict here can still start; None for a
            node that starts none.
        cache: What was answered before, if that is to be reused.
        in_hand: Set by a node when the files that it asked for have come: a run that is stopped
            then waits until they are kept, however long that takes.
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
    in_hand: bool = False
    cache: Answers | None = None

    async def write(self, backend: Backend, request: TextRequest) -> TextResult:
        """A text from a backend, or from the cache; see :meth:`Backend.write`."""
        ask = partial(backend.write, request, self.reporter)
        if self.cache is None:
            return await ask()
        return await self.cache.answer(TextResult, backend, request, ask)

    async def generate(self, backend: Backend, request: MediaRequest) -> MediaResult:
        """Media from a backend, or from the cache; see :meth:`Backend.generate`."""
        ask = partial(backend.generate, request, self.reporter)
        if self.cache is None:
            return await ask()
        return await self.cache.answer(MediaResult, backend, request, ask)

    @property
    def own_seed(self) -> int:
        """A seed that differs from node to node, for what should not be drawn twice the same."""
        digest = hashlib.sha256(f"{self.seed}\0{self.node_id}".encode()).digest()
        return int.from_bytes(digest[:8], "big") & MAX_SEED

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


class RunnableNode(Connectable, Node):
    """A node that can be connected and run. Derive from it to add a node type."""

    model_default: ClassVar[str] = ""
    """The setting that names the model where the field ``model`` is empty; empty without models."""
    task: ClassVar[TextTask | None] = None
    """What a text is asked for, in a node that asks a language model."""

    preset_kind: ClassVar[PresetKind | None] = None
    """The kind of preset that it works by, if it does."""

    @property
    def preset_id(self) -> str:
        """The preset that it works by: the field ``preset``, where an empty one is the default."""
        field = type(self).model_fields.get("preset")
        return str(getattr(self, "preset", "") or (field.default if field else "default"))

    def identity(self, folders: Sequence[Path] = ()) -> dict[str, Any]:
        """As of every node, with what its preset says."""
        found = super().identity(folders)
        if self.preset_kind is not None:
            preset = load_preset(self.preset_kind, self.preset_id)
            found["fields"].pop("preset", None)
            said = {"id", "instructions", "parameters", "options"}
            found["preset"] = preset.model_dump(mode="json", include=said)
        return found

    def problems(self, known: KnownNames | None) -> Iterator[Problem]:
        """A model that there is not."""
        name = getattr(self, "model", "") if self.model_default else ""
        if known is not None and name and (message := known.model_problem(name)):
            yield Problem(message, "unknown_model", self.id, self.name_of("model"))

    def model_setting(self) -> str:
        """The setting that names the model where the node names none; empty if it names one."""
        return "" if getattr(self, "model", "") else self.model_default

    def chosen_model(self, settings: Settings) -> str:
        """The model that the node names, else the one that the settings name for it."""
        return str(getattr(self, "model", "") or getattr(settings, self.model_default))

    async def ask(
        self,
        context: NodeContext,
        preset: Preset,
        *,
        needs: Capability = Capability.TEXT,
        **request: Any,
    ) -> TextResult:
        """What the node's language model answers.

        Args:
            context: What the node may use.
            preset: Whose instructions, sampling parameters and options are sent.
            needs: What the backend must be able to do.
            request: Further fields of the :class:`TextRequest`; they win over the preset's.

        Raises:
            BackendError: In the subclass that says what happened.
            UnsupportedRequest: When the backend cannot do what is needed.
        """
        name = self.chosen_model(context.settings)
        backend, model = context.backends.resolve(name)
        require(backend, needs, name)
        fields: dict[str, Any] = {
            "task": self.task,
            "model": model,
            "instructions": preset.instructions.get(context.settings.language),
            "options": preset.options.get(backend.kind, {}),
            **preset.parameters.model_dump(),
            "seed": context.own_seed,
            "run_id": context.run_id,
            "node_id": context.node_id,
        }
        return await context.write(backend, TextRequest(**(fields | request)))

    def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult | Awaitable[NodeResult]:
        """Do the node's work on what has come in.

        Called when every connection that can still deliver has delivered; a required port has at
        least one value. Raise a :class:`canvas_kit.errors.CanvasKitError` to fail the node.

        Write it as ``async def`` for work that waits (a backend, a server), and as a plain ``def``
        for work that computes or blocks: a plain one runs in a thread of its own, where it stops
        no other run. A thread cannot be broken off; when its run is stopped, what it gives
        afterwards is not kept.
        """
        raise NotImplementedError
