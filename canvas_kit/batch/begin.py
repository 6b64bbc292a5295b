"""Begins a batch, or takes up one that there is: ``run_batch``, and the resuming of old ones."""

from __future__ import annotations

import importlib
import itertools
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, SupportsIndex

from canvas_kit.batch.design import Design, differences, new_design, taken_up
from canvas_kit.batch.handle import BatchHandle, is_wanted
from canvas_kit.batch.options import MAX_CONCURRENCY, Again, BatchOptions
from canvas_kit.batch.recording import check_not_under_way
from canvas_kit.batch.runner import PointRunner
from canvas_kit.batch.state import BatchState, batches_named
from canvas_kit.canvas.graph import Composable
from canvas_kit.canvas.node import Node
from canvas_kit.errors import BatchError
from canvas_kit.events import Listener
from canvas_kit.executor.engine import Engine, default_engine
from canvas_kit.executor.handle import under_way
from canvas_kit.sweep.sweep import Sweep
from canvas_kit.values import RunStatus

_SPARE_BYTES = 64 * 2**20
"""What is left free on the disk."""
_WEIGHED = 20
"""Runs whose size is looked at, to know what the others take."""


def run_batch(
    canvas: Composable | Sweep,
    *,
    prompts: Sequence[str] | None = None,
    count: SupportsIndex | None = None,
    base_seed: SupportsIndex | None = None,
    node: str | Node = "",
    concurrency: SupportsIndex | None = None,
    exports: str | Path | None = None,
    device_id: str | None = None,
    record: bool = True,
    deadline_seconds: float | None = None,
    batch_deadline_seconds: float | None = None,
    batch_id: str = "",
    again: bool = False,
    retry: Again | None = None,
    pay_again: bool = False,
    accept_changes: bool = False,
    cache: bool | Literal["all"] | None = None,
    engine: Engine | None = None,
    client: Any = None,
    listener: Listener | None = None,
) -> BatchHandle:
    """Run a canvas many times. Gives a handle at once; await it for the result.

    A run that fails does not stop the others; the result says of each how it ended and why.

    A sweep with a name takes up the batch of that name, if there is one in the exports folder: one
    that is under way in this session is given back, one that was broken off is completed, one that
    is complete is given back at once, and one that the sweep adds points to is extended.

    Args:
        canvas: A sweep, which says which runs; or a canvas, a chain, or a node.
        prompts: Of a canvas, a run for each; the words go into its input.
        count: So many runs of the canvas as it is; instead of ``prompts``.
        base_seed: The seed of the first run; run ``i`` has ``base_seed + i``. Drawn (and recorded)
            if left out.
        node: The input that takes the prompts, if the canvas has several.
        concurrency: How many runs are in flight; twice the capacity of the backends if left out.
        exports: Where the records go, if not where the settings say.
        device_id: Names the device in the records, if not as the settings say.
        record: False keeps nothing on the disk.
        deadline_seconds: The longest that each run may take; what was made until then is kept.
        batch_deadline_seconds: The longest that the batch may take; it can be gone on with.
        batch_id: The batch's id; a fresh one if left out.
        again: Whether a new batch is begun, although there is one of this name.
        retry: Of a batch that is taken up, which points are made once more: those that ``"failed"``
            or were ``"refused"``, or ``"all"`` that did not make everything.
        pay_again: Whether what was sent to a paid service and may have been made already may be
            asked for, and paid, once more.
        accept_changes: Whether a batch is gone on with although a model, a config or a file means
            something else now.
        cache: Whether what a model has answered to the very same request is reused; see
            :func:`run`.
        engine: The engine to use, if not the default one.
        client: A client of Dask's, or its scheduler's address: the runs are made on its workers,
            which share the exports folder; see ``canvas_kit/cluster/README.md``.
        listener: Called with each event of the batch and of its runs.

    Returns:
        A handle on the batch. Its result is a :class:`Batch`, also if it was aborted.

    Raises:
        CanvasError: When the canvas cannot run; nothing was written.
        BatchError: When what is asked for is no batch, does not go with the batch of its name, or
            would not fit on the disk; nothing was written.
        SettingsError: When the settings cannot be read.
    """
    engine = engine or default_engine()
    sweep = sweep_of(
        canvas,
        prompts=prompts,
        count=count,
        base_seed=base_seed,
        node=node,
        folders=engine.settings.allowed_folders,
    )
    options = BatchOptions.of(
        engine.settings,
        concurrency=concurrency,
        exports=exports,
        device_id=device_id,
        record=record,
        deadline_seconds=deadline_seconds,
        batch_deadline_seconds=batch_deadline_seconds,
        retry=retry,
        pay_again=pay_again,
        accept_changes=accept_changes,
        cache=cache,
        client=client,
        listener=listener,
    )
    if sweep.name and record and not again and not batch_id:
        if (handle := _under_way(sweep, options.runs.exports)) is not None:
            return handle.telling(listener)
        if (state := _named(sweep, options.runs.exports)) is not None:
            return _taken_up(state, sweep, engine, options)
    return _started(new_design(sweep, engine), engine, options, batch_id=batch_id)


