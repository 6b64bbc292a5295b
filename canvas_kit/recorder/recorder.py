"""Writes one run to its folder: bytes are on the disk, whole, before they are announced.

Order of writing, for every entity: check the bytes, write them aside, flush, give the file its
name, append a line to the journal, flush. Then, and only then, is it announced. Nothing is written
into a picture: its bytes are kept as they came, and what is known about it lies beside it. The cost
of an entity does not grow with the run, and all disk work happens off the event loop.
"""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from canvas_kit.canvas.graph import Canvas
from canvas_kit.errors import RecordError, shorten
from canvas_kit.media import MAX_IMAGE_PIXELS, inspect
from canvas_kit.recorder.continuing import Earlier, clear_aside, look_back, mark_unfinished
from canvas_kit.recorder.disk import translated, write_flushed
from canvas_kit.recorder.entities import EntityMaker, Outline, now, timestamp
from canvas_kit.recorder.fetching import Fetcher, public_source
from canvas_kit.recorder.journal import ATTEMPT, Journal, begin_record, make_record, plain
from canvas_kit.recorder.manifest import FORMAT, write_manifest
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
from canvas_kit.recorder.run import Run, in_order
from canvas_kit.tasks import in_thread, to_the_end
from canvas_kit.values import (
    Artifact,
    Entity,
    Media,
    NodeReport,
    Provenance,
    RunStatus,
    Source,
    to_json,
)
from canvas_kit.version import __version__

if TYPE_CHECKING:
    from canvas_kit.network import NetworkPolicy

T = TypeVar("T")


