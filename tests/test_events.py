"""Events: small frozen values, with one JSON form in which everything survives."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas_kit import events
from canvas_kit.values import (
    Collected,
    Entity,
    NodeReport,
    NodeState,
    Provenance,
    RunStatus,
    Sampling,
    Size,
    Verdict,
    from_json,
    to_json,
)

words = st.text(max_size=10)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
documents = st.dictionaries(words, json_values, max_size=2)
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
    model=st.none() | words,
    provenance=st.none() | st.builds(Provenance, backend=words, model=words, reply=documents),
    details=documents,
)
verdicts = st.builds(
    Verdict, st.none() | st.floats(0, 10), st.floats(0, 10), words, limit_reached=st.booleans()
)
outputs = st.one_of(
    words,
    st.integers(0, 2**53 - 1),
    st.builds(Size, st.integers(64, 99), st.integers(64, 99)),
    st.builds(Sampling, st.integers(1, 9), st.floats(0, 30)),
    st.lists(entities, max_size=2).map(tuple),
)
reports = st.builds(
    NodeReport,
    words,
    words,
    st.sampled_from(NodeState),
    words,
    st.integers(1, 3),
    st.lists(words, max_size=2).map(tuple),
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
        st.none() | words,
        st.none() | verdicts,
        st.dictionaries(words, outputs, max_size=2),
        st.integers(1, 3),
    ),
    st.builds(
        events.Complete,
        words,
        st.sampled_from(RunStatus),
        st.lists(reports, max_size=2).map(tuple),
        st.lists(
            st.builds(
                Collected,
                words,
                words,
                st.sampled_from(NodeState),
                words,
                st.none() | outputs,
                st.none() | verdicts,
            ),
            max_size=2,
        ).map(tuple),
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
def test_every_event_survives_its_json_form(event: events.Event) -> None:
    document = json.loads(json.dumps(events.to_json(event), allow_nan=False))
    assert document["event"] == event.name
    assert events.from_json(document) == event


def test_every_kind_of_event_can_be_read() -> None:
    """An event that is added later cannot be forgotten."""
    kinds = {
        kind
        for kind in vars(events).values()
        if isinstance(kind, type) and issubclass(kind, events.Event) and "name" in vars(kind)
    }
    assert kinds == set(events.EVENT_TYPES.values())


def test_fields_of_a_later_version_are_passed_over() -> None:
    document = {"event": "error", "run_id": "r", "message": "m", "mood": 7}
    assert events.from_json(document) == events.Error("r", "m")


@pytest.mark.parametrize(
    "document",
    [
        {"event": "nonsense"},
        {"event": "error"},
        {"event": "progress", "run_id": "r", "node_id": "n", "node_type": "t", "status": "dancing"},
        {
            "event": "node_complete",
            "run_id": "r",
            "node_id": "n",
            "node_type": "t",
            "entities": [7],
        },
        {"event": "progress", "run_id": "r", "preview": "%"},
    ],
)
def test_what_is_no_event_is_said(document: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=str(document["event"])):
        events.from_json(document)


def test_an_event_without_a_name_is_none() -> None:
    for document in ({}, {"event": None}, {"event": ["error"]}):
        with pytest.raises(ValueError, match="no event"):
            events.from_json(document)


@given(entities)
def test_where_an_entity_lies_is_no_part_of_its_json_form(entity: Entity) -> None:
    """Neither written, nor taken from a document that says so."""
    document = to_json(dataclasses.replace(entity, source=Path("/etc")))
    assert "source" not in document
    assert from_json(Entity, document | {"source": "/etc"}).source is None


def test_a_provenance_can_always_be_read_back() -> None:
    """Whatever a backend of a third party puts in the place of a name."""
    made = Provenance("lab", None, reply={"score": float("nan"), "odd": {1}})  # type: ignore[arg-type]
    document = json.loads(json.dumps(to_json(made), allow_nan=False))
    assert from_json(Provenance, document).model == ""


def test_an_event_cannot_be_changed() -> None:
    """Many listeners get the same one."""
    for kind in events.EVENT_TYPES.values():
        assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_previews_and_texts_stay_out_of_the_logs() -> None:
    """A logged event is short."""
    long = "jpeg" * 500
    for event in (
        events.Progress("r", "n", "t", NodeState.RUNNING, preview=long.encode()),
        events.NodeComplete("r", "n", "t", (), long, Verdict(1, 5, long), {"text": long}),
        events.Complete("r", RunStatus.FAILED, (NodeReport("n", "t", NodeState.FAILED, long),)),
    ):
        assert len(repr(event)) < 300
