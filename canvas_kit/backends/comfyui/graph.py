"""A workflow as ComfyUI's API takes it, read from a file with care, and ways to walk through it.

The API form maps a node's id to ``{class_type, inputs}``; an input is a value, or a link written as
``[node id, output index]``. (The editor's own form, with lists of nodes and links, is another one:
it leaves out the names of inputs, so that no graph can be made of it without the server's help.)
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
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
class NodeLink:
    """An output that an input takes: a node and the position among its outputs, from 0."""

    node_id: str
    slot: int

    @classmethod
    def parse(cls, value: object) -> NodeLink | None:
        """``value`` as a link, when it has the form of one."""
        match value:
            case [str(node_id), int(slot)]:
                return cls(node_id, slot)
        return None


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

    @property
    def label(self) -> str:
        """The node as messages show it: id, class, and the title if it has one of its own."""
        own = f" {self.title!r}" if self.title and self.title != self.class_type else ""
        return f"node {self.node_id} ({self.class_type}{own})"

    def link(self, name: str) -> NodeLink | None:
        """What the input ``name`` takes, if it is linked."""
        return NodeLink.parse(self.inputs.get(name))

    def links(self) -> Iterator[tuple[str, NodeLink]]:
        """The linked inputs by name, in the order of the file."""
        for name, value in self.inputs.items():
            if link := NodeLink.parse(value):
                yield name, link


@dataclass(frozen=True)
class Graph:
    """A workflow: its nodes, and who takes what from whom.

    Attributes:
        nodes: By id, in the order of the file.
        document: The same as it stands in the file, for sending.
    """

    nodes: Mapping[str, GraphNode]
    document: Mapping[str, Any] = field(repr=False)

    def get(self, link: NodeLink | None) -> GraphNode | None:
        """The node at the other end of ``link``, if there is one."""
        return self.nodes.get(link.node_id) if link else None

    def label(self, node_id: str) -> str:
        """A node as messages show it, also one that the workflow does not have."""
        return node.label if (node := self.nodes.get(node_id)) else f"node {node_id}"

    @cached_property
    def consumed(self) -> frozenset[str]:
        """Ids of the nodes that another node takes something from."""
        return frozenset(link.node_id for node in self.nodes.values() for _, link in node.links())

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
            for name, link in node.links():
                source = self.get(link)
                if source and source.node_id not in seen and follow(node, name):
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
            f"The input {name!r} of {node.label} takes something from node {link.node_id}, which "
            "is not in the file."
            for node in self.nodes.values()
            for name, link in node.links()
            if link.node_id not in self.nodes
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
    nodes = {}
    for node_id, value in document.items():
        kind: object = None
        inputs: object = None
        title: object = ""
        if isinstance(value, dict):
            kind = value.get("class_type")
            inputs = value.get("inputs", {} if kind else None)
            meta = value.get("_meta")
            title = meta.get("title", "") if isinstance(meta, dict) else ""
        if kind is None and inputs is not None:
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
        if _deeper_than(inputs, MAX_DEPTH):
            refuse(f"nests the inputs of node {shorten(node_id)} too deeply.")
        nodes[node_id] = GraphNode(node_id, kind, inputs, title if isinstance(title, str) else "")
    return Graph(nodes, document)


def _deeper_than(value: object, levels: int) -> bool:
    children = value.values() if isinstance(value, dict) else value
    return levels == 0 or (
        isinstance(children, Iterable)
        and not isinstance(children, str)
        and any(_deeper_than(child, levels - 1) for child in children)
    )


def _refuse_constant(text: str) -> object:
    raise ValueError(f"{text} is not a JSON value")
