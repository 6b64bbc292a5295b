"""Which settings files may say where words and keys go: those that the user has agreed to.

A settings file is found in the working folder, and a folder may have come from anyone. Left alone,
its file could send the user's words, and any key on this machine, to an address of its choosing. So
what is not listed as harmless here holds only if the user named the file, keeps it in the own
configuration folder, or has agreed to it once with ``canvas-kit trust``. The agreement is for the
file as it stands, where it lies: changed or moved, it is asked for again.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

from canvas_kit.errors import SettingsError

HARMLESS = frozenset(
    {"exports", "device_id", "language", "text_model", "vision_model", "judge_model", "media_model",
     "deadline_seconds", "local_only"}
)  # fmt: skip
"""What any settings file may set. The models are names; what they lead to needs a section."""
_AGREED = "trusted_files"


def own_folder() -> Path:
    """The user's own folder for the configuration of canvas-kit."""
    return user_config_path("canvas-kit", appauthor=False)


def needing_trust(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The settings of a file that need the user's agreement, as they are written in it."""
    found = []
    for name, value in document.items():
        if name == "backends" and isinstance(value, Mapping):
            found += [f"[backends.{backend}]" for backend in value]
        elif name not in HARMLESS:
            found.append(str(name))
    return tuple(found)


def is_trusted(file: Path, content: bytes) -> bool:
    """Whether the user has agreed to this file with this content."""
    return _entry(file, content) in _agreed()


def trust(file: Path, content: bytes) -> None:
    """Note the user's agreement to a file with this content, in place of an earlier one.

    Raises:
        SettingsError: When the note cannot be written.
    """
    entry = _entry(file, content)
    place = entry.partition("  ")[2]
    kept = [line for line in _agreed() if line.partition("  ")[2] != place]
    folder = own_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=folder)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as note:
            note.writelines(f"{line}\n" for line in [*kept, entry])
        Path(name).replace(folder / _AGREED)
    except OSError as error:
        raise SettingsError(
            f"The agreement to {file} could not be noted in {folder}: {error.strerror}."
        ) from None


def _entry(file: Path, content: bytes) -> str:
    return f"{hashlib.sha256(content).hexdigest()}  {str(file.resolve())!r}"


def _agreed() -> list[str]:
    try:
        text = (own_folder() / _AGREED).read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return []
    return text.splitlines()
