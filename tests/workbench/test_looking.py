"""What a gallery asks is answered from the records: pictures, facets, ratings, blind or not."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from canvas_kit import (
    Batch,
    Canvas,
    Collector,
    Evaluation,
    Generation,
    Input,
    Run,
    Sweep,
    run,
    run_batch,
)
from canvas_kit.catalog.reading import read_run
from canvas_kit.errors import CanvasKitError, QueryError, RecordError, UnknownName
from canvas_kit.executor.engine import Engine
from canvas_kit.workbench.desk import Desk, make_desk
from canvas_kit.workbench.looking import PictureSource
from canvas_kit.workbench.methods import BadQuestion
from tests.catalog.many import make_many
from tests.conftest import EngineMaker
from tests.workbench.conftest import Asking

EXPORTS = {"kind": "exports"}


def keys_of(answer: Mapping[str, Any]) -> list[dict[str, str]]:
    """The pictures of an answer as a page names them."""
    columns = answer["columns"]
    names = [
        [columns[name]["values"][at] for at in columns[name]["at"]] for name in ("run_id", "file")
    ]
    return [{"run_id": run_id, "file": file} for run_id, file in zip(*names, strict=True)]


def facet(answer: Mapping[str, Any], name: str) -> dict[Any, int]:
    found = next(one for one in answer["facets"] if one["name"] == name)
    return {one["value"]: one["count"] for one in found["values"]}


def of_batch(batch: Batch) -> dict[str, str]:
    return {"kind": "batch", "batch_id": batch.id}


def test_a_gallery_opens_with_all_pictures_newest_first(study: Batch, ask: Asking) -> None:
    """Each as a place in columns, with what tells it apart; whole only when it is asked for."""
    answer = ask("gallery.open", source=EXPORTS)
    started = {made.id: made.about["started_at"] for made in study}
    found = [started[key["run_id"]] for key in keys_of(answer)]
    assert found == sorted(started.values(), reverse=True)
    assert (answer["total"], answer["matched"], answer["rater"]) == (8, 8, "anna")
    columns = answer["columns"]
    assert columns["file"] == {"values": ["final/03_generation.png"], "at": [0] * 8}
    assert all(len(one) == 16 for one in columns["sha256"])
    assert set(columns["caption"]["values"]) == {
        f"{prompt} · {preset} · seed {seed}"
        for prompt in ("a boat", "a cat")
        for preset in ("bauhaus", "overdrive")
        for seed in (1, 2**53 - 1)
    }
    filters = {"level how.preset": ["bauhaus"], "seed": [1]}
    few = ask("gallery.open", source=EXPORTS, filters=filters)
    assert sorted(few["columns"]["caption"]["values"]) == ["a boat", "a cat"]
    assert json.loads(json.dumps(answer)) == answer


def test_facets_count_what_could_be_chosen(study: Batch, ask: Asking) -> None:
    """A facet counts what the others leave; what says the same as a factor is not told twice."""
    source = of_batch(study)
    answer = ask("gallery.open", source=source, filters={"level prompt.text": ["a cat"]})
    assert answer["matched"] == 4
    assert facet(answer, "level prompt.text") == {"a boat": 4, "a cat": 4}
    assert facet(answer, "level how.preset") == {"bauhaus": 2, "overdrive": 2}
    assert facet(answer, "seed") == {1: 2, 2**53 - 1: 2}
    names = [one["name"] for one in answer["facets"]]
    assert names == ["level how.preset", "level prompt.text", "seed", "rating"]
    both = {"level prompt.text": ["a cat"], "seed": [2**53 - 1]}
    assert ask("gallery.open", source=source, filters=both)["matched"] == 2
    none = ask("gallery.open", source=source, filters={"level how.preset": ["gone"]})
    assert (none["matched"], facet(none, "level how.preset")["gone"]) == (0, 0)


def test_long_values_are_told_by_where_they_part(engine: Engine, ask: Asking) -> None:
    """Those with a beginning that fills the lines of a list; others stand there as they are."""
    shared = "A market at dawn with many stalls, under a sky that has no end, seen"
    other = "A quite different prompt, of about as many words, with a boat in it"
    texts = [f"{shared} from above", f"{shared} by a child", "a boat", other]
    canvas = Input("", id="prompt") >> Generation() >> Collector()
    batch = run_batch(Sweep(canvas, {"prompt.text": texts}), engine=engine).result(60)
    answer = ask("gallery.open", source=of_batch(batch))
    values = next(f for f in answer["facets"] if f["name"] == "level prompt.text")["values"]
    words = {one["value"]: one.get("words") for one in values}
    told = ["A market at daw… from above", "A market at daw… by a child", None, None]
    assert words == dict(zip(texts, told, strict=True))


def test_values_of_a_facet_are_found_by_a_text(study: Batch, ask: Asking) -> None:
    """Counted as if the facet had no filter of its own; not while blind."""
    source = of_batch(study)
    asked = {"source": source, "facet": "level prompt.text", "contains": "A CA"}
    filters = {"level prompt.text": ["a boat"], "seed": [1]}
    found = ask("gallery.values", filters=filters, **asked)
    told = {"values": [{"value": "a cat", "count": 2}], "more": 0}
    assert found == {"name": "level prompt.text", **told}
    with pytest.raises(CanvasKitError, match="blind"):
        ask("gallery.values", blind=7, **asked)


def test_words_and_sorting(study: Batch, ask: Asking) -> None:
    source = of_batch(study)
    assert ask("gallery.open", source=source, text="BOA")["matched"] == 4
    with pytest.raises(QueryError, match="hold a word"):
        ask("gallery.open", source=source, text="?!")
    key = keys_of(ask("gallery.open", source=source))[5]
    ask("gallery.rate", source=source, key=key, rating=3)
    by = {"by": "rating", "descending": True}
    answer = ask("gallery.open", source=source, sort=by)
    assert keys_of(answer)[0] == key
    assert facet(answer, "rating") == {3: 1, None: 7}
    assert [*facet(answer, "rating")] == [3, None]
    oldest = ask("gallery.open", source=source, sort={"by": "time", "descending": False})
    assert keys_of(oldest) == keys_of(ask("gallery.open", source=source))[::-1]
    ask("gallery.rate", source=source, key=key, note="Zeppelin")
    assert keys_of(ask("gallery.open", source=source, text="zepp")) == [key]


def test_a_rating_is_a_line_beside_its_run_and_undo_adds_another(study: Batch, ask: Asking) -> None:
    """Rated, tagged, rated otherwise, and all taken back one by one."""
    source, made = of_batch(study), study[0]
    assert made.folder is not None
    key = {"run_id": made.id, "file": made.images[0].file}
    ask("gallery.rate", source=source, key=key, rating=4)
    ask("gallery.rate", source=source, key=key, tags=["soft"], note="n")
    answer = ask("gallery.rate", source=source, key=key, rating=1)
    assert answer == {"key": key, "mine": {"rating": 1, "tags": ["soft"], "note": "n"}}
    undone = [ask("gallery.undo", source=source) for _ in range(4)]
    assert [one.get("mine") for one in undone] == [
        {"rating": 4, "tags": ["soft"], "note": "n"},
        {"rating": 4, "tags": [], "note": ""},
        {"rating": None, "tags": [], "note": ""},
        None,
    ]
    assert undone[3] == {"key": None}
    lines = (made.folder / "ratings.jsonl").read_text().splitlines()
    assert [json.loads(line)["rating"] for line in lines] == [4, 4, 1, 4, 4, None]
    with pytest.raises(RecordError, match="from 0 to 5"):
        ask("gallery.rate", source=source, key=key, rating=9)
    with pytest.raises(BadQuestion):
        ask("gallery.rate", source=source, key=key)


def test_details_tell_everything_that_is_known(study: Batch, ask: Asking, engine: Engine) -> None:
    made = study[0]
    made.rate(made.images[0], 5, rater="ben")
    key = {"run_id": made.id, "file": made.images[0].file}
    gone = {"run_id": made.id, "file": "final/99_gone.png"}
    items = ask("gallery.details", source=of_batch(study), keys=[key, gone])["items"]
    record = items[0]["record"]
    assert items[0]["key"]["file"] == key["file"]
    assert (record["seed"], record["prompts"], record["levels"]["how.preset"]) == (
        "1", ["a boat"], "bauhaus",
    )  # fmt: skip
    assert [text["text"] for text in record["texts"]] == [one.text for one in made.texts]
    assert [(one["rater"], one["rating"]) for one in record["ratings"]] == [("ben", 5)]
    assert record["entity"]["sha256"] == made.images[0].sha256
    assert "99_gone" in items[1]["problem"]


def test_verdicts_become_a_facet(make_engine: EngineMaker) -> None:
    """What a judge found on the way to a picture; its words stand in the details."""

    def answers(request: Any) -> Any:
        return {"score": 8, "commentary": "fine"} if request.node_id == "judge" else "words"

    engine, _ = make_engine(text=answers)
    judge = Evaluation(id="judge")
    chain = Canvas(Input("x") >> judge, judge.passed >> Generation(id="paint") >> Collector())
    run(chain, engine=engine).result(30)
    run(Input("x") >> Generation() >> Collector(), engine=engine).result(30)
    desk = make_desk(engine)

    def ask(method: str, **parameters: Any) -> Any:
        return engine.submit(desk.answer(method, parameters)).result(30)

    answer = ask("gallery.open", source=EXPORTS, filters={"verdict": ["passed"]})
    assert answer["matched"] == 1
    assert facet(answer, "verdict") == {"passed": 1, None: 1}
    item = ask("gallery.details", source=EXPORTS, keys=keys_of(answer))["items"][0]
    verdict = {"node_id": "judge", "passed": True, "score": 8, "reason": "fine"}
    assert item["record"]["verdicts"] == [verdict]


def test_the_origin_is_a_canvas_and_code_that_runs(
    study: Batch, ask: Asking, engine: Engine
) -> None:
    made = study[3]
    key = {"run_id": made.id, "file": made.images[0].file}
    origin = ask("gallery.origin", source=of_batch(study), key=key)
    assert Canvas.from_document(origin["document"]) == made.canvas
    assert f"seed={made.seed}" in origin["code"]
    compile(origin["code"].replace("await ", ""), "cell", "exec")
    space: dict[str, Any] = {}
    exec(origin["edit_code"], space)
    assert space["canvas"].to_python() == made.canvas.to_python()
    lines = origin["open_code"].splitlines()
    exec("\n".join([*lines[:-1], f"found = {lines[-1]}"]), space)
    assert space["found"] == made.images[0]


def test_blind_tells_nothing_and_records_the_shuffle(study: Batch, ask: Asking) -> None:
    """Order by the seed alone; no word of what made a picture; the rating holds seed and place."""
    source = of_batch(study)
    answer = ask("gallery.open", source=source, blind=77)
    assert answer["blind"] == 77
    assert answer["columns"]["run_id"]["values"] == ["blind"]
    assert answer["columns"]["caption"]["values"] == [""]
    assert [one["name"] for one in answer["facets"]] == ["rating"]
    assert answer["sorts"] == []
    told = json.dumps([answer["columns"], answer["facets"]])
    for made in study:
        for secret in (made.id, "bauhaus", "boat", "03_generation", str(made.folder)):
            assert secret not in told
    places = sorted((made.id, made.images[0].file) for made in study)
    random.Random(77).shuffle(places)
    keys = keys_of(answer)
    ask("gallery.rate", source=source, key=keys[2], rating=3)
    (rating,) = study.ratings
    assert (rating.run_id, rating.file) == places[2]
    assert rating.blind == {"seed": 77, "position": 2, "of": 8}
    assert study.ratings_to_rows()[0]["blind_seed"] == 77
    item = ask("gallery.details", source=source, keys=[keys[2]])["items"][0]
    assert item["record"] is None
    assert item["mine"]["rating"] == 3
    assert item["key"]["file"] == keys[2]["file"]
    with pytest.raises(BadQuestion, match="blind"):
        ask("gallery.origin", source=source, key=keys[2])
    assert ask("gallery.undo", source=source)["key"] == keys[2]
    drawn = ask("gallery.open", source=source, blind="new")["blind"]
    assert drawn != 77
    assert keys_of(ask("gallery.open", source=source, blind=77)) == keys


def test_blind_hides_what_was_noted_before_and_keeps_it(study: Batch, ask: Asking) -> None:
    """Tags and notes of earlier may tell; those given meanwhile are added to them, and undone."""
    source, made = of_batch(study), study[0]
    made.rate(made.images[0], 2, tags=["bauhaus"], note="too plain", rater="anna")
    found = ask("gallery.open", source=source, blind=5)
    items = ask("gallery.details", source=source, keys=keys_of(found))["items"]
    (item,) = [item for item in items if item["mine"]["rating"] is not None]
    assert item["mine"] == {"rating": 2, "tags": [], "note": ""}
    key = {name: item["key"][name] for name in ("run_id", "file")}
    ask("gallery.rate", source=source, key=key, rating=4)
    ask("gallery.rate", source=source, key=key, tags=["warm"])
    told = ask("gallery.rate", source=source, key=key, note="calm")
    assert told["mine"] == {"rating": 4, "tags": ["warm"], "note": "calm"}
    assert ask("gallery.details", source=source, keys=[key])["items"][0]["mine"] == told["mine"]
    (rating,) = made.ratings
    assert (rating.tags, rating.note) == (("bauhaus", "warm"), "too plain\ncalm")
    for _ in range(3):
        undone = ask("gallery.undo", source=source)
    assert undone["mine"] == item["mine"]
    assert (made.ratings[0].tags, made.ratings[0].note) == (("bauhaus",), "too plain")


async def picture(desk: Desk, key: Mapping[str, str], sha256: str = "", edge: int = 0) -> Any:
    return await desk.picture(key["run_id"], key["file"], sha256, edge)


def test_pictures_come_whole_or_small_and_only_from_records(
    study: Batch, ask: Asking, desk: Desk, engine: Engine, exports: Path
) -> None:
    """Also by the token of a blind view; never by a path, never of what is not in the record."""
    made = study[0]
    entity = made.images[0]
    assert made.folder is not None
    key = {"run_id": made.id, "file": entity.file}

    def get(*given: Any) -> Any:
        return engine.submit(picture(desk, *given)).result(30)

    assert get(key) == (entity.bytes, "image/png")
    data, media_type = get(key, entity.sha256[:16], 320)
    assert media_type in ("image/png", "image/jpeg")
    assert get(key, entity.sha256, 320) == (data, media_type)
    blind = keys_of(ask("gallery.open", source=of_batch(study), blind=1))[0]
    assert get(blind, "", 320)[1] in ("image/png", "image/jpeg")
    (made.folder / "final" / "stray.png").write_bytes(entity.bytes)
    secret = exports / "secret.png"
    secret.write_bytes(entity.bytes)
    for file in ("final/stray.png", "workflow.json", f"../../../../{secret.name}", str(secret)):
        with pytest.raises(UnknownName, match="file"):
            get({"run_id": made.id, "file": file})
    for run_id in ("../..", "nothing", str(made.folder)):
        with pytest.raises(UnknownName, match="run"):
            get({"run_id": run_id, "file": entity.file})
    with pytest.raises(UnknownName, match="blind"):
        get({"run_id": "blind", "file": "0123"})
    with pytest.raises(RecordError, match="as was asked for"):
        get(key, "0" * 16, 320)


def test_a_picture_that_was_changed_is_not_shown(study: Batch, desk: Desk, engine: Engine) -> None:
    """Neither whole nor as a thumbnail that would then stand for it."""
    one, other = study[0].images[0], study[1].images[0]
    one.path.write_bytes(one.bytes + b"x")
    for edge in (0, 320):
        with pytest.raises(RecordError, match="changed since it was recorded"):
            engine.submit(desk.picture(study[0].id, one.file, "", edge)).result(30)
    other.path.unlink()
    with pytest.raises(RecordError, match="No such file"):
        engine.submit(desk.picture(study[1].id, other.file, "", 320)).result(30)


def test_a_selection_that_python_offers(
    study: Batch, ask: Asking, desk: Desk, tmp_path: Path
) -> None:
    """Runs of several folders, some outside an exports folder, and only some of the pictures."""
    first, second, third, *_ = study
    assert first.folder is not None
    assert second.folder is not None
    assert third.folder is not None
    copied = tmp_path / "given" / first.folder.name
    shutil.copytree(first.folder, copied)
    exports = first.folder.parents[3]
    offered = desk.looking.offer(
        PictureSource("two", exports, folders=(second.folder, third.folder, copied))
    )
    answer = ask("gallery.open", source=offered)
    assert {key["run_id"] for key in keys_of(answer)} == {first.id, second.id, third.id}
    assert ask("gallery.open", source=offered, text="boat")["matched"] == 3
    assert ask("gallery.open", source=offered, text="zebra")["matched"] == 0
    key = {"run_id": first.id, "file": first.images[0].file}
    ask("gallery.rate", source=offered, key=key, rating=2)
    assert [one.rating for one in Run.open(copied).ratings] == [2]
    assert first.ratings == ()
    place = (second.id, second.images[0].file)
    one = frozenset([(str(second.folder), place[1])])
    only = desk.looking.offer(PictureSource("one", exports, folders=(second.folder,), places=one))
    assert ask("gallery.open", source=only)["matched"] == 1
    assert desk.looking.offer(desk.looking.source(only)) == only
    ask("gallery.select", source=only, keys=[{"run_id": place[0], "file": place[1]}])
    assert desk.looking.selected(only) == [(second.folder, place[1])]


@pytest.mark.parametrize(
    ("method", "asked"),
    [
        ("gallery.open", {}),
        ("gallery.open", {"source": {"kind": "folder", "path": "/etc"}}),
        ("gallery.open", {"source": {"kind": "run", "run_id": "none"}}),
        ("gallery.open", {"source": {"kind": "selection", "selection": "?"}}),
        ("gallery.open", {"source": EXPORTS, "filters": [1]}),
        ("gallery.open", {"source": EXPORTS, "filters": {"seed": 1}}),
        ("gallery.open", {"source": EXPORTS, "filters": {"seed": [[]]}, "sort": "time"}),
        ("gallery.open", {"source": EXPORTS, "blind": -1}),
        ("gallery.values", {"source": EXPORTS, "facet": "seed"}),
        ("gallery.details", {"source": EXPORTS, "keys": "all"}),
        ("gallery.details", {"source": EXPORTS, "keys": [7]}),
        ("gallery.origin", {"source": EXPORTS}),
        ("gallery.select", {"source": EXPORTS}),
    ],
)
def test_what_cannot_be_understood_is_refused_in_words(
    ask: Asking, method: str, asked: dict[str, Any]
) -> None:
    with pytest.raises(CanvasKitError):
        ask(method, **asked)


def test_a_page_can_ask_how_far_the_reading_of_the_records_is(
    exports: Path, ask: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While they are read for the first time; afterwards there is nothing to tell."""
    make_many(exports, 3)
    told: list[Any] = []

    def read(folder: str) -> Any:
        told.append(ask("gallery.progress"))
        return read_run(folder)

    monkeypatch.setattr("canvas_kit.catalog.index.read_run", read)
    for _ in range(2):
        assert ask("gallery.open", source=EXPORTS)["total"] == 0  # the first three failed
    assert told == [{"read": number, "total": 3} for number in (1, 2, 3)]
    assert ask("gallery.progress") is None


def test_an_empty_exports_folder_is_an_empty_gallery(ask: Asking) -> None:
    answer = ask("gallery.open", source=EXPORTS)
    assert (answer["total"], keys_of(answer)) == (0, [])


def test_a_run_is_a_source_too(engine: Engine, ask: Asking) -> None:
    """Its two pictures in its order, told apart by their node."""
    first = Input("x") >> Generation(id="one")
    made = run(first >> Generation(id="two") >> Collector(), engine=engine).result(30)
    answer = ask("gallery.open", source={"kind": "run", "run_id": made.id})
    assert keys_of(answer) == [{"run_id": made.id, "file": one.file} for one in made.images]
