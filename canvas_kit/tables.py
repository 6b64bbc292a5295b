"""Tables: things to choose from, and rows for an analysis library."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any, Literal, TypeVar

from canvas_kit.errors import MissingPrerequisite, UnknownName, printable

T = TypeVar("T")
Library = Literal["pandas", "polars"]


class Table(tuple[T, ...]):
    """Some things that show themselves as a table; otherwise a tuple of them."""

    _columns: Mapping[str, Callable[[T], str]]

    @classmethod
    def of(cls, items: Iterable[T], columns: Mapping[str, Callable[[T], str]]) -> Table[T]:
        """A table of ``items``; ``columns`` say by their titles what is shown of each."""
        table = cls(items)
        table._columns = columns
        return table

    def _rows(self) -> list[list[str]]:
        return [[printable(show(item), 100) for show in self._columns.values()] for item in self]

    def __repr__(self) -> str:
        rows = [list(self._columns), *self._rows()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(title)}</th>" for title in self._columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self._rows()
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def dataframe(rows: Sequence[Mapping[str, Any]], library: Library) -> Any:
    """``rows`` as a ``DataFrame`` of pandas or polars, loaded now.

    Raises:
        UnknownName: When it is another library.
        MissingPrerequisite: When the library is not installed.
    """
    if library not in ("pandas", "polars"):
        raise UnknownName("library for tables", library, ("pandas", "polars"))
    try:
        module = importlib.import_module(library)
    except ImportError:
        raise MissingPrerequisite(
            f"A table of {library} needs that package: pip install {library}. "
            "to_rows() gives the same as plain dicts."
        ) from None
    return module.DataFrame(list(rows))
