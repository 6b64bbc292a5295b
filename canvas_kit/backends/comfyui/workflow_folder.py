"""Where added workflows are kept, and how a user reads and corrects their bindings.

A workflow is two files in one folder: ``<name>.json``, exactly as exported, and ``<name>.toml``,
its bindings. Nothing else is needed, so it is copied, versioned and mailed as it is.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any

from canvas_kit.backends.comfyui.fitting import Declarations, takes
from canvas_kit.backends.comfyui.graph import EXPORT_HINT, Graph, WorkflowError, parse, read_file
from canvas_kit.backends.comfyui.tracing import trace
from canvas_kit.backends.comfyui.workflow import TEXTS, Binding, Parameter, Workflow
from canvas_kit.backends.image_metadata import embedded_parameters
from canvas_kit.errors import UnknownName, name_hint, printable, shorten
from canvas_kit.media import recognise
from canvas_kit.settings import WORKFLOWS_FOLDER, BackendSettings

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_HEADER = """\
# Where canvas-kit writes into {name}.json, the workflow beside this file.
# Found by following the graph; correct it by hand if it is wrong. Each entry names a node by its id
# and one of its inputs. Several entries of a kind all get the same value. A text may have words of
# its own around it: template = "trigger word, {{prompt}}". Under [[outputs]] stand the nodes whose
# files are the result, and their input for the file name (empty if there is none).
"""
_HINTS = {
    Parameter.NEGATIVE_PROMPT: " (what should not be in the picture)",
    Parameter.INPUT_IMAGE: " (the picture to start from)",
    Parameter.COUNT: " (how many pictures at once)",
}


def workflows_folder(options: BackendSettings) -> Path:
    """The folder of the workflows: ``workflows`` in the settings, or ``canvas_kit_models/comfyui``.

    A relative folder is beside the settings file, else in the working folder.

    Raises:
        WorkflowError: When the setting is no path.
    """
    chosen = (options.model_extra or {}).get("workflows", WORKFLOWS_FOLDER)
    if not isinstance(chosen, str | Path) or not str(chosen):
        raise WorkflowError(
            f"The setting 'workflows' should be a folder, but is {shorten(chosen)}."
        )
    return options.settings_folder / Path(chosen).expanduser()


def read_workflow(path: Path) -> tuple[Graph, bytes]:
    """The workflow in a file that ComfyUI exported, or in a PNG that it made, and its JSON.

    Raises:
        WorkflowError: When there is none.
    """
    data = read_file(path)
    if recognise(data) == "image/png":
        data = embedded_parameters(data, "prompt").encode()
        if not data:
            raise WorkflowError(f"The picture {path} holds no workflow of ComfyUI. {EXPORT_HINT}")
    return parse(data, name=str(path)), data


def add_workflow(
    path: Path,
    name: str,
    folder: Path,
    *,
    replace: bool = False,
    takes_prompt: bool = True,
    declared: Declarations | None = None,
) -> Workflow:
    """Make an exported workflow usable as the model ``comfyui/<name>``.

    Args:
        path: The file that ComfyUI exported with 'Export (API)', or a PNG that it made.
        name: Letters, digits, dot, hyphen and underscore.
        folder: Where workflows are kept; made if it is not there.
        replace: Take the place of a workflow of that name, and of its bindings.
        takes_prompt: Whether a workflow that would make the same picture of every prompt is
            refused. Some need none, such as one that enlarges a picture.
        declared: What a server declares about the nodes, where one could be asked: only what it
            takes is bound, and the proof that two prompts differ is made with it.

    Returns:
        The workflow; :meth:`Workflow.summary` says what was found and what was not.

    Raises:
        WorkflowError: When the file is no workflow in the API format (says what to do), the name
            cannot be used or is taken, no prompt would change a result, or the folder cannot be
            written.
    """
    if not _NAME.fullmatch(name) or _RESERVED.fullmatch(name) or name.endswith("."):
        raise WorkflowError(
            f"A workflow cannot be called {shorten(name)}: use letters, digits, dot, hyphen and "
            "underscore, at most 80, beginning with a letter or digit."
        )
    graph, data = read_workflow(path)
    known = declared or {}
    bindings, notes = trace(graph, lambda node, name: takes(known, node, name))
    if not takes_prompt:
        bindings = {**bindings, Parameter.PROMPT: ()}
    workflow = Workflow(name, graph, bindings, notes)
    if problem := workflow.prompt_problem():
        raise WorkflowError(
            f"{problem} If it needs none, or to name the place by hand, add it with "
            "--without-prompt."
        )
    files = _files(folder, name)
    taken = [file for file in files if file.exists()]
    if taken and not replace:
        raise WorkflowError(
            f"There is already a workflow {name!r} ({taken[0]}). Choose another name or replace it."
        )
    text = to_toml(workflow)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in zip(files, (data, text.encode("utf-8", "replace")), strict=True):
            half = file.with_name(f".{file.name}.{os.getpid()}.part")
            half.write_bytes(content)
            half.replace(file)
    except OSError as error:
        raise WorkflowError(f"The workflow cannot be kept in {folder}: {error.strerror}.") from None
    return workflow


class WorkflowFolder:
    """The workflows in one folder. Reads files when asked, so that a correction holds at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> list[str]:
        """The workflows there are, sorted; none when the folder is not there."""
        try:
            files = sorted(self.path.glob("*.json"))
        except OSError:
            return []
        return [file.stem for file in files if _NAME.fullmatch(file.stem)]

    def content_of(self, name: str) -> str:
        """A hash of the files of the workflow called ``name``; empty if there is none."""
        if name not in self.names():
            return ""
        files = (path for path in _files(self.path, name) if path.exists())
        return hashlib.sha256(b"\n".join(map(read_file, files))).hexdigest()

    def load(self, name: str) -> Workflow:
        """The workflow called ``name``. Without a bindings file, the graph is followed anew.

        Raises:
            UnknownName: When there is none.
            WorkflowError: When its files cannot be used.
        """
        if name not in self.names():
            raise UnknownName("ComfyUI workflow", name, self.names())
        exported, bindings = _files(self.path, name)
        graph = parse(read_file(exported), name=str(exported))
        if not bindings.exists():
            return Workflow(name, graph, *trace(graph))
        return from_toml(read_file(bindings), name=name, graph=graph, source=str(bindings))


