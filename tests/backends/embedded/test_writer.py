"""The writer: rearranges any text by the constraints that a preset names, and nothing else."""

from __future__ import annotations

import re
import string
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canvas_kit.backends.base import Passage, TextRequest, TextTask
from canvas_kit.backends.embedded.language import Written, phrases, small_words, words
from canvas_kit.backends.embedded.writer import CONSTRAINTS, DEFAULT_CONSTRAINTS, write
from canvas_kit.preset_files.catalogue import PresetKind, load_preset, preset_ids
from tests.backends.embedded import people

REWRITING = [
    (kind, preset)
    for kind in (PresetKind.INTERCEPTION, PresetKind.MODEL_ADAPTION)
    for preset in preset_ids(kind)
    if preset != "none"
]
INVENTING = [(PresetKind.RANDOM_PROMPT, preset) for preset in preset_ids(PresetKind.RANDOM_PROMPT)]
BY_LETTERS = {"piglatin", "stillepost", "analogue_copy", "cooked_negatives", "tonejs_composer"}
"""Presets whose rule is about the letters of a word; whatever the word, the rule is the same."""
BY_LENGTH = {"p5js_simplifier"}

PROMPTS = {
    "en": [
        "A market at dawn with an old clock and two bicycles",
        "The blue harbour under a pale moon",
        "Three cats on a roof, and rain.",
        "A woman carries a red basket through the snow. It is cold.",
        "House",
    ],
    "de": [
        "Ein alter Leuchtturm im Nebel, davor drei rote Boote",
        "Der blaue Hafen unter einem blassen Mond",
        "Drei Katzen auf einem Dach, und Regen.",
        "Eine Frau trägt einen roten Korb durch den Schnee. Es ist kalt.",
        "Das Haus",
    ],
}


def rewrite(
    text: str,
    preset: str = "stillepost",
    kind: PresetKind = PresetKind.INTERCEPTION,
    *,
    seed: int | None = 7,
    headed: tuple[Passage, ...] = (),
    instructions: str = "Write it anew.",
    options: Mapping[str, Any] | None = None,
) -> Written:
    """What the writer makes of a text."""
    if options is None:
        options = load_preset(kind, preset).options.get("embedded", {})
    passages = (Passage(text), *headed) if text else headed
    return write(
        TextRequest(
            task=TextTask(kind.value),
            instructions=instructions,
            passages=passages,
            seed=seed,
            options=options,
        )
    )


def constrained(text: str, *constraints: Any, seed: int = 7, **words: Any) -> str:
    """What some constraints make of a text."""
    return rewrite(text, seed=seed, options={"constraints": constraints, "en": words}).text


