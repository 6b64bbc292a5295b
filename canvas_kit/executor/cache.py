"""Keeps what models have answered, so that the very same request is not made again. Opt-in.

An entry is known by a hash of the whole request as the backend gets it: every field, the words of
presets and drafts, the digests of pictures, the model and what is known of its version. What a node
makes of an answer is not kept but done anew, so that a change there takes effect. Only what was
recorded whole is kept: no error, no refusal, no answer that was cut, no result that lacks a file.

A backend that gives the same for the same seed is asked once. What others give is drawn by chance;
it is reused only with ``cache="all"``, and then by the number of the draw too: the run's seed, the
feedback round, and how often the run has made that request.

One file holds one entry, is named by its hash, and gets its name when it is whole, so that several
processes can share a folder. It is the hash of what follows, a line of JSON, and the bytes.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from canvas_kit.backends.base import (
    Backend,
    Capability,
    MediaItem,
    MediaRequest,
    MediaResult,
    TextRequest,
    TextResult,
)
from canvas_kit.errors import CanvasKitError
from canvas_kit.logs import logger_for
from canvas_kit.recorder.entities import now, timestamp
from canvas_kit.recorder.journal import plain
from canvas_kit.values import Entity, Provenance, from_json, to_json

log = logger_for(__name__)
R = TypeVar("R", TextResult, MediaResult)

CacheMode = Literal["seeded", "all"]
"""What is reused: answers that a seed decides, or those too that are drawn by chance."""
LABEL = "request/1"
"""Stands in front of what is hashed; a change of what a hash covers needs another."""

_WITHOUT_EFFECT = frozenset({"run_id", "node_id", "job_id"})
_SUFFIX = ".entry"
_KEPT_SHARE = 0.8
"""Of the bound, what is left when it was passed and the oldest entries were removed."""


def cache_mode(asked: bool | Literal["all"]) -> CacheMode | None:
    """What is reused, by the word of a user; None for nothing."""
    return "all" if asked == "all" else "seeded" if asked else None


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer that may be kept."""

    key: str
    result: dict[str, Any]
    files: tuple[bytes, ...]


class Cache:
    """A folder of answers, for any number of processes."""

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        """Prepare; touches no disk. Beyond ``max_bytes``, entries not used longest are removed."""
        self.folder = folder
        self._max_bytes = max_bytes
        self._size: int | None = None
        self._measuring = threading.Lock()

    def read(self, key: str) -> tuple[dict[str, Any], list[bytes]] | None:
        """The entry with this key and its files; None if there is none that is whole."""
        path = self._path(key)
        try:
            digest, _, content = path.read_bytes().partition(b"\n")
        except OSError:
            return None
        try:
            if digest != hashlib.sha256(content).hexdigest().encode():
                raise ValueError("its content is not what was written")
            line, _, body = content.partition(b"\n")
            head = json.loads(line)
            if head["key"] != key:
                raise ValueError("it is the entry of another request")
            files, begin = [], 0
            for size in head["sizes"]:
                files.append(body[begin : begin + size])
                begin += size
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            log.warning("The entry %s of the cache is damaged and was removed: %s", path, error)
            path.unlink(missing_ok=True)
            return None
        with suppress(OSError):
            os.utime(path)  # says that it is used
        return head, files

    def write(self, key: str, head: dict[str, Any], files: Iterable[bytes]) -> None:
        """Keep an entry. A disk that cannot take it is told of in the log, and fails no run."""
        kept = tuple(files)
        told = {**head, "key": key, "sizes": [len(data) for data in kept]}
        line = json.dumps(plain(told), ensure_ascii=False).encode(errors="replace")
        content = b"".join([line, b"\n", *kept])
        data = hashlib.sha256(content).hexdigest().encode() + b"\n" + content
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".new")
            aside = Path(name)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(data)
                aside.replace(path)
            except BaseException:
                aside.unlink()
                raise
            self._grown(len(data))
        except OSError as error:
            log.warning("The cache in %s takes no entry: %s.", self.folder, error.strerror)

    def clear(self, *, dry_run: bool = False) -> tuple[int, int]:
        """Remove every entry, also half-written ones; how many those were, and their bytes."""
        count = size = 0
        for path, found in self._entries():
            count, size = count + 1, size + found.st_size
            if not dry_run:
                path.unlink(missing_ok=True)
        return count, size

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}{_SUFFIX}"

    def _entries(self) -> list[tuple[Path, os.stat_result]]:
        found = []
        for path in self.folder.glob("??/*"):
            if path.suffix in (_SUFFIX, ".new"):
                with suppress(OSError):  # another process has removed it
                    found.append((path, path.stat()))
        return found

    def _grown(self, size: int) -> None:
        with self._measuring:
            if self._size is not None and self._size + size <= self._max_bytes:
                self._size += size
                return
            entries = sorted(self._entries(), key=lambda entry: entry[1].st_mtime)
            self._size = sum(found.st_size for _, found in entries)
            if self._size <= self._max_bytes:
                return
            for path, found in entries:
                if self._size <= _KEPT_SHARE * self._max_bytes:
                    break
                path.unlink(missing_ok=True)
                self._size -= found.st_size


