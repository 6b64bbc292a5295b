"""What the catalog keeps of a record: read from its folder, as plain values for a table.

A record may come from anywhere and hold anything. What is not of its type counts as not said.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from canvas_kit.catalog.words import words_of
from canvas_kit.errors import RecordError
from canvas_kit.files import read_start
from canvas_kit.logs import logger_for
from canvas_kit.recorder.journal import as_json, is_open, read_journal
from canvas_kit.recorder.manifest import MALFORMED, read_metadata, rebuild
from canvas_kit.recorder.names import (
    BATCH,
    FINAL,
    JOURNAL,
    METADATA,
    POINTS,
    RATINGS,
    WORKFLOW,
    extended_name,
)
from canvas_kit.recorder.ratings import HIGHEST, Rating, mean_rating, read_ratings, tags_of
from canvas_kit.recorder.run import made_of
from canvas_kit.values import MAX_SEED, RunStatus, Verdict, from_json

log = logger_for(__name__)

RUN_COLUMNS = (
    "run_id", "status", "started_at", "ended_at", "made", "seed", "preset", "model", "backend",
    "prompt", "canvas", "device", "batch", "batch_id", "run_index", "point_id", "replicate",
    "attempt", "rating", "tags", "levels",
)  # fmt: skip
"""What is kept of a run; ``rating`` is the mean of its best rated file; ``levels`` as JSON."""
BATCH_COLUMNS = (
    "batch_id", "name", "started_at", "total_runs", "note", "tags", "canvas", "device", "going_on",
)  # fmt: skip
"""What is kept of a batch; ``tags`` as JSON."""
PICTURE_COLUMNS = (
    "run_id", "file", "sha256", "media_type", "width", "height", "node", "seed", "model",
    "verdict", "prompt", "preset", "status", "batch", "canvas", "levels", "ratings",
)  # fmt: skip
"""What is kept of a picture, with what it has from its run. ``verdict`` says what was judged of it,
else of its run; ``levels`` and ``ratings`` are JSON, of a rating ``[rater, rating, tags]``."""
_MAX_TEXT_BYTES = 64 * 1024
"""How much of one text can be found."""
_MOMENT = re.compile(r"\d{8}_\d{6}_\d{3}")
"""In the name of a folder, as :func:`~canvas_kit.recorder.names.new_id` makes it."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as it stands in the catalog.

    Attributes:
        started: When it began, in microseconds since 1970.
        row: What is kept of it, in the order of the columns.
        facts: By what it can be found: names and values.
        words: The words of its texts, one space between them.
        pictures: What a gallery shows of it, each as PICTURE_COLUMNS says.
        settled: Whether nothing changes it any more: all was made.
    """

    started: int
    row: tuple[object, ...]
    facts: frozenset[tuple[str, str]] = frozenset()
    words: str = ""
    pictures: tuple[tuple[object, ...], ...] = ()
    settled: bool = False


def stamp_of(folder: str) -> str:
    """What differs whenever a record was written to: inode, size and time of its files."""
    stamps = []
    for name in (METADATA, JOURNAL, RATINGS):
        try:
            found = os.stat(f"{folder}/{name}")  # noqa: PTH116 -- of every record, now and then
        except OSError:
            stamps.append("-")
        else:
            stamps.append(f"{found.st_ino}.{found.st_size}.{found.st_mtime_ns}")
    return " ".join(stamps)


def goes_on(folder: str) -> bool:
    """Whether a living process writes this record."""
    return bool(is_open(Path(folder, JOURNAL)))


def read_run(folder: str) -> Entry:
    """A run, from its manifest or, where that is missing or damaged, from its journal.

    Raises:
        RecordError: When the folder holds no run that can be read.
    """
    document = read_metadata(f"{folder}/{METADATA}")
    if document is not None and document.get("status") != RunStatus.INTERRUPTED:
        try:
            return _run_entry(folder, document)
        except MALFORMED:
            pass  # damaged, or not written by us: the journal tells the same
    try:
        return _run_entry(folder, rebuild(Path(folder)))
    except MALFORMED as error:
        raise RecordError(
            f"The record in {folder} cannot be read: {type(error).__name__}: {error}."
        ) from None


def read_batch(folder: str) -> Entry:
    """A batch, from its manifest.

    Raises:
        RecordError: When the folder holds no batch that can be read.
    """
    path = Path(folder)
    try:
        about = json.loads(read_start(path / BATCH))
        row = (
            _text(about["batch_id"]),
            _text(about.get("name")),
            _text(about.get("started_at")),
            _total(path, about),
            _text(about.get("note")),
            as_json(_texts(about.get("tags"))).decode(),
            _text(_mapping(about.get("canvas")).get("name")),
            _text(about.get("device_id")) or path.parent.name,
            goes_on(folder),
        )
    except OSError as error:
        raise RecordError(f"{path} holds no batch: {BATCH}: {error.strerror}.") from None
    except MALFORMED as error:
        raise RecordError(f"{path} holds no batch: {BATCH}: {error!r}.") from None
    return Entry(_microseconds(row[2], folder), row)


def _total(folder: Path, about: Mapping[str, Any]) -> int:
    """How many points a batch has; further ones come in files of their own."""
    total = int(about["total_runs"])
    if (folder / extended_name(POINTS, 2)).exists():
        for line in read_journal(folder / JOURNAL):
            if line.get("event") == "extended":
                total = int(line["total_runs"])
    return total


def level_text(level: object) -> str:
    """A level as it is compared: numbers and truth values as JSON has them, all else as text."""
    if isinstance(level, Enum):  # WITHOUT, a status
        level = level.value
    if isinstance(level, float) and level.is_integer():
        level = int(level)
    if level is None or isinstance(level, bool | int | float):
        return json.dumps(level)
    return _text(str(level)) or ""


def level_key(factor: str) -> str:
    """The name of the fact that tells a factor's level."""
    return f"level {factor}"


