"""The bindings found so far, and how to look up where a number or a text is written."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeGuard

from canvas_kit.backends.comfyui.graph import Graph, GraphNode, NodeInput
from canvas_kit.backends.comfyui.workflow import Binding, Bindings, Parameter
from canvas_kit.errors import shorten

_STRINGS = re.compile(
    r"(value|string|text|str|prompt|positive|user_prompt|input|source|any|anything|content)"
    r"([ _]?[a-z0-9]{1,2})?",
    re.IGNORECASE,
)
"""Inputs through which nodes that join, trim or pass on strings take them."""

_NUMBERS = (
    "value", "number", "int", "integer", "float", "int_value", "float_value", "seed", "noise_seed",
    "a",
)  # fmt: skip
_BUNDLES = re.compile(r"(base_)?(ctx|context|pipe)(_\d+)?", re.IGNORECASE)
"""Inputs through which many things come at once."""

_SWITCHED = re.compile(r"any_?\d+", re.IGNORECASE)
"""Inputs of a switch that gives on the first that is there; what is muted is not exported."""

_SHOWS = re.compile(r"show|display|preview", re.IGNORECASE)
"""Nodes that pass on what is linked; the texts in their exports are what they showed last."""

_PROMPT_WORDS = re.compile(r"prompt|positive|user|subject", re.IGNORECASE)
_AROUND = re.compile(r"style|prefix|suffix|quality|trigger|extra|lora|delimiter", re.IGNORECASE)
"""Titles of nodes whose text stands around the subject."""

_STYLE = re.compile(
    r"^\W*$|^\s*[,;]|[,;]\s*$|\b(style|masterpiece|quality|detailed|details|lighting|photorealistic"
    r"|realistic|artstation|render|bokeh|sharp focus|[48]k|u?hd)\b",
    re.IGNORECASE,
)
"""Texts that are made to be joined to another, or that say how something looks."""


@dataclass
class FoundBindings:
    """The places and notes collected for one graph."""

    graph: Graph
    takes: Callable[[GraphNode, str], bool] = lambda node, name: True
    notes: list[str] = field(default_factory=list)
    _found: dict[Parameter, list[Binding]] = field(default_factory=lambda: defaultdict(list))

    def all(self) -> Bindings:
        """Everything found, in the order of :class:`Parameter`."""
        return {part: tuple(self._found[part]) for part in Parameter if self._found[part]}

    def places(self, parameter: Parameter) -> list[NodeInput]:
        """The places found so far."""
        return [binding.place for binding in self._found[parameter]]

    def is_bound(self, place: NodeInput) -> bool:
        """Whether any parameter goes there already."""
        return any(place == known.place for found in self._found.values() for known in found)

    def bind(
        self, parameter: Parameter, place: NodeInput, found: str, share: float | None = None
    ) -> None:
        """Add a place, unless it is taken."""
        if not self.is_bound(place):
            self._found[parameter].append(Binding(place.node_id, place.input, found, share))

    def bind_number(self, parameter: Parameter, node: GraphNode, name: str, found: str) -> None:
        """Bind a number where it is written; a link that leads to no plain number is replaced."""
        place = self.number_place(node, name)
        if place is None:
            place = NodeInput(node.node_id, name)
        elif place.node_id != node.node_id:
            found = f"{found} <- {self.graph.nodes[place.node_id]}"
        self.bind(parameter, place, found)

    def note(self, sentence: str) -> None:
        """Add a sentence for the user, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def text_at(self, place: NodeInput) -> str:
        """The text written at ``place`` in the file."""
        return str(self.graph.nodes[place.node_id].inputs.get(place.input, ""))

    def number_at(self, place: NodeInput) -> float:
        """The number written at ``place`` in the file; 0 if it is none."""
        value = self.graph.nodes[place.node_id].inputs.get(place.input)
        return value if is_number(value) else 0

    def number_place(self, node: GraphNode, name: str) -> NodeInput | None:
        """Where the number of an input is written: there, or in a node that it is linked to."""
        return self._number(node, name, set())

    def text_place(
        self, node: GraphNode, name: str, *, replace_link: bool = False
    ) -> NodeInput | None:
        """Where the text of an input is written: there, or in a node that it is joined from.

        None when the input is no text and leads to none, unless such a link may be replaced.
        """
        if isinstance(node.inputs.get(name), str):
            return NodeInput(node.node_id, name) if self.takes(node, name) else None
        source = self.graph.source(node, name)
        pieces = list(self._strings(source, set()))
        pieces = [place for place in pieces if self.text_at(place).strip()] or pieces[:1]
        if len(pieces) > 1:
            pieces.sort(key=self._likely_prompt, reverse=True)  # of equals, the first stays first
            prompt, *others = (shorten(self.text_at(place), 40) for place in pieces)
            self.note(
                f"The text of {node.label} is joined from {len(pieces)} pieces. The prompt takes "
                f"the place of {prompt} in node {pieces[0].node_id}; these stay: "
                f"{', '.join(others)}."
            )
        if not pieces and source and replace_link and self.takes(node, name):
            self.note(
                f"The text of {node.label} comes from {source.label}, in which none was found: a "
                "text of the canvas takes the place of that link."
            )
            return NodeInput(node.node_id, name)
        return pieces[0] if pieces else None

    def _number(
        self, node: GraphNode, name: str, seen: set[str], bundled: str = ""
    ) -> NodeInput | None:
        """Follow ``name`` to a number; through a bundle, in which it is called ``bundled``."""
        if is_number(node.inputs.get(name)) and self.takes(node, name):
            return NodeInput(node.node_id, name)
        source = self.graph.source(node, name)
        if source is None or source.node_id in seen:
            return None
        seen.add(source.node_id)
        wanted = bundled or name
        bundles = [link for link in source.sources() if _BUNDLES.fullmatch(link)]
        others = bundles if bundles or bundled else (*_NUMBERS, *_switched(source))
        for candidate in (wanted, *others):
            inside = wanted if candidate in bundles else ""
            if place := self._number(source, candidate, seen, inside):
                return place
        return None

    def _strings(self, node: GraphNode | None, seen: set[str]) -> Iterator[NodeInput]:
        if node is None or node.node_id in seen:
            return
        seen.add(node.node_id)
        shows = _SHOWS.search(node.class_type) and node.sources()
        switched = _switched(node)
        for name in switched or node.inputs:
            value = node.inputs[name]
            if switched or _STRINGS.fullmatch(name):
                if not isinstance(value, str):
                    yield from self._strings(self.graph.source(node, name), seen)
                elif not shows and self.takes(node, name):
                    yield NodeInput(node.node_id, name)

    def _likely_prompt(self, place: NodeInput) -> tuple[bool, bool, bool, bool]:
        """Sorts the pieces of a joined text: named a prompt, no style, alone in its node."""
        node = self.graph.nodes[place.node_id]
        alone = sum(isinstance(value, str) for value in node.inputs.values()) == 1
        named = _PROMPT_WORDS.search(node.title) is not None
        around = _AROUND.search(node.title) is not None
        return named, not around, not _STYLE.search(self.text_at(place)), alone


def _switched(node: GraphNode) -> list[str]:
    return [name for name in node.inputs if _SWITCHED.fullmatch(name)][:1]


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether ``value`` is an int or float, and no bool."""
    return isinstance(value, int | float) and not isinstance(value, bool)
