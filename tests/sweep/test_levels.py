"""Where levels come from: draws, prompts with choices, ranges in words, files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canvas_kit import WITHOUT, Canvas, Collector, Generation, Input, Interception, Sweep
from canvas_kit.errors import BatchError, CanvasKitError
from canvas_kit.sweep.draws import halton, latin_hypercube, random_draws
from canvas_kit.sweep.levels import numbers_in
from canvas_kit.sweep.wildcards import expand

SPACE = {"picture.cfg": (1.0, 9.0), "picture.steps": (10, 13), "how.preset": ["bauhaus", "none"]}
KEYS = tuple(SPACE)


def canvas() -> Canvas:
    return Canvas.of(
        Input("x", id="prompt") >> Interception(id="how") >> Generation(id="picture") >> Collector()
    )


def ids(sweep: Sweep) -> list[str]:
    return [point.id for point in sweep]


def test_draws_are_factors_whose_values_stay() -> None:
    """Within their ranges, of their types, written into the sweep and not drawn again."""
    for drawn in (
        halton(SPACE, 8),
        random_draws(SPACE, 8, seed=1),
        latin_hypercube(SPACE, 8, seed=1),
    ):
        rows = drawn[KEYS]
        assert len(rows) == 8
        for cfg, steps, preset in rows:
            assert isinstance(cfg, float)
            assert 1 <= cfg <= 9
            assert steps in (10, 11, 12, 13)
            assert preset in ("bauhaus", "none")
        sweep = Sweep(canvas(), {"prompt.text": ["a", "b"], **drawn}, seeds=[1, 2])
        assert sweep.to_document()["factors"][", ".join(KEYS)] == [list(row) for row in rows]


@given(st.integers(1, 40), st.integers(1, 40))
@settings(deadline=None)
def test_a_longer_series_begins_with_the_shorter_one(count: int, more: int) -> None:
    """Halton's and independent draws; a Halton sequence goes on where it was left."""
    short, long = halton(SPACE, count)[KEYS], halton(SPACE, count + more)[KEYS]
    assert long[:count] == short
    long = random_draws(SPACE, count + more, seed=3)[KEYS]
    assert long[:count] == random_draws(SPACE, count, seed=3)[KEYS]
    assert halton(SPACE, more, start=count)[KEYS] == halton(SPACE, count + more)[KEYS][count:]


@given(st.integers(1, 60), st.integers(0, 5), st.integers(0, 3))
@settings(deadline=None)
def test_a_latin_hypercube_has_a_row_in_each_part(count: int, seed: int, block: int) -> None:
    """Of every range, also in a further block; which has other rows."""
    space = {"a": (0.0, float(count)), "b": (1, count) if count > 1 else [1]}
    rows = latin_hypercube(space, count, seed=seed, block=block)["a", "b"]
    assert sorted(int(a) for a, _ in rows) == list(range(count))
    assert sorted(b for _, b in rows) == list(range(1, count + 1))
    assert rows != latin_hypercube(space, count, seed=seed, block=block + 1)["a", "b"]


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: halton({}, 3), "no keys"),
        (lambda: halton({key: [1] for key in "abcdefghijklm"}, 3), "up to 12 keys"),
        (lambda: halton({"a": (2, 1)}, 3), r"range \(low, high\)"),
        (lambda: halton({"a": (1, float("inf"))}, 3), r"range \(low, high\)"),
        (lambda: halton({"a": []}, 3), "no choices"),
        (lambda: random_draws(SPACE, 0, seed=1), "draws, but 0"),
    ],
)
def test_what_cannot_be_drawn_from_is_told(draw: Any, message: str) -> None:
    """Before a sweep is built."""
    with pytest.raises(BatchError, match=message):
        draw()


def test_a_prompt_with_choices_is_written_out() -> None:
    """In order; choices within choices, names of lists, signs that mean themselves."""
    assert expand("a {red|{light|dark} blue} boat") == [
        "a red boat",
        "a light blue boat",
        "a dark blue boat",
    ]
    lists = {"who": ["a {young|old} nurse", "a doctor"]}
    assert expand("__who__", lists) == ["a young nurse", "a old nurse", "a doctor"]
    assert expand(r"a \{b\} {c|}") == ["a {b} c", "a {b} "]
    assert expand("nothing | to: choose :: $$") == ["nothing | to: choose :: $$"]
    assert expand("{a|a}") == ["a"]


