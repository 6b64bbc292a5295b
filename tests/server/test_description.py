"""The OpenAPI description: true, and a ground for machines that try to break the server."""

from __future__ import annotations

import re
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case, checks

from canvas_kit.server.handlers.base import CanvasHandler
from canvas_kit.server.limits import Limits
from canvas_kit.server.openapi import description
from canvas_kit.server.routes import ROUTES
from tests.server.conftest import TOKEN, RunningServer, ServerStarter
from tests.server.editor_client import EditorClient

BOUNDS = Limits(runs=4, nodes=20)
AUTHORIZED = {"Authorization": f"token {TOKEN}"}


def test_every_route_is_described_and_every_described_route_exists() -> None:
    """In both directions, with the methods."""
    document = description("/", Limits())
    examples = {
        "preset": "bauhaus",
        "batch_id": "20260131_120000_000_0123abcd",
        "run_id": "20260131_120000_000_0123abcd",
        "kind": "image",
        "index": "0",
    }
    described = {
        re.sub(r"\{(\w+)\}", lambda match: examples[match[1]], path): set(methods)
        for path, methods in document["paths"].items()
    }
    *routes, _ = ROUTES
    for pattern, handler in routes:
        matching = [path for path in described if re.fullmatch(pattern, path)]
        assert matching, pattern
        for path in matching:
            for method in ("get", "post"):
                answers = getattr(handler, method) is not getattr(CanvasHandler, method)
                assert (method in described[path]) == answers, (path, method)
    for path in described:
        assert any(re.fullmatch(pattern, path) for pattern, _ in routes), path


def test_the_description_is_served_as_it_is(client: EditorClient) -> None:
    served = client.get("/api/canvas/openapi.json")
    assert served["openapi"].startswith("3.1")
    assert served["servers"] == [{"url": "/"}]
    assert set(served["paths"]) == set(description("/", Limits())["paths"])


@pytest.fixture(scope="module")
def target(start_server: ServerStarter) -> RunningServer:
    """A server with bounds that keep what the machines think of small."""
    return start_server(options={"max_runs": BOUNDS.runs, "max_nodes": BOUNDS.nodes})


schema = schemathesis.openapi.from_dict(description("/", BOUNDS))


@schema.parametrize()
@settings(
    max_examples=25,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
def test_nothing_that_can_be_sent_breaks_the_server(case: Case[Any], target: RunningServer) -> None:
    """No answer but those that are described: no fault, no hang, no trace."""
    reply = case.call(base_url=target.url, headers=AUTHORIZED, timeout=60)
    case.validate_response(
        reply,
        checks=[
            checks.not_a_server_error,
            checks.status_code_conformance,
            checks.content_type_conformance,
            checks.response_schema_conformance,
        ],
    )
    assert "Traceback" not in reply.text
    assert "/tmp/" not in reply.text
