"""What a run is made of: states, the values that travel between nodes, and what is recorded.

Everything here is an immutable dataclass, cheap to make. :func:`to_json` and :func:`from_json` are
their one JSON form, in records and between two canvas-kits alike. A text travels as ``str``.
"""

from __future__ import annotations

import base64
import functools
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import Field, PlainValidator, TypeAdapter

from canvas_kit import media
from canvas_kit.errors import MissingPrerequisite, RecordError, printable, printable_lines
from canvas_kit.files import read_start

if TYPE_CHECKING:
    from PIL.Image import Image

T = TypeVar("T")
Data = bytes  # inside Entity, ``bytes`` is a property
Source = Path | Mapping[str, bytes] | None

MAX_SEED = 2**53 - 1
"""The largest seed. JavaScript rounds integers above 2**53, so a larger one would not survive a
trip through the editor or ``jq``."""


class RunStatus(StrEnum):
    """How a run ended, or that it has not."""

    RUNNING = "running"
    COMPLETED = "completed"
    """Everything the canvas asked for was made."""
    PARTIAL = "partial"
    """Something was made, something was not; the node states say what and why."""
    FAILED = "failed"
    """Nothing was made from the inputs."""
    CANCELLED = "cancelled"
    """It was stopped; what had been made is kept."""
    INTERRUPTED = "interrupted"
    """The process died; known only when the record is read back."""


