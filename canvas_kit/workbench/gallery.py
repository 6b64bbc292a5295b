"""Recorded pictures looked through and judged in a notebook's cell, and from Python all the same.

What a page shows of them is a view: which are shown, in which order, and what is thought of them
can be said and asked here as well. Ratings lie beside the runs, not in the notebook.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from canvas_kit.batch.batch import Batch
from canvas_kit.catalog.listing import Runs
from canvas_kit.errors import QueryError, RecordError, UnknownName, counted, shorten
from canvas_kit.executor.engine import Engine, default_engine
from canvas_kit.german import Words
from canvas_kit.recorder.names import BATCH_PREFIX, RUN_PREFIX
from canvas_kit.recorder.ratings import UNCHANGED, Rating, Unchanged
from canvas_kit.recorder.run import Run
from canvas_kit.settings import Settings
from canvas_kit.values import Entities, Entity
from canvas_kit.views import markup
from canvas_kit.views.markup import Html, tag, text
from canvas_kit.workbench.looking import PictureSource
from canvas_kit.workbench.pictures import (
    FacetValue,
    GalleryPicture,
    GalleryView,
    ShownPictures,
)
from canvas_kit.workbench.widget import Bundle, WorkbenchWidget

Pictures = Run | Batch | Runs | Entity | str | Path
"""What holds recorded pictures; a path is that of a run, a batch or an exports folder."""

SHEET = 24
"""Pictures that stand in a notebook without its kernel."""
_FEW = 500
"""Of so many runs the pictures are read while a page loads."""
_SHEET_EDGE = 160
_SHEET_WORDS = 400


def gallery(
    source: Pictures | Iterable[Pictures] | None = None, *, engine: Engine | None = None
) -> Gallery:
    """Recorded pictures to be looked through: show it in a cell, or ask it from Python.

    ::

        gallery(batch)
        gallery(runs("nurse", preset="bauhaus")).filter({"rating": [4, 5]})

    Args:
        source: A run, a batch, what :func:`canvas_kit.runs` has found, an exports folder, or
            several runs, batches and entities; left out, the exports folder of the settings.
        engine: Whose settings hold, if not those of this process.

    Raises:
        RecordError: When something of it was not recorded, or cannot be read.
        SettingsError: When the settings cannot be read.
    """
    return Gallery(source, engine=engine)


class Gallery(WorkbenchWidget):
    """Recorded pictures that are looked through; see :func:`canvas_kit.gallery`.

    Attributes:
        view_of: Which of them are shown, and in which order.
    """

    _view = "gallery"

    def __init__(
        self, source: Pictures | Iterable[Pictures] | None = None, *, engine: Engine | None = None
    ) -> None:
        """Begin with all pictures of the source; see :func:`canvas_kit.gallery`."""
        super().__init__(engine or default_engine())
        self._source: Mapping[str, Any] = {"kind": "exports"}
        if source is not None:
            self._source = self._desk.looking.offer(_source_of(source, self.engine.settings))
        self.view_of = GalleryView()
        self._changes = 0

    # --- what is shown -------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._shown().pictures)

    def __iter__(self) -> Iterator[Entity]:
        """The pictures that are shown, in order; each run is read when its turn comes."""
        return _entities((Path(one.folder), one.file) for one in self._shown().pictures)

    def __getitem__(self, position: int) -> Entity:
        """A picture that is shown, by its position.

        Raises:
            IndexError: When there are fewer.
            RecordError: When its record cannot be read (any more).
        """
        one = self._shown().pictures[position]
        return next(_entities([(Path(one.folder), one.file)]))

    @property
    def facets(self) -> dict[str, dict[FacetValue, int]]:
        """By facet, how many of the pictures have which value; the first hundred values."""
        return {
            facet["name"]: {one["value"]: one["count"] for one in facet["values"]}
            for facet in self._shown().facets
        }

    @property
    def selection(self) -> Entities:
        """The pictures that are chosen in the page, as entities."""
        return Entities(_entities(self._desk.looking.selected(self._source)))

    @property
    def ratings(self) -> tuple[Rating, ...]:
        """What all raters think of the pictures that are shown, as it stands now.

        Raises:
            RecordError: When they cannot be read.
        """
        shown = self._shown().pictures
        places = {(one.run_id, one.file) for one in shown}
        found = []
        for folder in dict.fromkeys(one.folder for one in shown):
            found += [one for one in Run.open(folder).ratings if (one.run_id, one.file) in places]
        return tuple(found)

    # --- what can be changed -------------------------------------------------------------------

    def filter(
        self,
        facets: Mapping[str, FacetValue | Sequence[FacetValue]] | None = None,
        *,
        text: str = "",
    ) -> Gallery:
        """Show only pictures that have these values and words; without any, all again.

        ::

            pictures.filter({"preset": "bauhaus", "rating": [4, 5]}, text="lantern")

        Args:
            facets: By the name of a facet (see :attr:`facets`), a value or several of which one is
                enough; None for pictures that have none.
            text: Words in the prompts, in the texts that were made, or in notes.

        Raises:
            UnknownName: When there is no such facet.
            QueryError: When there is no word in the text.
        """
        chosen: dict[str, tuple[FacetValue, ...]] = {}
        names = self._desk.looking.table(self._pictures()).facets
        for name, values in (facets or {}).items():
            if name not in names:
                raise UnknownName("facet", name, sorted(names))
            several = isinstance(values, Sequence) and not isinstance(values, str)
            chosen[name] = tuple(values) if several else (values,)  # type: ignore[arg-type, assignment]
        return self._look(filters=chosen, text=text)

    def sort(self, by: str = "time", *, descending: bool = True) -> Gallery:
        """Show them in the order of ``"time"``, of ``"rating"`` or of another facet.

        Raises:
            UnknownName: When they cannot be sorted by that.
        """
        sorts = self._with(replace(self.view_of, blind=None)).sorts
        if by not in sorts:
            raise UnknownName("order", by, sorts)
        return self._look(sort=by, descending=descending)

    def blind(self, seed: int | None = None) -> Gallery:
        """Shuffle them, and show nothing that tells what made a picture.

        A rating given in the page meanwhile is recorded with the seed and the position in the
        shuffle. One from Python is not: an entity tells what made it.

        Args:
            seed: Of the shuffle; drawn if left out.

        Raises:
            QueryError: When it is no whole number from 0 to 2^53 - 1.
        """
        if seed is not None and not (type(seed) is int and 0 <= seed < 2**53):
            raise QueryError(
                f"The seed of a shuffle should be a whole number, but is {shorten(seed)}."
            )
        drawn = self._with(replace(self.view_of, blind="new" if seed is None else seed)).blind
        return self._look(blind=drawn)

    def unblind(self) -> Gallery:
        """Show again what made the pictures."""
        return self._look(blind=None)

    def rate(
        self,
        what: Entity,
        rating: int | Unchanged | None = UNCHANGED,
        *,
        tags: Iterable[str] | Unchanged = UNCHANGED,
        note: str | Unchanged = UNCHANGED,
    ) -> Rating:
        """Judge a picture, as :meth:`Run.rate` does; a page that shows it follows.

        Raises:
            RecordError: When it was not recorded, a value is none, or it cannot be written.
        """
        run = Run.open(_folder_of(what))
        rater = self._desk.looking.rater
        told = run.rate(what, rating, tags=tags, note=note, rater=rater)
        self._look()
        return told

    def prepare(self) -> int:
        """Make all thumbnails now that a page will want; how many pictures can be shown.

        They are made when they are first looked at otherwise: some tens a second.
        """
        shown = self._shown().pictures
        return sum(self._desk.looking.prepare(one.place) for one in shown)

    # --- the view ------------------------------------------------------------------------------

    def _state(self) -> Mapping[str, Any]:
        """What is looked at, and how."""
        return {**self._source, "view": {**self.view_of.to_json(), "changes": self._changes}}

    def _outline(self) -> Bundle | None:
        """What is looked at, if it may be more than can be read and drawn at once."""
        source = self._pictures()
        if source.folders is not None and len(source.folders) <= SHEET:
            return None
        html = markup.panel(markup.head(source.title, "", []))
        return {"text/plain": f"<Gallery of {source.title}>", "text/html": html}

    def _drawn_soon(self) -> bool:
        source = self._pictures()
        runs = source.runs if source.folders is None else len(source.folders)
        return runs is not None and runs <= _FEW

    def _static(self) -> Bundle:
        """A contact sheet of the first pictures, and how many there are."""
        shown, title = self._shown(), self._pictures().title
        written = [one.media_type.startswith("text/") for one in shown.pictures]
        words = Words(self.engine.settings.language)
        counts = [words.counted(shown.total, "text" if written and all(written) else "picture")]
        if len(shown.pictures) < shown.total:
            counts.append(words("{count} shown", count=len(shown.pictures)))
        if rated := sum(one.rating is not None for one in shown.pictures):
            rater = self._desk.looking.rater
            counts.append(words("{count} rated by {rater}", count=rated, rater=rater))
        if shown.blind is not None:
            counts.append(words("blind, shuffled with seed {seed}", seed=str(shown.blind)))
        cards = map(self._card, shown.pictures[:SHEET], shown.captions)
        parts = [markup.head(title, "", counts), tag("div", "".join(cards), "ck-sheet")]
        if more := len(shown.pictures) - SHEET:
            told = words("… and {count} more", count=more)
            parts += [tag("div", told, "ck-path")] if more > 0 else []
        parts.append(markup.failures(shown.problems, words))
        return {
            "text/plain": f"<Gallery of {title}: {', '.join(counts)}>",
            "text/html": markup.panel(*parts),
        }

    def __repr__(self) -> str:
        return str(self._static()["text/plain"])

    def _card(self, one: GalleryPicture, told: str) -> Html:
        stars = "★" * (one.rating or 0)
        looking = self._desk.looking
        try:
            if one.media_type.startswith("text/"):
                words = looking.file(one.place)[0].decode(errors="replace")
                shown = tag("div", text(markup.shortened(words, _SHEET_WORDS)), "ck-none ck-said")
            else:
                looking.prepare(one.place)  # which the page wants, too, and this is made from
                data = looking.thumbnail(one.place, _SHEET_EDGE)
                shown = markup.image(markup.data_url(*data), told or one.media_type)
        except (RecordError, UnknownName) as error:
            shown = tag("div", text(error), "ck-none ck-bad")
        below = tag("span", text(told), title=told) + tag("b", text(stars))
        return tag("figure", shown + tag("figcaption", below))

    def _pictures(self) -> PictureSource:
        return self._desk.looking.source(self._source)

    def _shown(self) -> ShownPictures:
        return self._with(self.view_of)

    def _with(self, view: GalleryView) -> ShownPictures:
        return self._desk.looking.read(self._pictures(), view)

    def _look(self, **changes: Any) -> Gallery:
        self.view_of = replace(self.view_of, **changes)
        if self.view_of.text:
            self._shown()  # words that are none are refused here, and not in the page
        self._changes += 1
        self._tell_state()
        return self


def _source_of(said: Pictures | Iterable[Pictures], settings: Settings) -> PictureSource:
    """Which pictures are meant.

    Raises:
        RecordError: When something was not recorded, or cannot be read.
    """
    if isinstance(said, str | Path):
        path = Path(said).expanduser().absolute()
        if path.name.startswith(RUN_PREFIX):
            return _source_of(Run.open(path), settings)
        if path.name.startswith(BATCH_PREFIX):
            return _source_of(Batch.open(path), settings)
        if not path.is_dir():
            raise RecordError(f"{path} is no folder, so there are no pictures in it.")
        return PictureSource(path.name, path)
    if isinstance(said, Batch):
        if said.folder is None:
            raise RecordError(
                f"The batch {said.id} was not recorded, so its pictures are not kept."
            )
        root = said.folder.absolute().parents[3]
        return PictureSource(said.name or said.id, root, batch_id=said.id, runs=len(said))
    if isinstance(said, Run):
        folder = _folder_of(said)
        name = str(said.about.get("canvas", {}).get("name") or said.id)
        return PictureSource(name, folder.parents[3], folders=(folder,))
    if isinstance(said, Runs):
        title = counted(len(said), "run")
        return PictureSource(title, said.exports, folders=tuple(said.folders))
    return _several([said] if isinstance(said, Entity) else list(said), settings)


def _several(said: Sequence[Pictures], settings: Settings) -> PictureSource:
    """The pictures of several runs, batches and the like, and single ones."""
    folders: dict[Path, None] = {}
    places: set[tuple[str, str]] = set()
    alone = any(isinstance(one, Entity) for one in said)
    for one in said:
        if isinstance(one, Entity):
            folder = _folder_of(one)
            folders[folder] = None
            places.add((str(folder), one.file))
            continue
        source = _source_of(one, settings)
        if source.folders is not None and not alone:
            folders |= dict.fromkeys(source.folders)
            continue
        found = [(row[0], row[2]) for row in source.read(settings.index_folder)[0]]
        folders |= {Path(row_folder): None for row_folder, _ in found}
        places |= set(found)
    root = next(iter(folders)).parents[3] if folders else settings.exports
    title = counted(len(said), "picture" if alone else "record")
    return PictureSource(
        title, root, folders=tuple(folders), places=frozenset(places) if alone else None
    )


def _folder_of(said: Run | Entity) -> Path:
    folder = said.source if isinstance(said, Entity) else said.folder
    if not isinstance(folder, Path):
        raise RecordError(f"{said!r} was not recorded on this disk, so a gallery cannot show it.")
    return folder.absolute()


def _entities(places: Iterable[tuple[Path, str]]) -> Iterator[Entity]:
    """The entities at places, each run read once where they stand together."""
    run: Run | None = None
    for folder, file in places:
        if run is None or run.folder != folder:
            run = Run.open(folder)
        yield from (one for one in run.entities if one.file == file)