def resume(folder: Path, *, engine: Engine | None = None, **options: Any) -> BatchHandle:
    """Go on with the batch in a folder; see :meth:`Batch.resume`."""
    engine = engine or default_engine()
    folder = folder.absolute()
    for handle in under_way():
        if isinstance(handle, BatchHandle) and handle.folder == folder:
            return handle.telling(options.get("listener"))
    state = BatchState.read(folder)
    folders = engine.settings.allowed_folders
    sweep = Sweep.from_document(state.about["sweep"], folder=folder, folders=folders)
    said = BatchOptions.of(
        engine.settings, exports=state.exports, device_id=None, record=True, **options
    )
    return _taken_up(state, sweep, engine, said)


def _taken_up(
    state: BatchState, sweep: Sweep, engine: Engine, options: BatchOptions
) -> BatchHandle:
    """Go on with a batch that there is, as a sweep says."""
    check_not_under_way(state)
    design = taken_up(sweep, state, engine)
    unnoted = state.take_in_unnoted()
    wanted = is_wanted(state, options.retry)
    left = sum(map(wanted, range(len(design.places))))
    found = differences(state.about.get("conditions", {}), design.conditions)
    if left and found and not options.accept_changes:
        raise BatchError(
            f"{state.called} was begun under other conditions: {' '.join(found)} To make the "
            f"{left} points that are left as things are now, ask with accept_changes=True "
            "(--accept-changes)."
        )
    if not left and not unnoted:
        handle = BatchHandle(engine, design.sweep, concurrency=1, batch_id=state.id)
        handle.folder = state.folder
        return handle.telling(options.listener).start(handle.give_back(len(design.places)))
    device = str(state.about.get("device_id") or options.runs.device_id)
    runs = replace(options.runs, exports=state.exports, device_id=device)
    return _started(design, engine, replace(options, runs=runs), state=state, left=left)


def _started(
    design: Design,
    engine: Engine,
    options: BatchOptions,
    *,
    batch_id: str = "",
    state: BatchState | None = None,
    left: int | None = None,
) -> BatchHandle:
    runner: PointRunner | None = None
    if options.client is not None:
        # Named as a string: it lies above batches, and most are made on one machine.
        cluster = importlib.import_module("canvas_kit.cluster.runner")
        runner = cluster.DaskRunner(options.client, engine, concurrency=options.concurrency)
    wanted = min(sum(lane.in_flight for lane in design.lanes), MAX_CONCURRENCY)
    at_once = options.concurrency or (wanted if runner is None else runner.slots)
    batch_id = batch_id if state is None else state.id
    handle = BatchHandle(engine, design.sweep, concurrency=at_once, batch_id=batch_id)
    if options.runs.record:
        handle.exports = options.runs.exports
        number = len(design.places) if left is None else left
        handle.estimated_bytes = _check_space(design, handle.exports, number, state)
    return handle.telling(options.listener).start(handle.execute(design, options, runner, state))


