"""Everything that canvas-kit raises on purpose.

::

    CanvasKitError
    ├── UnknownName            a preset, model or backend that does not exist (also LookupError)
    ├── CanvasError            a canvas that cannot run; carries every problem found
    ├── SettingsError          a setting that is missing or cannot be used
    ├── MissingPrerequisite    an optional package or program that has to be installed first
    ├── MediaError             bytes that are not the whole, decodable medium they should be
    ├── RecordError            something could not be written to, or read back from, a record
    │   └── DownloadError      a URL did not yield the medium it promised
    ├── BatchError             a batch that cannot start
    ├── JobError               a job that cannot begin, or whose process is gone
    ├── QueryError             a question to the catalog that cannot be understood
    └── BackendError           a backend did not give what it was asked for
        ├── BackendUnreachable     nothing answers at its address
        ├── BackendTimeout         it did not answer in time
        ├── BackendBusy            it is over its rate limit or its queue is full; try again later
        ├── BackendUnavailable     it answers, but its quota is used up, or it is out of memory
        ├── BackendRejected        it found the request wrong: a parameter, a model, a missing node
        ├── BackendAnswerError     its answer cannot be understood
        ├── ModelNotFound          it does not have the model that was asked for
        ├── UnsupportedRequest     it cannot do this kind of thing at all
        ├── JobLost                it no longer knows the job, for instance after a restart
        ├── AccessDenied           wrong or missing key, or an address that the settings forbid
        └── ContentRefused         moderation refused the content: a result, not a fault

A message says what was attempted, what was expected, what came, and what to do. The same facts are
attributes, and every error survives pickling.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_COMPARED_NAMES = 500
_COMPARED_CHARACTERS = 200
"""Bounds of the search for a similar name, which a hostile file could make very long."""


class CanvasKitError(Exception):
    """The root of all errors that canvas-kit raises on purpose.

    Its text cannot steer a terminal, whatever names and answers it quotes.
    """

    def __str__(self) -> str:
        return printable_lines(super().__str__())

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by state, so that keyword-only constructors survive a process boundary."""
        return (_restore, (type(self), self.args, self.__dict__.copy()))


