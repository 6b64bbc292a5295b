"""Rows and records as files for other programs: CSV, Parquet, XLSX, and a zip of everything.

A file is whole or not there: it is written aside and then given its name.
"""

from __future__ import annotations

import csv
import importlib
import io
import json
import math
import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TextIO

from canvas_kit.batch.batch import Batch
from canvas_kit.errors import MissingPrerequisite, QueryError, RecordError
from canvas_kit.files import open_file
from canvas_kit.logs import logger_for
from canvas_kit.recorder.disk import find_record, translated
from canvas_kit.recorder.journal import as_json
from canvas_kit.recorder.names import BATCH_PREFIX, PARTIAL, batch_folder_name
from canvas_kit.recorder.run import Run

log = logger_for(__name__)

Row = Mapping[str, Any]
Cell = None | bool | int | float | str | datetime

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""With these a spreadsheet begins a formula. Texts come from models, and a formula can fetch."""
_MAX_CELL = 32_767
"""What a cell of Excel holds; longer ones make it refuse the file."""
_MAX_ROWS = 1_048_576
_WORDS = frozenset({".csv", ".html", ".json", ".jsonl", ".md", ".svg", ".txt"})
"""Files that become smaller when they are packed."""
_ABOUT = """\
These are records of canvas-kit, as they lie in its exports folder: ordinary files, readable without
it. Below json/<day>/<device>/ each run has a folder: workflow.json is the canvas as it ran,
metadata.json says for every file in final/ what it is, how it was made, and its SHA-256. A batch
has a folder too: batch.json says what was to be made. runs.csv is a table of it all.
"""


def export(rows: Callable[[], Sequence[Row]], folders: Iterable[Path], path: str | Path) -> Path:
    """Write what was found to a file, by its ending.

    Args:
        rows: Gives a row for each.
        folders: The folders of the runs and batches.
        path: The file: ``.csv``, ``.parquet``, ``.xlsx`` or ``.zip``.

    Returns:
        The file.

    Raises:
        QueryError: When it has another ending.
        MissingPrerequisite: When a package for such files is not installed.
        RecordError: When it cannot be written.
    """
    file = Path(path).expanduser()
    match file.suffix.lower():
        case ".csv":
            save_csv(rows(), file)
        case ".parquet":
            parquet = _package("pyarrow.parquet", "pyarrow")
            table = _arrow(rows())
            with _made(file, "wb") as target:
                parquet.write_table(table, target)
        case ".xlsx":
            workbook = _workbook(rows(), file)
            with _made(file, "wb") as target:
                workbook.save(target)
        case ".zip":
            with _made(file, "wb") as target, zipfile.ZipFile(target, "w") as archive:
                _pack(archive, file.stem, rows(), folders)
        case other:
            raise QueryError(
                f"A file to export to should end in .csv, .parquet, .xlsx or .zip, but {file.name} "
                f"ends in {other or 'nothing'}."
            )
    return file


def export_batch(batch: Batch, path: str | Path) -> Path:
    """Write a batch to a file, as :func:`export` does: a row a point; in a zip, all its records.

    Raises:
        QueryError: When the file has another ending.
        MissingPrerequisite: When a package for such files is not installed.
        RecordError: When it cannot be written, or a record cannot be read.
    """
    folders = [summary.folder for summary in batch.runs if summary.folder is not None]
    return export(batch.to_rows, [*([batch.folder] if batch.folder else []), *folders], path)


def save_csv(rows: Sequence[Row], file: Path) -> Path:
    """Write rows to a file as :func:`write_csv` does.

    Raises:
        RecordError: When it cannot be written.
    """
    with _made(file, "w", newline="", encoding="utf-8", errors="replace") as target:
        write_csv(rows, target)
    return file


def write_csv(rows: Sequence[Row], target: TextIO) -> None:
    """Write rows as CSV in UTF-8; a text that could be a formula gets an apostrophe before it."""
    columns = _columns(rows)
    # csv quotes what holds a part of its line's end: both parts must be quoted, only one written.
    lines = SimpleNamespace(write=lambda line: target.write(line.removesuffix("\r\n") + "\n"))
    writer = csv.writer(lines)
    writer.writerow([_guarded(name) for name in columns])
    for row in rows:
        writer.writerow([_written(row.get(name)) for name in columns])


def _written(value: object) -> str:
    match _plain(value):
        case None:
            return ""
        case str() as text:
            return _guarded(text)
        case datetime() as moment:
            return moment.isoformat()
        case bool() | int() | float() as number:
            return json.dumps(number)


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _columns(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(str(name) for row in rows for name in row))


def _plain(value: object) -> Cell:
    """A value as a cell of a table holds it; what is several values, as JSON."""
    match value:
        case Enum():
            return _plain(value.value)
        case float():
            return value if math.isfinite(value) else None
        case None | bool() | int() | datetime():
            return value
        case str():
            return value if value.isascii() else value.encode(errors="replace").decode()
        case date():
            return value.isoformat()
        case Mapping() | list() | tuple() | set() | frozenset():
            return as_json(value).decode()
    if hasattr(value, "item"):  # a number of NumPy's
        return _plain(value.item())
    return _plain(str(value))


def _arrow(rows: Sequence[Row]) -> Any:
    """Rows as a table of Arrow: a column of one kind has its type, a mixed one becomes text."""
    arrow = _package("pyarrow")
    types = {
        frozenset({bool}): arrow.bool_(),
        frozenset({int}): arrow.int64(),
        frozenset({float}): arrow.float64(),
        frozenset({int, float}): arrow.float64(),
        frozenset({datetime}): arrow.timestamp("us", tz="UTC"),
    }
    columns = {}
    for name in _columns(rows):
        cells = [_plain(row.get(name)) for row in rows]
        kind = types.get(frozenset(type(cell) for cell in cells if cell is not None))
        if kind == arrow.timestamp("us", tz="UTC"):
            cells = [_in_utc(cell) for cell in cells]
        if kind is None or any(type(cell) is int and abs(cell) >= 2**63 for cell in cells):
            cells, kind = [cell if cell is None else _as_text(cell) for cell in cells], None
        columns[name] = arrow.array(cells, type=kind or arrow.string())
    return arrow.table(columns)


def _in_utc(cell: Cell) -> Cell:
    return cell.astimezone(UTC) if isinstance(cell, datetime) else cell


def _as_text(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    return cell.isoformat() if isinstance(cell, datetime) else json.dumps(cell)


def _workbook(rows: Sequence[Row], file: Path) -> Any:
    """Rows as a workbook of Excel. No cell is a formula; a moment is a text with its zone."""
    openpyxl = _package("openpyxl")
    cell_module = _package("openpyxl.cell", "openpyxl")
    forbidden = _package("openpyxl.cell.cell", "openpyxl").ILLEGAL_CHARACTERS_RE
    if len(rows) >= _MAX_ROWS:
        raise RecordError(
            f"{file.name} cannot hold {len(rows):,} rows: a sheet ends at {_MAX_ROWS:,}. Use .csv "
            "or .parquet."
        )
    columns = _columns(rows)
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("runs")
    sheet.freeze_panes = "A2"
    cut = 0

    def cell_of(value: object) -> Any:
        nonlocal cut
        content = _plain(value)
        if isinstance(content, datetime) or (isinstance(content, int) and abs(content) > 2**53):
            content = _as_text(content)
        if not isinstance(content, str):
            cell = cell_module.WriteOnlyCell(sheet, content)
            if type(content) is int:
                cell.number_format = "0"  # a seed, not 1.2E+15
            return cell
        text = forbidden.sub("\ufffd", content.replace("\r\n", "\n").replace("\r", "\n"))
        if len(text) > _MAX_CELL:
            text, cut = f"{text[: _MAX_CELL - 1]}…", cut + 1
        cell = cell_module.WriteOnlyCell(sheet, text)
        cell.data_type = "s"  # also what begins with an equals sign
        return cell

    sheet.append([cell_of(name) for name in columns])
    for row in rows:
        sheet.append([cell_of(row.get(name)) for name in columns])
    if cut:
        log.warning(
            "%d texts were cut at %d characters, more than a cell of %s holds; .csv and .parquet "
            "hold them whole.",
            cut,
            _MAX_CELL,
            file.name,
        )
    return workbook


def _pack(archive: zipfile.ZipFile, top: str, rows: Sequence[Row], folders: Iterable[Path]) -> None:
    """Put records into an archive, one file after the other, each record checked before."""
    faults: list[str] = []
    packed: set[Path] = set()
    for folder in folders:
        for record in (folder, *_batch_of(folder)):
            if record not in packed:
                packed.add(record)
                name = "/".join(record.parts[-3:])
                faults += [f"{name}: {fault}" for fault in _faults_of(record)]
                faults += _pack_folder(archive, record, f"{top}/json/{name}")
    table = archive.open(_info(f"{top}/runs.csv"), "w", force_zip64=True)
    with io.TextIOWrapper(table, encoding="utf-8", errors="replace", newline="") as target:
        write_csv(rows, target)
    archive.writestr(_info(f"{top}/about.txt"), _ABOUT)
    if faults:
        archive.writestr(_info(f"{top}/faults.txt"), "\n".join([*faults, ""]))
        shown = "; ".join(faults[:5]) + ("; …" if len(faults) > 5 else "")
        log.warning(
            "Not all was packed as it was recorded (faults.txt in the zip tells all): %s", shown
        )


def _pack_folder(archive: zipfile.ZipFile, folder: Path, name: str) -> Iterator[str]:
    """Put a record's files into an archive; gives a sentence for each that could not be read."""
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        if PARTIAL in inner.parts or path.is_symlink() or not path.is_file():
            continue
        try:
            with open_file(path) as source:
                info = zipfile.ZipInfo.from_file(
                    path, f"{name}/{inner.as_posix()}", strict_timestamps=False
                )
                packs = path.suffix.lower() in _WORDS
                info.compress_type = zipfile.ZIP_DEFLATED if packs else zipfile.ZIP_STORED
                with archive.open(info, "w") as target:
                    shutil.copyfileobj(source, target, 2**20)
        except FileNotFoundError:
            yield f"{name}/{inner.as_posix()} was removed while it was packed."
        except PermissionError as error:
            yield f"{name}/{inner.as_posix()} cannot be read: {error.strerror}."


