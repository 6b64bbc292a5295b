"""Runs one canvas: starts what the schedule allows, records what comes, tells its listeners."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from canvas_kit.backends.registry import BackendRegistry
from canvas_kit.errors import (
    BackendError,
    BackendUnreachable,
    CanvasKitError,
    ContentRefused,
    RecordError,
)
from canvas_kit.events import Complete, Error, NodeComplete, Progress, Started, ToTell
from canvas_kit.executor.cache import RunCache
from canvas_kit.executor.limits import Budget, checked
from canvas_kit.executor.made import Made, Results
from canvas_kit.executor.plan import Plan
from canvas_kit.executor.replay import Replay, result_line
from canvas_kit.executor.schedule import Schedule, Settled, Step
from canvas_kit.logs import logger_for
from canvas_kit.nodes.base import Inputs, NodeContext, NodeResult, RunnableNode
from canvas_kit.recorder.recorder import Recorder
from canvas_kit.recorder.run import Run
from canvas_kit.settings import Settings
from canvas_kit.tasks import to_the_end
from canvas_kit.values import MAX_SEED, Entity, NodeReport, NodeState, RunStatus

log = logger_for(__name__)

MAX_PREVIEW_BYTES = 2 * 2**20
"""The largest picture of work under way that is shown; each node's latest is kept."""
PATIENCE_SECONDS = 15.0
"""How long a node may take to stop: a backend tells its server meanwhile, which takes up to ten."""


class _NodeReporter:
    """Passes a backend's words on as events of its node."""

    __slots__ = ("_execution", "_index")

    def __init__(self, execution: Execution, index: int) -> None:
        self._execution = execution
        self._index = index

    def progress(
        self,
        message: str = "",
        *,
        step: int | None = None,
        total: int | None = None,
        preview: bytes | None = None,
    ) -> None:
        told = self._index, message, step, total, preview
        self._execution.on_its_loop(partial(self._execution.tell_progress, *told))

    async def submitting(self, job_id: str, **details: Any) -> None:
        await self._execution.submitting(self._index, job_id, details)


