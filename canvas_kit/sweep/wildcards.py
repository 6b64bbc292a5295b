"""Prompts with choices in them, written out: ``"a {red|blue} __vehicle__ at dawn"``.

``{a|b}`` is one of the texts in it, ``__name__`` one of the texts of a list; both may hold further
ones, and a backslash takes the next sign as it is. That is the common core of the syntax of other
tools. A prompt is written out when a sweep is built, so that its texts stand in the sweep: drawn
any later, all seeds of a text would have different words.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from canvas_kit.errors import BatchError, name_hint, shorten
from canvas_kit.executor.parameters import whole_number
from canvas_kit.sweep.levels import MAX_RUNS
from canvas_kit.sweep.prompt_files import read_prompts

Wildcards = Mapping[str, Sequence[str]] | str | Path
"""Lists of texts by name, or a folder that has a file ``name.txt`` for each."""

_MAX_DEPTH = 20
_TOKEN = re.compile(r"\\(.)|__([A-Za-z0-9][\w/-]*?)__|([{|}])|(\$\$|::)", re.DOTALL)


def expand(
    template: str, wildcards: Wildcards | None = None, *, count: int | None = None, seed: int = 0
) -> list[str]:
    """The texts that a prompt with choices stands for.

    Args:
        template: The prompt.
        wildcards: The lists that its names stand for.
        count: So many different texts are drawn; all of them, in order, if left out. Each is as
            likely as any other.
        seed: Another draws others.

    Raises:
        BatchError: When it cannot be read, a list is missing, or there are too many texts.
    """
    parts = _TemplateReader(template, wildcards or {}).sequence(0)
    there = parts.count
    if count is None:
        if there > MAX_RUNS:
            raise BatchError(
                f"The prompt {shorten(template)} stands for {there} texts, and at most {MAX_RUNS} "
                "can be written out. Draw some: count=…"
            )
        return list(dict.fromkeys(parts.text(index) for index in range(there)))
    number = whole_number(count)
    if number is None or not 1 <= number <= min(there, MAX_RUNS):
        raise BatchError(
            f"The prompt {shorten(template)} stands for {there} texts; {count!r} of them cannot be "
            "drawn."
        )
    drawn: dict[int, None] = {}
    attempt = 0
    while len(drawn) < number:
        digest = hashlib.sha256(f"{seed} {attempt}".encode()).digest()
        drawn[int.from_bytes(digest, "big") % there] = None
        attempt += 1
    return [parts.text(index) for index in drawn]


@dataclass(frozen=True, slots=True)
class _Sequence:
    """Texts and choices one after another; a choice is a list of sequences."""

    parts: tuple[str | tuple[_Sequence, ...], ...]

    @property
    def count(self) -> int:
        """How many texts it stands for."""
        return math.prod(
            sum(option.count for option in part) for part in self.parts if not isinstance(part, str)
        )

    def text(self, index: int) -> str:
        """One of them."""
        found: list[str] = []
        for part in reversed(self.parts):
            if isinstance(part, str):
                found.append(part)
                continue
            counts = [option.count for option in part]
            index, place = divmod(index, sum(counts))
            for option, number in zip(part, counts, strict=True):
                if place < number:
                    found.append(option.text(place))
                    break
                place -= number
        return "".join(reversed(found))


class _TemplateReader:
    """Reads a prompt with choices."""

    def __init__(self, template: str, wildcards: Wildcards) -> None:
        if not isinstance(template, str):
            raise BatchError(f"A prompt should be a text, but is {shorten(template)}.")
        self._template = template
        self._wildcards = wildcards
        self._position = 0

    def sequence(self, depth: int, *, inside: bool = False) -> _Sequence:
        """What stands here, up to the end of the choice that it stands in."""
        if depth > _MAX_DEPTH:
            raise self._error(f"holds choices within each other more than {_MAX_DEPTH} deep")
        parts: list[str | tuple[_Sequence, ...]] = []
        while found := _TOKEN.search(self._template, self._position):
            parts.append(self._template[self._position : found.start()])
            escaped, name, sign, unknown = found.groups()
            if sign in ("|", "}") and inside:
                self._position = found.start()
                return _Sequence(tuple(parts))
            self._position = found.end()
            if unknown and inside:
                raise self._error(f"has {unknown!r} in a choice, which is not known here")
            if sign == "{":
                parts.append(self._choice(depth))
            elif name:
                parts.append(self._named(name, depth))
            elif sign == "}":
                raise self._error(r"has a '}' that closes nothing; for the sign itself write '\}'")
            else:
                parts.append(escaped or sign or unknown)
        if inside:
            raise self._error(r"has a '{' that is not closed; for the sign itself write '\{'")
        parts.append(self._template[self._position :])
        return _Sequence(tuple(parts))

    def _choice(self, depth: int) -> tuple[_Sequence, ...]:
        options = [self.sequence(depth + 1, inside=True)]
        while self._template[self._position] == "|":
            self._position += 1
            options.append(self.sequence(depth + 1, inside=True))
        self._position += 1
        return tuple(options)

    def _named(self, name: str, depth: int) -> tuple[_Sequence, ...]:
        if isinstance(self._wildcards, Mapping):
            if name not in self._wildcards:
                hint = name_hint(name, self._wildcards)
                raise self._error(f"has __{name}__, but there is no list of that name. {hint}")
            texts = self._wildcards[name]
        else:
            texts = read_prompts(Path(self._wildcards) / f"{name}.txt")
        if isinstance(texts, str) or not texts:
            raise self._error(f"has __{name}__, which should be a list of texts")
        return tuple(_TemplateReader(text, self._wildcards).sequence(depth + 1) for text in texts)

    def _error(self, message: str) -> BatchError:
        return BatchError(f"The prompt {shorten(self._template)} {message}.")
