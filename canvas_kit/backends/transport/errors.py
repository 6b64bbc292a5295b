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


class _Asked(Protocol):
    """What of a backend is needed here."""

    name: str
    address: str
    redactor: Redactor


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
    asker: _Asked, what: str, seconds: float, *, repeat_safe: bool
) -> AsyncIterator[asyncio.Timeout]:
    """A deadline around a request; whatever the transport throws inside becomes an error of ours.

    Args:
        asker: The backend.
        what: What is asked: ``"POST /prompt"``.
        seconds: Until the deadline.
        repeat_safe: Whether asking again costs nothing. If not, an error says that the work may be
            done, and never invites to repeat it.
    """
    name = asker.name
    paid = "" if repeat_safe else _PAID
    deadline = asyncio.timeout(seconds)
    try:
        async with deadline:
            yield deadline
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise BackendUnreachable(
            f"Nothing answers at {asker.address} for {name}: "
            f"{asker.redactor(str(error)) or 'no connection in time'}. Is the server running, and "
            "is the address right? (In a container, localhost is the container itself.)",
            backend=name,
        ) from error
    except (NotWhole, Stalled) as error:
        unfinished = BackendAnswerError(
            f"{name} did not finish its answer to {what}: {error}.{paid}",
            backend=name,
            maybe_done=not repeat_safe,
        )
        unfinished.retryable = repeat_safe
        raise unfinished from error
    except (TimeoutError, httpx.TimeoutException) as error:
        if isinstance(error, TimeoutError) and not deadline.expired():
            raise  # the caller's own deadline
        raise BackendTimeout(
            f"{name} did not answer {what} within {seconds:.3g} s. Raise timeout_seconds in "
            f"[backends.{name}] if it needs longer.{paid}",
            backend=name,
            maybe_done=not repeat_safe,
        ) from error
    except httpx.TransportError as error:
        broken = BackendUnreachable(
            f"{name} broke off the connection during {what}: "
            f"{asker.redactor(str(error)) or type(error).__name__}.{paid}",
            backend=name,
            maybe_done=not repeat_safe,
        )
        broken.retryable = repeat_safe
        raise broken from error


def error_for_download(asker: _Asked, error: DownloadError) -> BackendError:
    """The error that a failed download means when it was not the own server's status."""
    cause = error.__cause__
    message = str(asker.redactor(str(error)))
    facts: dict[str, Any] = {"backend": asker.name, "details": {"url": error.url}}
    own = host_and_port(error.url) == host_and_port(asker.address)
    if isinstance(cause, httpx.HTTPStatusError):
        facts["details"]["status"] = cause.response.status_code
    elif isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout) and own:
        return BackendUnreachable(message, **facts)
    elif isinstance(cause, TimeoutError) and not isinstance(cause, Stalled):
        return BackendTimeout(message, **facts)
    return BackendAnswerError(message, **facts)
