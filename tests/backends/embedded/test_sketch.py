"""The embedded image model: what it promises about its pictures."""

from __future__ import annotations

import colorsys
import hashlib
import inspect
import io
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from canvas_kit.backends.embedded.sketch.composing import manners
from canvas_kit.backends.embedded.sketch.drawings import HOMES, Drawing, Pose, drawings, nouns
from canvas_kit.backends.embedded.sketch.easel import Easel
from canvas_kit.backends.embedded.sketch.exact import Stream, cosine, noise, sine, wave
from canvas_kit.backends.embedded.sketch.lexicon import colours, index, table
from canvas_kit.backends.embedded.sketch.painting import Painting, paint
from canvas_kit.backends.embedded.sketch.palette import Palette, from_hex, lch, rgb, scheme
from canvas_kit.backends.embedded.sketch.reading import Reading, Subject, read

Pixels = NDArray[np.uint8]


@cache
def picture(prompt: str, seed: int = 1, width: int = 160, height: int = 160, steps: int = 8,
            cfg: float = 5.5, second_text: str = "") -> Painting:  # fmt: skip
    """One picture, painted once however many tests look at it."""
    return paint(prompt, seed=seed, width=width, height=height, steps=steps, cfg=cfg,
                 second_text=second_text)  # fmt: skip


def sha(painting: Painting) -> str:
    """The first half of the pixels' sha256."""
    return hashlib.sha256(painting.pixels.tobytes()).hexdigest()[:32]


def distance(a: Painting, b: Painting) -> float:
    """Mean difference of two pictures seen from afar (8x8 fields), 0..255."""

    def afar(painting: Painting) -> NDArray[np.float64]:
        p = painting.pixels
        h, w = p.shape[0] // 8, p.shape[1] // 8
        fields: NDArray[np.float64] = (
            p[: h * 8, : w * 8].reshape(8, h, 8, w, 3).astype(float).mean(axis=(1, 3))
        )
        return fields

    return float(np.abs(afar(a) - afar(b)).mean())


def share_of_hue(painting: Painting, low: float, high: float) -> float:
    """The share of strongly coloured pixels whose hue (degrees, HSV) lies in a range."""
    small = painting.pixels[::3, ::3].reshape(-1, 3) / 255.0
    hits = 0
    for red, green, blue in small.tolist():
        hue, saturation, value = colorsys.rgb_to_hsv(red, green, blue)
        degrees = hue * 360.0
        inside = low <= degrees <= high if low <= high else degrees >= low or degrees <= high
        hits += inside and saturation > 0.35 and value > 0.2
    return hits / len(small)


def drawn(prompt: str) -> list[tuple[str, int, tuple[str, ...]]]:
    """What a prompt shows: drawing (or the word in angle brackets), number, colours."""
    return [(s.drawing or f"<{s.word}>", s.count, s.colours) for s in read(prompt).subjects]


def day() -> Palette:
    """A palette to draw with."""
    return scheme(table("lights")["day"]["palettes"][0]["rows"], 1.0, 1.0, 0.2)


RED, GREEN, BLUE, YELLOW = (340.0, 18.0), (85.0, 165.0), (195.0, 255.0), (42.0, 66.0)


# The same pixels everywhere ---------------------------------------------------------------------

SNAPSHOTS: list[tuple[str, int, int, int, int, str]] = [
    # prompt, seed, width, height, steps, sha256 (first half)
    (
        "Ein Wochenmarkt im Morgengrauen, Regen auf Planen, eine Frau verkauft Granatäpfel",
        1,
        512,
        512,
        25,
        "0605035409cc8912444dd11591b3700d",
    ),
    ("a red boat on a lake at sunset", 123456789, 512, 320, 25, "afbe4593cc2e6b9057af4b047385bdc5"),
    ("", 0, 64, 64, 1, "7f5f7dab041c0c777c98f27eade9ecbf"),
    (
        "portrait of a woman with a red hat, woodcut",
        7,
        200,
        300,
        10,
        "4d27443fd59fdb917750f75fa6689d84",
    ),
    ("three cats on a blue sofa, Aquarell", 3, 320, 240, 150, "da3acc93a34a5f4fafa2421173c58af5"),
    ("Bauhaus poster of a teapot", 9, 96, 96, 5, "e4ae0207405b82c9538f197d222b4505"),
    ("a whale and an octopus, stained glass", 11, 128, 512, 8, "df40ef8e854093e4a369917520587d5e"),
    (
        "photograph of a city at night in the snow, 1870s",
        9007199254740991,
        256,
        256,
        12,
        "a5a169670ec820b9e4ba442e5cef49b7",
    ),
    (
        "a glumbrax beside a stone bridge, cubism",
        -5,
        160,
        160,
        6,
        "165264fe939f9021330b45905838b3b8",
    ),
    ("a castle in the mountains, storm", 4, 1700, 1100, 4, "64ea507d348a21e00ea3a8036fac7790"),
    ("zwei Birnen und ein Krug, Risografie", 8, 192, 192, 9, "a9c40b887e6566d404a44ef5d2d6827f"),
    ("a submarine garden, mosaic", 6, 144, 144, 7, "0ddec917d48e563c340bbcbd6bddd1d7"),
]


