"""What tracing has found so far, and how it looks up where a number or a text is written."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from canvas_kit.backends.comfyui.flow import Binding, Bindings, Parameter
from canvas_kit.backends.comfyui.graph import Graph, GraphNode, Link, Place
from canvas_kit.errors import shorten

_STRINGS = re.compile(
    r"(value|string|text|str|prompt|positive|user_prompt|input|source|any|anything|content)"
    r"([ _]?[a-z0-9])?",
    re.IGNORECASE,
)
"""Inputs through which nodes that join, trim or pass on strings take them."""

_NUMBERS = (
    "value", "number", "int", "integer", "float", "int_value", "float_value", "seed", "noise_seed",
    "a",
)  # fmt: skip
_PROMPT_WORDS = re.compile(r"prompt|positive|user|subject", re.IGNORECASE)


@dataclass
class Finds:
    """The places and notes collected for one graph."""

    graph: Graph
    notes: list[str] = field(default_factory=list)
    _found: dict[Parameter, list[Binding]] = field(default_factory=lambda: defaultdict(list))

    def bindings(self) -> Bindings:
        """Everything found, in the order of :class:`Parameter`."""
        return {part: tuple(self._found[part]) for part in Parameter if self._found[part]}

    def bound(self, parameter: Parameter) -> list[Place]:
        """The places found so far."""
        return [binding.place for binding in self._found[parameter]]

    def is_bound(self, place: Place) -> bool:
        """Whether any parameter goes there already."""
        return any(place == known.place for known in self._all())

    def bind(
        self, parameter: Parameter, place: Place, found: str, share: float | None = None
    ) -> None:
        """Add a place, unless it is taken."""
        if not self.is_bound(place):
            self._found[parameter].append(Binding(place.node_id, place.input, found, share))

    def note(self, sentence: str) -> None:
        """Add a sentence for people, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def number(self, parameter: Parameter, node: GraphNode, name: str, found: str) -> None:
        """Bind a number where it is written; a link that leads to no plain number is replaced."""
        place = self._number(node, name, set())
        if place is None:
            place = Place(node.node_id, name)
            if source := self.graph.get(node.link(name)):
                found = f"{found}; in the place of what {source} gives"
        elif place.node_id != node.node_id:
            found = f"{found} <- {self.graph.nodes[place.node_id]}"
        self.bind(parameter, place, found)

    def text_at(self, place: Place) -> str:
        """The text written at ``place`` in the file."""
        value = self.graph.nodes[place.node_id].inputs.get(place.input, "")
        return value if isinstance(value, str) else ""

    def leads_to_text(self, node: GraphNode, name: str) -> bool:
        """Whether the input is a text, or linked to one."""
        value = node.inputs.get(name)
        return isinstance(value, str) or any(True for _ in self._strings(node.link(name), set()))

    def text_place(self, node: GraphNode, name: str) -> Place:
        """Where the text of an input is written: there, or in a node that it is joined from."""
        leaves = sorted(
            self._strings(node.link(name), set()), key=self._likely_prompt, reverse=True
        )
        if len(leaves) > 1:
            self.note(
                f"The text of {node.label} is joined from {len(leaves)} pieces. The prompt takes "
                f"the place of {shorten(self.text_at(leaves[0]), 40)} in node "
                f"{leaves[0].node_id}; the rest stays."
            )
        return leaves[0] if leaves else Place(node.node_id, name)

    def _all(self) -> Iterator[Binding]:
        for bindings in self._found.values():
            yield from bindings

    def _number(self, node: GraphNode, name: str, seen: set[str]) -> Place | None:
        if is_number(node.inputs.get(name)):
            return Place(node.node_id, name)
        source = self.graph.get(node.link(name))
        if source is None or source.node_id in seen:
            return None
        seen.add(source.node_id)
        for candidate in (name, *_NUMBERS):
            if candidate in source.inputs and (found := self._number(source, candidate, seen)):
                return found
        return None

    def _strings(self, link: Link | None, seen: set[str]) -> Iterator[Place]:
        node = self.graph.get(link)
        if node is None or node.node_id in seen:
            return
        seen.add(node.node_id)
        for name, value in node.inputs.items():
            if _STRINGS.fullmatch(name):
                if isinstance(value, str):
                    yield Place(node.node_id, name)
                else:
                    yield from self._strings(node.link(name), seen)

    def _likely_prompt(self, place: Place) -> tuple[bool, bool, int]:
        """Sorts the pieces of a joined text: named a prompt, alone in its node, long."""
        node = self.graph.nodes[place.node_id]
        alone = sum(isinstance(value, str) for value in node.inputs.values()) == 1
        named = _PROMPT_WORDS.search(node.title) is not None
        return named, alone, len(self.text_at(place))


def is_number(value: object) -> bool:
    """Whether ``value`` is an int or float, and no bool."""
    return isinstance(value, int | float) and not isinstance(value, bool)
