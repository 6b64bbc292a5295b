"""Runs and batches: start one and wait or watch, come back to it, stop it, read its record."""

from __future__ import annotations

from typing import Any

from canvas_kit.errors import CanvasKitError
from canvas_kit.events import Complete, Error
from canvas_kit.server import editor
from canvas_kit.server.answers import Aborted, BatchList
from canvas_kit.server.handlers.base import RouteHandler
from canvas_kit.server.handlers.stream import StreamHandler
from canvas_kit.server.requests import AbortRequest, BadRequest, BatchRequest, Kind, RunRequest
from canvas_kit.values import RunStatus


async def execute(handler: RouteHandler) -> dict[str, Any] | None:
    """Run a canvas, and answer when it has ended."""
    job = await handler.service.start(await handler.read(RunRequest))
    await job.ended.wait()
    complete = job.log.latest(Complete)
    if not isinstance(complete, Complete):
        fault = job.log.latest(Error)
        message = fault.message if isinstance(fault, Error) else "The run could not go on."
        handler.refuse(500, message, run_id=job.id)
        return None
    address = handler.service.presenter.address
    document = editor.payload(complete, address=address, made=job.log.made) | {
        "status": "success",
        "run_id": job.id,
        "run_status": complete.status.value,
    }
    if complete.status not in (RunStatus.COMPLETED, RunStatus.PARTIAL):
        document["status"] = "error"
        document["error"] = f"The run ended as {complete.status.value}; the results say why."
    return document


async def start_and_tell(model: type[RunRequest | BatchRequest], handler: StreamHandler) -> None:
    """Start what is asked for and tell what happens; or go on telling to a reader who returns."""
    if (seen := handler.position()) is not None:
        job = handler.known(model.kind, seen[0])
        await handler.tell(job, seen[1], handler.form())
        return
    request = await handler.read(model)
    try:
        job = await handler.service.start(request)
    except CanvasKitError as error:
        await handler.tell_refusal(error, request.form)
    else:
        await handler.tell(job, 0, request.form)


async def tell_again(kind: Kind, handler: StreamHandler, job_id: str) -> None:
    """Tell what happened, from the beginning or from where a reader stopped."""
    job = handler.known(kind, job_id)
    seen = handler.position()
    after = seen[1] if seen and seen[0] == job_id else 0
    if job.log.closed and after >= job.log.last:
        handler.set_status(204)  # tells an EventSource not to come again
        await handler.finish()
        return
    await handler.tell(job, after, handler.form())


async def abort(model: type[AbortRequest], handler: RouteHandler) -> Aborted | None:
    """Stop what the body names; what was made is kept."""
    kind = model.kind
    try:
        request = await handler.read(model)
    except BadRequest as error:
        handler.reply(Aborted(success=False, message=str(error)), 400)
        return None
    job = handler.service.jobs.find(request.job_id, kind)
    if job is None:
        message = f"There is no such {kind} under way."
        handler.reply(Aborted(success=False, message=message), 404)
        return None
    if job.ended.is_set():
        return Aborted(success=False, message=f"The {kind} {job.id} has already ended.")
    job.stop()
    return Aborted(success=True, message=f"The {kind} {job.id} is being stopped.")


async def list_batches(handler: RouteHandler) -> BatchList:
    """The batches under way, and those that ended a while ago."""
    batches = [job.entry() for job in handler.service.jobs if job.kind == "batch"]
    return BatchList(batches=batches, count=len(batches))


async def run_record(handler: RouteHandler, run_id: str) -> dict[str, Any]:
    """The record of a run, with the address of everything in it."""
    service = handler.service
    run = await service.read(service.runs.run, run_id)
    return {"status": "success", "run": await service.read(service.presenter.run, run)}


async def batch_record(handler: RouteHandler, batch_id: str) -> dict[str, Any]:
    """The record of a batch: how each of its runs ended."""
    service = handler.service
    batch = await service.read(service.runs.batch, batch_id)
    return {"status": "success", "batch": service.presenter.batch(batch)}
