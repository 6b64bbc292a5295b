"""How a job ended, and which of its files are the result: an entry of the server's history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from canvas_kit.backends.comfyui.graph import Graph
from canvas_kit.backends.comfyui.lenient import as_dict, as_list
from canvas_kit.backends.comfyui.messages import RunFailure


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as the server names it.

    Name, folder and type are an address, but no identity: names are used again after a file was
    deleted.

    Attributes:
        node: The id of the output node that reported it.
        filename: Without folder.
        subfolder: May be empty.
        type: ``"output"``, or ``"temp"`` for previews.
        batch_index: Its position in the node's list.
    """

    node: str
    filename: str
    subfolder: str
    type: str = "output"
    batch_index: int = 0

    @property
    def path(self) -> str:
        """Folder and name, for messages."""
        return "/".join(filter(None, (self.subfolder, self.filename)))


@dataclass(frozen=True, slots=True)
class JobHistory:
    """How a job ended.

    Attributes:
        files: What the output nodes reported, whatever the status says.
        failure: Why it failed, or None.
        cached: Nodes that were not run anew.
        seconds: Work on the server, if it tells.
        reply: What to keep of the entry, JSON-able.
        document: The workflow as it was submitted.
    """

    files: tuple[StoredFile, ...] = ()
    failure: RunFailure | None = None
    cached: frozenset[str] = frozenset()
    seconds: float | None = None
    reply: Mapping[str, Any] = field(default_factory=dict)
    document: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, entry: Mapping[str, Any], graph: Graph) -> JobHistory:
        """What an entry of ``/history`` tells."""
        status, outputs = as_dict(entry.get("status")), as_dict(entry.get("outputs"))
        messages = [
            (str(message[0]), as_dict(message[1]))
            for message in as_list(status.get("messages"))
            if len(as_list(message)) == 2
        ]
        failure = RunFailure() if status.get("status_str") == "error" else None
        cached: list[str] = []
        times: list[float] = []
        for event, data in messages:
            if event in ("execution_error", "execution_interrupted"):
                failure = RunFailure.parse(event, data, graph)
            if event == "execution_cached":
                cached += map(str, as_list(data.get("nodes")))
            if isinstance(time := data.get("timestamp"), int | float):
                times.append(time)
        reply = {
            "status": status.get("status_str"),
            "outputs": outputs,
            "cached_nodes": cached,
            "failure": str(failure) if failure else None,
        }
        return cls(
            tuple(_files(outputs)),
            failure,
            frozenset(cached),
            (times[-1] - times[0]) / 1000 if len(times) > 1 else None,
            {key: value for key, value in reply.items() if value},
            next((as_dict(part) for part in as_list(entry.get("prompt"))[2:3]), {}),
        )


def _files(outputs: Mapping[str, Any]) -> Iterator[StoredFile]:
    """Everything in a node's output that names a file: pictures, sounds, videos, models."""
    for node_id, output in outputs.items():
        for entries in as_dict(output).values():
            for index, entry in enumerate(map(as_dict, as_list(entries))):
                if isinstance(name := entry.get("filename"), str):
                    folder, kind = entry.get("subfolder") or "", entry.get("type") or "output"
                    yield StoredFile(str(node_id), name, str(folder), str(kind), index)


def results_among(files: Iterable[StoredFile], output_ids: list[str]) -> list[StoredFile]:
    """The files that are the result, each once, in the order of the workflow's output nodes.

    Those of nodes that the workflow lists; if there are none, stored ones rather than previews.
    """
    everything = list(files)
    listed = [file for file in everything if file.node in output_ids]
    listed.sort(key=lambda file: output_ids.index(file.node))
    wanted = listed or [file for file in everything if file.type == "output"] or everything
    once: dict[tuple[str, str, str], StoredFile] = {}
    for file in wanted:  # two savers with equal inputs write one file, and both report it
        once.setdefault((file.filename, file.subfolder, file.type), file)
    return list(once.values())
