"""A law: what the catalog answers is what a plain reading of all folders finds."""

from __future__ import annotations

import json
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from canvas_kit import Run, Settings
from canvas_kit.catalog.listing import runs
from canvas_kit.recorder.run import find_runs

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
WORDS = ("boat", "Boot", "nurse", "Nürse", "nurses", "ein", "護士", "sea-side", "straße", "50")
PRESETS = ("bauhaus", "overdrive")
STATUSES = ("completed", "partial", "failed", "cancelled", "interrupted")
ASKED = ("boat", "nurs", "ein", "士", "sea", "side", "sea-side", "STRASSE", "5", "nurse boat", "x")

A_RUN = st.fixed_dictionaries(
    {
        "name": st.sampled_from("abcdef"),
        "day": st.integers(0, 2),
        "words": st.lists(st.sampled_from(WORDS), max_size=4),
        "preset": st.sampled_from(PRESETS),
        "status": st.sampled_from(STATUSES),
        "seed": st.integers(0, 2),
        "level": st.sampled_from([1, "1", 2.5, True, None, "(without)"]),
        "form": st.sampled_from(["manifest", "journal", "nothing"]),
    }
)
A_STEP = st.one_of(
    A_RUN.map(lambda run: ("write", run)),
    st.tuples(st.just("remove"), st.sampled_from("abcdef")),
    st.tuples(st.just("forget the index"), st.none()),
)
A_QUESTION = st.fixed_dictionaries(
    {},
    optional={
        "text": st.sampled_from(ASKED),
        "preset": st.sampled_from(PRESETS),
        "status": st.sampled_from(STATUSES),
        "seed": st.integers(0, 2),
        "where": st.sampled_from([{"f": 1}, {"f": 2.5}, {"f": True}, {"f": None}]),
        "since": st.integers(0, 2).map(lambda day: BEGIN + timedelta(days=day)),
        "limit": st.integers(1, 3),
    },
)


def write(exports: Path, run: dict[str, Any]) -> None:
    """Write a run, whatever was known by its name before."""
    remove(exports, run["name"])
    moment = BEGIN + timedelta(days=run["day"], seconds=ord(run["name"]))
    folder = exports / "json" / f"{moment:%Y-%m-%d}" / "local" / f"canvas_run_{run['name']}"
    (folder / "final").mkdir(parents=True)
    text = " ".join(run["words"])
    (folder / "final" / "01_input.txt").write_text(text, encoding="utf-8")
    node = {"id": "how", "type": "interception", "interceptionPreset": run["preset"]}
    (folder / "workflow.json").write_text(json.dumps({"nodes": [node]}))
    entity = {
        "number": 1,
        "node_id": "prompt",
        "node_type": "input",
        "file": "final/01_input.txt",
        "sha256": "",
        "size_bytes": 1,
        "media_type": "text/plain",
        "created_at": "",
    }
    head = {
        "run_id": run["name"],
        "started_at": moment.isoformat(),
        "seed": run["seed"],
        "levels": {"f": run["level"]},
    }
    if run["form"] == "manifest":
        document = head | {"status": run["status"], "nodes": [], "entities": [entity]}
        (folder / "metadata.json").write_text(json.dumps(document))
    if run["form"] != "nothing":
        lines = [{"event": "run", "nodes": [], **head}, {"event": "entity", **entity}]
        if run["status"] != "interrupted":
            lines.append({"event": "end", "status": run["status"]})
        (folder / "journal.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    else:
        (folder / "workflow.json").unlink()


def remove(exports: Path, name: str) -> None:
    for folder in exports.glob(f"json/*/*/canvas_run_{name}"):
        shutil.rmtree(folder)


def same_level(one: object, other: object) -> bool:
    """Numbers and their words are alike; a truth value is none of them."""
    return str(one).lower() == str(other).lower()


def plain_answer(exports: Path, asked: dict[str, Any]) -> list[str]:
    """What an index-free reading of every folder finds."""
    found: list[tuple[datetime, str]] = []
    for folder in find_runs(exports):
        try:
            run = Run.open(folder)
        except Exception:
            continue
        moment = datetime.fromisoformat(run.about["started_at"])
        workflow = json.loads((folder / "workflow.json").read_bytes())
        texts = " ".join(entity.text for entity in run.texts)
        if (
            asked.get("seed", run.seed) == run.seed
            and asked.get("status", run.status) == run.status
            and moment >= asked.get("since", moment)
            and asked.get("preset", "") in ("", workflow["nodes"][0]["interceptionPreset"])
            and all(
                same_level(run.about["levels"][key], level)
                for key, level in asked.get("where", {}).items()
            )
            and all(has_word(texts, part) for part in asked.get("text", "").split())
        ):
            found.append((moment, run.id))
    return [run_id for _, run_id in sorted(found, reverse=True)][: asked.get("limit")]


def has_word(texts: str, part: str) -> bool:
    """Written otherwise than in the catalog, for these words only."""
    folded = texts.lower().replace("ü", "u").replace("ß", "ss").replace("-", " ")
    folded = folded.replace("護", " 護 ").replace("士", " 士 ")
    part = part.lower().replace("-", " ")
    return f" {part}" in " " + " ".join(folded.split())


FIRST = {
    "name": "a",
    "day": 2,
    "words": [],
    "preset": "bauhaus",
    "status": "completed",
    "seed": 0,
    "level": 1,
    "form": "manifest",
}


@example(
    # The second folder may have the inode of the first.
    steps=[("write", FIRST), ("write", FIRST | {"form": "nothing"})],
    questions=[{}],
    full_text_search=True,
)
@hypothesis_settings(max_examples=20)
@given(
    steps=st.lists(A_STEP, max_size=12),
    questions=st.lists(A_QUESTION, min_size=1, max_size=4),
    full_text_search=st.booleans(),
)
def test_the_catalog_answers_as_the_folders_do(
    steps: list[tuple[str, Any]], questions: list[dict[str, Any]], full_text_search: bool
) -> None:
    """After whatever was written, changed and removed, and with or without full-text search."""
    with (
        tempfile.TemporaryDirectory() as name,
        patch("canvas_kit.catalog.index.has_full_text_search", lambda: full_text_search),
        patch("canvas_kit.catalog.queries.has_full_text_search", lambda: full_text_search),
    ):
        exports, index = Path(name, "exports"), Path(name, "index")
        settings = Settings(exports=exports, index_folder=index)
        for position, (action, what) in enumerate([*steps, ("ask", None)]):
            if action == "write":
                write(exports, what)
            elif action == "remove":
                remove(exports, what)
            elif action == "forget the index":
                shutil.rmtree(index, ignore_errors=True)
            asked = questions[position % len(questions)]
            for one in questions if action == "ask" else [asked]:
                found = [row["run_id"] for row in runs(settings=settings, **one).to_rows()]
                assert found == plain_answer(exports, one), one
