"""The names of a notebook's user that stand for a value, so that another can take its place."""

from __future__ import annotations

import sys
from typing import Any


class UserNames:
    """The user's names for one value. Those that begin with an underscore are let alone.

    A name is let go as soon as the user gives it another value.
    """

    def __init__(self) -> None:
        """Begin without names."""
        self._put: dict[str, object] = {}

    @property
    def names(self) -> list[str]:
        """The names that are kept in step."""
        return sorted(self._put)

    def find(self, value: object) -> None:
        """Take up the names that are bound to this very object."""
        self._put |= {
            name: value
            for name, bound in user_namespace().items()
            if bound is value and not name.startswith("_")
        }

    def rebind(self, value: object) -> None:
        """Let the names stand for ``value``."""
        space = user_namespace()
        self._put = {name: value for name, put in self._put.items() if space.get(name) is put}
        space.update(self._put)


def user_namespace() -> dict[str, Any]:
    """The names of the notebook that this process is the kernel of; empty if it is none."""
    ipython = sys.modules.get("IPython")  # a kernel has loaded it
    shell = ipython.get_ipython() if ipython is not None else None
    found: dict[str, Any] = shell.user_ns if shell is not None else {}
    return found
