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
    ModelAdaption,
    Seed,
    Sweep,
    run,
)
from canvas_kit.errors import BatchError, CanvasError, CanvasKitError
from canvas_kit.executor.engine import Engine
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


def test_a_part_may_have_no_points(engine: Engine) -> None:
    """Of a sweep with fewer points than parts: it is empty, and cannot be run by itself."""
    parts = [study().sample(2).shard(number, 50) for number in range(1, 51)]
    assert sorted(map(len, parts))[-3:] in ([0, 1, 1], [0, 0, 2])
    empty = min(parts, key=len)
    assert list(empty) == []
    with pytest.raises(BatchError, match="nothing to run"):
        empty.check(engine)


def test_what_only_the_backends_know_is_checked_with_factor_and_level(engine: Engine) -> None:
    """Models, output configs, tasks: of every level, before anything runs."""
    study(factors={"picture.model": ["", "embedded/sketch"]}).check(engine)
    for factors, message in (
        ({"picture.model": ["", "embedded/sketchy"]}, r"picture\.model='embedded/sketchy'"),
        ({"how.model": ["", "embedded/critic"]}, r"how\.model='embedded/critic'.*interception"),
        ({"how": [WITHOUT, {"model": "nowhere/x"}]}, r"how='nowhere/x'.*nowhere"),
    ):
        with pytest.raises(BatchError, match=message):
            study(factors=factors).check(engine)
    broken = canvas().with_fields("picture", model="nowhere/x")
    with pytest.raises(CanvasError, match="nowhere"):
        Sweep(broken, {"prompt.text": ["a"]}).check(engine)
    assert len(Sweep(broken, {"picture.model": ["embedded/sketch"]}).check(engine)) == 1


def test_a_sweep_shows_itself_as_a_table(engine: Engine) -> None:
    """Factors, levels, counts, what is left out and what repeats; in a notebook as HTML."""
    sweep = study(
        factors={
            "prompt.text": ["a <b>doctor</b>", "a nurse"],
            ("how.preset", "picture.steps"): [("", 5), ("user_defined", 5), ("bauhaus", 9)],
        },
        exclude=[{"prompt.text": "a nurse", "how.preset": "bauhaus"}],
        name="dn",
    )
    told = repr(sweep)
    assert told.splitlines()[0] == "Sweep dn: 15 runs"
    for words in (
        "prompt.text",
        "+ picture.steps",
        "'' · user_defined · bauhaus",
        "1000 to 1004",
        "left out: prompt.text=a nurse, how.preset=bauhaus",
        "run once, since they are the same: how.preset='', picture.steps=5 and",
    ):
        assert words in told
    assert "<b>doctor" not in sweep._repr_mimebundle_()["text/html"]
    assert "part 1 of 3" in repr(sweep.shard(1, 3))


def test_an_estimate_goes_by_earlier_runs(engine: Engine) -> None:
    """What is made, and about how long that takes; unknown where nothing was made before."""
    sweep = study(factors={"how": [WITHOUT, {"preset": "bauhaus"}]})
    before = sweep.estimate(engine)
    assert (before.runs, before.pictures, before.texts) == (10, 10, 5)
    assert (before.seconds, before.cost, before.based_on) == (None, None, 0)
    assert before.unknown == ("lab/painter", "lab/writer")
    small = Input("x") >> Interception("bauhaus") >> Generation(width=64) >> Collector()
    run(small, engine=engine).result(60)
    after = sweep.estimate(engine)
    assert after.seconds is not None
    assert after.seconds > 0
    assert after.based_on == 2
    assert "10 runs; 10 pictures; 5 texts; about" in str(after)


def test_a_seed_node_that_counts_keeps_its_numbers_in_every_part() -> None:
    """A run of a part has the seed that it has in the whole."""
    counting = [Seed(50, mode="increment"), Input("x", id="words")] >> Generation(id="g")
    whole = Sweep(counting, {"words.text": ["a", "b", "c"]}, seeds=[1])
    values = [point.canvas.of_type("seed")[0].value for point in whole]  # type: ignore[attr-defined]
    assert values == [50, 51, 52]
    found = {point.id for number in (1, 2) for point in whole.shard(number, 2)}
    assert found == set(ids(whole))


def test_the_canvas_itself_may_be_a_factor() -> None:
    """Each other factor aims at a node that all of them have."""
    short = Canvas.of(Input("x", id="prompt") >> Generation(id="picture"), name="short")
    sweep = Sweep(canvas(), {"canvas": [canvas(), short], "prompt.text": ["a", "b"]}, seeds=[1])
    assert [len(point.canvas.nodes) for point in sweep] == [4, 4, 2, 2]
    assert sweep.point(3).levels == {"canvas": "short", "prompt.text": "b"}
    assert ids(Sweep.from_document(sweep.to_document())) == ids(sweep)
    with pytest.raises(CanvasKitError, match="how"):
        Sweep(canvas(), {"canvas": [canvas(), short], "how.preset": ["bauhaus"]})


def test_a_node_may_stand_for_its_id_and_be_replaced_by_another() -> None:
    """Of its type or another; it keeps its id, its place and its connections."""
    how = Interception(id="how")
    whole = Canvas.of(Input("x", id="prompt") >> how >> Generation(width=64, id="picture"))
    sweep = Sweep(whole, {how: [ModelAdaption("flux"), Interception("bauhaus")]}, seeds=[1])
    assert [point.canvas.node("how").type for point in sweep] == ["model_adaption", "interception"]
    assert list(sweep.point(0).levels) == ["how"]
    other = Sweep(whole, {"picture": [Generation("a/b", width=128)]}, seeds=[1]).point(0).canvas
    assert other.node("picture").model == "a/b"  # type: ignore[attr-defined]
    assert other.of_type("resolution")[0].width == 128  # type: ignore[attr-defined]


def test_parameters_of_a_generation_are_factors_like_others() -> None:
    """They set the nodes connected to it; None is the model's own, where no node says otherwise."""
    steps = Sweep(canvas(), {"picture.steps": [None, 5], "picture.width": [64, 128]}, seeds=[1])
    made = [
        tuple(node.type for node in point.canvas.of_type("quality", "resolution"))
        for point in steps
    ]
    assert sorted(map(len, made)) == [1, 1, 2, 2]
    with_node = Canvas.of(Input("x", id="prompt") >> Generation(steps=3, id="picture"))
    with pytest.raises(BatchError, match=r"quality_1 sets it.*WITHOUT"):
        Sweep(with_node, {"picture.steps": [None, 5]})
    control = Sweep(with_node, {"quality_1": [WITHOUT, {"steps": 9}]}, seeds=[1])
    assert [len(point.canvas.of_type("quality")) for point in control] == [0, 1]
    with pytest.raises(BatchError, match="Aim at it in one way"):
        Sweep(with_node, {"picture.steps": [4, 5], "quality_1.cfg": [1, 2]})


def test_a_large_sweep_is_counted_without_being_made() -> None:
    """A million points; only those are made that are asked for."""
    sweep = study(factors={"picture.steps": range(1, 101)}, seeds=range(10_000))
    assert len(sweep) == 1_000_000
    assert sweep.point(999_999).seed == 9999
    with pytest.raises(BatchError, match="1 to 1000000 runs"):
        study(factors={"picture.steps": range(1, 102)}, seeds=range(10_000))