class Execution:
    """One run of one canvas. Made and run on one event loop; :meth:`stop` ends it early from there.

    Attributes:
        plan: The canvas, made ready.
        recorder: Where results go before they are told.
        unreachable: The backend that could not be reached, if there was one.
    """

    def __init__(
        self,
        plan: Plan,
        recorder: Recorder,
        *,
        backends: BackendRegistry,
        settings: Settings,
        seed: int,
        run_index: int = 0,
        emit: Callable[[ToTell], None],
        replay: Replay | None = None,
        cache: RunCache | None = None,
    ) -> None:
        """Prepare; nothing starts.

        ``emit`` is called with each event, or with how it is made, and must not raise. ``replay``
        is what earlier attempts have left, ``cache`` what was answered before.
        """
        self.plan = plan
        self.recorder = recorder
        self.run_id = recorder.run_id
        self.unreachable = ""
        self._backends = backends
        self._settings = settings
        self._seed = seed
        self._run_index = run_index
        self._emit = emit
        self._replay = replay
        self._cache = cache
        self._anew: set[int] = set()
        self._sent: dict[int, bool] = {}
        self._schedule = Schedule(plan)
        self._results = Results(plan)
        self._order: list[str] = []
        self._ready: deque[int] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._at_work: dict[int, tuple[asyncio.Task[None], NodeContext]] = {}
        self._left_behind: set[int] = set()
        self._noticed: dict[int, tuple[str, ...]] = {}
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._branching = False
        self._made_something = False
        self._budget = Budget(settings.max_run_bytes)
        self._impatient: asyncio.TimerHandle | None = None
        self._idle: asyncio.Future[None] | None = None
        self._stopped: tuple[NodeState, str] | None = None
        self._broken: RecordError | None = None

    async def run(self, deadline_seconds: float | None = None) -> Run:
        """Run the canvas to its end, and give the run with its closed record.

        A run that was stopped ends like any other: what had been made is in it.

        Args:
            deadline_seconds: The longest that it may take.

        Raises:
            RecordError: When the record cannot be written; nothing further was made then.
        """
        self._idle = self._loop.create_future()
        folder = self.recorder.folder
        self._emit(Started(self.run_id, len(self.plan.nodes), str(folder) if folder else None))
        timer = None
        if deadline_seconds is not None:
            reason = f"the deadline of {deadline_seconds:g} s had passed"
            timer = self._loop.call_later(deadline_seconds, self.stop, reason, NodeState.FAILED)
        try:
            if self._stopped is None:
                self._follow(self._schedule.start())
                self._start_branches()
            if self._tasks:
                await asyncio.shield(self._idle)
        except asyncio.CancelledError:
            self.stop("the program was ended")
            if self._tasks:
                await to_the_end(self._idle)
            await self._finish()
            raise
        finally:
            if timer is not None:
                timer.cancel()
        return await self._finish()

    def stop(self, reason: str, state: NodeState = NodeState.CANCELLED) -> None:
        """End the run early: nothing new starts, backends are told to stop, what is made is kept.

        A node that has not stopped in :data:`PATIENCE_SECONDS` is left behind: the run ends
        without it, and nothing that it does later is kept or told.

        Args:
            reason: Why, for the record: "it was cancelled".
            state: How the nodes ended that did not complete.
        """
        if self._stopped is None:
            self._stopped = (state, reason)
            self._ready.clear()
            for task in self._tasks:
                # One that has not begun sees by itself that the run is over; cancelled, it would
                # never come to say that it has ended.
                branch = task.get_coro()
                assert inspect.iscoroutine(branch)
                if inspect.getcoroutinestate(branch) != inspect.CORO_CREATED:
                    task.cancel()
            if self._tasks:
                self._impatient = self._loop.call_later(PATIENCE_SECONDS, self._leave_behind)

    def on_its_loop(self, call: Callable[[], None]) -> None:
        """Have ``call`` called on the run's event loop: at once there, soon from other threads."""
        if threading.get_ident() == self._thread:
            call()
        else:
            self._loop.call_soon_threadsafe(call)

    def notice(self, index: int, warning: str) -> str:
        """Warn of a node in its report; from any thread, also while the loop is blocked.

        Returns:
            The node and the run, in words.
        """
        self._noticed[index] = (*self._noticed.get(index, ()), warning)
        node_id, node_type = self.plan.names[index]
        return f"the node {node_id} ({node_type}) of the run {self.run_id}"

    def tell_progress(
        self, index: int, message: str, step: int | None, total: int | None, preview: bytes | None
    ) -> None:
        """Tell listeners how far a running node is; what comes late is not told any more."""
        state = self._schedule.state[index]
        if state is NodeState.RUNNING:
            if preview is not None and len(preview) > MAX_PREVIEW_BYTES:
                preview = None
            place, round_number = self.plan.names[index], self._schedule.round[index]
            told = Progress(self.run_id, *place, state, message, step, total, preview, round_number)
            self._emit(told)

    async def submitting(self, index: int, job_id: str, details: Mapping[str, Any]) -> None:
        """Put on record that a node is about to hand work to a server, and where to look for it.

        Raises:
            RecordError: When it cannot be written; that ends the run.
            CancelledError: When the run was stopped: a node that goes on all the same must not have
                anything made, and paid for.
        """
        if self._stopped is not None:
            raise asyncio.CancelledError
        round_number, parents = self._schedule.round[index], [*self._results.parents(index)]
        where: dict[str, Any] = {"round": round_number, "parents": parents}
        if asked := self.plan.models.get(index):
            where |= {"backend": asked.backend.name, "asked": asked.name}
        try:
            self._sent[index] = asked is None or asked.backend.paid
            await self.recorder.submitting(self.plan.names[index][0], job_id, {**where, **details})
        except RecordError as error:
            self._record_broke(error)
            raise

    # --- starting and ending nodes ---------------------------------------------------------------

    def _start_branches(self) -> None:
        """Start a branch for each node that is still ready."""
        self._branching = False
        for _ in self._ready:
            self._tasks.add(self._loop.create_task(self._branch()))

    async def _branch(self) -> None:
        """Run a ready node and, in the same task, those that are ready then, and so on.

        Those that are left while one takes its time get branches of their own.
        """
        task = asyncio.current_task()
        assert task is not None
        try:
            while self._ready and self._stopped is None:
                self._follow(await self._run_node(self._ready.popleft(), task))
                if len(self._ready) > 1 and not self._branching:
                    self._branching = True
                    self._loop.call_soon(self._start_branches)
        except asyncio.CancelledError:
            pass  # told by stop(); the node is settled when the run ends
        except RecordError as error:
            self._record_broke(error)
        except Exception as error:  # a fault of ours must end the run, never hang it
            log.exception("run %s: fault in the executor", self.run_id)
            self.stop(f"a fault in canvas-kit: {error!r}", NodeState.FAILED)
        finally:
            self._tasks.discard(task)
            self._note_idle()

    def _note_idle(self) -> None:
        if not self._tasks and self._idle is not None and not self._idle.done():
            self._idle.set_result(None)

    def _leave_behind(self) -> None:
        for index, (task, context) in self._at_work.items():
            if not context.in_hand:
                self._left_behind.add(index)
                self._tasks.discard(task)
                reason = (
                    f"{self._stopped[1] if self._stopped else ''}; it did not stop in "
                    f"{PATIENCE_SECONDS:g} s and was left behind: what it does now is not kept"
                )
                self._schedule.reason[index] = reason
                log.warning("run %s: node %s: %s", self.run_id, self.plan.names[index][0], reason)
        self._note_idle()

    def _record_broke(self, error: RecordError) -> None:
        self._broken = self._broken or error
        self.stop(f"the record could not be written: {error}", NodeState.FAILED)

    async def _run_node(self, index: int, task: asyncio.Task[None]) -> Step:
        """Run one round of a node in a task, record it, tell of it; what follows from it.

        Raises:
            RecordError: When the record cannot be written.
        """
        schedule, plan = self._schedule, self.plan
        round_number = schedule.started(index)
        node_id, node_type = plan.names[index]
        begun = NodeState.RUNNING
        self._emit(partial(Progress, self.run_id, node_id, node_type, begun, round=round_number))
        context = NodeContext(
            self.run_id,
            node_id,
            round_number,
            (self._seed + round_number - 1) & MAX_SEED,
            self._run_index,
            self._settings,
            self._backends,
            _NodeReporter(self, index),
            self._results.feedback.get(index),
            schedule.rounds_left(index) if plan.loop_of else None,
        )
        answers = None
        if self._cache is not None:
            context.cache = answers = self._cache.of_node(round_number)
        node = plan.nodes[index]
        assert isinstance(node, RunnableNode)
        kept: tuple[Entity, ...] | None = None
        inputs = self._results.inputs(index)
        self._sent.pop(index, None)
        try:
            if self._replay is None:
                found = None
            else:
                found = await self._left(self._replay, index, inputs)
            if found is None:
                self._budget.check(node)
                result = checked(await self._work(node, index, inputs, context, task))
            else:
                result, kept = found
            self._budget.spend(result)
        except asyncio.CancelledError:
            if self._stopped is not None:
                raise
            reason = "its work was cancelled, although that had not been asked for"
            return self._node_failed(index, NodeState.FAILED, reason)
        except ContentRefused as error:
            self._note_answered(index)
            return self._node_failed(index, NodeState.REFUSED, str(error))
        except CanvasKitError as error:
            if isinstance(error, BackendUnreachable):
                self.unreachable = error.backend
            if isinstance(error, BackendError):
                if error.maybe_done:
                    self._sent.setdefault(index, True)
                else:
                    self._note_answered(index)
            return self._node_failed(index, NodeState.FAILED, str(error))
        except GeneratorExit:
            raise
        except BaseException as error:  # also sys.exit(): a fault of a node type fails the node
            log.exception("run %s: fault in node %s", self.run_id, node_id)
            reason = f"{type(error).__name__}: {error}"
            return self._node_failed(index, NodeState.FAILED, reason)
        made = Made(result)
        self._results.put(index, made)
        if result.artifacts:
            if kept is None:
                await self._record(index, made, inputs)
            else:
                made.take(kept)
                made.reused_from = self.run_id
            if answers is not None and not result.missing:
                await answers.keep(self.run_id, made.entities)
            if node.inputs:
                self._made_something = True
        elif index in self._sent and kept is None:
            line = result_line(node_id, round_number, result, (), inputs, len(node.outputs))
            if line is not None:
                await self.recorder.write_down(line)
        self._sent.pop(index, None)
        self._results.tell_outputs(index)
        self._order.append(node_id)
        self._tell_complete(index, made)
        wants_round = index in plan.loop_of and "failed" in result.outputs
        return schedule.finished(
            index, NodeState.COMPLETED, result.outputs, wants_round=wants_round
        )

    async def _left(
        self, replay: Replay, index: int, inputs: Inputs
    ) -> tuple[NodeResult, tuple[Entity, ...] | None] | None:
        """What a node has given in an earlier attempt, if what it depends on is still the same.

        Raises:
            CanvasKitError: When it was refused, or must not be made again.
        """
        judge = self._results.told_by.get(index)
        if judge in self._anew or any(feed.source in self._anew for feed in self.plan.feeds[index]):
            self._anew.add(index)
            return None
        self._anew.discard(index)
        found = await replay.result(index, self._schedule.round[index], inputs)
        if found is None and (self.plan.nodes[index].keeps or index in self.plan.models):
            self._anew.add(index)
        return found

    def _note_answered(self, index: int) -> None:
        """Note that what a node has sent was answered with nothing made: it may be sent again."""
        if self._sent.pop(index, None) is not None:
            node_id, round_number = self.plan.names[index][0], self._schedule.round[index]
            self.recorder.note({"event": "answered", "node_id": node_id, "round": round_number})

    async def _work(
        self,
        node: RunnableNode,
        index: int,
        inputs: Inputs,
        context: NodeContext,
        task: asyncio.Task[None],
    ) -> object:
        """What a node gives; a plain function works in a thread."""
        self._at_work[index] = task, context
        execute: Callable[..., Any] = node.execute
        try:
            if index not in self.plan.in_threads:
                return await execute(inputs, context)
            given = await asyncio.to_thread(execute, inputs, context)
            return await given if inspect.isawaitable(given) else given
        finally:
            del self._at_work[index]
            if index in self._left_behind:
                raise asyncio.CancelledError  # whatever it gave or raised: the run is over

    async def _record(self, index: int, made: Made, inputs: Inputs) -> None:
        node_id = self.plan.names[index][0]
        parents = self._results.parents(index)
        round_number = self._schedule.round[index]
        artifacts = made.result.artifacts
        there: dict[int, Entity] = {}
        parts: Sequence[int] = range(1, len(artifacts) + 1)
        if self._replay is not None:
            there = await self._replay.there(node_id, round_number, artifacts)
            parts = self._replay.parts(node_id, round_number, there, len(artifacts))
        line = result_line(
            node_id, round_number, made.result, parts, inputs, len(self.plan.output_names[index])
        )
        if line is not None and len(there) == len(artifacts):
            self.recorder.note(line)
        entities = []
        for position, artifact in enumerate(artifacts):
            entity = there.get(position)
            if entity is None:
                entity = await self.recorder.keep(
                    node_id,
                    artifact,
                    round=round_number,
                    part=parts[position],
                    parents=parents,
                    made=line,
                )
                line = None
                log.debug("run %s: saved %s", self.run_id, entity.file)
            entities.append(entity)
        made.take(tuple(entities))

    def _node_failed(self, index: int, state: NodeState, reason: str) -> Step:
        self._results.put(index, None)
        if self._replay is not None:
            self._anew.add(index)
        self._order.append(self.plan.names[index][0])
        self._tell_settled(Settled(index, state, reason, self._schedule.round[index]))
        return self._schedule.finished(index, state, reason=reason)

    def _follow(self, step: Step) -> None:
        """Do what follows."""
        for settled in step.settled:
            self._results.put(settled.index, None)
            self._tell_settled(settled)
        for new_round in step.new_rounds:
            self._results.feed_back(new_round)
        self._ready.extend(step.ready)

    # --- telling ---------------------------------------------------------------------------------

    def _tell_complete(self, index: int, made: Made) -> None:
        place = self.plan.names[index]
        round_number = self._schedule.round[index]
        report = self.plan.completed[index]
        noticed = self._noticed.pop(index, ())
        if round_number > 1 or made.result.warnings or noticed:
            report = replace(
                report,
                reason=" ".join(made.result.missing),
                rounds=round_number,
                warnings=made.result.warnings + report.warnings + noticed,
            )
        self._settle(report)
        value = None
        for value in made.outputs.values():  # noqa: B007
            break
        text = value if isinstance(value, str) else None
        self._emit(partial(
            NodeComplete, self.run_id, *place, made.entities, text, made.verdict, made.outputs,
            round_number, made.reused_from,
        ))  # fmt: skip

    def _tell_settled(self, settled: Settled) -> None:
        place = self.plan.names[settled.index]
        left_out = settled.state is NodeState.SKIPPED and settled.index in self.plan.unfed
        warnings = self.plan.warnings.get(settled.index, ()) if left_out else ()
        warnings += self._noticed.pop(settled.index, ())
        maybe_done = self._sent.get(settled.index, False) and settled.state in (
            NodeState.FAILED,
            NodeState.CANCELLED,
        )
        ended = settled.state, settled.reason
        self._settle(NodeReport(*place, *ended, settled.round, warnings, maybe_done))
        self._emit(Progress(self.run_id, *place, *ended, round=settled.round))

    def _settle(self, report: NodeReport) -> None:
        try:
            self.recorder.settle(report)
        except RecordError as error:
            self._record_broke(error)

    # --- the end ---------------------------------------------------------------------------------

    async def _finish(self) -> Run:
        if self._impatient is not None:
            self._impatient.cancel()
        if self._stopped is not None:
            for settled in self._schedule.stop(*self._stopped):
                self._tell_settled(settled)
        status = self._status()
        try:
            run = await self.recorder.finish(status)
        except RecordError as error:
            self._broken = self._broken or error
        if self._broken is not None:
            self._emit(Error(self.run_id, str(self._broken)))
            raise self._broken
        folder = self.recorder.folder
        self._emit(
            Complete(
                self.run_id,
                status,
                run.nodes,
                self._results.collected(self._schedule),
                tuple(self._order),
                str(folder) if folder else None,
            )
        )
        return run

    def _status(self) -> RunStatus:
        states = self._schedule.state
        if NodeState.CANCELLED in states:
            return RunStatus.CANCELLED
        if NodeState.FAILED not in states and NodeState.REFUSED not in states:
            return RunStatus.PARTIAL if self._results.lacking else RunStatus.COMPLETED
        return RunStatus.PARTIAL if self._made_something else RunStatus.FAILED


NODE_CODE = Execution._run_node.__code__
"""Where a thread is that works on a node: its variables ``self`` and ``index`` say which."""