@pytest.mark.parametrize(("prompt", "seed", "width", "height", "steps", "expected"), SNAPSHOTS)
def test_pixels_are_the_same_on_every_machine(
    prompt: str, seed: int, width: int, height: int, steps: int, expected: str
) -> None:
    """A change of these hashes is a change of everybody's pictures: raise the model's version."""
    made = paint(prompt, seed=seed, width=width, height=height, steps=steps)
    assert sha(made) == expected


def test_the_same_arguments_give_the_same_pixels_and_reading() -> None:
    """Painting is a function of its arguments."""
    first = paint("a boat at dawn", seed=5, width=128, height=96, steps=5)
    second = paint("a boat at dawn", seed=5, width=128, height=96, steps=5)
    assert np.array_equal(first.pixels, second.pixels)
    assert first.reading == second.reading


def test_random_state_of_numpy_is_neither_used_nor_touched() -> None:
    """numpy's global generator does not change the picture, and the picture does not change it."""
    np.random.seed(1)
    before = np.random.get_state(legacy=True)
    one = paint("a tree", seed=2, width=64, height=64, steps=2)
    after = np.random.get_state(legacy=True)
    assert str(before) == str(after)
    np.random.seed(99)
    assert np.array_equal(one.pixels, paint("a tree", seed=2, width=64, height=64, steps=2).pixels)


def test_arithmetic_keeps_to_exact_operations() -> None:
    """No module of *sketch* calls what rounds differently from one library to the next."""
    forbidden = ("np.sin", "np.cos", "np.exp", "np.tanh", "np.power", "np.hypot", "np.dot",
                 "np.matmul", "np.einsum", "np.interp", "np.log", "np.arctan", "math.sin",
                 "math.cos", "math.exp", "math.pow", "math.log", "math.hypot", "math.atan",
                 "default_rng", "np.random.rand", " @ ", "np.linspace")  # fmt: skip
    modules = [m for name, m in sys.modules.items() if ".embedded.sketch" in name]
    assert len(modules) > 10
    for module in modules:
        source = inspect.getsource(module)
        assert not [word for word in forbidden if word in source], module.__name__


def test_planes_stay_float32() -> None:
    """No plane grows to float64 on the way, which would round differently and cost double."""
    assert wave(np.zeros((2, 2), np.float32) + 0.3).dtype == np.float32
    assert noise(Stream("x"), 20, 30, 3.0, octaves=3).dtype == np.float32


def test_sine_is_close_to_the_real_one() -> None:
    """The approximation is good enough to draw with."""
    turns = np.arange(-40, 40, dtype=np.float32) / 16
    assert np.abs(wave(turns) - np.sin(turns * 2 * np.pi)).max() < 1e-4
    assert abs(sine(1 / 12) - 0.5) < 1e-5
    assert abs(cosine(0.5) + 1.0) < 1e-5


# Every argument matters ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 2},
        {"prompt": "a blue house by a lake"},
        {"steps": 9},
        {"width": 168},
        {"height": 168},
        {"cfg": 6.0},
        {"second_text": "a lake"},
    ],
)
def test_every_argument_changes_the_picture(other: dict[str, int | float | str]) -> None:
    """Nothing that is asked for is silently ignored."""
    base: dict[str, int | float | str] = {"prompt": "a red house by a lake"}
    one, two = picture(**base), picture(**(base | other))
    assert one.pixels.shape != two.pixels.shape or not np.array_equal(one.pixels, two.pixels)


