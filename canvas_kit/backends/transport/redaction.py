"""Keeping secrets and bulk out of records, messages and logs."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

REMOVED = "[removed]"

_SECRET_NAMES = frozenset(
    {
        "api-key",
        "apikey",
        "authorization",
        "cookie",
        "password",
        "proxy-authorization",
        "secret",
        "set-cookie",
        "token",
        "x-api-key",
        "x-auth-token",
    }
)
_BULKY = 2048
_SHORTEST_SECRET = 4


def names_secret(name: str) -> bool:
    """Whether a header or field called ``name`` holds a secret by custom."""
    return name.lower().replace("_", "-") in _SECRET_NAMES


def forms_of(secret: str) -> set[str]:
    """The spellings in which ``secret`` may turn up: plain, percent-encoded, in base64.

    A secret of fewer than four characters gives none: it would blot out ordinary text.
    """
    if len(secret) < _SHORTEST_SECRET:
        return set()
    return {
        secret,
        quote(secret, safe=""),
        base64.b64encode(secret.encode()).decode(),
        repr(secret)[1:-1],
    }


def redacted(value: Any, secrets: Iterable[str]) -> Any:
    """``value`` without any of ``secrets``, and without the fields that hold one by their name."""
    longest_first = sorted(secrets, key=len, reverse=True)

    def clean(item: Any) -> Any:
        if isinstance(item, str):
            for secret in longest_first:
                item = item.replace(secret, REMOVED)
            return item
        if isinstance(item, Mapping):
            return {
                clean(str(key)): REMOVED if names_secret(str(key)) and entry else clean(entry)
                for key, entry in item.items()
            }
        if isinstance(item, list | tuple):
            return [clean(entry) for entry in item]
        return item

    return clean(value)


def abbreviated(value: Any) -> Any:
    """``value`` with every long unbroken text or bytes replaced by its length and hash.

    Prose stays whole however long it is: only texts without a space near the start, as base64 is,
    are replaced.
    """
    if isinstance(value, bytes):
        return _stand_in(value, f"{len(value)} bytes")
    if isinstance(value, str):
        if len(value) > _BULKY and not any(mark.isspace() for mark in value[:512]):
            return _stand_in(value.encode(), f"{len(value)} characters")
        return value
    if isinstance(value, Mapping):
        return {str(key): abbreviated(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [abbreviated(entry) for entry in value]
    return value


def _stand_in(data: bytes, size: str) -> str:
    return f"[{size}, sha256 {hashlib.sha256(data).hexdigest()}]"
