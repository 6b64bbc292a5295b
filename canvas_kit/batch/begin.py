"""Begins a batch, or takes up one that there is: ``run_batch``, and the resuming of old ones."""

from __future__ import annotations

import importlib
import itertools
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, SupportsIndex

from canvas_kit.batch.design import Design, differences, new_design, taken_up
from canvas_kit.batch.handle import Again, BatchHandle, check_not_under_way, is_wanted
from canvas_kit.batch.runner import PointRunner
from canvas_kit.batch.state import BatchState, batches_named
from canvas_kit.canvas.graph import Composable
from canvas_kit.canvas.node import Node
from canvas_kit.errors import BatchError
from canvas_kit.events import Listener
from canvas_kit.executor.engine import Engine, default_engine
from canvas_kit.executor.handle import under_way
from canvas_kit.executor.parameters import checked_deadline, whole_number
from canvas_kit.sweep.sweep import Sweep
from canvas_kit.values import RunStatus

MAX_CONCURRENCY = 1024
_SPARE_BYTES = 64 * 2**20
"""What is left free on the disk."""
_WEIGHED = 20
"""Runs whose size is looked at, to know what the others take."""
_AGAIN = (None, "failed", "refused", "all")


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
    root = Path(exports).absolute() if exports is not None else engine.settings.exports
    options: dict[str, Any] = {
        "concurrency": checked_concurrency(concurrency),
        "retry": checked_retry(retry),
        "pay_again": pay_again,
        "cache": cache,
        "accept_changes": accept_changes,
        "deadline_seconds": checked_deadline(deadline_seconds),
        "batch_deadline_seconds": checked_deadline(batch_deadline_seconds),
        "client": client,
        "listener": listener,
    }
    if sweep.name and record and not again and not batch_id:
        if (handle := _under_way(sweep, root)) is not None:
            if listener is not None:
                handle.listen(listener)
            return handle
        if (state := _named(sweep, root)) is not None:
            return take_up(state, sweep, engine, **options)
    design = new_design(sweep, engine)
    place: dict[str, Any] = {"exports": root, "device_id": device_id, "record": record}
    return _started(design, engine, None, batch_id=batch_id, **place, **options)


def resume(
    folder: Path,
    *,
    concurrency: SupportsIndex | None = None,
    retry: Again | None = None,
    pay_again: bool = False,
    accept_changes: bool = False,
    cache: bool | Literal["all"] | None = None,
    deadline_seconds: float | None = None,
    batch_deadline_seconds: float | None = None,
    engine: Engine | None = None,
    client: Any = None,
    listener: Listener | None = None,
) -> BatchHandle:
    """Go on with the batch in a folder; see :meth:`Batch.resume`."""
    engine = engine or default_engine()
    folder = folder.absolute()
    for handle in under_way():
        if isinstance(handle, BatchHandle) and handle.folder == folder:
            if listener is not None:
                handle.listen(listener)
            return handle
    state = BatchState.read(folder)
    if state.about.get("format") == 1:
        raise BatchError(
            f"The batch in {folder} was recorded by an earlier version, which kept no design that "
            "could be gone on with. It can be read, and its prompts be run anew."
        )
    return take_up(
        state,
        Sweep.from_document(
            state.about["sweep"], folder=folder, folders=engine.settings.allowed_folders
        ),
        engine,
        concurrency=checked_concurrency(concurrency),
        retry=checked_retry(retry),
        pay_again=pay_again,
        cache=cache,
        accept_changes=accept_changes,
        deadline_seconds=checked_deadline(deadline_seconds),
        batch_deadline_seconds=checked_deadline(batch_deadline_seconds),
        client=client,
        listener=listener,
    )


def take_up(
    state: BatchState,
    sweep: Sweep,
    engine: Engine,
    *,
    accept_changes: bool,
    retry: Again | None,
    **options: Any,
) -> BatchHandle:
    """Go on with a batch that there is, as a sweep says."""
    check_not_under_way(state)
    design = taken_up(sweep, state, engine)
    unnoted = state.take_in_unnoted()
    wanted = is_wanted(state, retry)
    left = sum(map(wanted, range(len(design.places))))
    found = differences(state.about.get("conditions", {}), design.conditions)
    if left and found and not accept_changes:
        raise BatchError(
            f"{state.called} was begun under other conditions: {' '.join(found)} To make the "
            f"{left} points that are left as things are now, ask with accept_changes=True "
            "(--accept-changes)."
        )
    if not left and not unnoted:
        handle = BatchHandle(engine, design.sweep, concurrency=1, batch_id=state.id)
        handle.folder = state.folder
        if (listener := options["listener"]) is not None:
            handle.listen(listener)
        handle.start(handle.give_back(len(design.places)))
        return handle
    return _started(design, engine, state, retry=retry, left=left, **options)


def _started(
    design: Design,
    engine: Engine,
    state: BatchState | None,
    *,
    concurrency: int | None,
    left: int | None = None,
    client: Any = None,
    listener: Listener | None = None,
    exports: Path | None = None,
    record: bool = True,
    batch_id: str = "",
    accept_changes: bool = False,
    **options: Any,
) -> BatchHandle:
    runner: PointRunner | None = None
    if client is not None:
        # Named as a string: it lies above batches, and most are made on one machine.
        cluster = importlib.import_module("canvas_kit.cluster.runner")
        runner = cluster.DaskRunner(client, engine, concurrency=concurrency)
    wanted = sum(lane.in_flight for lane in design.lanes)
    at_once = concurrency or (runner.slots if runner is not None else min(wanted, MAX_CONCURRENCY))
    batch_id = state.id if state is not None else batch_id
    handle = BatchHandle(engine, design.sweep, concurrency=at_once, batch_id=batch_id)
    if record:
        handle.exports = state.exports if state is not None else exports
        number = len(design.places) if left is None else left
        handle.estimated_bytes = _check_space(design, handle.exports or Path(), number, state)
    if listener is not None:
        handle.listen(listener)
    handle.start(
        handle.execute(
            design,
            runner,
            earlier=state,
            limited=concurrency is None and runner is None,
            exports=exports,
            record=record,
            **options,
        )
    )
    return handle


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


def checked_concurrency(concurrency: SupportsIndex | None) -> int | None:
    """How many runs are to be in flight, if it was said.

    Raises:
        BatchError: When it is no number of runs.
    """
    if concurrency is None:
        return None
    number = whole_number(concurrency)
    if number is None or not 1 <= number <= MAX_CONCURRENCY:
        raise BatchError(
            f"The concurrency should be 1 to {MAX_CONCURRENCY}, but is {concurrency!r}."
        )
    return number


def checked_retry(retry: Again | None) -> Again | None:
    """Which points are made once more, if it was said.

    Raises:
        BatchError: When it says something else.
    """
    if retry not in _AGAIN:
        raise BatchError(f"retry should be 'failed', 'refused' or 'all', but is {retry!r}.")
    return retry


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
