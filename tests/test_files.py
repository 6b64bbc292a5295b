"""Files that are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from canvas_kit.files import write_text


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    """Neither is the former file lost, nor half of the new one left beside it."""
    file = tmp_path / "canvas.json"
    write_text(file, "first")
    file.chmod(0o600)
    with pytest.raises(UnicodeEncodeError):
        write_text(file, "second \ud800")
    assert file.read_text() == "first"
    write_text(file, "second\n")
    assert file.read_bytes() == b"second\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]
    with pytest.raises(FileNotFoundError, match="nowhere"):
        write_text(tmp_path / "nowhere" / "canvas.json", "")


def test_what_a_link_leads_to_is_written(tmp_path: Path) -> None:
    """The link stays a link; what is no file is not replaced by one."""
    (tmp_path / "link").symlink_to(tmp_path / "file")
    for words in ("first", "second"):
        write_text(tmp_path / "link", words)
        assert (tmp_path / "file").read_text() == words
    assert (tmp_path / "link").is_symlink()
    with pytest.raises(IsADirectoryError):
        write_text(tmp_path, "words")