def test_an_unknown_word_changes_the_picture() -> None:
    """Words that the lexicon lacks still matter, and are named in the reading."""
    one, two = picture("glumbrax"), picture("frondelisk")
    assert distance(one, two) > 8.0
    assert one.reading["unknown"] == ["glumbrax"]


@pytest.mark.parametrize("prompt", ["a house by a river", "portrait of a woman", "happiness"])
def test_seeds_give_clearly_different_pictures(prompt: str) -> None:
    """Among six seeds every two pictures differ well beyond brush strokes."""
    made = [picture(prompt, seed=seed) for seed in range(6)]
    nearest = min(distance(a, b) for i, a in enumerate(made) for b in made[:i])
    assert nearest > 6.0


def test_more_steps_refine() -> None:
    """Few steps are rough; every further doubling brings the picture closer to the finest one."""
    finest = picture("a horse before a mountain", steps=150)
    away = [
        float(np.abs(picture("a horse before a mountain", steps=n).pixels.astype(int)
                     - finest.pixels).mean())
        for n in (1, 4, 25)
    ]  # fmt: skip
    assert away[0] > away[1] > away[2]


def test_strictness_raises_colour_and_contrast() -> None:
    """A high cfg is more colourful and contrasty than a low one, averaged over prompts."""

    def vigour(cfg: float) -> tuple[float, float]:
        chroma = contrast = 0.0
        for prompt in ("a red boat", "a garden", "a cat on a sofa"):
            p = picture(prompt, cfg=cfg).pixels.astype(float)
            chroma += float((p.max(axis=2) - p.min(axis=2)).mean())
            contrast += float(p.mean(axis=2).std())
        return chroma, contrast

    low, high = vigour(1.0), vigour(20.0)
    assert high[0] > low[0] * 1.1
    assert high[1] > low[1] * 1.1


# It follows the words -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "hue"), [("red", RED), ("blue", BLUE), ("green", GREEN), ("yellow", YELLOW)]
)
@pytest.mark.parametrize("scene", ["a {} car on a street", "a {} vase"])
def test_a_colour_word_colours_its_noun(word: str, hue: tuple[float, float], scene: str) -> None:
    """Over three seeds there is clearly more of the hue with the word than with its rivals."""
    others = [w for w in ("red", "blue", "green", "yellow") if w != word]

    def amount(name: str) -> float:
        return sum(share_of_hue(picture(scene.format(name), seed=s), *hue) for s in range(3))

    # Fields of the whole picture, summed over three: an eighth of one is far beyond chance.
    assert amount(word) - max(amount(other) for other in others) > 0.12


@pytest.mark.parametrize(
    ("prompt", "hue"),
    [
        ("abstract painting in red", RED),
        ("Landschaft ganz in Blau", BLUE),
        ("everything is green", GREEN),
    ],
)
def test_a_colour_word_without_a_noun_colours_the_whole(
    prompt: str, hue: tuple[float, float]
) -> None:
    """Such a picture is at least to a third of that hue."""
    assert sum(share_of_hue(picture(prompt, seed=s), *hue) for s in range(3)) / 3 > 0.33


def test_similar_prompts_look_related() -> None:
    """Prompts that share their words are nearer to each other than prompts that share none."""
    pairs = [
        ("a red boat on a lake at sunset", "a red boat on a lake at sunset, calm"),
        ("a market in the rain", "a busy market in the rain"),
        ("portrait of an old woman", "portrait of a woman"),
    ]
    seeds = range(3)
    near = [distance(picture(a, seed=s), picture(b, seed=s)) for a, b in pairs for s in seeds]
    far = [
        distance(picture(a, seed=s), picture(b, seed=s))
        for i, (a, _) in enumerate(pairs)
        for j, (_, b) in enumerate(pairs)
        if i != j
        for s in seeds
    ]
    assert sum(near) / len(near) < 0.6 * sum(far) / len(far)


