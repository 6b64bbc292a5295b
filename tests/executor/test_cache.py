"""Answers that are reused: by what they depend on, and by nothing less."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from canvas_kit import (
    Canvas,
    Collector,
    Evaluation,
    Generation,
    Input,
    Interception,
    Run,
    run,
    run_batch,
)
from canvas_kit.backends.base import (
    Capability,
    MediaItem,
    MediaRequest,
    MediaResult,
    TextRequest,
    TextResult,
)
from canvas_kit.backends.embedded import EmbeddedBackend
from canvas_kit.backends.scripted import ScriptedBackend, plain_png
from canvas_kit.cli.main import app
from canvas_kit.errors import BackendBusy, ContentRefused
from canvas_kit.events import NodeComplete
from canvas_kit.executor.cache import Cache
from canvas_kit.executor.engine import Engine
from canvas_kit.values import Provenance, RunStatus
from tests.conftest import lab_settings

pytestmark = pytest.mark.anyio


class Lab(ScriptedBackend):
    """A backend with or without seeds; each answer of it is another one."""

    def __init__(self, *, seeds: bool = True, digest: str = "1", **scripted: Any) -> None:
        super().__init__("lab", **{"text": self._say, **scripted})
        self.digest = digest
        if not seeds:
            self.capabilities -= {Capability.SEED}

    def _say(self, request: TextRequest) -> str:
        return f"answer {len(self.text_requests)} to {request.prompt}"

    async def model_identity(self, model: str) -> dict[str, Any] | None:
        return {"kind": self.kind, "model": model, "digest": self.digest}

    @property
    def asked(self) -> int:
        return len(self.text_requests) + len(self.media_requests)


@pytest.fixture
def make_lab(exports: Path, tmp_path: Path) -> Iterator[Any]:
    """Makes an engine with a backend; all of them share a cache."""
    engines = []

    def make(**how: Any) -> tuple[Engine, Lab]:
        settings = lab_settings(exports, cache_folder=tmp_path / "cache", **how.pop("more", {}))
        lab = how.pop("lab", None) or Lab(**how)
        engines.append(Engine(settings, backends={"lab": lab}))
        return engines[-1], lab

    yield make
    for engine in engines:
        engine.close()


def canvas(text: str = "a market", **fields: Any) -> Canvas:
    how = Interception(**({"preset": "bauhaus"} | fields), id="how")
    return Canvas.of(Input(text, id="words") >> how >> Generation(id="picture") >> Collector())


def made(engine: Engine, what: Any = None, seed: int = 7, **more: Any) -> Run:
    options = {"cache": True} | more
    return run(what or canvas(), seed=seed, engine=engine, **options).result(30)


def words(result: Run) -> str:
    return result["how"].text


def test_nothing_is_reused_unasked(make_lab: Any) -> None:
    """The cache is opt-in, for each run or by the settings."""
    engine, lab = make_lab()
    first, second = made(engine, cache=False), made(engine, cache=False)
    assert words(first) != words(second)
    assert lab.asked == 4
    assert not engine.cache.folder.exists()
    by_setting, other = make_lab(more={"cache": True})
    made(by_setting, cache=None), made(by_setting, cache=None)
    assert other.asked == 2


def test_what_was_answered_is_reused_and_says_so(make_lab: Any) -> None:
    """In another engine, with the same bytes; record and event name the run and the file."""
    first = made(make_lab()[0])
    engine, lab = make_lab()
    handle = run(canvas(), seed=7, engine=engine, cache=True)
    second = handle.result(30)
    assert lab.asked == 0
    assert second.status is RunStatus.COMPLETED
    assert [one.sha256 for one in second] == [one.sha256 for one in first]
    assert second.verify() == []
    for node in ("how", "picture"):
        provenance = second[node].only.provenance
        assert provenance is not None
        assert provenance.reused_from["run_id"] == first.id
        assert provenance.reused_from["file"] == first[node].only.file
    assert Run.open(second.folder or "") == second
    events = {
        one.node_id: one.reused_from for one in handle.events if isinstance(one, NodeComplete)
    }
    assert (events["words"], events["how"], events["picture"]) == ("", first.id, first.id)
    (third,) = made(make_lab()[0])["how"]
    assert third.provenance is not None
    assert third.provenance.reused_from["run_id"] == first.id


@pytest.mark.parametrize(
    "other",
    [
        {"what": canvas("a marker")},
        {"what": canvas(preset="planetarizer")},
        {"what": canvas(instructions="Say it in another way.")},
        {"what": canvas(model="lab/other")},
        {"seed": 8},
    ],
    ids=["words", "preset", "instructions", "model", "seed"],
)
def test_what_differs_is_asked_for(make_lab: Any, other: dict[str, Any]) -> None:
    """Every part of what a request says counts."""
    engine, lab = make_lab()
    made(engine)
    made(engine, **other)
    assert lab.asked == 4


def test_a_newer_model_of_the_same_name_is_asked(make_lab: Any) -> None:
    """Its digest is part of what an answer is known by."""
    made(make_lab()[0])
    engine, lab = make_lab(digest="2")
    made(engine)
    assert lab.asked == 2


def test_an_unknown_model_is_always_asked(make_lab: Any) -> None:
    """A server's default may be another one tomorrow."""

    class Vague(Lab):
        async def model_identity(self, model: str) -> None:
            return None

    engine, lab = make_lab(lab=Vague())
    made(engine, cache="all"), made(engine, cache="all")
    assert lab.asked == 4


