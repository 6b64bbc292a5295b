"""Batches: start one and watch, come back to it, stop it, see which there are."""

from __future__ import annotations

from tornado.web import authenticated

from canvas_kit.errors import CanvasKitError
from canvas_kit.server.asked import read_batch
from canvas_kit.server.handlers.base import BodyHandler, CanvasHandler
from canvas_kit.server.handlers.runs import abort
from canvas_kit.server.handlers.stream import StreamHandler


class ExecuteBatchHandler(StreamHandler):
    """``POST /api/canvas/execute-batch``: run a canvas many times, and tell what happens."""

    @authenticated
    async def post(self) -> None:
        """Run and tell; or go on telling, where the reader says what it has seen."""
        if (seen := self.position()) is not None:
            await self.tell(self.known(seen[0], "batch"), seen[1], self.form())
            return
        asked = await self.asked(read_batch, self.service.limits)
        if asked is None:
            return
        try:
            job = await self.service.start_batch(asked)
        except CanvasKitError as error:
            await self.tell_refusal(error, asked.form)
            return
        await self.tell(job, 0, asked.form)


class BatchEventsHandler(StreamHandler):
    """``GET /api/canvas/batches/<id>/events``: what happened in a batch, from where one stopped."""

    @authenticated
    async def get(self, batch_id: str) -> None:
        """Tell what followed."""
        job = self.known(batch_id, "batch")
        seen = self.position()
        after = seen[1] if seen and seen[0] == batch_id else 0
        if job.log.closed and after >= job.log.last:
            self.set_status(204)  # tells an EventSource not to come again
            self.finish()
            return
        await self.tell(job, after, self.form())


class BatchesHandler(CanvasHandler):
    """``GET /api/canvas/batches``: the batches under way, and those that ended a while ago."""

    @authenticated
    async def get(self) -> None:
        """Answer the list."""
        batches = [job.to_json() for job in self.service.jobs if job.kind == "batch"]
        self.answer({"status": "success", "batches": batches, "count": len(batches)})


class BatchHandler(CanvasHandler):
    """``GET /api/canvas/batches/<id>``: the record of a batch: how each of its runs ended."""

    @authenticated
    async def get(self, batch_id: str) -> None:
        """Answer the record."""
        try:
            batch = await self.service.read(self.service.runs.batch, batch_id)
        except CanvasKitError as error:
            self.refuse_for(error)
            return
        public = self.service.public
        document = batch.to_json() | {"about": dict(batch.about)}
        document["folder"] = public.export_path(batch.folder)
        for entry, summary in zip(document["runs"], batch.runs, strict=True):
            entry["folder"] = public.export_path(summary.folder)
            if summary.reasons:
                entry["reasons"] = [public.masking.message(text) for text in summary.reasons]
            if summary.error:
                entry["error"] = public.masking.message(summary.error)
        self.answer({"status": "success", "batch": public.masking.known_within(document)})


class AbortBatchHandler(BodyHandler):
    """``POST /api/canvas/abort-batch {"batch_id"}``: stop a batch; what was made is kept."""

    @authenticated
    async def post(self) -> None:
        """Stop it."""
        await abort(self, "batch")
