"""Whether a record is still what was written: its files, its manifest, its journal."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from canvas_kit.errors import RecordError
from canvas_kit.files import read_start
from canvas_kit.recorder.journal import as_json
from canvas_kit.recorder.manifest import MALFORMED, read_metadata, rebuild
from canvas_kit.recorder.names import FINAL, JOURNAL, METADATA, RATINGS, WORKFLOW
from canvas_kit.recorder.ratings import read_ratings
from canvas_kit.values import Entity, RunStatus


def faults_of(entities: Iterable[Entity]) -> Iterator[str]:
    """What is wrong with the files of some entities."""
    for entity in entities:
        try:
            data = entity.bytes
        except RecordError as error:
            yield f"{entity.file} is missing or cannot be read: {error}"
            continue
        if hashlib.sha256(data).hexdigest() == entity.sha256:
            continue
        if not data:
            yield f"{entity.file} has been emptied: recorded were {entity.size_bytes} bytes."
        else:
            yield (
                f"{entity.file} has changed: {len(data)} bytes, recorded were {entity.size_bytes} "
                "with another hash."
            )


def faults_around(folder: Path, entities: Iterable[Entity]) -> Iterator[str]:
    """What is wrong with a run's folder, its entities apart."""
    faults: list[str] = []
    try:
        told = rebuild(folder, faults)
    except RecordError as error:
        yield str(error)
        return
    except MALFORMED as error:
        yield f"{JOURNAL} cannot be read: {type(error).__name__}: {error}."
        return
    if told["status"] == RunStatus.RUNNING:
        return  # written at this moment
    try:
        read_ratings(folder, "", faults)
    except RecordError as error:
        faults.append(str(error))
    yield from faults
    yield from changed_files(folder, told.pop("files", {}))
    ended = told["status"] != RunStatus.INTERRUPTED
    document = read_metadata(folder / METADATA)
    if not os.path.lexists(folder / JOURNAL):
        yield f"{JOURNAL} is missing."
    elif document is not None and document.get("status") == RunStatus.INTERRUPTED:
        pass  # the run was gone on with, and has not come to its end again
    elif document is not None and not ended:
        yield f"{JOURNAL} does not tell of the run's end, which {METADATA} does."
    elif document is not None:
        yield from _differences(document, told)
    elif os.path.lexists(folder / METADATA):
        yield f"{METADATA} cannot be read; {JOURNAL} tells the same."
    elif ended:
        yield f"{METADATA} is missing; {JOURNAL} tells the same."
    late = "" if ended else " (it may have come just as the run was interrupted)"
    try:
        there = {path.name for path in folder.iterdir()} - {FINAL}
        if os.path.lexists(folder / FINAL):
            there |= {f"{FINAL}/{path.name}" for path in (folder / FINAL).iterdir()}
    except OSError as error:
        yield f"The folder cannot be looked into: {error.strerror}."
        return
    for name in sorted(
        there - {JOURNAL, METADATA, RATINGS, WORKFLOW} - {entity.file for entity in entities}
    ):
        if not name.rpartition("/")[2].startswith("."):
            yield f"{name} lies there, but the record does not tell of it{late}."


def changed_files(folder: Path, hashes: Any) -> Iterator[str]:
    """Which of the files that lay in a folder from the beginning are not what they were."""
    for name, sha256 in hashes.items() if isinstance(hashes, dict) else ():
        if "/" in name or os.sep in name:
            continue  # a journal may come from elsewhere
        try:
            if hashlib.sha256(read_start(folder / name)).hexdigest() != sha256:
                yield f"{name} has changed."
        except FileNotFoundError:
            yield f"{name} is missing."
        except OSError as error:
            yield f"{name} cannot be read: {error.strerror}."


def _differences(document: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[str]:
    """What a manifest says otherwise than the journal."""
    for key in sorted({*document, *told} - {"files"}):
        one, other = document.get(key), told.get(key)
        if key == "entities" and isinstance(one, list) and isinstance(other, list):
            one, other = (sorted(map(as_json, entries)) for entries in (one, other))
        if one != other:
            yield f"{METADATA} is not what {JOURNAL} tells: {key!r} differs."
