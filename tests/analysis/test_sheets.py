"""Contact sheets: bounded, whole, and with every word on them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from PIL.PdfParser import PdfParser

from canvas_kit import Batch
from canvas_kit.analysis import sheets
from canvas_kit.analysis.typeface import Typeface
from canvas_kit.errors import CanvasKitError, RecordError
from tests.analysis.test_grid import large
from tests.views.page import Page


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every line that is drawn."""
    drawn: list[str] = []
    draw = Typeface.draw

    def noted(
        face: Typeface, canvas: ImageDraw.ImageDraw, at: object, text: str, *rest: object
    ) -> None:
        drawn.append(text)
        draw(face, canvas, at, text, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Typeface, "draw", noted)
    return drawn


def test_a_png_has_the_pictures_their_labels_and_the_words(
    study: Batch, tmp_path: Path, words: list[str]
) -> None:
    """Each colour that was painted, each level, each seed, each prompt, and the reason."""
    (path,) = study.grid().save(tmp_path / "sheet.png")
    with Image.open(path) as image:
        assert image.width * image.height < 20_000_000
        there = {pixel for _, pixel in image.convert("RGB").getcolors(2**24) or ()}
    for level in (60, 65, 70, 80, 100, 130):
        assert (level, level, level) in there
    drawn = " ".join(words)
    for label in ("doctor-nurse", "a doctor", "a nurse", "(without)", "bauhaus", "seed 1002"):
        assert label in drawn
    assert "a nurse. bauhaus" in drawn
    assert "refused" in drawn
    assert "<b>no</b> nurses here" in drawn
    assert "11 of 12 runs complete" in drawn


def test_a_pdf_has_pages_of_paper(study: Batch, tmp_path: Path, words: list[str]) -> None:
    """A4, the pictures first, then the words."""
    (path,) = study.grid().save(tmp_path / "sheet.pdf")
    assert path.read_bytes().startswith(b"%PDF")
    with PdfParser(str(path)) as document:
        assert len(document.pages) == 2
        width, height = document.read_indirect(document.pages[1])[b"MediaBox"][2:]
    assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == (297, 210)
    assert "page 2" in " ".join(words)


def test_an_html_sheet_is_one_file_that_needs_nothing(study: Batch, tmp_path: Path) -> None:
    """Pictures inside, the words open, no script, nothing from elsewhere."""
    (path,) = study.grid().save(tmp_path / "sheet.html")
    text = path.read_text(encoding="utf-8")
    page = Page(text.partition("<body>")[2].partition("</body>")[0])
    assert len(page.all("img")) == 11
    assert all(image.attributes["src"].startswith("data:image/") for image in page.all("img"))
    assert "open" in page.all("details")[0].attributes
    assert "<script" not in text
    assert "http" not in re.sub(r"data:[^\"]+", "", text)
    assert "<b>no</b>" not in text


def test_a_large_grid_becomes_several_files_or_says_how(study: Batch, tmp_path: Path) -> None:
    """PNG within a bound of pixels each; too many are refused before anything is written."""
    paths = large(study, 40).grid().save(tmp_path / "many.png", edge=160)
    assert len(paths) > 1
    assert [path.name for path in paths[:2]] == ["many.png", "many_2.png"]
    for path in paths:
        with Image.open(path) as image:
            assert image.width * image.height < 40_000_000
    with pytest.raises(ValueError, match=r"pages, of which 40 are written at most.*where="):
        large(study, 1632).grid().save(tmp_path / "huge.pdf")
    assert not (tmp_path / "huge.pdf").exists()


def test_the_files_of_a_large_html_sheet_lead_to_each_other(study: Batch, tmp_path: Path) -> None:
    """Earlier and later, and each says which part it is."""
    paths = large(study, 150).grid().save(tmp_path / "sheet.html", edge=48)
    assert [path.name for path in paths] == ["sheet.html", "sheet_2.html"]
    first, second = (path.read_text(encoding="utf-8") for path in paths)
    assert 'href="sheet_2.html"' in first
    assert 'href="sheet.html"' in second
    assert "prompt.text 101 to 150 of 150" in second