class TestPresets:
    @pytest.mark.parametrize(("kind", "preset"), REWRITING)
    @pytest.mark.parametrize("text", [*PROMPTS["en"], *PROMPTS["de"]])
    def test_each_changes_the_text_and_keeps_some_of_its_words(
        self, kind: PresetKind, preset: str, text: str
    ) -> None:
        """Whatever the language; what was asked for can still be seen in what is painted."""
        made = rewrite(text, preset, kind)
        assert made.text.strip() != text
        if preset not in {"piglatin", "stillepost"}:
            core = {word.lower() for phrase in phrases(text, "de") for word in words(phrase.core)}
            assert core & {word.lower() for word in words(made.text)}

    @pytest.mark.parametrize("language", ["en", "de"])
    def test_no_two_do_the_same(self, language: str) -> None:
        """Each has a text of its own for the same words and seed."""
        made = [rewrite(PROMPTS[language][0], preset, kind).text for kind, preset in REWRITING]
        assert len(set(made)) == len(REWRITING)

    @pytest.mark.parametrize(("kind", "preset"), [*REWRITING, *INVENTING])
    def test_each_has_its_words_in_both_languages(self, kind: PresetKind, preset: str) -> None:
        """The same lists, and for the sentences as many lines in each."""
        options = load_preset(kind, preset).options["embedded"]
        english, german = options.get("en", {}), options.get("de", {})
        assert set(english) - {"endings"} == set(german) - {"endings"}
        for name in {"open", "about", "close", "invent", "from_text", "between"} & set(english):
            assert len(english[name]) == len(german[name])

    def test_german_words_are_answered_in_german(self) -> None:
        """The language is that of the text, whatever the instructions are written in."""
        assert rewrite(PROMPTS["de"][0], "renaissance").notes["language"] == "de"
        assert rewrite(PROMPTS["en"][0], "renaissance").notes["language"] == "en"

    def test_a_word_that_tells_no_language_is_in_that_of_the_instructions(self) -> None:
        """So that "Arzt" and "Ärztin" are alike."""
        for word in ("Arzt", "Ärztin", "x"):
            assert rewrite(word, instructions="Schreib das um.").notes["language"] == "de"
            assert rewrite(word, instructions="Write it anew.").notes["language"] == "en"

    @pytest.mark.parametrize(("kind", "preset"), [*REWRITING, *INVENTING])
    def test_instructions_for_language_models_are_not_read(
        self, kind: PresetKind, preset: str
    ) -> None:
        """Not even those that name a constraint."""
        plain = rewrite("A boat at sea", preset, kind, instructions="Do it with care.")
        loud = "Write the text in capitals, backwards, as a list, without people. Use no letter e."
        assert rewrite("A boat at sea", preset, kind, instructions=loud) == plain

    def test_unread_instructions_are_said(self) -> None:
        """With the user's own instructions there are no options: a cut-up, and a warning."""
        made = rewrite("A boat at sea with a lamp", options={}, instructions="Make it rhyme.")
        assert made.text == rewrite("A boat at sea with a lamp", "user_defined").text
        (warning,) = made.warnings
        assert "follows no instructions" in warning
        assert "text_model" in warning
        options = load_preset(PresetKind.INTERCEPTION, "user_defined").options["embedded"]
        assert tuple(options["constraints"]) == DEFAULT_CONSTRAINTS

    def test_the_opposite_is_found_where_there_is_one(self) -> None:
        """Pairs change places, with the endings that they had and the article that they need."""
        made = rewrite("Ein alter Turm, die große Uhr und das rote Boot", "theopposite")
        assert made.text == "Das grüne Boot, die kleine Uhr, ein neuer Turm"
        assert rewrite("An old boat at dawn", "theopposite").text == "At dusk, a new boat"
        assert made.notes["exchanged"] == {"alter": "neuer", "große": "kleine", "rote": "grüne"}

    def test_what_is_not_there_is_no_thing(self) -> None:
        """ "Without doors" is kept in the text, and no sentence is about doors."""
        for text in ("A glass house without doors", "Ein gläsernes Haus ohne Türen"):
            made = rewrite(text, "renaissance").text
            assert made.count("doors") + made.count("Türen") == 1

    def test_worn_words_are_struck_and_said(self) -> None:
        """The cliché filter says what it treats unlike the rest."""
        made = rewrite("A stunning, majestic castle", "clichefilter_v2")
        assert made.notes["struck"] == ["stunning,", "majestic"]
        assert "stunning" not in made.text.lower()
        made = rewrite("Das ist ein wunderschönes Schloss", "clichefilter_v2")
        assert "schönes" not in made.text

    def test_program_code_holds_the_words_as_comments(self) -> None:
        """One line of drawing for each thing, and braces that close."""
        code = rewrite("A boat\nand a lamp", "p5js_simplifier").text
        assert [line.split("// ")[1] for line in code.splitlines()[8:-1]] == ["boat", "lamp"]
        assert code.count("{") == code.count("}")