def _restore(
    kind: type[CanvasKitError], args: tuple[object, ...], state: dict[str, object]
) -> CanvasKitError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The known names most like ``name``, best first; at most three, possibly none."""
    folded = {candidate.casefold(): candidate for candidate in islice(known, _COMPARED_NAMES)}
    name = name[:_COMPARED_CHARACTERS]
    matches = difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.55)
    return [folded[match] for match in matches]


def name_hint(name: str, known: Iterable[str]) -> str:
    """A sentence for somebody who typed ``name``: the nearest names, else those there are."""
    known = sorted(known)
    if close := nearest(name, known):
        return f"Did you mean {' or '.join(repr(match) for match in close)}?"
    if not known:
        return "None are known."
    shown = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    return f"Known: {shown}."


def shorten(value: object, limit: int = 80) -> str:
    """``repr(value)`` cut to ``limit`` characters, for quoting what came in a message."""
    return cut(repr(value), limit)


def cut(text: str, limit: int) -> str:
    """``text`` cut to ``limit`` characters, with an ellipsis where something was cut."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def counted(number: int, noun: str) -> str:
    """``"1 run"``, ``"2,000 runs"``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def explain(error: ErrorDetails, known: Iterable[str] = ()) -> str:
    """What pydantic found wrong, to stand behind the place: ``"should be …, but is 7."``.

    Args:
        error: One of ``ValidationError.errors()``.
        known: The names there are, where an unknown one came.
    """
    match error["type"]:
        case "missing":
            return "is missing."
        case "extra_forbidden":
            hint = f" {name_hint(str(error['loc'][-1]), known)}" if known else ""
            return f"is not known.{hint}"
    message = "should be an object" if error["type"] == "model_type" else error["msg"]
    for start in ("Value error, ", "Input ", "String ", "List "):
        message = message.removeprefix(start)
    return f"{message}, but is {shorten(error['input'])}." if "input" in error else f"{message}."


def printable(text: str, limit: int = 200) -> str:
    """``text`` on one line and harmless to a terminal, cut to ``limit`` characters.

    Control characters, line breaks and marks that turn the direction of writing become ``�``.
    """
    joiners = "\u200c\u200d"  # belong to words and to composed signs
    shown = (
        sign if sign.isprintable() or sign in joiners else "\ufffd" for sign in cut(text, limit)
    )
    return "".join(shown)


def printable_lines(text: str) -> str:
    """``text`` with its line breaks, every line harmless to a terminal as :func:`printable`."""
    lines = text.expandtabs(4).replace("\r\n", "\n").split("\n")
    return "\n".join(printable(line, len(line)) for line in lines)


class UnknownName(CanvasKitError, LookupError):
    """A name that is not in its table; says the nearest ones.

    Attributes:
        kind: What was looked up, in words: "interception preset".
        name: The name that was asked for.
        known: The names there are.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind = kind
        self.name = name
        self.known = tuple(sorted(known))
        super().__init__(f"There is no {kind} {name!r}. {name_hint(name, self.known)}")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that keeps a canvas from running.

    Attributes:
        message: What is wrong and what to do about it.
        code: A stable word for programs, such as ``"dangling_connection"``.
        node_id: The node concerned, if there is one.
        field: The field or port concerned, by its name in a canvas file, if there is one.
    """

    message: str
    code: str
    node_id: str | None = None
    field: str | None = None

    def __str__(self) -> str:
        place = " ".join(printable(part) for part in (self.node_id, self.field) if part)
        return f"{place}: {self.message}" if place else self.message


class CanvasError(CanvasKitError):
    """A canvas that cannot be read or run; nothing was run and nothing was written.

    Attributes:
        problems: Everything that was found, in the order of the canvas.
    """

    def __init__(self, problems: Sequence[Problem], *, name: str = "", subject: str = "") -> None:
        """Tell the problems.

        Args:
            problems: At least one.
            name: The canvas's name, or its file.
            subject: What cannot be made, if it is not a canvas that cannot run: "Interception".
        """
        self.problems = tuple(problems)
        canvas = f"The canvas {name!r}" if name else "The canvas"
        what = f"{subject} cannot be made" if subject else f"{canvas} cannot run"
        if len(self.problems) == 1:
            text = f"{what}: {self.problems[0]}"
        else:
            lines = "\n".join(f"  - {problem}" for problem in self.problems)
            text = f"{what}, for {len(self.problems)} reasons:\n{lines}"
        super().__init__(text)


class SettingsError(CanvasKitError):
    """A setting is missing, or cannot be used as it stands."""


class MissingPrerequisite(CanvasKitError):
    """Something optional is not installed; the message says what it is for and how to get it."""


class MediaError(CanvasKitError):
    """Bytes are not the whole, decodable medium that they should be."""


class RecordError(CanvasKitError):
    """A record could not be written or read back."""


class DownloadError(RecordError):
    """A URL did not yield the medium that it promised; nothing was stored.

    Attributes:
        url: The address, without credentials, query secrets or fragments.
    """

    def __init__(self, message: str, *, url: str = "") -> None:
        self.url = url
        super().__init__(message)


class BatchError(CanvasKitError):
    """A batch cannot start as it was asked for; nothing was run."""


class JobError(CanvasKitError):
    """A job cannot begin or go on, or ended without a result."""


class QueryError(CanvasKitError):
    """A question to the catalog cannot be understood: no moment, no word to look for."""


class BackendError(CanvasKitError):
    """A backend did not give what it was asked for.

    Attributes:
        backend: The backend's name, such as ``"comfyui"``.
        details: What the server said, JSON-able, with secrets removed.
        retry_after_seconds: How long the server asked us to wait, if it said.
        maybe_done: True when the server may have done (and charged for) the work all the same.
    """

    retryable = False
    """Whether the same request may succeed later without a change."""

    def __init__(
        self,
        message: str,
        *,
        backend: str = "",
        details: dict[str, object] | None = None,
        retry_after_seconds: float | None = None,
        maybe_done: bool = False,
    ) -> None:
        self.backend = backend
        self.details = details or {}
        self.retry_after_seconds = retry_after_seconds
        self.maybe_done = maybe_done
        super().__init__(message)


class BackendUnreachable(BackendError):
    """Nothing answers at the backend's address."""

    retryable = True


class BackendTimeout(BackendError):
    """The backend did not answer in the time that the settings allow."""


class BackendBusy(BackendError):
    """The backend is over its rate limit, or its queue is full."""

    retryable = True


class BackendUnavailable(BackendError):
    """The backend answers but cannot work: quota used up, out of memory, no worker."""


class BackendRejected(BackendError):
    """The backend found the request itself wrong."""


class BackendAnswerError(BackendError):
    """The backend's answer cannot be understood, or is not what it announced."""


class ModelNotFound(BackendRejected):
    """The backend does not have the model that was asked for."""


class UnsupportedRequest(BackendError):
    """The backend cannot do this kind of thing; the message names one that can."""


class JobLost(BackendError):
    """The backend no longer knows a job that it had accepted."""


class AccessDenied(BackendError):
    """The key is wrong or missing, or the settings forbid this address."""


class ContentRefused(BackendError):
    """Moderation refused the content. A final answer that belongs in the record, not a fault."""