async def test_the_default_of_a_backend_is_no_known_model() -> None:
    """Only a name is."""
    assert await ScriptedBackend("lab").model_identity("") is None
    assert await ScriptedBackend("lab").model_identity("x") == {
        "kind": "scripted", "model": "x", "version": 1,
    }  # fmt: skip


def request_key(engine: Engine, lab: Lab, tmp_path: Path, **said: Any) -> list[str]:
    """The names of the entries after a request with these fields."""
    from canvas_kit.backends.base import SilentReporter, TextResult, TextTask
    from canvas_kit.executor.cache import RunCache

    async def ask() -> None:
        answers = RunCache(engine.cache, "all", seed=1).of_node(1)
        request = TextRequest(task=TextTask.COMPARISON, model="m", **said)
        await answers.answer(TextResult, lab, request, lambda: lab.write(request, SilentReporter()))
        await answers.keep("run", ())

    engine.submit(ask()).result(30)
    return sorted(path.name for path in engine.cache.folder.glob("??/*"))


def test_left_out_is_a_value_of_its_own(make_lab: Any, tmp_path: Path) -> None:
    """None is not 0, 1 is not 1.0, not true and not "1", also deep inside."""
    engine, lab = make_lab()
    deep: Any = "x"
    deeper: Any = "y"
    for _ in range(12):
        deep, deeper = {"a": deep}, {"a": deeper}
    asked: list[dict[str, Any]] = [
        {}, {"temperature": 0.0}, {"temperature": 1.0}, {"max_tokens": 0}, {"seed": 0},
        {"options": {"n": 1}}, {"options": {"n": 1.0}}, {"options": {"n": "1"}},
        {"options": {"n": True}}, {"options": {"n": None}},
        {"options": deep}, {"options": deeper},
        {"options": {"size": 1}}, {"options": {"seed": 0}},
        {"images": (b"a", b"b")}, {"images": (b"ab",)},
    ]  # fmt: skip
    for number, said in enumerate(asked, start=1):
        assert len(request_key(engine, lab, tmp_path, **said)) == number, said
    # The same, spelt in another order, is the same.
    request_key(engine, lab, tmp_path, options={"b": 1, "a": 2})
    count = len(request_key(engine, lab, tmp_path, options={"a": 2, "b": 1}))
    assert count == len(asked) + 1


def test_what_json_cannot_say_is_never_reused(make_lab: Any, tmp_path: Path) -> None:
    """NaN is like nothing, and an object has no content that could be compared."""
    engine, lab = make_lab()
    for odd in ({"x": float("nan")}, {"x": {1, 2}}, {"x": object()}):
        assert request_key(engine, lab, tmp_path, options=odd) == []
    assert lab.asked == 3


def test_what_is_drawn_by_chance_is_reused_only_when_asked_for(make_lab: Any) -> None:
    """A hosted language model gives another text each time; `all` says that the old one will do."""
    engine, lab = make_lab(seeds=False)
    made(engine), made(engine)
    assert lab.asked == 4
    made(engine, cache="all"), made(engine, cache="all")
    assert lab.asked == 6


