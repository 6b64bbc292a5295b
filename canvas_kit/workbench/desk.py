"""What the views of the workbench ask, and who answers.

The views (TypeScript, ``front_end/``) know one way to ask: a method's name and parameters, JSON
both ways. A widget in a cell brings it here through its kernel, JupyterLab itself through the
server; the answers are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from canvas_kit.errors import UnknownName
from canvas_kit.executor.engine import Engine
from canvas_kit.workbench import editing, working
from canvas_kit.workbench.looking import Looking
from canvas_kit.workbench.methods import Method, Parameters


class Desk:
    """Answers what views ask, by method.

    Attributes:
        engine: What knows the settings and the backends.
        looking: Answers what galleries ask, and gives pictures.
    """

    def __init__(self, engine: Engine) -> None:
        """Prepare; nothing is opened."""
        self.engine = engine
        self.looking = Looking(engine)
        self._methods: dict[str, Method] = dict(self.looking.methods())

    def add(self, methods: Mapping[str, Method]) -> None:
        """Answer these methods too, in place of those of the same names."""
        self._methods.update(methods)

    async def answer(self, method: str, parameters: Parameters) -> Any:
        """What a method gives, as JSON. Call it on the engine's loop.

        Raises:
            CanvasKitError: In words for people.
        """
        if method not in self._methods:
            raise UnknownName("method", method, sorted(self._methods))
        return await self._methods[method](parameters)

    async def picture(
        self, run_id: str, file: str, sha256: str = "", edge: int = 0
    ) -> tuple[bytes, str]:
        """A recorded file, or a thumbnail of it, and its media type; see :meth:`Looking.picture`.

        Raises:
            CanvasKitError: In words for people.
        """
        return await self.looking.picture(run_id, file, sha256, edge)


def make_desk(engine: Engine) -> Desk:
    """A desk that answers everything that views ask for."""
    desk = Desk(engine)
    for room in (editing, working):
        desk.add(room.methods(engine))
    return desk
