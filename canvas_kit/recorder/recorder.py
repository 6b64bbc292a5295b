"""Writes one run to its folder: bytes are on the disk, whole, before anyone is told.

Order of writing, for every entity: check the bytes, write them aside, flush, give the file its
name, append a line to the journal, flush. Then, and only then, is it announced. Nothing is written
into a picture: its bytes are kept as they came, and what is known about it lies beside it. The cost
of an entity does not grow with the run, and all disk work happens off the event loop.
"""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import canvas_kit
from canvas_kit.errors import RecordError, shorten
from canvas_kit.media import MAX_IMAGE_PIXELS, inspect
from canvas_kit.nodes.base import Artifact
from canvas_kit.recorder.disk import new_folder, write_flushed
from canvas_kit.recorder.disk import translated as translated_os_errors
from canvas_kit.recorder.entities import (
    EntityMaker,
    Numbering,
    encode,
    json_bytes,
    media_type_of,
    now,
)
from canvas_kit.recorder.journal import Journal
from canvas_kit.recorder.names import (
    FINAL,
    JOURNAL,
    METADATA,
    PARTIAL,
    WORKFLOW,
    day_folder,
    new_id,
    run_folder_name,
)
from canvas_kit.recorder.run import FORMAT, Run, in_order, manifest
from canvas_kit.recorder.sources import Sources, public_source
from canvas_kit.recorder.threads import in_thread
from canvas_kit.values import (
    Entity,
    Media,
    NodeReport,
    NodeState,
    Provenance,
    RunStatus,
    to_json,
)

if TYPE_CHECKING:
    from canvas_kit.canvas.graph import Canvas
    from canvas_kit.network import NetworkPolicy