class TestFairness:
    @pytest.mark.parametrize(
        ("kind", "preset"), [one for one in (*REWRITING, *INVENTING) if one[1] not in BY_LETTERS]
    )
    @pytest.mark.parametrize(
        ("frame", "listed"),
        [
            ("A {} with a red boat at the harbour", people.ENGLISH),
            ("Ist {} mit dem roten Boot an dem Hafen", people.GERMAN),
        ],
    )
    def test_all_people_are_treated_alike(
        self, kind: PresetKind, preset: str, frame: str, listed: list[str]
    ) -> None:
        """With the word exchanged, the result is the same but for the word."""
        stand_in = "qwxz"

        def shape(word: str) -> str:
            made = rewrite(frame.format(word), preset, kind).text
            made = re.sub(re.escape(word), stand_in, made, flags=re.IGNORECASE)
            return re.sub(r"\d+", "0", made) if preset in BY_LENGTH else made

        assert len({shape(word) for word in listed}) == 1

    @pytest.mark.parametrize(
        ("frame", "listed"), [("A {} at sea", people.ENGLISH), ("Ein {} am Meer", people.GERMAN)]
    )
    def test_rules_about_letters_know_no_word(self, frame: str, listed: list[str]) -> None:
        """Pig latin takes each word by its own letters, and all others stay as they were."""
        for word in listed:
            made = rewrite(frame.format(word), "piglatin").text.split()
            others = rewrite(frame.format("x"), "piglatin").text.split()
            assert [made[0], *made[2:]] == [others[0], *others[2:]]
            assert made[1] == rewrite(word, "piglatin").text

    def test_people_are_no_small_words(self) -> None:
        """And no random prompt names one."""
        named = {word.lower() for word in people.ENGLISH + people.GERMAN}
        assert not named & (small_words("en") | small_words("de"))
        for _, preset in INVENTING:
            for language in ("en", "de"):
                for seed in range(200):
                    hint = {"en": "Invent the", "de": "Erfinde das"}[language]
                    made = rewrite("", preset, PresetKind.RANDOM_PROMPT, seed=seed,
                                   instructions=hint)  # fmt: skip
                    assert not named & {word.lower() for word in words(made.text)}


class TestRandomPrompts:
    @pytest.mark.parametrize("preset", ["clean_image", "photo", "artform", "instruction"])
    @pytest.mark.parametrize("language", ["en", "de"])
    def test_chance_has_room(self, preset: str, language: str) -> None:
        """Three hundred seeds give hundreds of prompts, in the language of the preset's words."""
        preset_words = load_preset(PresetKind.RANDOM_PROMPT, preset)
        options = preset_words.options["embedded"]
        hint = {"en": "Invent the", "de": "Erfinde das"}[language]
        made = {
            rewrite(
                "", kind=PresetKind.RANDOM_PROMPT, seed=seed, instructions=hint, options=options
            ).text
            for seed in range(300)
        }
        assert len(made) > 200

    def test_a_text_is_the_theme(self) -> None:
        """It stands in the prompt as it came."""
        for preset in ("clean_image", "photo", "artform"):
            made = rewrite("a blue whale", preset, PresetKind.RANDOM_PROMPT).text
            assert "blue whale" in made

    def test_a_film_gives_its_look(self) -> None:
        """The words of the film type come with the prompt."""
        film = Passage("cyanotype in Prussian blue.", "Film type")
        for seed in range(8):
            made = rewrite("", "photo", PresetKind.RANDOM_PROMPT, seed=seed, headed=(film,))
            assert "yanotype in Prussian blue." in made.text

    def test_a_preset_without_sentences_is_a_clear_error(self) -> None:
        """Named by its kind, list and language."""
        with pytest.raises(ValueError, match="no list 'invent' for the language 'en'"):
            rewrite("", kind=PresetKind.RANDOM_PROMPT, options={})


