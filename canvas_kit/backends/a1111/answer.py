"""What the answer of txt2img and img2img holds: pictures, grids, extras and the ``info``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from canvas_kit.backends.image_metadata import embedded_parameters

_SEED = re.compile(r"(?:^|, )Seed: (\d+)(?:,|$)", re.MULTILINE)
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)


@dataclass(frozen=True, slots=True)
class Info:
    """The ``info`` of an answer, which is JSON inside a string.

    Attributes:
        document: Parsed; empty when it could not be.
    """

    document: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: object) -> Info:
        """Read it; whatever cannot be read is empty."""
        try:
            document = json.loads(text) if isinstance(text, str) else text
        except (ValueError, RecursionError):
            document = None
        return cls(document if isinstance(document, dict) else {})

    @property
    def seeds(self) -> tuple[int, ...]:
        """The real seed of each picture, in order."""
        listed = self.document.get("all_seeds")
        if not isinstance(listed, list):
            return ()
        try:
            return tuple(int(seed) for seed in listed)
        except (TypeError, ValueError):
            return ()

    @property
    def first_picture(self) -> int:
        """How many grids come before the first picture."""
        index = self.document.get("index_of_first_image")
        return index if isinstance(index, int) and index >= 0 else 0

    @property
    def model(self) -> str:
        """The checkpoint that really drew."""
        return str(self.document.get("sd_model_name") or "")

    @property
    def model_hash(self) -> str:
        """The short hash of that checkpoint."""
        return str(self.document.get("sd_model_hash") or "")

    @property
    def version(self) -> str | None:
        """The server's version."""
        version = self.document.get("version")
        return str(version) if version else None

    @property
    def job_timestamp(self) -> str:
        """When the job began; the server's state tells the same of its latest job."""
        return str(self.document.get("job_timestamp") or "")


@dataclass(frozen=True, slots=True)
class Sorted:
    """The images of an answer, told apart; each as base64 text.

    Attributes:
        pictures: Those asked for.
        grids: Overviews of all pictures, which come first.
        extras: What add-ons append, such as control maps.
    """

    pictures: Sequence[str]
    grids: Sequence[str]
    extras: Sequence[str]


def sort_images(images: Sequence[str], info: Info, expected: int) -> Sorted:
    """Tell pictures from grids and extras.

    Args:
        images: As they came.
        info: Says where pictures begin and, by its seeds, how many there are.
        expected: How many were asked for, where ``info`` does not say.
    """
    begin = min(info.first_picture, len(images))
    end = begin + (len(info.seeds) or expected)
    return Sorted(images[begin:end], images[:begin], images[end:])


def media_type(data: bytes) -> str | None:
    """What the bytes are: the format is the server's choice and is named nowhere."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), None)


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
