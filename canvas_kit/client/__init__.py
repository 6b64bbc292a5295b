"""Drives a canvas-kit on another machine, with the same handles and events as a local run.

::

    from canvas_kit.client import Remote

    lab = Remote("http://lab-gpu:8899", token="…")
    result = await lab.run(canvas)
    result.images[0]            # fetched, its sha256 compared with the record on the server
"""

from canvas_kit.client.errors import RemoteError, RemoteRefused, RemoteUnreachable
from canvas_kit.client.handles import RemoteBatchHandle, RemoteRunHandle
from canvas_kit.client.records import RemoteBatch
from canvas_kit.client.remote import Remote

__all__ = [
    "Remote",
    "RemoteBatch",
    "RemoteBatchHandle",
    "RemoteError",
    "RemoteRefused",
    "RemoteRunHandle",
    "RemoteUnreachable",
]
