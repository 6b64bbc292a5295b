"""Keeps what is the server's own business out of its answers: folders, file paths, keys.

Error messages come from many places (the operating system, libraries, other servers) and are made
for the person at this machine. Whoever asks over the network is told the same words, without where
things lie.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from canvas_kit.settings import Settings

_HIDDEN = "…"
_WINDOWS_PATH = re.compile(r"(?<![A-Za-z])[A-Za-z]:\\[^\s'\"<>|:]*")


class Masking:
    """Replaces paths and keys in texts."""

    def __init__(self, folders: Iterable[Path | str], secrets: Iterable[str] = ()) -> None:
        """Say what must not be told.

        Args:
            folders: Folders whose whole path is replaced wherever it stands.
            secrets: Keys and tokens.
        """
        texts = {str(Path(folder).absolute()) for folder in folders}
        texts |= {os.path.realpath(text) for text in texts}
        # The longest first: a folder before the one that it lies in.
        self._folders = sorted((text for text in texts if len(text) > 1), key=len, reverse=True)
        self._secrets = sorted({text for text in secrets if len(text) >= 6}, key=len, reverse=True)

    @classmethod
    def of(cls, settings: Settings, *, secrets: Iterable[str] = ()) -> Masking:
        """What follows from the settings and from where this process lives."""
        folders: list[Path | str] = [
            settings.exports,
            *settings.allowed_folders,
            Path(__file__).parents[1],
            Path.cwd(),
            sys.prefix,
            tempfile.gettempdir(),
        ]
        if settings.output_configs is not None:
            folders.append(settings.output_configs)
        home = os.path.expanduser("~")  # noqa: PTH111 - pathlib raises where there is no home
        if home != "~":
            folders.append(home)
        keys = [os.environ.get(item.key_env, "") for item in settings.backends.values()]
        return cls(folders, [*keys, *secrets])

    def known(self, text: str) -> str:
        """``text`` without the folders and secrets that are known; nothing else is touched."""
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        for folder in self._folders:
            text = text.replace(folder, _HIDDEN)
        return text

    def message(self, text: str) -> str:
        """An error message without anything that looks like a path of this machine."""
        text = self.known(text)
        return _WINDOWS_PATH.sub(_HIDDEN, self._any_path.sub(_HIDDEN, text))

    def known_within(self, value: Any) -> Any:
        """``value`` with :meth:`known` applied to every text in it."""
        match value:
            case str():
                return self.known(value)
            case Mapping():
                return {key: self.known_within(item) for key, item in value.items()}
            case list() | tuple():
                return [self.known_within(item) for item in value]
        return value

    @cached_property
    def _any_path(self) -> re.Pattern[str]:
        """A path that begins with a folder of this machine's root: never an address like /api/x."""
        try:
            roots = [name for name in os.listdir("/") if name]  # noqa: PTH208 - names only
        except OSError:
            roots = []
        first = "|".join(map(re.escape, sorted(roots, key=len, reverse=True))) or "(?!)"
        return re.compile(rf"(?<![\w/:.])/(?:{first})(?:/[^\s'\"<>|:,;()\[\]]*)+")
