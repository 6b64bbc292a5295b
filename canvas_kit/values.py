"""The words for what a run is made of: states, and the values that travel between nodes.

A text travels as ``str``. Everything here is a plain value: no I/O, no optional package.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

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
    """Somebody stopped it; what had been made is kept."""
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
        seed: The seed that made it, or None when nobody knows.
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
class Resolution:
    """The size of a picture in pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Quality:
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

    def to_json(self) -> dict[str, object]:
        """The form in which an evaluation is recorded."""
        return {
            "verdict": {True: "passed", False: "failed", None: "no verdict"}[self.passed],
            "score": self.score,
            "threshold": self.threshold,
            "commentary": self.commentary,
            "limit_reached": self.limit_reached,
        }


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
        seconds: From asking the backend to having the bytes, waiting for a place included.
        method: For the embedded backends, what was really done, in a sentence.
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

    def to_json(self) -> dict[str, Any]:
        """All that is known, without the fields that say nothing."""
        return _without_blanks(self)


@dataclass(frozen=True, slots=True)
class Entity:
    """One recorded thing: a text, a picture, a verdict.

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
        index: Position among the run's results of its kind (image, text, …), from 0, as they came;
            part of the address under which a server gives it out.
        round: 1, or the feedback round it belongs to.
        part: 1, or its position among several results of one node.
        width: In pixels, for pictures.
        height: In pixels, for pictures.
        parents: The files that it was made from, as in ``file``.
        seed: The seed really used, or None where there is none or nobody knows.
        config_id: The output config or model asked for, as in the canvas.
        provenance: How it was made, if a backend made it.
        details: What else the node wants to be known, JSON-able.
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
    config_id: str | None = None
    provenance: Provenance | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The entry of this entity in the manifest."""
        document = _without_blanks(self)
        if self.parents:
            document["parents"] = list(self.parents)
        if self.provenance is not None:
            document["provenance"] = self.provenance.to_json()
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Entity:
        """Read an entry of the manifest; fields that a later version added are passed over."""
        known = {item.name for item in dataclasses.fields(cls)}
        values = {key: value for key, value in document.items() if key in known}
        values["parents"] = tuple(values.get("parents", ()))
        if (made := values.get("provenance")) is not None:
            names = {item.name for item in dataclasses.fields(Provenance)}
            values["provenance"] = Provenance(**{k: v for k, v in made.items() if k in names})
        return cls(**values)


def _without_blanks(value: Any) -> dict[str, Any]:
    pairs = ((item.name, getattr(value, item.name)) for item in dataclasses.fields(value))
    return {name: content for name, content in pairs if content not in (None, (), {})}