def test_draws_are_not_replayed_as_one(make_lab: Any) -> None:
    """Thirty replicates of one request are thirty answers, also with a seed that is fixed."""
    numbers = itertools.count()
    engine, lab = make_lab(seeds=False, picture=lambda _: plain_png(8, 8, next(numbers)))
    picture = Generation(seed=5, id="picture")
    drawing = Canvas.of(Input("x") >> picture)
    results = [made(engine, drawing, seed=seed, cache="all") for seed in range(6)]
    assert len({one["picture"].only.sha256 for one in results}) == 6
    assert lab.asked == 6
    again = [made(engine, drawing, seed=seed, cache="all") for seed in range(6)]
    assert lab.asked == 6
    assert [one["picture"].only.sha256 for one in again] == [
        one["picture"].only.sha256 for one in results
    ]


def test_the_same_request_twice_in_a_run_is_two_draws(make_lab: Any) -> None:
    """The first time of the next run is the first one again."""
    numbers = itertools.count()
    engine, lab = make_lab(seeds=False, picture=lambda _: plain_png(8, 8, next(numbers)))
    twice = Canvas.of(Input("x") >> [Generation(seed=5, id="a"), Generation(seed=5, id="b")])
    first = made(engine, twice, cache="all")
    assert first["a"].only.sha256 != first["b"].only.sha256
    second = made(engine, twice, cache="all")
    assert lab.asked == 2
    assert {one.sha256 for one in second.images} == {one.sha256 for one in first.images}


def test_each_round_of_a_loop_is_a_draw_of_its_own(make_lab: Any) -> None:
    """Although its words may be the same."""

    def text(request: TextRequest) -> Any:
        if request.node_id == "judge":
            return {"score": 2, "commentary": "no"}
        return "always the same"

    engine, lab = make_lab(seeds=False, text=text)
    how, judge = Interception("bauhaus", id="how", max_feedback_rounds=2), Evaluation(id="judge")
    loop = Canvas(Input("x") >> how >> judge, judge.failed >> how)
    made(engine, loop, cache="all")
    assert lab.asked == 6
    again = made(engine, loop, cache="all")
    assert lab.asked == 6
    assert [verdict.score for verdict in again.verdicts] == [2, 2, 2]


@pytest.mark.parametrize("fault", [ContentRefused("no"), BackendBusy("later"), ""])
def test_what_failed_or_was_refused_is_not_kept(make_lab: Any, fault: Any) -> None:
    """It is asked for again, and may come then."""
    answers: list[Any] = [fault, "a text"]
    judge = Canvas.of(Input("x") >> Evaluation(id="judge"))
    engine, lab = make_lab(text=lambda _: answers.pop(0))
    made(engine, judge)
    assert not [*engine.cache.folder.glob("??/*")]
    made(engine, judge)
    assert lab.asked == 2


def test_a_text_that_was_cut_is_not_kept(make_lab: Any) -> None:
    """Nor pictures of which some are missing, nor files that are no pictures."""

    class Stingy(Lab):
        async def write(self, request: TextRequest, reporter: Any) -> TextResult:
            await super().write(request, reporter)
            return TextResult("half a", Provenance("lab", "m"), cut=True)

        async def generate(self, request: MediaRequest, reporter: Any) -> MediaResult:
            await super().generate(request, reporter)
            item = MediaItem(plain_png(8, 8))
            return MediaResult((item,), Provenance("lab", "m"), ("2 of 3",), ("2 of 3",))

    engine, lab = make_lab(lab=Stingy())
    made(engine), made(engine)
    assert lab.asked == 4
    broken, painter = make_lab(picture=lambda _: b"<html>", text=lambda _: "x")
    made(broken), made(broken)
    assert len(painter.media_requests) == 2


