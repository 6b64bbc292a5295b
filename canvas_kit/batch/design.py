"""What a batch is to make, looked through once before anything runs.

Which points there are, in which order, at which backend each of them waits; and the conditions
under which they are made, which are no part of a point's identity but are compared on resuming.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from canvas_kit.batch.state import BatchState
from canvas_kit.canvas.graph import Canvas
from canvas_kit.errors import BatchError
from canvas_kit.executor.engine import Engine
from canvas_kit.executor.plan import NodeModel, Plan
from canvas_kit.recorder.journal import as_json
from canvas_kit.sweep.point import Point
from canvas_kit.sweep.sweep import Sweep
from canvas_kit.version import __version__

_KEPT_PLANS = 32
_OVERLAP = 2
"""Runs in flight for each slot of the scarcest backend: one run's bookkeeping then overlaps
another's generation (measured: 1.35 of the ideal time with 1, 1.06 with 2)."""
_DEFAULT_EDGE = 1024
_RECORD_BYTES = 24 * 1024
"""What a run's journal, manifest and texts take on the disk (measured with four nodes)."""


class Plans:
    """Plans of canvases. The last are kept: points share canvases, or most of one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._plans: OrderedDict[int, Plan] = OrderedDict()

    def of(self, canvas: Canvas) -> Plan:
        """The plan of a canvas.

        Raises:
            CanvasError: When it cannot run.
        """
        plan = self._plans.get(id(canvas))
        if plan is None or plan.canvas is not canvas:
            alike = (other.of(canvas) for other in reversed(self._plans.values()))
            plan = next(filter(None, alike), None) or self._engine.prepare(canvas)
            self._plans[id(canvas)] = plan
        self._plans.move_to_end(id(canvas))
        if len(self._plans) > _KEPT_PLANS:
            self._plans.popitem(last=False)
        return plan


@dataclass(slots=True)
class Lane:
    """The points that wait for the same backend: those of several backends run side by side.

    Attributes:
        backend: The backend with the fewest slots of those that make media; empty without one.
        capacity: Its slots.
        points: The positions of its points in the batch, as ranges in the order of running.
    """

    backend: str
    capacity: int
    points: list[range] = field(default_factory=list)

    @property
    def in_flight(self) -> int:
        """How many of its points are to be under way."""
        return _OVERLAP * self.capacity

    def add(self, index: int) -> None:
        """Put a point behind the others."""
        last = self.points[-1] if self.points else range(0)
        if len(last) and last.stop == index:
            self.points[-1] = range(last.start, index + 1)
        else:
            self.points.append(range(index, index + 1))


@dataclass(frozen=True, slots=True)
class Design:
    """What a batch is to make.

    Attributes:
        places: For each point of the batch, its position in the sweep.
        lanes: The points by the backend that they wait for.
        conditions: What shapes the results besides the canvas, as it is now.
        run_bytes: About how much a run takes on the disk.
    """

    sweep: Sweep
    places: Sequence[int]
    lanes: tuple[Lane, ...]
    conditions: Mapping[str, Any]
    run_bytes: int

    def point(self, index: int) -> Point:
        """The point at a position in the batch."""
        point = self.sweep.point(self.places[index])
        return point if point.index == index else replace(point, index=index)

    def table(self, start: int = 0) -> bytes:
        """The point table, a line for each point from a position on."""
        return b"".join(map(_row, map(self.point, range(start, len(self.places)))))


def _row(point: Point) -> bytes:
    row = {
        "id": point.id,
        "index": point.index,
        "levels": dict(point.levels),
        "seed": point.seed,
        "replicate": point.replicate,
    }
    return as_json(row) + b"\n"


def new_design(sweep: Sweep, engine: Engine) -> Design:
    """A sweep, looked through.

    Raises:
        BatchError: When a point cannot run, with the factor.
        CanvasError: When none can.
    """
    return _looked_through(sweep, range(len(sweep)), engine)


def taken_up(sweep: Sweep, state: BatchState, engine: Engine) -> Design:
    """A sweep as the design of a batch that there is: its points first, then those that are new.

    Raises:
        BatchError: When the sweep lacks points of the batch, or one cannot run.
    """
    known = state.points
    where = {point.id: point.index for point in sweep}
    lacking = [index for index, row in enumerate(known) if row.id not in where]
    if lacking and as_plain(sweep.to_document(contents=True)) == state.about.get("sweep"):
        # The same design, but a file that it names says something else now.
        if len(sweep) != len(known):
            raise BatchError(
                f"The design of the batch {state.id} gives {len(sweep)} points now, but gave "
                f"{len(known)}: it was written by another version of canvas-kit."
            )
        places: Sequence[int] = range(len(known))
    elif lacking:
        row = known[lacking[0]]
        raise BatchError(
            f"{state.called} has {len(lacking)} points that this sweep lacks, such as "
            f"{dict(row.levels)} with seed {row.seed}. A batch can be extended by further levels "
            "and seeds, but what it has stays. To go on with it as it was, use "
            f"Batch.open({str(state.folder)!r}).resume(); to begin a new one of that name, "
            "run_batch(…, again=True)."
        )
    else:
        old = [where.pop(row.id) for row in known]
        places = [*old, *where.values()]
        if places == list(range(len(places))):
            places = range(len(places))
    design = _looked_through(sweep, places, engine)
    changed = {"read_otherwise": len(lacking)} if lacking else {}
    return replace(design, conditions={**design.conditions, **changed})


def as_plain(document: Any) -> Any:
    """A document as it is read back from its file."""
    return json.loads(as_json(document))


def _looked_through(sweep: Sweep, places: Sequence[int], engine: Engine) -> Design:
    engine.check_open()
    sweep.check(engine)
    plans = Plans(engine)
    lanes: dict[str, Lane] = {}
    models: dict[str, dict[str, None]] = {}
    contents: dict[str, str] = {}
    looked: dict[int, tuple[Any, Lane, int]] = {}
    canvas, lane, most = None, Lane("", 0), 0
    for index, place in enumerate(places):
        point = sweep.point(place)
        if point.canvas is not canvas:
            canvas = point.canvas
            plan = plans.of(canvas)
            # Plans that differ in words only share this dictionary.
            if id(plan.models) not in looked:
                lane = _lane_of(plan, lanes)
                for position, asked in plan.models.items():
                    name = plan.names[position][0]
                    models.setdefault(name, {})[_full_name(asked)] = None
                    contents.update(_contents(asked, engine))
                looked[id(plan.models)] = plan.models, lane, _bytes_of(plan, engine)
            _, lane, size = looked[id(plan.models)]
            most = max(most, size)
        lane.add(index)
    conditions = {
        "canvas_kit": __version__,
        "models": {name: sorted(found) for name, found in models.items()},
        **({"contents": contents} if contents else {}),
    }
    return Design(sweep, places, tuple(lanes.values()), conditions, most)


def _lane_of(plan: Plan, lanes: dict[str, Lane]) -> Lane:
    """The lane of the media backend with the fewest slots, which the others wait for."""
    backends = {
        asked.backend.name: asked.backend.capacity
        for index, asked in plan.models.items()
        if plan.names[index][1] == "generation"
    }
    name = min(backends, key=backends.__getitem__, default="")
    return lanes.setdefault(name, Lane(name, backends.get(name, 4)))


def _full_name(asked: NodeModel) -> str:
    return f"{asked.backend.name}/{asked.model}" if asked.model else asked.backend.name


def _contents(asked: NodeModel, engine: Engine) -> Iterator[tuple[str, str]]:
    """What the names mean that a node's model is given by, as hashes."""
    config = engine.backends.config(asked.name)
    if config.model != asked.name:
        yield asked.name, hashlib.sha256(config.model_dump_json().encode()).hexdigest()
    if found := asked.backend.content_of(asked.model):
        yield _full_name(asked), found


