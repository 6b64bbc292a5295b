"""What a canvas that is made ready says of itself before anything runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from canvas_kit import (
    Canvas,
    CanvasError,
    Engine,
    Evaluation,
    Generation,
    ImageEvaluation,
    Input,
    Interception,
    Seed,
    Settings,
)
from canvas_kit.backends.scripted import plain_png
from canvas_kit.nodes.inputs import ImageInput

REMOTE: dict[str, Any] = {
    "openai": {"address": "https://api.openai.com/v1"},
    "shed": {"kind": "a1111", "address": "http://192.168.3.4:7860"},
    "ollama": {},
}


def engine(tmp_path: Path, **more: Any) -> Engine:
    return Engine(Settings.load(exports=tmp_path, backends=REMOTE, **more))


def test_the_hosts_are_named_that_words_and_pictures_go_to(tmp_path: Path) -> None:
    """Each with the nodes that send them; what stays here is left out."""
    judge = Evaluation("quality", model="openai/gpt-4o", id="judge")
    canvas = Canvas(
        Input("x") >> Interception("bauhaus", model="openai/gpt-4o", id="write"),
        Input("y") >> Interception("bauhaus", model="ollama/small", id="at home"),
        Input("z") >> Generation("shed/any", id="draw") >> judge,
        Input("t") >> Evaluation("quality", model="openai/gpt-4o", id="reader"),
        judge.passed >> ImageEvaluation(model="openai/gpt-4o", id="viewer"),
    )
    with engine(tmp_path) as open_engine:
        told = open_engine.prepare(canvas).destinations()
    assert told == (
        "Words go to api.openai.com (write, judge, reader, viewer), 192.168.3.4 (draw). "
        "Pictures go to api.openai.com (judge, viewer)."
    )


def test_a_canvas_of_which_nothing_leaves_says_so(tmp_path: Path) -> None:
    """The built-in models and servers on this machine."""
    picture = ImageInput(plain_png(8, 8))
    canvas = Canvas(
        Input("x") >> Interception("bauhaus", model="ollama/small") >> Generation(),
        picture >> ImageEvaluation(),
    )
    with engine(tmp_path) as open_engine:
        plan = open_engine.prepare(canvas)
    assert plan.destinations() == "Words and pictures stay on this machine."


@pytest.mark.parametrize("model", ["ollama/gpt-oss:120b-cloud", "ollama/kimi:cloud", "ollama"])
def test_a_model_in_ollamas_cloud_is_no_local_one(tmp_path: Path, model: str) -> None:
    """The check names where its words go, and ``local_only`` refuses it before anything runs."""
    canvas = Input("x") >> Interception("bauhaus", model=model, id="write")
    sections = {"ollama": {"default_model": "deepseek:671b-cloud"}}
    settings = Settings.load(exports=tmp_path, backends=sections)
    with Engine(settings) as open_engine:
        told = open_engine.prepare(canvas).destinations()
    assert told == "Words go to ollama.com (write)."
    strict = settings.model_copy(update={"local_only": True})
    with Engine(strict) as open_engine, pytest.raises(CanvasError, match=r"cloud.*local_only"):
        open_engine.prepare(canvas)


def test_a_seed_in_a_feedback_loop_that_changes_no_words_is_warned_of(tmp_path: Path) -> None:
    """Each round would make, and pay for, the same picture."""
    draw, judge = Generation(id="draw"), Evaluation("quality", id="judge")
    same = Canvas(Input("x") >> draw >> judge, Seed(7) >> draw, judge.failed >> draw)
    write = Interception("bauhaus", id="write")
    anew = Canvas(Input("x") >> write >> draw >> judge, Seed(7) >> draw, judge.failed >> write)
    without = Canvas(Input("x") >> draw >> judge, judge.failed >> draw)
    with engine(tmp_path) as open_engine:
        ((warning,),) = open_engine.prepare(same).warnings.values()
        assert "same picture up to 3 times more" in warning
        assert not open_engine.prepare(anew).warnings
        assert not open_engine.prepare(without).warnings
