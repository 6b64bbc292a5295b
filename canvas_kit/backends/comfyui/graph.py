"""A workflow as ComfyUI's API takes it, read from a file with care, and ways to walk through it.

The API form maps a node's id to ``{class_type, inputs}``; an input is a value, or a link written as
``[node id, output index]``. (The editor's own form, with lists of nodes and links, is another one:
it leaves out the names of inputs, so that no graph can be made of it without the server's help.)
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

from canvas_kit.errors import SettingsError, shorten

MAX_FILE_BYTES = 16 * 2**20
MAX_NODES = 2000
MAX_DEPTH = 64

EXPORT_HINT = (
    "Export it once more in ComfyUI with 'Workflow > Export (API)'. Older versions show 'Save (API "
    "Format)' after 'Enable Dev mode Options' is switched on in the settings."
)


class WorkflowError(SettingsError):
    """A workflow file, or the bindings beside it, that cannot be used as it stands."""


@dataclass(frozen=True, slots=True)
class NodeInput:
    """An input of a node."""

    node_id: str
    input: str


@dataclass(frozen=True, slots=True)
class GraphNode:
    """One node of a workflow."""

    node_id: str
    class_type: str
    inputs: Mapping[str, Any]
    title: str = ""

    def __str__(self) -> str:
        return f"{self.class_type} {self.node_id}"

    def document(self) -> dict[str, Any]:
        """The node as it is sent; its inputs may be changed."""
        meta = {"_meta": {"title": self.title}} if self.title else {}
        return {"class_type": self.class_type, "inputs": {**self.inputs}, **meta}

    @property
    def label(self) -> str:
        """The node as messages show it: id, class, and the title if it has one of its own."""
        own = f" {self.title!r}" if self.title and self.title != self.class_type else ""
        return f"node {self.node_id} ({self.class_type}{own})"

    def source(self, name: str) -> str | None:
        """The id of the node that the input ``name`` takes something from, if it is linked."""
        match self.inputs.get(name):
            case [str(node_id), int()]:
                return node_id
        return None

    def sources(self) -> dict[str, str]:
        """The id of the node at the other end, by linked input, in the order of the file."""
        return {name: source for name in self.inputs if (source := self.source(name)) is not None}


@dataclass(frozen=True)
class Graph:
    """A workflow: its nodes by id, in the order of the file, and who takes what from whom."""

    nodes: Mapping[str, GraphNode]

    def source(self, node: GraphNode, name: str) -> GraphNode | None:
        """The node that an input of ``node`` takes something from, if there is one."""
        return self.nodes.get(node.source(name) or "")

    def sources(self, node: GraphNode) -> dict[str, GraphNode]:
        """The nodes that ``node`` takes something from, by input, in the order of the file."""
        found = {name: self.nodes.get(source) for name, source in node.sources().items()}
        return {name: source for name, source in found.items() if source}

    def label(self, node_id: str) -> str:
        """A node as messages show it, also one that the workflow does not have."""
        return node.label if (node := self.nodes.get(node_id)) else f"node {node_id}"

    @cached_property
    def consumed(self) -> frozenset[str]:
        """Ids of the nodes that another node takes something from."""
        return frozenset(key for node in self.nodes.values() for key in node.sources().values())

    def upstream(
        self, start: str, follow: Callable[[GraphNode, str], bool] = lambda node, name: True
    ) -> Iterator[GraphNode]:
        """The nodes that ``start`` depends on, nearest first, without ``start``.

        Args:
            start: A node's id.
            follow: Tells whether to go on through this linked input of this node.
        """
        seen = {start}
        waiting = deque([start])
        while waiting:
            node = self.nodes[waiting.popleft()]
            for name, source in self.sources(node).items():
                if source.node_id not in seen and follow(node, name):
                    seen.add(source.node_id)
                    waiting.append(source.node_id)
                    yield source

    def above(self, starts: Iterable[GraphNode]) -> Iterator[GraphNode]:
        """Each of ``starts`` and, after it, the nodes that it depends on, nearest first."""
        for start in starts:
            yield start
            yield from self.upstream(start.node_id)

    def dangling(self) -> list[str]:
        """A sentence for every link that leads nowhere."""
        return [
            f"The input {name!r} of {node.label} takes something from node {source}, which is not "
            "in the file."
            for node in self.nodes.values()
            for name, source in node.sources().items()
            if source not in self.nodes
        ]


def read_file(path: Path) -> bytes:
    """The bytes of a workflow file.

    Raises:
        WorkflowError: When it cannot be read or is too large to be a workflow.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise WorkflowError(f"The workflow {path} cannot be read: {error.strerror}.") from None
    if len(data) > MAX_FILE_BYTES:
        raise WorkflowError(
            f"The workflow {path} is larger than {MAX_FILE_BYTES // 2**20} MiB, which no workflow "
            "is. Give the file that ComfyUI exported."
        )
    return data