def test_what_is_negative_is_left_out() -> None:
    """The second text removes a motif and a colour."""
    with_boat = picture("a lake with a red boat", seed=3)
    without = picture("a lake with a red boat", seed=3, second_text="boat")
    assert [s["drawing"] for s in subjects(with_boat)] == ["boat"]
    assert subjects(without) == []
    blue = sum(share_of_hue(picture("an abstract painting", seed=s), *BLUE) for s in range(6))
    none = sum(
        share_of_hue(picture("an abstract painting", seed=s, second_text="blue"), *BLUE)
        for s in range(6)
    )
    assert none < blue * 0.5


def subjects(painting: Painting) -> list[dict[str, object]]:
    """What the picture's reading says is shown."""
    found = painting.reading["subjects"]
    assert isinstance(found, list)
    return found


def test_without_in_the_prompt_is_understood() -> None:
    """'without' and 'ohne' leave out what follows them."""
    assert read("a sky without birds").subjects == ()
    assert drawn("Ein Leuchtturm am Meer, ohne Boote") == [("lighthouse", 1, ())]
    assert drawn("a lake without a glumbrax") == []


def test_a_start_image_steers_colour_and_layout() -> None:
    """The picture keeps the start image's halves apart, and resembles it more than not."""
    start = np.zeros((90, 120, 3), np.uint8)
    start[:, :60] = (200, 40, 30)
    start[:, 60:] = (20, 90, 40)
    free = paint("a cloud", seed=4, width=160, height=120, steps=12).pixels.astype(int)
    led = paint(
        "a cloud", seed=4, width=160, height=120, steps=12, start_image=start
    ).pixels.astype(int)
    left, right = led[:, :70].mean(axis=(0, 1)), led[:, 90:].mean(axis=(0, 1))
    assert left[0] > left[1] + 40
    assert right[1] > right[0] + 15
    wanted = np.repeat(np.repeat(start, 2, axis=0), 2, axis=1)[:120, 40:200].astype(int)
    assert np.abs(led - wanted).mean() < np.abs(free - wanted).mean() * 0.7


# Reading ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("three cats on a blue sofa", [("cat", 3, ()), ("sofa", 1, ("blue",))]),
        ("ein roter Hund und eine schwarze Katze", [("dog", 1, ("red",)), ("cat", 1, ("black",))]),
        ("the house is green", [("house", 1, ("green",))]),
        ("Zwei alte Bäume neben einer Bank", [("tree", 2, ()), ("bench", 1, ())]),
        ("a red pickup truck", [("truck", 1, ("red",))]),
        ("a robot reading", [("robot", 1, ())]),
        ("Ein Roboter liest ein Buch", [("robot", 1, ()), ("book", 1, ())]),
        (
            "3 green apples and one yellow pear",
            [("apple", 3, ("green",)), ("pear", 1, ("yellow",))],
        ),
        ("an orange", [("orange", 1, ())]),
        ("eine Orange", [("orange", 1, ())]),
        ("a red rose", [("flower", 1, ("red",))]),
        ("a dog barks at the moon", [("dog", 1, ()), ("moon", 1, ())]),
        ("a green glumbrax", [("<glumbrax>", 1, ("green",))]),
        ("glumbraxes", [("<glumbraxes>", 3, ())]),
    ],
)
def test_nouns_counts_and_colours_are_bound(
    prompt: str, shown: list[tuple[str, int, tuple[str, ...]]]
) -> None:
    """Counts and colours go to the noun they belong to, in English and German."""
    assert drawn(prompt) == shown


@pytest.mark.parametrize(
    ("prompt", "relation"),
    [
        ("a teapot on a table", "on"),
        ("ein Schiff in einer Flasche", "in"),
        ("a cat under a chair", "under"),
        ("a bird above a house", "above"),
        ("a bicycle leaning against a door", "beside"),
        ("ein Baum vor einem Haus", "before"),
        ("a dog behind a fence", "behind"),
    ],
)
def test_relations_are_read(prompt: str, relation: str) -> None:
    """Where one thing is, seen from the next, is read in both languages."""
    assert [s.relation for s in read(prompt).subjects] == [relation, ""]


@pytest.mark.parametrize("where", ["on a wooden table", "in a red box", "on a stone floor"])
@pytest.mark.parametrize("what", ["a pile of cash", "a stack of books", "three apples"])
def test_what_lies_on_something_is_painted_whatever_its_number(what: str, where: str) -> None:
    """A pile on a table takes no place of its own."""
    for seed in range(4):
        picture(f"{what} {where}", seed, 64, 64, 2)


