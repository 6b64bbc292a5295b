"""What a backend is: where text and media come from.

A backend is asked with a typed request and answers with bytes or text and what is known about how
they were made. It reports progress on the way, honours cancellation (asyncio's ordinary
``CancelledError``; it then stops the work on the server), and lets no more requests run at a time
than it has slots: **the capacity limit lives here**, so callers may ask as often as they like.

Write a backend by deriving from :class:`Backend`, giving it :meth:`Backend.write` or
:meth:`Backend.generate` (or both), and naming it in the entry point group ``canvas_kit.backends``.
It is made by ``kind(name, options, network)``, opens no connection then, and passes an address that
it has to ``network.check_backend`` first.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from canvas_kit.errors import UnsupportedRequest
from canvas_kit.values import Provenance

ENTRY_POINT_GROUP = "canvas_kit.backends"


class TextTask(StrEnum):
    """What a text is wanted for."""

    INTERCEPTION = "interception"
    RANDOM_PROMPT = "random_prompt"
    TRANSLATION = "translation"
    MODEL_ADAPTION = "model_adaption"
    EVALUATION = "evaluation"
    IMAGE_EVALUATION = "image_evaluation"
    COMPARISON = "comparison"


class Capability(StrEnum):
    """What a backend can do."""

    TEXT = "text"
    VISION = "vision"
    """Reads pictures that come with a text request."""
    STRUCTURED = "structured"
    """Answers in the JSON form that a request asks for."""
    IMAGE = "image"
    IMAGE_TO_IMAGE = "image_to_image"
    AUDIO = "audio"
    VIDEO = "video"
    SEED = "seed"
    """The same request with the same seed gives the same result, as far as the server can."""
    PREVIEW = "preview"


@dataclass(frozen=True, slots=True)
class Passage:
    """One text of the user message.

    Attributes:
        text: The words.
        heading: What they are, where that must be said: "Your last draft". The text that the
            request is about has none.
    """

    text: str
    heading: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRequest:
    """A text that is wanted.

    Attributes:
        task: What the text is for.
        model: The model by the backend's own name; empty for its default.
        instructions: The system message, complete.
        passages: The texts of the user message, one by one. In a feedback round the text is
            followed by the last draft and by the judge's words, each with a heading.
        images: Encoded pictures that belong to the user message, whole files.
        answer_schema: A JSON Schema for the answer, when a structured one is wanted. Every property
            is required in it and no others are allowed: OpenAI's strict mode takes no other.
        seed: For backends that take one, 0 to 2**53 - 1.
        temperature: None leaves it to the backend.
        max_tokens: None leaves it to the backend.
        options: Further parameters by the backend's own names, from the preset file's table
            ``[options.<kind of backend>]``.
        run_id: The run that this belongs to.
        node_id: The node that asks.
    """

    task: TextTask
    model: str = ""
    instructions: str = field(default="", repr=False)
    passages: tuple[Passage, ...] = field(default=(), repr=False)
    images: tuple[bytes, ...] = field(default=(), repr=False)
    answer_schema: Mapping[str, Any] | None = field(default=None, repr=False)
    seed: int | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    run_id: str = ""
    node_id: str = ""

    @property
    def prompt(self) -> str:
        """The user message: every passage under its heading, parted by empty lines."""
        return "\n\n".join(
            f"{passage.heading}:\n{passage.text}" if passage.heading else passage.text
            for passage in self.passages
        )


@dataclass(frozen=True, slots=True)
class TextResult:
    """A text, and how it was made.

    Attributes:
        text: The answer, for people.
        data: The parsed answer, when a structured one was asked for and given.
        provenance: How it was made.
        warnings: What the user should know, in sentences; goes into the record.
        cut: Whether the model stopped at a limit before it had finished.
    """

    text: str
    provenance: Provenance
    data: Mapping[str, Any] | None = None
    warnings: tuple[str, ...] = ()
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRequest:
    """A picture (sound, video) that is wanted. None leaves a value to the backend's default.

    Attributes:
        prompt: What to draw.
        model: The model, workflow or pipeline by the backend's own name; empty for its default.
        second_text: Negative prompt, tags or lyrics, as the model takes it.
        seed: 0 to 2**53 - 1.
        width: In pixels.
        height: In pixels.
        steps: Sampler steps.
        cfg: How strictly the prompt is followed.
        count: How many pictures.
        start_image: An encoded picture to start from, a whole file.
        job_id: A fresh uuid4, lower case with hyphens: the id to submit the work under, where the
            server takes one.
        options: Further parameters by the backend's own names, from the output config.
        run_id: The run that this belongs to.
        node_id: The node that asks.
    """

    prompt: str
    job_id: str
    model: str = ""
    second_text: str = ""
    seed: int | None = None
    width: int | None = None
    height: int | None = None
    steps: int | None = None
    cfg: float | None = None
    count: int = 1
    start_image: bytes | None = field(default=None, repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)
    run_id: str = ""
    node_id: str = ""


@dataclass(frozen=True, slots=True)
class MediaItem:
    """One file that a backend made, as it came.

    Attributes:
        data: The bytes, whole.
        announced_type: The media type that the server named, if any; never trusted.
        announced_size: The length in bytes that the server named, if any; compared with the bytes.
        seed: The seed of this very file, or None when it is not known.
        source: Where the server keeps it: file name, index, JSON-able.
    """

    data: bytes = field(repr=False)
    announced_type: str | None = None
    announced_size: int | None = None
    seed: int | None = None
    source: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MediaResult:
    """The files made for one request, in the server's order, and how they were made.

    Attributes:
        items: At least one.
        provenance: How they were made.
        warnings: What the user should know, in sentences ("3 of 4 pictures were made: …"); goes
            into the record and makes the node say so.
        missing: What was asked for and not made, in sentences, which are among the warnings too;
            makes the run partial.
    """

    items: tuple[MediaItem, ...]
    provenance: Provenance
    warnings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class Reporter(Protocol):
    """What a backend reports its progress to."""

    def progress(
        self,
        message: str = "",
        *,
        step: int | None = None,
        total: int | None = None,
        preview: bytes | None = None,
    ) -> None:
        """Tell listeners how far the work is.

        Call it on the event loop's thread. Cheap; may be called for every step.

        Args:
            message: A few words for people: "waiting for a free slot", "3rd in the queue".
            step: Steps done, from 1.
            total: Steps in all.
            preview: A small encoded picture (JPEG, PNG or WebP).
        """
        return

    async def submitting(self, job_id: str, **details: Any) -> None:
        """Put on record, durably, that work is about to be handed to a server under ``job_id``.

        Await it before the request is sent: whatever happens next, the record says where to look.
        """
        return


class SilentReporter(Reporter):
    """A reporter without listeners, for trying a backend by hand and for tests."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that a backend has, by the name that it is asked for with.

    Attributes:
        name: Without the backend's name in front.
        capabilities: What this model can do, as far as the backend tells.
        description: A few words for people.
    """

    name: str
    capabilities: frozenset[Capability] = frozenset()
    description: str = ""


@dataclass(frozen=True, slots=True)
class BackendStatus:
    """What can be said about a backend right now.

    Attributes:
        name: Its name in the settings.
        kind: What sort of server: ``"comfyui"``, ``"embedded"``, …
        reachable: Whether it answered.
        address: Where it lives; empty when it is in this process.
        version: What it says it is.
        local: Whether words and pictures stay on this machine.
        capacity: How many requests it works on at a time.
        models: What it offers.
        problem: Why it cannot be used, in a sentence; empty if it can.
        note: What else is worth knowing, in a few words: ``"2 in its queue"``.
    """

    name: str
    kind: str
    reachable: bool
    address: str = ""
    version: str | None = None
    local: bool = True
    capacity: int = 1
    models: tuple[ModelInfo, ...] = ()
    problem: str = ""
    note: str = ""


class Backend:
    """Where text or media come from. Derive from it and override what the backend can do.

    A backend is made once for a process and shared by all runs; it opens connections on first use,
    on the event loop that uses it, and closes them in :meth:`aclose`.

    Attributes:
        name: Its name in the settings; the part of a model's name before the slash.
        capabilities: What it can do at all.
        capacity: How many requests run at a time; more wait in line, in order of asking.
        paid: Whether each request may be charged for, so that none is sent twice unasked. Such a
            backend awaits :meth:`Reporter.submitting` before it sends one.
    """

    kind: str = ""
    """What sort of backend this is; several may be configured under different names."""
    bytes_per_pixel: float = 1.5
    """About what its pictures take on the disk, to say before a batch whether there is room: PNGs
    of photographs."""
    version: ClassVar[int] = 1
    """Raised when the same request is answered otherwise than before, through a change here."""

    def __init__(
        self, name: str, *, capabilities: frozenset[Capability], capacity: int = 1
    ) -> None:
        if capacity < 1:
            raise ValueError(f"A backend needs at least one slot, but {name} got {capacity}.")
        self.name = name
        self.capabilities = capabilities
        self.capacity = capacity
        self.paid = False
        self._slots = asyncio.Semaphore(capacity)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"

    @asynccontextmanager
    async def slot(self, reporter: Reporter) -> AsyncIterator[None]:
        """Hold one of the backend's slots; wait in line for it, saying so."""
        if self._slots.locked():
            reporter.progress("waiting for a free slot")
        async with self._slots:
            yield

    async def write(self, request: TextRequest, reporter: Reporter) -> TextResult:
        """A text for ``request``.

        Raises:
            BackendError: In the subclass that says what happened.
            UnsupportedRequest: When this backend writes no texts, or not of this sort.
        """
        raise UnsupportedRequest(
            f"{self.name} writes no texts. Name a text model, such as 'embedded/writer'.",
            backend=self.name,
        )

    async def generate(self, request: MediaRequest, reporter: Reporter) -> MediaResult:
        """The files for ``request``, whole; at least one.

        Raises:
            BackendError: In the subclass that says what happened. Files that had come before the
                fault are not thrown away: a result with warnings is given instead.
            UnsupportedRequest: When this backend makes no pictures, or not of this sort.
        """
        raise UnsupportedRequest(
            f"{self.name} makes no pictures. Name a media model, such as 'embedded/sketch'.",
            backend=self.name,
        )

    async def fetch_job(self, job_id: str, noted: Mapping[str, Any]) -> MediaResult:
        """What a job has made that was submitted earlier, perhaps by another process.

        For a result that was made and did not come home. Asks for no new work.

        Args:
            job_id: The id that the work was submitted under.
            noted: What was put on record with it; see :meth:`Reporter.submitting`.

        Raises:
            BackendError: When there is nothing: ``BackendBusy`` while the server is at work on it,
                ``JobLost`` when it does not know the job.
            UnsupportedRequest: When results of this backend cannot be fetched later.
        """
        raise UnsupportedRequest(
            f"{self.name} keeps no results that could be fetched later by the id of their job.",
            backend=self.name,
        )

    async def status(self) -> BackendStatus:
        """What can be said about the backend right now. Never raises: faults are in the answer."""
        return BackendStatus(self.name, self.kind, reachable=True, capacity=self.capacity)

    def known_models(self) -> Sequence[str] | None:
        """The models that there are, if that is certain without asking a server; else None."""
        return None

    def model_problem(self, model: str) -> str | None:
        """Why ``model`` cannot be used, where that is certain without asking a server."""
        return None

    def content_of(self, model: str) -> str:
        """A hash of the file on this machine that ``model`` names; empty if it names none."""
        return ""

    async def model_identity(self, model: str) -> Mapping[str, Any] | None:
        """What is known of a model that decides, with a request, on the answer; JSON-able.

        For the cache. As much as can be had quickly: a digest is worth more than a name.

        Args:
            model: The model by the backend's own name; empty for its default.

        Returns:
            None where it cannot be told which model will answer; then nothing is reused.

        Raises:
            CanvasKitError: When it cannot be had.
        """
        return {"kind": self.kind, "version": self.version, "model": model} if model else None

    def destination(self, model: str) -> str:
        """The host that words and pictures for ``model`` are sent to; empty if they stay here.

        Args:
            model: The model by the backend's own name; empty for its default.
        """
        return ""

    def unsupported(self, task: TextTask, model: str) -> str | None:
        """Why ``model`` cannot do ``task``, where that is certain without asking a server.

        Args:
            task: What a text would be wanted for.
            model: The model by the backend's own name; empty for its default.

        Returns:
            A sentence that says what to do instead; None if nothing is known against it.
        """
        return None

    async def problems(self, model: str) -> Sequence[str]:
        """Everything that would keep ``model`` from working here, found before a batch starts.

        Missing models, missing nodes, a server that does not answer: each in a sentence that says
        what to do. Empty when all is well.
        """
        status = await self.status()
        return [status.problem] if status.problem else []

    async def aclose(self) -> None:
        """Close connections. The backend is not used afterwards."""