def test_long_labels_are_wrapped_not_cut(study: Batch, tmp_path: Path, words: list[str]) -> None:
    """Every word of a long level is drawn, also one that is wider than its column."""
    long = "Ein " + "sehr " * 30 + "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen"
    runs = [
        replace(run, levels={**run.levels, "how": long if run.levels["how"] == "bauhaus" else "b"})
        for run in study.runs
    ]
    batch = replace(study, folder=None, runs=tuple(runs))
    for grid in (batch.grid(rows="how"), batch.grid(columns="how")):
        words.clear()
        grid.save(tmp_path / "sheet.png")
        drawn = "".join(words).replace(" ", "")
        assert "sehr" * 30 in drawn
        assert long.replace(" ", "") in drawn


def test_nothing_overlaps(study: Batch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No picture lies over another one or over a label."""
    boxes: list[tuple[float, float, float, float]] = []
    place, write = sheets._Page.picture, sheets._Page.text

    def picture(page, x, y, width, height, image):  # type: ignore[no-untyped-def]
        boxes.append((x, y, x + width, y + height))
        place(page, x, y, width, height, image)

    def text(page, x, y, words, size, colour, *, width, face=None, most=None):  # type: ignore[no-untyped-def]
        end = write(page, x, y, words, size, colour, width=width, face=face, most=most)
        lines = (face or page.face).wrap(words, size, width)
        wide = max((face or page.face).width(line, size) for line in lines)
        boxes.append((x, y + 1, x + wide, end - 2))
        return end

    monkeypatch.setattr(sheets._Page, "picture", picture)
    monkeypatch.setattr(sheets._Page, "text", text)
    study.grid().save(tmp_path / "sheet.png")
    assert len(boxes) > 40
    for at, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[at + 1 :]:
            apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            assert apart, (boxes[at], other)


def test_signs_that_no_font_has_are_told(tmp_path: Path) -> None:
    """Never left out in silence: something stands there, and a line says for which."""
    face = Typeface(["plain", "\U00013000"])
    assert list(face.missing) == ["\U00013000"]
    assert "U+13000" in face.note
    assert Typeface(["plain"]).note == ""
    page = Image.new("RGB", (100, 40), "white")
    face.draw(ImageDraw.Draw(page), (2, 2), "\U00013000", 20, "black")
    assert page.getcolors() != [(4000, (255, 255, 255))]
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    with pytest.raises(CanvasKitError, match="is no font"):
        Typeface(["x"], broken)


def test_german_is_drawn_even_with_the_one_font_that_pillow_brings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without any font on the system an umlaut becomes its base letter, and that is said."""
    monkeypatch.setattr("canvas_kit.analysis.typeface._FILES", ())
    face = Typeface(["Österreich"])
    assert face.missing == {"Ö": "O"}
    assert "U+00D6 as O" in face.note


def test_wrapped_lines_fit_and_lose_nothing() -> None:
    """For any width, also one narrower than a word."""
    face = Typeface(["abcdefghij klm"])
    for width in (30, 60, 200):
        lines = face.wrap("abcdefghij klm nop", 20, width)
        assert "".join(lines).replace(" ", "") == "abcdefghijklmnop"
        assert all(face.width(line, 20) <= width for line in lines if len(line) > 1)


def test_wrong_wishes_are_refused_with_words(study: Batch, tmp_path: Path) -> None:
    """Another ending, an edge out of range, a folder that is not there."""
    grid = study.grid()
    with pytest.raises(ValueError, match=r"\.png, \.pdf or \.html"):
        grid.save(tmp_path / "sheet.svg")
    with pytest.raises(ValueError, match="48 to 1024"):
        grid.save(tmp_path / "sheet.png", edge=10)
    with pytest.raises(RecordError, match="cannot be written"):
        grid.save(tmp_path / "nowhere" / "sheet.png")


def test_a_sheet_of_one_picture_and_of_none(study: Batch, tmp_path: Path) -> None:
    """The smallest sheet is small, and an empty one is none."""
    one = study.grid(where={"how": "bauhaus", "prompt.text": "a doctor", "seed": 1000})
    (path,) = one.save(tmp_path / "one.png")
    with Image.open(path) as image:
        assert image.height < 800
    with pytest.raises(ValueError, match="nothing to print"):
        Batch("b", 9).grid().save(tmp_path / "none.png")
