"""A caption says what tells a picture from the others that are shown with it."""

from __future__ import annotations

from itertools import product

from canvas_kit.workbench.captions import captions

MARKET = "A quiet market in the old harbour town, lanterns over the water, painted at"


def test_what_is_short_stands_before_long_texts_and_these_begin_where_they_differ() -> None:
    """Two long prompts in two presets with two seeds: eight lines, each another."""
    prompts = [f"{MARKET} dawn in soft rain", f"{MARKET} night under the full moon"]
    rows = list(product(prompts, ["bauhaus", "overdrive"], ["seed 1", "seed 2"]))
    prompt, preset, seed = zip(*rows, strict=True)
    same = ["sdxl"] * len(rows)
    assert captions([prompt, preset, same], [prompt, preset, same, seed]) == [
        "bauhaus · seed 1 · …dawn in soft rain",
        "bauhaus · seed 2 · …dawn in soft rain",
        "overdrive · seed 1 · …dawn in soft rain",
        "overdrive · seed 2 · …dawn in soft rain",
        "bauhaus · seed 1 · …night under the full moon",
        "bauhaus · seed 2 · …night under the full moon",
        "overdrive · seed 1 · …night under the full moon",
        "overdrive · seed 2 · …night under the full moon",
    ]


def test_a_prompt_of_a_few_words_gives_room_to_a_level_too() -> None:
    prompts = ["A weekly market at dawn", "A weekly market at night"] * 2
    presets = ["renaissance"] * 2 + ["bauhaus"] * 2
    assert captions([prompts, presets], [prompts]) == [
        "renaissance · …dawn", "renaissance · …night", "bauhaus · …dawn", "bauhaus · …night",
    ]  # fmt: skip


def test_texts_that_differ_in_two_places_show_both() -> None:
    hall = "standing in the market hall of the old town, painted"
    texts = [
        f"{who} {hall} {when}" for who in ("A doctor", "A nurse") for when in ("early", "late")
    ]
    assert captions([], [texts]) == [
        "A doctor standi… early", "A doctor standi… late",
        "A nurse standin… early", "A nurse standin… late",
    ]  # fmt: skip
    assert captions([], [[MARKET, f"{MARKET} night"]]) == ["…painted at", "…night"]


def test_more_is_told_only_of_pictures_that_are_alike_otherwise() -> None:
    """A prompt of its own needs no seed beside it; where nothing differs the prompt stands."""
    prompts = ["a cat", "a boat", "a boat", "a tree", "a tree"]
    presets = ["bauhaus", "bauhaus", "bauhaus", "", "bauhaus"]
    seeds = ["seed 1", "seed 2", "seed 3", "seed 4", "seed 4"]
    assert captions([], [prompts, presets, seeds]) == [
        "a cat", "a boat · seed 2", "a boat · seed 3", "a tree", "a tree · bauhaus",
    ]  # fmt: skip
    assert captions([["x", "x"]], [["a cat", "a cat"], ["1", "1"]]) == ["a cat", "a cat"]
    assert captions([], [[], []]) == []


def test_texts_without_spaces_are_cut_too() -> None:
    """Chinese and Japanese are written so."""
    begin = "一只猫坐在一个古老的市场里面灯笼在水面上灯笼在水面上灯笼在水面上"
    first, second = captions([], [[f"{begin}黎明", f"{begin}夜里"]])
    assert (first[0], second[0]) == ("…", "…")
    assert (first[-2:], second[-2:]) == ("黎明", "夜里")
