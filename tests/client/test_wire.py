"""Events on the wire between two canvas-kits: what arrives equals what was sent."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas_kit import events
from canvas_kit.client.wire import EVENT_NAMES, from_wire, to_wire
from canvas_kit.values import Entity, NodeState, Provenance, RunStatus

words = st.text(max_size=10)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
entities = st.builds(
    Entity,
    number=st.integers(1, 99),
    node_id=words,
    node_type=words,
    file=words,
    sha256=words,
    size_bytes=st.integers(0, 10**9),
    media_type=words,
    created_at=words,
    parents=st.lists(words, max_size=2).map(tuple),
    seed=st.none() | st.integers(0, 2**53 - 1),
    provenance=st.none() | st.builds(Provenance, backend=words, model=words, seed=st.none()),
)
some_events = st.one_of(
    st.builds(events.Started, words, st.integers(0, 99), st.none() | words),
    st.builds(
        events.Progress,
        words,
        words,
        words,
        st.sampled_from(NodeState),
        words,
        st.none() | st.integers(1, 9),
        st.none() | st.integers(1, 9),
        st.none() | st.binary(max_size=20),
        st.integers(1, 3),
    ),
    st.builds(
        events.NodeComplete,
        words,
        words,
        words,
        st.lists(entities, max_size=2).map(tuple),
        json_values,
        st.none() | words,
        st.integers(1, 3),
    ),
    st.builds(
        events.Complete,
        words,
        st.sampled_from(RunStatus),
        st.dictionaries(words, json_values, max_size=2),
        st.lists(st.dictionaries(words, json_values, max_size=2), max_size=2).map(tuple),
        st.lists(words, max_size=3).map(tuple),
        st.none() | words,
    ),
    st.builds(events.Error, words, words),
    st.builds(events.BatchStarted, words, st.integers(1, 99), words, st.none() | words),
    st.builds(
        events.RunStart, words, st.integers(0), st.integers(1), words, st.integers(0, 2**53 - 1)
    ),
    st.builds(
        events.RunComplete,
        words,
        st.integers(0),
        words,
        st.sampled_from(RunStatus),
        st.none() | words,
    ),
    st.builds(events.RunError, words, st.integers(0), words, words),
    st.builds(
        events.BatchComplete,
        words,
        st.integers(1),
        st.integers(0),
        st.lists(words, max_size=3).map(tuple),
    ),
    st.builds(events.BatchAborted, words, st.integers(0), st.integers(0)),
)


@given(some_events)
def test_every_event_survives_the_wire(event: events.Event) -> None:
    arrived = from_wire(event.name, json.loads(json.dumps(to_wire(event))))
    assert arrived == event


def test_every_kind_of_event_has_a_place_on_the_wire() -> None:
    """An event that is added later cannot be forgotten here."""
    kinds = {
        kind
        for kind in vars(events).values()
        if isinstance(kind, type) and issubclass(kind, events.Event) and hasattr(kind, "name")
    }
    assert {kind.name for kind in kinds} == EVENT_NAMES


def test_fields_of_a_later_version_are_passed_over() -> None:
    assert from_wire("error", {"run_id": "r", "message": "m", "mood": 7}) == events.Error("r", "m")


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("nonsense", {}),
        ("error", {}),
        ("progress", {"run_id": "r", "node_id": "n", "node_type": "t", "status": "dancing"}),
        ("node_complete", {"run_id": "r", "node_id": "n", "node_type": "t", "entities": [7]}),
        ("progress", {"run_id": "r", "preview": "%"}),
    ],
)
def test_what_is_no_event_is_said(name: str, document: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=name):
        from_wire(name, document)
