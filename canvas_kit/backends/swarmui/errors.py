"""What SwarmUI's error texts mean. It answers most errors with status 200 and a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from canvas_kit.errors import (
    AccessDenied,
    BackendBusy,
    BackendError,
    BackendRejected,
    BackendUnavailable,
    ModelNotFound,
)


class SessionExpired(BackendError):
    """The server does not know the session; with a new one the same call will do."""


class _Meaning(NamedTuple):
    """What an error means: the first that one of the codes, beginnings or parts fits counts."""

    kind: type[BackendError]
    message: str
    codes: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()


_MEANINGS = (
    _Meaning(
        SessionExpired,
        "{backend} does not know the session any more.",
        codes=("invalid_session_id",),
    ),
    _Meaning(
        AccessDenied,
        "{backend} at {address} wants an account. In SwarmUI, make a token in the User tab under "
        "'Swarm Auth Tokens', put it into an environment variable, and name that in key_env in "
        "[backends.{backend}].",
        codes=("invalid_user",),
        begins=("invalid or unauthorized",),
    ),
    _Meaning(
        AccessDenied,
        "The SwarmUI account that {backend} uses may not do this. The server's administrator can "
        "allow it in the account's role: 'Basic Image Generation' for drawing, 'View Image "
        "History' for finding lost pictures.",
        codes=("bad_permissions", "unauthorized"),
    ),
    _Meaning(
        AccessDenied,
        "The SwarmUI account that {backend} uses may not set one of the parameters. Leave it out, "
        "or have its role changed.",
        holds=("do not have permission to use parameter",),
    ),
    _Meaning(
        BackendRejected,
        "{backend} at {address} does not take this call: it is an old SwarmUI, or no SwarmUI.",
        codes=("bad_route", "basic_api", "bad_request_method"),
    ),
    _Meaning(
        ModelNotFound,
        "{backend} does not have the model.",
        holds=("model value", "does not have that model", "model name is correct"),
    ),
    _Meaning(
        BackendBusy,
        "All workers of {backend} were busy for too long.",
        begins=("timeout! all backends",),
    ),
    _Meaning(
        BackendRejected,
        "{backend} refused a parameter.",
        begins=("invalid", "unknown parameter", "unrecognized"),
    ),
    _Meaning(
        BackendUnavailable, "The work on {backend} was stopped there.", holds=("interrupted",)
    ),
    _Meaning(
        BackendUnavailable,
        "{backend} ran out of memory: a smaller picture or model may do.",
        holds=("out of memory",),
    ),
    _Meaning(
        BackendUnavailable,
        "{backend} has no worker that draws: start or repair one in SwarmUI under Server, "
        "Backends.",
        begins=("no backends available",),
    ),
)


def known_error(document: Mapping[str, Any], *, backend: str, address: str) -> BackendError | None:
    """The error that ``error`` and ``error_id`` of an answer or frame mean; None if unknown."""
    text = str(document.get("error") or "")
    code = str(document.get("error_id") or "")
    low = text.strip().lower()
    for meaning in _MEANINGS:
        if (
            code in meaning.codes
            or low.startswith(meaning.begins)
            or any(part in low for part in meaning.holds)
        ):
            said = text.strip().rstrip(".") or code
            message = meaning.message.format(backend=backend, address=address)
            details: dict[str, object] = (
                {"error": text, "error_id": code} if code else {"error": text}
            )
            return meaning.kind(
                f"{message} SwarmUI says: {said}.", backend=backend, details=details
            )
    return None


def error_for(document: Mapping[str, Any], *, backend: str, address: str) -> BackendError:
    """The error that an answer or frame with ``error`` means."""
    known = known_error(document, backend=backend, address=address)
    said = str(document.get("error") or document.get("error_id"))
    return known or BackendUnavailable(
        f"{backend} could not draw. SwarmUI says: {said}", backend=backend, details={"error": said}
    )
