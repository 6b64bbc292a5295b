"""What is found: by every filter, in order, with what is known of each."""

from __future__ import annotations

import contextlib
import pickle
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from canvas_kit import (
    WITHOUT,
    Collector,
    Generation,
    Input,
    Interception,
    Run,
    Settings,
    Sweep,
    run,
    run_batch,
)
from canvas_kit.backends.base import MediaRequest
from canvas_kit.backends.scripted import plain_png
from canvas_kit.canvas.graph import Canvas
from canvas_kit.catalog.listing import batches
from canvas_kit.catalog.queries import span_of
from canvas_kit.catalog.words import phrases_of, words_of
from canvas_kit.errors import BackendRejected, QueryError, UnknownName
from canvas_kit.recorder.journal import as_json
from canvas_kit.recorder.recorder import CanvasRecorder
from canvas_kit.values import RunStatus
from tests.catalog.conftest import Find, RunMaker, ids
from tests.conftest import EngineMaker


def test_a_run_is_found_by_what_it_was_asked_and_made(make_run: RunMaker, find: Find) -> None:
    """By words of prompts and of made texts, preset, model, backend, seed, status, device."""
    boat = make_run("Ein müdes Boot", seed=7)
    nurse = make_run("a nurse at dawn", preset="overdrive", seed=8)
    assert ids(find()) == [nurse.id, boat.id]
    for asked, expected in (
        ({"preset": "bauhaus"}, [boat.id]),
        ({"seed": 8}, [nurse.id]),
        ({"model": "lab/painter"}, [nurse.id, boat.id]),
        ({"model": "painter"}, [nurse.id, boat.id]),
        ({"backend": "lab"}, [nurse.id, boat.id]),
        ({"status": "completed"}, [nurse.id, boat.id]),
        ({"status": RunStatus.FAILED}, []),
        ({"device": "local"}, [nurse.id, boat.id]),
        ({"device": "elsewhere"}, []),
        ({"preset": "overdrive", "seed": 7}, []),
        ({"text": "nurse", "preset": "overdrive", "seed": 8, "limit": 1}, [nurse.id]),
    ):
        assert ids(find(**asked)) == expected, asked


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("boot", True),
        ("MUD boot", True),
        ("müde", True),
        ("boot ein", True),
        ("oot", False),
        ("ein-müdes", True),
        ("müdes-ein", False),
        ("護士", True),
        ("位護", True),
        ("士護", False),
        ("strass", True),
        ("50%", True),
        ("_", None),
        ('"', None),
        ("", None),
        ("50 NOT OR NEAR(", False),
    ],
)
@pytest.mark.parametrize("index", ["full-text search", "no full-text search"])
def test_words_are_found_whatever_their_case_and_accents(
    make_run: RunMaker,
    find: Find,
    asked: str,
    found: bool | None,
    index: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The beginning of a word is enough; scripts without spaces are found anywhere."""
    if index == "no full-text search":
        monkeypatch.setattr("canvas_kit.catalog.index.has_full_text_search", lambda: False)
        monkeypatch.setattr("canvas_kit.catalog.queries.has_full_text_search", lambda: False)
    make_run("Ein müdes Boot, Straße 50 %; 那位護士很累")
    if found is None:
        with pytest.raises(QueryError, match="should hold a word"):
            find(asked)
    else:
        assert len(find(asked)) == found


def test_words_are_folded_alike() -> None:
    assert words_of("Eine Ärztin, MÜDE_ß!") == ["eine", "arztin", "mude", "ss"]
    assert phrases_of("oil-painting  Nurse") == ["oil painting", "nurse"]


def test_texts_that_were_made_are_found(make_engine: EngineMaker, find: Find) -> None:
    """Also where only the interception has them."""
    engine, _ = make_engine(text=lambda _: "words of the writer alone")
    chain = Input("x") >> Interception("bauhaus") >> Generation() >> Collector()
    made = run(chain, engine=engine).result(30)
    assert ids(find("writer alone")) == [made.id]


async def _recorded(exports: Path, begun: datetime, **about: object) -> Run:
    recorder = await CanvasRecorder.start(
        Canvas.of(Input("x", id="prompt") >> Generation() >> Collector()),
        exports=exports,
        about={"started_at": begun.isoformat(), **about},
    )
    await recorder.save_entity("prompt", "input", "words")
    return await recorder.mark_complete()


@pytest.mark.anyio
async def test_a_span_of_time_has_both_ends(exports: Path, find: Find) -> None:
    """A day counts whole; moments may be said in many ways; newest first always."""
    now = datetime.now().astimezone()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    times = [midnight - timedelta(days=5), midnight - timedelta(seconds=1), midnight, now]
    made = [(await _recorded(exports, moment)).id for moment in (times[2], times[0], *times[1::2])]
    oldest, late, first, last = made[1], made[2], made[0], made[3]
    assert ids(find()) == [last, first, late, oldest]
    for since, until, expected in (
        ("today", None, [last, first]),
        ("yesterday", None, [last, first, late]),
        (None, "yesterday", [late, oldest]),
        ("yesterday", "yesterday", [late]),
        (now.date() - timedelta(days=1), now.date(), [last, first, late]),
        (timedelta(days=3), None, [last, first, late]),
        ("3 days", None, [last, first, late]),
        ("1 week ago", None, [last, first, late, oldest]),
        (midnight, midnight, [first]),
        (midnight.astimezone(UTC), midnight.isoformat(), [first]),
        (f"{midnight:%Y-%m-%d}", None, [last, first]),
        (midnight.replace(tzinfo=None), None, [last, first]),
    ):
        assert ids(find(since=since, until=until)) == expected, (since, until)
    assert ids(find(limit=2)) == [last, first]


@pytest.mark.parametrize(
    "wrong", ["tomorrow-ish", "2026-13-01", 5, "", "9999999999999999 weeks", timedelta.max]
)
def test_what_is_no_moment_is_said(find: Find, wrong: object) -> None:
    with pytest.raises(QueryError, match="since should be a moment"):
        find(since=wrong)


def test_the_ends_of_time_can_be_asked_for() -> None:
    first, last = span_of(date.min, date.max)
    assert first < 0 < last


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": "5"}, {"seed": "x"}])
def test_what_is_no_number_is_said(find: Find, wrong: dict[str, object]) -> None:
    with pytest.raises(QueryError, match="should be"):
        find(**wrong)
    with pytest.raises(UnknownName, match="Did you mean 'failed'"):
        find(status="faild")


@pytest.mark.anyio
async def test_levels_batches_and_attempts_are_found(exports: Path, find: Find) -> None:
    """As the heads of runs tell them; numbers and words of a level alike."""
    levels = {"how": "(without)", "quality.steps": 20, "cfg": 5.0, "live": True, "none": None}
    now = datetime.now(UTC)
    await _recorded(exports, now)
    made = await _recorded(
        exports,
        now,
        batch_id="b-1",
        batch_name="doctor-nurse",
        run_index=4,
        point_id="ab" * 16,
        levels=levels,
        replicate=2,
        attempt=3,
    )
    for where in (
        {"how": WITHOUT},
        {"how": "(without)"},
        {"quality.steps": 20},
        {"quality.steps": "20"},
        {"quality.steps": 20.0},
        {"cfg": 5, "live": True},
        {"none": None},
    ):
        assert ids(find(where=where)) == [made.id], where
    assert ids(find(batch="doctor-nurse")) == ids(find(batch="b-1")) == [made.id]
    assert ids(find(where={"quality.steps": 21})) == []
    [row] = find(batch="b-1").to_rows()
    known = {"batch", "batch_id", "run_index", "point_id", "replicate", "attempt"}
    assert {key: row[key] for key in (*known, *levels)} == levels | {
        "batch": "doctor-nurse",
        "batch_id": "b-1",
        "run_index": 4,
        "point_id": "ab" * 16,
        "replicate": 2,
        "attempt": 3,
    }


def test_what_no_run_has_is_told_with_what_there_is(make_run: RunMaker, find: Find) -> None:
    """An empty answer is no error, but a misspelling is seen."""
    make_run()
    found = find(preset="bauhuas")
    assert len(found) == 0
    assert "No run has the preset 'bauhuas'. Did you mean 'bauhaus'?" in repr(found)
    assert "No run has the factor 'how'. None are known." in repr(find(where={"how": 1}))


def test_a_failed_run_tells_the_model_that_was_asked_for(
    make_engine: EngineMaker, find: Find
) -> None:
    engine, _ = make_engine(picture=lambda _: BackendRejected("no", backend="lab"))
    chain = Input("x") >> Generation("lab/painter") >> Collector()
    made = run(chain, engine=engine).result(30)
    [row] = find(model="lab/painter", status="failed").to_rows()
    assert (row["run_id"], row["model"], row["made"]) == (
        made.id,
        "lab/painter",
        "0 pictures, 1 text",
    )


def test_a_listing_is_a_value(make_run: RunMaker, find: Find) -> None:
    """Counted, sliced, gone through, compared and pickled; each run is read when its turn comes."""
    made = [make_run(seed=seed) for seed in range(3)][::-1]
    found = find()
    assert (len(found), list(found), found[0], found[-1]) == (3, made, made[0], made[2])
    assert ids(found[1:]) == [made[1].id, made[2].id]
    assert list(found[:2]) == made[:2]
    assert found == find() == pickle.loads(pickle.dumps(found))
    assert found.folders == [one.folder for one in made]
    with pytest.raises(IndexError):
        found[3]
    assert len(find(status="failed")) == 0
    table = found.to_dataframe()
    assert str(table["started_at"].dtype).startswith("datetime64[")
    assert table["started_at"].dt.tz is not None
    assert (table["seed"].dtype, list(table["seed"])) == ("int64", [2, 1, 0])


def test_a_listing_shows_itself_short_and_harmless(make_run: RunMaker, find: Find) -> None:
    """Twenty lines, no markup of others, nothing that steers a terminal."""
    for seed in range(21):
        make_run("<script>alert(1)</script>\x1b[2J", seed=seed)
    found = find()
    assert repr(found).splitlines()[0].split()[:3] == ["started", "status", "made"]
    assert len(repr(found).splitlines()) == 22
    assert repr(found).endswith("… and 1 more runs")
    assert "<script>" not in found._repr_html_()
    assert "\x1b" not in repr(found) + found._repr_html_()
    assert "… and 1 more runs" in found._repr_html_()


def test_batches_are_found_with_their_count(
    make_engine: EngineMaker, settings: Settings, find: Find
) -> None:
    """By words of name, note and canvas; opened when their turn comes."""

    def picture(request: MediaRequest) -> bytes | Exception:
        refused = BackendRejected("no", backend="lab")
        return refused if request.seed == 1 else plain_png(64, 64)

    engine, _ = make_engine(picture=picture)
    canvas = Input("x", id="prompt") >> Generation() >> Collector()
    batch = run_batch(canvas, count=3, base_seed=0, engine=engine).result(30)
    found = batches(settings=settings)
    [row] = found.to_rows()
    assert (row["batch_id"], row["total_runs"], row["ended_runs"]) == (batch.id, 3, 3)
    assert (row["completed_runs"], row["status"]) == (2, "incomplete")
    assert found[0].id == batch.id
    assert len(find(batch=batch)) == 3
    assert len(batches(since="yesterday", until="today", device="local", settings=settings)) == 1
    assert len(batches("nothing", settings=settings)) == 0
    assert "2 of 3" in repr(found)
    # As one that has a name is recorded.
    assert batch.folder is not None
    about = dict(batch.about) | {"name": "Doctor–Nurse", "note": "für Übungen", "tags": ["pilot"]}
    (batch.folder / "batch.json").write_bytes(as_json(about))
    (batch.folder / "journal.jsonl").open("ab").close()
    (batch.folder / "journal.jsonl").touch()
    for text in ("doctor", "ubung", "pilot", "doctor-nurse"):
        [row] = batches(text, settings=settings).to_rows()
        assert row["tags"] == ["pilot"]


def test_a_batch_that_was_extended_is_counted_as_it_is_now(
    make_engine: EngineMaker, settings: Settings
) -> None:
    """A further level is part of the total, also in an index that knew the batch before."""
    engine, _ = make_engine()
    canvas = Input("x", id="prompt") >> Generation() >> Collector()
    for texts in (["one"], ["one", "two", "three"]):
        study = Sweep(canvas, {"prompt.text": texts}, seeds=[1], name="grows")
        run_batch(study, engine=engine).result(30)
        [row] = batches(settings=settings).to_rows()
        assert (row["completed_runs"], row["total_runs"]) == (len(texts), len(texts))
        assert row["status"] == "complete"


def test_without_an_exports_folder_there_is_nothing(find: Find, tmp_path: Path) -> None:
    """And nothing is made."""
    assert len(find()) == 0
    assert not (tmp_path / "index").exists()
    assert not (tmp_path / "exports").exists()


def test_the_default_exports_folder_is_that_of_the_settings(
    make_run: RunMaker, exports: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """Another one is named with ``exports``."""
    import canvas_kit
    from canvas_kit.executor import engine as engines

    made = make_run()
    monkeypatch.setenv("CANVAS_KIT_EXPORTS", str(exports))
    engines._engine_of_process.cache_clear()
    try:
        assert ids(canvas_kit.runs()) == [made.id]
        assert ids(canvas_kit.runs(exports=exports)) == [made.id]
        assert len(canvas_kit.batches()) == 0
    finally:
        engines.default_engine().close()
        engines._engine_of_process.cache_clear()


@hypothesis_settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(
    text=st.none() | st.text(max_size=40) | st.just("a " * 100_000),
    preset=st.none() | st.text(max_size=20),
    where=st.dictionaries(st.text(max_size=8), st.text(max_size=8) | st.integers(), max_size=70),
    limit=st.none() | st.integers(1, 10**30),
)
def test_no_question_harms_the_index(
    make_run: RunMaker,
    find: Find,
    tmp_path: Path,
    text: str | None,
    preset: str | None,
    where: dict[str, object],
    limit: int | None,
) -> None:
    """Whatever is asked: an answer, or a sentence; and no index is made anew for it."""
    if not (tmp_path / "index").exists():
        make_run()
        find()
    [before] = (path.stat().st_ino for path in (tmp_path / "index").glob("*/*.sqlite"))
    with contextlib.suppress(QueryError):
        assert len(find(text, preset=preset, where=where, limit=limit)) <= 1
    [after] = (path.stat().st_ino for path in (tmp_path / "index").glob("*/*.sqlite"))
    assert before == after
