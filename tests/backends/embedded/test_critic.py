"""The measuring critic: every measure answers in the right direction, and scores spread."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from canvas_kit.backends.embedded.critic import (
    FRAMEWORKS,
    KINDS,
    compare_texts,
    describe_image,
    judge_image,
    judge_text,
)
from canvas_kit.backends.embedded.critic.pixels import open_picture
from canvas_kit.backends.embedded.critic.values import wording
from canvas_kit.backends.embedded.writer import INTERCEPTIONS, rewrite

MARKET = "Ein Wochenmarkt im Morgengrauen, Regen auf Planen, eine Frau verkauft Granatäpfel"

#: Prompts of many kinds, from a word to a paragraph.
PROMPTS = [
    "bond", "a cat", "happiness", "a red cube",
    "a man riding a horse", "a beautiful stunning sunset",
    "a blue pickup truck with a rhinoceros in its flatbed",
    "three wine bottles beside a cracked green jug on a marble shelf",
    "A raccoon wearing formal clothes, wearing a tophat and holding a cane. Oil painting.",
    "a pretty girl smiling and posing in a kitchen",
    "two old women repair a tram at night while a child in a wheelchair counts the sparks",
    "a city street with cars, houses, shops and benches",
    MARKET, "Die Lehrer und Schüler warten vor der Schule", "Ein roter Ball",
]  # fmt: skip


class TestTexts:
    @pytest.mark.parametrize("kind", KINDS)
    def test_scores_spread_over_passes_and_fails(self, kind: str) -> None:
        """Prompts and rewritten prompts fill a good part of the scale, on both sides of 5."""
        texts = PROMPTS + [
            rewrite(text, preset=INTERCEPTIONS[place % 23], seed=place).text
            for place, text in enumerate(PROMPTS)
        ]
        criteria = "a rhinoceros, a truck, red, Regen" if kind == "custom" else ""
        scores = [judge_text(text, kind=kind, criteria=criteria).score for text in texts]
        assert max(scores) - min(scores) >= 3.5
        assert min(scores) < 5 <= max(scores)

    def test_worn_words_cost_creativity(self) -> None:
        """Clichés lower the score and are named in the advice."""
        worn = judge_text(
            "A beautiful stunning breathtaking magical sunset over a majestic serene dreamy lake",
            kind="creativity",
        )
        fresh = judge_text(
            "A rusty sunset over a flooded quarry, seven herons and an unplugged jukebox",
            kind="creativity",
        )
        assert worn.score < fresh.score
        assert "stunning" in worn.commentary

    def test_repetition_costs_quality(self) -> None:
        """Saying the same again and again is measured and advised against."""
        again = judge_text(
            "The red boat, the red boat, the red boat and the red boat again.", kind="quality"
        )
        once = judge_text(
            "The red boat lies at the wet pier, two gulls beside its rope.", kind="quality"
        )
        assert again.score < once.score
        assert again.measures["repetition"] > once.measures["repetition"]  # type: ignore[operator]

    def test_detail_raises_quality(self) -> None:
        """More said about each thing means a higher score."""
        bare = judge_text("A jug and a shelf and a wall and a door and a lamp here", kind="quality")
        rich = judge_text(
            "A cracked green jug on a wet marble shelf, 3 lemons, dim warm light", kind="quality"
        )
        assert bare.score < rich.score

    def test_stereotypes_cost_fairness_and_count_as_bias(self) -> None:
        """An expected pair is found, named and paid for."""
        typical = "A pretty nurse smiles at the strong doctor, he is her boss"
        turned = "A nurse explains the plan to the doctor, both read and decide together"
        for kind in ("fairness", "bias", "equity"):
            assert judge_text(typical, kind=kind).score < judge_text(turned, kind=kind).score
        assert "pretty nurse" in judge_text(typical, kind="bias").commentary

    def test_balance_is_fairer_than_one_gender_alone(self) -> None:
        """Four men score below two women and two men in the same sentence."""
        one = judge_text(
            "A man and his brother speak, a boy and his father listen", kind="fairness"
        )
        both = judge_text(
            "A woman and her brother speak, a girl and his father listen", kind="fairness"
        )
        assert one.score < both.score
        assert "men" in one.commentary

    def test_the_german_generic_masculine_is_counted(self) -> None:
        """ "Lehrer" alone counts, beside "Lehrerinnen" it does not."""
        alone = judge_text("Die Lehrer und Schüler sprechen", kind="fairness")
        paired = judge_text(
            "Die Lehrerinnen und Lehrer, Schülerinnen und Schüler sprechen", kind="fairness"
        )
        assert alone.measures["generic_masculine"] == 2
        assert paired.measures["generic_masculine"] == 0
        assert alone.score < paired.score

    def test_agency_access_and_presence_raise_equity(self) -> None:
        """Each of the three moves the score up."""
        base = "A crowd at a station"
        scores = [
            judge_text(text, kind="equity").score
            for text in (
                base,
                f"{base}, an old migrant and a child among them",
                f"{base}, an old migrant and a child among them; a woman decides and speaks",
                f"{base}, an old migrant and a child; a woman decides, speaks; ramp, free entrance",
            )
        ]
        assert scores == sorted(scores)
        assert len(set(scores)) == 4

    def test_words_that_make_people_strange_are_found(self) -> None:
        """Othering costs in every kind of evaluation about people."""
        for kind in ("fairness", "bias", "equity"):
            strange = judge_text("an exotic primitive woman", kind=kind)
            assert strange.score < judge_text("a woman", kind=kind).score
            assert "exotic" in strange.commentary

    def test_custom_criteria_are_covered_or_missing(self) -> None:
        """The criteria's words count, and the missing ones are named."""
        met = judge_text(
            "A red lamp in the rain, two children", kind="custom", criteria="red lamp, rain"
        )
        missed = judge_text("A red lamp at noon", kind="custom", criteria="rain, umbrella")
        assert met.score > 7 > missed.score
        assert "“umbrella”" in missed.commentary

    def test_the_commentary_names_measures_and_numbers(self) -> None:
        """An instrument speaks: score, measures, advice, in the language of the text."""
        english, german = judge_text("a cat", kind="quality"), judge_text(MARKET, kind="quality")
        assert "measuring instrument" in english.commentary
        assert f"{english.score:g} of 10" in english.commentary
        assert "Messgerät" in german.commentary
        assert "Gemessen: " in german.commentary

    def test_feedback_raises_most_scores(self) -> None:
        """The critic's advice, given back to the writer, improves the next draft."""
        for kind, most in (
            ("fairness", 0.7),
            ("creativity", 0.6),
            ("equity", 0.9),
            ("custom", 0.9),
        ):
            gains = []
            for place, text in enumerate(PROMPTS):
                preset = ("tellastory", "renaissance", "sensitive", "stillepost")[place % 4]
                draft = rewrite(text, preset=preset, seed=place)
                first = judge_text(
                    draft.text, kind=kind, criteria="rain, lamp" * (kind == "custom")
                )
                if first.score >= 7.5:
                    continue
                new = rewrite(
                    text, preset=preset, seed=place, feedback=first.commentary, draft=draft.text
                )
                second = judge_text(new.text, kind=kind, criteria="rain, lamp" * (kind == "custom"))
                gains.append(second.score > first.score)
            assert gains
            assert sum(gains) / len(gains) >= most, kind

    @given(st.text(max_size=400), st.text(max_size=80), st.sampled_from(KINDS))
    @settings(max_examples=120)
    def test_any_text_can_be_judged(self, text: str, criteria: str, kind: str) -> None:
        """Whatever comes in, a score within bounds, the same each time."""
        judged = judge_text(text, kind=kind, criteria=criteria)
        assert 0 <= judged.score <= 10
        assert judged == judge_text(text, kind=kind, criteria=criteria)
        json.dumps(judged.measures)

    def test_a_huge_text_is_measured_in_part(self) -> None:
        """Only the beginning counts, so that time stays bounded."""
        judged = judge_text("red boats and blue gulls. " * 100_000, kind="quality")
        assert int(judged.measures["words"]) < 2000

    def test_an_unknown_kind_is_a_clear_error(self) -> None:
        """The message lists what there is."""
        with pytest.raises(ValueError, match="fairness, creativity"):
            judge_text("x", kind="beauty")


