"""Reading request bodies: a typed question, or an error that says what is wrong."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas_kit.errors import CanvasError
from canvas_kit.server.asked import BadRequest, canvas_of, read_batch, read_id, read_run
from canvas_kit.server.limits import Limits
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
    "jobs",
    "node",
    "form",
]


@given(st.dictionaries(st.sampled_from(KEYS), json_values) | json_values)
def test_any_json_is_a_question_or_a_bad_request(body: Any) -> None:
    """Nothing that can be sent makes anything but a typed question or one of two errors."""
    data = json.dumps(body).encode()
    limits = Limits(nodes=10, runs=10)
    for read in (read_run, lambda raw: read_batch(raw, limits)):
        with contextlib.suppress(BadRequest, CanvasError):
            canvas_of(read(data), limits)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_question_or_a_bad_request(data: bytes) -> None:
    for read in (read_run, lambda raw: read_batch(raw, Limits()), lambda raw: read_id(raw, "x")):
        with contextlib.suppress(BadRequest):
            read(data)


@pytest.mark.parametrize(
    "body",
    [
        {"workflow": canvas() | {"id": "w", "name": "n"}},
        canvas() | {"workflow": {"id": "w", "name": "n"}},
        canvas() | {"workflow": {"id": "w", "name": "n", "description": None}},
    ],
)
def test_the_canvas_stands_under_workflow_or_at_the_top(body: dict[str, Any]) -> None:
    asked = read_run(json.dumps(body).encode())
    value = canvas_of(asked, Limits())
    assert (value.id, value.name, len(value.nodes)) == ("w", "n", 4)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({}, "prompts"),
        ({"count": 0}, "count should be a whole number from 1"),
        ({"count": True}, "count should be"),
        ({"count": "3"}, "count should be"),
        ({"count": 1.5}, "count should be"),
        ({"prompts": "one"}, "prompts should be a list of texts"),
        ({"prompts": ["one", 2]}, "prompts should be a list of texts"),
        ({"count": 2, "base_seed": -1}, "base_seed should be"),
        ({"count": 2, "base_seed": 2**53}, "base_seed should be"),
        ({"count": 2, "jobs": 0}, "jobs should be"),
        ({"count": 2, "device_id": "x" * 201}, "device_id should be"),
        ({"count": 2, "batch_id": "mine"}, "batch_id should be"),
    ],
)
def test_what_is_wrong_with_a_batch_is_said(more: dict[str, Any], says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        read_batch(json.dumps({"workflow": canvas(), **more}).encode(), Limits())


def test_a_number_as_javascript_writes_it_is_a_number() -> None:
    asked = read_batch(b'{"nodes": [], "count": 3.0, "base_seed": 1e3}', Limits())
    assert (asked.count, asked.base_seed) == (3, 1000)
