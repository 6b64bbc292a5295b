"""What the server declares about a node class: an entry of ``/object_info``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from canvas_kit.backends.comfyui.lenient import as_dict, as_list

_NUMBERS: Mapping[str, Callable[[Any], float]] = {"INT": int, "FLOAT": float}


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
    def grows(self) -> bool:
        """Whether it stands for inputs called ``name.one``, ``name.two``, …."""
        return str(self.type).startswith("COMFY_")

    def number(self, value: Any) -> float | None:
        """``value`` as the server reads it where a number is declared; None for other inputs.

        Raises:
            ValueError: When it is none; or TypeError, OverflowError.
        """
        convert = _NUMBERS.get(str(self.type))
        return convert(value) if convert else None

    def takes_type(self, given: object) -> bool:
        """Whether it can be linked to an output of the type ``given``."""
        if given == self.type or "*" in (given, self.type):
            return True
        if isinstance(given, str) and isinstance(self.type, str):
            one, other = ({*map(str.strip, kind.split(","))} for kind in (given, self.type))
            return bool(one & other)
        return "COMBO" in (given, self.type)  # one of them tells no list, so they may agree

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
        outputs: The type of each output, a list of values for one that gives a choice; None when
            the server does not tell.
        is_output: Whether it saves or shows something; true when the server does not tell.
    """

    inputs: Mapping[str, InputDeclaration]
    required: frozenset[str]
    outputs: tuple[Any, ...] | None
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
            tuple(entry["output"]) if isinstance(entry.get("output"), list) else None,
            bool(entry.get("output_node", True)),
        )


def _number(value: object, default: float) -> float:
    return value if isinstance(value, int | float) else default
