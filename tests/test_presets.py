"""The presets are complete, written in both languages, and found by id alone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from hatchling.builders.wheel import WheelBuilder
from pydantic import ValidationError

from canvas_kit.errors import CanvasKitError, UnknownName
from canvas_kit.preset_files import catalogue
from canvas_kit.preset_files.catalogue import (
    Preset,
    PresetKind,
    film_types,
    load_film_type,
    load_preset,
    load_presets,
    preset_ids,
)

FOLDER = Path(catalogue.__file__).parent
FILES = sorted(FOLDER.rglob("*.toml"))
LANGUAGES: tuple[Literal["en", "de"], ...] = ("en", "de")

IDS = {
    PresetKind.INTERCEPTION: """
        user_defined none analog_photography_1870s analog_photography_1970s analogue_copy bauhaus
        clichefilter_v2 confucianliterati cooked_negatives digital_photography forceful
        hunkydoryharmonizer jugendsprache mad_world one_world overdrive p5js_simplifier
        tonejs_composer piglatin planetarizer renaissance sensitive stillepost technicaldrawing
        tellastory theopposite
    """,
    PresetKind.RANDOM_PROMPT: "clean_image photo artform instruction language",
    PresetKind.MODEL_ADAPTION: "none sd35 flux video audio",
    PresetKind.EVALUATION: "fairness creativity bias equity quality custom",
    PresetKind.IMAGE_EVALUATION: "bildwissenschaftlich bildungstheoretisch ethisch kritisch custom",
    PresetKind.COMPARISON: "default",
    PresetKind.TRANSLATION: "default",
}

SHORT_ON_PURPOSE = {"user_defined", "none"}
"""One leaves the words to the person, the other leaves the text alone."""

STOP_WORDS = {
    "en": frozenset({"the", "and", "of", "to", "is", "it", "that", "with", "what", "for", "not"}),
    "de": frozenset({"der", "die", "das", "und", "ist", "nicht", "mit", "von", "zu", "ein", "wie"}),
}
"""Common words that the other language does not have."""

ALL = [load_preset(kind, preset_id) for kind in PresetKind for preset_id in preset_ids(kind)]


def named(preset: Preset) -> str:
    return f"{preset.kind.value}/{preset.id}"


every_preset = pytest.mark.parametrize("preset", ALL, ids=named)


def language_of(text: str) -> str:
    """The language whose commonest words are at least three times as frequent as the other's."""
    words = Counter(re.findall(r"[^\W\d_]+", text.casefold()))
    found = {
        language: sum(words[word] for word in stop_words)
        for language, stop_words in STOP_WORDS.items()
    }
    english, german = found["en"], found["de"]
    if english >= 3 * german:
        return "en" if english else "neither"
    return "de" if german >= 3 * english else "mixed"