class RunCache:
    """The cache as the nodes of one run use it."""

    def __init__(self, cache: Cache, mode: CacheMode, *, seed: int) -> None:
        """Prepare; the run's seed is part of the number of a draw."""
        self.cache = cache
        self.mode = mode
        self._seed = seed
        self._drawn: dict[str, int] = {}

    def of_node(self, round: int) -> NodeCache:
        """The cache as one round of a node uses it."""
        return NodeCache(self, round)

    def numbered(self, key: str, round: int) -> str:
        """The key of a draw."""
        draw = f"{key} {self._seed} {round}"
        self._drawn[draw] = number = self._drawn.get(draw, 0) + 1
        return hashlib.sha256(f"{draw} {number}".encode()).hexdigest()


class NodeCache:
    """The cache as one round of a node uses it: gives what there is, and notes what comes."""

    def __init__(self, run: RunCache, round: int) -> None:
        self._run = run
        self._round = round
        self._answers: list[_Answer] = []

    async def answer(
        self,
        kind: type[R],
        backend: Backend,
        request: TextRequest | MediaRequest,
        ask: Callable[[], Awaitable[R]],
    ) -> R:
        """The answer to a request: as it was once given, else what ``ask`` gives."""
        began = time.monotonic()
        key = await self._key(backend, request)
        if key is None:
            return await ask()
        found = await asyncio.to_thread(self._run.cache.read, key)
        if found is not None:
            head, files = found
            with suppress(ValueError, LookupError, TypeError):
                kept = from_json(kind, head["result"])
                made = _reused(kept.provenance, head, began)
                return replace(_with_files(kept, files), provenance=made)
        result = await ask()
        if _is_whole(request, result):
            items: tuple[MediaItem, ...] = result.items if isinstance(result, MediaResult) else ()
            bare = to_json(_with_files(result, [b""] * len(items)))
            self._answers.append(_Answer(key, bare, tuple(item.data for item in items)))
        return result

    async def keep(self, run_id: str, entities: Iterable[Entity]) -> None:
        """Keep what was answered, now that it is on record: whole, and of use to its node."""
        files = [entity.file for entity in entities]
        for answer in self._answers:
            origin = {"run_id": run_id, "file": files[0] if files else ""}
            head = {"origin": origin, "kept_at": timestamp(now()), "result": answer.result}
            await asyncio.to_thread(self._run.cache.write, answer.key, head, answer.files)

    async def _key(self, backend: Backend, request: TextRequest | MediaRequest) -> str | None:
        """The key of a request; None for one whose answer is not reused."""
        seeded = request.seed is not None and Capability.SEED in backend.capabilities
        if not seeded and self._run.mode != "all":
            return None
        try:
            model = await backend.model_identity(request.model)
            if model is None:
                return None
            asked = {
                one.name: _hashed(getattr(request, one.name))
                for one in fields(request)
                if one.name not in _WITHOUT_EFFECT
            }
            whole = [LABEL, type(request).__name__, model, asked]
            text = json.dumps(whole, sort_keys=True, allow_nan=False, separators=(",", ":"))
        except (CanvasKitError, TypeError, ValueError, RecursionError) as error:
            log.info("A request to %s is not looked for in the cache: %s", backend.name, error)
            return None
        key = hashlib.sha256(text.encode()).hexdigest()
        return key if seeded else self._run.numbered(key, self._round)


def _with_files(result: R, files: Sequence[bytes]) -> R:
    """An answer with these bytes in its files."""
    if isinstance(result, TextResult):
        return result
    items = zip(result.items, files, strict=True)
    return replace(result, items=tuple(replace(item, data=data) for item, data in items))


def _is_whole(request: TextRequest | MediaRequest, result: TextResult | MediaResult) -> bool:
    if isinstance(result, MediaResult):
        return not result.missing
    structured = isinstance(request, TextRequest) and request.answer_schema is not None
    return not result.cut and (result.data is not None or not structured)


def _hashed(value: Any) -> Any:
    """A field of a request as JSON takes it: files by their digests, texts with their headings."""
    if isinstance(value, bytes):
        return {"sha256": hashlib.sha256(value).hexdigest()}
    if isinstance(value, tuple):
        return [_hashed(item) for item in value]
    if hasattr(value, "heading"):
        return [value.text, value.heading]
    return dict(value) if hasattr(value, "keys") else value


def _reused(made: Provenance, head: dict[str, Any], began: float) -> Provenance:
    """How a reused answer was made: where it comes from, and that it cost nothing this time."""
    origin = {**head["origin"], "kept_at": head["kept_at"]}
    return replace(made, reused_from=origin, usage={}, seconds=time.monotonic() - began)
