"""Events as they travel between two canvas-kits: every field of the typed value, as JSON.

The editor's form (``Event.to_json``) says what an editor shows. This one says everything, so that
the value on the other side equals the one that was sent.
"""

from __future__ import annotations

import base64
import dataclasses
import types
from collections.abc import Callable, Mapping
from typing import Any, Final

from canvas_kit import events
from canvas_kit.events import Event
from canvas_kit.values import Entity, NodeState, RunStatus

_KINDS: Final[Mapping[str, type[Event]]] = types.MappingProxyType(
    {
        kind.name: kind
        for kind in (
            events.Started,
            events.Progress,
            events.NodeComplete,
            events.Complete,
            events.Error,
            events.BatchStarted,
            events.RunStart,
            events.RunComplete,
            events.RunError,
            events.BatchComplete,
            events.BatchAborted,
        )
    }
)

EVENT_NAMES: Final = frozenset(_KINDS)
"""What events are called, by their ``name``."""


def to_wire(event: Event) -> dict[str, Any]:
    """The event's fields as JSON-able values; fields that have their default are left out."""
    document = {}
    for item in dataclasses.fields(event):
        value = getattr(event, item.name)
        if item.default is not dataclasses.MISSING and value == item.default:
            continue
        document[item.name] = _plain(value)
    return document


def from_wire(name: str, document: Mapping[str, Any]) -> Event:
    """The event that :func:`to_wire` was given.

    Fields that a later version added are passed over.

    Raises:
        ValueError: When there is no such event, or ``document`` does not describe it.
    """
    try:
        kind = _KINDS[name]
    except KeyError:
        raise ValueError(f"there is no event {name!r}") from None
    values = {}
    for item in dataclasses.fields(kind):
        if item.name in document:
            value = document[item.name]
            read = _READERS.get((name, item.name)) or _READERS.get(("", item.name))
            try:
                values[item.name] = read(value) if read and value is not None else value
            except (AttributeError, TypeError, KeyError, ValueError) as error:
                raise ValueError(f"{name}.{item.name} cannot be read: {error}") from error
    try:
        return kind(**values)
    except TypeError as error:
        raise ValueError(f"the event {name!r} is not whole: {error}") from error


def _plain(value: Any) -> Any:
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case Entity():
            return value.to_json()
        case tuple():
            return [_plain(item) for item in value]
        case Mapping():
            return dict(value)
        case NodeState() | RunStatus():
            return value.value
    return value


_READERS: Final[Mapping[tuple[str, str], Callable[[Any], Any]]] = types.MappingProxyType(
    {
        ("progress", "status"): NodeState,
        ("complete", "status"): RunStatus,
        ("run_complete", "status"): RunStatus,
        ("", "preview"): base64.b64decode,
        ("", "entities"): lambda items: tuple(Entity.from_json(item) for item in items),
        ("", "collector_output"): tuple,
        ("", "execution_order"): tuple,
        ("", "export_paths"): tuple,
    }
)
