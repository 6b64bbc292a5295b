"""Writes one run to its folder: bytes are on the disk, whole, before anyone is told.

Order of writing, for every entity: check the bytes, write them aside, flush, give the file its
name, append a line to the journal, flush. Then, and only then, is it announced. Nothing is written
into a picture: its bytes are kept as they came, and what is known about it lies beside it. The cost
of an entity does not grow with the run, and all disk work happens off the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import platform
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlsplit
from urllib.request import url2pathname

import canvas_kit
from canvas_kit.canvas.connections import topological_order
from canvas_kit.errors import DownloadError, RecordError, shorten
from canvas_kit.media import MAX_IMAGE_PIXELS, MediaFacts, extension_of, inspect
from canvas_kit.nodes.base import Kept
from canvas_kit.nodes.inputs import decode_data_url
from canvas_kit.recorder.disk import flush_folder, make_folder, write_flushed
from canvas_kit.recorder.disk import translated as translated_os_errors
from canvas_kit.recorder.journal import Journal, as_json
from canvas_kit.recorder.names import (
    FINAL,
    JOURNAL,
    METADATA,
    PARTIAL,
    WORKFLOW,
    day_folder,
    entity_file,
    new_id,
    run_folder_name,
)
from canvas_kit.recorder.run import FORMAT, NodeReport, Run, in_order, manifest
from canvas_kit.values import Entity, Media, NodeState, Provenance, RunStatus

if TYPE_CHECKING:
    from canvas_kit.canvas.graph import Canvas
    from canvas_kit.network import NetworkPolicy

T = TypeVar("T")


class Recorder(Protocol):
    """Where a run's results go: a folder, or memory."""

    run_id: str

    @property
    def folder(self) -> Path | None:
        """Where the run lies, if it lies anywhere."""

    async def keep(
        self, node_id: str, kept: Kept, *, round: int, part: int, parents: Sequence[str]
    ) -> Entity:
        """Keep one thing that a node made; it is safe when this returns."""

    async def submitting(self, node_id: str, job_id: str, details: Mapping[str, Any]) -> None:
        """Note that work is about to be handed to a server; it is safe when this returns."""

    def node_settled(self, report: NodeReport) -> None:
        """Note how a node stands; safe with the next thing that is."""

    async def finish(self, status: RunStatus) -> Run:
        """Close the record and give the run as a value."""


class Numbering:
    """The numbers and names of a canvas's entities: they depend on the canvas alone."""

    def __init__(self, canvas: Canvas) -> None:
        """Number the nodes that make something to keep, in topological order."""
        forward = [link for link in canvas.links if not link.feedback]
        order, _ = topological_order(len(canvas.nodes), forward)
        keeping = [canvas.nodes[index] for index in order if canvas.nodes[index].keeps]
        self.number = {node.id: position for position, node in enumerate(keeping, start=1)}
        self.node_type = {node.id: node.type for node in canvas.nodes}
        self.digits = max(2, len(str(len(keeping))))

    def place(self, node_id: str) -> int:
        """The number of a node; one that the canvas does not number comes behind the others."""
        return self.number.setdefault(node_id, len(self.number) + 1)


class EntityMaker:
    """Turns what a node made into bytes and an entity. Holds what has been made so far."""

    def __init__(self, numbering: Numbering) -> None:
        """Start with nothing made."""
        self.numbering = numbering
        self.entities: list[Entity] = []
        self._counted: dict[str, int] = {}

    def next_index(self, media_type: str) -> int:
        """The position of one more result among those of its kind, from 0, as they come."""
        kind = media_type.partition("/")[0]
        self._counted[kind] = self._counted.get(kind, -1) + 1
        return self._counted[kind]

    def entity(
        self,
        node_id: str,
        kept: Kept,
        data: bytes,
        facts: MediaFacts,
        *,
        index: int,
        round: int,
        part: int,
        parents: Sequence[str],
        node_type: str = "",
    ) -> Entity:
        """The entity for ``data``, not yet anywhere."""
        node_type = node_type or self.numbering.node_type.get(node_id, "node")
        number = self.numbering.place(node_id)
        file = entity_file(
            number,
            node_type,
            facts.extension,
            digits=self.numbering.digits,
            round=round,
            part=part,
        )
        return Entity(
            number=number,
            node_id=node_id,
            node_type=node_type,
            file=file,
            sha256=hashlib.sha256(data).hexdigest(),
            size_bytes=len(data),
            media_type=facts.media_type,
            created_at=_now().isoformat(timespec="milliseconds"),
            index=index,
            round=round,
            part=part,
            width=facts.width,
            height=facts.height,
            parents=tuple(parents),
            seed=kept.seed,
            config_id=kept.config_id,
            provenance=kept.provenance,
            details=kept.details,
        )


