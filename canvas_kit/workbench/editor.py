"""A canvas that is edited in a notebook's cell, and from Python at the same time.

Python is the truth. A page hands in changes that rest on a revision; the variable, the file and
every page that shows the canvas follow. A canvas under construction may be one that cannot run, or
for a moment not even be read; then what can be read is kept beside what is on the screen.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from canvas_kit.canvas.documents import read_text
from canvas_kit.canvas.graph import Canvas, Composable, Port
from canvas_kit.canvas.node import Node
from canvas_kit.errors import CanvasError, CanvasKitError, Problem
from canvas_kit.executor.engine import Engine, default_engine
from canvas_kit.logs import logger_for
from canvas_kit.nodes.inputs import ImageInput
from canvas_kit.views import markup
from canvas_kit.views.canvases import canvas_html
from canvas_kit.workbench import editing
from canvas_kit.workbench.canvas_file import CanvasFile
from canvas_kit.workbench.methods import BadQuestion
from canvas_kit.workbench.user_names import UserNames
from canvas_kit.workbench.widget import Bundle, WorkbenchWidget

log = logger_for(__name__)

KEPT_CHANGES = 100
"""How many changes can be undone from Python."""


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
        exports: Where records go, if not where the settings say.

    Raises:
        CanvasError: When the file holds no canvas.
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

    view = "editor"

    def __init__(
        self,
        canvas: Composable | None = None,
        *,
        file: str | Path | None = None,
        engine: Engine | None = None,
        exports: str | Path | None = None,
    ) -> None:
        """Begin with a canvas or a file; see :func:`canvas_kit.edit`."""
        super().__init__(engine or default_engine())
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
        self._hold(self._from_file() or self._given)
        self.desk.add({"check": self._check})

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
        self.tell_state()

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
        self.tell_state()
        return self._canvas

    def _put(self, made: Callable[[Canvas], Canvas]) -> Canvas:
        with self._changing:
            if self._unreadable:
                raise CanvasError(self._unreadable, name=self._canvas.name)
            self.canvas = made(self._canvas)
            return self._canvas

    # --- changes -------------------------------------------------------------------------------

    def state(self) -> Mapping[str, Any]:
        """The document, its revision, and who made it."""
        return {"revision": self.revision, "document": self.document, "by": self._by[0]}

    def known(self) -> Mapping[str, Any]:
        """The node types, which every editor asks for first."""
        return {"describe": editing.described(self.engine.settings.language)}

    def at_once(self) -> Mapping[str, Callable[[Mapping[str, Any]], Any]]:
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
                return self.state()
            self._former.append(self._canvas)
            self._change(document, by=by)
        self.tell_state()
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
            folder = self.file.parent if self.file is not None else Path.cwd()
            read = Canvas.from_document(content, folder=folder, unfinished=True)
        except CanvasError as error:
            self._unreadable = error.problems
        else:
            self._canvas = _with_pictures_of(self._canvas, read)

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
        self.tell_state()
        return self._canvas

    def _from_file(self) -> Canvas | None:
        if self._file is None or (data := self._file.read()) is None or not data.strip():
            return None
        path = self._file.path
        read = read_text(data, where=str(path), folder=path.parent, unfinished=True)
        return Canvas.assembled(**read._asdict())

    # --- shown ---------------------------------------------------------------------------------

    def _ipython_display_(self) -> None:
        self._names.find(self._given)
        self._names.find(self._canvas)
        self._names.rebind(self._canvas)
        super()._ipython_display_()

    def static(self) -> Bundle:
        """The canvas as a picture."""
        parts = [canvas_html(self._canvas), markup.failures(self._notes())]
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
        found = await editing.methods(self.engine)["check"](parameters)
        if self._unsaved:
            told = {"node": None, "field": None, "code": "unsaved", "severity": "problem"}
            found["problems"].append({**told, "message": self._unsaved})
        return found


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
