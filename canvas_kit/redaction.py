"""Keeping secrets and bulk out of records, messages and logs.

Redact first, cut second: a secret that a cut leaves half of is found by nothing afterwards.
:meth:`Redactor.quote` does both in that order.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus

from pydantic import SecretStr

from canvas_kit.errors import shorten

T = TypeVar("T")

REMOVED = "[removed]"

_SECRET_NAMES = frozenset(
    {"api-key", "apikey", "authorization", "cookie", "password", "proxy-authorization", "secret",
     "set-cookie", "token", "x-api-key", "x-auth-token"}
)  # fmt: skip
_BULKY = 2048
_SHORTEST_SECRET = 4
"""A shorter secret would blot out ordinary text."""
_DEEPEST = 64
"""Values are walked so deep; what lies deeper, as in a hostile answer, is left out."""


def names_secret(name: str) -> bool:
    """Whether a header or field called ``name`` holds a secret by custom."""
    return name.lower().replace("_", "-") in _SECRET_NAMES


class Redactor:
    """Takes the secrets that it was told out of texts, documents, values and errors."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Know ``secrets``; see :meth:`add`."""
        self._secrets: tuple[SecretStr, ...] = ()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Take ``secret`` out from now on, and what is secret inside of it, in every spelling.

        That is the token of a value like ``Bearer …``, and the password of HTTP Basic. Spellings
        are: plain, percent-encoded, in base64, escaped. Fewer than four characters are ignored.
        """
        scheme, _, token = secret.rpartition(" ")
        found = {secret, token}
        if scheme.lower() == "basic":
            found.add(_password(token))
        known = {one.get_secret_value() for one in self._secrets}
        for one in found:
            known |= spellings(one)
        # The longest first: a secret may be part of another.
        self._secrets = tuple(map(SecretStr, sorted(known, key=len, reverse=True)))

    def __call__(self, value: T) -> T:
        """``value`` without any secret.

        Reads into mappings, lists, tuples and dataclasses; an error is changed in place.
        """
        if isinstance(value, Exception):
            value.args = tuple(self(item) for item in value.args)
            for name, item in vars(value).items():
                setattr(value, name, self(item))
            return value
        cleaned: T = _walked(value, self._text)
        return cleaned

    def quote(self, value: object, limit: int = 80) -> str:
        """``value`` for a message: redacted, then cut to ``limit`` characters."""
        return shorten(_walked(value, self._text, hide=True), limit)

    def for_record(self, value: Any) -> Any:
        """``value`` fit for a record: without secrets, long base64 replaced by length and hash.

        Fields that hold a secret by their name, such as ``Authorization``, are removed as well.
        """
        return _walked(abbreviated(value), self._text, hide=True)

    def _text(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        text = value
        for secret in self._secrets:
            text = text.replace(secret.get_secret_value(), REMOVED)
        return value if text == value else text  # a member of a StrEnum stays one


def spellings(secret: str) -> set[str]:
    """The forms in which ``secret`` may turn up; none if it is too short to look for."""
    if len(secret) < _SHORTEST_SECRET:
        return set()
    encoded = base64.b64encode(secret.encode()).decode()
    return {secret, quote(secret, safe=""), quote_plus(secret), encoded, repr(secret)[1:-1]}


def abbreviated(value: Any) -> Any:
    """``value`` with every long unbroken text or bytes replaced by its length and hash.

    Prose stays whole however long it is: only texts without a space near the start, as base64 is,
    are replaced.
    """
    return _walked(value, _short)


def _short(value: Any) -> Any:
    if isinstance(value, bytes):
        return f"[{len(value)} bytes, sha256 {hashlib.sha256(value).hexdigest()}]"
    if not isinstance(value, str) or len(value) <= _BULKY or re.search(r"\s", value[:512]):
        return value
    digest = hashlib.sha256(value.encode(errors="replace")).hexdigest()
    return f"[{len(value)} characters, sha256 {digest}]"


def _walked(value: Any, change: Callable[[Any], Any], *, hide: bool = False, depth: int = 0) -> Any:
    """``value`` with ``change`` applied to everything in it that holds nothing else.

    Args:
        value: JSON-like, with tuples and dataclasses.
        change: What is done.
        hide: Whether fields that hold a secret by their name are removed.
        depth: How deep it lies.
    """
    if depth > _DEEPEST:
        return "[nested too deeply]"

    def walk(item: Any) -> Any:
        return _walked(item, change, hide=hide, depth=depth + 1)

    if isinstance(value, Mapping):
        return {
            change(str(key)): REMOVED if hide and names_secret(str(key)) and item else walk(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        items = [walk(item) for item in value]
        return tuple(items) if isinstance(value, tuple) else items
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            field.name: walk(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.init
        }
        return dataclasses.replace(value, **fields)
    return change(value)


def _password(token: str) -> str:
    """The password in the token of HTTP Basic; empty if it is no such token."""
    try:
        return base64.b64decode(token).decode().partition(":")[2]
    except ValueError:
        return ""