class TestTheWords:
    @pytest.mark.parametrize("kind", list(PresetKind))
    def test_every_kind_has_exactly_the_presets_that_canvases_name(self, kind: PresetKind) -> None:
        assert set(preset_ids(kind)) == set(IDS[kind].split())

    @every_preset
    def test_each_text_is_written_in_its_own_language(self, preset: Preset) -> None:
        for language in LANGUAGES:
            assert language_of(preset.description.get(language)) == language
            assert language_of(preset.instructions.get(language)) == language

    @every_preset
    def test_lengths_suit_a_list_a_tooltip_and_a_model(self, preset: Preset) -> None:
        for language in LANGUAGES:
            assert len(preset.name.get(language)) <= 40
            assert 15 <= len(preset.description.get(language).split()) <= 50
            words = len(preset.instructions.get(language).split())
            assert (10 if preset.id in SHORT_ON_PURPOSE else 80) <= words <= 250

    @every_preset
    def test_both_languages_say_about_as_much(self, preset: Preset) -> None:
        ratio = len(preset.instructions.de) / len(preset.instructions.en)
        assert 0.8 < ratio < 1.5

    @every_preset
    def test_paragraphs_correspond_in_both_languages(self, preset: Preset) -> None:
        english, german = (preset.instructions.get(language).splitlines() for language in LANGUAGES)
        assert [line[:2] == "- " for line in english] == [line[:2] == "- " for line in german]

    @pytest.mark.parametrize("preset", [p for p in ALL if p.id != "none"], ids=named)
    def test_every_instruction_ends_with_a_rule_for_the_answer(self, preset: Preset) -> None:
        closing = {
            language: preset.instructions.get(language).splitlines()[-1] for language in LANGUAGES
        }
        assert "Answer" in closing["en"]
        assert re.search("Antworte|Beantworte", closing["de"])

    @pytest.mark.parametrize("preset", load_presets(PresetKind.EVALUATION), ids=named)
    def test_judges_are_asked_for_a_score_and_a_commentary_in_json(self, preset: Preset) -> None:
        assert '{"score": number, "commentary": string}' in preset.instructions.en
        assert '{"score": Zahl, "commentary": Text}' in preset.instructions.de
        assert "From 5 upwards the work passes." in preset.instructions.en
        assert "Ab 5 ist die Prüfung bestanden." in preset.instructions.de

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_presets_for_code_name_their_library_and_forbid_loading(
        self, language: Literal["en", "de"]
    ) -> None:
        for preset_id, library in (("p5js_simplifier", "p5.js"), ("tonejs_composer", "Tone.js")):
            words = load_preset(PresetKind.INTERCEPTION, preset_id).instructions.get(language)
            assert library in words
            assert re.search("network access|Netzzugriffe", words)
            assert re.search(r"JavaScript(-Code| code)", words)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_no_two_presets_share_their_words(self, language: Literal["en", "de"]) -> None:
        texts = Counter(preset.instructions.get(language) for preset in ALL)
        descriptions = Counter(preset.description.get(language) for preset in ALL)
        paragraphs = Counter(
            paragraph
            for preset in ALL
            for paragraph in preset.instructions.get(language).splitlines()
            if len(paragraph) > 120 and "JSON" not in paragraph
        )
        for counted in (texts, descriptions, paragraphs):
            assert [text for text, count in counted.items() if count > 1] == []

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_files_are_clean_text(self, path: Path) -> None:
        text = path.read_bytes().decode("utf-8")
        assert text == unicodedata.normalize("NFC", text)
        assert "\r" not in text
        assert "\t" not in text
        assert "\u00ad" not in text
        assert text.endswith("\n")
        assert not re.search(r"[ \u00a0]$", text, re.MULTILINE)
        assert not re.search(r"\b(TODO|FIXME|TBD|XXX|lorem|ipsum)\b|\{\{|\}\}|…|\.\.\.", text)
        assert not re.search(r"\b(ae|oe|ue)ber|fuer\b|koenn|muess", text, re.IGNORECASE)

    @every_preset
    def test_quotation_marks_are_those_of_the_language(self, preset: Preset) -> None:
        english = preset.name.en + preset.description.en + preset.instructions.en
        german = preset.name.de + preset.description.de + preset.instructions.de
        assert "„" not in english
        assert english.count("“") == english.count("”")
        assert "”" not in german
        assert german.count("„") == german.count("“")
        assert "'" not in english + german
        if preset.kind is not PresetKind.EVALUATION:
            assert '"' not in english + german


class TestTheirDisplay:
    @every_preset
    def test_icon_and_color_can_be_drawn(self, preset: Preset) -> None:
        assert re.fullmatch(r"#[0-9a-f]{6}", preset.display.color)
        assert not preset.display.icon.isascii()
        assert len(preset.display.icon) <= 3

    @every_preset
    def test_sampling_parameters_are_in_range(self, preset: Preset) -> None:
        temperature, max_tokens = preset.parameters.temperature, preset.parameters.max_tokens
        assert temperature is not None
        assert 0 <= temperature <= 1.5
        assert max_tokens is not None
        assert 100 <= max_tokens <= 8000

    @pytest.mark.parametrize("kind", list(PresetKind))
    def test_places_and_icons_are_taken_once(self, kind: PresetKind) -> None:
        presets = load_presets(kind)
        assert len({preset.display.order for preset in presets}) == len(presets)
        assert len({preset.display.icon for preset in presets}) == len(presets)

    @pytest.mark.parametrize("kind", list(PresetKind))
    def test_a_category_stands_together(self, kind: PresetKind) -> None:
        categories = [preset.display.category for preset in load_presets(kind)]
        runs = [
            category
            for place, category in enumerate(categories)
            if place == 0 or categories[place - 1] != category
        ]
        assert len(runs) == len(set(runs))

    def test_a_category_has_the_same_name_everywhere(self) -> None:
        categories = {preset.display.category for preset in ALL}
        for language in LANGUAGES:
            names = [category.get(language) for category in categories]
            assert len(names) == len(set(names))


