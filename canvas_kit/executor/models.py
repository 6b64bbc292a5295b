"""The models that there are to choose from."""

from __future__ import annotations

from typing import NamedTuple

from canvas_kit.choices import Table
from canvas_kit.executor.engine import Engine, default_engine


class KnownModel(NamedTuple):
    """A model that a backend offers.

    Attributes:
        name: As a node takes it: ``"ollama/mistral-nemo"``.
        capabilities: What it can do: ``"text"``, ``"image"``, …
        local: Whether what is sent to it stays on this machine.
        description: A few words.
    """

    name: str
    capabilities: tuple[str, ...]
    local: bool
    description: str


def models(*, engine: Engine | None = None) -> Table[KnownModel]:
    """The models of all configured backends that answer, as a table. Asks each backend.

    Args:
        engine: Whose backends; left out, those of the settings.

    Raises:
        SettingsError: When the settings cannot be read.
    """
    engine = engine or default_engine()
    statuses = engine.submit(engine.backends.statuses()).result()
    found = [
        KnownModel(
            f"{status.name}/{model.name}",
            tuple(sorted(model.capabilities)),
            status.local,
            model.description,
        )
        for status in statuses
        for model in status.models
    ]
    return Table.of(
        found,
        {
            "model": lambda item: item.name,
            "can": lambda item: ", ".join(item.capabilities),
            "data": lambda item: "stays here" if item.local else "leaves this machine",
            "description": lambda item: item.description,
        },
    )