def parse(data: bytes, *, name: str) -> Graph:
    """The workflow in ``data``.

    Args:
        data: A JSON file in the API form, or a request body that holds one under ``"prompt"``.
        name: What to call it in messages.

    Raises:
        WorkflowError: When it is no workflow, or one in the editor's form; says what to do.
    """

    def refuse(what: str) -> NoReturn:
        raise WorkflowError(f"{name} {what} {EXPORT_HINT}") from None

    try:
        document = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        refuse("is not a text file in UTF-8.")
    except RecursionError:
        refuse("is nested too deeply to be a workflow.")
    except ValueError as error:
        refuse(f"is not valid JSON: {error}.")
    if isinstance(document, dict) and isinstance(document.get("nodes"), list):
        refuse("is a workflow in the editor's format; the API cannot run that.")
    if isinstance(document, dict) and isinstance(document.get("prompt"), dict):
        document = document["prompt"]
    if not isinstance(document, dict) or not document:
        refuse(
            f"should be a JSON object that maps node ids to nodes, but it is {shorten(document)}."
        )
    if len(document) > MAX_NODES:
        raise WorkflowError(f"{name} has {len(document)} nodes; at most {MAX_NODES} are read.")
    if _deeper_than(document, MAX_DEPTH):
        refuse("nests the inputs of a node too deeply.")
    nodes = {}
    for node_id, value in document.items():
        entry = value if isinstance(value, dict) else {}
        kind, inputs, meta = entry.get("class_type"), entry.get("inputs", {}), entry.get("_meta")
        if kind is None and "inputs" in entry:
            raise WorkflowError(
                f"{name}: the node {shorten(node_id)} has no class_type, as when the editor that "
                "exported it lacks the node's add-on. Install it there (ComfyUI Manager: 'Install "
                "Missing Custom Nodes') and export the workflow once more."
            )
        if not isinstance(kind, str) or not kind:
            refuse(
                f"is not a workflow in ComfyUI's API format: its entry {shorten(node_id)} should "
                f"be a node with a class_type, but is {shorten(value)}."
            )
        if not isinstance(inputs, dict):
            refuse(
                f"cannot be used: the inputs of node {shorten(node_id)} should be an object, but "
                f"are {shorten(inputs)}."
            )
        title = meta.get("title") if isinstance(meta, dict) else None
        node = GraphNode(node_id, kind, inputs, title if isinstance(title, str) else "")
        nodes[node_id] = _with_stored_files(node)
    return Graph(nodes)


def _with_stored_files(node: GraphNode) -> GraphNode:
    """A node that stores its pictures, in the place of one that sends them over the websocket.

    Those could not be fetched again, nor told from previews.
    """
    linked = list(node.sources())
    if "websocket" not in node.class_type.lower() or len(linked) != 1:
        return node
    inputs = {"images": node.inputs[linked[0]], "filename_prefix": "canvas_kit"}
    return GraphNode(node.node_id, "SaveImage", inputs, node.title or node.class_type)


def _deeper_than(value: object, levels: int) -> bool:
    children = value.values() if isinstance(value, dict) else value
    return levels == 0 or (
        isinstance(children, Iterable)
        and not isinstance(children, str)
        and any(_deeper_than(child, levels - 1) for child in children)
    )


def _refuse_constant(text: str) -> object:
    raise ValueError(f"{text} is not a JSON value")
