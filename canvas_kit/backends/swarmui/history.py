"""Finding pictures again whose announcement was lost with a connection.

Nothing on the server ties the work to the connection that asked for it. So the session, under
which nothing else runs, is watched until it is idle, and the user's history is searched for the
files that carry our job id in their metadata.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from canvas_kit.backends.swarmui.frames import Announced
from canvas_kit.backends.swarmui.metadata import PictureMetadata
from canvas_kit.backends.swarmui.refusals import SessionExpired
from canvas_kit.errors import BackendUnreachable

if TYPE_CHECKING:
    from canvas_kit.backends.swarmui.backend import Session, SwarmUIBackend

GONE_SECONDS = 60.0
"""How long a server may be away, restarting, before its pictures are given up."""

DEPTH = 5
"""Folders below the user's own are dated, and people may nest them further."""


async def until_idle(backend: SwarmUIBackend, session: Session) -> Session | None:
    """Wait until nothing runs under ``session`` any more.

    Returns:
        A session that the server knows, or None when the server stays away.
    """
    away_since: float | None = None
    while True:
        try:
            document = await backend.call("GetCurrentStatus", session, {})
        except SessionExpired:  # restarted, and sessions are not kept: nothing runs
            return await backend.new_session()
        except BackendUnreachable:
            away_since = away_since or time.monotonic()
            if time.monotonic() - away_since > GONE_SECONDS:
                return None
        else:
            away_since = None
            status = document.get("status")
            counts = status if isinstance(status, dict) else {}
            if not any(counts.get(key) for key in ("waiting_gens", "live_gens")):
                return session
        await asyncio.sleep(backend.poll_seconds)


async def pictures_of(backend: SwarmUIBackend, session: Session, job_id: str) -> list[Announced]:
    """The pictures in the user's history that carry ``job_id``, newest first."""
    wanted = {"path": "", "depth": DEPTH, "sortBy": "Date"}
    document = await backend.call("ListImages", session, wanted)
    found = []
    for entry in document.get("files") or []:
        metadata = PictureMetadata.parse(entry.get("metadata"))
        if metadata.job_id == job_id:
            found.append(Announced(f"{session.files}{entry.get('src')}", metadata=metadata))
    return found