class Recorder:
    """Keeps a run in memory only: for trying things out, and for measuring.

    Attributes:
        run_id: The run's id.
        folder: Where the run lies, if it lies anywhere.
    """

    folder: Path | None = None

    def __init__(
        self, canvas: Canvas | Outline, *, run_id: str = "", seed: int | None = None
    ) -> None:
        self.run_id = run_id or new_id()
        outline = canvas if isinstance(canvas, Outline) else Outline(canvas)
        self._contents: dict[str, bytes] = {}
        self._names: set[tuple[str, int, int]] = set()
        self._maker = EntityMaker(outline, self._source())
        self._reports = dict(outline.waiting)
        self._about: dict[str, Any] = {}
        self._seed = seed
        self._run: Run | None = None

    async def keep(
        self,
        node_id: str,
        artifact: Artifact,
        *,
        round: int,
        part: int,
        parents: Sequence[str],
        made: Mapping[str, Any] | None = None,
    ) -> Entity:
        """Keep one thing that a node made, already checked; it is safe when this returns.

        A cancellation does not stop it.

        Args:
            node_id: The node.
            artifact: What it made.
            round: Its feedback round.
            part: The position among what it made.
            parents: The files that it was made from.
            made: A line of the journal that says what more the node gave; written before the file
                has its name.

        Raises:
            RecordError: When it cannot be written.
        """
        store = self._storing(
            node_id, artifact, round=round, part=part, parents=tuple(parents), made=made
        )
        return await self._done(store)

    async def submitting(self, node_id: str, job_id: str, details: Mapping[str, Any]) -> None:
        """Note that work is about to be handed to a server; it is safe when this returns.

        Raises:
            RecordError: When it cannot be written.
        """

    async def write_down(self, line: Mapping[str, Any]) -> None:
        """Have a line in the journal; it is safe when this returns.

        Raises:
            RecordError: When it cannot be written.
        """

    def note(self, line: Mapping[str, Any]) -> None:
        """Have a line in the journal; safe with the next thing that is."""

    def settle(self, report: NodeReport) -> None:
        """Note how a node stands; safe with the next thing that is."""
        self._reports[report.node_id] = report

    async def finish(self, status: RunStatus) -> Run:
        """Close the record and give the run as a value. A cancellation does not stop it.

        Raises:
            RecordError: When it cannot be written.
        """
        if self._run is None:
            run = Run(
                id=self.run_id,
                status=status,
                nodes=tuple(self._reports.values()),
                entities=in_order(self._maker.entities),
                folder=self.folder,
                seed=self._seed,
                about=self._about,
            )
            await self._close(run)
            self._run = run
        return self._run

    def _source(self) -> Source:
        return self._contents

    async def _done(self, work: Callable[[], T]) -> T:
        return work()

    async def _close(self, run: Run) -> None:
        pass

    def _storing(
        self,
        node_id: str,
        artifact: Artifact,
        *,
        round: int,
        part: int = 1,
        made: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Callable[[], Entity]:
        """The keeping of an artifact, with its place among the others taken."""
        if self._run is not None:
            raise RecordError(f"The run {self.run_id} is closed; nothing can be added to it.")
        while (node_id, round, part) in self._names:
            part += 1
        self._names.add((node_id, round, part))
        self._maker.number(node_id)  # now, so that it depends on the order of calls alone
        index = self._maker.next_index(artifact)

        def store() -> Entity:
            entity, data = self._maker.make(
                node_id, artifact, index=index, round=round, part=part, **more
            )
            self._put(entity, data, made)
            self._maker.entities.append(entity)
            return entity

        return store

    def _put(self, entity: Entity, data: bytes, made: Mapping[str, Any] | None) -> None:
        self._contents[entity.file] = data


class CanvasRecorder(Recorder):
    """Records one run in its own folder. Begin one with :meth:`start`.

    Attributes:
        run_id: The run's id.
        folder: Where the run lies.
        earlier: What earlier attempts have left, in a run that is gone on with.
    """

    folder: Path

    def __init__(
        self,
        outline: Outline,
        folder: Path,
        about: Mapping[str, Any],
        journal: Journal,
        *,
        pool: Executor | None,
        network: NetworkPolicy | None,
        base_url: str = "",
        allowed_folders: Sequence[Path] = (),
        max_image_pixels: int,
    ) -> None:
        """Use :meth:`start`; this only takes what that has made."""
        self.folder = folder
        super().__init__(outline, run_id=str(about["run_id"]), seed=about["seed"])
        self._about = dict(about)
        self._journal = journal
        self._fetcher = Fetcher(network, allowed_folders, pool)
        self._jobs: list[dict[str, Any]] = []
        self._pool = pool
        self._base_url = base_url
        self._max_image_pixels = max_image_pixels
        self.earlier: Earlier | None = None

    @classmethod
    async def start(
        cls,
        canvas: Canvas | Outline,
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
            canvas: The canvas as it will run, or its outline.
            exports: The folder under which records are written.
            device_id: Names the device; slugged.
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
        outline = canvas if isinstance(canvas, Outline) else Outline(canvas)
        moment = now()
        run_id = run_id or new_id(moment)
        folder = day_folder(Path(exports), device_id, moment) / run_folder_name(run_id)
        head = {
            "format": FORMAT,
            "run_id": run_id,
            "canvas": described(outline.canvas),
            "device_id": device_id,
            "started_at": timestamp(moment),
            "seed": seed,
            "software": software(),
            **plain(about or {}),
        }
        nodes = [{"node_id": key, "node_type": kind} for key, kind in outline.types.items()]
        make = partial(
            make_record,
            folder,
            {WORKFLOW: outline.document},
            {"event": "run", **head, "nodes": nodes},
            subfolders=(FINAL, PARTIAL),
            flushed=False,  # it is with the first entity; until then there is nothing to tell of
            names=folder / FINAL,
            side=side,
        )
        recorder = partial(
            cls,
            outline,
            folder,
            head,
            pool=pool,
            network=network,
            base_url=base_url,
            allowed_folders=allowed_folders,
            max_image_pixels=max_image_pixels,
        )

        def end(journal: Journal) -> Awaitable[object]:
            return recorder(journal).finish(RunStatus.CANCELLED)

        return recorder(await begin_record(pool, make, if_cancelled=end))

    @classmethod
    async def reopen(
        cls,
        canvas: Canvas | Outline,
        folder: Path,
        *,
        attempt: int = 0,
        pool: Executor | None = None,
        side: Executor | None = None,
        network: NetworkPolicy | None = None,
        max_image_pixels: int = MAX_IMAGE_PIXELS,
    ) -> CanvasRecorder:
        """A recorder that goes on with a run that is over: killed, cancelled or not complete.

        What was recorded stays as it is. Until the run ends again, its manifest says that it is
        not over.

        Threads and the like are as of :meth:`start`; ``attempt`` says which begins, 0 for one more
        than there were.

        Raises:
            RecordError: When the run is still going on, or its record cannot be read or written.
        """
        outline = canvas if isinstance(canvas, Outline) else Outline(canvas)

        def make() -> tuple[Journal, Earlier, dict[str, Any]]:
            with translated(f"go on with the run in {folder}"), ExitStack() as undone:
                journal = Journal(folder / JOURNAL, names=folder / FINAL, side=side, again=True)
                undone.callback(journal.abandon)
                for name in (FINAL, PARTIAL):
                    (folder / name).mkdir(exist_ok=True)
                clear_aside(folder, max_image_pixels)
                earlier, found = look_back(folder, outline, max_image_pixels)
                before = earlier.run.about.get("attempt", 1)
                number = attempt or (before if isinstance(before, int) else 1) + 1
                begun = {"attempt": number, "continued_at": timestamp(now())}
                mark_unfinished(folder)
                head = {**earlier.run.about, **begun}
                for name in ("ended_at", "jobs"):
                    head.pop(name, None)
                # First of all, since it says that a torn line before it is none of its faults.
                journal.append({"event": ATTEMPT, "about": begun}, flush=not found)
                for entity in found:
                    journal.append({"event": "entity", **to_json(entity)})
                undone.pop_all()
            return journal, earlier, head

        journal, earlier, head = await begin_record(
            pool, make, if_cancelled=lambda opened: in_thread(pool, opened[0].close)
        )
        recorder = cls(
            outline,
            folder,
            head,
            journal,
            pool=pool,
            network=network,
            max_image_pixels=max_image_pixels,
        )
        recorder.earlier = earlier
        for parts in earlier.entities.values():
            recorder._maker.follow(parts.values())
        recorder._names.update(
            (*place, part) for place in earlier.entities for part in earlier.entities[place]
        )
        recorder._jobs = [dict(job) for job in earlier.run.about.get("jobs", ())]
        return recorder

    async def save_entity(
        self, node_id: str, node_type: str, content: Any, metadata: Mapping[str, Any] | None = None
    ) -> Entity:
        """Record a text, a JSON-able mapping, or a medium from its bytes or its file's path.

        Args:
            node_id: The node that made it.
            node_type: Its type; part of the file's name.
            content: What it made.
            metadata: What else should be known; ``round`` and ``seed`` have their own places.

        Returns:
            The entity; its file is on the disk, whole.

        Raises:
            MediaError: When bytes are not a whole, decodable medium.
            RecordError: When it cannot be written, or is nothing that can be.
        """
        details = dict(metadata or {})
        round_number = details.pop("round", 1)
        if not isinstance(round_number, int) or round_number < 1:
            raise RecordError(f"The round should be 1 or more, but is {shorten(round_number)}.")
        seed = details.pop("seed", None)
        kept: str | Media | Mapping[str, Any]
        match content:
            case str() | Mapping():
                kept = content
            case bytes() | bytearray() | memoryview():
                kept = await self._checked(bytes(content), None, seed)
            case Path():
                kept = await self._checked(await in_thread(self._pool, _read, content), None, seed)
            case _:
                raise RecordError(
                    "A text, bytes, a path or a mapping can be recorded, but not a "
                    f"{type(content).__name__}."
                )
        artifact = Artifact(kept, seed=seed, details=details)
        return await self._save(node_id, artifact, round=round_number, node_type=node_type)

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
        made = Provenance(backend, model=model or "", seed=seed) if backend else None
        artifact = Artifact(media, seed=seed, model=model, provenance=made, details=details or {})
        return await self._save(node_id, artifact)

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
        data, announced = await self._fetcher.fetch(url, base_url or self._base_url, backend or "")
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

    async def submitting(self, node_id: str, job_id: str, details: Mapping[str, Any]) -> None:
        """Note that work is about to be handed to a server; on the disk when this returns."""
        job = {"node_id": node_id, "job_id": job_id, "at": now().isoformat(), **plain(details)}
        self._jobs.append(job)
        await self.write_down({"event": "submitting", **job})

    async def write_down(self, line: Mapping[str, Any]) -> None:
        """Have a line in the journal; it is on the disk when this returns."""
        await in_thread(self._pool, self._journal.append, line)

    def note(self, line: Mapping[str, Any]) -> None:
        """Have a line in the journal; it is on the disk with the next entity, or at the end."""
        self._journal.note(line)

    def settle(self, report: NodeReport) -> None:
        """Note how a node stands; it is on the disk with the next entity, or at the end."""
        super().settle(report)
        self._journal.note({"event": "node", **to_json(report)})

    async def _save(
        self, node_id: str, artifact: Artifact, *, round: int = 1, node_type: str = ""
    ) -> Entity:
        if not isinstance(node_id, str):
            raise RecordError(f"The node's id should be a text, but is {shorten(node_id)}.")
        store = self._storing(node_id, artifact, round=round, node_type=node_type)
        return await in_thread(self._pool, store)

    def _put(self, entity: Entity, data: bytes, made: Mapping[str, Any] | None) -> None:
        if made is not None:
            self._journal.append(made, flush=False)
        path = self.folder / entity.file
        temporary = self.folder / PARTIAL / path.name
        with translated(f"record {entity.file} of run {self.run_id}"):
            write_flushed(temporary, data)
            temporary.rename(path)
        self._journal.append({"event": "entity", **to_json(entity)})

    def _source(self) -> Source:
        return self.folder

    async def finish(self, status: RunStatus) -> Run:
        """Close the record and give the run as a value; see :meth:`Recorder.finish`."""
        if self._run is None:
            self._about["ended_at"] = timestamp(now())
            if self._jobs:
                self._about["jobs"] = self._jobs
        return await super().finish(status)

    async def _done(self, work: Callable[[], T]) -> T:
        return await to_the_end(asyncio.get_running_loop().run_in_executor(self._pool, work))

    async def _close(self, run: Run) -> None:
        ended = {"ended_at": self._about["ended_at"]}
        self._journal.note({"event": "end", "status": run.status.value, "about": ended})
        await self._done(partial(self._journal.close, partial(self._write_manifest, run)))

    def _write_manifest(self, run: Run) -> None:
        with translated(f"write {self.folder / METADATA}"):
            write_manifest(self.folder, self._about, run.status, run.nodes, run.entities)

    async def _checked(self, data: bytes, announced_size: int | None, seed: int | None) -> Media:
        check = partial(
            inspect, data, announced_size=announced_size, max_pixels=self._max_image_pixels
        )
        facts = await in_thread(self._pool, check)
        return Media(data, facts.media_type, facts.width, facts.height, seed)


def software() -> dict[str, str]:
    """What made a record: versions that matter when it is read years later."""
    return {
        "canvas_kit": __version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
    }


def described(canvas: Canvas) -> dict[str, str]:
    """A canvas in the head of a manifest."""
    return {"id": canvas.id, "name": canvas.name, "fingerprint": canvas.fingerprint}


def _read(path: Path) -> bytes:
    with translated(f"read {path}"):
        return path.read_bytes()
