"""A canvas that is edited in a notebook's cell, and from Python at the same time.

Python is the truth. A page hands in changes that rest on a revision; the variable, the file and
every page that shows the canvas follow. A canvas under construction may be one that cannot run, or
for a moment not even be read; then what can be read is kept beside what is on the screen.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from canvas_kit.batch.batch import Batch
from canvas_kit.batch.begin import run_batch
from canvas_kit.batch.handle import BatchHandle
from canvas_kit.canvas.documents import read_text
from canvas_kit.canvas.graph import Canvas, Composable, Port
from canvas_kit.canvas.node import Node
from canvas_kit.errors import CanvasError, CanvasKitError, Problem, UnknownName
from canvas_kit.executor.engine import Engine, default_engine
from canvas_kit.executor.handle import under_way
from canvas_kit.executor.run import RunHandle, run
from canvas_kit.german import Language, Words
from canvas_kit.job.begin import start_job
from canvas_kit.job.job import Job, jobs
from canvas_kit.logs import logger_for
from canvas_kit.nodes.inputs import ImageInput
from canvas_kit.recorder.run import Run
from canvas_kit.sweep.sweep import Sweep
from canvas_kit.views import markup
from canvas_kit.views.canvases import canvas_html
from canvas_kit.views.grids import batch_html
from canvas_kit.views.markup import tag, text
from canvas_kit.views.results import run_html
from canvas_kit.workbench import editing
from canvas_kit.workbench.canvas_file import CanvasFile
from canvas_kit.workbench.kernel_work import KernelWork
from canvas_kit.workbench.methods import BadQuestion
from canvas_kit.workbench.user_names import UserNames
from canvas_kit.workbench.varying import work_of
from canvas_kit.workbench.widget import Bundle, WorkbenchWidget

log = logger_for(__name__)

KEPT_CHANGES = 100
"""How many changes can be undone from Python."""
LOOKED_AT = 30
"""Among so many of the newest jobs is looked for one that belongs to a canvas."""


def edit(
    canvas: Composable | str | Path | None = None,
    *,
    file: str | Path | None = None,
    engine: Engine | None = None,
    exports: str | Path | None = None,
) -> Editor:
    """An editor for a canvas: show it in a cell, or change the canvas by its methods.

    In a notebook every name that is bound to ``canvas`` is bound to what it is edited to.

    Args:
        canvas: What to begin with, an empty canvas if left out; or the path of a file, as ``file``.
        file: A canvas file. If it is there, its canvas is begun with, and not ``canvas``. Every
            change is saved into it.
        engine: Runs what is edited, in this process. Left out, it runs as a job, in a process of
            its own, by the settings.
        exports: Where the records of jobs go, if not where the settings say.

    Raises:
        CanvasError: When the file holds no canvas.
        CanvasKitError: When both an engine and exports are given, or a file of another kind.
        SettingsError: When the settings cannot be read.
    """
    if isinstance(canvas, str | Path):
        file, canvas = canvas, None
    return Editor(canvas, file=file, engine=engine, exports=exports)


class Editor(WorkbenchWidget):
    """A canvas that is being edited; see :func:`canvas_kit.edit`.

    Attributes:
        document: What is on the screen, as a canvas file says it.
        revision: How often that was changed.
        problems: What keeps it from running, or from being read.
        file: The path of its file, if it has one.
    """

    _view = "editor"

    def __init__(
        self,
        canvas: Composable | None = None,
        *,
        file: str | Path | None = None,
        engine: Engine | None = None,
        exports: str | Path | None = None,
    ) -> None:
        """Begin with a canvas or a file; see :func:`canvas_kit.edit`."""
        super().__init__(engine or _engine_for(exports))
        if engine is not None and exports is not None:
            raise CanvasKitError("An engine has its own exports folder: give one of the two.")
        if file is not None and Path(file).suffix != ".json":
            raise CanvasKitError(f"A canvas file's name ends in .json; this is {str(file)!r}.")
        self._in_kernel = engine is not None
        self._work: Job | KernelWork | None = None
        self._works: dict[str, KernelWork] = {}
        self._sweep: Sweep | None = None
        self._changing = threading.RLock()
        self._names = UserNames()
        self._given = Canvas() if canvas is None else Canvas.of(canvas)
        self._file = CanvasFile(Path(file)) if file is not None else None
        self._unsaved = ""
        self._former: deque[Canvas] = deque(maxlen=KEPT_CHANGES)
        self._by: tuple[str, int] = ("", 0)
        """Who made the latest changes, and the revision on which the first of them rests."""
        self.revision = 0
        self.file = self._file.path if self._file is not None else None
        self._canvas = self._given
        self._hold(self._from_file() or self._given)
        self._desk.add(editing.methods(self.engine, self._as_read))
        self._desk.add({"check": self._check, "start": self._asked_start})
        if self._in_kernel:
            self._desk.add({"job": self._asked_job, "stop": self._asked_stop})

    # --- the canvas ----------------------------------------------------------------------------

    @property
    def canvas(self) -> Canvas:
        """The canvas on the screen; the last one that could be read, if it cannot be."""
        return self._canvas

    @canvas.setter
    def canvas(self, canvas: Composable) -> None:
        with self._changing:
            self._former.append(self._canvas)
            self._change(Canvas.of(canvas), by="")
        self._tell_state()

    def set(self, node: Node | str, **fields: Any) -> Canvas:
        """Set fields of a node (Python names); see :meth:`Canvas.with_fields`."""
        return self._put(lambda canvas: canvas.with_fields(node, **fields))

    def add(self, node: Node) -> Canvas:
        """Add a node; see :meth:`Canvas.with_node`."""
        return self._put(lambda canvas: canvas.with_node(node))

    def connect(self, source: Node | Port | str, target: Node | Port | str) -> Canvas:
        """Connect two nodes or ports; see :meth:`Canvas.with_connection`."""
        return self._put(lambda canvas: canvas.with_connection(source, target))

    def disconnect(self, source: Node | Port | str, target: Node | Port | str) -> Canvas:
        """Take out what connects two nodes or ports; see :meth:`Canvas.without_connection`."""
        return self._put(lambda canvas: canvas.without_connection(source, target))

    def remove(self, node: Node | str) -> Canvas:
        """Take a node out; see :meth:`Canvas.without`."""
        return self._put(lambda canvas: canvas.without(node))

    def lay_out(self) -> Canvas:
        """Put the nodes into columns; see :meth:`Canvas.laid_out`."""
        return self._put(lambda canvas: canvas.laid_out())

    def undo(self) -> Canvas:
        """Take back the latest change that was made from here or in a page.

        Raises:
            CanvasKitError: When nothing is left to take back.
        """
        with self._changing:
            if not self._former:
                raise CanvasKitError("There is no change left to take back.")
            self._change(self._former.pop(), by="")
        self._tell_state()
        return self._canvas

    def _put(self, made: Callable[[Canvas], Canvas]) -> Canvas:
        with self._changing:
            self.canvas = made(self._readable())
            return self._canvas

    # --- changes -------------------------------------------------------------------------------

    def _state(self) -> Mapping[str, Any]:
        """The document, its revision, and who made it."""
        return {"revision": self.revision, "document": self.document, "by": self._by[0]}

    def _known(self) -> Mapping[str, Any]:
        """The node types, which every editor asks for first."""
        return {"describe": editing.described(self.engine.settings.language)}

    def _at_once(self) -> Mapping[str, Callable[[Mapping[str, Any]], Any]]:
        """A change in the page holds before the next cell begins."""
        return {"change": self._changed_in_page}

    def _changed_in_page(self, parameters: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Take over a change; gives what is there instead, if another came first."""
        document, base, by = (parameters.get(name) for name in ("document", "base", "by"))
        if not isinstance(document, dict) or not isinstance(base, int) or not isinstance(by, str):
            raise BadQuestion("A change should say document, base and by.")
        with self._changing:
            author, since = self._by
            if base != self.revision and not (by == author and base >= since):
                return self._state()
            self._former.append(self._canvas)
            self._change(document, by=by)
        self._tell_state()
        return None

    def _change(self, content: Canvas | Mapping[str, Any], *, by: str) -> None:
        """Let another canvas take the place of this one, here and in its file."""
        if by != self._by[0]:
            self._by = (by, self.revision)
        self.revision += 1
        self._hold(content)
        self._names.rebind(self._canvas)
        if self._file is not None:
            self.save()

    def _hold(self, content: Canvas | Mapping[str, Any]) -> None:
        """Hold a canvas, or a document and what can be read of it."""
        self._unreadable: tuple[Problem, ...] = ()
        if isinstance(content, Canvas):
            self._canvas, self.document = content, content.to_document()
            return
        self.document = dict(content)
        try:
            self._canvas = self._as_read(content)
        except CanvasError as error:
            self._unreadable = error.problems

    def _as_read(self, document: Any) -> Canvas:
        """The canvas of a document, which may be one that cannot run yet."""
        folder = self.file.parent if self.file is not None else Path.cwd()
        read = Canvas.from_document(document, folder=folder, unfinished=True)
        return _with_pictures_of(self._canvas, read)

    @property
    def problems(self) -> list[Problem]:
        """What keeps the canvas from being read, or from running; empty if it can run."""
        return list(self._unreadable) or self._canvas.problems(self.engine.backends)

    # --- its file ------------------------------------------------------------------------------

    def save(self, *, overwrite: bool = False) -> None:
        """Save what is on the screen into the file, as every change does by itself.

        What another program wrote into it meanwhile is not overwritten unasked: then nothing is
        saved, which the page and :meth:`__repr__` tell.

        Raises:
            CanvasKitError: When the editor has no file.
        """
        if self._file is None:
            raise CanvasKitError("This editor has no file. Give one: canvas.edit(file=…).")
        try:
            self._file.save(self.document, overwrite=overwrite)
            self._unsaved = ""
        except CanvasKitError as error:
            log.warning("%s", error)
            self._unsaved = str(error)

    def reload(self) -> Canvas:
        """Take over what is in the file now, as after another program wrote to it.

        Raises:
            CanvasError: When it holds no canvas.
        """
        with self._changing:
            if (found := self._from_file()) is not None:
                self._former.append(self._canvas)
                self._unsaved = ""
                self._change(found, by="")
        self._tell_state()
        return self._canvas

    def _from_file(self) -> Canvas | None:
        if self._file is None or (data := self._file.read()) is None or not data.strip():
            return None
        path = self._file.path
        read = read_text(data, where=str(path), folder=path.parent, unfinished=True)
        return Canvas.assembled(**read._asdict())

    # --- running -------------------------------------------------------------------------------

    def vary(self, factors: Mapping[str, Any], *, seeds: Any = 1) -> Sweep:
        """Vary fields of this canvas; :meth:`run_batch` makes those runs.

        Args:
            factors: Levels by key, as of a :class:`Sweep`: ``{"draft.preset": ["bauhaus", …]}``.
            seeds: As of a sweep.

        Raises:
            BatchError: When what is varied makes no sweep.
            CanvasError: When the canvas cannot run.
        """
        self._sweep = Sweep(self._readable(), factors, seeds=seeds, name=self._canvas.name)
        return self._sweep

    @property
    def sweep(self) -> Sweep | None:
        """What was varied last, here or in a page."""
        return self._sweep

    def run(self, *, seed: int | None = None) -> Job | RunHandle:
        """Run what is on the screen: as a job, or in this process where an engine was given.

        Args:
            seed: The run's seed; drawn if left out.

        Returns:
            What can be awaited for the result; pages that show the editor follow it.

        Raises:
            CanvasError: When the canvas cannot run.
            JobError: When no job can begin; says why.
        """
        work = self._begin(self._readable(), seed=seed)
        return work if isinstance(work, Job) else cast(RunHandle, work.handle)

    def run_batch(self) -> Job | BatchHandle:
        """Run what was varied last; see :meth:`run`.

        Raises:
            CanvasKitError: When nothing was varied.
            JobError: When no job can begin; says why.
        """
        if self._sweep is None:
            raise CanvasKitError("Nothing was varied yet: editor.vary({'node.field': [levels]}).")
        work = self._begin(self._sweep)
        return work if isinstance(work, Job) else cast(BatchHandle, work.handle)

    def stop(self) -> None:
        """Stop what was begun last; what was made is kept. Returns at once."""
        if self._work is not None:
            self._work.cancel()

    @property
    def job(self) -> Job | RunHandle | BatchHandle | None:
        """What was begun last, here or in a page."""
        return self._work.handle if isinstance(self._work, KernelWork) else self._work

    @property
    def result(self) -> Run | Batch | None:
        """What the latest run or batch made; None before it has ended.

        Raises:
            CanvasKitError: When it could not go on.
        """
        work = self._work
        return work.result() if work is not None and work.done else None

    def _readable(self) -> Canvas:
        """The canvas, if it is what is on the screen."""
        if self._unreadable:
            raise CanvasError(self._unreadable, name=self._canvas.name)
        return self._canvas

    def _begin(
        self, what: Canvas | Sweep, *, seed: int | None = None, name: str = ""
    ) -> Job | KernelWork:
        work: Job | KernelWork
        if not self._in_kernel:
            work = start_job(what, seed=seed, name=name, engine=self.engine)
        elif isinstance(what, Sweep):
            work = KernelWork(run_batch(what, engine=self.engine))
        else:
            work = KernelWork(run(what, seed=seed, engine=self.engine))
        self._take_up(work)
        return work

    def _take_up(self, work: Job | KernelWork) -> None:
        """Let pages follow some work, and at its end show what it made."""
        self._work = work
        if isinstance(work, KernelWork):
            self._works[work.id] = work
        self._tell_job(work.id)

    def _found_again(self) -> Job | KernelWork | None:
        """The newest work on this very canvas: the cell was run again, or the kernel is another."""
        wanted = self._canvas.fingerprint
        if self._in_kernel:
            for handle in reversed(under_way()):
                ours = isinstance(handle, RunHandle | BatchHandle) and handle.engine is self.engine
                if ours and handle.canvas.fingerprint == wanted:
                    return KernelWork(handle)
            return None
        for job in jobs(settings=self.engine.settings)[:LOOKED_AT]:
            with suppress(CanvasKitError):  # of another version, or forgotten at this moment
                if job.canvas.fingerprint == wanted:
                    return job
        return None

    async def _asked_start(self, parameters: Mapping[str, Any]) -> Any:
        return {"job": await asyncio.to_thread(self._start, parameters)}

    def _start(self, parameters: Mapping[str, Any]) -> str:
        """Begin what a page asks for: the document that it shows, varied or not."""
        canvas, name = self._as_read(parameters.get("document")), str(parameters.get("name") or "")
        folders = self.engine.settings.allowed_folders
        what, seed = work_of(canvas, parameters, name=name, folders=folders)
        if isinstance(what, Sweep):
            self._sweep = what
        return self._begin(what, seed=seed, name=name).id

    async def _asked_job(self, parameters: Mapping[str, Any]) -> Any:
        # In a thread: how it ended may have to be asked of its handle, which is the loop's.
        return await asyncio.to_thread(self._known_work(parameters).snapshot)

    async def _asked_stop(self, parameters: Mapping[str, Any]) -> Any:
        self._known_work(parameters).cancel()
        return {}

    def _known_work(self, parameters: Mapping[str, Any]) -> KernelWork:
        job = str(parameters.get("job"))
        if job not in self._works:
            raise UnknownName("run or batch of this kernel", job, self._works)
        return self._works[job]

    # --- shown ---------------------------------------------------------------------------------

    def _ipython_display_(self) -> None:
        self._names.find(self._given)
        self._names.find(self._canvas)
        self._names.rebind(self._canvas)
        if self._work is None and (found := self._found_again()) is not None:
            self._take_up(found)
        super()._ipython_display_()

    def _static(self) -> Bundle:
        """The canvas as a picture, and what it made last."""
        words = Words(self.engine.settings.language)
        parts = [
            canvas_html(self._canvas, words.language),
            markup.failures(self._notes(), words),
        ]
        if self._work is not None:
            job, kernel = "job {id}", "run or batch of this kernel {id}"
            told = words(job if isinstance(self._work, Job) else kernel, id=self._work.id)
            parts.append(tag("div", text(told), "ck-path"))
            try:
                made = self.result
            except CanvasKitError as error:
                parts.append(markup.failures([error], words))
            else:
                parts += [_html(made, words.language)] if made is not None else []
        return {"text/plain": repr(self), "text/html": markup.panel(*filter(None, parts))}

    def __repr__(self) -> str:
        kept = [", ".join(self._names.names)] if self._names.names else []
        kept += [str(self.file)] if self.file is not None else []
        head = f"Editor, revision {self.revision}"
        lines = [f"{head}; kept in {' and in '.join(kept)}" if kept else head, str(self._canvas)]
        return "\n".join([*lines, *self._notes()])

    def _notes(self) -> list[str]:
        return [*filter(None, [self._unsaved]), *map(str, self._unreadable)]

    async def _check(self, parameters: Mapping[str, Any]) -> Any:
        found = await editing.methods(self.engine, self._as_read)["check"](parameters)
        if self._unsaved:
            told = {"node": None, "field": None, "code": "unsaved", "severity": "problem"}
            found["problems"].append({**told, "message": self._unsaved})
        return found


def _engine_for(exports: str | Path | None) -> Engine:
    """The default engine, or one with its settings but for the exports folder."""
    usual = default_engine()
    if exports is None:
        return usual
    return Engine(usual.settings.model_copy(update={"exports": Path(exports).absolute()}))


def _html(made: Run | Batch, language: Language) -> str:
    if isinstance(made, Run):
        return run_html(made, language=language)
    return batch_html(made, language=language)


def _with_pictures_of(former: Canvas, canvas: Canvas) -> Canvas:
    """``canvas``, which came from a page; its pictures may lie where those of ``former`` may.

    What a user has named in Python may lie anywhere, and does not stop to by being moved about.
    """
    known = {node.id: node for node in former.nodes if isinstance(node, ImageInput)}
    if not known:
        return canvas
    nodes: list[Node] = []
    for node in canvas.nodes:
        old = known.get(node.id)
        if old is not None and isinstance(node, ImageInput) and node.picture == old.picture:
            node = old.evolve(x=node.x, y=node.y)
        nodes.append(node)
    return Canvas.assembled(
        nodes, canvas.connections, name=canvas.name, id=canvas.id, extras=canvas.extras
    )
