"""A sweep as a value: what runs, in which order, and what it refuses before anything runs."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canvas_kit import (
    WITHOUT,
    Canvas,
    Collector,
    Evaluation,
    Generation,
    Input,
    Interception,
    Seed,
    Sweep,
)
from canvas_kit.errors import BatchError, CanvasKitError
from canvas_kit.values import MAX_SEED


def canvas() -> Canvas:
    return Canvas.of(
        Input("x", id="prompt")
        >> Interception(id="how")
        >> Generation(id="picture")
        >> Collector(id="all")
    )


def only_input() -> Canvas:
    return Canvas.of(Input("x", id="words"))


def study(**changes: Any) -> Sweep:
    options: dict[str, Any] = {
        "factors": {
            "prompt.text": ["a doctor", "a nurse"],
            "how": [WITHOUT, {"preset": "bauhaus"}, {"preset": "planetarizer"}],
        },
        "seeds": range(1000, 1005),
    } | changes
    return Sweep(canvas(), options.pop("factors"), **options)


def ids(sweep: Sweep) -> list[str]:
    return [point.id for point in sweep]


def test_every_combination_of_levels_is_run_with_every_seed() -> None:
    """The same seeds for all levels, fastest; the canvas is shared by all seeds of a cell."""
    sweep = study()
    points = list(sweep)
    assert len(sweep) == len(points) == 30
    assert [point.index for point in points] == list(range(30))
    assert len({*ids(sweep)}) == 30
    assert [point.seed for point in points[:6]] == [1000, 1001, 1002, 1003, 1004, 1000]
    assert [point.replicate for point in points[:6]] == [0, 1, 2, 3, 4, 0]
    assert points[0].levels == {"prompt.text": "a doctor", "how": "(without)"}
    assert points[29].levels == {"prompt.text": "a nurse", "how": "planetarizer"}
    assert points[0].canvas is points[4].canvas
    assert [node.id for node in points[0].canvas.nodes] == ["prompt", "picture", "all"]
    assert sweep.point(7) == points[7]
    with pytest.raises(IndexError):
        sweep.point(30)


def test_the_control_is_the_canvas_without_the_node() -> None:
    """Its points are those of a canvas that never had it."""
    plain = Canvas.of(
        Input("a nurse", id="prompt") >> Generation(id="picture") >> Collector(id="all")
    )
    assert set(ids(Sweep(plain, seeds=range(1000, 1005)))) < set(ids(study()))


def test_the_old_forms_are_sweeps() -> None:
    """A list of prompts, or a count: run i has the seed base + i."""
    prompts = Sweep.of_prompts(only_input(), ["a", "b"], base_seed=7)
    assert [(point.levels["words.text"], point.seed) for point in prompts] == [("a", 7), ("b", 8)]
    count = Sweep.of_count(only_input(), 2, base_seed=0)
    assert [point.seed for point in count] == [0, 1]
    assert (prompts.mode, count.mode) == ("prompts", "count")


@given(st.integers(1, 10**6), st.integers(-10, MAX_SEED + 10))
@settings(deadline=None)
def test_seeds_stay_in_range(count: int, base_seed: int) -> None:
    """Every seed of a sweep can be used, up to the very last; else there is no sweep."""
    fits = base_seed >= 0 and base_seed + count - 1 <= MAX_SEED
    try:
        sweep = Sweep.of_count(only_input(), count, base_seed=base_seed)
    except BatchError:
        assert not fits
    else:
        assert fits
        assert sweep.point(len(sweep) - 1).seed == base_seed + count - 1


def test_a_seed_that_was_drawn_stays() -> None:
    """A sweep is a value: going through it twice gives the same seeds."""
    sweep = study(seeds=5)
    assert [point.seed for point in sweep] == [point.seed for point in sweep]
    assert len(set(sweep.seeds)) == 5
    assert ids(Sweep.from_document(sweep.to_document())) == ids(sweep)


def test_models_vary_slowest() -> None:
    """Whatever the order of the factors, since another model has to be loaded."""
    sweep = study(factors={"prompt.text": ["a", "b"], "picture.model": ["embedded/sketch", ""]})
    assert [point.levels["picture.model"] for point in sweep][::5] == [
        "embedded/sketch",
        "embedded/sketch",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ({"promt.text": ["a"]}, r"'promt\.text' aims at no node.*Did you mean 'prompt"),
        ({"prompt.txt": ["a"]}, r"'prompt\.txt' aims at a field.*Did you mean 'text'"),
        ({"prompt.promptText": ["a"]}, "In Python it is called 'text'"),
        ({"how.preset": ["bauhaus", "bauhus"]}, r"'how\.preset' cannot take the level 'bauhus'"),
        ({"prompt.text": ["a", 5]}, r"'prompt\.text' cannot take the level 5 \(row 2\)"),
        ({"picture.steps": [0]}, r"'picture\.steps' cannot take the level 0.*steps"),
        ({"prompt.text": "a"}, "has one text: 'a'"),
        ({"prompt.text": []}, "no levels"),
        ({"prompt.text": 5}, "list of levels"),
        ({("prompt.text", "how.preset"): [("a", "bauhaus"), ("b",)]}, "row 2 has 1 levels.*2 keys"),
        ({("prompt.text", "how.preset"): ["ab"]}, "row 1 should have 2 levels"),
        ({(): [()]}, "no key"),
        ({"prompt.text": ["a"], ("how.preset", "prompt.text"): [("", "b")]}, "there twice"),
        ({"prompt": [WITHOUT]}, r"prompt='\(without\)'.*cannot be taken out"),
        ({"how": ["bauhaus"]}, "should be WITHOUT, fields"),
        ({"how": [{"presett": "x"}]}, "'how' cannot take the level .*Did you mean 'preset'"),
        ({"how": [Seed(3)]}, "cannot set how="),
        ({"seed": [-1]}, "'seed' cannot take the level -1"),
        ({"prompt.text": ["a", float("nan")]}, "row 2.*there is nothing"),
    ],
)
def test_a_level_that_cannot_be_used_is_told_with_its_factor(
    factors: dict[Any, Any], message: str
) -> None:
    """Before anything runs."""
    options = {"seeds": None} if "seed" in factors else {}
    with pytest.raises(CanvasKitError, match=message):
        study(factors=factors, **options)


def test_what_researchers_hold_is_taken() -> None:
    """Arrays, ranges, generators, columns, data frames; numbers become Python's own."""
    frame = pd.DataFrame({"prompt.text": ["a", "b"], "picture.steps": [5, 10]})
    expected = ids(study(factors={("prompt.text", "picture.steps"): [("a", 5), ("b", 10)]}))
    assert ids(study(factors=frame)) == expected
    assert ids(study(factors=frame, seeds=np.arange(1000, 1005))) == expected
    assert ids(study(factors=[frame], seeds=list(range(1000, 1005)))) == expected
    several = study(
        factors={
            "picture.steps": np.array([5, 10]),
            "picture.cfg": np.linspace(1, 2, 3),
            "prompt.text": (word for word in ("a", "b")),
            "how.max_feedback_rounds": range(2),
        },
        seeds=1,
    )
    assert len(several) == 24
    kinds = {type(value) for value in several.point(0).levels.values()}
    assert kinds == {int, float, str}