def test_a_damaged_entry_is_asked_for_again(make_lab: Any) -> None:
    """Torn, changed or of another kind: never a wrong picture."""
    engine, lab = make_lab()
    made(engine)
    entries = [*engine.cache.folder.glob("??/*")]
    assert len(entries) == 2
    for damage in (lambda data: data[:-1], lambda data: data[:-1] + b"?", lambda _: b"\x80\x04."):
        for path in entries:
            path.write_bytes(damage(path.read_bytes()))
        before = lab.asked
        assert made(engine).status is RunStatus.COMPLETED
        assert lab.asked == before + 2
        made(engine)
        assert lab.asked == before + 2


def test_the_cache_stays_below_its_bound(tmp_path: Path) -> None:
    """What was not used for longest goes first."""
    cache = Cache(tmp_path, max_bytes=10_000)
    for number in range(40):
        cache.write(f"{number:064}", {"result": {}}, [bytes(500)])
        os.utime(tmp_path / "00" / f"{number:064}.entry", (number, number))
        if number > 2:
            assert cache.read(f"{2:064}") is not None  # used all the time
    entries = [*tmp_path.glob("??/*")]
    assert sum(path.stat().st_size for path in entries) <= 10_000
    assert cache.read(f"{2:064}") is not None
    assert cache.read(f"{3:064}") is None
    assert cache.read(f"{39:064}") is not None
    assert cache.clear(dry_run=True)[0] == len(entries)
    assert cache.clear()[0] == len(entries)
    assert not [*tmp_path.glob("??/*")]


def _write_and_read(folder: Path, number: int) -> int:
    cache = Cache(folder, max_bytes=200_000)
    wrong = 0
    for turn in range(150):
        key = f"{turn % 20:064}"
        found = cache.read(key)
        wrong += found is not None and found[1] != [key.encode() * 100]
        cache.write(key, {"result": {"from": number}}, [key.encode() * 100])
    return wrong


def test_several_processes_share_it(tmp_path: Path) -> None:
    """Each reads whole entries only, while others write and remove them."""
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        work = [(tmp_path, number) for number in range(3)]
        assert pool.starmap(_write_and_read, work) == [0, 0, 0]
    assert not [*tmp_path.glob("??/*.new")]


def test_a_full_disk_fails_no_run(make_lab: Any, caplog: pytest.LogCaptureFixture) -> None:
    """It is said in the log."""
    engine, _ = make_lab()
    engine.cache.folder.parent.mkdir(parents=True, exist_ok=True)
    engine.cache.folder.write_text("no folder")
    assert made(engine).status is RunStatus.COMPLETED
    assert "takes no entry" in caplog.text


async def test_a_version_of_the_embedded_models_counts() -> None:
    """Drawn otherwise, it is drawn anew."""
    from canvas_kit.network import NetworkPolicy
    from canvas_kit.settings import BackendSettings

    embedded = EmbeddedBackend("embedded", BackendSettings(), NetworkPolicy())
    found = await embedded.model_identity("sketch")
    assert found is not None
    assert found["drawn_by"]


def test_the_cache_is_emptied_from_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`canvas-kit clean --cache`; records are not touched."""
    monkeypatch.setenv("CANVAS_KIT_CACHE_FOLDER", str(tmp_path / "cache"))
    monkeypatch.setenv("CANVAS_KIT_EXPORTS", str(tmp_path / "exports"))
    Cache(tmp_path / "cache", max_bytes=10**6).write("a" * 64, {"result": {}}, [b"x"])
    told = CliRunner().invoke(app, ["clean", "--cache", "--dry-run", "--json"])
    assert json.loads(told.stdout)["entries"] == 1
    assert [*(tmp_path / "cache").glob("??/*")]
    told = CliRunner().invoke(app, ["clean", "--cache"])
    assert told.exit_code == 0
    assert not [*(tmp_path / "cache").glob("??/*")]


def test_a_batch_reuses_what_another_one_was_answered(make_lab: Any) -> None:
    """Point by point, whatever the batch is called; and seeds that are new are asked for."""
    engine, lab = make_lab()
    options = {"engine": engine, "base_seed": 1, "cache": True}
    first = run_batch(canvas(), count=3, **options).result(60)
    assert first.complete
    assert lab.asked == 6
    second = run_batch(canvas(), count=4, **options).result(60)
    assert second.complete
    assert lab.asked == 8
    run_batch(canvas(), count=2, **options | {"cache": False}).result(60)
    assert lab.asked == 12
