"""Where added flows are kept, and how a person reads and corrects their bindings.

A flow is two files in one folder: ``<name>.json``, the workflow exactly as exported, and
``<name>.toml``, its bindings. Nothing else is needed, so a flow is
copied, versioned and mailed as it is.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from canvas_kit.backends.comfyui.flow import Binding, Flow, Parameter
from canvas_kit.backends.comfyui.graph import FlowError, Graph, parse, read_file
from canvas_kit.backends.comfyui.tracing import trace
from canvas_kit.errors import UnknownName, name_hint, shorten
from canvas_kit.settings import BackendSettings

DEFAULT_FOLDER = Path("canvas_kit_models/comfyui")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_HEADER = """\
# Where canvas-kit writes into {name}.json, the workflow beside this file.
# Found by following the graph; correct it by hand if it is wrong. Each entry names a node by its id
# and one of its inputs. Several entries of a kind all get the same value. Under [[outputs]] stand
# the nodes whose files are the result, and their input for the file name (empty if there is none).
"""
_HINTS = {
    Parameter.NEGATIVE_PROMPT: "what should not be in the picture",
    Parameter.INPUT_IMAGE: "the picture to start from",
    Parameter.COUNT: "how many pictures at once",
}


def flows_folder(options: BackendSettings) -> Path:
    """The folder of the flows: ``flows`` from the settings, else ``canvas_kit_models/comfyui``.

    A relative folder is beside the settings file, else in the working folder.

    Raises:
        FlowError: When the setting is no path.
    """
    chosen = (options.model_extra or {}).get("flows", DEFAULT_FOLDER)
    if not isinstance(chosen, str | Path) or not str(chosen):
        raise FlowError(f"The setting 'flows' should be a folder, but is {shorten(chosen)}.")
    return options.settings_folder / Path(chosen).expanduser()


def add_flow(path: Path, name: str, folder: Path, *, replace: bool = False) -> Flow:
    """Make an exported workflow usable as the model ``comfyui/<name>``.

    Args:
        path: The file that ComfyUI exported with 'Export (API)'.
        name: Letters, digits, dot, hyphen and underscore.
        folder: Where flows are kept; made if it is not there.
        replace: Take the place of a flow of that name, and of its bindings.

    Returns:
        The flow; :meth:`Flow.summary` says what was found and what was not.

    Raises:
        FlowError: When the file is no workflow in the API format (says what to do), the name
            cannot be used or is taken, or the folder cannot be written.
    """
    _check_name(name)
    data = read_file(path)
    graph = parse(data, name=str(path))
    bindings, notes = trace(graph)
    flow = Flow(name, graph, bindings, notes)
    taken = [file for file in _files(folder, name) if file.exists()]
    if taken and not replace:
        raise FlowError(
            f"There is already a flow {name!r} ({taken[0]}). Choose another name, or replace it."
        )
    workflow, described = _files(folder, name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(workflow, data)
        _write(described, to_toml(flow).encode("utf-8", "replace"))
    except OSError as error:
        raise FlowError(f"The flow cannot be kept in {folder}: {error.strerror}.") from None
    return flow


class FlowFolder:
    """The flows in one folder. Reads files when asked, so that a correction holds at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> list[str]:
        """The flows there are, sorted; none when the folder is not there."""
        try:
            files = sorted(self.path.glob("*.json"))
        except OSError:
            return []
        return [file.stem for file in files if _NAME.fullmatch(file.stem)]

    def load(self, name: str) -> Flow:
        """The flow called ``name``. Without a bindings file, the graph is followed anew.

        Raises:
            UnknownName: When there is none.
            FlowError: When its files cannot be used.
        """
        if name not in self.names():
            raise UnknownName("ComfyUI flow", name, self.names())
        workflow, described = _files(self.path, name)
        graph = parse(read_file(workflow), name=str(workflow))
        if not described.exists():
            return Flow(name, graph, *trace(graph))
        return from_toml(read_file(described), name=name, graph=graph, source=str(described))


