"""Work that a cancellation must not tear apart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


async def to_the_end(finishing: Awaitable[T]) -> T:
    """The result of ``finishing``, which a cancellation does not stop.

    For the short way from bytes that have arrived to a record of them: a cancellation finds the
    work done, and is taken as answered.
    """
    task = asyncio.ensure_future(finishing)
    while True:
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.done():
                return task.result()


async def in_thread(pool: Executor | None, call: Callable[..., T], *arguments: Any) -> T:
    """Run ``call`` in a thread, to its end even if the caller is cancelled meanwhile.

    A half-done write would be harmless, but the caller could not tell whether it was done.
    """
    future = asyncio.get_running_loop().run_in_executor(pool, partial(call, *arguments))
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        if not future.done():
            await asyncio.wait([future])
        if not future.cancelled():
            future.exception()  # seen: the caller is gone, and what failed has cleared up
        raise
