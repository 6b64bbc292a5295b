"""Runs one canvas, or goes on with a run: gives a handle at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, SupportsIndex

from canvas_kit.canvas.graph import Canvas, Composable
from canvas_kit.canvas.node import Node
from canvas_kit.errors import RecordError
from canvas_kit.events import Complete, Error, Listener, Started, ToTell
from canvas_kit.executor.cache import RunCache
from canvas_kit.executor.engine import Engine, default_engine
from canvas_kit.executor.execution import Execution
from canvas_kit.executor.handle import Handle
from canvas_kit.executor.options import RunOptions
from canvas_kit.executor.parameters import checked_seed, with_prompt
from canvas_kit.executor.plan import Plan
from canvas_kit.executor.replay import Replay
from canvas_kit.recorder.names import new_id
from canvas_kit.recorder.recorder import CanvasRecorder, Recorder
from canvas_kit.recorder.run import Run


class RunHandle(Handle[Run]):
    """A run that is under way.

    Attributes:
        run_id: The run's id.
        canvas: The canvas as it runs.
        seed: The run's seed.
        folder: Where it lies; None before it begins, or if it is not recorded.
        unreachable: The backend that could not be reached, if there was one; known at the end.
    """

    view = "run_handle"

    def __init__(
        self,
        engine: Engine,
        canvas: Canvas,
        *,
        seed: int,
        run_id: str = "",
        emit: Callable[[ToTell], None] | None = None,
    ) -> None:
        """Prepare; nothing starts. ``emit`` tells the events of a run that is part of a batch."""
        super().__init__(engine)
        self.run_id = run_id or new_id()
        self.canvas = canvas
        self.seed = seed
        self.folder: Path | None = None
        self.unreachable = ""
        self._execution: Execution | None = None
        self._stop_reason: str | None = None
        self._emit = emit

    def __repr__(self) -> str:
        return f"<run {self.run_id}, {'ended' if self.done else 'under way'}>"

    def emit(self, event: ToTell) -> None:
        """Tell an event; of a run that is part of a batch, the batch does."""
        (self._emit or super().emit)(event)

    def stop(self, reason: str) -> None:
        """Stop the run; what was made is kept."""
        self._stop_reason = reason
        if self._execution is not None:
            self._execution.stop(reason)

    async def execute(
        self,
        plan: Plan,
        options: RunOptions,
        *,
        run_index: int = 0,
        about: Mapping[str, Any] | None = None,
        earlier: Run | None = None,
        attempt: int = 0,
    ) -> Run:
        """Run the canvas, on the engine's loop.

        Args:
            plan: The canvas, made ready.
            options: How.
            run_index: Position of the run in its batch, from 0.
            about: More for the head of the manifest.
            earlier: The run as an earlier attempt has left it: it is gone on with in its own
                folder, as it was begun. Its id, seed and canvas are those of this handle and
                ``plan``.
            attempt: Which attempt this is, of a run that is gone on with; 0 for one more than there
                were.

        Raises:
            RecordError: When the record cannot be written; for an earlier run also when it is
                still going on, or is of another canvas, or cannot be read.
        """
        if earlier is not None and earlier.ended_whole:
            where = str(earlier.folder)
            self.emit(Started(self.run_id, len(plan.nodes), where))
            self.emit(Complete(self.run_id, earlier.status, earlier.nodes, folder=where))
            return earlier
        recorder: Recorder
        replay = None
        try:
            if earlier is not None:
                recorder = reopened = await self._go_on(plan, earlier, attempt)
                assert reopened.earlier is not None
                replay = Replay(
                    reopened.earlier,
                    plan,
                    backends=self.engine.backends,
                    settings=self.engine.settings,
                    pay_again=options.pay_again,
                )
            else:
                recorder = await self.engine.open_recorder(
                    plan, options, seed=self.seed, run_id=self.run_id, about=about
                )
        except RecordError as error:
            self.emit(Error(self.run_id, str(error)))
            raise
        self.folder = recorder.folder
        cache = None
        if options.cache is not None:
            cache = RunCache(self.engine.cache, options.cache, seed=self.seed)
        self._execution = Execution(
            plan,
            recorder,
            backends=self.engine.backends,
            settings=self.engine.settings,
            seed=self.seed,
            run_index=run_index,
            emit=self.emit,
            replay=replay,
            cache=cache,
        )
        if self._stop_reason is not None:
            self._execution.stop(self._stop_reason)
        try:
            return await self._execution.run(options.deadline_seconds)
        finally:
            self.unreachable = self._execution.unreachable
            self._execution = None  # it holds everything that was made, and this handle
            self.forget_previews()

    async def _go_on(self, plan: Plan, earlier: Run, attempt: int) -> CanvasRecorder:
        """The recorder of a run that is gone on with.

        Raises:
            RecordError: When it is not this handle's run, or cannot be gone on with.
        """
        if earlier.folder is None:
            raise RecordError(f"The run {earlier.id} was not recorded, so it cannot be continued.")
        described = earlier.about.get("canvas", {}).get("fingerprint")
        for what, was, now in (
            ("id", earlier.id, self.run_id),
            ("seed", earlier.seed, self.seed),
            ("canvas", described, plan.canvas.fingerprint),
        ):
            if was != now:
                raise RecordError(
                    f"The run in {earlier.folder} has the {what} {was}, not {now}, so it cannot be "
                    "continued as this one. Run it anew."
                )
        return await self.engine.reopen_recorder(plan, earlier.folder, attempt=attempt)


def continue_run(
    run: Run | str | Path,
    *,
    pay_again: bool = False,
    deadline_seconds: float | None = None,
    engine: Engine | None = None,
    listener: Listener | None = None,
) -> RunHandle:
    """Go on with a run that was killed or cancelled, or did not make everything.

    What it has made is kept and taken from its record; only what is missing is made, in the same
    folder. Work that had been sent to a server is asked for by its id. Where that cannot be done
    and it may have been charged for, the node fails and says so, unless ``pay_again`` is given.
    What a provider refused is a result, and is not asked for again.

    Args:
        run: The run, or its folder.
        pay_again: Whether a request that may have been charged for may be sent again.
        deadline_seconds: The longest that it may take; what was made until then is kept.
        engine: The engine to use, if not the default one.
        listener: Called with each event.

    Returns:
        A handle on the run. If nothing is missing, its result is the run as it was.

    Raises:
        CanvasError: When the canvas cannot run here.
        RecordError: When the run cannot be read.
        SettingsError: When the settings cannot be read.
    """
    engine = engine or default_engine()
    folder = run.folder if isinstance(run, Run) else Path(run)
    if folder is None:
        raise RecordError("A run that was not recorded cannot be continued.")
    earlier = Run.open(folder.absolute())
    if earlier.seed is None:
        raise RecordError(
            f"The run in {folder} cannot be continued: the seed that it began with is not on "
            "record. Run its canvas anew."
        )
    options = RunOptions.of(engine.settings, deadline_seconds=deadline_seconds, pay_again=pay_again)
    plan = engine.prepare(earlier.canvas, {entity.node_id for entity in earlier.entities})
    index = earlier.about.get("run_index")
    handle = RunHandle(engine, plan.canvas, seed=earlier.seed, run_id=earlier.id).telling(listener)
    run_index = index if isinstance(index, int) else 0
    return handle.start(handle.execute(plan, options, run_index=run_index, earlier=earlier))


def run(
    canvas: Composable,
    *,
    prompt: str | None = None,
    node: str | Node = "",
    seed: SupportsIndex | None = None,
    exports: str | Path | None = None,
    device_id: str | None = None,
    record: bool = True,
    deadline_seconds: float | None = None,
    run_id: str = "",
    cache: bool | Literal["all"] | None = None,
    engine: Engine | None = None,
    listener: Listener | None = None,
) -> RunHandle:
    """Run a canvas. Gives a handle at once; await it for the result.

    ::

        result = await run(canvas)          # in a notebook, or any coroutine
        result = run(canvas).result()       # in a script

    Args:
        canvas: A canvas, a chain, or a node.
        prompt: Words for the canvas's input, in place of its own.
        node: The input that takes the prompt, if the canvas has several.
        seed: The run's seed, 0 to 2**53 - 1; drawn (and recorded) if left out. A seed node that is
            set to *fixed* keeps its own.
        exports: Where the record goes, if not where the settings say.
        device_id: Names the device in the record, if not as the settings say.
        record: False keeps the run in memory only.
        deadline_seconds: The longest that it may take; what was made until then is kept.
        run_id: Names the run; a fresh id if left out.
        cache: Whether what a model has answered to the very same request is reused: True where a
            seed decides on the answer, ``"all"`` also where it is drawn by chance; as the settings
            say if left out.
        engine: The engine to use, if not the default one.
        listener: Called with each event.

    Returns:
        A handle on the run. Its result is a :class:`Run`, also if the run was cancelled or did not
        make everything; its ``status`` says which.

    Raises:
        CanvasError: When the canvas cannot run; every problem at once, and nothing was written.
        SettingsError: When the settings cannot be read.
    """
    engine = engine or default_engine()
    value = Canvas.of(canvas)
    if prompt is not None:
        value = with_prompt(value, prompt, node)
    options = RunOptions.of(
        engine.settings,
        exports=exports,
        device_id=device_id,
        record=record,
        deadline_seconds=deadline_seconds,
        cache=cache,
    )
    plan = engine.prepare(value)
    handle = RunHandle(engine, plan.canvas, seed=checked_seed(seed), run_id=run_id).telling(
        listener
    )
    return handle.start(handle.execute(plan, options))