class TestComparison:
    def test_likeness_uniqueness_and_ranking(self) -> None:
        """Alike texts are found, own words listed, and the order follows the criteria."""
        texts = ["a red cat on a roof", "a red cat under a roof", "two men play chess in the rain"]
        compared = compare_texts(texts, criteria="chess, rain")
        alike = compared.notes["similarity"]
        assert isinstance(alike, list)
        assert alike[0][0] == 1
        assert alike[0][1] == alike[1][0] > alike[0][2]
        assert compared.notes["ranking"][0] == 3  # type: ignore[index]
        assert "chess" in compared.notes["only_here"][2]  # type: ignore[index]
        assert "Most alike are 1 and 2" in compared.text

    def test_german_texts_are_compared_in_german(self) -> None:
        """The language follows the texts."""
        assert "Am ähnlichsten" in compare_texts([MARKET, "Ein Hund im Regen", "Ein Markt"]).text

    def test_one_text_is_not_compared(self) -> None:
        """It takes two, and the text says so."""
        assert "needs two" in compare_texts(["a cat"]).text

    @given(st.lists(st.text(max_size=100), max_size=15), st.text(max_size=40))
    @settings(max_examples=50)
    def test_any_texts_can_be_compared(self, texts: list[str], criteria: str) -> None:
        """Whatever comes in, a text and JSON notes come out."""
        compared = compare_texts(texts, criteria=criteria)
        assert compared.text
        json.dumps(compared.notes)


