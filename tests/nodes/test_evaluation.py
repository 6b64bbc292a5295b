"""Scores are read out of what judges say, however they say it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas_kit.backends.base import TextResult
from canvas_kit.nodes.evaluation import read_verdict, score_in
from canvas_kit.values import Provenance


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("It shows 2 figures, with points: 3 in all. Score: 8/10", 8),
        ("Score (0-10): 7", 7),
        ("Score 0–10: 7", 7),
        ("Score (out of 10): 6,5", 6.5),
        ("**Score:** 7.5 of 10", 7.5),
        ("Rating: 4/5", 8),
        ("Score: 7/100", 0.7),
        ("Score: 85%", 8.5),
        ("Bewertung: 3 von 10. Note nothing else.", 3),
        ("I would not give 10/10. Score: 4/10", 4),
        ("Colour score: 3/10. Overall score: 8/10.", 8),
        ("I give it 9 out of 10.", 9),
        ("4/5 of the text is good", None),
        ("On 12/10/2024 we met.", None),
        ("Note the 2 figures.", None),
        ("Score: 11", None),
        ("Score: 3/0", None),
        ("Score: " + "9" * 400, None),
        ("", None),
    ],
)
def test_a_score_in_prose(text: str, score: float | None) -> None:
    """On the scale from 0 to 10; what says of how many wins, then what comes last."""
    assert score_in(text) == score


@given(st.text("0123456789 ./-,scoreSCORE:*(", max_size=300))
def test_any_prose_is_read(text: str) -> None:
    """And gives a score on the scale, or none."""
    score = score_in(text)
    assert score is None or 0 <= score <= 10


@pytest.mark.parametrize("part", ["9", "9 ", "9/", "score ", "score:" + " " * 20, "(0-", "1,1"])
def test_long_repetitions_are_read_in_time_that_grows_with_their_length(part: str) -> None:
    """A megabyte of them would take hours otherwise."""
    score_in(part * (1_000_000 // len(part)))


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ('{"score": 7, "commentary": "c"}', 7),
        ('{"score": "7/10", "commentary": "c"}', 7),
        ('{"score": "4.5"}', 4.5),
        ('{"score": ' + "9" * 400 + "}", None),
        ('{"score": true}', None),
    ],
)
def test_a_score_in_json(answer: str, score: float | None) -> None:
    """Numbers, numbers in texts, and what is neither."""
    assert read_verdict(TextResult(answer, Provenance("lab", "judge")))[0] == score
