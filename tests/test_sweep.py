"""A sweep as a value, and the files that prompts come from."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas_kit import Canvas, Input
from canvas_kit.errors import BatchError
from canvas_kit.sweep import Point, Sweep, read_prompts
from canvas_kit.values import MAX_SEED

PARTI_PROMPTS = Path(__file__).parents[2] / "shared" / "data" / "PartiPrompts.tsv"


def canvas() -> Canvas:
    return Canvas.of(Input("x", id="words"))


def test_a_sweep_is_its_points() -> None:
    """Counted before anything runs, the same each time."""
    sweep = Sweep(canvas(), prompts=["a", "b"], base_seed=7)
    assert len(sweep) == 2
    assert list(sweep) == list(sweep) == [Point(0, 7, "a"), Point(1, 8, "b")]
    assert list(Sweep(canvas(), count=2, base_seed=0)) == [Point(0, 0), Point(1, 1)]
    assert (sweep.mode, Sweep(canvas(), count=1, base_seed=1).mode) == ("prompts", "count")
    assert (sweep.node, repr(sweep)) == ("words", "<Sweep: 2 prompts, seeds 7 to 8>")


def test_a_seed_that_was_drawn_stays() -> None:
    """A sweep is a value: going through it twice gives the same seeds."""
    sweep = Sweep(canvas(), count=3)
    assert list(sweep) == list(sweep)
    assert list(sweep) != list(Sweep(canvas(), count=3))


@given(st.integers(1, 10**6), st.integers(-10, MAX_SEED + 10))
def test_seeds_stay_in_range(count: int, base_seed: int) -> None:
    """Every seed of a sweep can be used, up to the very last; else there is no sweep."""
    fits = base_seed >= 0 and base_seed + count - 1 <= MAX_SEED
    try:
        sweep = Sweep(canvas(), count=count, base_seed=base_seed)
    except BatchError:
        assert not fits
    else:
        assert fits
        assert sweep.base_seed + len(sweep) - 1 <= MAX_SEED


def write(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize(
    ("name", "data", "column", "expected"),
    [
        ("p.txt", "one\n\n  two  \r\nthree", None, ["one", "two", "three"]),
        ("p.txt", b"\xef\xbb\xbfone\n", None, ["one"]),
        ("p.txt", 'say "no", friend;\tnow', None, ['say "no", friend;\tnow']),
        ("p.txt", "a\u2028b\x0cc\x85d\ntwo", None, ["a\u2028b\x0cc\x85d", "two"]),
        ("p.md", "one\ntwo", None, ["one", "two"]),
        ("p.csv", "prompt\none\n\ntwo\n", None, ["one", "two"]),
        ("p.csv", "prompt,\na red boat,,\n", "prompt", ["a red boat"]),
        ("p.CSV", 'id,prompt\n1,"a, b"\n2,"say ""no"""\n', "prompt", ["a, b", 'say "no"']),
        ("p.csv", 'prompt\n"two\nlines"\n', "prompt", ["two\nlines"]),
        ("p.csv", b"\xef\xbb\xbfprompt,n\none,1\n", "prompt", ["one"]),
        ("p.csv", "n;prompt\n1;eins, zwei\n2;drei\n", "prompt", ["eins, zwei", "drei"]),
        ("p.csv", "n,prompt\n1,one\n2\n3,three\n", "prompt", ["one", "three"]),
        ("p.tsv", 'Prompt\tNote\n"quoted" words\tx\nit\'s 6" long\ty\n', "Prompt", None),
    ],
)
def test_prompts_are_read_as_they_were_written(
    tmp_path: Path, name: str, data: bytes | str, column: str | None, expected: list[str] | None
) -> None:
    """Marks of order, quotes, blank lines, line breaks inside a field, semicolons."""
    found = read_prompts(write(tmp_path, name, data), column)
    assert found == (expected or ['"quoted" words', "it's 6\" long"])


@pytest.mark.parametrize(
    ("name", "data", "column", "message"),
    [
        ("p.txt", "", None, "holds no prompt"),
        ("p.txt", " \n\n", None, "holds no prompt"),
        ("p.txt", "Käse".encode("latin-1"), None, "not UTF-8"),
        ("p.txt", "a".encode("utf-16"), None, "not UTF-8"),
        ("p.txt", "a", "prompt", "no columns"),
        ("p.csv", "", None, "0 columns"),
        ("p.csv", "promt,n\na,1\n", None, "Did you mean 'promt'"),
        ("p.csv", "Prompt,n\na,1\n", "prompt", "Did you mean 'Prompt'"),
        ("p.csv", "a,b\n1,2\n", "prompt", "Known: a, b"),
        ("p.csv", 'prompt\n"never closed\nand more\n', "prompt", "read as a table"),
        ("p.csv", "prompt\n" + "x" * 200_000, None, "field larger"),
        ("p.csv", "prompt\na red, green boat\n", None, "2 fields, but its header has 1.*quotation"),
        ("p.csv", "prompt\n", None, "holds no prompt"),
    ],
)
def test_a_file_without_prompts_is_a_clear_error(
    tmp_path: Path, name: str, data: bytes | str, column: str | None, message: str
) -> None:
    """Which names the file and, for a column, the nearest there is."""
    with pytest.raises(BatchError, match=message) as caught:
        read_prompts(write(tmp_path, name, data), column)
    assert name in str(caught.value)


@pytest.mark.parametrize("suffix", ["csv", "tsv"])
def test_a_table_that_python_wrote_is_read_back(tmp_path: Path, suffix: str) -> None:
    """Quoted where it has to be, as pandas does it too."""
    prompts = ['say "no"', "two\nlines", "a\ttab, a comma", '"whole"', "plain"]
    path = tmp_path / f"p.{suffix}"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter="," if suffix == "csv" else "\t")
        writer.writerows([["n", "prompt"], *([n, prompt] for n, prompt in enumerate(prompts))])
    assert read_prompts(path, "prompt") == prompts


def test_in_a_table_that_quotes_nothing_quotation_marks_are_text(tmp_path: Path) -> None:
    """Also where a whole field stands in them."""
    path = write(tmp_path, "p.tsv", 'prompt\tn\n"hello"\t1\n"one" and two\t2\n')
    assert read_prompts(path, "prompt") == ['"hello"', '"one" and two']


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """And a folder is no file."""
    for path in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(BatchError, match="cannot be read"):
            read_prompts(path)


@pytest.mark.skipif(not PARTI_PROMPTS.exists(), reason="the prompts are not here")
def test_all_parti_prompts_are_read() -> None:
    """1,632 of them, quotation marks and all."""
    prompts = read_prompts(PARTI_PROMPTS, "Prompt")
    assert len(prompts) == 1632
    assert prompts[0] == "bond"
    assert any('"' in prompt for prompt in prompts)
