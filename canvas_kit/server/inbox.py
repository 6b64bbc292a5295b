"""The way from the engine's thread to the server's loop."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Inbox(Generic[T]):
    """Carries items from other threads to one event loop, in order, many with one wake-up."""

    def __init__(self, loop: asyncio.AbstractEventLoop, deliver: Callable[[T], None]) -> None:
        """Items put in are given to ``deliver`` on ``loop``."""
        self._loop = loop
        self._deliver = deliver
        self._items: deque[T] = deque()
        self._lock = threading.Lock()
        self._woken = False

    def put(self, item: T) -> None:
        """Hand an item over. From any thread; returns at once."""
        with self._lock:
            self._items.append(item)
            if self._woken:
                return
            self._woken = True
        try:
            self._loop.call_soon_threadsafe(self._empty)
        except RuntimeError:  # the server has ended; the record has everything
            self._items.clear()

    def _empty(self) -> None:
        with self._lock:
            items, self._items = self._items, deque()
            self._woken = False
        for item in items:
            self._deliver(item)
