"""ComfyUI's complaints in plain words.

The server's own headline ("Prompt outputs failed validation") says nothing; the useful part lies in
``node_errors``, by node and input. Shapes as in ComfyUI 0.3.64.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from canvas_kit.backends.comfyui.graph import Graph
from canvas_kit.backends.comfyui.lenient import as_dict, as_list, as_text
from canvas_kit.backends.comfyui.object_info import InputDeclaration
from canvas_kit.errors import (
    BackendError,
    BackendRejected,
    BackendUnavailable,
    ModelNotFound,
    nearest,
    shorten,
)

_MODEL_SUFFIXES = (
    ".safetensors", ".sft", ".ckpt", ".pt", ".pth", ".bin", ".gguf", ".onnx", ".pkl",
)  # fmt: skip
_OUT_OF_MEMORY = ("OutOfMemory", "CUDA out of memory", "not enough memory", "MemoryError")


def missing_node(class_type: str, label: str) -> str:
    """What to say when the server lacks the class of a node."""
    return (
        f"The server has no node class {class_type!r}, which {label} needs. Install the add-on "
        "that brings it (ComfyUI Manager: 'Install Missing Custom Nodes') and restart the server."
    )


def not_among(value: object, allowed: list[str], *, input_name: str, label: str) -> str:
    """What to say when a value is not one of those that an input takes."""
    text, hint = str(value), ""
    slashed = {name.replace("\\", "/"): name for name in allowed}
    if twin := slashed.get(text.replace("\\", "/")):
        hint = f" The server writes it {twin!r}: change it in the workflow."
    elif close := nearest(text, allowed):
        hint = f" Did you mean {' or '.join(map(repr, close))}?"
    elif allowed:
        hint = f" It has: {', '.join(allowed[:8])}{', …' if len(allowed) > 8 else ''}."
    if _is_model_file(value):
        return (
            f"The server has no file {text!r} for {input_name!r} of {label}.{hint} Put the file "
            "into the server's models folder, or choose another in the workflow."
        )
    return f"The input {input_name!r} of {label} cannot be {shorten(value)}.{hint}"


def node_complaints(node_errors: object, graph: Graph) -> list[str]:
    """A sentence for each thing that the server finds wrong with a node."""
    found = (_complaint(error, graph.label(node_id)) for node_id, error in _listed(node_errors))
    return list(dict.fromkeys(found))


def refusal(document: object, graph: Graph, *, backend: str) -> BackendError:
    """The error that a refused submission (status 400) means."""
    body = as_dict(document)
    errors = list(_listed(body.get("node_errors")))
    sentences = node_complaints(body.get("node_errors"), graph)
    models_only = errors and all(
        error.get("type") == "value_not_in_list"
        and _is_model_file(as_dict(error.get("extra_info")).get("received_value"))
        for _, error in errors
    )
    # Without extra_info: it holds tracebacks with the server's own folders, and long lists.
    told = [
        {"node": node_id, **{key: error.get(key) for key in ("type", "message", "details")}}
        for node_id, error in errors
    ]
    details: dict[str, object] = {"error": body.get("error"), "node_errors": told}
    text = " ".join(sentences or [_headline(body.get("error"), graph)])
    kind = ModelNotFound if models_only else BackendRejected
    return kind(f"{backend} refused the workflow. {text}", backend=backend, details=details)


@dataclass(frozen=True, slots=True)
class RunFailure:
    """Why a run ended without success.

    Attributes:
        interrupted: True when it was stopped on the server.
        node: The node concerned, as messages show it; empty if the server does not tell.
        exception: The exception's class on the server.
        message: Its text.
    """

    interrupted: bool = False
    node: str = ""
    exception: str = ""
    message: str = ""

    @classmethod
    def parse(cls, event: str, data: Mapping[str, Any], graph: Graph) -> RunFailure:
        """The failure that ``execution_error`` or ``execution_interrupted`` tells."""
        node_id = as_text(data.get("node_id"))
        label = graph.label(node_id) if node_id else ""
        if node_id not in graph.nodes and data.get("node_type"):
            label = f"node {node_id} ({data['node_type']})"
        if event == "execution_interrupted":
            return cls(True, label)
        message = " ".join(as_text(data.get("exception_message")).split())
        return cls(False, label, as_text(data.get("exception_type")), message[:1000])

    def __str__(self) -> str:
        if self.interrupted:
            where = f" at {self.node}" if self.node else ""
            return f"It was stopped on the server{where}, not from here."
        where = self.node[:1].upper() + self.node[1:] if self.node else "It"
        reason = ": ".join(filter(None, (self.exception, self.message)))
        return f"{where} failed on the server: {reason or 'the server does not say why'}"

    def as_error(self, backend: str) -> BackendError:
        """The error to raise when nothing came of the run."""
        text = f"{backend} made nothing. {self}"
        memory = any(mark in self.exception + self.message for mark in _OUT_OF_MEMORY)
        if memory:
            text += (
                " The server ran out of memory: make the picture smaller or fewer at once, or free "
                "memory there."
            )
        kind = BackendUnavailable if self.interrupted or memory else BackendRejected
        details: dict[str, object] = {"exception": self.exception, "message": self.message}
        return kind(text, backend=backend, details=details)


def _listed(node_errors: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for node_id, entry in as_dict(node_errors).items():
        for error in as_list(as_dict(entry).get("errors")):
            if isinstance(error, Mapping):
                yield str(node_id), error


def _complaint(error: Mapping[str, Any], label: str) -> str:
    extra = as_dict(error.get("extra_info"))
    name, message, details = (
        as_text(part)
        for part in (extra.get("input_name"), error.get("message"), error.get("details"))
    )
    match error.get("type"):
        case "required_input_missing":
            return f"{label} lacks its input {name or details or 'an input'!r}."
        case "value_not_in_list":  # the server lists at most 20 of the allowed values
            allowed = InputDeclaration.parse(extra.get("input_config")).choices or []
            return not_among(extra.get("received_value"), allowed, input_name=name, label=label)
        case "value_smaller_than_min" | "value_bigger_than_max":
            return f"The input {name!r} of {label} is out of range: {message}."
        case "return_type_mismatch" | "bad_linked_input":
            return f"The input {name!r} of {label} is linked wrongly: {details}."
    what = f"The input {name!r} of {label}" if name else label
    return f"{what}: {message}{f' ({details})' if details else ''}."


def _headline(error: object, graph: Graph) -> str:
    if not isinstance(error, Mapping):
        return f"It says: {shorten(error)}." if error else "It does not say why."
    message, details = as_text(error.get("message")), as_text(error.get("details"))
    if "does not exist" in message:
        for node in graph.nodes.values():
            if f"#{node.node_id}'" in details or f" {node.class_type} " in message:
                return missing_node(node.class_type, node.label)
    if error.get("type") == "prompt_no_outputs":
        return "It has no node that saves or shows anything: add a 'Save Image' node."
    return f"It says: {message}{f' ({details})' if details else ''}."


def _is_model_file(value: object) -> bool:
    return isinstance(value, str) and value.lower().endswith(_MODEL_SUFFIXES)