class Recorder(Protocol):
    """Where a run's results go: a folder, or memory."""

    run_id: str

    @property
    def folder(self) -> Path | None:
        """Where the run lies, if it lies anywhere."""

    async def keep(
        self, node_id: str, kept: Artifact, *, round: int, part: int, parents: Sequence[str]
    ) -> Entity:
        """Keep one thing that a node made; it is safe when this returns."""

    async def submitting(self, node_id: str, job_id: str, details: Mapping[str, Any]) -> None:
        """Note that work is about to be handed to a server; it is safe when this returns."""

    def node_settled(self, report: NodeReport) -> None:
        """Note how a node stands; safe with the next thing that is."""

    async def finish(self, status: RunStatus) -> Run:
        """Close the record and give the run as a value."""


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
        self._maker = EntityMaker(Numbering(canvas), folder)
        self._names: set[tuple[str, int, int]] = set()
        self._reports = {
            node.id: NodeReport(node.id, node.type, NodeState.WAITING) for node in canvas.nodes
        }
        self._jobs: list[dict[str, Any]] = []
        self._pool = pool
        self._base_url = base_url
        self._sources = Sources(network, allowed_folders, pool)
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
        moment = now()
        run_id = run_id or new_id(moment)
        folder = day_folder(Path(exports), device_id, moment) / run_folder_name(run_id)
        head = {
            "format": FORMAT,
            "run_id": run_id,
            "canvas": {"id": canvas.id, "name": canvas.name, "fingerprint": canvas.fingerprint},
            "device_id": device_id,
            "started_at": moment.isoformat(timespec="milliseconds"),
            "seed": seed,
            "software": software(),
            **(about or {}),
        }
        begun: list[Journal] = []

        def begin() -> Journal:
            begun.append(_begin(folder, head, canvas, side))
            return begun[0]

        try:
            journal = await in_thread(pool, begin)
        except asyncio.CancelledError:
            for journal in begun:  # nobody else knows of it who could close it
                journal.note({"event": "end", "status": RunStatus.CANCELLED.value})
                await in_thread(pool, journal.close)
            raise
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
            Artifact(await self._checked(content, None, seed), seed=seed, details=details)
            if isinstance(content, bytes)
            else Artifact(content, seed=seed, details=details)
        )
        return await self._keep(
            node_id, kept, round=round_number, node_type=node_type, part=None, parents=()
        )

    async def save_image_from_bytes(
        self,
        node_id: str,
        image_data: bytes,
        model: str | None = None,
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
            model: The output config or model asked for.
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
        provenance = Provenance(backend, model=model or "", seed=seed) if backend else None
        kept = Artifact(media, seed=seed, model=model, provenance=provenance, details=details or {})
        return await self._keep(node_id, kept, round=1, part=None, parents=())

    async def save_image_from_url(
        self,
        node_id: str,
        url: str,
        model: str | None = None,
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
            model: The output config or model asked for.
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
        data, announced = await self._sources.fetch(url, base_url or self._base_url, backend or "")
        return await self.save_image_from_bytes(
            node_id,
            data,
            model,
            seed,
            backend,
            announced_size=announced,
            details={"source": {"url": public_source(url)}},
        )

    async def mark_complete(self, status: RunStatus = RunStatus.COMPLETED) -> Run:
        """Close the record: write ``metadata.json``. May be called again; the first word counts.

        Raises:
            RecordError: When it cannot be written; the journal then still tells everything.
        """
        return await self.finish(status)

    async def keep(
        self, node_id: str, kept: Artifact, *, round: int, part: int, parents: Sequence[str]
    ) -> Entity:
        """Record one thing that a node made, already checked; on the disk when this returns.

        Raises:
            RecordError: When it cannot be written.
        """
        return await self._keep(node_id, kept, round=round, part=part, parents=parents)

    async def submitting(self, node_id: str, job_id: str, details: Mapping[str, Any]) -> None:
        """Note that work is about to be handed to a server; on the disk when this returns."""
        job = {"node_id": node_id, "job_id": job_id, "at": now().isoformat(), **details}
        self._jobs.append(job)
        await in_thread(self._pool, self._journal.append, {"event": "submitting", **job})

    def node_settled(self, report: NodeReport) -> None:
        """Note how a node stands; it is on the disk with the next entity, or at the end."""
        self._reports[report.node_id] = report
        self._journal.note({"event": "node", **to_json(report)})

    async def finish(self, status: RunStatus) -> Run:
        """Close the record and give the run as a value.

        Raises:
            RecordError: When ``metadata.json`` cannot be written.
        """
        if self._run is None:
            self._about["ended_at"] = now().isoformat(timespec="milliseconds")
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
            await in_thread(self._pool, self._close, run)
            self._run = run
        return self._run

    async def _keep(
        self,
        node_id: str,
        kept: Artifact,
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
        return await in_thread(self._pool, store)

    def _store(
        self,
        node_id: str,
        kept: Artifact,
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
        self._journal.append({"event": "entity", **to_json(entity)})
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
            temporary.write_bytes(json_bytes(document))
            temporary.replace(self.folder / METADATA)
            for leftover in aside.iterdir():
                leftover.unlink()
            aside.rmdir()

    async def _checked(self, data: bytes, announced_size: int | None, seed: int | None) -> Media:
        check = partial(
            inspect, data, announced_size=announced_size, max_pixels=self._max_image_pixels
        )
        facts = await in_thread(self._pool, check)
        return Media(data, facts.media_type, facts.width, facts.height, seed)


def software() -> dict[str, str]:
    """What made a record: versions that matter when it is read years later."""
    return {
        "canvas_kit": canvas_kit.__version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
    }


def _begin(folder: Path, head: Mapping[str, Any], canvas: Canvas, side: Executor | None) -> Journal:
    with new_folder(folder) as (making, undone):
        (making / FINAL).mkdir()
        (making / PARTIAL).mkdir()
        write_flushed(making / WORKFLOW, canvas.to_json().encode(errors="replace"))
        journal = Journal(making / JOURNAL, names=folder / FINAL, side=side)
        undone.callback(journal.abandon)
        nodes = [{"node_id": node.id, "node_type": node.type} for node in canvas.nodes]
        # Flushed with the first entity; until then there is nothing that it must tell of.
        journal.append({"event": "run", **head, "nodes": nodes}, flush=False)
    journal.path = folder / JOURNAL
    return journal
