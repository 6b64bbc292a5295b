"""Which hosts may be talked to, bounded downloads from them, retries, event streams.

Every address that canvas-kit opens passes through a :class:`NetworkPolicy`, every HTTP client is
made by :func:`open_client`, every file comes through :func:`download`, and whatever is tried again
waits by :class:`Retry`.
"""

from canvas_kit.network.downloads import Download, download, file_url
from canvas_kit.network.policy import (
    NetworkPolicy,
    allowed_hosts,
    host_and_port,
    is_local,
    open_client,
    public_url,
)
from canvas_kit.network.retry import Retry, RetryPolicy, requested_wait
from canvas_kit.network.sse import SentEvent, sent_events

__all__ = [
    "Download",
    "NetworkPolicy",
    "Retry",
    "RetryPolicy",
    "SentEvent",
    "allowed_hosts",
    "download",
    "file_url",
    "host_and_port",
    "is_local",
    "open_client",
    "public_url",
    "requested_wait",
    "sent_events",
]
