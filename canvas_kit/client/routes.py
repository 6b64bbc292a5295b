"""Addresses that the server and its client agree on."""

from __future__ import annotations

from canvas_kit.values import Entity

MEDIA_ROUTE = "/api/media"


def media_path(run_id: str, entity: Entity) -> str:
    """The root-relative address under which a server gives an entity out."""
    return f"{MEDIA_ROUTE}/{entity.kind}/{run_id}/{entity.index}"
