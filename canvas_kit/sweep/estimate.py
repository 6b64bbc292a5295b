"""What a sweep will make, and about how long it takes and what it costs, before anything runs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from canvas_kit.backends.base import Backend
from canvas_kit.canvas.graph import Canvas
from canvas_kit.errors import counted
from canvas_kit.executor.engine import Engine
from canvas_kit.files import read_start
from canvas_kit.recorder.disk import find_records
from canvas_kit.recorder.manifest import MALFORMED
from canvas_kit.recorder.names import METADATA, RUN_PREFIX

_RUNS_READ = 200
"""Of so many earlier runs, the newest, is read how long things took."""
_POINTS_READ = 2000
"""So many points, evenly spread, stand for all of a larger sweep."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a sweep will make, as far as earlier runs tell. Feedback rounds are not counted.

    Attributes:
        runs: How many runs.
        pictures: How many pictures, sounds or films.
        texts: How many answers of language models.
        seconds: About how long it takes; None where a model has not been used here before.
        cost: What providers will charge, in the currency of their answers; None if unknown.
        unknown: The models that no earlier run has used.
        based_on: How many earlier results this rests on.
    """

    runs: int
    pictures: int
    texts: int
    seconds: float | None
    cost: float | None
    unknown: tuple[str, ...]
    based_on: int

    def __str__(self) -> str:
        made = {"run": self.runs, "picture": self.pictures, "text": self.texts}
        told = [counted(number, name) for name, number in made.items()]
        if self.seconds is not None and self.based_on:
            told.append(f"about {span(self.seconds)}, going by {self.based_on} earlier results")
        elif self.unknown:
            told.append(f"time unknown, since {', '.join(self.unknown)} made nothing here yet")
        if self.cost is not None:
            told.append(f"about {self.cost:.4g} in the currency of the provider")
        return "; ".join(told)


class _Timing(NamedTuple):
    """One earlier result of a model."""

    seconds: float
    cost: float | None


def estimate(count: int, canvas_of: Callable[[int], Canvas], engine: Engine) -> Estimate:
    """What a sweep of so many points will make; see :meth:`Sweep.estimate`. Asks no backend."""
    places = range(0, count, max(1, count // _POINTS_READ))
    asked: Counter[str] = Counter()
    backends: dict[str, Backend] = {}
    media = 0
    plan = None
    for place in places:
        canvas = canvas_of(place)
        plan = (plan.of(canvas) if plan else None) or engine.prepare(canvas)
        for index, model in plan.models.items():
            if index not in plan.unfed:
                asked[model.name] += 1
                backends[model.name] = model.backend
                media += plan.nodes[index].keeps == "media"
    scale = count / len(places)
    earlier = _earlier(engine)
    busy: dict[str, float] = {}
    cost, unknown, based_on = 0.0, [], 0
    for name, times in asked.items():
        if not (made := earlier.get(name)):
            unknown.append(name)
            continue
        based_on += len(made)
        backend = backends[name]
        spent = _undisturbed([one.seconds for one in made]) * times * scale
        busy[backend.name] = busy.get(backend.name, 0.0) + spent / backend.capacity
        costs = [one.cost for one in made if one.cost is not None]
        cost += sum(costs) / len(costs) * times * scale if costs else 0.0
    return Estimate(
        count,
        round(media * scale),
        round((asked.total() - media) * scale),
        None if unknown else max(busy.values(), default=0.0),
        cost or None,
        tuple(sorted(unknown)),
        based_on,
    )


def _earlier(engine: Engine) -> dict[str, list[_Timing]]:
    """What was made by each model in the newest runs."""
    found: dict[str, list[_Timing]] = {}
    for folder in find_records(engine.settings.exports, RUN_PREFIX)[-_RUNS_READ:]:
        try:
            entities = json.loads(read_start(folder / METADATA)).get("entities", ())
            for entity in entities:
                about = entity.get("provenance") or {}
                seconds, cost = about.get("seconds"), (about.get("usage") or {}).get("cost")
                if isinstance(seconds, int | float) and not about.get("reused_from"):
                    number = float(cost) if isinstance(cost, int | float) else None
                    found.setdefault(entity["model"], []).append(_Timing(seconds, number))
        except (OSError, *MALFORMED):
            continue  # a run under way, or one that is reported where runs are listed
    return found


def _undisturbed(seconds: list[float]) -> float:
    """How long one result takes by itself: what is recorded includes waiting for a free slot."""
    return sorted(seconds)[len(seconds) // 10]


def span(seconds: float) -> str:
    """A length of time in words, about as exact as an estimate: ``"12 min"``."""
    if seconds < 120:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"