def test_lists_may_lie_in_a_folder(tmp_path: Path) -> None:
    """A file for each name, a text on each line."""
    (tmp_path / "place.txt").write_text("a harbour\na market\n")
    assert expand("__place__ at {dawn|night}", tmp_path)[::2] == [
        "a harbour at dawn",
        "a market at dawn",
    ]
    with pytest.raises(BatchError, match="cannot be read"):
        expand("__plaace__", tmp_path)


def test_drawn_texts_are_different_and_the_same_for_the_same_seed() -> None:
    """Of a prompt that stands for more texts than could ever be written out."""
    many = " ".join(["{a|b|c}"] * 40)
    drawn = expand(many, count=20, seed=4)
    assert len({*drawn}) == 20
    assert drawn == expand(many, count=20, seed=4) != expand(many, count=20, seed=5)
    with pytest.raises(BatchError, match="can be written out"):
        expand(many)
    assert sorted(expand("{a|b}{1|2}", count=4)) == ["a1", "a2", "b1", "b2"]


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("a {b", "not closed"),
        ("a b}", "closes nothing"),
        ("__who__", "no list of that name"),
        ("{2$$a|b}", r"has '\$\$'"),
        ("{0.5::a|b}", "has '::'"),
        ("{" * 30 + "}" * 30, "20 deep"),
        (5, "should be a text"),
    ],
)
def test_a_prompt_that_cannot_be_read_is_told(template: Any, message: str) -> None:
    """Rather than painted as it stands."""
    with pytest.raises(BatchError, match=message):
        expand(template)


def test_a_list_that_names_itself_ends() -> None:
    """With a message."""
    with pytest.raises(BatchError, match="20 deep"):
        expand("__a__", {"a": ["x __a__"]})


def test_all_seeds_of_a_text_have_the_same_words() -> None:
    """The words were written out when the sweep was built, and each text is a level."""
    texts = expand("a {red|blue} boat")
    points = list(Sweep(canvas(), {"prompt.text": texts}, seeds=[1, 2, 3]))
    assert [point.canvas.node("prompt").text for point in points] == [  # type: ignore[attr-defined]
        text for text in texts for _ in range(3)
    ]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1..4", [1, 2, 3, 4]),
        ("10..50..20", [10, 30, 50]),
        ("0..1..0.25", [0.0, 0.25, 0.5, 0.75, 1.0]),
        ("0.1..0.3..0.1", [0.1, 0.2, 0.3]),
        ("5..1..-2", [5, 3, 1]),
        ("7..7", [7]),
        ("a..b", None),
        ("1...4", None),
        ("one", None),
    ],
)
def test_a_range_in_words(text: str, numbers: list[float] | None) -> None:
    """Both ends belong to it; the third number is the step."""
    assert numbers_in(text) == numbers


def test_a_range_without_numbers_is_told() -> None:
    """Also one with far too many."""
    for text in ("4..1", "1..9..0", "0..1000000000"):
        with pytest.raises(BatchError, match=r"first\.\.last\.\.step"):
            numbers_in(text)


def design() -> Sweep:
    return Sweep(
        canvas(),
        {
            "prompt.text": ['say "no"', "two\nlines, a comma", "ünïcode \x7f"],
            "how": [WITHOUT, {"preset": "bauhaus"}, Interception("overdrive", model="a/b")],
            ("picture.steps", "picture.cfg"): [(5, 1.5), (10, 2)],
        },
        seeds=[3, 5],
        exclude=[{"how": WITHOUT, "picture.steps": 5}],
        name="a study",
        note="n",
        tags=["one", "two"],
    )


@pytest.mark.parametrize("name", ["study.toml", "study.json"])
@pytest.mark.parametrize("canvas_file", ["", "canvas.json"])
def test_a_design_is_read_as_it_was_saved(tmp_path: Path, name: str, canvas_file: str) -> None:
    """With its canvas inside, or in a file beside it."""
    path = design().save(tmp_path / name, canvas_file=canvas_file)
    assert Sweep.load(path) == design()
    assert ids(Sweep.load(path)) == ids(design())
    assert (tmp_path / "canvas.json").exists() == bool(canvas_file)


