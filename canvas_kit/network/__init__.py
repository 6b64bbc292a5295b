"""Which hosts may be talked to, and bounded downloads from them.

Every address that canvas-kit opens passes through a :class:`NetworkPolicy`, every HTTP client is
made by :func:`open_client`, and every file comes through :func:`download`.
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

__all__ = [
    "Download",
    "NetworkPolicy",
    "allowed_hosts",
    "download",
    "file_url",
    "host_and_port",
    "is_local",
    "open_client",
    "public_url",
]
