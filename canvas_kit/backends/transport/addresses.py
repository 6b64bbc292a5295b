"""The address of a server, and the credentials that may stand in it."""

from __future__ import annotations

import base64
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from canvas_kit.errors import SettingsError, shorten
from canvas_kit.network import host_and_port, public_url


def split_address(address: str, name: str) -> tuple[str, tuple[str, str] | None]:
    """The address without credentials, query and final slash; and the credentials, if any.

    Raises:
        SettingsError: When it is no http or https address.
    """
    try:
        parts = urlsplit(address.strip())
        host, _ = host_and_port(address)
        if parts.scheme not in ("http", "https") or not host:
            raise ValueError("it should begin with http:// or https:// and name a host")
        _ = parts.port  # raises when it is not a number
    except ValueError as error:
        raise SettingsError(
            f"The address {shorten(public_url(address))} of the backend {name!r} cannot be used: "
            f"{error}. Write it like 'http://127.0.0.1:8188'."
        ) from None
    netloc = parts.netloc.rpartition("@")[2]
    plain = urlunsplit(SplitResult(parts.scheme, netloc, parts.path.rstrip("/"), "", ""))
    if parts.username is None:
        return plain, None
    return plain, (unquote(parts.username), unquote(parts.password or ""))


def basic_auth(credentials: tuple[str, str] | None) -> dict[str, str]:
    """The header that carries user and password; none without them."""
    if credentials is None:
        return {}
    token = base64.b64encode(":".join(credentials).encode()).decode()
    return {"Authorization": f"Basic {token}"}
