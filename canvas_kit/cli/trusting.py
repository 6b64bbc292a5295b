"""``canvas-kit trust``: agreeing to a settings file that says where words and keys go."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from canvas_kit.cli.options import argument, say
from canvas_kit.settings import agree


def trust_command(file: Annotated[Path, argument("The settings file.", "canvas_kit.toml")]) -> None:
    """Agree to a settings file: it may say where words and keys go, until it is changed.

    Look at it before: an address in it gets your words, and the keys that it names.
    """
    for line in agree(file):
        say(f"  {line}")
    say(f"trusted: {file.resolve()}")
