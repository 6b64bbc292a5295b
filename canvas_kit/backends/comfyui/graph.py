"""A workflow as ComfyUI's API takes it, read from a file with care, and ways to walk through it.

The API form maps a node's id to ``{class_type, inputs}``; an input is a value, or a link written as
``[node id, output index]``. (The editor's own form, with lists of nodes and links, is another one:
it leaves out the names of inputs, so that no graph can be made of it without the server's help.)
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from canvas_kit.errors import SettingsError, shorten

MAX_FILE_BYTES = 16 * 2**20
MAX_NODES = 2000
MAX_DEPTH = 64

EXPORT_HINT = (
    "Export it once more in ComfyUI with 'Workflow > Export (API)'. Older versions show 'Save (API "
    "Format)' after 'Enable Dev mode Options' is switched on in the settings."
)


class FlowError(SettingsError):
    """A workflow file, or the bindings beside it, that cannot be used as it stands."""


@dataclass(frozen=True, slots=True)
class Link:
    """An output that an input takes: a node and the position among its outputs, from 0."""

    node_id: str
    slot: int


@dataclass(frozen=True, slots=True)
class Place:
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
        """The node for people: id, class, and the title if somebody gave it one."""
        own = f" {self.title!r}" if self.title and self.title != self.class_type else ""
        return f"node {self.node_id} ({self.class_type}{own})"

    def link(self, name: str) -> Link | None:
        """What the input ``name`` takes, if it is linked."""
        return as_link(self.inputs.get(name))

    def links(self) -> Iterator[tuple[str, Link]]:
        """The linked inputs by name, in the order of the file."""
        for name, value in self.inputs.items():
            if (link := as_link(value)) is not None:
                yield name, link


def as_link(value: object) -> Link | None:
    """``value`` as a link, when it has the form of one."""
    if (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], int)
    ):
        return Link(value[0], value[1])
    return None


@dataclass(frozen=True)
class Graph:
    """A workflow: its nodes, and who takes what from whom.

    Attributes:
        nodes: By id, in the order of the file.
        document: The same as it stands in the file, for sending.
    """

    nodes: Mapping[str, GraphNode]
    document: Mapping[str, Any] = field(repr=False)

    def get(self, link: Link | None) -> GraphNode | None:
        """The node at the other end of ``link``, if there is one."""
        return self.nodes.get(link.node_id) if link else None

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
        line = deque([start])
        while line:
            node = self.nodes[line.popleft()]
            for name, link in node.links():
                source = self.get(link)
                if source and source.node_id not in seen and follow(node, name):
                    seen.add(source.node_id)
                    line.append(source.node_id)
                    yield source

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
        FlowError: When it cannot be read or is too large to be a workflow.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise FlowError(f"The workflow {path} cannot be read: {error.strerror}.") from None
    if len(data) > MAX_FILE_BYTES:
        raise FlowError(
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
        FlowError: When it is no workflow, or one in the editor's form; says what to do.
    """
    try:
        document = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise FlowError(f"{name} is not a text file in UTF-8. {EXPORT_HINT}") from None
    except RecursionError:
        raise FlowError(f"{name} is nested too deeply to be a workflow.") from None
    except ValueError as error:
        raise FlowError(f"{name} is not valid JSON: {error}. {EXPORT_HINT}") from None
    if isinstance(document, dict) and isinstance(document.get("nodes"), list):
        raise FlowError(
            f"{name} is a workflow in the editor's format; the API cannot run that. {EXPORT_HINT}"
        )
    if isinstance(document, dict) and isinstance(document.get("prompt"), dict):
        document = document["prompt"]
    if not isinstance(document, dict) or not document:
        raise FlowError(
            f"{name} should be a JSON object that maps node ids to nodes, but it is "
            f"{shorten(document)}. {EXPORT_HINT}"
        )
    if len(document) > MAX_NODES:
        raise FlowError(f"{name} has {len(document)} nodes; at most {MAX_NODES} are read.")
    nodes = {node_id: _node(node_id, value, name) for node_id, value in document.items()}
    return Graph(nodes, document)


def _node(node_id: str, value: object, name: str) -> GraphNode:
    kind = value.get("class_type") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(kind, str) or not kind:
        raise FlowError(
            f"{name} is not a workflow in ComfyUI's API format: its entry {shorten(node_id)} "
            f"should be a node with a class_type, but is {shorten(value)}. {EXPORT_HINT}"
        )
    inputs = value.get("inputs", {})
    if not isinstance(inputs, dict):
        raise FlowError(
            f"{name}: the inputs of node {shorten(node_id)} should be an object, but are "
            f"{shorten(inputs)}. {EXPORT_HINT}"
        )
    if _depth(inputs) > MAX_DEPTH:
        raise FlowError(f"{name}: the inputs of node {shorten(node_id)} are nested too deeply.")
    meta = value.get("_meta")
    title = meta.get("title", "") if isinstance(meta, dict) else ""
    return GraphNode(node_id, kind, inputs, title if isinstance(title, str) else "")


def _depth(value: object) -> int:
    deepest = 0
    line: list[tuple[object, int]] = [(value, 1)]
    while line:
        item, depth = line.pop()
        deepest = max(deepest, depth)
        if depth > MAX_DEPTH:
            break
        if isinstance(item, dict):
            line.extend((entry, depth + 1) for entry in item.values())
        elif isinstance(item, list):
            line.extend((entry, depth + 1) for entry in item)
    return deepest


def _refuse_constant(text: str) -> object:
    raise ValueError(f"{text} is not a JSON value")
