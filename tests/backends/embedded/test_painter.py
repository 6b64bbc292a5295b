"""The embedded image model: what it promises about its pictures."""

from __future__ import annotations

import colorsys
import hashlib
import inspect
import io
import json
import sys
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from canvas_kit.backends.embedded.painter import Painting, encode_png, paint
from canvas_kit.backends.embedded.painter.easel import Easel
from canvas_kit.backends.embedded.painter.exact import Chance, arctangent, cosine, noise, sine, wave
from canvas_kit.backends.embedded.painter.media import MEDIA
from canvas_kit.backends.embedded.painter.motifs import Look, motif, names
from canvas_kit.backends.embedded.painter.palette import LIGHTS, lch, rgb, scheme
from canvas_kit.backends.embedded.painter.shapes import Frame
from canvas_kit.backends.embedded.painter.words import Reading, embed, read

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
        "be8a872384c5bce48188e16a2cafd708",
    ),
    ("a red boat on a lake at sunset", 123456789, 512, 320, 25, "60f42a650252000903b086c4abeb48bf"),
    ("", 0, 64, 64, 1, "62807bd592ae431442fcc88b6fa9c69d"),
    (
        "portrait of a woman with a red hat, woodcut",
        7,
        200,
        300,
        10,
        "4ceb052ac57a49e9dd188f49fe6e9360",
    ),
    ("three cats on a blue sofa, Aquarell", 3, 320, 240, 150, "ebf920cf3e684675b0cda0bc9827213b"),
    ("Bauhaus poster of a teapot", 9, 96, 96, 5, "8d198a825c8fb86a46c0ddec88cc7aec"),
    ("a whale and an octopus, stained glass", 11, 128, 512, 8, "25fd3aecf1e3a3735b792516cefc45fb"),
    (
        "photograph of a city at night in the snow, 1870s",
        9007199254740991,
        256,
        256,
        12,
        "da9fa67e134d33f702d45516be1183c6",
    ),
    ("glumbrax 'HELLO' on a wall, cubism", -5, 160, 160, 6, "820e4bc045fb19c1364e50d861625977"),
    ("a castle in the mountains, storm", 4, 1700, 1100, 4, "a2ef3e27c71ff3c0ec84f3039f09e9ce"),
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
    """No module of the painter calls what rounds differently from one library to the next."""
    forbidden = ("np.sin", "np.cos", "np.exp", "np.tanh", "np.power", "np.hypot", "np.dot",
                 "np.matmul", "np.einsum", "np.interp", "np.log", "np.arctan", "math.sin",
                 "math.cos", "math.exp", "math.pow", "math.log", "math.hypot", "math.atan",
                 "default_rng", "np.random.rand", " @ ", "np.linspace")  # fmt: skip
    modules = [m for name, m in sys.modules.items() if ".embedded.painter" in name]
    assert len(modules) > 30
    for module in modules:
        source = inspect.getsource(module)
        assert not [word for word in forbidden if word in source], module.__name__


def test_planes_stay_float32() -> None:
    """No plane grows to float64 on the way, which would round differently and cost double."""
    assert wave(np.zeros((2, 2), np.float32) + 0.3).dtype == np.float32
    assert noise(Chance("x"), 20, 30, 3.0, octaves=3).dtype == np.float32
    assert arctangent(np.ones(3, np.float32), np.ones(3, np.float32)).dtype == np.float32


def test_sine_and_arctangent_are_close_to_the_real_ones() -> None:
    """The approximations are good enough to draw with."""
    turns = np.arange(-40, 40, dtype=np.float32) / 16
    assert np.abs(wave(turns) - np.sin(turns * 2 * np.pi)).max() < 1e-4
    assert abs(sine(1 / 12) - 0.5) < 1e-5
    assert abs(cosine(0.5) + 1.0) < 1e-5
    angles = np.arange(-49, 50, dtype=np.float32) / 100
    found = arctangent(wave(angles), wave(angles + 0.25))
    assert np.abs(found - angles).max() < 2e-3


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


