"""Files from servers: whole, bounded, and from nowhere but where the settings allow."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from canvas_kit.errors import DownloadError
from canvas_kit.network.policy import NetworkPolicy, host_and_port, open_client, public_url
from canvas_kit.network.retry import Retry, RetryPolicy, requested_wait

if TYPE_CHECKING:
    import httpx

MAX_REDIRECTS = 5
TRIES = 6
"""In about a quarter of a minute: what was made once is worth some waiting."""
STALL_SECONDS = 60.0
"""A body that brings no byte for this long counts as stalled."""

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_NEEDS_QUOTING = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]|%(?![0-9A-Fa-f]{2})|#")
_QUERY = re.compile(r"\?(?=[\w.\-]+=)")
_WORTH_REPEATING = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Download:
    """A file that was fetched, whole as far as its server told.

    Attributes:
        data: The bytes, at least one.
        announced_type: The ``Content-Type`` without parameters, if any; never trusted.
        announced_size: The ``Content-Length``, if any; equals ``len(data)``.
        url: Where it came from in the end, without credentials, query and fragment.
    """

    data: bytes = field(repr=False)
    announced_type: str | None
    announced_size: int | None
    url: str


class Stalled(TimeoutError):
    """No byte came for too long."""


class NotWhole(Exception):
    """The body is not what was announced."""


class OversizedBody(Exception):
    """A body is larger than accepted.

    Attributes:
        size: How much had come, in bytes.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(f"more than {size} bytes")


def file_url(url: str, base: str) -> str:
    """The absolute address of a file that a backend named.

    Servers name files in three ways that cannot be fetched as they stand. A path, often not
    percent-encoded, is relative to the configured address, whose prefix (a reverse proxy's) is
    kept. An address on a host that only the server can see (``localhost`` in a container, a
    private or nameless host) becomes the same path on the configured host.

    Args:
        url: As the server wrote it.
        base: The backend's configured address.
    """
    url = url.strip()
    if url.startswith("//"):
        url = f"{urlsplit(base).scheme or 'http'}:{url}"
    if not _ABSOLUTE.match(url):
        return _join(base, url) if base else url
    if base and _only_visible_to_server(url, base):
        parts = urlsplit(url)
        return _join(base, urlunsplit(SplitResult("", "", parts.path, parts.query, "")))
    return url


def _join(base: str, path: str) -> str:
    base = base.rstrip("/")
    path, query = _split_query(path)
    if _NEEDS_QUOTING.search(path):
        path = quote(path, safe="/")
    prefix = urlsplit(base).path
    path = "/" + path.lstrip("/")
    if prefix and path.startswith(f"{prefix}/"):
        path = path.removeprefix(prefix)
    return f"{base}{path}" + (f"?{query}" if query else "")


def _split_query(path: str) -> tuple[str, str]:
    """Path and query; a question mark that is part of a raw file name stays in the path."""
    found = _QUERY.search(path)
    if not found:
        return (path, "") if _NEEDS_QUOTING.search(path) else (path.partition("?")[0], "")
    query = path[found.end() :].partition("#")[0]
    if _NEEDS_QUOTING.search(query):
        query = quote(query, safe="=&%+/")
    return path[: found.start()], query


def _only_visible_to_server(url: str, base: str) -> bool:
    host, _ = host_and_port(url)
    if host == host_and_port(base)[0]:
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.endswith((".internal", ".local", ".localhost")) or "." not in host
    return address.is_private or address.is_loopback or address.is_unspecified


