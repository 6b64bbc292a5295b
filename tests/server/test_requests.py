"""Reading request bodies: a typed request, or an error that says what is wrong."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas_kit.errors import CanvasError
from canvas_kit.server.limits import Limits
from canvas_kit.server.requests import (
    AbortBatchRequest,
    BadRequest,
    BatchRequest,
    RunRequest,
    read_request,
)
from tests.server.editor_client import canvas

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
KEYS = [
    "workflow",
    "nodes",
    "connections",
    "count",
    "prompts",
    "base_seed",
    "seed",
    "prompt",
    "device_id",
    "run_id",
    "batch_id",
    "concurrency",
    "node",
    "form",
]


@given(st.dictionaries(st.sampled_from(KEYS), json_values) | json_values)
def test_any_json_is_a_request_or_a_bad_request(body: Any) -> None:
    """Nothing that can be sent makes anything but a typed request or one of two errors."""
    data = json.dumps(body).encode()
    limits = Limits(max_nodes=10, max_runs=10)
    for model in (RunRequest, BatchRequest):
        with contextlib.suppress(BadRequest, CanvasError):
            read_request(model, data, limits).canvas(limits)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_a_bad_request(data: bytes) -> None:
    for model in (RunRequest, BatchRequest, AbortBatchRequest):
        with contextlib.suppress(BadRequest):
            read_request(model, data, Limits())


@pytest.mark.parametrize(
    "body",
    [
        {"workflow": canvas() | {"id": "w", "name": "n"}},
        canvas() | {"workflow": {"id": "w", "name": "n"}},
        canvas() | {"workflow": {"id": "w", "name": "n", "description": None}},
    ],
)
def test_the_canvas_stands_under_workflow_or_at_the_top(body: dict[str, Any]) -> None:
    request = read_request(RunRequest, json.dumps(body).encode(), Limits())
    value = request.canvas(Limits())
    assert (value.id, value.name, len(value.nodes)) == ("w", "n", 4)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({}, "prompts"),
        ({"count": 0}, "count should be greater than or equal to 1, but is 0"),
        ({"count": True}, "count should be"),
        ({"count": "3"}, "count should be"),
        ({"count": 1.5}, "count should be"),
        ({"prompts": "one"}, "prompts should be a valid list"),
        ({"prompts": ["one", 2]}, "prompts.1 should be a valid string"),
        ({"count": 2, "base_seed": -1}, "base_seed should be"),
        ({"count": 2, "base_seed": 2**53}, "base_seed should be"),
        ({"count": 2, "concurrency": 0}, "concurrency should be"),
        ({"count": 2, "device_id": "x" * 201}, "device_id should have at most 200"),
        ({"count": 2, "batch_id": "mine"}, "batch_id should match"),
    ],
)
def test_what_is_wrong_with_a_batch_is_said(more: dict[str, Any], says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        read_request(BatchRequest, json.dumps({"workflow": canvas(), **more}).encode(), Limits())


def test_a_number_as_javascript_writes_it_is_a_number() -> None:
    body = b'{"nodes": [], "count": 3.0, "base_seed": 1e3}'
    request = read_request(BatchRequest, body, Limits())
    assert (request.count, request.base_seed) == (3, 1000)
