"""The sweep that the options of ``canvas-kit batch`` describe."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from canvas_kit.cli.options import argument, option, with_model
from canvas_kit.errors import BatchError, shorten

if TYPE_CHECKING:
    from canvas_kit.sweep.sweep import Sweep

OptionalCanvas = Annotated[
    Path | None,
    argument("The canvas file; may be left out where the sweep file has one.", "CANVAS.json"),
]
Factors = Annotated[
    list[str] | None,
    option(
        "--factor",
        "Levels of a field, all combined; also a range: 10..50..20. Repeatable.",
        metavar="NODE.FIELD=A,B,C",
    ),
]
Seeds = Annotated[
    str | None, option("--seeds", "The same for all levels: 1000..1004, 7,8,9, or =5 to draw five.")
]
Shard = Annotated[str | None, option("--shard", "Only part 2 of 5: 2/5.", "all")]
SweepFile = Annotated[
    Path | None,
    option(
        "--sweep", "A sweep file (.toml, .json), or levels (.csv); instead of the options above."
    ),
]
DryRun = Annotated[
    bool, option("--dry-run", "Show what would run, about how long, and run nothing.")
]


def sweep_from(
    canvas: Path | None,
    *,
    model: str | None,
    node: str,
    sweep_file: Path | None,
    factors: Sequence[str],
    seeds: str | None,
    prompts: Sequence[str] | None,
    count: int | None,
    base_seed: int | None,
    shard: str | None,
    folders: Sequence[Path],
) -> Sweep:
    """The sweep that the options describe.

    Raises:
        BatchError: When they describe none, or contradict each other.
        CanvasError: When the canvas cannot run.
    """
    from canvas_kit.canvas.graph import Canvas
    from canvas_kit.executor.parameters import prompt_node
    from canvas_kit.sweep.sweep import Sweep

    value = Canvas.load(canvas) if canvas is not None else None
    old = {"--prompts": prompts, "--count": count, "--base-seed": base_seed}
    if sweep_file is not None:
        more = old | {"--factor": factors or None, "--seeds": seeds}
        _refuse("A sweep file says itself which runs there are", more)
        sweep = Sweep.load(sweep_file, canvas=value, folders=folders)
        if model:
            changed = with_model(sweep.canvas, model)
            sweep = Sweep.load(sweep_file, canvas=changed, folders=folders)
    elif value is None:
        raise BatchError("There is no canvas: name its file, or a sweep file that names it.")
    elif factors or seeds is not None:
        _refuse("Seeds are given by --seeds here", {"--count": count, "--base-seed": base_seed})
        value = with_model(value, model)
        levels = dict(map(_factor, factors))
        if prompts is not None:
            levels = {f"{prompt_node(value, node)}.text": list(prompts), **levels}
        sweep = Sweep(value, levels, seeds=_seeds(seeds), folders=folders)
    else:
        value = with_model(value, model)
        if (prompts is None) == (count is None):
            raise BatchError("A batch takes --prompts, --count, --factor, --seeds or --sweep.")
        if prompts is not None:
            sweep = Sweep.of_prompts(
                value, prompts, base_seed=base_seed, node=node, folders=folders
            )
        else:
            sweep = Sweep.of_count(value, count or 0, base_seed=base_seed, folders=folders)
    if shard is None:
        return sweep
    number, slash, parts = shard.partition("/")
    if not (slash and number.isdecimal() and parts.isdecimal()):
        raise BatchError(f"A part is written as 2/5, not as {shard!r}.")
    return sweep.shard(int(number), int(parts))


def _refuse(why: str, given: dict[str, Any]) -> None:
    if named := [name for name, value in given.items() if value is not None]:
        raise BatchError(f"{why}; leave out {', '.join(named)}.")


def _factor(text: str) -> tuple[str, Any]:
    from canvas_kit.sweep.levels import numbers_in

    key, equals, levels = text.partition("=")
    if not equals or not key.strip():
        raise BatchError(f"A factor is written as NODE.FIELD=A,B,C, not as {shorten(text)}.")
    numbers = numbers_in(levels)
    return key.strip(), next(csv.reader([levels])) if numbers is None else numbers


def _seeds(text: str | None) -> Any:
    from canvas_kit.sweep.levels import numbers_in

    if text is None:
        return None
    if text.startswith("=") and text[1:].isdecimal():
        return int(text[1:])
    words = text.split(",")
    numbers = [int(word) for word in words if word.strip().isdecimal()]
    if len(numbers) == len(words):
        return numbers
    if (row := numbers_in(text)) is None:
        raise BatchError(f"Seeds are 1000..1004, 7,8,9 or =5 (drawn), not {shorten(text)}.")
    return row
