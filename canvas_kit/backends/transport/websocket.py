"""Sockets (RFC 6455), by the package ``websockets``."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from canvas_kit.backends.transport.errors import Server
from canvas_kit.backends.transport.response import Answer
from canvas_kit.errors import BackendUnreachable, MissingPrerequisite
from canvas_kit.logs import logger_for
from canvas_kit.network import is_local

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

MAX_FRAME_BYTES = 256 * 2**20
"""The largest message on a socket. Finished pictures come as one frame; the websockets package's
own limit of 1 MiB would close the connection in mid-run."""


@asynccontextmanager
async def open_socket(
    server: Server,
    path: str,
    params: Mapping[str, Any] | None,
    headers: Mapping[str, str],
    connect_timeout_seconds: float,
) -> AsyncIterator[ClientConnection]:
    """An open socket under the server's address; its faults become errors of ours.

    Raises:
        MissingPrerequisite: When the package is not installed.
        BackendError: When the socket cannot be opened, or breaks inside the block.
    """
    try:
        from websockets.asyncio.client import connect
        from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
    except ModuleNotFoundError:
        raise MissingPrerequisite(
            f"The backend {server.name!r} talks over a socket, for which the package 'websockets' "
            "is needed. Install it with: pip install websockets"
        ) from None

    class ConnectHere(connect):
        """Follows no redirect: the next host was not checked, and keys would travel along."""

        def process_redirect(self, exc: Exception) -> Exception | str:
            return exc

    what = f"the socket /{path.lstrip('/')}"
    scheme, _, rest = f"{server.address}/{path.lstrip('/')}".partition("://")
    query = f"?{urlencode(params)}" if params else ""
    try:
        async with ConnectHere(
            f"{'wss' if scheme == 'https' else 'ws'}://{rest}{query}",
            additional_headers=headers,
            max_size=MAX_FRAME_BYTES,
            open_timeout=connect_timeout_seconds,
            proxy=None if is_local(server.address) else True,
            close_timeout=2,
            logger=_quiet_logger(),
        ) as socket:
            yield socket
    except ConnectionClosed as error:
        raise BackendUnreachable(
            f"{server.name} closed {what} ({error}).", backend=server.name
        ) from error
    except InvalidStatus as error:
        response = error.response
        answer = Answer(
            server.name,
            what,
            response.status_code,
            {key.lower(): value for key, value in response.headers.raw_items()},
            bytes(response.body or b""),
            redactor=server.redactor,
        )
        raise server.translate(answer) from error
    except (WebSocketException, OSError) as error:  # OSError includes TimeoutError
        raise BackendUnreachable(
            f"{server.name} does not open {what} at {server.address}: "
            f"{server.redactor(str(error)) or type(error).__name__}.",
            backend=server.name,
        ) from error


def _quiet_logger() -> logging.Logger:
    """A logger for sockets: at debug level, websockets would log every header, keys included."""
    logger = logger_for("canvas_kit.websockets")
    logger.setLevel(logging.INFO)
    return logger
