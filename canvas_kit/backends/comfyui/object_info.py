"""What the server declares about a node class: an entry of ``/object_info``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from canvas_kit.backends.comfyui.lenient import as_dict, as_list


@dataclass(frozen=True, slots=True)
class InputDeclaration:
    """An input as declared: ``["INT", {"min": 0, …}]`` or ``[["a", "b"], {…}]``."""

    type: Any
    settings: Mapping[str, Any]

    @classmethod
    def parse(cls, config: object) -> InputDeclaration:
        """The declaration in an entry of ``input.required``, also of an odd one."""
        items = as_list(config)
        return cls(items[0] if items else None, as_dict(items[1] if len(items) > 1 else None))

    @property
    def choices(self) -> list[str] | None:
        """The values of an input that offers a list; None for other inputs."""
        listed = self.settings.get("options") if self.type == "COMBO" else self.type
        return [str(value) for value in listed] if isinstance(listed, list) else None

    @property
    def minimum(self) -> float:
        """The smallest number that it takes."""
        return _number(self.settings.get("min"), -inf)

    @property
    def maximum(self) -> float:
        """The largest number that it takes."""
        return _number(self.settings.get("max"), inf)

    @property
    def is_upload(self) -> bool:
        """Whether its value is an uploaded file: the server looks on the disk, not in the list."""
        return any(value for key, value in self.settings.items() if key.endswith("_upload"))


@dataclass(frozen=True, slots=True)
class NodeDeclaration:
    """A node class as the server has it.

    Attributes:
        inputs: By name.
        required: Names of the inputs that it cannot do without.
        is_output: Whether it saves or shows something; true when the server does not tell.
    """

    inputs: Mapping[str, InputDeclaration]
    required: frozenset[str]
    is_output: bool

    @classmethod
    def parse(cls, entry: Mapping[str, Any]) -> NodeDeclaration:
        """The declaration in an entry of ``/object_info``."""
        groups = as_dict(entry.get("input"))
        return cls(
            {
                name: InputDeclaration.parse(config)
                for group in ("required", "optional")
                for name, config in as_dict(groups.get(group)).items()
            },
            frozenset(as_dict(groups.get("required"))),
            bool(entry.get("output_node", True)),
        )


def _number(value: object, default: float) -> float:
    return value if isinstance(value, int | float) else default
