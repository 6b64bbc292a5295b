"""Effects: paired within the seed, clustered by prompt, and honest about what is missing."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from canvas_kit import Batch, Run
from canvas_kit.analysis import effects as module
from canvas_kit.analysis.effects import Effect
from canvas_kit.analysis.intervals import mean_interval
from canvas_kit.errors import BatchError, UnknownName
from tests.views.page import Page

PERCENT = 100 / 255


def effect_of_rows(rows: list[dict[str, Any]], factor: str, by: str | None = None) -> Effect:
    """An effect on the column ``y`` of rows that were made up."""
    keys = [key for key in rows[0] if key not in ("seed", "y", "status", "refused")]
    others = [key for key in keys if key != factor]
    values = [row["y"] for row in rows]
    study = module._Study(factor, by, others, rows, values)
    found = study.contrasts()
    return Effect(factor, "y", by or "", study.unit, study.prompts, found, study.outcomes())


def made_up(
    prompts: int, seeds: int, draw: np.random.Generator, *, spread: float = 0.5, noise: float = 0.7
) -> list[dict[str, Any]]:
    """A control and a treatment with a difference of 1 on average, other for every prompt."""
    rows = []
    for prompt in range(prompts):
        own = draw.normal(0, spread)
        for seed in range(seeds):
            level = draw.normal(0, 3)  # the seed's own, the same for both: pairing takes it away
            for how in ("control", "treated"):
                value = level + (1 + own) * (how == "treated") + draw.normal(0, noise / 2**0.5)
                rows.append(
                    {
                        "prompt.text": f"p{prompt}",
                        "how": how,
                        "seed": seed,
                        "y": float(value),
                        "status": "completed",
                        "refused": False,
                    }
                )
    return rows


def test_a_difference_is_taken_within_the_seed(study: Batch) -> None:
    """The seeds differ in lightness by 10 levels, the words by 20: exactly 20 is told."""
    found = study.effect("prompt.text", "light", by="how")
    first, second, change = found.contrasts
    assert first.difference.estimate == pytest.approx(20 * PERCENT)
    assert first.difference.high - first.difference.low == pytest.approx(0, abs=1e-9)
    assert (first.pairs, first.difference.units) == (3, 3)
    assert first.label == "a nurse − a doctor, at (without)"
    assert second.difference.estimate == pytest.approx(30 * PERCENT)
    assert second.pairs == 2  # one of the three was refused
    assert change.difference.estimate == pytest.approx(10 * PERCENT)
    assert change.label == "change of that from (without) to bauhaus"


def test_below_five_prompts_it_is_about_these_only(study: Batch) -> None:
    """The note says so, names the unit, and tells of the refused point as a proportion."""
    found = study.effect("how", "light")
    assert found.unit == "seed"
    assert "About these 2 prompts only" in found.notes[0]
    assert found.notes[1] == "bauhaus: 1 of 6 have no value (1 refused): 17 % [3, 56]."
    (contrast,) = found.contrasts
    assert (contrast.pairs, contrast.difference.units) == (5, 3)
    text = str(found)
    assert "units" in text
    assert "bauhaus − (without)" in text


def test_a_refusal_is_an_outcome(study: Batch) -> None:
    """Whether it was refused can be asked for like any measure, with Wilson's limits."""
    found = study.effect("how", "refused")
    outcomes = {item.level: item.mean for item in found.outcomes}
    assert (outcomes["(without)"].estimate, outcomes["bauhaus"].estimate) == (0, 1 / 6)
    assert outcomes["bauhaus"].high == pytest.approx(0.5635, abs=1e-3)
    assert found.contrasts[0].pairs == 6


def test_any_function_of_a_run_is_a_measure(study: Batch) -> None:
    """Named by the function; what it has no answer to is missing."""

    def letters(run: Run) -> float | None:
        return float(len(run.texts[-1].text)) if run.images else None

    found = study.effect("how", letters)
    assert found.measure == "letters"
    assert found.contrasts[0].difference.estimate == len(". bauhaus")
    assert found.contrasts[0].pairs == 5


