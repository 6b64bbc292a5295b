"""Keeps what is the server's own business out of its answers: keys, folders, file paths.

Error messages come from many places (the operating system, libraries, other servers) and are made
for the user at this machine. A client elsewhere is told the same words, without where things lie.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from canvas_kit.redaction import Redactor
from canvas_kit.settings import Settings

_HIDDEN = "…"
_WINDOWS_PATH = re.compile(r"(?<![A-Za-z])[A-Za-z]:\\[^\s'\"<>|:]*")


class PathRedactor(Redactor):
    """Takes out keys as every redactor does, and the folders of this machine."""

    def __init__(self, folders: Iterable[Path | str], secrets: Iterable[str] = ()) -> None:
        """Say what must not be told; of ``folders``, the whole path wherever it stands."""
        super().__init__(secrets)
        texts = {str(Path(folder).absolute()) for folder in folders}
        texts |= {os.path.realpath(text) for text in texts}
        # The longest first: a folder before the one that it lies in.
        self._folders = sorted((text for text in texts if len(text) > 1), key=len, reverse=True)

    @classmethod
    def of(cls, settings: Settings, *, secrets: Iterable[str] = ()) -> PathRedactor:
        """What follows from the settings and from where this process lives."""
        home = os.path.expanduser("~")  # noqa: PTH111 - pathlib raises where there is no home
        folders: list[Path | str] = [
            settings.exports,
            *settings.allowed_folders,
            *filter(None, [settings.output_configs]),
            Path(__file__).parents[1],
            Path.cwd(),
            sys.prefix,
            tempfile.gettempdir(),
            *([home] if home != "~" else []),
        ]
        keys = [os.environ.get(item.key_env, "") for item in settings.backends.values()]
        return cls(folders, [*keys, *secrets])

    def message(self, text: str) -> str:
        """An error message without anything that looks like a path of this machine."""
        return _WINDOWS_PATH.sub(_HIDDEN, self._any_path.sub(_HIDDEN, self(text)))

    def _text(self, value: Any) -> Any:
        value = super()._text(value)
        if isinstance(value, str):
            for folder in self._folders:
                value = value.replace(folder, _HIDDEN)
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
