"""What a job is called in lists, where it has no name."""

from __future__ import annotations

from canvas_kit.canvas.graph import Canvas
from canvas_kit.errors import cut
from canvas_kit.german import Language, Words
from canvas_kit.sweep.sweep import Sweep

_CHARACTERS = 60


def title_of(work: Canvas | Sweep, language: Language) -> str:
    """The canvas's name, else the beginning of its words; of a sweep also what varies, and runs.

    ::

        title_of(sweep, "en")  # "prompt × preset, 12 runs"
    """
    canvas = work.canvas if isinstance(work, Sweep) else work
    factors = _factors(work) if isinstance(work, Sweep) else []
    parts = [canvas.name or (_words(canvas) if not factors else ""), " × ".join(factors)]
    called = cut(": ".join(filter(None, parts)), _CHARACTERS)
    runs = f", {Words(language).counted(len(work), 'run')}" if isinstance(work, Sweep) else ""
    return called + runs


def _words(canvas: Canvas) -> str:
    for node in canvas.of_type("input"):
        if words := " ".join(str(getattr(node, "text", "")).split()):
            return words
    return " → ".join(node.id for node in canvas.nodes)


def _factors(sweep: Sweep) -> list[str]:
    """What varies: the fields, the words of an input as the node; in full where two are alike."""
    keys = [target.key for factor in sweep.factors for target in factor.targets]
    inputs = {f"{node.id}.text" for node in sweep.canvas.of_type("input")}
    names = ["prompt" if key in inputs else key.rpartition(".")[2] for key in keys]
    return [name if names.count(name) == 1 else key for key, name in zip(keys, names, strict=True)]