def test_word_vectors_of_similar_prompts_point_the_same_way() -> None:
    """The vector that turns weights and palette is shared with the words."""

    def along(a: tuple[float, ...], b: tuple[float, ...]) -> float:
        dot = sum(x * y for x, y in zip(a, b, strict=True))
        return float(dot / (sum(x * x for x in a) * sum(x * x for x in b)) ** 0.5)

    one = read("a red boat on a lake").vector
    assert along(one, read("a red boat on a big lake").vector) > 0.8
    assert along(one, read("Roboter lesen Zeitung").vector) < 0.6
    assert embed([]) == (0.0,) * 12


def test_what_is_negative_is_left_out() -> None:
    """The second text removes a motif and a colour."""
    with_boat = picture("a lake with a red boat", seed=3)
    without = picture("a lake with a red boat", seed=3, second_text="boat")
    assert [s["motif"] for s in subjects(with_boat)] == ["boat"]
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
    assert [s.motif for s in read("Ein Leuchtturm am Meer, ohne Menschen").subjects] == [
        "lighthouse"
    ]


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
    ("prompt", "motifs"),
    [
        ("three cats on a blue sofa", [("cat", 3, ()), ("sofa", 1, ("blue",))]),
        ("ein roter Hund und eine schwarze Katze", [("dog", 1, ("red",)), ("cat", 1, ("black",))]),
        ("the house is green", [("house", 1, ("green",))]),
        ("Zwei alte Männer auf einer Bank", [("man", 2, ()), ("bench", 1, ())]),
        ("a red pickup truck", [("truck", 1, ("red",))]),
        ("a robot reading", [("robot", 1, ())]),
        ("Ein Roboter liest ein Buch", [("robot", 1, ()), ("book", 1, ())]),
        ("eine Frau verkauft Granatäpfel", [("woman", 1, ()), ("pomegranate", 3, ())]),
        ("an orange", [("orangefruit", 1, ("orange",))]),
        ("a red rose", [("flower", 1, ("red",))]),
    ],
)
def test_nouns_counts_and_colours_are_bound(
    prompt: str, motifs: list[tuple[str, int, tuple[str, ...]]]
) -> None:
    """Counts and colours go to the noun they belong to, in English and German."""
    assert [(s.motif, s.count, s.colours) for s in read(prompt).subjects] == motifs


def test_german_compounds_and_endings_are_taken_apart() -> None:
    """A compound is read by its parts."""
    reading = read("Ein verschneiter Winterwald, im Hintergrund der Fernsehturm")
    assert reading.has("place", "forest")
    assert reading.has("light", "winter")
    assert [s.motif for s in reading.subjects] == ["tower"]


def test_words_of_one_language_do_not_disturb_the_other() -> None:
    """'see', 'die' and 'hut' mean other things in German."""
    assert not read("we see the light").get("place")
    assert read("ein See im Wald").has("place", "lake")
    assert [s.motif for s in read("a hut in the field").subjects] == ["house"]
    assert [s.motif for s in read("ein Mann und ein Hut").subjects] == ["man", "hat"]


def test_what_people_wear_and_hold_is_theirs() -> None:
    """A red hat on a woman is not a hat lying beside her."""
    assert read("a woman with a red hat").subjects[0].wears == (("hat", "red"),)
    assert read("a cat wearing a blue hat").subjects[0].wears == (("hat", "blue"),)


def test_quoted_words_are_written() -> None:
    """Words in quotation marks reach the picture as writing."""
    painting = picture("the words 'KEEP OFF' on a brick wall", width=192)
    assert painting.reading["written"] == ["KEEP OFF"]
    assert distance(painting, picture("the words 'NO ENTRY' on a brick wall", width=192)) > 0.5


def test_the_reading_is_plain_json_and_says_what_was_decided() -> None:
    """The record gets words, setting, light and medium."""
    found = picture("a lighthouse at night, woodcut").reading
    again = json.loads(json.dumps(found))
    assert again == found
    assert (found["light"], found["medium"], found["setting"]) == ("night", "woodcut", "water")


