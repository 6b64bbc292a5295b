"""Single runs: run a canvas and wait, run it and watch, come back to one, read its record."""

from __future__ import annotations

from typing import Any

from tornado.web import authenticated

from canvas_kit.client.routes import media_path
from canvas_kit.errors import CanvasKitError
from canvas_kit.events import Complete, Error
from canvas_kit.recorder.run import Run
from canvas_kit.server import editor
from canvas_kit.server.asked import BadRequest, read_id, read_run
from canvas_kit.server.handlers.base import BodyHandler, CanvasHandler
from canvas_kit.server.handlers.stream import StreamHandler
from canvas_kit.server.service import Service
from canvas_kit.values import RunStatus


class ExecuteHandler(BodyHandler):
    """``POST /api/canvas/execute``: run a canvas, and answer when it has ended."""

    @authenticated
    async def post(self) -> None:
        """Run and answer."""
        asked = await self.asked(read_run)
        if asked is None:
            return
        try:
            job = await self.service.start_run(asked)
        except CanvasKitError as error:
            self.refuse_for(error)
            return
        await job.ended.wait()
        complete = job.log.latest(Complete)
        if not isinstance(complete, Complete):
            fault = job.log.latest(Error)
            message = fault.message if isinstance(fault, Error) else "The run could not go on."
            self.refuse(500, message, run_id=job.id)
            return
        address = self.service.public.address
        document = editor.payload(complete, address=address, made=job.log.made)
        made = complete.status in (RunStatus.COMPLETED, RunStatus.PARTIAL)
        document |= {
            "status": "success" if made else "error",
            "run_id": job.id,
            "run_status": complete.status.value,
        }
        if not made:
            document["error"] = f"The run ended as {complete.status.value}; the results say why."
        self.answer(document)


class ExecuteStreamHandler(StreamHandler):
    """``POST /api/canvas/execute-stream``: run a canvas, and tell what happens as it does."""

    @authenticated
    async def post(self) -> None:
        """Run and tell; or go on telling, where the reader says what it has seen."""
        if (seen := self.position()) is not None:
            await self.tell(self.known(seen[0], "run"), seen[1], self.form())
            return
        asked = await self.asked(read_run)
        if asked is None:
            return
        try:
            job = await self.service.start_run(asked)
        except CanvasKitError as error:
            await self.tell_refusal(error, asked.form)
            return
        await self.tell(job, 0, asked.form)


class RunEventsHandler(StreamHandler):
    """``GET /api/canvas/runs/<id>/events``: what happened in a run, from where one stopped."""

    @authenticated
    async def get(self, run_id: str) -> None:
        """Tell what followed."""
        job = self.known(run_id, "run")
        seen = self.position()
        after = seen[1] if seen and seen[0] == run_id else 0
        if job.log.closed and after >= job.log.last:
            self.set_status(204)  # tells an EventSource not to come again
            self.finish()
            return
        await self.tell(job, after, self.form())


class RunHandler(CanvasHandler):
    """``GET /api/canvas/runs/<id>``: the record of a run, with the address of everything in it."""

    @authenticated
    async def get(self, run_id: str) -> None:
        """Answer the record."""
        try:
            run = await self.service.read(self.service.runs.run, run_id)
        except CanvasKitError as error:
            self.refuse_for(error)
            return
        self.answer(await self.service.read(record_of, run, self.service))


class AbortRunHandler(BodyHandler):
    """``POST /api/canvas/abort-run {"run_id"}``: stop a run; what was made is kept."""

    @authenticated
    async def post(self) -> None:
        """Stop it."""
        await abort(self, "run")


async def abort(handler: BodyHandler, kind: Any) -> None:
    """Stop the job that the body names, and answer in the editor's form."""
    if handler._finished:
        return
    try:
        job_id = read_id(bytes(handler._body), f"{kind}_id")
    except BadRequest as error:
        handler.answer({"success": False, "message": handler.told(error)}, 400)
        return
    job = handler.service.jobs.find(job_id, kind)
    if job is None:
        message = f"There is no such {kind} under way."
        handler.answer({"success": False, "message": message}, 404)
    elif job.ended.is_set():
        message = f"The {kind} {job.id} has already ended."
        handler.answer({"success": False, "message": message})
    else:
        job.stop()
        handler.answer({"success": True, "message": f"The {kind} {job.id} is being stopped."})


def record_of(run: Run, service: Service) -> dict[str, Any]:
    """A run's record as it may be told."""
    public = service.public
    document = run.to_json()
    document["folder"] = public.export_path(run.folder)
    for node in document["nodes"]:
        if "reason" in node:
            node["reason"] = public.masking.message(node["reason"])
    document = public.masking.known_within(document)
    for entity, entry in zip(run.entities, document["entities"], strict=True):
        entry["url"] = public.address(media_path(run.id, entity))
    return {"status": "success", "run": document}
