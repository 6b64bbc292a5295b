"""What changed between two texts: readable, and nothing lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from canvas_kit.analysis.wording import Wording

texts = st.text("ab ,.\nÄ字", max_size=40) | st.text(max_size=20)


@given(texts, texts)
def test_both_texts_can_be_read_out_of_the_pieces(before: str, after: str) -> None:
    """Down to the last space: nothing is lost in either direction."""
    found = Wording.of(before, after)
    assert "".join(text for kind, text in found.pieces if kind != "new") == before
    assert "".join(text for kind, text in found.pieces if kind != "gone") == after
    assert found.same == (before == after)
    assert 0 <= found.kept <= 1


def test_words_change_whole() -> None:
    """Not letters: a doctor who becomes a nurse is one word gone and one new."""
    found = Wording.of("A doctor at work, at night", "A nurse at work,\nat night")
    assert str(found) == "A [-doctor-]{+nurse+} at work,[- -]{+\n+}at night"
    assert found.summary == "1 word gone, 1 new"
    assert found.kept == 5 / 6


def test_changes_side_by_side_are_one_change() -> None:
    """A space between two changed words does not part them."""
    found = Wording.of("The quick brown fox", "The slow red fox")
    assert str(found) == "The [-quick brown-]{+slow red+} fox"
    assert Wording.of("a", "a").summary == "unchanged"
    assert Wording.of("a, b", "a; b").summary == "only signs and spaces changed"


def test_a_very_long_text_is_compared_all_the_same() -> None:
    """Word by word at its beginning; the rest as one piece."""
    long = "word " * 20_000
    found = Wording.of(long + "x", long + "y")
    assert found.pieces[-1] == ("new", found.after[-len(found.pieces[-1][1]) :])
    assert Wording.of(long, long).same
