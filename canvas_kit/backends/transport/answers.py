"""A server's answer, read whole, and what it says when it is an error."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from canvas_kit.errors import BackendAnswerError, shorten

_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


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
        redact: Takes secrets out of what goes into a message.
    """

    backend: str
    request: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    notes: tuple[str, ...] = ()
    redact: Callable[[Any], Any] = field(default=lambda value: value, repr=False)

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 are replaced."""
        return self.body.decode("utf-8", errors="replace")

    @property
    def media_type(self) -> str:
        """The announced type without parameters, in lower case; empty if there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

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
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise BackendAnswerError(
                f"{self.backend} should have answered {self.request} with JSON, but "
                f"{self.describe()} came with status {self.outcome}. Check that the address is "
                "that of the server itself and not of a login page or a gateway.",
                backend=self.backend,
                details={"status": self.status, "body": self.redact(self.text[:500])},
            ) from None

    def json_object(self) -> dict[str, Any]:
        """The body, parsed, when it is a JSON object.

        Raises:
            BackendAnswerError: When it is not.
        """
        document = self.json()
        if not isinstance(document, dict):
            raise BackendAnswerError(
                f"{self.backend} should have answered {self.request} with a JSON object, but sent "
                f"{shorten(self.redact(document))}.",
                backend=self.backend,
                details={"status": self.status},
            )
        return document

    def describe(self) -> str:
        """The body in a few words, for a message."""
        if not self.body:
            return "an empty body"
        if self.body.lstrip()[:1] == b"<":
            title = _TITLE.search(self.text[:4096])
            named = f" titled {title[1].strip()[:80]!r}" if title else ""
            return str(self.redact(f"an HTML page{named}"))
        return f"a body beginning {shorten(self.redact(self.text[:120]), 120)}"

    def complaint(self) -> str:
        """What the server says is wrong, from the usual places in a JSON body, else the body."""
        try:
            document = json.loads(self.body)
        except (ValueError, RecursionError):
            document = None
        return str(self.redact(_complaint(document))) or self.describe()


def _complaint(document: Any) -> str:
    if isinstance(document, str):
        return document.strip()[:500]
    if isinstance(document, list):
        return "; ".join(filter(None, (_complaint(item) for item in document[:5])))
    if not isinstance(document, dict):
        return ""
    for key in ("error", "errors", "detail", "message", "msg"):
        if text := _complaint(document.get(key)):
            details = document.get("details")
            more = f" ({details})" if isinstance(details, str) and details else ""
            return f"{text}{more}"
    return ""


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