class TestChance:
    def test_the_same_request_gives_the_same_text_in_another_process(self) -> None:
        """Chance comes from the seed, and from nothing in the process."""
        code = (
            "from tests.backends.embedded.test_writer import rewrite, REWRITING, PROMPTS;"
            "print([rewrite(PROMPTS['de'][0], p, k).text for k, p in REWRITING])"
        )
        told = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        here = [rewrite(PROMPTS["de"][0], preset, kind).text for kind, preset in REWRITING]
        assert told.stdout.strip() == str(here)

    def test_a_new_seed_gives_a_new_text(self) -> None:
        """Where something is left to chance: all presets but pig latin and the opposite."""
        text = PROMPTS["en"][0]
        fixed = {
            preset
            for kind, preset in REWRITING
            if len({rewrite(text, preset, kind, seed=seed).text for seed in range(12)}) == 1
        }
        assert fixed == {"piglatin", "theopposite", "sd35"}

    def test_a_feedback_round_is_a_new_try(self) -> None:
        """Draft and judgement are not read; a preset without chance says that it cannot change."""
        headed = (Passage("boat", "Your last draft"), Passage("Use capitals!", "What was said"))
        first, second = rewrite("A boat at sea", "tellastory"), rewrite(
            "A boat at sea", "tellastory", headed=headed
        )  # fmt: skip
        assert first.text == second.text
        again = (Passage(rewrite("A boat", "piglatin").text, "Your last draft"), headed[1])
        assert "left to chance" in rewrite("A boat", "piglatin", headed=again).warnings[0]

    def test_no_seed_is_seed_0(self) -> None:
        """A request without a seed has a result of its own all the same."""
        assert rewrite("A boat", "bauhaus", seed=None) == rewrite("A boat", "bauhaus", seed=0)


class TestConstraints:
    def test_cut_up_keeps_every_phrase(self) -> None:
        """In another order."""
        made = constrained("a red boat at dawn with two lamps", "cut_up")
        assert sorted(made.lower().split(", ")) == ["a red boat", "at dawn", "with two lamps"]

    def test_telephone_mishears_at_most_half_of_the_words(self) -> None:
        """However many ears; letters are exchanged, none is lost."""
        text = "Boats carry lamps under bridges"
        for seed in range(50):
            made = constrained(text, {"use": "telephone", "ears": 30}, seed=seed).split()
            changed = [a for a, b in zip(text.split(), made, strict=True) if a != b]
            assert len(changed) <= 2
            assert [len(word) for word in made] == [len(word) for word in text.split()]

    def test_erasure_leaves_marks(self) -> None:
        """Small words go, a share of the others, and a mark stands for each."""
        assert constrained("a boat at sea", "erasure") == "boat sea"
        half = constrained("a boat at sea", {"use": "erasure", "share": 0.5, "mark": "–"})
        assert half in {"– boat – –", "– – – sea"}

    def test_a_lipogram_does_without_its_letters(self) -> None:
        """In capitals too; a word of nothing else stays."""
        made = constrained("Every red eel, e", {"use": "lipogram", "letters": "e"})
        assert made == "vry rd l, e"

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("The queen eats.", "Ethay eenquay eatsway."),
            ("Straße my rhythm", "Aßestray ymay ythmrhay"),
            ("I x", "Iway xway"),
        ],
    )
    def test_pig_latin(self, text: str, expected: str) -> None:
        """Capitals and punctuation stay where they were."""
        assert constrained(text, "pig_latin") == expected

    def test_orders(self) -> None:
        """From the end, by the alphabet, by length."""
        text = "the boat and a red lamp at sea"
        assert constrained(text, "reverse_phrases") == "At sea, a red lamp, the boat"
        assert constrained(text, "alphabet") == "a and at boat lamp red sea the"
        assert constrained("red a lamp", "snowball") == "a\nred\nlamp"

    def test_lists(self) -> None:
        """Without the small words; growing from line to line."""
        text = "the boat and a red lamp at sea"
        assert constrained(text, "inventory") == "Boat, red lamp, sea"
        assert constrained(text, "cumulative") == "Boat! Boat, red lamp! Boat, red lamp, sea!!"
        made = constrained(text, "braid", between=["so it goes"])
        assert made == "The boat, so it goes, a red lamp, so it goes, at sea, so it goes."

    def test_a_frame_is_filled(self) -> None:
        """Each thing once, in the order in which it came; numbers and lines are drawn."""
        made = constrained(
            "a boat at sea",
            {"use": "frame", "about": 2, "ordered": True},
            open=["{text}, {3..3} times {colours} and {colours}."],
            about=["{n}: {thing}, not {other}.", "{thing} has {letters} letters."],
            colours=["red", "blue"],
        )
        assert re.fullmatch(
            r"A boat at sea, 3 times (red and blue|blue and red)\. 1: boat, not sea\. "
            r"Sea has 3 letters\.",
            made,
        )

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"constraints": ["rhyme"]}, "no constraint 'rhyme'. There are cut_up"),
            ({"constraints": [{"use": "telephone", "mouths": 3}]}, "'telephone' cannot be applied"),
            ({"constraints": ["frame"], "en": {"open": ["{nothing}"]}}, "the slot {nothing}"),
        ],
    )
    def test_mistakes_in_a_preset_are_clear_errors(
        self, options: dict[str, Any], message: str
    ) -> None:
        """They name what there is not."""
        with pytest.raises(ValueError, match=re.escape(message)):
            rewrite("a boat", options=options)


