"""Names on disk. They come from us: whatever came from outside is slugged and cannot leave."""

from __future__ import annotations

import functools
import os
import re
import secrets
import unicodedata
from datetime import UTC, date, datetime
from pathlib import Path

FINAL = "final"
PARTIAL = ".partial"
"""Where files are until they are whole. Nothing in here is ever taken for a result."""
JOURNAL = "journal.jsonl"
METADATA = "metadata.json"
WORKFLOW = "workflow.json"
RATINGS = "ratings.jsonl"
"""What people think of what a run made. No part of what was recorded; see recorder/ratings.py."""
BATCH = "batch.json"
POINTS = "points.jsonl"
"""What a batch is to make: a line for each point."""
RUN_PREFIX = "canvas_run_"
BATCH_PREFIX = "canvas_batch_"

_MAX_SLUG = 60
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))}
)
"""What Windows will not have as a file name, so that a folder can be copied there."""


def extended_name(name: str, number: int) -> str:
    """The name of a file of a batch that was extended: ``points_2.jsonl``."""
    path = Path(name)
    return f"{path.stem}_{number}{path.suffix}"


def slug(text: str, fallback: str = "unnamed") -> str:
    """``text`` as a harmless part of a file name: lower-case ASCII letters, digits, ``_``, ``-``.

    The result is 1 to 60 characters long and never a name that a file system takes amiss.
    """
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ẞ", "ss"))
    plain = plain.encode("ascii", "ignore").decode()
    found = re.sub(r"[^A-Za-z0-9_-]+", "-", plain).strip("-_").lower()[:_MAX_SLUG].strip("-_")
    if not found or found in _RESERVED:
        return f"{fallback}-{found}" if found else fallback
    return found


def new_id(now: datetime | None = None) -> str:
    """A fresh id for a run or a batch; later ones sort after earlier ones."""
    moment = (now or datetime.now(UTC)).strftime("%Y%m%d_%H%M%S_%f")[:-3]
    return f"{moment}_{secrets.token_hex(4)}"


def day_folder(exports: Path, device_id: str, now: datetime) -> Path:
    """``exports/json/YYYY-MM-DD/<device>``, the day as the user's clock has it."""
    return _device_folder(exports, device_id, now.astimezone().date())


@functools.lru_cache(maxsize=32)
def _device_folder(exports: Path, device_id: str, day: date) -> Path:
    return exports / "json" / day.isoformat() / slug(device_id, "device")


def way_to(folder: Path, start: Path) -> str:
    """Where a folder lies, as seen from another one; with forward slashes."""
    return f"{_way_between(folder.parent, start)}/{folder.name}"


@functools.lru_cache(maxsize=32)
def _way_between(folder: Path, start: Path) -> str:
    return Path(os.path.relpath(folder, start)).as_posix()


def run_folder_name(run_id: str) -> str:
    """The folder name of a run."""
    return f"{RUN_PREFIX}{slug(run_id, 'run')}"


def batch_folder_name(batch_id: str) -> str:
    """The folder name of a batch."""
    return f"{BATCH_PREFIX}{slug(batch_id, 'batch')}"


def entity_file(
    number: int, node_type: str, extension: str, *, digits: int = 2, round: int = 1, part: int = 1
) -> str:
    """The path of an entity inside its run folder: ``final/03_generation.png``.

    Further feedback rounds and further results of one node say so in their names, so that a name
    depends on the canvas alone: ``final/02_interception_round2.txt``,
    ``final/03_generation_2.png``.

    Args:
        number: Position in the canvas, from 1.
        node_type: The node's type.
        extension: Without the dot.
        digits: As many as the largest number of the canvas needs, at least two.
        round: From 1.
        part: From 1.
    """
    name = f"{number:0{digits}d}_{slug(node_type, 'node').replace('-', '_')}"
    if round > 1:
        name += f"_round{round}"
    if part > 1:
        name += f"_{part}"
    return f"{FINAL}/{name}.{slug(extension, 'bin')}"
