"""An exported workflow together with the places where canvas-kit fills something in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from canvas_kit.backends.comfyui.graph import Graph, GraphNode, NodeInput
from canvas_kit.errors import BackendRejected, name_hint, shorten


class Parameter(StrEnum):
    """What can be filled in, by the names that the bindings file uses."""

    PROMPT = "prompt"
    NEGATIVE_PROMPT = "negative_prompt"
    LYRICS = "lyrics"
    SEED = "seed"
    STEPS = "steps"
    CFG = "cfg"
    WIDTH = "width"
    HEIGHT = "height"
    COUNT = "count"
    """How many pictures one run makes: the size of a batch."""
    INPUT_IMAGE = "input_image"
    OUTPUTS = "outputs"
    """Nodes whose files are the result; the input is their file name prefix, empty if none."""

    @property
    def label(self) -> str:
        """The name as messages show it: ``"negative prompt"``."""
        return self.value.replace("_", " ")


TEXTS = (Parameter.PROMPT, Parameter.NEGATIVE_PROMPT, Parameter.LYRICS)
"""The parameters that are texts, which a template may stand around."""

_NUMBERS: Mapping[Parameter, type[int] | type[float]] = {
    Parameter.SEED: int,
    Parameter.STEPS: int,
    Parameter.CFG: float,
    Parameter.WIDTH: int,
    Parameter.HEIGHT: int,
    Parameter.COUNT: int,
}


@dataclass(frozen=True, slots=True)
class Binding:
    """A place that a parameter is written to.

    Attributes:
        input: The node's input. Empty for an output node that takes no file name.
        found: How it was found, in a few words.
        share: For an input that is a part of the value, such as the step at which a refiner takes
            over: the value is multiplied by it.
        template: For a text, what stands around it: ``"trigger word, {prompt}"``.
    """

    node_id: str
    input: str
    found: str = ""
    share: float | None = None
    template: str = ""

    @property
    def place(self) -> NodeInput:
        """Node and input."""
        return NodeInput(self.node_id, self.input)


Bindings = Mapping[Parameter, tuple[Binding, ...]]


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow that can be asked for as a model.

    Attributes:
        name: Its name; the model is called ``comfyui/<name>``.
        graph: The workflow as exported.
        bindings: Where each parameter goes; a parameter without a place is missing.
        notes: What was not found, or left as it is, in sentences for the user.
        description: A few words by the user who added it.
    """

    name: str
    graph: Graph = field(repr=False)
    bindings: Bindings = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    description: str = ""

    def places(self, parameter: Parameter) -> tuple[Binding, ...]:
        """Where ``parameter`` goes, possibly nowhere."""
        return self.bindings.get(parameter, ())

    @property
    def output_nodes(self) -> tuple[GraphNode, ...]:
        """The nodes whose files are the result, in the order of the bindings."""
        return tuple(self.graph.nodes[b.node_id] for b in self.places(Parameter.OUTPUTS))

    def filled(
        self,
        values: Mapping[Parameter, Any],
        *,
        options: Mapping[str, Any] | None = None,
        file_prefix: str = "",
    ) -> tuple[dict[str, Any], list[str]]:
        """The workflow with ``values`` in their places, and what had no place, in sentences.

        Args:
            values: By parameter; None leaves what was exported.
            options: Further inputs as ``"node.input"``, where the node is an id, or a title or
                class that only one node has; without a node, an input that only one node has.
            file_prefix: Given to every saver, followed by the node's id, so that each one writes
                files of its own.

        Raises:
            BackendRejected: When an option names an input that is not there.
        """
        document = {key: node.document() for key, node in self.graph.nodes.items()}
        unplaced = []
        placed: list[tuple[NodeInput, Any]] = []
        for parameter, value in values.items():
            places = self.places(parameter) if value is not None else ()
            placed += [(binding.place, _converted(parameter, value, binding)) for binding in places]
            # The user would not miss an empty text or a count of one.
            nothing = value in (None, "", b"") or (parameter is Parameter.COUNT and value == 1)
            if not places and not nothing:
                shown = "" if isinstance(value, bytes) else f" {shorten(value, 40)}"
                unplaced.append(
                    f"The workflow {self.name!r} has no place for the {parameter.label}{shown}, so "
                    "it was not used."
                )
        for key, value in (options or {}).items():
            # TOML reads an unquoted 3.denoise as a table of node 3.
            whole = not isinstance(value, Mapping) or not (key and self._nodes_called(key))
            named = {key: value} if whole else {f"{key}.{name}": v for name, v in value.items()}
            placed += [(self._option(name), inner) for name, inner in named.items()]
        for binding in self.places(Parameter.OUTPUTS) if file_prefix else ():
            if binding.input:
                safe_id = binding.node_id.replace(":", "-")
                placed.append((binding.place, f"{file_prefix}_{safe_id}"))
        for place, value in placed:
            document[place.node_id]["inputs"][place.input] = value
        return document, unplaced

    def _nodes_called(self, name: str) -> list[GraphNode]:
        nodes = self.graph.nodes
        if name in nodes:
            return [nodes[name]]
        return [node for node in nodes.values() if name in ("", node.title, node.class_type)]

    def _option(self, key: str) -> NodeInput:
        name, _, input_name = key.rpartition(".")
        nodes = [node for node in self._nodes_called(name) if input_name in node.inputs]
        if len(nodes) == 1:
            return NodeInput(nodes[0].node_id, input_name)
        if nodes:
            ids = ", ".join(repr(f"{node.node_id}.{input_name}") for node in nodes[:8])
            hint = f"Several nodes could be meant; say which one: {ids}."
        else:
            every = self.graph.nodes.values()
            known = [f"{node.node_id}.{name}" for node in every for name in node.inputs]
            hint = f"Write it as 'node id.input'. {name_hint(key, known)}"
        raise BackendRejected(
            f"The option {key!r} names no input of the workflow {self.name!r}. {hint}"
        )

    def prompt_problem(self) -> str | None:
        """Why two different prompts would give the same results; None if they do not.

        A workflow may say that it takes no prompt, by an empty list of places.
        """
        if self.bindings.get(Parameter.PROMPT) == () or not self.output_nodes:
            return None
        one, other = (self.filled({Parameter.PROMPT: text})[0] for text in ("one", "other"))
        if any(
            one[node.node_id] != other[node.node_id] for node in self.graph.above(self.output_nodes)
        ):
            return None
        return (
            f"All prompts would give the same picture: in the workflow {self.name!r}, no place for "
            "the prompt leads to a result."
        )

    def summary(self) -> str:
        """What was found and what was not, for printing."""
        lines = [f"comfyui/{self.name}"]
        for parameter in Parameter:
            for index, binding in enumerate(self.places(parameter)):
                head = parameter.label if index == 0 else ""
                where = ".".join(filter(None, (binding.node_id, binding.input)))
                said = "; ".join(filter(None, (self._replaced(binding), binding.found)))
                lines.append(f"  {head:<16} {where:<22} {said}".rstrip())
        missing = [
            parameter.label
            for parameter in Parameter
            if parameter is not Parameter.LYRICS and not self.places(parameter)
        ]
        if missing:
            lines.append(f"  not found: {', '.join(missing)}")
        lines.extend(f"  note: {note}" for note in self.notes)
        return "\n".join(lines)

    def _replaced(self, binding: Binding) -> str:
        """What stands in the file where a value will be written."""
        if not binding.input:
            return ""
        node = self.graph.nodes[binding.node_id]
        if source := node.source(binding.input):
            return f"was a link to {self.graph.label(source)}"
        return f"was {shorten(node.inputs.get(binding.input), 40)}"


def _converted(parameter: Parameter, value: Any, binding: Binding) -> Any:
    if binding.share is not None:
        return round(value * binding.share)
    if binding.template:
        return binding.template.replace(f"{{{parameter}}}", str(value))
    return _NUMBERS.get(parameter, str)(value)