class CanvasRecorder:
    """Records one run in its own folder. Begin one with :meth:`start`.

    Attributes:
        run_id: The run's id.
        folder: Where the run lies.
    """

    def __init__(
        self,
        folder: Path,
        about: Mapping[str, Any],
        canvas: Canvas,
        journal: Journal,
        *,
        pool: Executor | None,
        network: NetworkPolicy | None,
        base_url: str,
        allowed_folders: Sequence[Path],
        max_image_pixels: int,
    ) -> None:
        """Use :meth:`start`; this only takes what that has made."""
        self.run_id = str(about["run_id"])
        self.folder: Path = folder
        self._about = dict(about)
        self._journal = journal
        self._maker = EntityMaker(Numbering(canvas))
        self._names: set[tuple[str, int, int]] = set()
        self._reports = {
            node.id: NodeReport(node.id, node.type, NodeState.WAITING) for node in canvas.nodes
        }
        self._jobs: list[dict[str, Any]] = []
        self._pool = pool
        self._network = network
        self._base_url = base_url
        self._allowed_folders = tuple(allowed_folders)
        self._max_image_pixels = max_image_pixels
        self._run: Run | None = None

    @classmethod
    async def start(
        cls,
        canvas: Canvas,
        *,
        exports: str | Path = "exports",
        device_id: str = "local",
        run_id: str = "",
        seed: int | None = None,
        about: Mapping[str, Any] | None = None,
        pool: Executor | None = None,
        side: Executor | None = None,
        network: NetworkPolicy | None = None,
        base_url: str = "",
        allowed_folders: Sequence[Path] = (),
        max_image_pixels: int = MAX_IMAGE_PIXELS,
    ) -> CanvasRecorder:
        """A recorder whose folder, workflow and journal are on the disk.

        Args:
            canvas: The canvas as it will run.
            exports: The folder under which records are written.
            device_id: Names the desk; slugged.
            run_id: Empty for a fresh one.
            seed: The run's seed, for the manifest.
            about: More for the head of the manifest, JSON-able.
            pool: Threads for the disk work; None for the event loop's own.
            side: Further threads, for flushes that can go on beside others; not ``pool`` itself,
                whose threads wait for them.
            network: What :meth:`save_image_from_url` may fetch; None for nothing but ``base_url``.
            base_url: The address of the backend, for server-relative URLs.
            allowed_folders: Where local paths may lie.
            max_image_pixels: The largest picture decoded, as width times height.

        Raises:
            RecordError: When the folder cannot be written.
        """
        now = _now()
        run_id = run_id or new_id(now)
        folder = day_folder(Path(exports), device_id, now) / run_folder_name(run_id)
        head = {
            "format": FORMAT,
            "run_id": run_id,
            "canvas": {"id": canvas.id, "name": canvas.name, "fingerprint": canvas.fingerprint},
            "device_id": device_id,
            "started_at": now.isoformat(timespec="milliseconds"),
            "seed": seed,
            "software": software(),
            **(about or {}),
        }
        journal = await _in_thread(pool, _begin, folder, head, canvas, side)
        return cls(
            folder,
            head,
            canvas,
            journal,
            pool=pool,
            network=network,
            base_url=base_url,
            allowed_folders=allowed_folders,
            max_image_pixels=max_image_pixels,
        )

    async def save_entity(
        self,
        node_id: str,
        node_type: str,
        content: str | bytes | Mapping[str, Any],
        metadata: Mapping[str, Any] | None = None,
    ) -> Entity:
        """Record a text, a JSON-able mapping, or the bytes of a medium.

        Args:
            node_id: The node that made it.
            node_type: Its type; part of the file's name.
            content: What it made.
            metadata: What else should be known; ``round`` and ``seed`` have their own places.

        Returns:
            The entity; its file is on the disk, whole.

        Raises:
            MediaError: When bytes are not a whole, decodable medium.
            RecordError: When it cannot be written.
        """
        details = dict(metadata or {})
        round_number = details.pop("round", 1)
        if not isinstance(round_number, int) or round_number < 1:
            raise RecordError(f"The round should be 1 or more, but is {shorten(round_number)}.")
        seed = details.pop("seed", None)
        kept = (
            Kept(await self._checked(content, None, seed), seed=seed, details=details)
            if isinstance(content, bytes)
            else Kept(content, seed=seed, details=details)
        )
        return await self._keep(
            node_id, kept, round=round_number, node_type=node_type, part=None, parents=()
        )

    async def save_image_from_bytes(
        self,
        node_id: str,
        image_data: bytes,
        config_id: str | None = None,
        seed: int | None = None,
        backend: str | None = None,
        *,
        announced_size: int | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> Entity:
        """Record a picture from its bytes, which are kept as they are.

        Args:
            node_id: The node that made it.
            image_data: The encoded picture.
            config_id: The output config or model asked for.
            seed: The seed that made it.
            backend: The backend that made it.
            announced_size: The length that the sender named, if any.
            details: What else should be known, JSON-able.

        Returns:
            The entity; its file is on the disk, whole.

        Raises:
            MediaError: When it is not a whole, decodable medium.
            RecordError: When it cannot be written.
        """
        media = await self._checked(image_data, announced_size, seed)
        provenance = Provenance(backend, model=config_id or "", seed=seed) if backend else None
        kept = Kept(
            media, seed=seed, config_id=config_id, provenance=provenance, details=details or {}
        )
        return await self._keep(node_id, kept, round=1, part=None, parents=())

    async def save_image_from_url(
        self,
        node_id: str,
        url: str,
        config_id: str | None = None,
        seed: int | None = None,
        *,
        backend: str | None = None,
        base_url: str = "",
    ) -> Entity:
        """Fetch a picture and record it.

        Takes ``http(s)`` addresses, addresses relative to the backend's, ``data:`` and ``file:``
        URLs, and plain paths inside the allowed folders.

        Args:
            node_id: The node that made it.
            url: Where it lies.
            config_id: The output config or model asked for.
            seed: The seed that made it.
            backend: The backend that made it.
            base_url: The backend's address, if another than the recorder's.

        Returns:
            The entity; its file is on the disk, whole. Never None.

        Raises:
            DownloadError: When the file did not come, or not whole.
            AccessDenied: When its host or folder is not allowed.
            MediaError: When what came is not a whole, decodable medium.
            RecordError: When it cannot be written.
        """
        data, announced = await self._fetch(url, base_url or self._base_url, backend or "")
        return await self.save_image_from_bytes(
            node_id,
            data,
            config_id,
            seed,
            backend,
            announced_size=announced,
            details={"source": {"url": _public_source(url)}},
        )

    async def mark_complete(self, status: RunStatus = RunStatus.COMPLETED) -> Run:
        """Close the record: write ``metadata.json``. May be called again; the first word counts.

        Raises:
            RecordError: When it cannot be written; the journal then still tells everything.
        """
        return await self.finish(status)

    async def keep(
        self, node_id: str, kept: Kept, *, round: int, part: int, parents: Sequence[str]
    ) -> Entity:
        """Record one thing that a node made, already checked; on the disk when this returns.

        Raises:
            RecordError: When it cannot be written.
        """
        return await self._keep(node_id, kept, round=round, part=part, parents=parents)

    async def submitting(self, node_id: str, job_id: str, details: Mapping[str, Any]) -> None:
        """Note that work is about to be handed to a server; on the disk when this returns."""
        job = {"node_id": node_id, "job_id": job_id, "at": _now().isoformat(), **details}
        self._jobs.append(job)
        await _in_thread(self._pool, self._journal.append, {"event": "submitting", **job})

    def node_settled(self, report: NodeReport) -> None:
        """Note how a node stands; it is on the disk with the next entity, or at the end."""
        self._reports[report.node_id] = report
        self._journal.note({"event": "node", **report.to_json()})

    async def finish(self, status: RunStatus) -> Run:
        """Close the record and give the run as a value.

        Raises:
            RecordError: When ``metadata.json`` cannot be written.
        """
        if self._run is None:
            self._about["ended_at"] = _now().isoformat(timespec="milliseconds")
            if self._jobs:
                self._about["jobs"] = self._jobs
            run = Run(
                id=self.run_id,
                status=status,
                nodes=tuple(self._reports.values()),
                entities=in_order(self._maker.entities),
                folder=self.folder,
                seed=self._about.get("seed"),
                about=self._about,
            )
            await _in_thread(self._pool, self._close, run)
            self._run = run
        return self._run

    async def _keep(
        self,
        node_id: str,
        kept: Kept,
        *,
        round: int,
        part: int | None,
        parents: Sequence[str],
        node_type: str = "",
    ) -> Entity:
        if self._run is not None:
            raise RecordError(f"The run {self.run_id} is closed; nothing can be added to it.")
        part = part or 1
        while (node_id, round, part) in self._names:
            part += 1
        self._names.add((node_id, round, part))
        self._maker.numbering.place(node_id)  # now, so that it depends on the order of calls alone
        index = self._maker.next_index(media_type_of(kept))
        store = partial(self._store, node_id, kept, index, round, part, tuple(parents), node_type)
        return await _in_thread(self._pool, store)

    def _store(
        self,
        node_id: str,
        kept: Kept,
        index: int,
        round: int,
        part: int,
        parents: tuple[str, ...],
        node_type: str,
    ) -> Entity:
        data, facts = encode(kept)
        entity = self._maker.entity(
            node_id,
            kept,
            data,
            facts,
            index=index,
            round=round,
            part=part,
            parents=parents,
            node_type=node_type,
        )
        path = self.folder / entity.file
        temporary = self.folder / PARTIAL / path.name
        with translated_os_errors(f"record {entity.file} of run {self.run_id}"):
            write_flushed(temporary, data)
            temporary.rename(path)
        self._journal.append({"event": "entity", **entity.to_json()})
        self._maker.entities.append(entity)
        return entity

    def _close(self, run: Run) -> None:
        self._journal.note(
            {
                "event": "end",
                "status": run.status.value,
                "about": {"ended_at": self._about["ended_at"]},
            }
        )
        self._journal.close()
        document = manifest(self._about, run.status, run.nodes, run.entities)
        aside = self.folder / PARTIAL
        temporary = aside / METADATA
        with translated_os_errors(f"write {self.folder / METADATA}"):
            # Not flushed: the journal is, and a manifest that a power failure tears is made anew.
            temporary.write_bytes(_json_bytes(document))
            temporary.replace(self.folder / METADATA)
            for leftover in aside.iterdir():
                leftover.unlink()
            aside.rmdir()

    async def _checked(self, data: bytes, announced_size: int | None, seed: int | None) -> Media:
        check = partial(
            inspect, data, announced_size=announced_size, max_pixels=self._max_image_pixels
        )
        facts = await _in_thread(self._pool, check)
        return Media(data, facts.media_type, facts.width, facts.height, seed)

    async def _fetch(self, url: str, base: str, backend: str) -> tuple[bytes, int | None]:
        if not url:
            raise DownloadError("The address of the picture is empty.")
        if url.startswith("data:"):
            return decode_data_url(url), None
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise DownloadError(f"{shorten(url)} is not an address: {error}.") from None
        if parts.scheme == "file":
            return await self._read_local(Path(url2pathname(parts.path)))
        if parts.scheme in ("http", "https"):
            return await self._download(url, base, backend)
        if parts.scheme and len(parts.scheme) > 1:  # one letter is a Windows drive
            raise DownloadError(
                f"The address {shorten(url)} has the scheme {parts.scheme!r}; http, https, data "
                "and file can be fetched.",
                url=url,
            )
        local = Path(url)
        if self._is_allowed(local):
            return await self._read_local(local)
        if base:
            return await self._download(url, base, backend)
        raise DownloadError(
            f"{shorten(url)} is a path, but no backend address is configured that it could belong "
            "to, and it is no file in an allowed folder.",
            url=url,
        )

    async def _download(self, url: str, base: str, backend: str) -> tuple[bytes, int | None]:
        from canvas_kit.network import NetworkPolicy, download

        network = self._network or NetworkPolicy()
        found = await download(url, network=network, base=base, backend=backend)
        return found.data, found.announced_size

    async def _read_local(self, path: Path) -> tuple[bytes, int | None]:
        if not self._is_allowed(path):
            raise DownloadError(
                f"The file {path} is not there, or lies outside the allowed folders "
                f"({', '.join(map(str, self._allowed_folders)) or 'none'}).",
                url=str(path),
            )
        limit = self._network.max_download_bytes if self._network else 256 * 2**20

        def read() -> bytes:
            with translated_os_errors(f"read {path}"), path.open("rb") as file:
                return file.read(limit + 1)

        data = await _in_thread(self._pool, read)
        if len(data) > limit:
            raise DownloadError(f"The file {path} is larger than {limit} bytes.", url=str(path))
        return data, None

    def _is_allowed(self, path: Path) -> bool:
        try:
            found = path.resolve(strict=True)
        except (OSError, ValueError):
            return False
        return found.is_file() and any(
            found.is_relative_to(folder.resolve()) for folder in self._allowed_folders
        )


class MemoryRecorder:
    """Keeps a run in memory only: for trying things out, and for measuring."""

    folder: Path | None = None

    def __init__(
        self,
        canvas: Canvas,
        *,
        run_id: str = "",
        seed: int | None = None,
        numbering: Numbering | None = None,
    ) -> None:
        """Begin with nothing kept."""
        self.run_id = run_id or new_id()
        self._seed = seed
        self._maker = EntityMaker(numbering or Numbering(canvas))
        self._contents: dict[str, bytes] = {}
        self._reports = {
            node.id: NodeReport(node.id, node.type, NodeState.WAITING) for node in canvas.nodes
        }

    async def keep(
        self, node_id: str, kept: Kept, *, round: int, part: int, parents: Sequence[str]
    ) -> Entity:
        """Keep one thing that a node made."""
        data, facts = encode(kept)
        index = self._maker.next_index(facts.media_type)
        entity = self._maker.entity(
            node_id, kept, data, facts, index=index, round=round, part=part, parents=parents
        )
        self._maker.entities.append(entity)
        self._contents[entity.file] = data
        return entity

    async def submitting(self, node_id: str, job_id: str, details: Mapping[str, Any]) -> None:
        """Nothing: there is no record to look in."""

    def node_settled(self, report: NodeReport) -> None:
        """Note how a node stands."""
        self._reports[report.node_id] = report

    async def finish(self, status: RunStatus) -> Run:
        """The run as a value, with its contents."""
        return Run(
            id=self.run_id,
            status=status,
            nodes=tuple(self._reports.values()),
            entities=in_order(self._maker.entities),
            seed=self._seed,
            contents=self._contents,
        )


def encode(kept: Kept) -> tuple[bytes, MediaFacts]:
    """The bytes of a file for ``kept``, and what they are."""
    match kept.content:
        case str(text):
            return text.encode(errors="replace"), MediaFacts("text/plain", "txt")
        case Media() as media:
            facts = MediaFacts(
                media.media_type, extension_of(media.media_type), media.width, media.height
            )
            return media.data, facts
        case document:
            return _json_bytes(document), MediaFacts("application/json", "json")


def media_type_of(kept: Kept) -> str:
    """The media type under which ``kept`` is recorded."""
    match kept.content:
        case str():
            return "text/plain"
        case Media() as media:
            return media.media_type
    return "application/json"


def software() -> dict[str, str]:
    """What made a record: versions that matter when it is read years later."""
    return {
        "canvas_kit": canvas_kit.__version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
    }


async def _in_thread(pool: Executor | None, call: Callable[..., T], *arguments: Any) -> T:
    """Run ``call`` in a thread, to its end even if the caller is cancelled meanwhile.

    A half-done write would be harmless, but the caller could not tell whether it was done.
    """
    future = asyncio.get_running_loop().run_in_executor(pool, partial(call, *arguments))
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        if not future.done():
            await asyncio.wait([future])
        raise


def _begin(folder: Path, head: Mapping[str, Any], canvas: Canvas, side: Executor | None) -> Journal:
    make_folder(folder.parent)
    # Under another name until it is all there: what is called a run folder can be opened.
    making = folder.with_name(f".{folder.name}.new")
    with translated_os_errors(f"write {folder}"), contextlib.ExitStack() as undone:
        making.mkdir()
        undone.callback(shutil.rmtree, making, ignore_errors=True)
        (making / FINAL).mkdir()
        (making / PARTIAL).mkdir()
        write_flushed(making / WORKFLOW, canvas.to_json().encode(errors="replace"))
        journal = Journal(making / JOURNAL, names=folder / FINAL, side=side)
        undone.callback(journal.abandon)
        nodes = [{"node_id": node.id, "node_type": node.type} for node in canvas.nodes]
        # Flushed with the first entity; until then there is nothing that it must tell of.
        journal.append({"event": "run", **head, "nodes": nodes}, flush=False)
        flush_folder(making)
        making.rename(folder)
        journal.path = folder / JOURNAL
        flush_folder(folder.parent)
        undone.pop_all()
    return journal


def _now() -> datetime:
    return datetime.now(UTC)


def _json_bytes(document: Mapping[str, Any]) -> bytes:
    return as_json(document, indent=2) + b"\n"


def _public_source(url: str) -> str:
    """Where a picture came from, without credentials and keys, at a length that can be read."""
    if url.startswith("data:"):
        return url.partition(",")[0][:200]
    from canvas_kit.network import public_url

    shown = public_url(url)
    return shown if len(shown) <= 400 else f"{shown[:400]}…"
