"""Which hosts may be talked to, and the client that talks to them."""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit, urlunsplit

from canvas_kit.errors import AccessDenied

if TYPE_CHECKING:
    import ssl

    import httpx

ENCODINGS = "gzip, deflate"
"""What is unpacked. Newer encodings pack so tightly that no bound holds while unpacking."""

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def host_and_port(url: str) -> tuple[str, int | None]:
    """The host of ``url`` in lower case and its port, the scheme's own when none is written.

    The host of what is no address is empty.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", None
    try:
        port = parts.port
    except ValueError:
        port = None
    return (parts.hostname or "").lower().rstrip("."), port or _DEFAULT_PORTS.get(parts.scheme)


def is_local(url: str) -> bool:
    """Whether ``url`` names this machine by ``localhost`` or a loopback address; no look-up."""
    host, _ = host_and_port(url)
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def public_url(url: str) -> str:
    """``url`` without credentials, query and fragment, fit for a message or a record."""
    try:
        parts = urlsplit(url)
        netloc = parts.netloc.rpartition("@")[2]
        return urlunsplit(SplitResult(parts.scheme, netloc, parts.path, "", ""))
    except ValueError:
        return "(an address that cannot be read)"


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """Which hosts may be talked to.

    Attributes:
        local_only: Refuse whatever is neither on this machine nor in ``allowed_hosts``.
        allowed_hosts: Hosts as ``host`` (any port) or ``host:port``, in lower case.
        max_download_bytes: The largest file accepted.
    """

    local_only: bool = False
    allowed_hosts: frozenset[str] = frozenset()
    max_download_bytes: int = 256 * 2**20

    def allows(self, url: str) -> bool:
        """Whether ``url`` is an explicitly allowed host."""
        host, port = host_and_port(url)
        return host in self.allowed_hosts or f"{host}:{port}" in self.allowed_hosts

    def check_backend(self, url: str, *, backend: str) -> None:
        """Refuse a backend's address that the settings forbid, before anything is sent.

        Raises:
            AccessDenied: When *local only* is on and the address is elsewhere.
        """
        if self.local_only and not is_local(url) and not self.allows(url):
            raise AccessDenied(
                f"The backend {backend!r} is at {public_url(url)}, which is not this machine, and "
                "the settings say local_only. Add its host to allowed_hosts if it may be used.",
                backend=backend,
            )

    def check_download(self, url: str, *, base: str = "", backend: str = "") -> None:
        """Refuse to fetch from a host that is neither the configured backend's nor allowed.

        Args:
            url: The absolute address to be fetched.
            base: The configured address of the backend that named it.
            backend: That backend's name, for the message.

        Raises:
            AccessDenied: When the host is foreign.
        """
        same = bool(base) and host_and_port(url) == host_and_port(base)
        if not same and not self.allows(url):
            host, port = host_and_port(url)
            raise AccessDenied(
                f"The file {public_url(url)} lies on {host}:{port}, which is neither the address "
                f"of {backend or 'the backend'} ({public_url(base) or 'none configured'}) nor an "
                f"allowed host. Add {host!r} to allowed_hosts if files may be fetched from it.",
                backend=backend,
            )


def open_client(
    *,
    base_url: str = "",
    timeout_seconds: float = 600,
    connect_timeout_seconds: float = 10,
    max_connections: int | None = 100,
) -> httpx.AsyncClient:
    """An HTTP client that follows no redirects and reads no proxy settings for this machine.

    Redirects are followed by hand, where it is known whether the new host is allowed.

    Args:
        base_url: Prefix of relative addresses; a reverse proxy's path belongs to it.
        timeout_seconds: The longest wait for the next bytes of an answer.
        connect_timeout_seconds: The longest wait for a connection.
        max_connections: At a time; None for no limit.
    """
    import httpx

    return httpx.AsyncClient(
        base_url=base_url,
        headers={"Accept-Encoding": ENCODINGS},
        timeout=httpx.Timeout(timeout_seconds, connect=connect_timeout_seconds),
        limits=httpx.Limits(max_connections=max_connections, max_keepalive_connections=20),
        follow_redirects=False,
        verify=_tls(),
        trust_env=not (base_url and is_local(base_url)),
    )


@functools.cache
def _tls() -> ssl.SSLContext:
    """Reading the certificates takes tens of milliseconds: once for all clients."""
    import httpx

    return httpx.create_ssl_context()


def allowed_hosts(hosts: Iterable[str]) -> frozenset[str]:
    """Host names as the policy compares them."""
    return frozenset(host.strip().lower() for host in hosts if host.strip())
