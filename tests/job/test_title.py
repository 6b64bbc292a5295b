"""A job without a name is called by what is there, so that jobs can be told apart."""

from __future__ import annotations

from canvas_kit import WITHOUT, Canvas, Collector, Generation, Input, Interception, Sweep
from canvas_kit.job.title import title_of


def chain(words: str = "a market\n at dawn", name: str = "") -> Canvas:
    parts = Input(words, id="prompt") >> Interception("bauhaus", id="how") >> Generation(id="paint")
    return Canvas.of(parts >> Collector(id="end"), name=name)


def test_a_run_is_called_by_its_canvas_or_its_words() -> None:
    assert title_of(chain(name="Lamps"), "en") == "Lamps"
    assert title_of(chain(), "en") == "a market at dawn"
    assert title_of(chain("a market " * 20), "en") == ("a market " * 20)[:59] + "…"
    assert title_of(chain(""), "en") == "prompt → how → paint → end"


def test_a_sweep_is_called_by_what_varies_and_how_many_runs_that_makes() -> None:
    texts = {"prompt.text": ["a", "b"]}
    both = {**texts, "how.preset": ["bauhaus", "overdrive"]}
    assert title_of(Sweep(chain(), both, seeds=3), "en") == "prompt × preset, 12 runs"
    assert title_of(Sweep(chain(), both, seeds=3), "de") == "prompt × preset, 12 Läufe"
    assert title_of(Sweep(chain(name="Lamps"), texts), "en") == "Lamps: prompt, 2 runs"
    assert title_of(Sweep(chain(), seeds=2), "en") == "a market at dawn, 2 runs"
    assert title_of(Sweep(chain(), {"how": [WITHOUT]}), "en") == "how, 1 run"
    models = {"how.model": ["scripted/a", "scripted/b"], "paint.model": ["scripted/c"]}
    assert title_of(Sweep(chain(), models), "en") == "how.model × paint.model, 2 runs"
