"""ComfyUI's complaints in a person's words.

The server's own headline ("Prompt outputs failed validation") says nothing; the useful part lies in
``node_errors``, by node and input. Shapes as in ComfyUI 0.3.64.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from canvas_kit.backends.comfyui.graph import Graph
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


def is_model_file(value: object) -> bool:
    """Whether ``value`` names a file with weights."""
    return isinstance(value, str) and value.lower().endswith(_MODEL_SUFFIXES)


def missing_node(class_type: str, label: str) -> str:
    """What to say when the server lacks the class of a node."""
    return (
        f"The server has no node class {class_type!r}, which {label} needs. Install the add-on "
        "that brings it (ComfyUI Manager: 'Install Missing Custom Nodes') and restart the server."
    )


def not_among(value: object, allowed: list[str], *, input_name: str, label: str) -> str:
    """What to say when a value is not one of those that an input takes."""
    text = str(value)
    slashed = {name.replace("\\", "/"): name for name in allowed}
    if (twin := slashed.get(text.replace("\\", "/"))) is not None:
        hint = f" The server writes it {twin!r}: change it in the workflow."
    elif close := nearest(text, allowed):
        hint = f" Did you mean {' or '.join(map(repr, close))}?"
    elif not allowed:
        hint = ""
    else:
        shown = ", ".join(allowed[:8]) + (", …" if len(allowed) > 8 else "")
        hint = f" It has: {shown}."
    if is_model_file(value):
        return (
            f"The server has no file {text!r} for {input_name!r} of {label}.{hint} Put the file "
            "into the server's models folder, or choose another in the workflow."
        )
    return f"The input {input_name!r} of {label} cannot be {shorten(value)}.{hint}"


def node_complaints(node_errors: object, graph: Graph) -> list[str]:
    """A sentence for each thing that the server finds wrong with a node."""
    sentences: list[str] = []
    for node_id, entry in (node_errors if isinstance(node_errors, Mapping) else {}).items():
        errors = entry.get("errors") if isinstance(entry, Mapping) else None
        node = graph.nodes.get(str(node_id))
        label = node.label if node else f"node {node_id}"
        listed = errors if isinstance(errors, list) else []
        sentences += [_complaint(error, label) for error in listed if isinstance(error, Mapping)]
    return list(dict.fromkeys(sentences))


def refusal(document: object, graph: Graph, *, backend: str) -> BackendError:
    """The error that a refused submission (status 400) means."""
    body = document if isinstance(document, Mapping) else {}
    sentences = node_complaints(body.get("node_errors"), graph)
    details = {"error": body.get("error"), "node_errors": _bare(body.get("node_errors"))}
    if not sentences:
        sentences = [_headline(body.get("error"), graph)]
    text = f"{backend} refused the workflow. " + " ".join(sentences)
    kind = ModelNotFound if _only_missing_models(body.get("node_errors")) else BackendRejected
    return kind(text, backend=backend, details=details)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run ended without success.

    Attributes:
        interrupted: True when somebody stopped it.
        node: The node concerned, for people; empty if the server does not tell.
        kind: The exception's class on the server.
        message: Its text.
    """

    interrupted: bool = False
    node: str = ""
    kind: str = ""
    message: str = ""

    def __str__(self) -> str:
        if self.interrupted:
            return f"Somebody stopped it on the server{f' at {self.node}' if self.node else ''}."
        where = self.node[:1].upper() + self.node[1:] if self.node else "It"
        reason = ": ".join(filter(None, (self.kind, self.message))) or "the server does not say why"
        return f"{where} failed on the server: {reason}"

    def as_error(self, backend: str) -> BackendError:
        """The error to raise when nothing came of the run."""
        details: dict[str, object] = {"exception": self.kind, "message": self.message}
        text = f"{backend} made nothing. {self}"
        if self.interrupted:
            return BackendUnavailable(text, backend=backend, details=details)
        if any(mark in self.kind or mark in self.message for mark in _OUT_OF_MEMORY):
            return BackendUnavailable(
                f"{text} The server ran out of memory: make the picture smaller or fewer at once, "
                "or free memory there.",
                backend=backend,
                details=details,
            )
        return BackendRejected(text, backend=backend, details=details)


