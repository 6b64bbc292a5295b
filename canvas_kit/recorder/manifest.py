"""The manifest of a run, ``metadata.json``: written, read, and made anew from the journal."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from canvas_kit.errors import RecordError
from canvas_kit.files import read_start
from canvas_kit.recorder.journal import as_json, is_open, read_journal
from canvas_kit.recorder.names import JOURNAL, METADATA, PARTIAL, RUN_PREFIX, WORKFLOW
from canvas_kit.values import Entity, NodeReport, NodeState, RunStatus, to_json

MALFORMED = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
"""What reading a document raises that is JSON, but not one of ours."""

FORMAT = 1
"""Version of the record's layout; raised when an older reader would misread a newer record."""


def write_manifest(
    folder: Path,
    about: Mapping[str, Any],
    status: RunStatus,
    nodes: Iterable[NodeReport],
    entities: Iterable[Entity],
) -> None:
    """Write the manifest of a run that has ended, and remove what was written aside."""
    aside = folder / PARTIAL
    temporary = aside / METADATA
    # Not flushed: the journal is, and a manifest that a power failure tears is made anew.
    temporary.write_bytes(as_json(manifest(about, status, nodes, entities), indent=2) + b"\n")
    temporary.replace(folder / METADATA)
    for leftover in aside.iterdir():
        leftover.unlink()
    aside.rmdir()


def manifest(
    about: Mapping[str, Any],
    status: RunStatus,
    nodes: Iterable[NodeReport],
    entities: Iterable[Entity],
) -> dict[str, Any]:
    """The content of ``metadata.json``."""
    return {
        **about,
        "status": status.value,
        "nodes": [to_json(report) for report in nodes],
        "entities": [to_json(entity) for entity in entities],
    }


def rebuild(folder: Path, faults: list[str] | None = None) -> dict[str, Any]:
    """The manifest of a run, from its journal alone; with it, the hashes of its first files.

    For each line of the journal that cannot be read, ``faults`` gets a sentence.

    Raises:
        RecordError: When there is no journal to read.
    """
    about: dict[str, Any] = {}
    nodes: dict[str, Mapping[str, Any]] = {}
    entities: list[Mapping[str, Any]] = []
    jobs: list[Mapping[str, Any]] = []
    status: str | None = None
    for line in read_journal(folder / JOURNAL, faults):
        event = line.pop("event", None)
        match event:
            case "run":
                for node in line.pop("nodes", ()):
                    nodes[node["node_id"]] = {**node, "state": NodeState.WAITING.value}
                about = line
            case "node":
                nodes[line["node_id"]] = line
            case "entity":
                entities.append(line)
            case "submitting":
                jobs.append(line)
            case "attempt":
                status = None
                about = {key: value for key, value in about.items() if key != "ended_at"}
                about |= line.get("about", {})
            case "end":
                status = line["status"]
                about = {**about, **line.get("about", {})}
    if not about and os.path.lexists(folder / WORKFLOW):
        # Begun, but nothing of it had reached the disk when the power failed.
        about = {"run_id": folder.name.removeprefix(RUN_PREFIX)}
    if not about:
        raise RecordError(
            f"{folder} holds no run: neither a whole {METADATA} nor a {JOURNAL} that begins one."
        )
    if status is None:
        going_on = is_open(folder / JOURNAL)
        status = RunStatus.RUNNING if going_on else RunStatus.INTERRUPTED
    if jobs:
        about = {**about, "jobs": jobs}
    return {**about, "status": status, "nodes": list(nodes.values()), "entities": entities}


def read_metadata(path: Path | str) -> dict[str, Any] | None:
    """The manifest in a file, or None where it is missing or torn."""
    try:
        document = json.loads(read_start(path))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or "entities" not in document:
        return None
    return document
