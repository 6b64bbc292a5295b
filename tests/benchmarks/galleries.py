"""How long a gallery of 20,000 recorded pictures takes to open, and its thumbnails to be made."""

from __future__ import annotations

import hashlib
import itertools
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from canvas_kit import Engine, Settings
from canvas_kit.catalog.listing import runs
from canvas_kit.recorder.ratings import rate
from canvas_kit.recorder.run import Run, find_runs
from canvas_kit.workbench.desk import make_desk
from canvas_kit.workbench.thumbnails import Thumbnails
from tests.benchmarks.report import Line
from tests.catalog.many import make_many

PICTURES = 20_000
THUMBNAILS = 60
ROUNDS = 3


def measure(folder: Path) -> list[Line]:
    """An exports folder of runs with a picture each, asked as a page asks."""
    settings = Settings(exports=folder / "exports", index_folder=folder / "index", rater="anna")
    make_many(settings.exports, PICTURES)
    folders = find_runs(settings.exports)
    for number, made in enumerate(folders[::20]):
        run = Run.open(made)
        for entity in run.images:
            rate(made, run.id, entity, "anna", rating=number % 6, tags=["keep"])
    began = time.perf_counter()
    runs(limit=1, settings=settings)
    what = f"gallery of {PICTURES:,}"
    lines = [Line(f"{what}: index built", f"{time.perf_counter() - began:.1f} s")]
    with Engine(settings) as engine:
        desk = make_desk(engine)

        def ask(method: str, **parameters: Any) -> Any:
            asked = {"source": {"kind": "exports"}, **parameters}
            return engine.submit(desk.answer(method, asked)).result()

        size = len(json.dumps(ask("gallery.open"), separators=(",", ":")))
        lines.append(
            Line(
                f"{what}: open",
                _wall(lambda: ask("gallery.open")),
                f"{size / 1e6:.2f} MB of JSON",
                aim="< 1000 ms",
            )
        )
        chosen = {"level how.preset": ["bauhaus"], "rating": [4, 5, None]}
        for name, parameters in (
            ("two facets", {"filters": chosen}),
            ("words", {"text": "nurse"}),
            ("by rating", {"sort": {"by": "rating", "descending": True}}),
            ("blind", {"blind": 7}),
        ):
            walls = _wall(lambda parameters=parameters: ask("gallery.open", **parameters))  # type: ignore[misc]
            lines.append(Line(f"{what}: {name}", walls))
        columns = ask("gallery.open")["columns"]
        keys = [
            {
                "run_id": columns["run_id"]["values"][columns["run_id"]["at"][n]],
                "file": "final/03_generation.png",
            }
            for n in range(40)
        ]
        turns = itertools.cycle(range(6))
        lines += [
            Line(f"{what}: details of 40", _wall(lambda: ask("gallery.details", keys=keys))),
            Line(
                f"{what}: a rating",
                _wall(lambda: ask("gallery.rate", key=keys[0], rating=next(turns))),
                "on the disk",
            ),
            Line(f"{what}: open after a rating", _wall(lambda: ask("gallery.open"))),
        ]
    return [*lines, *_thumbnails(settings)]


def _thumbnails(settings: Settings) -> list[Line]:
    """Of pictures of 1024 pixels that do not pack well, on one thread."""
    import io

    from PIL import Image

    data = []
    for number in range(THUMBNAILS):
        noise = Image.frombytes(
            "RGB", (128, 128), hashlib.shake_128(bytes([number])).digest(128 * 128 * 3)
        )
        file = io.BytesIO()
        noise.resize((1024, 1024), Image.Resampling.BICUBIC).save(file, "PNG")
        data.append(file.getvalue())
    kept = Thumbnails(settings)
    names = [hashlib.sha256(one).hexdigest() for one in data]
    lines = []
    for name in ("made", "found again"):
        began = time.perf_counter()
        sizes = [
            len(made[0])
            for sha256, one in zip(names, data, strict=True)
            if (made := kept.make(sha256, 320, lambda one=one: one))  # type: ignore[misc]
        ]
        each = (time.perf_counter() - began) / THUMBNAILS
        about = f"{1 / each:,.0f} a second; {sum(sizes) / len(sizes) / 1000:.0f} kB each"
        lines.append(Line(f"thumbnail of 1024 × 1024, {name}", f"{each * 1000:.1f} ms", about))
    return lines


def _wall(ask: Callable[[], object]) -> str:
    walls = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        ask()
        walls.append(time.perf_counter() - began)
    return f"{sorted(walls)[ROUNDS // 2] * 1000:.0f} ms"