def to_toml(flow: Flow) -> str:
    """The bindings of ``flow`` as the file that a person reads."""
    lines = [_HEADER.format(name=flow.name), f"description = {_quoted(flow.description)}"]
    for parameter in Parameter:
        for binding in flow.places(parameter):
            lines += ["", f"[[{parameter}]]", f"node = {_quoted(binding.node_id)}"]
            lines.append(f"input = {_quoted(binding.input)}")
            if binding.share is not None:
                lines.append(f"share = {binding.share}")
            if binding.found:
                lines.append(f"found = {_quoted(binding.found)}")
        if not flow.places(parameter) and parameter is not Parameter.LYRICS:
            hint = f" ({_HINTS[parameter]})" if parameter in _HINTS else ""
            lines += ["", f"# [[{parameter}]]{hint}: no place was found."]
    if flow.notes:
        lines += ["", "# To be looked at:"]
        lines += [f"# - {_one_line(note)}" for note in flow.notes]
    return "\n".join(lines) + "\n"


def from_toml(data: bytes, *, name: str, graph: Graph, source: str) -> Flow:
    """The flow that a bindings file describes.

    Args:
        data: The file.
        name: The flow's name.
        graph: The workflow beside it.
        source: What to call the file in messages.

    Raises:
        FlowError: When it is not valid, or names a node or input that the workflow has not.
    """
    try:
        document = tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FlowError(f"{source} is not valid TOML: {error}.") from None
    known = {*map(str, Parameter), "description"}
    for key in document:
        if key not in known:
            raise FlowError(f"{source} has an entry {key!r}. {name_hint(key, known)}")
    bindings = {
        parameter: tuple(
            _binding(entry, f"{source}, [[{parameter}]] {position}", parameter, graph)
            for position, entry in enumerate(_entries(document, parameter, source), 1)
        )
        for parameter in Parameter
        if parameter in document
    }
    description = document.get("description", "")
    if not isinstance(description, str):
        raise FlowError(f"{source}: the description should be a text.")
    return Flow(name, graph, bindings, description=description)


def _entries(document: Mapping[str, Any], parameter: Parameter, source: str) -> list[Any]:
    entries = document[parameter]
    if isinstance(entries, dict):  # [seed] where [[seed]] was meant
        return [entries]
    if not isinstance(entries, list):
        raise FlowError(
            f"{source}: {parameter} should be written as [[{parameter}]] with node and input, but "
            f"is {shorten(entries)}."
        )
    return entries


def _binding(entry: object, where: str, parameter: Parameter, graph: Graph) -> Binding:
    if not isinstance(entry, dict):
        raise FlowError(f"{where} should have node and input, but is {shorten(entry)}.")
    node_id = str(entry.get("node", ""))
    node = graph.nodes.get(node_id)
    if node is None:
        raise FlowError(
            f"{where} names the node {node_id!r}, which the workflow has not. "
            f"{name_hint(node_id, graph.nodes)}"
        )
    input_name = entry.get("input", "")
    optional = parameter is Parameter.OUTPUTS and input_name == ""
    if not optional and (not isinstance(input_name, str) or input_name not in node.inputs):
        raise FlowError(
            f"{where} names the input {shorten(input_name)}, which {node.label} has not. "
            f"{name_hint(str(input_name), node.inputs)}"
        )
    share = entry.get("share")
    if share is not None and (isinstance(share, bool) or not isinstance(share, int | float)):
        raise FlowError(f"{where}: share should be a number, but is {shorten(share)}.")
    return Binding(node_id, input_name, str(entry.get("found", "")), share)


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or _RESERVED.fullmatch(name) or name.endswith("."):
        raise FlowError(
            f"A flow cannot be called {shorten(name)}: use letters, digits, dot, hyphen and "
            "underscore, at most 80, beginning with a letter or digit."
        )


def _files(folder: Path, name: str) -> tuple[Path, Path]:
    return folder / f"{name}.json", folder / f"{name}.toml"


def _write(path: Path, data: bytes) -> None:
    half = path.with_name(f".{path.name}.{os.getpid()}.part")
    half.write_bytes(data)
    half.replace(path)


def _quoted(text: str) -> str:
    """``text`` as a TOML string: as in JSON, plus the one control character that JSON leaves."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(text: str) -> str:
    return "".join(mark if mark.isprintable() else " " for mark in text)
