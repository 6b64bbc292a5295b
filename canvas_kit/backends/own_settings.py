"""The settings that only one sort of backend knows: typed, checked, misspellings hinted at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from canvas_kit.errors import SettingsError, name_hint

if TYPE_CHECKING:
    from canvas_kit.settings import BackendSettings


class OwnSettings(BaseModel):
    """What may stand under ``[backends.NAME]`` besides the settings of every backend."""

    model_config = ConfigDict(extra="forbid", frozen=True)


S = TypeVar("S", bound=OwnSettings)


def own_settings(model: type[S], name: str, options: BackendSettings) -> S:
    """The settings of the backend ``name`` that only its sort knows.

    Raises:
        SettingsError: When one is of another type, or not known at all.
    """
    try:
        return model.model_validate(options.model_extra or {})
    except ValidationError as error:
        where, why = first_mistake(error, {*model.model_fields, *type(options).model_fields})
        raise SettingsError(
            f"The setting {where!r} of the backend {name!r} cannot be used: {why}"
        ) from None


def first_mistake(error: ValidationError, known: Iterable[str]) -> tuple[str, str]:
    """Where a document goes wrong first, and why, with a hint when the name is not ``known``."""
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return where, f"there is no such setting. {name_hint(where, known)}"
    return where, f"{first['msg']}."