def test_from_five_prompts_on_a_prompt_is_a_unit() -> None:
    """Twenty seeds of five prompts are five units, and the interval holds in 95 % of studies."""
    draw = np.random.default_rng(11)
    held = {"clustered": 0, "pairs": 0}
    for _ in range(250):
        rows = made_up(5, 20, draw)
        found = effect_of_rows(rows, "how")
        assert (found.unit, found.contrasts[0].difference.units) == ("prompt", 5)
        limits = found.contrasts[0].difference
        held["clustered"] += limits.low <= 1 <= limits.high
        pairs = [b["y"] - a["y"] for a, b in zip(rows[::2], rows[1::2], strict=True)]
        naive = mean_interval(pairs)
        held["pairs"] += naive.low <= 1 <= naive.high
    assert held["clustered"] / 250 >= 0.91
    assert held["pairs"] / 250 < 0.75


def test_with_few_prompts_the_seeds_hold_for_these_prompts() -> None:
    """Two prompts that are given, ten seeds: the mean over these two is within the limits."""
    draw, held = np.random.default_rng(5), 0
    for _ in range(250):
        found = effect_of_rows(made_up(2, 10, draw, spread=0.0), "how")
        assert (found.unit, found.contrasts[0].difference.units) == ("seed", 10)
        limits = found.contrasts[0].difference
        held += limits.low <= 1 <= limits.high
    assert 0.91 <= held / 250 <= 0.985


def test_several_contrasts_are_corrected_together() -> None:
    """Every p beside its corrected one, which is never smaller."""
    rows = made_up(2, 8, np.random.default_rng(1))
    more = [row | {"how": "other", "y": row["y"] + 0.1} for row in rows if row["how"] == "treated"]
    found = effect_of_rows([*rows, *more], "how")
    assert len(found.contrasts) == 2
    assert all(item.p_holm >= item.difference.p for item in found.contrasts)
    assert found.contrasts[1].p_holm == pytest.approx(
        max(item.difference.p for item in found.contrasts)
        if found.contrasts[1].difference.p > found.contrasts[0].difference.p
        else 2 * found.contrasts[1].difference.p
    )
    table = found.to_rows()
    assert [row["level"] for row in table] == ["treated", "other"]
    assert {row["unit"] for row in table} == {"seed"}
    assert not any(math.isnan(row["p_holm"]) for row in table)


def test_an_incomplete_batch_gives_figures_only_when_asked(study: Batch) -> None:
    """Else it says how many points are missing."""
    some = replace(study, runs=study.runs[:-1])
    with pytest.raises(BatchError, match="1 of 12 points are not made yet"):
        some.effect("how", "light")
    found = some.effect("how", "light", incomplete=True)
    assert any("these figures change" in note for note in found.notes)


def test_seeds_that_are_not_paired_are_refused(study: Batch) -> None:
    """With what to do about it."""
    runs = tuple(replace(run, seed=run.index) for run in study.runs)
    with pytest.raises(BatchError, match="Give every level the same seeds"):
        replace(study, folder=None, runs=runs).effect("how", "light")


def test_names_that_are_not_there_are_told_with_the_nearest(study: Batch) -> None:
    """Of factors and of measures."""
    with pytest.raises(UnknownName, match=r"Did you mean 'prompt\.text'"):
        study.effect("prompt.txt", "light")
    with pytest.raises(UnknownName, match=r"image\.light"):
        study.effect("how", "image.lihgt")
    with pytest.raises(BatchError, match="should be numbers"):
        study.effect("how", "prompt.text")
    with pytest.raises(BatchError, match="taken apart by itself"):
        study.effect("how", "light", by="how")


def test_an_effect_is_shown_as_a_table(study: Batch) -> None:
    """A line a contrast; notes beneath."""
    found = study.effect("prompt.text", "light", by="how")
    page = Page(found._repr_mimebundle_()["text/html"])
    assert len(page.all("tr")) == 4
    assert "95 % (bootstrap)" in page.text
    assert "About these 2 prompts only" in page.text