class NodeState(StrEnum):
    """Where a node of a run stands."""

    WAITING = "waiting"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    REFUSED = "refused"
    """A provider's moderation refused the content. A result, with a reason."""
    SKIPPED = "skipped"
    """Its branch was not taken."""
    CANCELLED = "cancelled"

    @property
    def settled(self) -> bool:
        """Whether the node will not change any more in this round."""
        return self not in (NodeState.WAITING, NodeState.RUNNING)


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, sound, video or other file, whole, as its maker delivered it.

    Attributes:
        data: The bytes as they came; nothing is written into them.
        media_type: Recognised from the content, such as ``"image/png"``.
        width: In pixels, where that applies.
        height: In pixels, where that applies.
        seed: The seed that made it, or None when it is not known.
    """

    data: bytes = field(repr=False)
    media_type: str
    width: int | None = None
    height: int | None = None
    seed: int | None = None

    @property
    def kind(self) -> str:
        """The first half of the media type, such as ``"image"`` or ``"audio"``."""
        return self.media_type.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a picture in pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Sampling:
    """How much effort a picture gets: sampler steps, and how strictly it follows the prompt."""

    steps: int
    cfg: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an evaluation found.

    Attributes:
        score: From 0 to 10, or None when the judge gave none.
        threshold: The score from which on an evaluation passes.
        commentary: The judge's words.
        limit_reached: True when the work still failed after the last feedback round, so that the
            last draft goes on as it is.
    """

    score: float | None
    threshold: float
    commentary: str
    limit_reached: bool = False

    @property
    def passed(self) -> bool | None:
        """True or False; None is "no verdict", which is neither."""
        return None if self.score is None else self.score >= self.threshold

    @property
    def outcome(self) -> str:
        """The verdict in words: ``"passed"``, ``"failed"`` or ``"no verdict"``."""
        return {True: "passed", False: "failed", None: "no verdict"}[self.passed]


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a backend made something.

    Attributes:
        backend: The backend's name.
        model: The model that answered, as the backend names it.
        backend_version: The server's version, if it tells.
        seed: The seed really used, or None when the backend does not tell.
        job_id: The id under which the backend knows the work.
        request: The request as sent, JSON-able, secrets and bulky bytes removed.
        reply: What the server said about the result, JSON-able, bytes removed.
        usage: Figures such as tokens or cost, as the server names them.
        seconds: From asking the backend to having the bytes, waiting for a free slot included.
        method: For the embedded backends, what was really done, in a sentence.
        reused_from: For an answer from the cache, which run it was made in, as which file, and
            when; nothing was asked or charged for then.
    """

    backend: str
    model: str
    backend_version: str | None = None
    seed: int | None = None
    job_id: str | None = None
    request: Mapping[str, Any] = field(default_factory=dict)
    reply: Mapping[str, Any] = field(default_factory=dict)
    usage: Mapping[str, Any] = field(default_factory=dict)
    seconds: float | None = None
    method: str | None = None
    reused_from: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # A record with a model of None could not be read back.
        for name in ("backend", "model"):
            if not isinstance(value := getattr(self, name), str):
                object.__setattr__(self, name, "" if value is None else str(value))


@dataclass(frozen=True, slots=True, repr=False)
class Entity:
    """One recorded thing: a text, a picture, a verdict.

    An entity of a run knows where its bytes are: ``run.images[0].open()``.

    Attributes:
        number: Position in the canvas, from 1: topological order. The same canvas gives the same
            numbers whatever finishes first.
        node_id: The node that made it.
        node_type: That node's type.
        file: The file's path inside the run folder, with forward slashes.
        sha256: Of the file's bytes, in hex.
        size_bytes: Of the file.
        media_type: Recognised from the content.
        created_at: When it was on disk, ISO 8601 in UTC.
        index: Position among the run's results of its kind (image, text, …), from 0, as they came.
        round: 1, or the feedback round it belongs to.
        part: 1, or its position among several results of one node.
        width: In pixels, for pictures.
        height: In pixels, for pictures.
        parents: The files that it was made from, as in ``file``.
        seed: The seed really used, or None where there is none or it is not known.
        model: The output config or model asked for, as in the canvas.
        provenance: How it was made, if a backend made it.
        details: What else the node wants to be known, JSON-able.
        source: Where the bytes are: the run folder, or the contents of a run that is held in
            memory. Never part of the JSON form, and never read from it.
    """

    number: int
    node_id: str
    node_type: str
    file: str
    sha256: str
    size_bytes: int
    media_type: str
    created_at: str
    index: int = 0
    round: int = 1
    part: int = 1
    width: int | None = None
    height: int | None = None
    parents: tuple[str, ...] = ()
    seed: int | None = None
    model: str | None = None
    provenance: Provenance | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    source: Annotated[Source, Field(exclude=True), PlainValidator(lambda _: None)] = field(
        default=None, compare=False
    )

    def __repr__(self) -> str:
        facts = [self.media_type]
        if self.width:
            facts.append(f"{self.width} x {self.height}")
        if self.seed is not None:
            facts.append(f"seed {self.seed}")
        name = self.file.rpartition("/")[2]
        return printable(f"<{name}: {self.node_id}, {', '.join(facts)}>", 1000)

    @property
    def kind(self) -> str:
        """The first half of the media type, such as ``"image"`` or ``"text"``."""
        return self.media_type.partition("/")[0]

    @property
    def path(self) -> Path:
        """Where the file lies.

        Raises:
            RecordError: When the run was not recorded on this machine.
        """
        if not isinstance(self.source, Path):
            raise RecordError(f"{self.file} was not recorded on this disk; use .bytes or .text.")
        return self.source / self.file

    @property
    def bytes(self) -> Data:
        """The bytes, as they were recorded.

        Raises:
            RecordError: When they are not there (any more).
        """
        if isinstance(self.source, Mapping) and self.file in self.source:
            return self.source[self.file]
        try:
            return read_start(self.path)
        except OSError as error:
            raise RecordError(f"{self.path} cannot be read: {error.strerror}.") from error

    @property
    def text(self) -> str:
        """The text of a text, the JSON of a verdict.

        Raises:
            RecordError: When it is a medium, or its bytes are not there (any more).
        """
        if self.media_type not in ("text/plain", "application/json"):
            raise RecordError(f"{self.file} is {self.media_type}, no text; use .bytes or .open().")
        return self.bytes.decode("utf-8")

    @property
    def json(self) -> Any:
        """The document in a JSON file, such as a verdict.

        Raises:
            RecordError: When it is no JSON, or its bytes are not there (any more).
        """
        try:
            return json.loads(self.text)
        except ValueError as error:
            raise RecordError(f"{self.file} holds no JSON: {error}.") from None

    def open(self) -> Image:
        """The picture as a Pillow image.

        Raises:
            RecordError: When it is no picture, or its bytes are not there (any more).
            MissingPrerequisite: When Pillow is not installed.
        """
        if self.kind != "image":
            raise RecordError(f"{self.file} is {self.media_type}, no picture.")
        try:
            from PIL import Image
        except ImportError:
            raise MissingPrerequisite("Pictures are opened by Pillow: pip install pillow") from None
        try:
            picture = Image.open(io.BytesIO(self.bytes))
            picture.load()
        except (OSError, SyntaxError) as error:  # as Pillow tells of a PNG that breaks off
            raise RecordError(
                f"{self.file} cannot be opened as a picture: {error}. `run.verify()` says whether "
                "it is as it was recorded."
            ) from error
        return picture

    def _repr_mimebundle_(self, **_: object) -> Mapping[str, str]:
        shown = {"text/plain": repr(self)}
        try:
            if self.kind == "image" and (small := media.thumbnail(self.bytes)):
                data, media_type = small
                shown[media_type] = base64.b64encode(data).decode("ascii")
            elif self.media_type == "text/plain":
                shown["text/plain"] = printable_lines(self.text)
        except RecordError:
            pass  # the file is gone; what is known about it is still shown
        return shown


class Entities(tuple[Entity, ...]):
    """Some of a run's entities, in order; of a single one, ``.text``, ``.path``, … can be asked."""

    __slots__ = ()

    @property
    def only(self) -> Entity:
        """The entity, where there is exactly one.

        Raises:
            RecordError: When there is none, or several.
        """
        if len(self) != 1:
            names = ", ".join(item.file for item in self[:5]) or "nothing was made"
            raise RecordError(
                f"There should be one entity here, but there are {len(self)}: {names}."
            )
        return self[0]

    @property
    def text(self) -> str:
        """The text of the only entity."""
        return self.only.text

    @property
    def bytes(self) -> Data:
        """The bytes of the only entity."""
        return self.only.bytes

    @property
    def path(self) -> Path:
        """Where the file of the only entity lies."""
        return self.only.path

    @property
    def seed(self) -> int | None:
        """The seed of the only entity."""
        return self.only.seed

    def open(self) -> Image:
        """The only entity as a Pillow image."""
        return self.only.open()