def test_a_relation_ends_with_what_is_no_thing() -> None:
    """What is in the fog is not in what is named after the fog."""
    assert [s.relation for s in read("a lighthouse in the fog, two gulls").subjects] == ["", ""]
    assert picture("a ship in front of the city").reading["setting"] == "water"


def test_german_compounds_and_endings_are_taken_apart() -> None:
    """A compound of two known parts is read by them; one with an unknown head is unknown."""
    reading = read("Ein verschneiter Winterwald, im Hintergrund der Holzturm")
    assert reading.get("place") == ("forest",)
    assert "winter" in reading.get("light")
    assert [(s.drawing, s.material) for s in reading.subjects] == [("tower", "wood")]
    assert drawn("ein Buchhalter") == [("<buchhalter>", 1, ())]


def test_words_of_one_language_do_not_disturb_the_other() -> None:
    """'see' and 'hut' mean other things in German."""
    assert not read("we see the light").get("place")
    assert read("ein See im Wald").get("place") == ("lake", "forest")
    assert drawn("a hut in the field") == [("house", 1, ())]
    assert drawn("ein Baum und ein Hut") == [("tree", 1, ()), ("hat", 1, ())]


# People, and every other noun without a drawing ---------------------------------------------------

PEOPLE = {
    "en": "person human man woman child girl boy baby mother father grandmother uncle wife husband "
    "friend neighbour stranger king queen doctor nurse surgeon teacher farmer soldier baker cook "
    "cleaner pilot judge engineer artist beggar prisoner refugee migrant tourist athlete dancer "
    "Muslim Jew Christian Buddhist Turk Nigerian Brazilian lesbian transwoman boxer fisher "
    "firefighter drummer fortune-teller giant actor priest nun monk guard waiter",
    "de": "Mensch Mann Frau Kind Mädchen Junge Säugling Mutter Vater Großmutter Onkel Ehefrau "
    "Ehemann Freundin Nachbar Fremder König Königin Arzt Ärztin Krankenpfleger Chirurgin Lehrer "
    "Bäuerin Soldat Bäcker Köchin Reinigungskraft Pilotin Richter Ingenieurin Künstler Bettler "
    "Gefangene Geflüchtete Migrantin Matrose Tänzer Muslim Jüdin Christ Buddhistin Türke "
    "Nigerianerin Brasilianer Lesbe Boxer Fischer Schiffer Geiger Kutscher Flieger Glaser "
    "Bärtiger Feuerwehrmann "
    "Rollstuhlfahrerin Priester Nonne Mönch Kellner Chefin Putzfrau Schauspielerin",
}


@pytest.mark.parametrize("language", ["en", "de"])
def test_words_for_people_are_treated_like_any_unknown_noun(language: str) -> None:
    """None has a drawing, each is said to be unknown, and the picture's plan is the same."""
    words = PEOPLE[language].split()
    assert len(words) >= 50
    article = "a" if language == "en" else "eine"
    for frame in ("{} {}", "{} {} " + ("under a tree" if language == "en" else "unter einem Baum")):
        for word in words:
            found, other = (
                read(frame.format(article, word)),
                read(frame.format(article, "Glumbrax")),
            )
            assert found.unknown == (word.lower(),)
            assert found.words == other.words
            assert found.subjects[0] == replace(other.subjects[0], word=word.lower())
            assert found.subjects[1:] == other.subjects[1:]


def test_pictures_of_people_differ_by_their_letters_only() -> None:
    """With one seed, setting, light and palette of two words are the same."""
    one, two = (picture(f"a {word}", seed=4).reading for word in ("nurse", "surgeon"))
    for key in ("setting", "place", "light", "manner", "weather", "words"):
        assert one[key] == two[key]
    assert subjects(picture("a nurse", seed=4)) == [
        {"drawing": "form", "word": "nurse", "count": 1, "colours": []}
    ]


