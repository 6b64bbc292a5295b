"""Makes exports folders with very many runs, fast: manifests, canvases, and files if asked for."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import struct
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

PRESETS = ("bauhaus", "planetarizer", "overdrive", "renaissance", "sensitive")
PEOPLE = ("doctor", "nurse", "teacher", "pilot", "baker", "judge", "painter", "farmer")
PLACES = ("in a hospital", "at the market", "by the sea", "in an old kitchen", "on a train")
WORDS = (
    "blue", "red", "circle", "light", "stage", "plywood", "form", "colour", "lesson", "slow",
    "glass", "wheel", "hand", "shadow", "paper", "voice", "window", "iron", "thread", "garden",
)  # fmt: skip
RARE_STATUSES = {0: "failed", 1: "partial", 2: "cancelled"}


def make_many(
    exports: Path,
    count: int,
    *,
    first: int = 0,
    per_day: int = 1000,
    texts: bool = False,
    pictures: int = 0,
    seed: int = 1,
) -> None:
    """Runs of a text, an interception and a picture, a thousand a day, one in a hundred not whole.

    Args:
        exports: The folder.
        count: How many.
        first: The number of the first one, with which those of an earlier call are continued.
        per_day: How many of them in a day.
        texts: Whether the texts that they tell of are there; journals never are.
        pictures: The edge, in pixels, of the pictures that they tell of; 0 leaves them out.
        seed: Decides their words.
    """
    draw = random.Random(seed)
    begin = datetime(2025, 1, 1, 6, tzinfo=UTC)
    for number in range(first, first + count):
        moment = begin + timedelta(days=number // per_day, seconds=(number % per_day) * 20)
        run_id = f"{moment:%Y%m%d_%H%M%S}_000_{number:08x}"
        folder = exports / "json" / f"{moment:%Y-%m-%d}" / "local" / f"canvas_run_{run_id}"
        folder.mkdir(parents=True)
        prompt = f"a {draw.choice(PEOPLE)} {draw.choice(PLACES)}, number {number}"
        made = f"{prompt}. {' '.join(draw.choices(WORDS, k=60))}."
        preset, run_seed = draw.choice(PRESETS), 1000 + number % 50
        status = RARE_STATUSES.get(number % 300, "completed")
        _write(folder / "workflow.json", _canvas(prompt, preset))
        manifest = _manifest(run_id, moment, status, run_seed, preset, number)
        (folder / "final").mkdir()
        if pictures and status == "completed":
            data = _png(number, pictures)
            (folder / "final" / "03_generation.png").write_bytes(data)
            about = {"sha256": hashlib.sha256(data).hexdigest(), "size_bytes": len(data)}
            size = {"width": pictures, "height": pictures}
            manifest["entities"][2:] = [one | about | size for one in manifest["entities"][2:]]
        _write(folder / "metadata.json", manifest)
        if texts:
            (folder / "final" / "01_input.txt").write_text(prompt)
            (folder / "final" / "02_interception.txt").write_text(made)


def _write(path: Path, document: object) -> None:
    path.write_text(json.dumps(document))


def _png(number: int, edge: int) -> bytes:
    """A picture that no other number has: a line of noise, moved along from row to row."""
    noise = random.Random(number).randbytes(3 * edge)
    rows = b"".join(b"\0" + noise[3 * y :] + noise[: 3 * y] for y in range(edge))

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", edge, edge, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")
    )


def _canvas(prompt: str, preset: str) -> dict[str, object]:
    nodes = [
        {"id": "prompt", "type": "input", "x": 100, "y": 200, "promptText": prompt},
        {"id": "how", "type": "interception", "x": 360, "y": 200, "interceptionPreset": preset},
        {"id": "generation_1", "type": "generation", "x": 620, "y": 200, "configId": "sketch"},
        {"id": "collector_1", "type": "collector", "x": 880, "y": 200},
    ]
    ends = ["prompt", "how", "generation_1", "collector_1"]
    links = [{"sourceId": a, "targetId": b} for a, b in itertools.pairwise(ends)]
    return {"name": "Study", "type": "canvas_workflow", "nodes": nodes, "connections": links}


def _manifest(
    run_id: str, moment: datetime, status: str, seed: int, preset: str, number: int
) -> dict[str, Any]:
    made = {"created_at": moment.isoformat(), "sha256": "0" * 64, "size_bytes": 100}
    text = {"media_type": "text/plain", **made}
    picture = {"media_type": "image/png", "width": 512, "height": 512, **made}
    by = {"backend": "embedded", "model": "sketch", "seed": seed, "request": {"seed": seed}}
    entities = [
        {"number": 1, "node_id": "prompt", "node_type": "input", "file": "final/01_input.txt"}
        | text,
        {
            "number": 2,
            "node_id": "how",
            "node_type": "interception",
            "file": "final/02_interception.txt",
            "model": "embedded/writer",
            "provenance": {"backend": "embedded", "model": "writer"},
        }
        | text,
        {
            "number": 3,
            "node_id": "generation_1",
            "node_type": "generation",
            "file": "final/03_generation.png",
            "seed": seed,
            "model": "embedded/sketch",
            "provenance": by,
        }
        | picture,
    ]
    return {
        "format": 1,
        "run_id": run_id,
        "canvas": {"id": "study", "name": "Study", "fingerprint": "0" * 64},
        "device_id": "local",
        "started_at": moment.isoformat(timespec="milliseconds"),
        "seed": seed,
        "batch_id": f"batch-{number // 1000}",
        "batch_name": f"study-{number // 1000}",
        "run_index": number % 1000,
        "point_id": f"{number:032x}",
        "levels": {"how.preset": preset, "seed": seed},
        "replicate": number % 50,
        "attempt": 1,
        "ended_at": (moment + timedelta(seconds=2)).isoformat(timespec="milliseconds"),
        "status": status,
        "nodes": [
            {"node_id": name, "node_type": kind, "state": "completed"}
            for name, kind in (("prompt", "input"), ("how", "interception"))
        ],
        "entities": entities if status == "completed" else entities[:1],
    }