class TestFilmTypes:
    def test_there_are_enough_to_choose_from_and_each_is_described_by_its_look(self) -> None:
        films = film_types()
        assert len(films) >= 15
        for film_id, film in films.items():
            assert re.fullmatch(r"[a-z0-9_]+", film_id)
            for language in LANGUAGES:
                assert 12 <= len(film.words.get(language).split()) <= 40
                assert not film.words.get(language).endswith(".")
            assert film.words.en != film.words.de

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_together_they_are_written_in_their_language(
        self, language: Literal["en", "de"]
    ) -> None:
        words = " ".join(film.words.get(language) for film in film_types().values())
        other = "de" if language == "en" else "en"
        spoken = set(re.findall(r"[^\W\d_]+", words.casefold()))
        markers = {"en": {"and", "with", "the", "of"}, "de": {"und", "mit", "der", "von"}}
        assert markers[language] <= spoken
        assert not markers[other] & spoken

    def test_an_unknown_film_type_is_answered_with_the_nearest(self) -> None:
        assert load_film_type("cyanotype").name.de == "Cyanotypie"
        with pytest.raises(UnknownName, match="Did you mean 'cyanotype'"):
            load_film_type("cyanotipe")

    @pytest.mark.parametrize(
        "name",
        [
            "Kodachrome", "Ektachrome", "Portra 400", "Portra 800", "Ektar 100", "Fuji Pro 400H",
            "Fuji Superia", "CineStill 800T", "Ilford HP5", "Ilford Delta 400", "Ilford FP4",
            "Ilford Pan F", "Ilford XP2", "Tri-X 400",
        ],
    )  # fmt: skip
    def test_a_film_type_is_found_by_the_name_that_the_editor_shows(self, name: str) -> None:
        film = load_film_type(name)
        assert film.name.en == name
        assert load_film_type(name.casefold().replace(" ", "_")) is film


class TestFinding:
    def test_an_unknown_preset_is_answered_with_the_nearest(self) -> None:
        with pytest.raises(UnknownName) as caught:
            load_preset(PresetKind.INTERCEPTION, "stilepost")
        assert str(caught.value).startswith(
            "There is no interception preset 'stilepost'. Did you mean 'stillepost'"
        )

    @pytest.mark.parametrize(
        "preset_id",
        [
            "",
            ".",
            "..",
            "../film_types",
            "../evaluation/bias",
            "interception/bauhaus",
            "bauhaus.toml",
            "BAUHAUS",
            "bauhaus\x00",
            str(FOLDER / "interception" / "bauhaus"),
        ],
    )
    def test_an_id_is_never_a_path(self, preset_id: str) -> None:
        with pytest.raises(UnknownName):
            load_preset(PresetKind.INTERCEPTION, preset_id)

    def test_lists_come_in_display_order(self) -> None:
        presets = load_presets(PresetKind.INTERCEPTION)
        assert presets[0].id == "user_defined"
        orders = [preset.display.order for preset in presets]
        assert orders == sorted(orders)

    def test_a_preset_cannot_be_changed_by_one_of_its_readers(self) -> None:
        parameters = load_preset(PresetKind.INTERCEPTION, "bauhaus").parameters
        with pytest.raises(ValidationError):
            parameters.temperature = 2.0  # type: ignore[misc]

    @every_preset
    def test_a_preset_has_a_json_form(self, preset: Preset) -> None:
        form = json.loads(json.dumps(preset.as_dict()))
        assert form["id"] == preset.id
        assert form["instructions"] == {"en": preset.instructions.en, "de": preset.instructions.de}
        assert form["parameters"]["temperature"] == preset.parameters.temperature
        assert set(form["display"]) == {"icon", "color", "category", "order"}


