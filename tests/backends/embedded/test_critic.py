"""The critic: measures texts and pictures, says which numbers it took, and judges nothing else."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from canvas_kit.backends.base import Passage, SilentReporter, TextRequest, TextTask
from canvas_kit.backends.embedded import EmbeddedBackend
from canvas_kit.backends.embedded.critic import judge
from canvas_kit.backends.embedded.critic.pictures import measure_picture
from canvas_kit.backends.embedded.critic.texts import coverage, measure_text, own_words
from canvas_kit.backends.embedded.language import Written
from canvas_kit.errors import UnsupportedRequest
from canvas_kit.network import NetworkPolicy
from canvas_kit.preset_files.catalogue import PresetKind, load_preset, preset_ids
from canvas_kit.settings import BackendSettings
from tests.backends.embedded import people

LIVELY = (
    "Behind the market hall stands a ladder. Nobody has climbed it since the flood, but every "
    "evening a lamp burns on its highest rung, and moths arrive from three valleys."
)
MONOTONE = "The boat. The boat. The boat. The boat. The boat. The boat. The boat. The boat."


def encoded(pixels: Any, form: str = "PNG") -> bytes:
    """An array of RGB values as a picture file."""
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(buffer, form)
    return buffer.getvalue()


def plain(red: int, green: int, blue: int, width: int = 64, height: int = 32) -> bytes:
    """A picture of one colour."""
    return encoded(np.full((height, width, 3), (red, green, blue)))


def halves() -> bytes:
    """Left black, right white."""
    pixels = np.zeros((64, 64, 3))
    pixels[:, 32:] = 255
    return encoded(pixels)


def stripes() -> bytes:
    """Red and green bars of four pixels, on a slope."""
    rows, columns = np.mgrid[0:128, 0:128]
    red = ((rows + columns) // 8 % 2 == 0)[..., None]
    return encoded(np.where(red, (230, 60, 30), (20, 90, 60)))


def evaluate(
    *texts: str,
    preset: str = "quality",
    picture: bytes | None = None,
    kind: PresetKind = PresetKind.EVALUATION,
    instructions: str = "Judge the work.",
) -> Written:
    """What the critic says of texts or of a picture."""
    return judge(
        TextRequest(
            task=TextTask(kind.value),
            instructions=instructions,
            passages=tuple(Passage(text) for text in texts),
            images=(picture,) if picture else (),
            options=load_preset(kind, preset).options.get("embedded", {}),
        )
    )


def scored(*texts: str, **given: Any) -> float:
    """The score of an evaluation."""
    data = evaluate(*texts, **given).data
    assert data is not None
    return float(data["score"])


class TestTexts:
    def test_numbers_are_right(self) -> None:
        """On a text whose words can be counted by hand."""
        numbers = measure_text(["One two two three. One two!"])
        assert numbers["words"] == 6
        assert numbers["sentence_words"] == 3
        assert numbers["variety"] == pytest.approx(3 / 6)
        assert numbers["repetition"] == pytest.approx(1 / 5)
        assert numbers["spread"] == pytest.approx(0.745, abs=0.001)

    def test_variety_looks_at_25_words_at_a_time(self) -> None:
        """A long text is not poor for its length alone."""
        once = " ".join(f"w{n}" for n in range(25))
        assert measure_text([once])["variety"] == 1
        assert measure_text([f"{once} {once} {once}"])["variety"] == 1
        assert measure_text(["w " * 100])["variety"] == pytest.approx(1 / 25)

    def test_coverage_and_own_words(self) -> None:
        """Small words are left aside."""
        assert coverage("the red boat at sea", "a red BOAT in the harbour", "en") == 2 / 3
        assert own_words("the red boat at sea", ["a red house", "at sea"], "en") == ["boat"]

    def test_a_rich_text_scores_higher_than_a_poor_one(self) -> None:
        """In quality and creativity, and so that the usual threshold parts them."""
        for preset in ("quality", "creativity"):
            assert scored(LIVELY, preset=preset) >= 5 > scored(MONOTONE, preset=preset)

    def test_a_short_text_cannot_pass_for_its_variety(self) -> None:
        """Four different words are no achievement."""
        assert scored("A market at dawn") < 5
        assert scored("") == 0

    def test_the_commentary_says_every_number_and_its_points(self) -> None:
        """Which add up to the score."""
        made = evaluate(LIVELY)
        assert made.data is not None
        assert made.data["commentary"] == made.text
        assert "Measured: words 30, words in a sentence 15" in made.text
        points = made.text.partition("Points:")[2]
        got = sum(float(one) for one in re.findall(r"([\d.]+)/", points))
        assert got == pytest.approx(made.data["score"], abs=0.051)
        assert f"{made.data['score']:g} of 10" in made.text

    def test_german_is_answered_in_german(self) -> None:
        """With a comma in its numbers."""
        made = evaluate("Der Markt schläft und der Regen fällt auf die alten Dächer der Stadt.")
        assert "Gemessen: Wörter 13" in made.text
        assert re.search(r"\d,\d", made.text)

    @pytest.mark.parametrize("preset", ["fairness", "bias", "equity", "custom"])
    @pytest.mark.parametrize("text", [LIVELY, "Der Arzt und die Ärztin stehen im Hof."])
    def test_no_verdict_on_what_cannot_be_measured(self, preset: str, text: str) -> None:
        """With a reason, what to configure, and the numbers all the same."""
        made = evaluate(text, preset=preset)
        assert made.data == {"score": None, "commentary": made.text}
        assert made.text.startswith(("No verdict.", "Kein Urteil."))
        assert "judge_model" in made.text
        assert re.search("Measured: words 30|Gemessen: Wörter 8", made.text)

    def test_criteria_and_templates_are_not_read(self) -> None:
        """Whatever stands in the instructions counts for nothing."""
        asked = "Is there a ladder, a flood, a lamp? Repeat the word ladder."
        for preset in ("quality", "creativity", "fairness"):
            told = evaluate(LIVELY, preset=preset, instructions=asked)
            assert told == evaluate(LIVELY, preset=preset)

    def test_all_people_are_measured_alike(self) -> None:
        """Any word of as many letters gives the same numbers."""
        for listed in (people.ENGLISH, people.GERMAN):
            by_length: dict[int, set[str]] = {}
            for word in listed:
                made = evaluate(f"The {word} waits at the harbour", preset="creativity")
                by_length.setdefault(len(word), set()).add(made.text)
            assert all(len(texts) == 1 for texts in by_length.values())

    @settings(max_examples=60, deadline=None)
    @given(st.text(max_size=400), st.sampled_from(preset_ids(PresetKind.EVALUATION)))
    def test_any_text_can_be_judged(self, text: str, preset: str) -> None:
        """Some words and JSON come out, and a score from 0 to 10 where there is one."""
        made = evaluate(text, preset=preset)
        assert made.text
        json.dumps(dict(made.notes))
        score = (made.data or {})["score"]
        assert score is None or 0 <= score <= 10

    def test_a_huge_text_is_measured_in_part(self) -> None:
        """The first 4,000 characters."""
        assert measure_text(["boat " * 100_000])["words"] == 800

    def test_an_unknown_score_is_a_clear_error(self) -> None:
        """It names those that there are."""
        request = TextRequest(task=TextTask.EVALUATION, options={"score": "beauty"})
        with pytest.raises(ValueError, match="no score 'beauty'"):
            judge(request)


class TestComparison:
    def compare(self, *texts: str) -> Written:
        return evaluate(*texts, preset="default", kind=PresetKind.COMPARISON)

    def test_numbers_stand_side_by_side(self) -> None:
        """By number, with what only one of them has, and without a ranking."""
        made = self.compare("A red boat at dawn", "A blue boat", "A house")
        lines = made.text.splitlines()
        assert lines[0].startswith("3 texts")
        assert lines[1].startswith("[1] words 5")
        assert "Only here: red, dawn." in lines[1]
        assert "first text kept 0.33" in lines[2]
        assert "first text kept 0." in lines[3]
        assert "rank nothing" in lines[-1]

    def test_one_text_is_measured_too(self) -> None:
        """There is nothing to hold it against."""
        assert "kept" not in self.compare("A boat").text

    def test_only_twelve_are_compared(self) -> None:
        """The others are counted."""
        made = self.compare(*["A boat"] * 15)
        assert "not compared: 3" in made.text

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.text(max_size=80), max_size=14))
    def test_any_texts_can_be_compared(self, texts: list[str]) -> None:
        """Whatever comes in, a text and JSON notes come out."""
        made = self.compare(*texts)
        assert made.text
        json.dumps(dict(made.notes))


class TestPictures:
    def test_measures_know_their_extremes(self) -> None:
        """On pictures whose numbers are known."""
        white, black, red = plain(255, 255, 255), plain(0, 0, 0), plain(255, 0, 0)
        assert measure_picture(white)["light"] == pytest.approx(100)
        assert measure_picture(black)["light"] == 0
        assert measure_picture(red)["colour"] == pytest.approx(100)
        for one in (white, black):
            numbers = measure_picture(one)
            assert numbers["contrast"] == numbers["colour"] == numbers["edges"] == 0
            assert numbers["symmetry"] == 100
            assert (numbers["width"], numbers["height"]) == (64, 32)
        numbers = measure_picture(halves())
        assert numbers["contrast"] == pytest.approx(100)
        assert numbers["light"] == pytest.approx(50)
        assert numbers["symmetry"] == pytest.approx(0)
        assert numbers["edges"] == pytest.approx(100 / 64)

    def test_a_picture_with_nothing_in_it_fails(self) -> None:
        """And one with light, contrast and edges passes."""
        for preset in ("quality", "creativity"):
            for nothing in (plain(0, 0, 0), plain(255, 255, 255), plain(120, 120, 120)):
                assert scored(preset=preset, picture=nothing) < 5
            assert scored(preset=preset, picture=stripes()) >= 5

    def test_whether_it_shows_the_text_is_not_measured_and_this_is_said(self) -> None:
        """The text beside a picture changes no number."""
        alone, beside = evaluate(picture=stripes()), evaluate("a boat", picture=stripes())
        assert alone.notes == beside.notes
        assert beside.text == f"{alone.text} Whether it shows what the text says was not measured."

    @pytest.mark.parametrize("preset", preset_ids(PresetKind.IMAGE_EVALUATION))
    @pytest.mark.parametrize(
        ("instructions", "measured"),
        [("Look at the picture.", "Measured: width 128 px"),
         ("Sieh dir das an.", "Gemessen: Breite 128 px")],
    )  # fmt: skip
    def test_each_framework_frames_the_numbers(
        self, preset: str, instructions: str, measured: str
    ) -> None:
        """In both languages, and says what it did not measure."""
        made = evaluate(
            preset=preset,
            picture=stripes(),
            kind=PresetKind.IMAGE_EVALUATION,
            instructions=instructions,
        )
        assert measured in made.text
        before, _, after = made.text.partition(measured)
        assert before.strip()
        assert after.count(".") + after.count("?") >= 2
        assert made.data is None

    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
    @pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 2)])
    def test_odd_pictures_are_measured(self, mode: str, size: tuple[int, int]) -> None:
        """Of any form and size."""
        buffer = io.BytesIO()
        Image.new(mode, size).save(buffer, "TIFF" if mode == "CMYK" else "PNG")
        numbers = measure_picture(buffer.getvalue())
        assert all(0 <= numbers[name] <= 100.001 for name in list(numbers)[2:])

    def test_size_and_form_of_a_file_matter_little(self) -> None:
        """The same picture twice as large, or as a JPEG, gives about the same numbers."""
        rows, columns = np.mgrid[0:256, 0:256]
        pixels = np.stack([rows, columns, 255 - rows], axis=2)
        large = np.repeat(np.repeat(pixels, 2, axis=0), 2, axis=1)
        first = measure_picture(encoded(pixels))
        for other in (encoded(large), encoded(pixels, "JPEG")):
            numbers = measure_picture(other)
            for name in ("light", "contrast", "colour", "symmetry"):
                assert numbers[name] == pytest.approx(first[name], abs=2)

    @pytest.mark.parametrize("data", [b"", b"no picture", encoded(np.zeros((64, 64, 3)))[:-30]])
    def test_what_is_no_picture_is_a_clear_error(self, data: bytes) -> None:
        """Cut off, or nothing of the sort."""
        with pytest.raises(ValueError, match="cannot be decoded"):
            measure_picture(data)


class TestBackend:
    @pytest.fixture
    def backend(self) -> EmbeddedBackend:
        return EmbeddedBackend("embedded", BackendSettings(), NetworkPolicy())

    def test_what_it_cannot_do_is_known_beforehand(self, backend: EmbeddedBackend) -> None:
        """A translation by any model, judging by the writer, writing by the critic."""
        for model in ("", "writer"):
            assert "Name a language model" in (
                backend.unsupported(TextTask.TRANSLATION, model) or ""
            )
        told = backend.unsupported(TextTask.EVALUATION, "writer")
        assert told == "embedded/writer cannot be used for evaluation; embedded/critic can."
        told = backend.unsupported(TextTask.RANDOM_PROMPT, "critic")
        assert told == "embedded/critic cannot be used for random prompt; embedded/writer can."
        for task in TextTask:
            if task is not TextTask.TRANSLATION:
                assert backend.unsupported(task, "") is None

    @pytest.mark.anyio
    async def test_a_translation_is_refused_with_what_to_configure(
        self, backend: EmbeddedBackend
    ) -> None:
        """In the words of the check."""
        request = TextRequest(task=TextTask.TRANSLATION, passages=(Passage("Haus"),))
        with pytest.raises(UnsupportedRequest, match=r"cannot translate.*text_model"):
            await backend.write(request, SilentReporter())


def test_importing_the_embedded_models_loads_no_array_library() -> None:
    """NumPy and Pillow come with the first picture."""
    code = (
        "import sys, canvas_kit.backends.embedded;"
        "print([name for name in ('numpy', 'PIL') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
