"""A canvas file that is kept in step with an editor, and that others may write to as well."""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from canvas_kit.canvas.documents import MAX_FILE_BYTES
from canvas_kit.errors import RecordError, printable
from canvas_kit.files import read_start
from canvas_kit.recorder.disk import flush_folder, translated, write_flushed


class ChangedElsewhere(RecordError):
    """A file was written by another program since it was read; it was left as that made it."""


class CanvasFile:
    """A canvas file. It is never overwritten with what rests on an older state of it.

    Attributes:
        path: Where it lies.
    """

    def __init__(self, path: Path) -> None:
        """Prepare; nothing is read."""
        self.path = path.absolute()
        self._known: bytes | None = None

    def read(self) -> bytes | None:
        """What the file holds, or None where there is none yet; saving rests on that from now on.

        Raises:
            RecordError: When it cannot be read.
        """
        self._known = self._now()
        return self._known

    def save(self, document: Mapping[str, Any], *, overwrite: bool = False) -> None:
        """Write a document; a reader sees the former file or the new one, whole.

        Args:
            document: What it shall hold.
            overwrite: Whether what another program wrote meanwhile may be lost.

        Raises:
            ChangedElsewhere: When the file is not as it was when it was last read or saved.
            RecordError: When it cannot be written.
        """
        data = (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
        if not overwrite and self._now() != self._known:
            raise ChangedElsewhere(
                f"The file {printable(str(self.path))} was changed by another program, so this "
                "was not saved into it. In Python, editor.reload() takes what is there, and "
                "editor.save(overwrite=True) replaces it."
            )
        fresh = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}")
        with translated(f"save the canvas {printable(str(self.path))}"):
            try:
                write_flushed(fresh, data)
                fresh.replace(self.path)
            except OSError:
                with contextlib.suppress(OSError):
                    fresh.unlink()
                raise
            flush_folder(self.path.parent)
        self._known = data

    def _now(self) -> bytes | None:
        with translated(f"read the canvas {printable(str(self.path))}"):
            try:
                return read_start(self.path, MAX_FILE_BYTES + 1)
            except FileNotFoundError:
                return None
