"""The line below a picture: what tells it from the others that are shown with it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import groupby, pairwise, takewhile

from canvas_kit.views.markup import shortened

Column = Sequence[str]
"""What each picture has of one kind, in words; empty where it has none."""

_LIMIT, _PART, _BEFORE_MORE = 160, 48, 16
_SHORT = 16
"""Characters that leave room in a line for something else."""
_KEPT = 8
"""So short a shared beginning stays: an ellipsis would save nothing."""
_BRANCHES, _MANY = 3, 1000
"""So many places where texts part are looked for, in no more texts than can be seen to differ."""
_PIECE = re.compile(r"\s*\S{1,20}")
"""A word, or a part of one where no spaces are written."""


def captions(levels: Sequence[Column], others: Iterable[Column]) -> list[str]:
    """A line for each picture: what is short first, then what differs of long texts.

    Args:
        levels: Told wherever they are not the same for all.
        others: The most telling first, made when they are asked for. Each is told of those pictures
            only that what stands before it leaves alike. The first is told of a picture of which
            nothing else would be.
    """
    shown = [column for column in levels if len(set(column)) > 1]
    alike: list[int] = []
    first: Column = ()
    for column in others:
        first = first or column
        alike = alike or (_numbered(zip(*shown, strict=True)) if shown else [0] * len(column))
        if len(set(alike)) == len(alike):
            break
        words: dict[int, str] = {}
        mixed = {
            at for at, word in zip(alike, column, strict=True) if words.setdefault(at, word) != word
        }
        if mixed:
            pairs = list(zip(alike, column, strict=True))
            shown.append([word if at in mixed else "" for at, word in pairs])
            alike = _numbered(pairs)
    short, long = [], []
    for column in shown:
        own = set(column)
        if max(map(len, own)) > _SHORT:
            said = apart(own)
            long.append([said[word] for word in column])
        else:
            short.append(column)
    told = zip(*short, *long, strict=True) if shown else [()] * len(first)
    lines = (" · ".join(dict.fromkeys(filter(None, words))) for words in told)
    return [shortened(line or word, _LIMIT) for line, word in zip(lines, first, strict=True)]


def _numbered(values: Iterable[object]) -> list[int]:
    numbers: dict[object, int] = {}
    return [numbers.setdefault(value, len(numbers)) for value in values]


def apart(texts: Collection[str]) -> dict[str, str]:
    """For each text, in short, where it goes another way than others that begin as it does."""
    if len(texts) > _MANY:
        return {text: shortened(text, _PART) for text in texts}
    pieces = {tuple(_PIECE.findall(text)): text for text in texts}
    branches: dict[tuple[str, ...], list[int]] = {one: [] for one in pieces}
    groups = [sorted(pieces)]
    for _ in range(_BRANCHES):
        groups = [part for group in groups for part in _parted(group, branches)]
    return {text: _in_short(one, branches[one]) for one, text in pieces.items()}


def _parted(
    group: list[tuple[str, ...]], branches: dict[tuple[str, ...], list[int]]
) -> list[list[tuple[str, ...]]]:
    """Sorted texts by how they go on after what all of them share, which is noted for each."""
    if len(group) < 2:
        return []
    same = takewhile(lambda both: both[0] == both[1], zip(group[0], group[-1], strict=False))
    shared = len(list(same))
    for one in group:
        branches[one].append(shared)
    return [list(part) for _, part in groupby(group, lambda one: one[shared : shared + 1])]


def _in_short(pieces: tuple[str, ...], branches: Sequence[int]) -> str:
    # One that ends where others go on is told by its end.
    starts = [start for start in branches if start < len(pieces)] or [max(0, len(pieces) - 2)]
    if len("".join(pieces[: starts[0]])) <= _KEPT:
        starts[0] = 0
    said = ""
    for start, end in pairwise(starts):
        between = "".join(pieces[start:end])
        said += between if len(between) <= _BEFORE_MORE else f"{shortened(between, _BEFORE_MORE)} "
    said = " ".join(f"{said}{''.join(pieces[starts[-1] :])}".split())
    return shortened(f"…{said}" if starts[0] else said, _PART)