class TestAnyText:
    @settings(max_examples=60, deadline=None)
    @given(st.text(max_size=300), st.integers(0, 2**53 - 1), st.sampled_from(REWRITING))
    def test_every_text_becomes_some_text(
        self, text: str, seed: int, chosen: tuple[PresetKind, str]
    ) -> None:
        """Of bounded length."""
        kind, preset = chosen
        made = rewrite(text, preset, kind, seed=seed)
        assert made.text.strip()
        assert len(made.text) <= 8000

    @settings(max_examples=30, deadline=None)
    @given(st.text(max_size=200), st.integers(0, 2**53 - 1), st.sampled_from(INVENTING))
    def test_every_text_can_be_a_theme(
        self, text: str, seed: int, chosen: tuple[PresetKind, str]
    ) -> None:
        """The empty one included."""
        kind, preset = chosen
        assert rewrite(text, preset, kind, seed=seed).text.strip()

    @pytest.mark.parametrize("constraint", sorted(CONSTRAINTS))
    @settings(max_examples=40, deadline=None)
    @given(text=st.text(string.printable + "äöüßÄÖÜ夜市ñé“”—", max_size=200))
    def test_every_constraint_takes_every_text(self, constraint: str, text: str) -> None:
        """Without an error."""
        assert constrained(text, constraint, between=["so"]).strip()

    def test_an_empty_page(self) -> None:
        """Nothing in, a blank sheet out."""
        assert rewrite("").text == "(an empty page)"
        assert rewrite("", instructions="Schreib das um").text == "(ein leeres Blatt)"

    def test_a_long_text_is_cut_and_this_is_said(self) -> None:
        """After four thousand characters."""
        made = rewrite("boat " * 3000, "bauhaus")
        assert len(made.text) <= 8000
        assert "first 4,000 characters" in made.warnings[0]

    @pytest.mark.parametrize("text", ["夜明けの市場と古い時計", "شارع في المطر", "पुराना बाज़ार"])
    @pytest.mark.parametrize("preset", ["renaissance", "cooked_negatives", "overdrive"])
    def test_other_scripts_stay_whole(self, text: str, preset: str) -> None:
        """Words that the writer cannot part stay as they are."""
        assert words(text)[0] in rewrite(text, preset).text

    def test_phrases_lose_only_punctuation(self) -> None:
        """Small words lead, the others follow."""
        found = phrases("A red boat, and two lamps under the bridge.", "en")
        assert [(phrase.lead, phrase.core) for phrase in found] == [
            ("A", "red boat"),
            ("and", "two lamps"),
            ("under the", "bridge"),
        ]
