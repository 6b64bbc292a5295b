"""A canvas-kit on another machine, and what can be asked of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from typing import SupportsIndex
from urllib.parse import parse_qs, urlsplit, urlunsplit

from canvas_kit.batch.begin import sweep_of
from canvas_kit.batch.options import checked_concurrency
from canvas_kit.canvas.graph import Canvas, Composable
from canvas_kit.canvas.node import Node
from canvas_kit.client.connection import RemoteConnection
from canvas_kit.client.handles import RemoteBatchHandle, RemoteRunHandle
from canvas_kit.client.records import Records, RemoteBatch
from canvas_kit.errors import SettingsError, shorten
from canvas_kit.events import Listener
from canvas_kit.executor.engine import Engine, default_engine
from canvas_kit.executor.parameters import checked_seed, with_prompt
from canvas_kit.network.policy import public_url
from canvas_kit.recorder.run import Run
from canvas_kit.sweep.sweep import Sweep

TOKEN_VARIABLE = "CANVAS_KIT_TOKEN"  # noqa: S105 - the name of a variable


class Remote:
    """A canvas-kit on another machine. What runs there is told and shown here like a local run.

    ::

        lab = Remote("http://lab-gpu:8899", token="…")
        result = await lab.run(canvas)

    ``async with Remote(…) as lab`` hangs up at the end; a notebook need not.

    Attributes:
        url: The server's base URL.
        engine: The engine whose loop talks to the server; nothing is run on it.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        engine: Engine | None = None,
        patience_seconds: float = 300.0,
    ) -> None:
        """Prepare; nothing is opened.

        Args:
            url: Its base URL: ``http://lab-gpu:8899``, or the address that JupyterLab shows, with
                ``?token=…``.
            token: Its token; taken from the address or from the environment variable
                ``CANVAS_KIT_TOKEN`` if left out.
            engine: The engine whose loop is used, if not the default one.
            patience_seconds: How long a server that was lost is waited for, each time.

        Raises:
            SettingsError: When ``url`` is no address.
        """
        try:
            parts = urlsplit(url)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise SettingsError(
                f"A canvas-kit server has an address such as http://lab-gpu:8899, not "
                f"{shorten(public_url(url))}."
            )
        in_address = parse_qs(parts.query).get("token", [""])[0]
        path = parts.path.rstrip("/").removesuffix("/lab").removesuffix("/tree")
        self.url = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
        self._token = token or in_address or os.environ.get(TOKEN_VARIABLE) or None
        self._engine = engine
        self._patience = patience_seconds

    def __repr__(self) -> str:
        return f"<canvas-kit at {public_url(self.url)}>"

    async def __aenter__(self) -> Remote:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @cached_property
    def engine(self) -> Engine:
        """The engine whose loop talks to the server."""
        return self._engine or default_engine()

    @cached_property
    def _connection(self) -> RemoteConnection:
        """The connection to the server; used on the engine's loop only."""
        return RemoteConnection(self.url, self._token, self._patience)

    @cached_property
    def _records(self) -> Records:
        return Records(self._connection, self.engine)

    def run(
        self,
        canvas: Composable,
        *,
        prompt: str | None = None,
        node: str | Node = "",
        seed: SupportsIndex | None = None,
        device_id: str | None = None,
        listener: Listener | None = None,
    ) -> RemoteRunHandle:
        """Run a canvas there. Gives a handle at once; await it for the result.

        The result is a :class:`~canvas_kit.Run` whose files were fetched and compared with the
        record; the record itself lies there.

        Args:
            canvas: A canvas, or a node or chain that belongs to one.
            prompt: Words for the canvas's input, in place of its own.
            node: The input that takes the prompt, if the canvas has several.
            seed: The run's seed, 0 to 2**53 - 1; drawn if left out.
            device_id: Names the device in the record.
            listener: Called with each event.

        Raises:
            CanvasError: When the canvas cannot run anywhere. What only the server knows (its
                models) is told when the handle is awaited, by the same error.
        """
        value = Canvas.of(canvas).check()
        if prompt is not None:
            value = with_prompt(value, prompt, node)
        handle = RemoteRunHandle(self._connection, self.engine, value, seed=checked_seed(seed))
        asked = {"workflow": value.to_document(), "device_id": device_id}
        return handle.telling(listener).start(handle.follow(asked))

    def run_batch(
        self,
        canvas: Composable | Sweep,
        *,
        prompts: Sequence[str] | None = None,
        count: SupportsIndex | None = None,
        base_seed: SupportsIndex | None = None,
        node: str | Node = "",
        concurrency: SupportsIndex | None = None,
        device_id: str | None = None,
        listener: Listener | None = None,
    ) -> RemoteBatchHandle:
        """Run a canvas many times there. Gives a handle at once; await it for the result.

        The batch goes on there when this process ends; :meth:`fetch_batch` reads it later. The
        arguments are as of :func:`canvas_kit.run_batch`.

        Raises:
            CanvasError: As :meth:`run`.
            BatchError: When what is asked for is no batch.
        """
        sweep = sweep_of(canvas, prompts=prompts, count=count, base_seed=base_seed, node=node)
        sweep.canvas.check()
        at_once = checked_concurrency(concurrency)
        handle = RemoteBatchHandle(self._connection, self.engine, sweep, concurrency=at_once or 1)
        document = sweep.to_document()
        asked = {
            "workflow": document.pop("canvas"),
            "sweep": document,
            "concurrency": at_once,
            "device_id": device_id,
        }
        return handle.telling(listener).start(handle.follow(asked))

    async def fetch_run(self, run_id: str) -> Run:
        """A run that was recorded there, with the content of everything that it made.

        Raises:
            RemoteError: When there is none, or a file is not what was recorded.
        """
        return await self._records.on_loop(self._records.run(run_id))

    async def fetch_batch(self, batch_id: str) -> RemoteBatch:
        """A batch that was recorded there; its runs are fetched when they are gone through.

        Raises:
            RemoteError: When there is none.
        """
        return await self._records.on_loop(self._records.batch(batch_id))

    async def aclose(self) -> None:
        """Hang up. What runs there goes on."""
        connection = self.__dict__.pop("_connection", None)
        if connection is not None:
            await self.__dict__.pop("_records", Records(connection, self.engine)).on_loop(
                connection.aclose()
            )