async def download(
    url: str,
    *,
    network: NetworkPolicy,
    base: str = "",
    client: httpx.AsyncClient | None = None,
    headers: Mapping[str, str] | None = None,
    backend: str = "",
    timeout_seconds: float = 600,
    connect_timeout_seconds: float = 10,
    stall_seconds: float = STALL_SECONDS,
    backoff_seconds: float = 0.5,
) -> Download:
    """The file at ``url``, whole, from the configured backend or an allowed host.

    Redirects are followed here, at most five, and every hop is checked like the first. A body that
    is cut, stalls, or differs from its announced length is fetched again, six times in all, as is
    one whose server is busy or stumbles.

    Args:
        url: Absolute, or as a backend names its own files; see :func:`file_url`.
        network: Says which hosts may be asked, and the largest file accepted.
        base: The configured address of the backend that named the file.
        client: The backend's client, used for its own host only.
        headers: Keys and cookies, sent to the backend's own host and scheme only.
        backend: The backend's name, for messages.
        timeout_seconds: The longest that all of it may take.
        connect_timeout_seconds: The longest wait for a connection.
        stall_seconds: The longest wait for the next bytes.
        backoff_seconds: The wait before the second try, if the server names none.

    Raises:
        AccessDenied: When the host is neither the backend's own nor allowed.
        DownloadError: When the file did not come whole. Its cause tells a transport fault
            (``httpx.TransportError``, ``TimeoutError``) from a status (``httpx.HTTPStatusError``,
            with at most 64 KiB of the answer).
    """
    import httpx

    try:
        address = url if network.allows(url) else file_url(url, base)
        scheme = urlsplit(address).scheme
    except ValueError as error:
        raise DownloadError(f"{public_url(url)!r} is not an address: {error}.") from None
    shown = public_url(address)
    if scheme not in ("http", "https"):
        raise DownloadError(
            f"Fetching {shown!r} needs an http or https address. A path without a host needs a "
            "backend with a configured address.",
            url=shown,
        )
    network.check_download(address, base=base, backend=backend)
    fetch = _Fetch(
        network, base, client, headers or {}, backend, connect_timeout_seconds, stall_seconds
    )
    try:
        async with asyncio.timeout(timeout_seconds) as deadline:
            retry = Retry(RetryPolicy(backoff_seconds, tries=TRIES), deadline=deadline.when())
            return await fetch.until_whole(address, retry)
    except (httpx.HTTPStatusError, httpx.TransportError, TimeoutError, NotWhole) as error:
        raise DownloadError(
            f"The file {shown} did not come: {_reason(error, timeout_seconds)} Nothing was kept.",
            url=shown,
        ) from error
    except httpx.InvalidURL as error:
        raise DownloadError(f"{shown!r} is not an address: {error}.", url=shown) from error


def _reason(error: Exception, timeout_seconds: float) -> str:
    import httpx

    match error:
        case httpx.HTTPStatusError():
            status = error.response.status_code
            wait = requested_wait(error.response.headers)
            later = f" It asks to come back in {wait:g} s." if wait else ""
            deleted = " It may have been deleted there." if status in (404, 410) else ""
            return f"the server answered {status}.{later}{deleted}"
        case Stalled() | NotWhole():
            return f"{error}, and that {TRIES} times."
        case TimeoutError():
            return f"{timeout_seconds:g} s were not enough."
    return f"{str(error) or type(error).__name__}."


