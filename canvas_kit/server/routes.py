"""Which address is answered by what."""

from __future__ import annotations

from canvas_kit.server.handlers.base import CanvasHandler, UnknownHandler
from canvas_kit.server.handlers.batches import (
    AbortBatchHandler,
    BatchesHandler,
    BatchEventsHandler,
    BatchHandler,
    ExecuteBatchHandler,
)
from canvas_kit.server.handlers.catalogue import (
    InterceptionConfigsHandler,
    InterceptionHandler,
    ModelsHandler,
    OutputConfigsHandler,
    VisionModelsHandler,
)
from canvas_kit.server.handlers.description import DescriptionHandler
from canvas_kit.server.handlers.media import MediaHandler
from canvas_kit.server.handlers.runs import (
    AbortRunHandler,
    ExecuteHandler,
    ExecuteStreamHandler,
    RunEventsHandler,
    RunHandler,
)

_JOB = r"(\d{8}_\d{6}_\d{3}_[0-9a-f]{8})"
_RUN = r"([A-Za-z0-9_-]{1,80})"

ROUTES: tuple[tuple[str, type[CanvasHandler]], ...] = (
    (r"/api/canvas/llm-models", ModelsHandler),
    (r"/api/canvas/vision-models", VisionModelsHandler),
    (r"/api/canvas/output-configs", OutputConfigsHandler),
    (r"/api/canvas/interception-configs", InterceptionConfigsHandler),
    (r"/api/interception/([A-Za-z0-9_-]{1,80})", InterceptionHandler),
    (r"/api/canvas/execute", ExecuteHandler),
    (r"/api/canvas/execute-stream", ExecuteStreamHandler),
    (r"/api/canvas/execute-batch", ExecuteBatchHandler),
    (r"/api/canvas/abort-run", AbortRunHandler),
    (r"/api/canvas/abort-batch", AbortBatchHandler),
    (rf"/api/canvas/runs/{_RUN}", RunHandler),
    (rf"/api/canvas/runs/{_JOB}/events", RunEventsHandler),
    (r"/api/canvas/batches", BatchesHandler),
    (rf"/api/canvas/batches/{_JOB}/events", BatchEventsHandler),
    (rf"/api/canvas/batches/{_RUN}", BatchHandler),
    (rf"/api/media/([a-z]{{1,20}})/{_RUN}/(\d{{1,6}})", MediaHandler),
    (r"/api/canvas/openapi\.json", DescriptionHandler),
    (r"/api/(?:canvas|media|interception)(?:/.*)?", UnknownHandler),
)
"""The last one answers all else below these addresses, so that a wrong one is told in JSON."""
