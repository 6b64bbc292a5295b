"""Server-sent events: a job's log, told to one reader, from where it stopped."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import Any, get_args

from tornado.iostream import StreamClosedError

from canvas_kit.errors import CanvasError, SettingsError
from canvas_kit.german import say
from canvas_kit.server.editor import refusal
from canvas_kit.server.handlers.base import RefusedRequest, RouteHandler, Streamed
from canvas_kit.server.jobs import LiveJob, TooManyJobs
from canvas_kit.server.presenter import to_line
from canvas_kit.server.requests import JOB_ID, BatchRequest, Form, Kind, RunRequest

_PIECE_BYTES = 64 * 1024
"""How much is written before the reader has to take it."""


class StreamHandler(RouteHandler):
    """Tells events to one reader, who may be slow, go away, and come back."""

    _gone = False

    def on_connection_close(self) -> None:
        """Stop telling; the work goes on."""
        self._gone = True
        super().on_connection_close()

    async def call(self, *path: str) -> Any:
        """Start what is asked for; or go on telling to a reader who comes back."""
        if (model := self.route.request) is None or (seen := self.position()) is None:
            return await super().call(*path)
        kind: Kind = getattr(model, "kind")  # noqa: B009 - of a model that starts something
        return await self.tell(self.known(kind, seen[0]), seen[1], self.form())

    def position(self) -> tuple[str, int] | None:
        """What a reader who comes back says it has seen: the job and the number; None if new.

        Raises:
            RefusedRequest: When it says something else.
        """
        seen = self.request.headers.get("Last-Event-ID") or self.get_query_argument(
            "last_event_id", ""
        )
        if not seen:
            return None
        found = re.fullmatch(rf"({JOB_ID}):([0-9]{{1,12}})", seen)
        if found is None:
            raise RefusedRequest(
                400, "Last-Event-ID should be the id of an event that was sent before."
            )
        return found[1], int(found[2])

    def form(self) -> Form:
        """How the reader wants its events, as its address says.

        Raises:
            RefusedRequest: When there is no such form.
        """
        for form in get_args(Form):
            if form == self.get_query_argument("form", "editor"):
                return form  # type: ignore[no-any-return]
        raise RefusedRequest(400, f"form should be one of {', '.join(get_args(Form))}.")

    def known(self, kind: Kind, job_id: str) -> LiveJob:
        """The run or batch with this id.

        Raises:
            RefusedRequest: When it is not known (any more).
        """
        job = self.service.jobs.find(job_id, kind)
        if job is None:
            raise RefusedRequest(
                404,
                f"There is no {kind} {job_id} under way, and none that ended a short while ago.",
            )
        return job

    async def start(self, request: RunRequest | BatchRequest) -> Streamed:
        """Start what is asked for and tell what happens.

        Why a run cannot start (a canvas that cannot run, a server that is busy or not set up) is
        told to an editor as the end of a run, whose results are all that it shows. Of a batch it
        shows none; there a canvas that cannot run is told as an ``error`` event.
        """
        try:
            job = await self.service.start(request)
        except (CanvasError, TooManyJobs, SettingsError) as error:
            of_canvas = isinstance(error, CanvasError)
            if request.form == "typed" or not (of_canvas or isinstance(request, RunRequest)):
                raise
            message = say(self.told(error), self.language)
            name, told = "error", {"message": message, "error": message}
            if isinstance(request, RunRequest):
                problems = self.problems(error) or [{"message": message}]
                name = "complete"
                told = refusal(problems, request.types, self.language, started=not of_canvas)
            self._begin()
            await self._send(f"event: {name}\ndata: {to_line(told)}\n\n".encode())
            return await self._end()
        return await self.tell(job, 0, request.form)

    async def resume(self, kind: Kind, job_id: str) -> Streamed:
        """Tell what happened, from the beginning or from where the reader stopped."""
        job = self.known(kind, job_id)
        seen = self.position()
        after = seen[1] if seen and seen[0] == job_id else 0
        if job.log.closed and after >= job.log.last:
            self.set_status(204)  # tells an EventSource not to come again
            await self.finish()
            return Streamed()
        return await self.tell(job, after, self.form())

    async def tell(self, job: LiveJob, after: int, form: Form) -> Streamed:
        """Send everything after ``after`` until the job has ended or the reader is gone."""
        where = "batches" if job.kind == "batch" else "runs"
        presenter = self.service.presenter
        self._begin()
        self.set_header(
            "Content-Location", presenter.address(f"/api/canvas/{where}/{job.id}/events")
        )
        await self._send(b"")
        while not self._gone:
            pending = job.log.after(after)
            if not pending:
                if job.log.closed:
                    break
                after = job.log.last  # what lay between was dropped, or is nothing
                await self._wait(job, after)
                continue
            piece = bytearray()
            for number, event in pending:
                piece += presenter.frame(
                    job.id,
                    number,
                    event,
                    form=form,
                    in_batch=job.kind == "batch",
                    made=job.log.made,
                    language=self.language,
                )
                after = number
                if len(piece) >= _PIECE_BYTES:
                    break
            if piece:
                await self._send(bytes(piece))
        return await self._end()

    def _begin(self) -> None:
        self.set_status(200)
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("X-Accel-Buffering", "no")  # nginx would keep the events to itself

    async def _end(self) -> Streamed:
        if not self._gone:
            with suppress(StreamClosedError):
                await self.finish()
        return Streamed()

    async def _wait(self, job: LiveJob, after: int) -> None:
        try:
            async with asyncio.timeout(self.service.limits.heartbeat_seconds):
                await job.log.wait_beyond(after)
        except TimeoutError:
            await self._send(b": heartbeat\n\n")

    async def _send(self, data: bytes) -> None:
        """Send, and wait until the reader's side has room for more."""
        if self._gone:
            return
        if data:
            self.write(data)
        try:
            async with asyncio.timeout(self.service.limits.stall_seconds):
                await self.flush()
        except StreamClosedError:
            self._gone = True
        except TimeoutError:
            self._gone = True
            self.log.info("a reader took nothing for a while and was cut; it may come back")
            self.detach().close()
