"""What holds for every sweep: products, rows, exclusions, shards, extensions, paired seeds."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from canvas_kit import WITHOUT, Canvas, Collector, Generation, Input, Interception, Sweep

CANVAS = Canvas.of(
    Input("x", id="prompt") >> Interception(id="how") >> Generation(id="picture") >> Collector()
)
LEVELS: Mapping[str, st.SearchStrategy[Any]] = {
    "prompt.text": st.sampled_from(["x", "a doctor", "a nurse", "two boats", ""]),
    "how": st.sampled_from([None, "bauhaus", "planetarizer", "overdrive"]).map(
        lambda preset: WITHOUT if preset is None else {"preset": preset}
    ),
    "picture.steps": st.integers(1, 150),
    "picture.cfg": st.integers(0, 30),
    "picture.model": st.sampled_from(["", "embedded/sketch", "cloud/other"]),
}
Factors = dict[str, list[Any]]

small = settings(deadline=None, max_examples=25)


@st.composite
def factors(draw: st.DrawFn, *, least: int = 0, levels: int = 1) -> Factors:
    keys = draw(st.lists(st.sampled_from(sorted(LEVELS)), unique=True, min_size=least, max_size=3))
    return {
        key: draw(st.lists(LEVELS[key], unique_by=repr, min_size=levels, max_size=4))
        for key in keys
    }


seeds = st.lists(st.integers(0, 2**53 - 1), unique=True, min_size=1, max_size=4)


def sweep(given_factors: Any, given_seeds: Any, **options: Any) -> Sweep:
    return Sweep(CANVAS, given_factors, seeds=given_seeds, **options)


def ids(of: Sweep) -> list[str]:
    return [point.id for point in of]


@given(factors(), seeds)
@small
def test_keys_of_their_own_multiply(chosen: Factors, numbers: list[int]) -> None:
    """Every combination of levels, with every seed, once; and each has an identity of its own."""
    whole = sweep(chosen, numbers)
    points = list(whole)
    assert len(points) == len(whole) == math.prod(map(len, chosen.values())) * len(numbers)
    found = {(tuple(sorted(point.levels.items())), point.seed) for point in points}
    assert len(found) == len(points) == len(set(ids(whole)))
    assert [point.index for point in points] == list(range(len(points)))
    assert whole.equal == ()


@given(factors(least=2, levels=2), seeds)
@small
def test_keys_of_a_tuple_vary_together(chosen: Factors, numbers: list[int]) -> None:
    """A row each; the same points as those of the product that have these levels."""
    rows = list(zip(*chosen.values(), strict=False))
    together = sweep({tuple(chosen): rows}, numbers)
    assert len(together) == len(rows) * len(numbers)
    assert set(ids(together)) <= set(ids(sweep(chosen, numbers)))


@given(factors(), seeds)
@small
def test_seeds_are_paired(chosen: Factors, numbers: list[int]) -> None:
    """Each combination of levels has the same seeds, in the same order, on the same canvas."""
    for _, cell in itertools.groupby(sweep(chosen, numbers), lambda point: point.levels):
        points = list(cell)
        assert [point.seed for point in points] == numbers
        assert [point.replicate for point in points] == list(range(len(numbers)))
        assert len({id(point.canvas) for point in points}) == 1


@given(factors(least=1, levels=2), seeds, st.data())
@small
def test_an_exclusion_takes_out_what_it_says(
    chosen: Factors, numbers: list[int], data: st.DataObject
) -> None:
    """And nothing else; what is left keeps its identity and its order."""
    key = data.draw(st.sampled_from(sorted(chosen)))
    level = data.draw(st.sampled_from(chosen[key]))
    whole, rest = sweep(chosen, numbers), sweep(chosen, numbers, exclude=[{key: level}])
    only = sweep({**chosen, key: [level]}, numbers)
    gone = set(ids(only))
    assert ids(rest) == [one for one in ids(whole) if one not in gone]
    assert len(rest) == len(whole) - len(only)


@given(factors(), seeds, st.integers(1, 5))
@small
def test_shards_partition(chosen: Factors, numbers: list[int], count: int) -> None:
    """Each point is in exactly one, each time, whatever the order of the factors."""
    whole = sweep(chosen, numbers)
    parts = [ids(whole.shard(number, count)) for number in range(1, count + 1)]
    assert sorted(itertools.chain.from_iterable(parts)) == sorted(ids(whole))
    turned = sweep(dict(reversed(chosen.items())), numbers[::-1])
    assert [set(part) for part in parts] == [
        set(ids(turned.shard(number, count))) for number in range(1, count + 1)
    ]


@given(factors(least=1, levels=2), seeds, st.data())
@small
def test_what_is_added_keeps_the_old_points(
    chosen: Factors, numbers: list[int], data: st.DataObject
) -> None:
    """A level, a seed, a factor one of whose levels is what was there before; also their shards."""
    key = data.draw(st.sampled_from(sorted(chosen)))
    before = sweep({**chosen, key: chosen[key][:-1]}, numbers)
    after = sweep(chosen, numbers)
    assert set(ids(before)) < set(ids(after))
    assert set(ids(before.shard(1, 3))) <= set(ids(after.shard(1, 3)))
    assert set(ids(sweep(chosen, numbers[1:] or numbers))) <= set(ids(after))
    more = sweep({"how.max_feedback_rounds": [3, 7], **chosen}, numbers)
    assert set(ids(after)) < set(ids(more))


@given(factors(), seeds, st.randoms())
@small
def test_order_makes_no_difference(chosen: Factors, numbers: list[int], random: Any) -> None:
    """Of factors, of levels, of seeds: a point is called by what it is."""
    turned = [(key, random.sample(levels, len(levels))) for key, levels in chosen.items()]
    random.shuffle(turned)
    shuffled = random.sample(numbers, len(numbers))
    assert set(ids(sweep(dict(turned), shuffled))) == set(ids(sweep(chosen, numbers)))


@given(factors(), seeds, st.data())
@small
def test_a_document_holds_all_of_it(
    chosen: Factors, numbers: list[int], data: st.DataObject
) -> None:
    """Parts too; and a sample is the same points each time."""
    part = sweep(chosen, numbers, name="n", tags=["t"])
    size = data.draw(st.integers(1, len(part)))
    part = part.sample(size, seed=data.draw(st.integers(0, 3)))
    again = Sweep.from_document(part.to_document())
    assert len(part) == size
    assert (again, ids(again)) == (part, ids(part))
