"""Server-sent events: a job's log, told to one reader, from where it stopped."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial

from tornado.iostream import StreamClosedError

from canvas_kit.errors import CanvasError, CanvasKitError
from canvas_kit.events import Error
from canvas_kit.server.asked import JOB_ID
from canvas_kit.server.handlers.base import BodyHandler, Refusal
from canvas_kit.server.jobs import Job, Kind
from canvas_kit.server.public import EDITOR, TYPED, frame, to_line

_PIECE_BYTES = 64 * 1024
"""How much is written before the reader has to take it."""


class StreamHandler(BodyHandler):
    """Tells events to one reader, who may be slow, go away, and come back."""

    _gone = False

    def on_connection_close(self) -> None:
        """Stop telling; the work goes on."""
        self._gone = True
        super().on_connection_close()

    def position(self) -> tuple[str, int] | None:
        """What a reader who comes back says it has seen: the job and the number; None if new.

        Raises:
            Refusal: When it says something else.
        """
        seen = self.request.headers.get("Last-Event-ID") or self.get_query_argument(
            "last_event_id", ""
        )
        if not seen:
            return None
        job_id, _, number = seen.rpartition(":")
        if not number.isdecimal() or len(number) > 12 or not JOB_ID.fullmatch(job_id):
            raise Refusal(400, "Last-Event-ID should be the id of an event that was sent before.")
        return job_id, int(number)

    def form(self) -> str:
        """How the reader wants its events, as its address says.

        Raises:
            Refusal: When there is no such form.
        """
        form = self.get_query_argument("form", EDITOR)
        if form not in (EDITOR, TYPED):
            raise Refusal(400, f"form should be {EDITOR!r} or {TYPED!r}.")
        return form

    def known(self, job_id: str, kind: Kind) -> Job:
        """The job with this id.

        Raises:
            Refusal: When it is not known (any more).
        """
        job = self.service.jobs.find(job_id, kind)
        if job is None:
            raise Refusal(
                404,
                f"There is no {kind} {job_id} under way, and none that ended a short while ago.",
            )
        return job

    async def tell(self, job: Job, after: int, form: str) -> None:
        """Send everything after ``after`` until the job has ended or the reader is gone."""
        if self._finished:  # refused while its body came
            return
        self._begin()
        where = "batches" if job.kind == "batch" else "runs"
        address = self.service.public.address(f"/api/canvas/{where}/{job.id}/events")
        self.set_header("Content-Location", address)
        await self._send(b"")
        log, in_batch = job.log, job.kind == "batch"
        told = partial(
            frame,
            form=form,
            in_batch=in_batch,
            address=self.service.public.address,
            made=log.made,
        )
        while not self._gone:
            pending = log.after(after)
            if not pending:
                if log.closed:
                    break
                after = log.last  # what lay between was dropped, or is nothing
                await self._wait(job, after)
                continue
            piece = bytearray()
            for number, event in pending:
                piece += told(job.id, number, event)
                after = number
                if len(piece) >= _PIECE_BYTES:
                    break
            if piece:
                await self._send(bytes(piece))
        if not self._gone:
            await self.finish_stream()

    async def tell_refusal(self, error: CanvasKitError, form: str) -> None:
        """Say why nothing was started.

        A canvas that cannot run is told in one ``error`` event, where an editor looks for it.
        """
        if not isinstance(error, CanvasError) or form == TYPED:
            self.refuse_for(error)
            return
        self._begin()
        payload = to_line({"message": self.told(error)})
        await self._send(f"event: {Error.name}\ndata: {payload}\n\n".encode())
        if not self._gone:
            await self.finish_stream()

    async def finish_stream(self) -> None:
        """End the answer, keeping its content type."""
        with suppress(StreamClosedError):
            await self.finish(set_content_type="text/event-stream")

    def _begin(self) -> None:
        self.set_status(200)
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("X-Accel-Buffering", "no")  # nginx would keep the events to itself

    async def _wait(self, job: Job, after: int) -> None:
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
