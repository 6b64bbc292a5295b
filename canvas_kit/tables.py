"""Rows as the table of an analysis library, loaded when it is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from canvas_kit.errors import MissingPrerequisite, UnknownName

Library = Literal["pandas", "polars"]


def dataframe(rows: Sequence[Mapping[str, Any]], library: Library) -> Any:
    """``rows`` as a ``DataFrame`` of pandas or polars.

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