def _run_entry(folder: str, document: Mapping[str, Any]) -> Entry:
    status = RunStatus(document["status"])
    entities = document["entities"]
    nodes = _nodes_of(folder)
    made = [_mapping(item.get("provenance")) for item in entities]
    presets = _distinct(
        value
        for node in nodes
        for key, value in node.items()
        if key.endswith("Preset") and key != "resolutionPreset"
    )
    asked = _distinct(
        value
        for node in nodes
        for key, value in node.items()
        if key == "configId" or key.endswith("Model")
    )
    models = _distinct(item.get("model") for item in entities)
    painters = _distinct(
        item.get("model") for item in entities if item["media_type"] not in _WRITTEN
    )
    backends = _distinct(item.get("backend") for item in made)
    prompts = _distinct(node.get("promptText") for node in nodes)
    levels = _mapping(document.get("levels"))
    batch_id, batch = _text(document.get("batch_id")), _text(document.get("batch_name"))
    device = _text(document.get("device_id")) or Path(folder).parent.name
    seed = _whole(document.get("seed"))
    try:
        ratings = read_ratings(Path(folder), _text(document["run_id"]) or "")
    except RecordError as error:
        log.warning("%s", error)  # the run is there all the same
        ratings = []
    means = [mean_rating(r for r in ratings if r.file == item["file"]) for item in entities]
    best = max((mean for mean in means if mean is not None), default=None)
    row = (
        _text(document["run_id"]),
        status.value,
        _text(document.get("started_at")),
        _text(document.get("ended_at")),
        made_of(item["media_type"] for item in entities),
        seed,
        ", ".join(presets),
        ", ".join(painters or models or asked),
        ", ".join(backends),
        " | ".join(prompts),
        _text(_mapping(document.get("canvas")).get("name")),
        device,
        batch,
        batch_id,
        _whole(document.get("run_index")),
        _text(document.get("point_id")),
        _whole(document.get("replicate")),
        _whole(document.get("attempt")),
        best,
        _text(", ".join(tags_of(ratings))) or None,
        _text(as_json(levels).decode()) if levels else None,
    )
    facts = {("status", status.value), ("device", device)}
    facts |= {("preset", name) for name in presets}
    facts |= {("model", name) for name in (*asked, *models)}
    facts |= {("model", name) for name in _distinct(item.get("model") for item in made)}
    facts |= {("backend", name) for name in backends}
    facts |= {("batch", name) for name in (batch_id, batch) if name}
    facts |= {(level_key(_text(key) or ""), level_text(value)) for key, value in levels.items()}
    if seed is not None:
        facts.add(("seed", str(seed)))
    facts |= {
        ("rating", str(number))
        for number in range(HIGHEST + 1)
        if best is not None and number <= best
    }
    facts |= {("tag", _text(tag) or "") for rating in ratings for tag in rating.tags}
    texts = [*prompts, *_made_texts(folder, entities)]
    texts += [text for rating in ratings for text in (*rating.tags, rating.note)]
    return Entry(
        _microseconds(document.get("started_at"), folder),
        row,
        frozenset(facts),
        " ".join(word for text in dict.fromkeys(texts) for word in words_of(text)),
        tuple(_pictures_of(folder, entities, dict(zip(RUN_COLUMNS, row, strict=True)), ratings)),
        settled=status is RunStatus.COMPLETED,
    )