def test_the_points_are_a_table(tmp_path: Path) -> None:
    """A row of levels and a seed for each; read again, the same points."""
    path = design().save(tmp_path / "points.csv")
    assert set(ids(Sweep.load(path, canvas=canvas()))) == set(ids(design()))
    with pytest.raises(BatchError, match="names no canvas"):
        Sweep.load(path)


def test_a_design_written_by_hand(tmp_path: Path) -> None:
    """In TOML: ranges, a control, a table of levels that vary together, the canvas beside it."""
    canvas().save(tmp_path / "canvas.json")
    (tmp_path / "study.toml").write_text(
        """
        name = "doctor-nurse"
        canvas = "canvas.json"
        seeds = "1000..1004"
        exclude = [{ "prompt.text" = "a nurse", how = "(without)" }]

        [factors]
        "prompt.text" = ["a doctor", "a nurse"]
        how = ["(without)", { preset = "bauhaus" }]
        "picture.steps" = "10..20..10"
        "picture.cfg, picture.model" = [[2.5, ""], [7, "embedded/sketch"]]
        """
    )
    sweep = Sweep.load(tmp_path / "study.toml")
    assert len(sweep) == (2 * 2 - 1) * 2 * 2 * 5
    assert sweep.name == "doctor-nurse"
    (tmp_path / "levels.csv").write_text(
        'prompt.text,how,picture.steps\na,(without),5\nb,"{""preset"": ""bauhaus""}",\n'
    )
    (tmp_path / "table.toml").write_text('canvas = "canvas.json"\nfactors = "levels.csv"\n')
    levels = [point.levels for point in Sweep.load(tmp_path / "table.toml")]
    assert levels == [
        {"prompt.text": "a", "how": "(without)", "picture.steps": 5},
        {"prompt.text": "b", "how": "bauhaus", "picture.steps": None},
    ]
    assert [p.levels for p in Sweep(canvas(), tmp_path / "levels.csv")] == levels


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("s.toml", "a = ", "is not TOML"),
        ("s.json", "{", "is not JSON"),
        ("s.json", '{"canvas": NaN}', "NaN"),
        ("s.json", "[]", "should hold an object"),
        ("s.json", '{"factor": {}, "canvas": {}}', "Did you mean 'factors'"),
        ("s.json", '{"format": "sweep/2", "canvas": {}}', "sweep/2"),
        ("s.json", "{}", "names no canvas"),
        ("s.csv", "prompt.text\n", "holds no levels"),
        ("s.csv", "prompt.text,how.preset\na\n", "row 1 has 1 levels"),
        ("s.toml", 'canvas = "none.json"', r"none\.json"),
    ],
)
def test_a_file_that_holds_no_sweep_is_told(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    """With what is wrong."""
    (tmp_path / name).write_text(text)
    options = {"canvas": canvas()} if name.endswith("csv") else {}
    with pytest.raises(CanvasKitError, match=message):
        Sweep.load(tmp_path / name, **options)
    with pytest.raises(BatchError, match="cannot be read"):
        Sweep.load(tmp_path / "missing.toml")


def test_a_document_names_no_files(tmp_path: Path) -> None:
    """Only a file may: a document may come from anywhere."""
    canvas().save(tmp_path / "canvas.json")
    document = json.loads(json.dumps(design().to_document()))
    for entry in ({"canvas": str(tmp_path / "canvas.json")}, {"factors": "levels.csv"}):
        with pytest.raises(CanvasKitError):
            Sweep.from_document(document | entry)


def test_toml_cannot_hold_null(tmp_path: Path) -> None:
    """Which is said; JSON can."""
    sweep = Sweep(canvas(), {"picture.steps": [None, 5]}, seeds=[1])
    assert len(sweep) == 2
    with pytest.raises(BatchError, match="no null"):
        sweep.save(tmp_path / "s.toml")
    assert Sweep.load(sweep.save(tmp_path / "s.json")) == sweep
    with pytest.raises(BatchError, match=r"\.toml, \.json or \.csv"):
        sweep.save(tmp_path / "s.yaml")
