"""Things to choose from, as a table: for a notebook, a terminal, and for going through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import TypeVar

from canvas_kit.errors import printable

T = TypeVar("T")

_LEFT = "text-align:left"
"""A notebook's own style puts words to the right."""
_ON_A_LINE = 30
"""Characters that stay on a line: an id, a moment, a count; paths break anywhere."""


class Table(tuple[T, ...]):
    """Some things that show themselves as a table; otherwise a tuple of them."""

    _columns: Mapping[str, Callable[[T], str]]

    @classmethod
    def of(cls, items: Iterable[T], columns: Mapping[str, Callable[[T], str]]) -> Table[T]:
        """A table of ``items``; ``columns`` say by their titles what is shown of each."""
        table = cls(items)
        table._columns = columns
        return table

    def _rows(self, limit: int) -> list[list[str]]:
        return [[printable(show(item), limit) for show in self._columns.values()] for item in self]

    def __repr__(self) -> str:
        rows = [list(self._columns), *self._rows(100)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )

    def _repr_html_(self) -> str:
        head = "".join(map(_th, self._columns))
        rows = ("".join(map(_td, row)) for row in self._rows(500))
        body = "".join(f"<tr>{cells}</tr>" for cells in rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _th(title: str) -> str:
    return f'<th style="{_LEFT}">{escape(title)}</th>'


def _td(cell: str) -> str:
    wrap = "overflow-wrap:anywhere" if len(cell) > _ON_A_LINE else "white-space:nowrap"
    return f'<td style="{_LEFT};{wrap}">{escape(cell)}</td>'