def _bytes_of(plan: Plan, engine: Engine) -> int:
    """About how much a run of a plan takes on the disk."""
    size = _RECORD_BYTES
    for index, asked in plan.models.items():
        if plan.names[index][1] == "generation":
            sources = [plan.nodes[link.source] for link in plan.incoming[index]]
            given = [*sources, engine.backends.config(asked.name)]
            width, height = (
                next(filter(None, (getattr(one, side, None) for one in given)), _DEFAULT_EDGE)
                for side in ("width", "height")
            )
            size += int(width * height * asked.backend.bytes_per_pixel)
    return size


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What of the conditions is different, in sentences."""
    found = []
    if before.get("canvas_kit") != now.get("canvas_kit"):
        found.append(
            f"canvas-kit was {before.get('canvas_kit')} and is {now.get('canvas_kit')} now."
        )
    old, new = before.get("models", {}), now.get("models", {})
    found += [
        f"{node} asked {', '.join(sorted(gone))} and would ask {', '.join(new[node])} now."
        for node in sorted(old.keys() & new.keys())
        if (gone := set(old[node]) - set(new[node]))
    ]
    old, new = before.get("contents", {}), now.get("contents", {})
    found += [
        f"{name} has another content now."
        for name in sorted(old.keys() & new.keys())
        if old[name] != new[name]
    ]
    if lost := now.get("read_otherwise"):
        found.append(
            f"{lost} points would be made with another content than before: a preset, a template "
            "or a picture that the canvas names has changed."
        )
    return found


class Todo:
    """The points that are still to be made, handed out so that every backend is kept busy.

    Attributes:
        wanted: Whether the point at a position was to be made at the beginning.
    """

    def __init__(self, design: Design, wanted: Callable[[int], bool], *, limited: bool) -> None:
        """Prepare; if ``limited``, each lane has no more in flight than its backend wants."""
        self._left = {
            lane.backend: (index for some in lane.points for index in some if wanted(index))
            for lane in design.lanes
        }
        self.wanted = wanted
        self._lanes = {lane.backend: lane for lane in design.lanes}
        self._in_flight = dict.fromkeys(self._lanes, 0)
        self._limited = limited

    def take(self) -> tuple[int, str] | None:
        """The next point and its lane; None where nothing is to be begun now."""
        while self._left:
            load = {name: self._in_flight[name] / self._lanes[name].capacity for name in self._left}
            name = min(load, key=load.__getitem__)
            if self._limited and self._in_flight[name] >= self._lanes[name].in_flight:
                return None
            index = next(self._left[name], None)
            if index is None:
                del self._left[name]
                continue
            self._in_flight[name] += 1
            return index, name
        return None

    def ended(self, name: str) -> None:
        """A point of a lane has ended."""
        self._in_flight[name] -= 1

    def close(self, name: str) -> None:
        """Begin nothing more of a lane."""
        self._left.pop(name, None)

    def closed(self, name: str) -> bool:
        """Whether nothing more of a lane is to be begun."""
        return name not in self._left
