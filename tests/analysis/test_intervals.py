"""Intervals: against published values, and as often right as they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas_kit.analysis.intervals import (
    bootstrap_interval,
    holm,
    mean_interval,
    proportion_interval,
    t_beyond,
    t_quantile,
)


@pytest.mark.parametrize(
    ("probability", "freedom", "value"),
    [
        (0.975, 1, 12.706204736),
        (0.975, 2, 4.302652730),
        (0.975, 4, 2.776445105),
        (0.975, 9, 2.262157163),
        (0.975, 19, 2.093024054),
        (0.975, 29, 2.045229642),
        (0.975, 100, 1.983971519),
        (0.95, 10, 1.812461123),
        (0.995, 5, 4.032142984),
        (0.9995, 3, 12.923978636),
    ],
)
def test_quantiles_of_t_are_those_of_the_tables(
    probability: float, freedom: int, value: float
) -> None:
    """To nine digits, on either side."""
    assert t_quantile(probability, freedom) == pytest.approx(value, rel=1e-9)
    assert t_quantile(1 - probability, freedom) == pytest.approx(-value, rel=1e-9)


@given(st.floats(0.501, 0.9999), st.integers(1, 2000))
def test_the_quantile_is_where_the_rest_lies_beyond(probability: float, freedom: int) -> None:
    """One is the other's inverse, for any probability and freedom."""
    beyond = t_beyond(t_quantile(probability, freedom), freedom)
    assert beyond == pytest.approx(1 - probability, rel=1e-6)


def test_a_mean_has_the_limits_of_a_worked_example() -> None:
    """Ten numbers whose mean, limits and p can be worked out by hand."""
    found = mean_interval([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    error = math.sqrt(55 / 6 / 10)
    assert found.estimate == 5.5
    assert found.low == pytest.approx(5.5 - 2.262157163 * error)
    assert found.high == pytest.approx(5.5 + 2.262157163 * error)
    assert found.p == pytest.approx(2.78e-4, rel=0.01)
    assert str(found) == "5.5 [3.33, 7.67]"


def test_too_few_units_have_no_interval() -> None:
    """None and one are said to have none; equal values have one of no width."""
    assert "no interval: 1 unit)" in str(mean_interval([2.0]))
    assert not mean_interval([]).known
    same = mean_interval([2.0, 2.0, 2.0])
    assert (same.low, same.high, same.p) == (2.0, 2.0, 0.0)


def test_student_holds_at_five_units_where_the_bootstrap_does_not() -> None:
    """Coverage of 95 % limits in 1,200 simulated studies of five units."""
    draw = np.random.default_rng(7)
    held = {"t": 0, "bootstrap": 0}
    for values in draw.normal(1.0, 2.0, (1200, 5)).tolist():
        by_t = mean_interval(values)
        by_bootstrap = bootstrap_interval(values, resamples=400)
        held["t"] += by_t.low <= 1.0 <= by_t.high
        held["bootstrap"] += by_bootstrap.low <= 1.0 <= by_bootstrap.high
    assert 0.935 <= held["t"] / 1200 <= 0.965
    assert held["bootstrap"] / 1200 < 0.9


def test_the_bootstrap_holds_for_many_units_and_repeats_itself() -> None:
    """The same values give the same limits, near Student's for eighty units."""
    values = np.random.default_rng(3).exponential(1.0, 80).tolist()
    once, again = bootstrap_interval(values), bootstrap_interval(values)
    assert once == again
    by_t = mean_interval(values)
    assert once.low == pytest.approx(by_t.low, abs=0.05)
    assert once.high == pytest.approx(by_t.high, abs=0.05)


def test_proportions_have_wilsons_limits() -> None:
    """Published values; none and all keep a limit on the other side."""
    one = proportion_interval(1, 10)
    assert [one.low, one.high] == pytest.approx([0.017876, 0.404150], abs=1e-6)
    none = proportion_interval(0, 10)
    assert none.low == 0
    assert none.high == pytest.approx(0.277533, abs=1e-6)
    assert proportion_interval(10, 10).low == pytest.approx(1 - none.high)
    with pytest.raises(ValueError, match="Of 3 there cannot be 4"):
        proportion_interval(4, 3)


@given(st.integers(0, 500), st.integers(0, 500))
def test_a_proportion_lies_between_its_limits(hits: int, more: int) -> None:
    """For any numbers, and within 0 and 1."""
    found = proportion_interval(hits, hits + more)
    if hits + more:
        assert 0 <= found.low <= found.estimate <= found.high <= 1


def test_holm_raises_each_for_those_there_are() -> None:
    """A worked example; what is not known counts for nothing."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    found = holm([0.02, math.nan, 0.9])
    assert found[0] == pytest.approx(0.04)
    assert math.isnan(found[1])


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_keeps_the_order_and_lowers_nothing(given_: list[float]) -> None:
    """A smaller p stays the smaller, and none falls or exceeds 1."""
    found = holm(given_)
    assert all(one >= p and one <= 1 for one, p in zip(found, given_, strict=True))
    ranked = [found[i] for i in sorted(range(len(given_)), key=given_.__getitem__)]
    assert ranked == sorted(ranked)