@pytest.mark.parametrize(
    ("words", "medium"),
    [
        ("Aquarell", "watercolour"), ("pixel art", "pixel"), ("Jugendstil", "artnouveau"),
        ("Bauhaus", "bauhaus"), ("photograph from the 1870s", "photo1870"),
        ("1970er Farbfilm", "photo1970"), ("technische Zeichnung", "blueprint"),
        ("charcoal drawing", "charcoal"), ("oil painting in the style of cubism", "cubism"),
        ("Renaissance", "renaissance"), ("pop art", "popart"), ("Tuschezeichnung", "ink"),
    ],
)  # fmt: skip
def test_techniques_are_recognised(words: str, medium: str) -> None:
    """A technique's name in either language chooses its manner."""
    assert picture(f"a cat, {words}", width=64, height=64, steps=1).reading["medium"] == medium


# Range and robustness -----------------------------------------------------------------------------


@pytest.mark.parametrize("medium", sorted(MEDIA))
def test_every_technique_paints_a_picture_of_its_own(medium: str) -> None:
    """Each manner works, is no blank, and differs from plain oil."""
    known = {"photo1870": "1870s", "photo1970": "1970s", "popart": "pop art", "pixel": "pixel art",
             "artnouveau": "art nouveau", "ukiyoe": "ukiyo-e", "stainedglass": "stained glass",
             "charcoal": "charcoal drawing", "pastel": "chalk"}  # fmt: skip
    made = picture(f"a fox in a forest, {known.get(medium, medium)}", width=96, height=96)
    assert made.reading["medium"] == medium
    assert made.pixels.astype(int).std() > 12
    if medium != "oil":
        assert distance(made, picture("a fox in a forest", width=96, height=96)) > 2.0


@pytest.mark.parametrize("name", names())
def test_every_motif_draws_its_form(name: str) -> None:
    """Each motif covers a part of an empty ground, about where its frame stands."""
    palette = scheme("day", 0)
    easel = Easel.blank(120, 120, palette, (-0.7, -0.7), 1, 0.003)
    before = easel.rgb.copy()
    look = Look(
        lch(0.55, 0.2, 27), lch(0.85, 0.15, 95), lch(0.4, 0.15, 260), Chance(name), {}, name
    )
    motif(name).draw(easel, Frame(0.5, 0.8, 0.6), look)
    changed = np.abs(easel.rgb - before).max(axis=0) > 0.15
    assert 0.004 < changed.mean() < 0.98
    assert changed[12:108, 24:96].any()
    assert easel.rgb.dtype == np.float32


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
    """Reading never fails, and its vector stays small."""
    reading = read(prompt)
    assert isinstance(reading, Reading)
    assert all(abs(value) < 40 for value in reading.vector)


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
    """encode_png loses nothing."""
    made = picture("a lake", width=70, height=64)
    opened = Image.open(io.BytesIO(encode_png(made.pixels)))
    assert opened.format == "PNG"
    assert np.array_equal(np.asarray(opened.convert("RGB")), made.pixels)


def test_named_colours_come_out_as_known() -> None:
    """The way from OKLab to sRGB agrees with the published values of sRGB's primaries."""
    assert rgb(lch(0.6279, 0.2577, 29.23)) == pytest.approx((1.0, 0.0, 0.0), abs=0.01)
    assert rgb((1.0, 0.0, 0.0)) == pytest.approx((1.0, 1.0, 1.0), abs=0.002)
    assert rgb((0.0, 0.0, 0.0)) == pytest.approx((0.0, 0.0, 0.0), abs=0.002)
    for light in LIGHTS:
        assert all(0.0 <= value <= 1.0 for value in rgb(scheme(light, 0).sky))


def test_memory_of_a_huge_picture_is_bounded() -> None:
    """The largest picture needs a bounded working size: its strokes are painted smaller."""
    from canvas_kit.backends.embedded.painter.paint import _WORK_AREA, _fit

    for height, width in ((4096, 4096), (64, 4096), (4096, 100), (1024, 1024)):
        rows, columns = _fit(height, width, _WORK_AREA)
        assert rows * columns <= _WORK_AREA
        assert abs(rows / columns - height / width) < 0.02 * height / width


def test_unknown_motifs_fall_back_to_the_free_form() -> None:
    """A motif's name that does not exist is drawn as a form rather than failing."""
    assert motif("no such thing") is motif("form")
