"""Notices that the engine's event loop stands still, and says what holds it.

All runs share one loop. Code that blocks it (a node that computes, a listener that waits for a
lock) stops every run, and no timer, deadline or cancellation gets through. Nothing can break such
code off; but from another thread it can be seen where it stands, and so it is named.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from types import FrameType

from canvas_kit.errors import printable
from canvas_kit.events import tell
from canvas_kit.executor.execution import NODE_CODE
from canvas_kit.logs import logger_for

log = logger_for(__name__)

BLOCKED_SECONDS = 5.0
"""How long the loop may be busy with one thing."""
LOOK_SECONDS = 1.0
_TELLS = tell.__code__


def watch(loop: asyncio.AbstractEventLoop, thread_id: int, ended: threading.Event) -> None:
    """Look after the loop of a thread until ``ended`` is set; for a thread of its own."""
    turned = threading.Event()
    turned.set()
    asked, told = 0.0, False
    while not ended.wait(LOOK_SECONDS):
        if turned.is_set():
            turned.clear()
            asked, told = time.monotonic(), False
            try:
                loop.call_soon_threadsafe(turned.set)
            except RuntimeError:  # the loop is closed
                return
        elif not told and time.monotonic() - asked >= BLOCKED_SECONDS:
            told = True
            log.warning("%s", blocked_by(thread_id))


def blocked_by(thread_id: int) -> str:
    """Who blocks the loop that runs in a thread, in sentences; warns in that run, too."""
    remedy = (
        "Blocking work belongs in a thread: write execute as a plain def, or use "
        "asyncio.to_thread for the part that blocks."
    )
    who, place = "code of the event loop", ""
    for frame in _frames(thread_id):
        if not place:
            place = _place(frame)
        if frame.f_code is _TELLS:
            listener = frame.f_locals.get("listener")
            name = getattr(listener, "__qualname__", type(listener).__name__)
            who = f"the listener {name}"
            remedy = "A listener must return quickly: have it put what it hears into a queue."
            break
        if frame.f_code is NODE_CODE:
            execution, index = frame.f_locals["self"], frame.f_locals["index"]
            text = (
                f"It blocked all other work for more than {BLOCKED_SECONDS:g} s, at {place}. "
                f"{remedy}"
            )
            who = execution.notice(index, text)
            break
    return printable(
        f"For {BLOCKED_SECONDS:g} s nothing has gone on in any run: {who} blocks the event loop "
        f"that all share, at {place or 'an unknown place'}. {remedy}",
        1000,
    )


def _frames(thread_id: int) -> Iterator[FrameType]:
    """What a thread is at, from the innermost call outwards."""
    frame = sys._current_frames().get(thread_id)
    while frame is not None:
        yield frame
        frame = frame.f_back


def _place(frame: FrameType) -> str:
    code = traceback.extract_stack(frame, limit=1)[0]
    return f"{code.filename}:{code.lineno} in {code.name}"