def test_no_data_file_has_a_word_for_people() -> None:
    """No list knows one, so that none can be treated in a way of its own."""
    for language, words in PEOPLE.items():
        known = index()[language]
        assert not [word for word in words.lower().split() if word in known]


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("a wheelchair user", ["user"]),
        ("a flower seller with a red cart", ["flower seller", "carriage"]),
        ("three piano teachers", ["piano teachers"]),
        ("a nurse carries a lamp", ["nurse", "lamp"]),
        ("an elderly man", ["man"]),
        ("the elderly", ["elderly"]),
        ("a Black", ["black"]),
        ("a Black and a White", ["black", "white"]),
        ("a Black sits under a tree", ["black", "tree"]),
        ("a black and white photo", []),
        ("a black flying bird", ["bird"]),
        ("Ein Schwarzer sitzt unter einem Baum", ["schwarzer", "tree"]),
        ("ein schwarzer, alter Hund", ["dog"]),
        ("the sound of a question", ["sound", "question"]),
        ("Eine Krankenpflegerin trägt einen Korb", ["krankenpflegerin", "bowl"]),
        ("Alte Menschen warten", ["menschen"]),
    ],
)
def test_a_noun_phrase_is_shown_by_its_head(prompt: str, words: list[str]) -> None:
    """A drawn noun before an undrawn one describes it; verbs are no nouns."""
    assert [s.drawing or s.word for s in read(prompt).subjects] == words


def test_unknown_words_that_look_alike_give_forms_that_look_alike() -> None:
    """A form depends on the letters alone."""
    near = distance(picture("justice", seed=2), picture("justices", seed=2))
    far = distance(picture("justice", seed=2), picture("glumbrax", seed=2))
    assert 0.0 < near < far


def test_the_method_says_what_was_not_understood() -> None:
    """The record names the unknown words and the forms in a sentence."""
    method = picture("a nurse beside a quizzical house").method
    assert "no learned model" in method
    assert "nurse, quizzical" in method
    assert "grown from their letters: nurse" in method


# Drawings -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(drawings()))
def test_every_drawing_is_complete_and_draws_its_form(name: str) -> None:
    """A file has words in both languages, known colours, and covers a part of an empty ground."""
    drawing = drawings()[name]
    assert set(drawing.words) == {"en", "de"}
    assert all(word for words in drawing.words.values() for word in words)
    assert drawing.home in HOMES
    assert all(colour in colours() for colour in (*drawing.main, *drawing.second))
    easel = Easel.blank(120, 120, day(), (-0.7, -0.7), 1, 0.003)
    before = easel.rgb.copy()
    tints = lch(0.55, 0.2, 27), lch(0.85, 0.15, 95), lch(0.4, 0.15, 260)
    drawing.draw(easel, Pose(0.5, 0.8, min(0.6, 0.9 / drawing.wide)), tints)
    changed = np.abs(easel.rgb - before).max(axis=0) > 0.1
    assert changed.mean() > 0.004
    assert changed[12:108, 24:96].any()
    assert easel.rgb.dtype == np.float32


def test_no_word_has_two_drawings() -> None:
    """A noun is one thing."""
    for language in ("en", "de"):
        words = [w for d in drawings().values() for w in d.words[language]]
        assert len(words) == len(set(words)) == len(nouns(language))