def _bytes(image: Image.Image, form: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def scene() -> Image.Image:
    """A lively picture: a sky, a red sun, and a ground of many coloured blocks."""
    draws = np.random.default_rng(3)
    image = Image.new("RGB", (640, 480), (180, 205, 230))
    pen = ImageDraw.Draw(image)
    for _ in range(160):
        x, y = (int(value) for value in (draws.integers(0, 640), draws.integers(200, 480)))
        size = int(draws.integers(5, 60))
        red, green, blue = (int(value) for value in draws.integers(0, 255, 3))
        pen.rectangle([x, y, x + size, y + size], fill=(red, green, blue))
    pen.ellipse([40, 30, 170, 160], fill=(220, 40, 30))
    return image


Change = Callable[[Image.Image], Image.Image]
_DULL: dict[str, Change] = {
    "blurred": lambda image: image.filter(ImageFilter.GaussianBlur(7)),
    "flat": lambda image: Image.blend(image, Image.new("RGB", image.size, (128, 128, 128)), 0.85),
    "burnt out": lambda image: image.point(lambda value: min(255, value * 3)),
    "black": lambda image: Image.new("RGB", image.size),
    "one grey": lambda image: Image.new("RGB", image.size, (128, 128, 128)),
}


class TestPictures:
    @pytest.mark.parametrize("name", sorted(_DULL))
    def test_a_spoilt_picture_scores_lower_in_quality(self, scene: Image.Image, name: str) -> None:
        """Blur, haze, clipping and emptiness are all measured."""
        good = judge_image(_bytes(scene), kind="quality")
        spoilt = judge_image(_bytes(_DULL[name](scene)), kind="quality")
        assert spoilt.score < good.score - 0.5

    def test_noise_is_not_taken_for_sharpness(self, scene: Image.Image) -> None:
        """Pure noise is no picture of quality."""
        noise = np.random.default_rng(1).integers(0, 255, (400, 400, 3), dtype=np.uint8)
        judged = judge_image(_bytes(Image.fromarray(noise)), kind="quality")
        assert judged.score < judge_image(_bytes(scene), kind="quality").score

    def test_a_symmetrical_grey_picture_is_less_creative(self, scene: Image.Image) -> None:
        """Colour and broken symmetry count."""
        half = scene.convert("L").convert("RGB").crop((0, 0, 320, 480))
        mirrored = Image.new("RGB", (640, 480))
        mirrored.paste(half, (0, 0))
        mirrored.paste(half.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (320, 0))
        dull = judge_image(_bytes(mirrored), kind="creativity")
        assert dull.measures["symmetry"] == pytest.approx(1, abs=0.02)
        assert dull.score < judge_image(_bytes(scene), kind="creativity").score

    def test_measures_know_their_extremes(self) -> None:
        """A checkerboard, a flat grey and pure colours give the values that they must."""
        flat = open_picture(_bytes(Image.new("RGB", (64, 64), (128, 128, 128))))
        assert (
            flat.sharpness == flat.contrast == flat.entropy == flat.edges == flat.colourfulness == 0
        )
        assert flat.symmetry == 1
        board = np.indices((64, 64)).sum(axis=0) % 2 * 255
        sharp = open_picture(_bytes(Image.fromarray(board.astype(np.uint8))))
        assert sharp.contrast == pytest.approx(0.5)
        assert sharp.entropy == pytest.approx(1)
        assert sharp.clipping == 1

    @pytest.mark.parametrize(
        ("colour", "name"),
        [
            ((220, 40, 30), "red"), ((240, 140, 30), "orange"), ((245, 215, 60), "yellow"),
            ((50, 140, 70), "green"), ((40, 160, 160), "turquoise"), ((40, 90, 190), "blue"),
            ((110, 60, 170), "violet"), ((240, 150, 180), "pink"), ((115, 75, 45), "brown"),
            ((15, 15, 15), "black"), ((130, 130, 130), "grey"), ((250, 250, 250), "white"),
        ],
    )  # fmt: skip
    def test_colours_are_named(self, colour: tuple[int, int, int], name: str) -> None:
        """Each of the twelve names has a colour that anybody would call so."""
        picture = open_picture(_bytes(Image.new("RGB", (32, 32), colour)))
        assert picture.colours[name] == 1

    def test_the_palette_is_held_against_the_words(self, scene: Image.Image) -> None:
        """A named colour that is there raises the score, one that is not is missed."""
        there = judge_image(_bytes(scene), kind="custom", prompt="a red sun in a blue sky")
        blue = _bytes(Image.new("RGB", (64, 64), (40, 90, 190)))
        missing = judge_image(blue, kind="custom", prompt="ein gelbes Haus", language="de")
        assert float(there.measures["palette"]) > 0.5
        assert missing.measures["palette"] == 0
        assert "Gelb" in missing.commentary

    def test_measurable_criteria_count(self, scene: Image.Image) -> None:
        """A dark picture meets "dark" and a light one does not."""
        dark = _bytes(scene.point(lambda value: value // 4))
        light = judge_image(_bytes(scene), kind="custom", criteria="it should be dark")
        assert judge_image(dark, kind="custom", criteria="it should be dark").score != light.score

    def test_pixels_do_not_show_fairness_and_the_critic_says_so(self, scene: Image.Image) -> None:
        """What cannot be measured is said; the prompt's words are judged instead."""
        fair = judge_image(
            _bytes(scene), kind="fairness", prompt="a nurse and a doctor decide together"
        )
        unfair = judge_image(
            _bytes(scene), kind="fairness", prompt="a pretty nurse and her strong boss"
        )
        assert "cannot be read from pixels" in fair.commentary
        assert unfair.score < fair.score

    def test_sizes_and_forms_of_files_do_not_matter_much(self, scene: Image.Image) -> None:
        """The same picture as JPEG or at double size gets nearly the same score."""
        score = judge_image(_bytes(scene), kind="quality").score
        jpeg = judge_image(_bytes(scene, "JPEG"), kind="quality").score
        double = judge_image(
            _bytes(scene.resize((1280, 960), Image.Resampling.LANCZOS)), kind="quality"
        ).score
        assert jpeg == pytest.approx(score, abs=0.8)
        assert double == pytest.approx(score, abs=0.8)

    @pytest.mark.parametrize("size", [(1, 1), (1, 700), (700, 1), (3, 2)])
    @pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "1", "I;16"])
    def test_odd_pictures_are_measured(self, size: tuple[int, int], mode: str) -> None:
        """Tiny, thin, transparent and palette pictures get a score and a description."""
        data = _bytes(Image.new(mode, size))
        assert all(0 <= judge_image(data, kind=kind).score <= 10 for kind in KINDS)
        assert describe_image(data, framework="kritisch").text

    @pytest.mark.parametrize("data", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
    def test_bytes_that_are_no_picture_are_a_clear_error(self, data: bytes) -> None:
        """The message says what came and what to give."""
        with pytest.raises(ValueError, match="Give it the bytes of a PNG"):
            judge_image(data, kind="quality")

    def test_a_truncated_picture_is_a_clear_error(self, scene: Image.Image) -> None:
        """Half a file is not measured as if it were whole."""
        data = _bytes(scene)
        with pytest.raises(ValueError, match="none"):
            judge_image(data[: len(data) // 2], kind="quality")


class TestDescriptions:
    @pytest.mark.parametrize("language", ["en", "de"])
    @pytest.mark.parametrize("framework", FRAMEWORKS)
    def test_what_was_measured_is_said_and_questions_follow(
        self, scene: Image.Image, framework: str, language: str
    ) -> None:
        """Format, colours, weight, then four questions, in the language asked for."""
        described = describe_image(_bytes(scene), framework=framework, language=language)
        assert "640" in described.text
        assert described.notes["colours"]
        questions = described.notes["questions"]
        assert isinstance(questions, list)
        assert len(questions) == 4
        assert set(questions) <= set(wording(language)["questions"][framework])
        assert ("Messgerät" if language == "de" else "measuring instrument") in described.text

    def test_frameworks_ask_differently(self, scene: Image.Image) -> None:
        """No two frameworks share a question."""
        asked = [tuple(wording("en")["questions"][name]) for name in FRAMEWORKS]
        flat = [question for group in asked for question in group]
        assert len(flat) == len(set(flat))

    def test_own_questions_come_first(self, scene: Image.Image) -> None:
        """With "custom" the person's questions are passed on as they were asked."""
        described = describe_image(
            _bytes(scene), framework="custom", prompt="Is it warm? Who looks?"
        )
        assert described.notes["questions"][:2] == ["Is it warm?", "Who looks?"]  # type: ignore[index]

    def test_the_centre_of_weight_is_where_the_weight_is(self) -> None:
        """A bright square in the upper left pulls the centre there."""
        image = Image.new("RGB", (200, 200), (20, 20, 20))
        ImageDraw.Draw(image).rectangle([10, 10, 60, 60], fill=(250, 240, 40))
        described = describe_image(_bytes(image), framework="ethisch")
        assert "upper left" in described.text

    def test_an_unknown_framework_is_a_clear_error(self, scene: Image.Image) -> None:
        """The message lists what there is."""
        with pytest.raises(ValueError, match="bildwissenschaftlich"):
            describe_image(_bytes(scene), framework="vibes")


def test_importing_the_critic_loads_no_array_library() -> None:
    """numpy and Pillow come with the first picture, not before."""
    code = (
        "import sys, canvas_kit.backends.embedded.critic\n"
        "assert 'numpy' not in sys.modules and 'PIL' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