def to_toml(workflow: Workflow) -> str:
    """The bindings of ``workflow`` as the file that a user reads."""
    header = _HEADER.format(name=workflow.name)
    lines = [header, f"description = {_quoted(workflow.description)}"]
    if workflow.bindings.get(Parameter.PROMPT) == ():
        lines.append("prompt = []  # takes none; to name a place, replace this by [[prompt]]")
    for parameter in Parameter:
        for binding in workflow.places(parameter):
            lines += ["", f"[[{parameter}]]", f"node = {_quoted(binding.node_id)}"]
            lines.append(f"input = {_quoted(binding.input)}")
            if binding.share is not None:
                lines.append(f"share = {binding.share}")
            if binding.template:
                lines.append(f"template = {_quoted(binding.template)}")
            if binding.found:
                lines.append(f"found = {_quoted(binding.found)}")
        if parameter not in workflow.bindings and parameter is not Parameter.LYRICS:
            lines += ["", f"# [[{parameter}]]{_HINTS.get(parameter, '')}: no place was found."]
    if workflow.notes:
        lines += ["", "# To be looked at:"]
        lines += [f"# - {printable(note, 1000)}" for note in workflow.notes]
    return "\n".join(lines) + "\n"


def from_toml(data: bytes, *, name: str, graph: Graph, source: str) -> Workflow:
    """The workflow that a bindings file describes.

    Args:
        data: The file.
        name: The workflow's name.
        graph: The workflow beside it.
        source: What to call the file in messages.

    Raises:
        WorkflowError: When it is not valid, or names a node or input that is not in the workflow.
    """
    try:
        document = tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WorkflowError(f"{source} is not valid TOML: {error}.") from None
    description = document.pop("description", "")
    if not isinstance(description, str):
        raise WorkflowError(f"{source}: the description should be a text.")
    bindings: dict[Parameter, tuple[Binding, ...]] = {}
    for key, entries in document.items():
        if key not in list(Parameter):
            known = {*map(str, Parameter), "description"}
            raise WorkflowError(f"{source} has an entry {key!r}. {name_hint(key, known)}")
        if isinstance(entries, dict):  # [seed] where [[seed]] was meant
            entries = [entries]
        if not isinstance(entries, list):
            raise WorkflowError(
                f"{source}: {key} should be written as [[{key}]] with node and input, but is "
                f"{shorten(entries)}."
            )
        bindings[Parameter(key)] = tuple(
            _binding(entry, f"{source}, [[{key}]] {position}", graph, Parameter(key))
            for position, entry in enumerate(entries, 1)
        )
    return Workflow(name, graph, bindings, description=description)


def _binding(entry: Any, where: str, graph: Graph, parameter: Parameter) -> Binding:
    if not isinstance(entry, dict):
        raise WorkflowError(f"{where} should have node and input, but is {shorten(entry)}.")
    node_id, input_name = str(entry.get("node", "")), entry.get("input", "")
    node = graph.nodes.get(node_id)
    if node is None:
        hint = name_hint(node_id, graph.nodes)
        raise WorkflowError(f"{where}: the workflow does not have the node {node_id!r}. {hint}")
    is_output = parameter is Parameter.OUTPUTS
    if input_name not in node.inputs and not (is_output and input_name == ""):
        hint = name_hint(str(input_name), node.inputs)
        raise WorkflowError(
            f"{where}: {node.label} does not have the input {shorten(input_name)}. {hint}"
        )
    share = entry.get("share")
    if share is not None and (isinstance(share, bool) or not isinstance(share, int | float)):
        raise WorkflowError(f"{where}: share should be a number, but is {shorten(share)}.")
    template, mark = str(entry.get("template", "")), f"{{{parameter}}}"
    if template and parameter not in TEXTS:
        raise WorkflowError(f"{where}: a template is for texts only.")
    if template and mark not in template:
        raise WorkflowError(
            f'{where}: template should say where the text goes, as in "trigger word, {mark}", '
            f"but is {shorten(template)}."
        )
    return Binding(node_id, input_name, str(entry.get("found", "")), share, template)


def _files(folder: Path, name: str) -> tuple[Path, Path]:
    return folder / f"{name}.json", folder / f"{name}.toml"


def _quoted(text: str) -> str:
    """``text`` as a TOML string: as in JSON, plus the one control character that JSON leaves."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