def _under_way(sweep: Sweep, root: Path) -> BatchHandle | None:
    """The batch of a sweep's name that is under way in this session."""
    for handle in under_way():
        if not isinstance(handle, BatchHandle) or handle.exports != root:
            continue
        part = _part(handle.sweep.selection)
        if handle.name != sweep.name or part != _part(sweep.selection):
            continue
        if handle.sweep == sweep:
            return handle
        raise BatchError(
            f"The batch {sweep.name!r} is under way in this session with another design. Let it "
            "end (await its handle) or cancel it, then run this again: it is extended by what is "
            "new. To begin another batch of that name, use again=True."
        )
    return None


def _named(sweep: Sweep, root: Path) -> BatchState | None:
    """The newest batch of a sweep's name; of a shard, that of the same shard."""
    for folder, about in batches_named(root, sweep.name):
        design = about.get("sweep")
        selection = design.get("selection", ()) if isinstance(design, Mapping) else ()
        if about.get("format") != 1 and _part(selection) == _part(sweep.selection):
            return BatchState.read(folder)
    return None


def _part(selection: Sequence[Any]) -> list[list[Any]]:
    return [list(one) for one in selection if one[0] == "shard"]


def sweep_of(
    canvas: Composable | Sweep,
    *,
    prompts: Sequence[str] | None = None,
    count: SupportsIndex | None = None,
    base_seed: SupportsIndex | None = None,
    node: str | Node = "",
    folders: Iterable[Path] = (),
) -> Sweep:
    """The sweep that was given, or one of a canvas.

    Raises:
        CanvasError: When the canvas has no such input, or a prompt cannot be used.
        BatchError: When what is asked for is no batch.
    """
    if isinstance(canvas, Sweep):
        which = {"prompts": prompts, "count": count, "base_seed": base_seed, "node": node}
        if given := [name for name, value in which.items() if value not in (None, "")]:
            raise BatchError(
                f"A sweep says itself which runs it makes; leave out {', '.join(given)}."
            )
        return canvas
    if prompts is not None and count is None:
        return Sweep.of_prompts(canvas, prompts, base_seed=base_seed, node=node, folders=folders)
    if prompts is None and count is not None:
        return Sweep.of_count(canvas, count, base_seed=base_seed, folders=folders)
    raise BatchError("A batch takes either prompts or a count, or a sweep.")


def _check_space(design: Design, root: Path, runs: int, state: BatchState | None) -> int:
    """About how much disk space some runs take.

    Raises:
        BatchError: When there is less.
    """
    needed = runs * (_weighed(state) or design.run_bytes)
    place = next(path for path in (root, *root.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free
    if needed and needed + _SPARE_BYTES > free:
        raise BatchError(
            f"{runs} runs would take about {_size(needed)} in {root}, and {_size(_SPARE_BYTES)} "
            f"should stay free, but only {_size(free)} are free there. Make room, record elsewhere "
            "(exports=…), or run a part: study.shard(1, 4)."
        )
    return needed


def _weighed(state: BatchState | None) -> int:
    """What the runs of a batch take that are there; 0 if none is."""
    complete = (
        one
        for one in (state.ended.values() if state else ())
        if one.status is RunStatus.COMPLETED and one.folder is not None
    )
    sizes = []
    for summary in itertools.islice(complete, _WEIGHED):
        assert summary.folder is not None
        sizes.append(sum(path.stat().st_size for path in summary.folder.rglob("*")))
    return sum(sizes) // len(sizes) if sizes else 0


def _size(number: int) -> str:
    if number < 1e6:
        return f"{number / 1e3:.0f} kB"
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{number / 1e6:.0f} MB"
