"""A server's answer, read whole, and what it says when it is an error."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from canvas_kit.errors import BackendAnswerError, shorten
from canvas_kit.redaction import Redactor

_DECODER = json.JSONDecoder(parse_constant=str)  # made once: streams parse thousands of lines
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


def parse_json(text: str | bytes) -> Any:
    """JSON as servers write it. ``NaN`` and ``Infinity`` come as texts: records are strict JSON.

    Raises:
        ValueError: When it is not JSON, or nested beyond reason.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode(json.detect_encoding(text))
        return _DECODER.decode(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def json_mapping(text: object) -> dict[str, Any]:
    """The JSON object in a text, or the mapping that it is already; empty when there is none."""
    if isinstance(text, Mapping):
        return dict(text)
    try:
        document = parse_json(text) if isinstance(text, str | bytes) else None
    except ValueError:
        document = None
    return document if isinstance(document, dict) else {}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered to one request, with the whole body.

    Attributes:
        backend: The backend's name, for messages.
        request: What was asked, in words: ``"POST /prompt"``.
        status: The HTTP status.
        headers: Header lines by name in lower case.
        body: The bytes, unpacked.
        notes: Sentences for the record about retries that came before this answer.
        redactor: Takes secrets out of what goes into a message.
    """

    backend: str
    request: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    notes: tuple[str, ...] = ()
    redactor: Redactor = field(default_factory=Redactor, repr=False)

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 are replaced."""
        return self.body.decode("utf-8", errors="replace")

    @property
    def outcome(self) -> str:
        """The status in words: ``"404 Not Found"``."""
        try:
            return f"{self.status} {HTTPStatus(self.status).phrase}"
        except ValueError:
            return str(self.status)

    def json(self) -> Any:
        """The body, parsed.

        Raises:
            BackendAnswerError: When it is not JSON; says the status and how the body begins.
        """
        try:
            return parse_json(self.body)
        except ValueError:
            raise BackendAnswerError(
                f"{self.backend} should have answered {self.request} with JSON, but "
                f"{self.describe()} came with status {self.outcome}. Check that the address is "
                "that of the server itself and not of a login page or a gateway.",
                backend=self.backend,
                details={"status": self.status, "body": self.redactor(self.text)[:500]},
            ) from None

    def json_object(self, *, paid: bool = False) -> dict[str, Any]:
        """The body, parsed, when it is a JSON object.

        Raises:
            BackendAnswerError: When it is not; says that the work may be done where it is ``paid``.
        """
        try:
            document = self.json()
            if isinstance(document, dict):
                return document
            raise BackendAnswerError(
                f"{self.backend} should have answered {self.request} with a JSON object, but sent "
                f"{self.redactor.quote(document)}.",
                backend=self.backend,
                details={"status": self.status},
            )
        except BackendAnswerError as error:
            error.maybe_done = paid
            raise

    def describe(self) -> str:
        """The body in a few words, for a message."""
        if not self.body:
            return "an empty body"
        if self.body.lstrip()[:1] == b"<":
            title = _TITLE.search(self.text[:4096])
            named = f" titled {self.redactor.quote(title[1].strip())}" if title else ""
            return f"an HTML page{named}"
        return f"a body beginning {self.redactor.quote(self.text, 120)}"

    def complaint(self) -> str:
        """What the server says is wrong, from the usual places in a JSON body, else the body."""
        try:
            document = parse_json(self.body)
        except ValueError:
            document = None
        return complaint_in(self.redactor(document))[:1000] or self.describe()


def complaint_in(document: Any, depth: int = 0) -> str:
    """What an error body says is wrong, from the usual places; empty if it says nothing."""
    if depth > 8:
        return ""
    if isinstance(document, str):  # which may hold the JSON of a server behind this one
        return complaint_in(json_mapping(document), depth + 1) or document.strip()[:500]
    if isinstance(document, list):
        return "; ".join(filter(None, (complaint_in(item, depth + 1) for item in document[:5])))
    if not isinstance(document, dict):
        return ""
    places = (document.get(key) for key in ("error", "detail", "message", "msg", "errors"))
    found = list(dict.fromkeys(filter(None, (complaint_in(said, depth + 1) for said in places))))
    if not found:
        return ""
    text = found[0]
    if len(found) > 1 and " " not in text:  # the name of an exception: the words come after it
        text = f"{text}: {found[1]}"
    details = document.get("details")
    more = f" ({details})" if isinstance(details, str) and details else ""
    location = document.get("loc")  # FastAPI's way to name a field
    where = ""
    if isinstance(location, list):
        where = ".".join(str(part) for part in location if part != "body")
    return f"{where}: {text}{more}" if where else f"{text}{more}"


def decode_base64(text: object, *, backend: str) -> bytes:
    """The bytes behind base64 text, with or without a ``data:`` prefix.

    Raises:
        BackendAnswerError: When it is not base64, or cut.
    """
    if isinstance(text, str):
        payload = text.partition(",")[2] if text[:5].lower() == "data:" else text
        try:
            return base64.b64decode("".join(payload.split()), validate=True)
        except (binascii.Error, ValueError):
            pass
    raise BackendAnswerError(
        f"{backend} should have sent a file as base64 text, but sent {shorten(text)}.",
        backend=backend,
    )