def test_a_drawing_from_a_vector_editor_is_read() -> None:
    """Groups, styles, relative and smooth curves are understood."""
    drawing = Drawing(
        "test",
        b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"
        data-height="1" data-home="table"><title xml:lang="en">test, trial</title>
        <g class="main">
          <path style="fill:#ff0000;opacity:.5" d="m0 0h10v5c1 1 2 2 3 3s1 1 2 2z"/>
        </g>
        <rect x="8" y="0" width="4" height="10" transform="rotate(90 10 5)"/></svg>""",
    )
    path, rect = drawing.marks
    assert drawing.words == {"en": ("test", "trial")}
    assert path.words == {"main"}
    assert path.fill == from_hex("#ff0000")
    assert path.opacity == 0.5
    assert path.loops[0][0] == ((-1.0, -1.0),)
    assert rect.turn == 0.25
    assert rect.loops[0][0] == ((0.0, -0.5),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"<svg", "cannot be read"),
        (b"<svg viewBox='0 0 1 1' data-height='1' data-home='moon'/>", "data-home"),
        (b"<svg data-height='1' data-home='land'/>", "viewBox"),
    ],
)
def test_a_broken_drawing_is_named(text: bytes, message: str) -> None:
    """The message names the file and what it must have."""
    with pytest.raises(ValueError, match=message):
        Drawing("broken", text)


# The record ---------------------------------------------------------------------------------------


def test_the_reading_is_plain_json_and_says_what_was_decided() -> None:
    """The record gets words, setting, light and medium."""
    found = picture("a lighthouse at night, woodcut").reading
    again = json.loads(json.dumps(found))
    assert again == found
    assert (found["light"], found["manner"], found["setting"]) == ("night", "woodcut", "water")


@pytest.mark.parametrize(
    ("words", "manner"),
    [
        ("Aquarell", "watercolour"), ("pixel art", "pixel"), ("Jugendstil", "artnouveau"),
        ("Bauhaus", "bauhaus"), ("photograph from the 1870s", "photo1870"),
        ("1970er Farbfilm", "photo1970"), ("technische Zeichnung", "blueprint"),
        ("charcoal drawing", "charcoal"), ("oil painting in the style of cubism", "cubism"),
        ("Renaissance", "renaissance"), ("pop art", "popart"), ("Tuschezeichnung", "ink"),
    ],
)  # fmt: skip
def test_manners_are_recognised(words: str, manner: str) -> None:
    """A technique's name in either language chooses its manner."""
    assert picture(f"a cat, {words}", width=64, height=64, steps=1).reading["manner"] == manner


# Range and robustness -----------------------------------------------------------------------------


@pytest.mark.parametrize("manner", sorted(manners()))
def test_every_manner_paints_a_picture_of_its_own(manner: str) -> None:
    """Each manner is found by its words, is no blank, and differs from plain oil."""
    for language in ("en", "de"):
        word = table("manners")[manner][language].split(",")[0]
        fox = "a fox and a tree" if language == "en" else "ein Fuchs und ein Baum"
        made = picture(f"{fox}, {word}", width=96, height=96)
        assert made.reading["manner"] == manner
        assert made.pixels.astype(int).std() > 12
        if manner != "oil":
            assert distance(made, picture(fox, width=96, height=96)) > 2.0


@pytest.mark.parametrize(
    ("width", "height"), [(64, 64), (64, 1024), (1024, 64), (65, 97), (1600, 1200), (4096, 64)]
)
def test_any_size_in_range_works(width: int, height: int) -> None:
    """The pixels have exactly the size that was asked for, and are no blank."""
    made = paint("a tree by a river", seed=1, width=width, height=height, steps=3)
    assert made.pixels.shape == (height, width, 3)
    assert made.pixels.dtype == np.uint8
    assert made.pixels.std() > 10


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 60, 150])
def test_any_number_of_steps_works(steps: int) -> None:
    """Each step is announced once, in order."""
    seen: list[tuple[int, int]] = []
    paint("a boat", seed=1, width=64, height=64, steps=steps,
          on_step=lambda step, total, _: seen.append((step, total)))  # fmt: skip
    assert seen == [(n, steps) for n in range(1, steps + 1)]


def test_previews_are_small_pictures_that_grow_clearer() -> None:
    """A preview decodes as JPEG, keeps the shape and approaches the result."""
    previews: list[bytes] = []

    def keep(_step: int, _total: int, preview: Callable[[], bytes]) -> None:
        previews.append(preview())

    made = paint("a red house", seed=1, width=512, height=256, steps=10, on_step=keep)
    opened = [np.asarray(Image.open(io.BytesIO(data)).convert("RGB")) for data in previews]
    assert all(Image.open(io.BytesIO(data)).format == "JPEG" for data in previews)
    assert all(len(data) < 60_000 for data in previews)
    assert opened[0].shape == (128, 256, 3)
    small = made.pixels[::2, ::2].astype(int)
    assert np.abs(opened[-1] - small).mean() < np.abs(opened[0] - small).mean()


def test_a_step_may_cancel_by_raising() -> None:
    """What on_step raises comes out, and no further step is painted."""

    class EnoughError(Exception):
        pass

    steps: list[int] = []

    def stop(step: int, _total: int, _preview: Callable[[], bytes]) -> None:
        steps.append(step)
        if step == 3:
            raise EnoughError

    with pytest.raises(EnoughError):
        paint("a house", seed=1, width=64, height=64, steps=20, on_step=stop)
    assert steps == [1, 2, 3]