def failure_from(event: str, data: Mapping[str, Any], graph: Graph) -> Failure:
    """The failure that an ``execution_error`` or ``execution_interrupted`` message tells."""
    node = graph.nodes.get(str(data.get("node_id", "")))
    label = node.label if node else ""
    if not label and data.get("node_type"):
        label = f"node {data.get('node_id')} ({data['node_type']})"
    if event == "execution_interrupted":
        return Failure(True, label)
    message = " ".join(str(data.get("exception_message", "")).split())
    return Failure(False, label, str(data.get("exception_type", "")), message[:1000])


def _complaint(error: Mapping[str, Any], label: str) -> str:
    extra = error.get("extra_info")
    extra = extra if isinstance(extra, Mapping) else {}
    name = str(extra.get("input_name", ""))
    message = str(error.get("message", "")).strip()
    match error.get("type"):
        case "required_input_missing":
            missing = name or error.get("details", "an input")
            return f"{label} lacks its input {missing!r}."
        case "value_not_in_list":
            return not_among(
                extra.get("received_value"), _allowed(extra), input_name=name, label=label
            )
        case "value_smaller_than_min" | "value_bigger_than_max":
            return f"The input {name!r} of {label} is out of range: {message}."
        case "return_type_mismatch" | "bad_linked_input":
            return f"The input {name!r} of {label} is linked wrongly: {error.get('details', '')}."
    details = str(error.get("details", "")).strip()
    what = f"The input {name!r} of {label}" if name else label
    return f"{what}: {message}{f' ({details})' if details else ''}."


def _allowed(extra: Mapping[str, Any]) -> list[str]:
    """The values that an input takes, as far as the server lists them (it stops at 20)."""
    config = extra.get("input_config")
    return choices(config) or []


def choices(config: object) -> list[str] | None:
    """The values of an input that offers a list, by its declaration in ``/object_info``."""
    if not isinstance(config, list) or not config:
        return None
    listed = config[0]
    if listed == "COMBO" and len(config) > 1 and isinstance(config[1], Mapping):
        listed = config[1].get("options")
    return [str(value) for value in listed] if isinstance(listed, list) else None


def _only_missing_models(node_errors: object) -> bool:
    errors = [
        error
        for entry in (node_errors.values() if isinstance(node_errors, Mapping) else ())
        if isinstance(entry, Mapping)
        for error in entry.get("errors") or ()
    ]
    return bool(errors) and all(
        isinstance(error, Mapping)
        and error.get("type") == "value_not_in_list"
        and is_model_file((error.get("extra_info") or {}).get("received_value"))
        for error in errors
    )


def _headline(error: object, graph: Graph) -> str:
    if not isinstance(error, Mapping):
        return f"It says: {shorten(error)}." if error else "It does not say why."
    message = str(error.get("message", "")).strip()
    details = str(error.get("details", "")).strip()
    if "does not exist" in message:
        for node in graph.nodes.values():
            if f"#{node.node_id}'" in details or f" {node.class_type} " in message:
                return missing_node(node.class_type, node.label)
    if error.get("type") == "prompt_no_outputs":
        return "It has no node that saves or shows anything: add a 'Save Image' node."
    return f"It says: {message}{f' ({details})' if details else ''}."


def _bare(node_errors: object) -> object:
    """``node_errors`` without the server's tracebacks and declarations."""
    if isinstance(node_errors, Mapping):
        return {
            str(key): _bare(value)
            for key, value in node_errors.items()
            if key not in ("traceback", "input_config")
        }
    if isinstance(node_errors, list):
        return [_bare(value) for value in node_errors]
    return node_errors
