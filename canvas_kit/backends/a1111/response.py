"""What the answer of txt2img and img2img holds: pictures, grids, extras and the ``info``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from canvas_kit.backends.image_metadata import embedded_parameters
from canvas_kit.backends.transport.response import json_mapping

_SEED = re.compile(r"(?:^|, )Seed: (\d+)(?:,|$)", re.MULTILINE)


class GenerationInfo:
    """The ``info`` of an answer, which is JSON inside a string.

    Attributes:
        document: Parsed; empty when it could not be.
        seeds: The real seed of each picture, in order.
        grids: How many grids come before the first picture.
    """

    def __init__(self, text: object) -> None:
        """Read it; whatever cannot be read is empty."""
        self.document = json_mapping(text)
        self.seeds: tuple[int, ...] = ()
        listed = self.document.get("all_seeds")
        if isinstance(listed, list) and all(str(seed).isdecimal() for seed in listed):
            self.seeds = tuple(int(seed) for seed in listed)
        first = self.document.get("index_of_first_image")
        self.grids = first if isinstance(first, int) and first >= 0 else 0

    def text(self, key: str) -> str:
        """What it says under ``key``; empty if nothing."""
        return str(self.document.get(key) or "")

    def sort(self, images: Sequence[str], expected: int) -> tuple[Sequence[str], int, int]:
        """The pictures that were asked for, and how many grids and extras lay around them."""
        begin = min(self.grids, len(images))
        pictures = images[begin : begin + (len(self.seeds) or expected)]
        return pictures, begin, len(images) - begin - len(pictures)


def seed_in_file(data: bytes) -> int | None:
    """The seed from the text that the server writes into a file, if it does."""
    found = _SEED.search(embedded_parameters(data))
    return int(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model on the server, with all the names that it goes by.

    Attributes:
        name: Its plain name.
        names: Every name that the server accepts for it.
        short_hash: As ``info`` tells it, if the server has counted it.
    """

    name: str
    names: frozenset[str]
    short_hash: str = ""

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> Checkpoint:
        """From an entry of ``/sdapi/v1/sd-models``."""
        title = str(entry.get("title") or "")
        name = str(entry.get("model_name") or plain_name(title))
        file = plain_name(str(entry.get("filename") or title))
        short_hash = str(entry.get("hash") or "")
        listed = title.partition(" [")[0]
        names = {name, title, listed, file, plain_name(listed), short_hash} - {""}
        return cls(name, frozenset(names), short_hash)


def plain_name(name: str) -> str:
    """A checkpoint's name without folder, ending and hash."""
    base = re.split(r"[/\\]", name.partition(" [")[0])[-1]
    return re.sub(r"\.(safetensors|ckpt|gguf|pt)$", "", base)
