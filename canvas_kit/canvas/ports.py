"""Where connections start and end: what a node takes in and what it gives out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What can travel along a connection."""

    TEXT = "text"
    MEDIA = "media"
    SEED = "seed"
    RESOLUTION = "resolution"
    QUALITY = "quality"


TEXT = frozenset({Kind.TEXT})
MEDIA = frozenset({Kind.MEDIA})
ANYTHING = TEXT | MEDIA
"""What can be looked at and collected: texts and media, but no parameters."""


@dataclass(frozen=True, slots=True)
class InputPort:
    """Where a node takes something in.

    Attributes:
        name: Unique among the node's input ports.
        accepts: What it can take.
        label: The label that the editor writes on a connection to say that it ends here.
        required: Whether the node can do nothing without it.
        many: Whether several connections may end here.
        numbered: Whether ``label`` is followed by a number that puts those connections in order.
        replaces: The port that what ends here goes to, where nothing else does.
    """

    name: str
    accepts: frozenset[Kind]
    label: str = ""
    required: bool = False
    many: bool = False
    numbered: bool = False
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class OutputPort:
    """Where a node gives something out.

    Attributes:
        name: Unique among the node's output ports.
        gives: What it can give.
        labels: The labels that the editor writes on a connection to say that it starts here.
        follows: The input port whose kind it passes on, if it does.
    """

    name: str
    gives: frozenset[Kind]
    labels: tuple[str, ...] = ()
    follows: str = ""