GOOD = """
name.en = "Bread"
name.de = "Brot"
description.en = "Bakes."
description.de = "Backt."
instructions.en = "Bake it."
instructions.de = "Backe es."
parameters.temperature = 0.5
display.icon = "🍞"
display.color = "#aabbcc"
display.category.en = "Food"
display.category.de = "Essen"
display.order = 1
"""


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A presets folder to write into, with nothing remembered before or after."""
    caches = (catalogue.preset_ids, catalogue.film_types, catalogue._read_preset)
    for cached in caches:
        cached.cache_clear()
    monkeypatch.setattr(catalogue, "_folder", lambda: tmp_path)
    (tmp_path / "interception").mkdir()
    yield tmp_path
    for cached in caches:
        cached.cache_clear()


class TestFilesThatPeopleAdd:
    def test_a_file_in_the_folder_is_a_preset(self, own_folder: Path) -> None:
        (own_folder / "interception" / "bread.toml").write_text(GOOD, encoding="utf-8")
        (own_folder / "interception" / "notes.md").write_text("not a preset")
        assert preset_ids(PresetKind.INTERCEPTION) == ("bread",)
        assert load_preset(PresetKind.INTERCEPTION, "bread").instructions.de == "Backe es."

    @pytest.mark.parametrize(
        ("old", "new", "complaint"),
        [
            ('name.de = "Brot"', "", "name.de is missing."),
            ('name.de = "Brot"', 'name.de = " "', "name.de should have at least 1 character"),
            ('"Bakes."', "7", "description.en should be a valid string, but is 7."),
            (
                'name.de = "Brot"',
                'name.fr = "pain"',
                "name.fr is not known.",
            ),
            (
                "display.order = 1",
                "display.order = true",
                "display.order should be a valid integer",
            ),
            ("= 0.5", "= [0.5]", "parameters.temperature should be a valid number"),
            ("parameters.temperature = 0.5", "", "parameters is missing."),
            (
                "parameters.temperature = 0.5",
                "parameters = 5",
                "parameters should be an object",
            ),
            ("display.icon", "display.ikon", "display.ikon is not known"),
            ('"Bread"', '"Bread', "it is not TOML in UTF-8"),
        ],
    )
    def test_a_wrong_entry_is_named(
        self, own_folder: Path, old: str, new: str, complaint: str
    ) -> None:
        text = GOOD.replace(old, new, 1)
        assert text != GOOD
        (own_folder / "interception" / "bread.toml").write_text(text, encoding="utf-8")
        with pytest.raises(CanvasKitError) as caught:
            load_preset(PresetKind.INTERCEPTION, "bread")
        assert str(caught.value).startswith(
            "The preset file interception/bread.toml cannot be used: "
        )
        assert complaint in str(caught.value)

    def test_another_encoding_is_said(self, own_folder: Path) -> None:
        text = GOOD.replace("Backt.", "Bäckt.").encode("latin-1", "replace")
        (own_folder / "interception" / "bread.toml").write_bytes(text)
        with pytest.raises(CanvasKitError, match="not TOML in UTF-8"):
            load_preset(PresetKind.INTERCEPTION, "bread")

    def test_a_wrong_film_type_is_named(self, own_folder: Path) -> None:
        (own_folder / "film_types.toml").write_text('[daguerreotype]\nname.en = "x"\n')
        with pytest.raises(CanvasKitError, match=r"\(daguerreotype\) .* name\.de is missing"):
            film_types()


def test_importing_reads_no_preset_and_listing_opens_no_file() -> None:
    """A process that imports the presets and lists their ids has opened no TOML file."""
    program = """
import sys
opened = []
sys.addaudithook(
    lambda event, args: opened.append(str(args[0]))
    if event == "open" and str(args[0]).endswith(".toml") else None
)
from canvas_kit.preset_files.catalogue import PresetKind, load_preset, preset_ids
heavy = {"numpy", "PIL", "httpx"} & set(sys.modules)
ids = preset_ids(PresetKind.INTERCEPTION)
before = list(opened)
load_preset(PresetKind.INTERCEPTION, "bauhaus")
load_preset(PresetKind.INTERCEPTION, "bauhaus")
print(len(ids), sorted(heavy), before, len(opened))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=FOLDER.parent.parent,
    )
    assert done.stdout.strip() == "26 [] [] 1"


def test_the_wheel_carries_every_preset(tmp_path: Path) -> None:
    """What a user installs holds the same preset files as the source tree."""
    root = FOLDER.parent.parent
    (wheel,) = WheelBuilder(str(root)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        packed = {
            name
            for name in archive.namelist()
            if name.startswith("canvas_kit/preset_files/") and name.endswith(".toml")
        }
    assert packed == {path.relative_to(root).as_posix() for path in FILES}
