"""What is under way in this session, to look at and to stop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

from canvas_kit.display import Displayed
from canvas_kit.executor.handle import Handle, under_way


class Running(Displayed, Sequence[Handle[Any]]):
    """The runs and batches that were under way when it was asked for; ended ones drop out.

    ::

        running()                        # a list, in a notebook
        running().stop()                 # all of it
        running()["doctor-nurse"].pause()
    """

    view = "running"

    def __init__(self, handles: Sequence[Handle[Any]]) -> None:
        self._handles = tuple(handles)

    def _left(self) -> tuple[Handle[Any], ...]:
        return tuple(handle for handle in self._handles if not handle.done)

    def __len__(self) -> int:
        return len(self._left())

    def __iter__(self) -> Iterator[Handle[Any]]:
        return iter(self._left())

    @overload
    def __getitem__(self, key: int | str) -> Handle[Any]: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[Handle[Any], ...]: ...
    def __getitem__(self, key: int | str | slice) -> Handle[Any] | tuple[Handle[Any], ...]:
        """A handle by its position, or by the name or id of its batch or run.

        Raises:
            LookupError: When there is none (any more).
        """
        if not isinstance(key, str):
            return self._left()[key]
        for handle in self._left():
            names = (getattr(handle, field, "") for field in ("name", "batch_id", "run_id"))
            if key in names:
                return handle
        raise KeyError(f"Nothing called {key} is under way.")

    def stop(self) -> None:
        """Stop all of it; what was made is kept. Returns at once."""
        for handle in self._left():
            handle.cancel()

    def __repr__(self) -> str:
        lines = [f"{number}  {handle!r}" for number, handle in enumerate(self)]
        return "\n".join(lines) or "Nothing is under way."


def running() -> Running:
    """What is under way in this session: every run and batch, here or on a server."""
    return Running(under_way())