def _batch_of(folder: Path) -> list[Path]:
    """The folder of the batch that a run belongs to, if there is one."""
    if folder.name.startswith(BATCH_PREFIX):
        return []
    try:
        batch_id = Run.open(folder).about.get("batch_id")
    except RecordError:
        return []
    found = find_record(folder.parents[3], batch_folder_name(str(batch_id))) if batch_id else None
    return [found] if found else []


def _faults_of(folder: Path) -> list[str]:
    try:
        if folder.name.startswith(BATCH_PREFIX):
            return Batch.open(folder).verify_alone()
        return Run.open(folder).verify()
    except RecordError as error:
        return [str(error)]


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, datetime.now().timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info


@contextmanager
def _made(file: Path, mode: str, **options: Any) -> Iterator[Any]:
    """A new file, which has its name when all of it is written."""
    aside = file.with_name(f".{file.name}.{secrets.token_hex(4)}.new")
    with translated(f"write {file}"):
        try:
            with aside.open(mode, **options) as target:
                yield target
            aside.replace(file)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise


def _package(module: str, package: str = "") -> Any:
    """A package that only some files need.

    Raises:
        MissingPrerequisite: When it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        raise MissingPrerequisite(
            f"Such a file needs the package {package or module}: pip install 'canvas-kit[study]'. "
            "A .csv needs none."
        ) from None
