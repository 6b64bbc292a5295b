"""Runs and batches: start one and wait or watch, come back to it, stop it, read its record."""

from __future__ import annotations

from typing import Annotated, Any

from canvas_kit.errors import CanvasKitError
from canvas_kit.events import Complete, Error
from canvas_kit.german import say
from canvas_kit.server import editor
from canvas_kit.server.answers import Aborted, BatchList, BatchRecord, RunAnswer, RunRecord
from canvas_kit.server.handlers.base import RouteHandler, Streamed
from canvas_kit.server.handlers.stream import StreamHandler
from canvas_kit.server.requests import (
    AbortBatchRequest,
    AbortRunRequest,
    BatchRequest,
    JobRequest,
    RunRequest,
)
from canvas_kit.server.run_index import NotRecorded
from canvas_kit.values import RunStatus


class AbortHandler(RouteHandler):
    """Answers in the form that the editor reads after an abort."""

    refused = Aborted

    def refuse(self, status: int, message: str, **more: Any) -> None:
        """Finish with a refusal."""
        if status in (400, 404):
            self.reply(Aborted(success=False, message=say(message, self.language)), status)
        else:
            super().refuse(status, message, **more)


async def execute(
    handler: RouteHandler, request: RunRequest
) -> Annotated[dict[str, Any], RunAnswer]:
    """Run a canvas and answer when it has ended."""
    job = await handler.service.start(request)
    await job.ended.wait()
    complete = job.log.latest(Complete)
    if not isinstance(complete, Complete):
        fault = job.log.latest(Error)
        raise CanvasKitError(fault.message if isinstance(fault, Error) else "The run was lost.")
    address = handler.service.presenter.address
    document = editor.payload(
        complete, address=address, made=job.log.made, language=handler.language
    )
    document |= {"status": "success", "run_id": job.id, "run_status": complete.status.value}
    if complete.status not in (RunStatus.COMPLETED, RunStatus.PARTIAL):
        document["status"] = "error"
        why = f"The run ended as {complete.status.value}; the results say why."
        document["error"] = say(why, handler.language)
    return document


async def execute_stream(handler: StreamHandler, request: RunRequest) -> Streamed:
    """Run a canvas and tell what happens: started, progress, node_complete, complete.

    A canvas that cannot run is told in one complete event with the status failed, the error and
    the problems; with form 'typed', by 422.
    """
    return await handler.start(request)


async def execute_batch(handler: StreamHandler, request: BatchRequest) -> Streamed:
    """Run a canvas many times and tell what happens.

    That is batch_started, run_start, progress and node_complete (with the run's run_id),
    run_complete or run_error, and batch_complete or batch_aborted.
    """
    return await handler.start(request)


async def run_events(handler: StreamHandler, run_id: str) -> Streamed:
    """What happened in a run, from the beginning or from where the reader stopped."""
    return await handler.resume("run", run_id)


async def batch_events(handler: StreamHandler, batch_id: str) -> Streamed:
    """What happened in a batch, from the beginning or from where the reader stopped."""
    return await handler.resume("batch", batch_id)


async def abort_run(handler: AbortHandler, request: AbortRunRequest) -> Aborted:
    """Stop a run; what was made is kept."""
    return _abort(handler, request)


async def abort_batch(handler: AbortHandler, request: AbortBatchRequest) -> Aborted:
    """Stop a batch; what was made is kept."""
    return _abort(handler, request)


async def list_batches(handler: RouteHandler) -> BatchList:
    """Batches under way, or ended a short while ago."""
    batches = [job.entry() for job in handler.service.jobs if job.kind == "batch"]
    return BatchList(batches=batches, count=len(batches))


async def run_record(handler: RouteHandler, run_id: str) -> Annotated[dict[str, Any], RunRecord]:
    """The record of a run: how it ended, and everything it made with its sha256 and address."""
    service = handler.service
    run = await service.read(service.runs.run, run_id)
    return {"status": "success", "run": await service.read(service.presenter.run, run)}


async def batch_record(
    handler: RouteHandler, batch_id: str
) -> Annotated[dict[str, Any], BatchRecord]:
    """The record of a batch: how each of its runs ended."""
    service = handler.service
    batch = await service.read(service.runs.batch, batch_id)
    return {"status": "success", "batch": service.presenter.batch(batch)}


def _abort(handler: AbortHandler, request: JobRequest) -> Aborted:
    kind = request.kind
    job = handler.service.jobs.find(request.job_id, kind)
    if job is None:
        raise NotRecorded(f"There is no such {kind} under way.")
    if job.ended.is_set():
        message = f"The {kind} {job.id} has already ended."
        return Aborted(success=False, message=say(message, handler.language))
    job.stop()
    message = f"The {kind} {job.id} is being stopped."
    return Aborted(success=True, message=say(message, handler.language))
