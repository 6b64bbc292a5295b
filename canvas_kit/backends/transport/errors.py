"""The one place where faults of the transport become errors of ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

import httpx

from canvas_kit.backends.transport.response import Answer
from canvas_kit.errors import (
    AccessDenied,
    BackendAnswerError,
    BackendBusy,
    BackendError,
    BackendRejected,
    BackendTimeout,
    BackendUnavailable,
    BackendUnreachable,
    DownloadError,
)
from canvas_kit.network import host_and_port, public_url
from canvas_kit.network.downloads import NotWhole, Stalled
from canvas_kit.network.retry import requested_wait
from canvas_kit.redaction import Redactor

_PAID = " The server may have done the work, and charged for it, all the same."


class Server(Protocol):
    """What of a backend is needed to tell its faults."""

    name: str
    address: str
    redactor: Redactor

    def translate(self, answer: Answer) -> BackendError:
        """The error that a status other than success means."""


def error_for_status(answer: Answer) -> BackendError:
    """The error that a status other than success means, with the server's own words."""
    name, complaint, status = answer.backend, answer.complaint(), answer.status
    text = f"{name} answered {answer.request} with {answer.outcome}: {complaint}"
    facts: dict[str, Any] = {
        "backend": name,
        "details": {"status": status, "message": complaint},
        "retry_after_seconds": requested_wait(answer.headers),
    }
    if status in (401, 403, 407):
        return AccessDenied(
            f"{text}. Check the key: key_env in [backends.{name}], or "
            f"'keyring set canvas-kit {name}'.",
            **facts,
        )
    if status == 429 or (status == 503 and facts["retry_after_seconds"] is not None):
        return BackendBusy(f"{text}. Try again later, or lower its capacity.", **facts)
    if status in (408, 504, 524):
        return BackendTimeout(f"{text}. A gateway on the way gave up waiting.", **facts)
    if status in (502, 520, 522):
        return BackendUnreachable(f"{text}. The server behind the gateway is gone.", **facts)
    if 300 <= status < 400:
        target = answer.redactor(public_url(answer.headers.get("location", "")))
        return BackendAnswerError(
            f"{name} redirects {answer.request} to {target or 'nowhere'}, which is not followed. "
            "If that is the server, make it the address.",
            **facts,
        )
    if status >= 500:
        return BackendUnavailable(text, **facts)
    return BackendRejected(text, **facts)


@asynccontextmanager
async def bounded(
    server: Server, what: str, seconds: float, *, repeat_safe: bool
) -> AsyncIterator[asyncio.Timeout]:
    """A deadline around a request; whatever the transport throws inside becomes an error of ours.

    Where asking again may cost something (``repeat_safe`` is false), an error says that the work
    may be done, and never invites to repeat it.
    """
    deadline = asyncio.timeout(seconds)
    try:
        async with deadline:
            yield deadline
    except (httpx.TransportError, NotWhole, TimeoutError) as error:
        own = isinstance(error, Stalled) or not isinstance(error, TimeoutError)
        if not own and not deadline.expired():
            raise  # the caller's own deadline
        raise _fault(server, what, seconds, error, repeat_safe) from error


def _fault(
    server: Server, what: str, seconds: float, error: Exception, repeat_safe: bool
) -> BackendError:
    name, said = server.name, server.redactor(str(error)).rstrip(".")
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return BackendUnreachable(
            f"Nothing answers at {server.address} for {name}: {said or 'no connection in time'}. "
            "Is the server running, and is the address right? (In a container, localhost is the "
            "container itself.)",
            backend=name,
        )
    kind: type[BackendError] = BackendUnreachable
    text = f"{name} broke off the connection during {what}: {said or type(error).__name__}."
    if isinstance(error, NotWhole | Stalled):
        kind, text = BackendAnswerError, f"{name} did not finish its answer to {what}: {said}."
    elif isinstance(error, TimeoutError | httpx.TimeoutException):
        kind = BackendTimeout
        text = (
            f"{name} did not answer {what} within {seconds:.3g} s. Raise timeout_seconds in "
            f"[backends.{name}] if it needs longer."
        )
    fault = kind(text + ("" if repeat_safe else _PAID), backend=name, maybe_done=not repeat_safe)
    if kind is not BackendTimeout:
        fault.retryable = repeat_safe
    return fault


def error_for_download(server: Server, error: DownloadError) -> BackendError:
    """The error that a failed download means when it was not the own server's status."""
    cause = error.__cause__
    message = str(server.redactor(str(error)))
    facts: dict[str, Any] = {"backend": server.name, "details": {"url": error.url}}
    own = host_and_port(error.url) == host_and_port(server.address)
    if isinstance(cause, httpx.HTTPStatusError):
        facts["details"]["status"] = cause.response.status_code
    elif isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout) and own:
        return BackendUnreachable(message, **facts)
    elif isinstance(cause, TimeoutError) and not isinstance(cause, Stalled):
        return BackendTimeout(message, **facts)
    return BackendAnswerError(message, **facts)