def test_excluded_combinations_are_not_run() -> None:
    """And an exclusion that is about nothing is told."""
    sweep = study(exclude=[{"prompt.text": "a nurse", "how": WITHOUT}])
    assert len(sweep) == 25
    assert set(ids(sweep)) < set(ids(study()))
    with pytest.raises(BatchError, match="does not have"):
        study(exclude=[{"prompt.text": "a nurze"}])
    with pytest.raises(BatchError, match="no factor here"):
        study(exclude=[{"picture.model": "a"}])
    with pytest.raises(BatchError, match="Nothing is left"):
        study(exclude=[{"prompt.text": "a nurse"}, {"prompt.text": "a doctor"}])


def test_equal_cells_run_once_and_are_named() -> None:
    """Also where a default is spelt out, or where a node is taken out that another factor sets."""
    sweep = study(factors={"how.preset": ["", "user_defined", "bauhaus"]})
    assert len(sweep) == 10
    assert sweep.equal == (({"how.preset": "user_defined"}, {"how.preset": ""}),)
    sweep = study(factors={"how": [WITHOUT, {}], "how.preset": ["bauhaus", "overdrive"]}, seeds=1)
    assert len(sweep) == 3
    assert len(sweep.equal) == 1


def test_a_sweep_survives_its_document_and_pickling() -> None:
    """With everything that was said of it."""
    sweep = study(
        name="doctor-nurse", note="n", tags=["a"], exclude=[{"how": {"preset": "bauhaus"}}]
    )
    for part in (sweep, sweep.shard(1, 2), sweep.sample(5, seed=3)):
        again = Sweep.from_document(part.to_document())
        assert again == part
        assert ids(again) == ids(part)
        assert pickle.loads(pickle.dumps(part)) == part


def test_taking_out_a_judge_joins_what_passes() -> None:
    """Its feedback ends with it; what waits for its other outputs would get nothing."""
    draft, judge = Interception(id="draft"), Evaluation(id="judge")
    whole = Canvas(
        Input("x", id="prompt") >> draft >> judge,
        judge.passed >> Generation(id="picture"),
        judge.failed >> draft,
    )
    point = Sweep(whole, {"judge": [WITHOUT]}, seeds=[1]).point(0)
    ends = [(c.source_id, c.target_id) for c in point.canvas.connections]
    assert ends == [("prompt", "draft"), ("draft", "picture")]
    waiting = Canvas(whole, judge.commentary >> Generation(id="other"))
    with pytest.raises(BatchError, match="judge cannot be taken out"):
        Sweep(waiting, {"judge": [WITHOUT]})