@dataclass(frozen=True, slots=True)
class Artifact:
    """Something that goes into the record.

    Attributes:
        content: A text, a checked medium, a verdict, or a JSON-able mapping.
        seed: The seed that made it, if one did and it is known.
        model: The output config or model asked for, as in the canvas.
        provenance: How it was made, if a backend made it.
        details: What else should be known, JSON-able.
    """

    content: str | Media | Verdict | Mapping[str, Any]
    seed: int | None = None
    model: str | None = None
    provenance: Provenance | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


Output = str | int | Size | Sampling | tuple[Entity, ...]
"""What came out of a node's port, as it is told: for media, the entities that hold them."""


@dataclass(frozen=True, slots=True)
class NodeReport:
    """How a node of a run ended.

    Attributes:
        node_id: The node.
        node_type: Its type.
        state: Where it stands after the last round.
        reason: Why, where it did not complete, or not everything was made.
        rounds: How often it ran.
        warnings: What the user should know.
        maybe_done: Whether it has sent work to a server that may have been done, and charged for,
            although its result did not come.
    """

    node_id: str
    node_type: str
    state: NodeState
    reason: str = ""
    rounds: int = 1
    warnings: tuple[str, ...] = ()
    maybe_done: bool = False


@dataclass(frozen=True, slots=True)
class Collected:
    """Something that a collector received, or that did not come.

    Attributes:
        node_id: The node that it comes from.
        node_type: That node's type.
        state: How that node ended.
        reason: Why, where it did not complete.
        output: What came; None if nothing did.
        verdict: What a judge found, where it comes from one.
    """

    node_id: str
    node_type: str
    state: NodeState
    reason: str = ""
    output: Output | None = field(default=None, repr=False)
    verdict: Verdict | None = None


_adapter: Callable[[Any], TypeAdapter[Any]] = functools.cache(TypeAdapter)


def to_json(value: Any) -> dict[str, Any]:
    """The JSON form of one of these values; fields that have their default are left out."""
    document: dict[str, Any] = _adapter(type(value)).dump_python(
        value, mode="json", exclude_defaults=True, warnings=False, fallback=str
    )
    return document


def from_json(kind: type[T], document: object) -> T:
    """The value that :func:`to_json` was given; fields of a later version are passed over.

    Raises:
        ValueError: When ``document`` does not describe one.
    """
    value: T = _adapter(kind).validate_python(document)
    return value
