"""Drives a canvas-kit on another machine, with the same handles and events as a local run.

::

    from canvas_kit.client import Remote

    lab = Remote("http://lab-gpu:8899", token="…")
    result = await lab.run(canvas)
    result.images[0]            # fetched, its sha256 compared with the record on the server
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from canvas_kit.client.errors import RemoteError, RemoteRefused, RemoteUnreachable
    from canvas_kit.client.handles import RemoteBatchHandle, RemoteRunHandle
    from canvas_kit.client.records import RemoteBatch
    from canvas_kit.client.remote import Remote

_HOMES = {
    "Remote": "canvas_kit.client.remote",
    "RemoteBatch": "canvas_kit.client.records",
    "RemoteBatchHandle": "canvas_kit.client.handles",
    "RemoteError": "canvas_kit.client.errors",
    "RemoteRefused": "canvas_kit.client.errors",
    "RemoteRunHandle": "canvas_kit.client.handles",
    "RemoteUnreachable": "canvas_kit.client.errors",
}

__all__ = [
    "Remote",
    "RemoteBatch",
    "RemoteBatchHandle",
    "RemoteError",
    "RemoteRefused",
    "RemoteRunHandle",
    "RemoteUnreachable",
]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