@dataclass(frozen=True, slots=True)
class _Fetch:
    """One download's circumstances; the fields are arguments of :func:`download`."""

    network: NetworkPolicy
    base: str
    client: httpx.AsyncClient | None
    headers: Mapping[str, str]
    backend: str
    connect_timeout_seconds: float
    stall_seconds: float

    async def until_whole(self, address: str, retry: Retry) -> Download:
        """The file, by as many tries as are worth it."""
        import httpx

        while True:
            requested = None
            try:
                return await self.once(address)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                raise
            except (httpx.HTTPStatusError, httpx.TransportError, Stalled, NotWhole) as error:
                if isinstance(error, httpx.HTTPStatusError):
                    requested = requested_wait(error.response.headers)
                    if error.response.status_code not in _WORTH_REPEATING:
                        raise
                if (wait := retry.next_wait(requested)) is None:
                    raise
            await asyncio.sleep(wait)

    async def once(self, address: str) -> Download:
        """The file, by one chain of redirects."""
        for _ in range(MAX_REDIRECTS + 1):
            async with self._open(address) as response:
                if not response.has_redirect_location:
                    return await self._read(response)
                target = urljoin(address, response.headers["location"])
            self.network.check_download(target, base=self.base, backend=self.backend)
            if urlsplit(target).scheme not in ("http", "https"):
                raise NotWhole(f"it redirects to {public_url(target)!r}")
            address = target
        raise DownloadError(
            f"The file {public_url(address)} is behind more than {MAX_REDIRECTS} redirects.",
            url=public_url(address),
        )

    @contextlib.asynccontextmanager
    async def _open(self, address: str) -> AsyncIterator[httpx.Response]:
        own = bool(self.base) and (
            host_and_port(address) == host_and_port(self.base)
            and urlsplit(address).scheme == urlsplit(self.base).scheme
        )
        async with contextlib.AsyncExitStack() as stack:
            # A foreign host gets a client of its own, which has no key and no cookie to give away.
            client = self.client if own else None
            if client is None:
                client = await stack.enter_async_context(
                    open_client(
                        base_url=address,
                        timeout_seconds=self.stall_seconds,
                        connect_timeout_seconds=self.connect_timeout_seconds,
                    )
                )
            headers = {"Accept-Encoding": "identity", **(self.headers if own else {})}
            # Waiting for the headers is bounded by the deadline alone: a server may still be
            # writing the file.
            request = client.build_request("GET", address, headers=headers)
            response = await client.send(request, stream=True, follow_redirects=False)
            stack.push_async_callback(response.aclose)
            yield response

    async def _read(self, response: httpx.Response) -> Download:
        import httpx

        if response.status_code != 200:
            body = await read_bounded(response.aiter_raw(), 64 * 1024, self.stall_seconds, cut=True)
            answer = httpx.Response(response.status_code, headers=response.headers, content=body)
            raise httpx.HTTPStatusError(
                f"status {response.status_code}", request=response.request, response=answer
            )
        plain = not response.headers.get("content-encoding")
        announced = response.headers.get("content-length", "") if plain else ""
        size = int(announced) if announced.isdecimal() else None
        limit = self.network.max_download_bytes
        shown = public_url(str(response.url))
        try:
            if size is not None and size > limit:
                raise OversizedBody(size)
            data = await read_body(response, limit, self.stall_seconds)
        except OversizedBody as error:
            raise DownloadError(
                f"The file {shown} has {error.size} bytes or more, but at most {limit} are "
                "accepted. Raise max_download_bytes in the settings if it is meant to be that "
                "large.",
                url=shown,
            ) from None
        if not data:
            raise NotWhole("its body is empty")
        if size is not None and size != len(data):
            raise NotWhole(f"{size} bytes were announced, {len(data)} came")
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Download(data, kind or None, size, shown)


async def read_body(response: httpx.Response, limit: int, stall_seconds: float | None) -> bytes:
    """The body of a streamed response, unpacked; see :func:`read_bounded`.

    Raises:
        NotWhole: When it broke off, or is packed in a way that is not unpacked here.
        OversizedBody: When it is larger than ``limit``.
        Stalled: When the next bytes do not come in time.
    """
    import httpx

    check_encoding(response)
    try:
        return await read_bounded(response.aiter_bytes(), limit, stall_seconds)
    except (httpx.RemoteProtocolError, httpx.ReadError, httpx.DecodingError) as error:
        raise NotWhole(f"its body broke off ({error})") from error


def check_encoding(response: httpx.Response) -> None:
    """Refuse a body that could unpack to any size, before it is read.

    Raises:
        NotWhole: When it is packed twice, or by anything but gzip or deflate.
    """
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise NotWhole(f"its body is packed as {encoding[:40]!r}, which was not asked for")


async def read_bounded(
    chunks: AsyncIterator[bytes], limit: int, stall_seconds: float | None, *, cut: bool = False
) -> bytes:
    """All of ``chunks``, at most ``limit`` bytes, waiting at most ``stall_seconds`` for each.

    Args:
        chunks: The body.
        limit: In bytes.
        stall_seconds: None waits as long as it takes.
        cut: Give the first ``limit`` bytes of a longer body instead of raising.

    Raises:
        OversizedBody: When there is more.
        Stalled: When the next chunk does not come in time.
    """
    pieces: list[bytes] = []
    size = 0
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(stall_seconds) as stall:
            async for chunk in chunks:
                pieces.append(chunk)
                size += len(chunk)
                if size > limit:
                    if cut:
                        break
                    raise OversizedBody(size)
                if stall_seconds is not None:
                    stall.reschedule(loop.time() + stall_seconds)
    except TimeoutError:
        if stall.expired():
            raise Stalled(f"no byte came for {stall_seconds:g} s after {size} bytes") from None
        raise
    return b"".join(pieces)[:limit]
