"""The files that prompts come from."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from canvas_kit.errors import BatchError
from canvas_kit.sweep.prompt_files import read_prompts

PARTI_PROMPTS = Path(__file__).parents[3] / "shared" / "data" / "PartiPrompts.tsv"


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
