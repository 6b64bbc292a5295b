"""What the gallery asks: recorded pictures, their facets, their thumbnails, their ratings.

The words of the questions are in ``front_end/src/gallery/protocol.ts``. A page names pictures by
run and file; which folder that is, is decided here: one of a run that was recorded under an exports
folder that Python named. Paths from a page are never used.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from canvas_kit.catalog.index import Told, ask
from canvas_kit.catalog.queries import find_pictures
from canvas_kit.catalog.reading import RUN_COLUMNS, read_run
from canvas_kit.catalog.words import phrases_of
from canvas_kit.errors import RecordError, UnknownName, shorten
from canvas_kit.executor.engine import Engine
from canvas_kit.recorder.disk import find_record
from canvas_kit.recorder.names import run_folder_name
from canvas_kit.recorder.ratings import Rating, rate, rater_name, read_ratings, write_again
from canvas_kit.recorder.run import Run
from canvas_kit.values import Entity, Verdict, from_json, to_json
from canvas_kit.views.markup import checked_bytes
from canvas_kit.workbench.methods import BadQuestion, Method, Parameters
from canvas_kit.workbench.pictures import (
    GalleryView,
    PictureTable,
    Place,
    Row,
    ShownPictures,
    plain,
)
from canvas_kit.workbench.thumbnails import Thumbnails

BLIND = "blind"
"""Stands for the run of every picture of a blind view; the file is a token then."""
_THUMBNAILS_AT_ONCE = 2
_PREPARED = 400
"""Thumbnails that are made ahead when a gallery opens: some screens full."""
_SHORT_HASH = 16
_MAX_TEXT_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class PictureSource:
    """Which recorded pictures a gallery looks at.

    Attributes:
        title: What that is, in words.
        exports: The exports folder.
        batch_id: Only those of this batch.
        folders: Only those of the runs in these folders.
        places: Only these pictures: the folder and the file of each.
        runs: How many runs a batch had when it was asked for.
    """

    title: str
    exports: Path
    batch_id: str | None = None
    folders: tuple[Path, ...] | None = None
    places: frozenset[tuple[str, str]] | None = None
    runs: int | None = field(default=None, compare=False)

    def read(
        self, index_folder: Path | None, text: str | None = None, told: Told | None = None
    ) -> tuple[list[Row], list[str]]:
        """What is kept of the pictures, newest first, and a sentence for each run that is damaged.

        Args:
            index_folder: Where indexes lie; None for the user's cache folder.
            text: Only runs that have these words.
            told: Is told how far a first reading of the records is.

        Raises:
            QueryError: When there is no word in the text.
        """
        listed, strays = self._listed()
        phrases = [f" {phrase}" for phrase in phrases_of(text)] if text is not None else []
        rows: list[Row] = []
        problems: list[str] = []
        if listed is None or listed:
            question = partial(
                find_pictures,
                root=f"{self.exports}/json",
                batch_id=self.batch_id,
                folders=listed,
                text=text,
            )
            rows, problems = ask(self.exports, index_folder, question, told)
        for folder in map(str, strays):
            try:
                entry = read_run(folder)
            except RecordError as error:
                problems.append(str(error))
                continue
            if all(phrase in f" {entry.words}" for phrase in phrases):
                rows += [(folder, *picture) for picture in entry.pictures]
        if self.places is not None:
            rows = [row for row in rows if (row[0], row[2]) in self.places]
        return rows, problems

    def _listed(self) -> tuple[list[str] | None, list[Path]]:
        """The folders as the index knows them, and those that are not in its exports folder."""
        if self.folders is None:
            return None, []
        listed, strays = [], []
        for folder in self.folders:
            if folder.parents[2] == self.exports / "json":
                listed.append("/".join(folder.parts[-3:]))
            else:
                strays.append(folder)
        return listed, strays


class Looking:
    """Answers what galleries ask. One for each desk."""

    def __init__(self, engine: Engine) -> None:
        """Prepare; nothing is read."""
        self._settings = engine.settings
        self._thumbnails = Thumbnails(engine.settings)
        self._sources: dict[str, PictureSource] = {}
        self._folders: dict[str, str] = {}
        self._entities: dict[Place, Entity] = {}
        self._blind: dict[str, tuple[Place, Mapping[str, int]]] = {}
        self._secret = secrets.token_hex(16)
        self._changes: dict[str, list[tuple[Path, Place, Rating]]] = {}
        self._hidden: dict[Place, Rating] = {}
        """What was thought of a picture before it was judged blind."""
        self._selected: dict[str, list[Place]] = {}
        self._making = asyncio.Semaphore(_THUMBNAILS_AT_ONCE)
        self._wanted = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._preparing: asyncio.Task[None] | None = None
        self._reading = threading.Lock()
        self._progress: dict[str, int] | None = None
        self._table: tuple[object, PictureTable] | None = None
        """What was read last and the table of it: parsing it takes longer than reading it."""

    def methods(self) -> Mapping[str, Method]:
        """The methods by name."""
        return {
            "gallery.open": self._open,
            "gallery.progress": self._tell_progress,
            "gallery.values": self._values,
            "gallery.details": self._details,
            "gallery.origin": self._origin,
            "gallery.rate": self._rate,
            "gallery.undo": self._undo,
            "gallery.select": self._select,
        }

    @property
    def rater(self) -> str:
        """Who rates here.

        Raises:
            RecordError: When the settings name a rater that is no name.
        """
        return rater_name(self._settings.rater or None)

    def offer(self, source: PictureSource) -> Mapping[str, Any]:
        """Let pages look at these pictures too; what they name them by, as JSON."""
        known = next((name for name, one in self._sources.items() if one == source), None)
        name = known or secrets.token_hex(8)
        self._sources[name] = source
        return {"kind": "selection", "selection": name}

    def selected(self, source: Mapping[str, Any]) -> list[tuple[Path, str]]:
        """The folder and file of each picture that is chosen in a page that looks at ``source``."""
        places = self._selected.get(_name_of(source), [])
        return [(self._folder(run_id), file) for run_id, file in places]

    def source(self, said: Any) -> PictureSource:
        """The pictures that a page names.

        Raises:
            BadQuestion: When it names none.
            UnknownName: When there is no such run, or Python does not know the selection any more.
        """
        exports = self._settings.exports
        match said:
            case {"kind": "exports"}:
                return PictureSource(exports.name, exports)
            case {"kind": "batch", "batch_id": str(batch_id)}:
                return PictureSource(batch_id, exports, batch_id=batch_id)
            case {"kind": "run", "run_id": str(run_id)}:
                folder = self._folder(run_id)
                return PictureSource(run_id, folder.parents[3], folders=(folder,))
            case {"kind": "selection", "selection": str(name)}:
                if name not in self._sources:
                    raise UnknownName("selection of pictures", name, [])
                return self._sources[name]
        raise BadQuestion("A gallery should be asked for a run, a batch, a selection or exports.")

    def read(self, source: PictureSource, view: GalleryView) -> ShownPictures:
        """What a view shows of some pictures.

        Raises:
            QueryError: When the view's text has no word in it.
        """
        return view.of(self.table(source), self._found(source, view))

    def table(self, source: PictureSource) -> PictureTable:
        """All pictures of a source, as they are recorded now."""

        def told(read: int, total: int) -> None:
            self._progress = {"read": read, "total": total}

        with self._reading:  # the page and what stands in its place ask at the same time
            try:
                rows, problems = source.read(self._settings.index_folder, told=told)
            finally:
                self._progress = None
            kept = (source, rows, problems)
            if self._table is None or self._table[0] != kept:
                table = PictureTable(rows, self.rater, problems)
                self._folders |= {one.run_id: one.folder for one in table.pictures}
                self._table = kept, table
            return self._table[1]

    def _found(self, source: PictureSource, view: GalleryView) -> frozenset[str] | None:
        """The folders of the runs that have the words of a view; None if it has none."""
        if not (words := view.text.strip()):
            return None
        return frozenset(row[0] for row in source.read(self._settings.index_folder, words)[0])

    async def picture(
        self, run_id: str, file: str, sha256: str = "", edge: int = 0
    ) -> tuple[bytes, str]:
        """A recorded file, or a thumbnail of a picture, and its media type.

        Args:
            run_id: The run that made it.
            file: The file, as its entity has it.
            sha256: What the page takes it for: the beginning of its hash; empty for anything.
            edge: The longest edge of a thumbnail in pixels, at least; 0 for the file itself.

        Raises:
            UnknownName: When there is no such run or file.
            RecordError: When it is not there (any more), has changed, or cannot be shown.
        """
        place, _ = self._seen((run_id, file))
        if edge <= 0:
            return await asyncio.to_thread(self.file, place, sha256)
        self._wanted += 1
        self._idle.clear()
        try:
            async with self._making:
                return await asyncio.to_thread(self.thumbnail, place, edge, sha256)
        finally:
            self._wanted -= 1
            if not self._wanted:
                self._idle.set()

    def prepare(self, place: Place, edge: int = 320) -> bool:
        """Have a thumbnail ready; whether it can be shown."""
        try:
            self.thumbnail(place, edge)
        except (RecordError, UnknownName):
            return False
        return True

    # --- answers ---------------------------------------------------------------------------------

    async def _open(self, parameters: Parameters) -> Any:
        view = GalleryView.from_json(parameters)

        def read() -> tuple[Any, ShownPictures]:
            source = self.source(parameters.get("source"))
            table = self.table(source)
            shown = view.of(table, self._found(source, view))
            batch = table.facets["batch"] if source.batch_id is not None else ()
            return {
                "total": shown.total,
                "matched": len(shown.pictures),
                "title": str(batch[0]) if batch else source.title,
                "rater": self.rater,
                "columns": shown.columns(self._names(shown)),
                "facets": shown.facets,
                "sorts": list(shown.sorts),
                "blind": shown.blind,
                "problems": list(shown.problems),
            }, shown

        if view.blind is None:
            self._hidden.clear()  # all is seen now, and may be changed
        answer, shown = await asyncio.to_thread(read)
        if self._preparing is not None:
            self._preparing.cancel()
        ahead = [one.place for one in shown.pictures[:_PREPARED]]
        self._preparing = asyncio.create_task(self._prepare(ahead))
        return answer

    async def _tell_progress(self, _: Parameters) -> Any:
        return self._progress

    async def _values(self, parameters: Parameters) -> Any:
        view = GalleryView.from_json(parameters)
        facet, contains = parameters.get("facet"), parameters.get("contains")
        if not (isinstance(facet, str) and isinstance(contains, str)):
            raise BadQuestion("Values of a facet should be asked for by its name and a text.")
        _refuse(view.blind is not None)

        def read() -> Any:
            source = self.source(parameters.get("source"))
            found = self._found(source, view)
            return view.values(self.table(source), found, facet, contains)

        return await asyncio.to_thread(read)

    async def _prepare(self, places: Iterable[Place]) -> None:
        """Make thumbnails ahead, while none is waited for."""
        for place in places:
            await self._idle.wait()
            await asyncio.to_thread(self.prepare, place)

    async def _details(self, parameters: Parameters) -> Any:
        """What is known of each of some pictures; a run is read once."""
        keys = parameters.get("keys")
        if not isinstance(keys, list) or len(keys) > 500:
            raise BadQuestion("A gallery should be asked about a list of at most 500 pictures.")
        asked = [_key_in(key) for key in keys]
        seen = [(key, *self._seen(key)) for key in asked]

        def read() -> list[Any]:
            runs: dict[Path, Run] = {}
            return [self._detail(key, place, blind is not None, runs) for key, place, blind in seen]

        return {"items": await asyncio.to_thread(read)}

    def _detail(self, key: Place, place: Place, blind: bool, runs: dict[Path, Run]) -> Any:
        mine = Rating(*place, self.rater)
        record, problem, entity = None, "", None
        try:
            folder = self._folder(place[0])
            run = runs.setdefault(folder, runs.get(folder) or Run.open(folder))
            entity, ratings = self._entity(place), run.ratings
            mine = _standing(ratings, mine)
            record = None if blind else _record_of(run, entity, ratings)
        except (RecordError, UnknownName) as error:
            problem = "" if blind else str(error)
        return {
            "key": _media_key(key, entity),
            "mine": self._mine(key, mine),
            "record": record,
            "problem": problem,
        }

    async def _origin(self, parameters: Parameters) -> Any:
        place, blind = self._seen(_key_in(parameters.get("key")))
        _refuse(blind is not None)

        def read() -> Any:
            run, entity = Run.open(self._folder(place[0])), self._entity(place)
            code = run.canvas.to_python()
            return {
                "document": run.canvas.to_document(),
                "code": f"from canvas_kit import run\n{code}\n"
                f"result = await run(canvas, seed={run.seed})\nresult",
                "edit_code": f"{code}\ncanvas.edit()",
                "open_code": f"from canvas_kit import Run\n\nmade = Run.open({str(run.folder)!r})\n"
                f"next(one for one in made if one.file == {entity.file!r})",
            }

        return await asyncio.to_thread(read)

    async def _rate(self, parameters: Parameters) -> Any:
        key = _key_in(parameters.get("key"))
        place, blind = self._seen(key)
        change = {
            name: parameters[name] for name in ("rating", "tags", "note") if name in parameters
        }
        if not change:
            raise BadQuestion("A judgement should have a rating, tags or a note.")
        name = _name_of(parameters.get("source"))

        def write() -> Rating:
            folder = self._folder(place[0])
            if blind is not None:
                standing = _standing(read_ratings(folder, place[0]), Rating(*place, self.rater))
                hidden = self._hidden.setdefault(key, standing)
                change.update(_with_hidden(hidden, change))
            before, after = rate(
                folder, place[0], self._entity(place), self.rater, **change, blind=blind
            )
            self._changes.setdefault(name, []).append((folder, key, before))
            return after

        return {"key": _key(key), "mine": self._mine(key, await asyncio.to_thread(write))}

    async def _undo(self, parameters: Parameters) -> Any:
        changes = self._changes.get(_name_of(parameters.get("source")), [])
        if not changes:
            return {"key": None}
        folder, key, before = changes.pop()
        try:
            standing = await asyncio.to_thread(write_again, folder, before)
        except RecordError:
            changes.append((folder, key, before))
            raise
        return {"key": _key(key), "mine": self._mine(key, standing)}

    async def _select(self, parameters: Parameters) -> Any:
        keys = parameters.get("keys")
        if not isinstance(keys, list):
            raise BadQuestion("A selection should be a list of pictures.")
        places = [self._seen(_key_in(key))[0] for key in keys]
        self._selected[_name_of(parameters.get("source"))] = places
        return {}

    # --- where things are ------------------------------------------------------------------------

    def _folder(self, run_id: str) -> Path:
        """The folder of a run: one that was shown, or one of the exports folders known here."""
        if (known := self._folders.get(run_id)) is not None:
            return Path(known)
        roots = dict.fromkeys(
            [self._settings.exports, *(one.exports for one in self._sources.values())]
        )
        for root in roots:
            if (found := find_record(root, run_folder_name(run_id))) is not None:
                self._folders[run_id] = str(found)
                return found
        raise UnknownName("run", run_id, [])

    def _entity(self, place: Place) -> Entity:
        """What a run made, as its record tells; a run that goes on has more of it later."""
        if (known := self._entities.get(place)) is None:
            run_id, file = place
            run = Run.open(self._folder(run_id))
            self._entities |= {(run_id, entity.file): entity for entity in run.entities}
            known = self._entities.get(place)
            if known is None:
                raise UnknownName("file", file, [entity.file for entity in run.entities])
        return known

    def file(self, place: Place, sha256: str = "") -> tuple[bytes, str]:
        """A recorded file and its media type; see :meth:`picture`. Not for the engine's loop.

        Raises:
            UnknownName: When there is no such run or file.
            RecordError: When it is not there (any more), or has changed.
        """
        entity = self._entity(place)
        _check_hash(entity, sha256)
        return checked_bytes(entity), entity.media_type

    def thumbnail(self, place: Place, edge: int, sha256: str = "") -> tuple[bytes, str]:
        """A thumbnail and its media type; see :meth:`picture`. Not for the engine's loop.

        Raises:
            UnknownName: When there is no such run or file.
            RecordError: When it is not there (any more), has changed, or cannot be shown.
        """
        entity = self._entity(place)
        _check_hash(entity, sha256)
        made = self._thumbnails.make(entity.sha256, edge, partial(checked_bytes, entity))
        if made is None:
            raise RecordError(
                f"No thumbnail of {entity.file} can be made: it is {entity.media_type}, and no "
                "picture that can be decoded and shown."
            )
        return made

    # --- blind -----------------------------------------------------------------------------------

    def _mine(self, key: Place, standing: Rating) -> dict[str, Any]:
        """The rater's own judgement as a page has it.

        A blind page has no tags and no note of earlier: they may tell what made the picture.
        """
        if key[0] == BLIND:
            hidden = self._hidden.get(key, standing)
            tags = tuple(one for one in standing.tags if one not in hidden.tags)
            note = standing.note.removeprefix(hidden.note).strip()
            standing = replace(standing, tags=tags, note=note)
        return _judgement(standing)

    def _names(self, shown: ShownPictures) -> list[Place]:
        """What pictures are called in a page: by themselves, or by tokens that tell nothing."""
        if shown.blind is None:
            return [one.place for one in shown.pictures]
        names = []
        for position, one in enumerate(shown.pictures):
            told = f"{self._secret} {shown.blind} {one.run_id} {one.file}"
            token = hashlib.sha256(told.encode()).hexdigest()[:_SHORT_HASH]
            where = {"seed": shown.blind, "position": position, "of": len(shown.pictures)}
            self._blind[token] = (one.place, where)
            names.append((BLIND, token))
        return names

    def _seen(self, key: Place) -> tuple[Place, Mapping[str, int] | None]:
        """The picture that a page means, and where in a shuffle it stands, if it is blind."""
        if key[0] != BLIND:
            return key, None
        if key[1] not in self._blind:
            raise UnknownName("picture of a blind view", key[1], [])
        return self._blind[key[1]]


def _name_of(source: Any) -> str:
    """A source without how it is shown, as a key."""
    told = {name: value for name, value in dict(source or {}).items() if name != "view"}
    return json.dumps(told, sort_keys=True)


def _key_in(said: Any) -> Place:
    match said:
        case {"run_id": str(run_id), "file": str(file)}:
            return run_id, file
    raise BadQuestion(f"A picture should be named by run_id and file, but is {shorten(said)}.")


def _key(place: Place) -> dict[str, str]:
    return {"run_id": place[0], "file": place[1]}


def _media_key(key: Place, entity: Entity | None) -> dict[str, Any]:
    return {
        **_key(key),
        "sha256": entity.sha256[:_SHORT_HASH] if entity else "",
        "media_type": entity.media_type if entity else "",
        "width": (entity.width if entity else None) or 0,
        "height": (entity.height if entity else None) or 0,
    }


def _judgement(rating: Rating) -> dict[str, Any]:
    return {"rating": rating.rating, "tags": list(rating.tags), "note": rating.note}


def _standing(ratings: Iterable[Rating], bare: Rating) -> Rating:
    """What a rater thinks of a file; ``bare`` names both, and stands where that is nothing."""
    return next((r for r in ratings if (r.file, r.rater) == (bare.file, bare.rater)), bare)


def _with_hidden(hidden: Rating, change: Parameters) -> Parameters:
    """What a blind page changes, together with what it does not show: that stays."""
    match change:
        case {"tags": list(tags)}:
            change = {**change, "tags": [*hidden.tags, *tags]}
    match change:
        case {"note": str(note)}:
            change = {**change, "note": "\n".join(filter(None, (hidden.note, note)))}
    return change


def _refuse(blind: bool) -> None:
    if blind:
        raise BadQuestion("While a gallery is blind it does not tell what made a picture.")


def _record_of(run: Run, entity: Entity, ratings: Iterable[Rating]) -> dict[str, Any]:
    assert run.folder is not None  # it was read from there
    known: dict[str, Any] = dict(zip(RUN_COLUMNS, read_run(str(run.folder)).row, strict=True))
    made = entity.provenance
    seed = entity.seed if entity.seed is not None else run.seed
    return {
        "ratings": [
            {**_judgement(one), "rater": one.rater, "at": one.at, "blind": one.blind is not None}
            for one in ratings
            if one.file == entity.file
        ],
        "started_at": known["started_at"] or "",
        "status": known["status"],
        "canvas": known["canvas"] or "",
        "batch": known["batch"] or known["batch_id"] or "",
        "node_id": entity.node_id,
        "round": entity.round,
        "seed": None if seed is None else str(seed),
        "model": entity.model or (made.model if made else "") or "",
        "backend": made.backend if made else "",
        "presets": known["preset"].split(", ") if known["preset"] else [],
        "prompts": known["prompt"].split(" | ") if known["prompt"] else [],
        "levels": {key: plain(level) for key, level in json.loads(known["levels"] or "{}").items()},
        "verdicts": [*_verdicts_of(run)],
        "texts": _texts_of(run),
        "size_bytes": entity.size_bytes,
        "folder": str(run.folder),
        "entity": to_json(entity),
    }


def _verdicts_of(run: Run) -> Iterator[dict[str, Any]]:
    for entity in run.entities:
        if entity.node_type == "evaluation":
            with contextlib.suppress(RecordError, ValueError):  # verify tells of it
                found = from_json(Verdict, entity.json)
                yield {
                    "node_id": entity.node_id,
                    "passed": found.passed,
                    "score": found.score,
                    "reason": found.commentary,
                }


def _texts_of(run: Run) -> list[dict[str, Any]]:
    texts = []
    for entity in run.texts:
        try:
            text = entity.bytes[:_MAX_TEXT_BYTES].decode(errors="replace")
        except RecordError as error:
            text = str(error)
        texts.append(
            {
                "node_id": entity.node_id,
                "node_type": entity.node_type,
                "round": entity.round,
                "file": entity.file,
                "text": text,
            }
        )
    return texts


def _check_hash(entity: Entity, sha256: str) -> None:
    if sha256 and not entity.sha256.startswith(sha256):
        raise RecordError(
            f"{entity.file} has the SHA-256 {entity.sha256[:_SHORT_HASH]}…, not {sha256}… as was "
            "asked for."
        )
