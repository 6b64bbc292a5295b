"""What has happened in one run or batch, numbered, so that a reader can take up where it stopped.

Readers hold a position, not a queue: one that falls behind holds up no other and costs no
memory. The log is bounded. What goes first is progress, then the steps of a batch's single runs;
that a run began, how it ended and how everything ended is never dropped.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace

from canvas_kit.events import Complete, Event, NodeComplete, Progress, Started

_HEAVIEST = 64 * 2**20
"""How many characters of texts the steps of a batch keep."""


class EventLog:
    """The events of one job. Everything here happens on one event loop.

    Attributes:
        last: The number of the latest event; the first has 1.
        closed: Whether nothing will follow.
        made: In the log of a single run, what each node made in its last round.
    """

    def __init__(self, *, keep: int, whole_runs: bool) -> None:
        """Begin with nothing.

        Args:
            keep: How many events that may be dropped are kept.
            whole_runs: Whether only progress may be dropped, as in the log of a single run.
        """
        self.last = 0
        self.closed = False
        self._keep = keep
        self._whole_runs = whole_runs
        self._events: dict[int, Event] = {}
        self._progress: deque[int] = deque()
        self._steps: deque[int] = deque()
        self._characters = 0
        self.made: dict[str, NodeComplete] = {}
        self._previews: dict[tuple[str, str], int] = {}
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._events)

    def append(self, event: Event) -> None:
        """Add an event and wake the readers."""
        self.last += 1
        self._events[self.last] = event
        if isinstance(event, Progress):
            self._progress.append(self.last)
        elif isinstance(event, Started | NodeComplete | Complete) and not self._whole_runs:
            self._steps.append(self.last)
            self._characters += _length(event)
        if self._whole_runs and isinstance(event, NodeComplete):
            self.made[event.node_id] = event
        self._drop_old_preview(event)
        self._drop_oldest()
        self._wake()

    def close(self) -> None:
        """Say that nothing will follow."""
        self.closed = True
        self._wake()

    def after(self, number: int, limit: int = 200) -> list[tuple[int, Event]]:
        """The events that follow ``number``, oldest first, with their numbers; those still kept."""
        found = []
        for position in range(max(number, 0) + 1, self.last + 1):
            if (event := self._events.get(position)) is not None:
                found.append((position, event))
                if len(found) == limit:
                    break
        return found

    async def wait_beyond(self, number: int) -> None:
        """Return when there is an event after ``number``, or nothing will follow."""
        while self.last <= number and not self.closed:
            await self._changed.wait()

    def latest(self, kind: type[Event]) -> Event | None:
        """The latest event of a kind that is still kept."""
        for event in reversed(self._events.values()):
            if isinstance(event, kind):
                return event
        return None

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _drop_old_preview(self, event: Event) -> None:
        """Keep a picture of the work so far only until the next one: they are large and many."""
        if not isinstance(event, Progress | NodeComplete):
            return
        if isinstance(event, Progress) and event.preview is None and not event.status.settled:
            return
        key = (event.run_id, event.node_id)
        earlier = self._previews.pop(key, None)
        shown = self._events.get(earlier) if earlier is not None else None
        if earlier is not None and isinstance(shown, Progress):
            self._events[earlier] = replace(shown, preview=None)
        if isinstance(event, Progress) and event.preview is not None:
            self._previews[key] = self.last

    def _drop_oldest(self) -> None:
        while len(self._progress) + len(self._steps) > self._keep:
            if self._progress:
                self._events.pop(self._progress.popleft(), None)
            else:
                self._drop_step()
        while self._characters > _HEAVIEST and len(self._steps) > 1:
            self._drop_step()

    def _drop_step(self) -> None:
        self._characters -= _length(self._events.pop(self._steps.popleft(), None))


def _length(event: Event | None) -> int:
    return len(event.text or "") if isinstance(event, NodeComplete) else 0