@pytest.mark.parametrize(
    "prompt",
    ["", "   \n", "🐱🌧️🏠", "a" * 50_000, "red boat " * 5_000, "\x00\ud800", "<b>&amp;</b>", "1234",
     "日本の風景", "the of and"],
)  # fmt: skip
def test_any_text_makes_a_picture(prompt: str) -> None:
    """Empty, huge, foreign or broken text is painted, in bounded time and with bounded records."""
    made = paint(prompt, seed=1, width=64, height=64, steps=2)
    assert made.pixels.std() > 5
    assert len(json.dumps(made.reading)) < 70_000


def test_words_beyond_the_bound_are_counted() -> None:
    """A text that is too long says how much of it was not read."""
    assert read("wort " * 1000).unread == 600


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=200), st.integers(-(2**70), 2**70), st.text(max_size=40))
def test_no_text_and_no_seed_breaks_it(prompt: str, seed: int, second: str) -> None:
    """Whatever is asked for, there is a picture."""
    made = paint(prompt, seed=seed, width=64, height=64, steps=1, second_text=second)
    assert made.pixels.shape == (64, 64, 3)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_reading_any_text_gives_a_bounded_reading(prompt: str) -> None:
    """Reading never fails."""
    reading = read(prompt)
    assert isinstance(reading, Reading)
    assert all(isinstance(subject, Subject) for subject in reading.subjects)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": 63}, "width is 63"),
        ({"height": 4097}, "height is 4097"),
        ({"steps": 0}, "steps is 0"),
        ({"steps": 151}, "steps is 151"),
        ({"cfg": -1.0}, "cfg is -1.0"),
        ({"cfg": float("nan")}, "cfg is nan"),
    ],
)
def test_numbers_out_of_range_are_refused(change: dict[str, float], message: str) -> None:
    """The message names the value and what is possible."""
    arguments: dict[str, float] = {"seed": 1, "width": 64, "height": 64, "steps": 1}
    with pytest.raises(ValueError, match=message):
        paint("x", **(arguments | change))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "image",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3), np.float32)],
)
def test_a_start_image_of_another_kind_is_refused(image: Pixels) -> None:
    """Only uint8 RGB is taken."""
    with pytest.raises(ValueError, match="start image must be uint8"):
        paint("x", seed=1, width=64, height=64, start_image=image)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (700, 2), (2000, 1500)])
def test_a_start_image_of_any_size_is_taken(shape: tuple[int, int]) -> None:
    """One pixel or millions: the picture has the size that was asked for."""
    image = np.full((*shape, 3), 120, np.uint8)
    made = paint("a cat", seed=1, width=96, height=64, steps=2, start_image=image)
    assert made.pixels.shape == (64, 96, 3)


def test_a_png_holds_exactly_the_pixels() -> None:
    """The PNG file loses nothing."""
    made = picture("a lake", width=70, height=64)
    opened = Image.open(io.BytesIO(made.png()))
    assert opened.format == "PNG"
    assert np.array_equal(np.asarray(opened.convert("RGB")), made.pixels)


def test_named_colours_come_out_as_known() -> None:
    """The way from OKLab to sRGB agrees with the published values of sRGB's primaries."""
    assert rgb(lch(0.6279, 0.2577, 29.23)) == pytest.approx((1.0, 0.0, 0.0), abs=0.01)
    assert rgb((1.0, 0.0, 0.0)) == pytest.approx((1.0, 1.0, 1.0), abs=0.002)
    assert rgb((0.0, 0.0, 0.0)) == pytest.approx((0.0, 0.0, 0.0), abs=0.002)
    for text in ("#000000", "#ffffff", "#3366cc", "#c0392b"):
        back = [round(value * 255.0) for value in rgb(from_hex(text))]
        assert back == pytest.approx([int(text[i : i + 2], 16) for i in (1, 3, 5)], abs=1)


def test_memory_of_a_huge_picture_is_bounded() -> None:
    """The largest picture needs a bounded working size: its strokes are painted smaller."""
    from canvas_kit.backends.embedded.sketch.painting import _WORK_AREA, _fit

    for height, width in ((4096, 4096), (64, 4096), (4096, 100), (1024, 1024)):
        rows, columns = _fit(height, width, _WORK_AREA)
        assert rows * columns <= _WORK_AREA
        assert abs(rows / columns - height / width) < 0.02 * height / width