def _pictures_of(
    folder: str,
    entities: Iterable[Mapping[str, Any]],
    run: Mapping[str, Any],
    ratings: Iterable[Rating],
) -> Iterator[tuple[object, ...]]:
    """What a gallery shows of a run, each as PICTURE_COLUMNS says.

    Its pictures, sounds and films; of a run that was to make texts alone, what its nodes wrote.
    """
    judged = [
        (item.get("parents", ()), verdict)
        for item in entities
        if item.get("node_type") == "evaluation" and (verdict := _verdict_in(folder, item["file"]))
    ]
    shown = [item for item in entities if item["media_type"].startswith(_LOOKED_AT)]
    if not shown and run["status"] == RunStatus.COMPLETED:
        shown = [
            item
            for item in entities
            if item["media_type"] == "text/plain" and item.get("node_type") != "input"
        ]
    for item in shown:
        file, seed = item["file"], _whole(item.get("seed"))
        own = [verdict for parents, verdict in judged if file in parents]
        verdicts = own or [verdict for _, verdict in judged]
        told = [(one.rater, one.rating, one.tags) for one in ratings if one.file == file]
        yield (
            run["run_id"],
            _text(file),
            _text(item.get("sha256")) or "",
            _text(item["media_type"]),
            _whole(item.get("width")),
            _whole(item.get("height")),
            _text(item.get("node_id")),
            run["seed"] if seed is None else seed,
            _text(item.get("model")) or run["model"] or None,
            min(verdicts, default=None) or None,  # failed, no verdict, passed: the worst
            run["prompt"] or None,
            run["preset"],
            run["status"],
            run["batch"] or run["batch_id"],
            run["canvas"],
            run["levels"] or "{}",
            _text(as_json(told).decode()),
        )


def _verdict_in(folder: str, file: str) -> str:
    """What a judge found, in words; empty where that cannot be read."""
    try:
        document = json.loads(read_start(f"{folder}/{file}", _MAX_TEXT_BYTES))
        return from_json(Verdict, document).outcome
    except (OSError, *MALFORMED):
        return ""


_WRITTEN = ("text/plain", "application/json")
_LOOKED_AT = ("image/", "audio/", "video/")


def _nodes_of(folder: str) -> list[Mapping[str, Any]]:
    """The nodes of the canvas as it ran; none where that cannot be read."""
    try:
        nodes = json.loads(read_start(f"{folder}/{WORKFLOW}"))["nodes"]
        return [node for node in nodes if isinstance(node, dict)]
    except (OSError, *MALFORMED):
        return []


def _made_texts(folder: str, entities: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for item in entities:
        if not item["file"].startswith(f"{FINAL}/") or ".." in item["file"]:
            raise ValueError(f"the file name {item['file']!r} leaves the record")
        if item["media_type"] == "text/plain":
            try:
                data = read_start(f"{folder}/{item['file']}", _MAX_TEXT_BYTES)
            except OSError:
                continue  # verify tells of it; the run is there all the same
            yield data.decode(errors="replace")


def _microseconds(started_at: object, folder: str) -> int:
    """When a record began, as a number; if it does not say, as its folder is called."""
    try:
        moment = datetime.fromisoformat(str(started_at))
    except ValueError:
        named = _MOMENT.search(Path(folder).name)
        try:
            moment = datetime.strptime(named[0], "%Y%m%d_%H%M%S_%f") if named else _EPOCH
        except ValueError:
            moment = _EPOCH
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - _EPOCH
    return (since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> list[str]:
    return [text for item in value if (text := _text(item))] if isinstance(value, list) else []


def _text(value: object) -> str | None:
    """A text that a database takes: without halves of characters."""
    if not isinstance(value, str) or value.isascii():
        return value if isinstance(value, str) else None
    return value.encode(errors="replace").decode()


def _whole(value: object) -> int | None:
    return value if type(value) is int and abs(value) <= MAX_SEED else None


def _distinct(values: Iterable[object]) -> list[str]:
    """The texts among some values that are not empty, each once."""
    return list(dict.fromkeys(text for value in values if (text := _text(value))))
