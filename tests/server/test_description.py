"""The OpenAPI description: true, and a ground for machines that try to break the server."""

from __future__ import annotations

import re
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case, checks

from canvas_kit.server.limits import Limits
from canvas_kit.server.openapi import description
from canvas_kit.server.routes import ROUTES, pattern
from tests.server.conftest import TOKEN, RunningServer, ServerStarter
from tests.server.editor_client import EditorClient

BOUNDS = Limits(max_runs=4, max_nodes=20)
AUTHORIZED = {"Authorization": f"token {TOKEN}"}


def test_every_route_is_described_and_its_examples_lead_to_it() -> None:
    """Each example of a described address is answered by its own route and no other."""
    document = description(ROUTES, "/", Limits())
    assert len(document["paths"]) == len(ROUTES)
    for route in ROUTES:
        operation = document["paths"][route.path][route.method.lower()]
        examples = {item["name"]: item.get("example") for item in operation["parameters"]}
        address = route.path.format(**examples)
        assert [one.path for one in ROUTES if re.fullmatch(pattern(one), address)] == [route.path]


def test_the_description_is_served_as_it_is(client: EditorClient) -> None:
    served = client.get("/api/canvas/openapi.json")
    assert served["openapi"].startswith("3.1")
    assert served["servers"] == [{"url": "/"}]
    assert set(served["paths"]) == set(description(ROUTES, "/", Limits())["paths"])


@pytest.fixture(scope="module")
def target(start_server: ServerStarter) -> RunningServer:
    """A server with bounds that keep what the machines think of small."""
    return start_server(options={"max_runs": BOUNDS.max_runs, "max_nodes": BOUNDS.max_nodes})


schema = schemathesis.openapi.from_dict(description(ROUTES, "/", BOUNDS))


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
