"""The command line as a person or a script uses it: a process, its output, its exit status."""

from __future__ import annotations

import ast
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.main import get_command

import canvas_kit
from canvas_kit.batch.batch import Batch
from canvas_kit.cli.main import app
from canvas_kit.cli.options import print_json
from canvas_kit.job.job import Job
from canvas_kit.recorder.run import Run, find_runs
from canvas_kit.values import RunStatus

pytestmark = pytest.mark.slow

Cli = Callable[..., subprocess.CompletedProcess[str]]

SMALL = {
    "name": "Small",
    "type": "canvas_workflow",
    "nodes": [
        {"id": "words", "type": "input", "promptText": "a red boat on the sea"},
        {"id": "rewrite", "type": "interception", "interceptionPreset": "piglatin"},
        {"id": "size", "type": "resolution", "resolutionWidth": 64, "resolutionHeight": 96},
        {"id": "effort", "type": "quality", "qualitySteps": 2},
        {"id": "draw", "type": "generation"},
        {"id": "end", "type": "collector"},
    ],
    "connections": [
        {"sourceId": "words", "targetId": "rewrite"},
        {"sourceId": "rewrite", "targetId": "draw"},
        {"sourceId": "size", "targetId": "draw"},
        {"sourceId": "effort", "targetId": "draw"},
        {"sourceId": "draw", "targetId": "end"},
    ],
}


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "canvas_kit.cli", *map(str, arguments)]


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Runs the command line in an empty folder, apart from any settings of this machine."""

    def call(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*arguments),
            cwd=tmp_path,
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=120,
        )

    return call


@pytest.fixture
def canvas(tmp_path: Path) -> Path:
    path = tmp_path / "small.json"
    path.write_text(json.dumps(SMALL))
    return path


def test_run_ends_with_the_folder_that_holds_text_and_picture(cli: Cli, canvas: Path) -> None:
    """The last line of the output is the run's folder, and every file in it stands."""
    done = cli("run", canvas, "--exports", "out", "--seed", "7")
    assert done.returncode == 0, done.stderr
    folder = canvas.parent / done.stdout.splitlines()[-1]
    names = sorted(path.name for path in (folder / "final").iterdir())
    assert names == ["01_input.txt", "02_interception.txt", "03_generation.png"]
    run = Run.open(folder)
    assert run.status is RunStatus.COMPLETED
    assert run.verify() == []
    assert (run.images[0].width, run.images[0].height, run.images[0].seed) == (64, 96, 7)


def test_the_same_seed_gives_the_same_picture(cli: Cli, canvas: Path) -> None:
    """Two runs with one seed have equal pixels; another seed has others."""
    pictures = []
    for seed in ("5", "5", "6"):
        done = cli("run", canvas, "--exports", "out", "--seed", seed, "--json")
        document = json.loads(done.stdout)
        (image,) = (item for item in document["entities"] if item["media_type"] == "image/png")
        pictures.append(image["sha256"])
    assert pictures[0] == pictures[1] != pictures[2]


def test_options_of_run_reach_the_record(cli: Cli, canvas: Path) -> None:
    """Prompt, device and config of the command line are what the record tells of."""
    done = cli(
        "run",
        canvas,
        "--exports",
        "out",
        "--prompt",
        "zwei Fische",
        "--device",
        "Pult 3",
        "--model",
        "embedded/sketch",
    )
    assert done.returncode == 0, done.stderr
    folder = canvas.parent / done.stdout.splitlines()[-1]
    assert folder.parent.name == "pult-3"
    assert (folder / "final" / "01_input.txt").read_text() == "zwei Fische"
    assert Run.open(folder).images[0].model == "embedded/sketch"


def test_v_shows_each_entity_as_it_is_saved(cli: Cli, canvas: Path) -> None:
    """``-v`` names every file on stderr; without it, stderr stays silent."""
    quiet = cli("run", canvas, "--exports", "out")
    loud = cli("-v", "run", canvas, "--exports", "out")
    assert quiet.stderr == ""
    assert "saved final/03_generation.png" in loud.stderr


def test_batch_makes_a_run_for_each_prompt(cli: Cli, canvas: Path) -> None:
    """Each line of the table becomes a run with base seed plus index."""
    table = canvas.parent / "prompts.tsv"
    table.write_text('Prompt\tKind\na "red" boat\tsea\na house\tland\n\tempty\na tree\tland\n')
    done = cli(
        "batch",
        canvas,
        "--prompts",
        table,
        "--column",
        "Prompt",
        "--base-seed",
        "1000",
        "--exports",
        "out",
    )
    assert done.returncode == 0, done.stderr
    batch = Batch.open(canvas.parent / done.stdout.splitlines()[-1])
    assert batch.complete
    texts = [run["words"][0].text for run in batch]
    assert texts == ['a "red" boat', "a house", "a tree"]
    assert [summary.seed for summary in batch.runs] == [1000, 1001, 1002]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "empty"),
        ("{", "line 1, column 2"),
        ('{"nodes": [{"id": "a", "type": "inptu"}]}', "Did you mean 'input'?"),
        ('{"nodes": [{"id": "a", "type": "collector"}]}', "a items"),
        ("[1, 2]", "not a canvas"),
        ('{"nodes": [{"id": "a", "type": "input", "promptText": NaN}]}', "NaN"),
    ],
)
def test_a_canvas_that_cannot_run_is_one_message_and_exit_2(
    cli: Cli, tmp_path: Path, content: str, told: str
) -> None:
    """Wrong canvases are told in one message; nothing is written, nothing is a traceback."""
    path = tmp_path / "wrong.json"
    path.write_text(content)
    for name in ("run", "check"):
        done = cli(name, path)
        assert done.returncode == 2
        assert told in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stdout == ""
    assert [item.name for item in tmp_path.iterdir()] == ["wrong.json"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("run",),
        ("run", "missing.json"),
        ("run", "small.json", "--seed", "-1"),
        ("run", "small.json", "--seed", "9007199254740992"),
        ("run", "small.json", "--model", "nowhere/model"),
        ("batch", "small.json"),
        ("batch", "small.json", "--count", "0"),
        ("batch", "small.json", "--count", "3", "--prompts", "small.json"),
        ("batch", "small.json", "--prompts", "missing.txt"),
        ("batch", "small.json", "--count", "2", "--concurrency", "0"),
        ("batch",),
        ("batch", "small.json", "--factor", "words.text"),
        ("batch", "small.json", "--factor", "words.txt=a"),
        ("batch", "small.json", "--factor", "draw.model=nowhere/model"),
        ("batch", "small.json", "--factor", "words.text=a", "--count", "2"),
        ("batch", "small.json", "--seeds", "9..1"),
        ("batch", "small.json", "--seeds", "1-9"),
        ("batch", "small.json", "--seeds", "1", "--shard", "2"),
        ("batch", "small.json", "--seeds", "1", "--shard", "3/2"),
        ("batch", "small.json", "--sweep", "missing.toml"),
        ("nonsense",),
    ],
)
def test_wrong_use_is_exit_2_and_writes_nothing(
    cli: Cli, canvas: Path, arguments: tuple[str, ...]
) -> None:
    """What cannot be done as asked is told before anything runs."""
    done = cli(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stderr
    assert "Traceback" not in done.stderr
    assert not (canvas.parent / "exports").exists()


def test_batch_runs_every_combination_of_levels(cli: Cli, canvas: Path) -> None:
    """Of options or of a sweep file; a dry run shows them; the shards are the whole."""
    options = ["--factor", "words.text=a boat,a house", "--seeds", "7..8"]
    shown = cli("batch", canvas, *options, "--dry-run", "--json")
    points = json.loads(shown.stdout)["points"]
    assert [(point["words.text"], point["seed"]) for point in points] == [
        ("a boat", 7),
        ("a boat", 8),
        ("a house", 7),
        ("a house", 8),
    ]
    table = cli("batch", canvas, *options, "--dry-run").stdout
    assert "a boat · a house" in table
    assert "4 runs; 4 pictures" in table
    assert not (canvas.parent / "exports").exists()
    (canvas.parent / "study.toml").write_text(
        f'canvas = "{canvas.name}"\nseeds = "7..8"\n'
        'factors = { "words.text" = ["a boat", "a house"] }\n'
    )
    made = []
    for part in ("1/2", "2/2"):
        done = cli("batch", "--sweep", "study.toml", "--shard", part, "--exports", "out")
        assert done.returncode == 0, done.stderr
        batch = Batch.open(canvas.parent / done.stdout.split()[-1])
        made += [run.about["point_id"] for run in batch]
    assert sorted(made) == sorted(point["point_id"] for point in points)


def test_what_was_not_made_is_exit_1_and_told(cli: Cli, tmp_path: Path) -> None:
    """A server that is not there: the run is partial, and says what was not made and why."""
    nodes = [
        {"id": "words", "type": "input", "promptText": "a boat"},
        {"id": "translate", "type": "translation", "llmModel": "ollama/none"},
        {"id": "size", "type": "resolution", "resolutionWidth": 64, "resolutionHeight": 64},
        {"id": "draw", "type": "generation"},
        {"id": "end", "type": "collector"},
    ]
    ends = [
        ("words", "translate"),
        ("words", "draw"),
        ("size", "draw"),
        ("draw", "end"),
        ("translate", "end"),
    ]
    connections = [{"sourceId": source, "targetId": target} for source, target in ends]
    path = tmp_path / "canvas.json"
    path.write_text(json.dumps({"nodes": nodes, "connections": connections}))
    done = cli("run", path, "--exports", "out")
    assert done.returncode == 1
    assert "translate (failed)" in done.stderr
    run = Run.open(tmp_path / done.stdout.splitlines()[-1])
    assert run.status is RunStatus.PARTIAL
    assert len(run.images) == 1


def test_check_draws_the_canvas_and_says_that_it_can_run(cli: Cli, canvas: Path) -> None:
    """A sound canvas is drawn; asking the backends finds nothing wrong with the embedded ones."""
    done = cli("check", canvas, "--backend")
    assert done.returncode == 0, done.stderr
    assert "rewrite" in done.stdout
    assert done.stdout.splitlines()[-2:] == [
        "Words and pictures stay on this machine.",
        "It can run.",
    ]


def test_check_takes_another_config_as_run_does(cli: Cli, canvas: Path) -> None:
    """What ``run --model`` would refuse, ``check --model`` tells before."""
    assert cli("check", canvas, "--model", "embedded/sketch").returncode == 0
    wrong = cli("check", canvas, "--model", "embedded/sketsh")
    assert wrong.returncode == 2
    assert "Did you mean 'embedded/sketch'" in wrong.stderr


def test_backends_says_what_there_is_and_that_it_stays_here(cli: Cli) -> None:
    """Without any setting there is the embedded backend, and nothing leaves the machine."""
    text = cli("backends").stdout
    assert "embedded/sketch" in text
    assert "stay on this machine" in text
    statuses = {one["name"]: one for one in json.loads(cli("backends", "--json").stdout)}
    assert statuses["embedded"]["reachable"] is True
    assert statuses["embedded"]["local"] is True


def test_runs_lists_shows_and_verifies(cli: Cli, canvas: Path) -> None:
    """A file that was changed after the run is found by ``--verify``."""
    folder = canvas.parent / cli("run", canvas, "--exports", "out").stdout.splitlines()[-1]
    assert "completed" in cli("runs", "--exports", "out").stdout
    assert "01_input.txt" in cli("runs", folder, "--verify").stdout
    (folder / "final" / "01_input.txt").write_text("other words")
    done = cli("runs", "--exports", "out", "--verify")
    assert done.returncode == 1
    assert "has changed" in done.stderr


def test_clean_shows_and_removes_what_a_crash_left(cli: Cli, canvas: Path) -> None:
    """The record itself stays; a second time there is nothing to remove."""
    folder = canvas.parent / cli("run", canvas, "--exports", "out").stdout.splitlines()[-1]
    (folder / ".partial").mkdir()
    (folder / ".partial" / "03_generation.png").write_bytes(b"half")
    shown = cli("clean", "--exports", "out", "--dry-run")
    assert shown.stdout.splitlines()[-1] == "would remove 1 leavings with 4 bytes"
    assert str(folder / ".partial") in shown.stdout
    assert (folder / ".partial").is_dir()
    done = cli("clean", "--exports", "out", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout) == {
        "dry_run": False,
        "left_alone": [],
        "removed": [{"path": str(folder / ".partial"), "bytes": 4}],
    }
    assert cli("clean", "--exports", "out").stdout == "removed 0 leavings with 0 bytes\n"
    assert Run.open(folder).verify() == []


def test_runs_and_batches_are_listed_with_what_was_asked(cli: Cli, canvas: Path) -> None:
    """Prompt, preset, seed; a batch with its count, and its runs when its folder is named."""
    cli("run", canvas, "--exports", "out", "--seed", "7")
    done = cli("batch", canvas, "--count", "2", "--base-seed", "40", "--exports", "out")
    batch = done.stdout.splitlines()[-1]
    titles, first, *rest = cli("runs", "--exports", "out").stdout.splitlines()
    assert titles.split() == [
        *("started", "status", "made", "seed", "preset", "model", "prompt", "batch", "canvas"),
        "folder",
    ]
    known = ("piglatin", " 7 ", "a red boat on the sea", "Small", "embedded/sketch")
    assert all(word in first for word in known)
    assert len(rest) == 2
    _, only = cli("batches", "--exports", "out").stdout.splitlines()
    assert "2 of 2" in only
    assert batch in only
    [row] = json.loads(cli("batches", "--exports", "out", "--json").stdout)
    assert (row["completed_runs"], row["status"]) == (2, "complete")
    _, *runs = cli("runs", batch).stdout.splitlines()
    assert [line.split().count("completed") for line in runs] == [1, 1]
    assert " 40 " in runs[0]
    documents = json.loads(cli("runs", batch, "--json").stdout)
    assert [document["seed"] for document in documents] == [40, 41]


def test_runs_are_found_counted_and_written_to_files(cli: Cli, canvas: Path) -> None:
    """By filters; as a table of text, JSON, CSV on the output and in files, and packed whole."""
    for seed in ("7", "8"):
        cli("run", canvas, "--exports", "out", "--seed", seed)
    found = cli("runs", "--exports", "out", "--text", "BOAT", "--preset", "piglatin", "--json")
    assert [row["seed"] for row in json.loads(found.stdout)] == [7, 8]
    found = cli("runs", "--exports", "out", "--since", "yesterday", "--last", "1", "--csv", "-")
    titles, only = found.stdout.splitlines()
    assert dict(zip(titles.split(","), only.split(","), strict=False))["status"] == "completed"
    done = cli("runs", "--exports", "out", "--seed", "8", "--verify", "--csv", "t.csv")
    assert (done.returncode, done.stdout.strip()) == (0, "t.csv")
    assert len((canvas.parent / "t.csv").read_text().splitlines()) == 2
    assert cli("runs", "--exports", "out", "--export", "all.zip").stdout.strip() == "all.zip"
    assert (canvas.parent / "all.zip").stat().st_size > 1000
    none = cli("runs", "--exports", "out", "--where", "how=x", "--status", "failed")
    assert (none.returncode, none.stdout) == (0, "")
    assert "No run has the factor 'how'" in none.stderr
    assert "No batches found in" in cli("batches", "--exports", "out").stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--where", "how"), "FACTOR=LEVEL"),
        (("--since", "never"), "should be a moment"),
        (("--export", "x.doc"), ".csv, .parquet, .xlsx or .zip"),
        (("--text", "!"), "should hold a word"),
        (("--last", "-1"), "should be 1 or more"),
    ],
)
def test_a_question_that_cannot_be_understood_is_wrong_use(
    cli: Cli, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "out").mkdir()
    done = cli("runs", "--exports", "out", *arguments)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize("arguments", [("runs", "nowhere"), ("runs", "--exports", "nowhere")])
def test_a_folder_that_is_not_there_is_wrong_use(cli: Cli, arguments: tuple[str, ...]) -> None:
    done = cli(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "nowhere" in done.stderr


def test_a_folder_of_another_kind_is_told_once(cli: Cli, tmp_path: Path) -> None:
    """An exports folder is no run; what lists its runs is named."""
    (tmp_path / "exports" / "json").mkdir(parents=True)
    asked = cli("runs", "exports")
    assert asked.returncode == 2
    assert "canvas-kit runs --exports exports" in asked.stderr
    fetched = cli("fetch", "exports")
    assert fetched.returncode == 1
    assert fetched.stderr.count("holds no run") == 1


def test_presets_are_a_table_and_json(cli: Cli) -> None:
    text = cli("presets", "--kind", "interception").stdout
    assert "bauhaus" in text
    assert "fairness" not in text
    presets = json.loads(cli("presets", "--json").stdout)
    assert {"interception", "evaluation"} <= {preset["kind"] for preset in presets}
    assert all({"id", "name", "description"} <= set(preset) for preset in presets)


def test_the_node_that_takes_the_prompt_can_be_named(cli: Cli, canvas: Path) -> None:
    document = json.loads(canvas.read_text())
    document["nodes"].append({"id": "more", "type": "input", "promptText": "at night"})
    document["connections"].append({"sourceId": "more", "targetId": "end"})
    canvas.write_text(json.dumps(document))
    asked = ("run", canvas, "--exports", "out", "--prompt", "a house")
    unclear = cli(*asked)
    assert unclear.returncode == 2
    assert "words, more" in unclear.stderr
    folder = canvas.parent / cli(*asked, "--node", "words").stdout.splitlines()[-1]
    assert Run.open(folder)["words"].text == "a house"


def test_check_warns_of_what_is_rarely_meant(cli: Cli, canvas: Path) -> None:
    document = json.loads(canvas.read_text())
    document["nodes"][0]["promptText"] = " "
    canvas.write_text(json.dumps(document))
    done = cli("check", canvas)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "It can run.")
    assert "words: The prompt is empty" in done.stderr


def test_backends_says_which_settings_file_holds(cli: Cli, tmp_path: Path) -> None:
    assert cli("backends").stdout.startswith("settings: none")
    file = tmp_path / "canvas_kit.toml"
    file.write_text('device_id = "desk"')
    assert cli("backends").stdout.splitlines()[0] == f"settings: {file}"


def test_a_folder_that_somebody_sent_is_trusted_once(
    cli: Cli, canvas: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then its settings file sends nothing anywhere, whatever the command."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "own"))
    monkeypatch.setenv("HOME", str(tmp_path / "own"))
    monkeypatch.setenv("LAB_KEY", "sk-very-secret")
    file = tmp_path / "canvas_kit.toml"
    file.write_text('[backends.openai]\naddress = "http://127.0.0.1:1/v1"\nkey_env = "LAB_KEY"\n')
    refused = cli("backends")
    assert refused.returncode == 2
    assert f"canvas-kit trust {file}" in refused.stderr
    assert cli("check", canvas, "--backend").returncode == 2
    agreed = cli("trust", "canvas_kit.toml")
    assert agreed.returncode == 0
    assert "http://127.0.0.1:1/v1" in agreed.stdout
    assert cli("check", canvas).returncode == 0


def test_what_reaches_a_terminal_cannot_steer_it(cli: Cli, canvas: Path) -> None:
    """Names, models and messages come from files and servers; they are shown, but as signs."""
    evil = "\x1b]0;title\x07\x1b[31mred\x9b2J\u202e"
    document = json.loads(canvas.read_text())
    document["name"] = document["nodes"][0]["promptText"] = evil
    canvas.write_text(json.dumps(document))
    said = [cli("-v", "run", canvas, "--exports", "out"), cli("runs", "--exports", "out")]
    assert [done.returncode for done in said] == [0, 0]
    document["nodes"][4] |= {"id": evil, "configId": f"embedded/{evil}"}
    document["connections"][1]["targetId"] = evil
    canvas.write_text(json.dumps(document))
    said.append(cli("check", canvas))
    for done in said:
        shown = done.stdout + done.stderr
        assert shown
        assert not any(sign in shown for sign in "\x1b\x07\x9b\u202e"), done


def test_json_on_a_terminal_is_ascii(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And elsewhere as it is, for programs."""
    print_json({"name": "\u202eü\x1b"})
    assert "ü" in capsys.readouterr().out
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    print_json({"name": "\u202eü\x1b"})
    assert capsys.readouterr().out.isascii()


def test_an_output_of_another_encoding_is_written_all_the_same(tmp_path: Path) -> None:
    """As a pipe on Windows has it: signs that it lacks are written out, and JSON stays JSON."""
    for arguments in (["--help"], ["presets"], ["presets", "--json"]):
        done = subprocess.run(
            command(*arguments),
            cwd=tmp_path,
            env={**_environment(), "PYTHONIOENCODING": "cp1252"},
            capture_output=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr.decode()
    names = {preset["id"] for preset in json.loads(done.stdout.decode("cp1252"))}
    assert names > {"mad_world", "bauhaus"}


def test_ctrl_c_keeps_what_was_made(canvas: Path) -> None:
    """An interrupted batch ends as aborted; the runs that had ended are whole."""
    process = subprocess.Popen(
        command("batch", canvas, "--count", "500", "--exports", "out"),
        cwd=canvas.parent,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            ended = [
                path
                for path in find_runs(canvas.parent / "out")
                if (path / "metadata.json").exists()
            ]
            if len(ended) >= 3:
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 1, errors
    assert "Traceback" not in errors
    batch = Batch.open(canvas.parent / output.splitlines()[-1])
    assert batch.aborted
    assert batch.completed_runs >= 3
    assert all(run.verify() == [] for run in batch)


def test_a_detached_batch_is_listed_shown_and_stopped(
    cli: Cli, canvas: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``batch --detach`` returns at once; ``jobs`` finds the work by its id, and ends it."""
    monkeypatch.setenv("CANVAS_KIT_JOBS_FOLDER", str(canvas.parent / "jobs"))
    begun = cli("batch", str(canvas), "--count", "5000", "--exports", "out", "--detach")
    assert begun.returncode == 0, begun.stderr
    job_id = begun.stdout.splitlines()[-1]
    assert job_id in cli("jobs").stdout
    shown = cli("jobs", "show", job_id, "--json")
    assert json.loads(shown.stdout)["state"] == "running"
    assert cli("jobs", "forget", job_id).returncode == 2
    assert "asked to stop" in cli("jobs", "stop", job_id).stdout
    Job.open(job_id).result(60)
    assert "aborted" in cli("jobs", "show", job_id).stdout
    assert cli("jobs", "forget").stdout == "1 job forgotten.\n"
    assert "There are no jobs" in cli("jobs").stdout
    assert cli("jobs", "show", job_id).returncode == 2


def test_version_and_help_are_there(cli: Cli) -> None:
    """``--version`` says it in one line; every command has a help worth reading."""
    assert cli("--version").stdout.startswith("canvas-kit ")
    for name in (
        "run",
        "batch",
        "check",
        "presets",
        "backends",
        "runs",
        "batches",
        "serve",
        "models",
        "jobs",
    ):
        done = cli(name, "--help")
        assert done.returncode == 0
        assert len(done.stdout) > 300


def test_every_command_that_is_named_is_there() -> None:
    """Neither a message nor a README nor a notebook names a command that does not exist."""
    commands = set(get_command(app).commands)  # type: ignore[attr-defined] # it is a group
    package = Path(canvas_kit.__file__).parent
    told = [*package.glob("**/README.md"), package.parent / "README.md"]
    told += (package.parent / "notebooks").glob("*.ipynb")
    texts = [path.read_text(encoding="utf-8") for path in told if "node_modules" not in path.parts]
    for path in package.rglob("*.py"):
        parts = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        texts += [str(part.value) for part in parts if isinstance(part, ast.Constant)]
    said = {name for text in texts for name in re.findall("[`']canvas-kit ([a-z]+)", text)}
    for text in texts:
        for block in re.findall("```sh\n(.*?)```", text, re.DOTALL):
            said |= set(re.findall("^canvas-kit ([a-z]+)", block, re.MULTILINE))
    assert len(said & commands) > 10
    assert said - commands == set()


def _environment() -> dict[str, str]:
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("CANVAS_KIT_") or key.endswith(("INDEX_FOLDER", "JOBS_FOLDER"))
    }
    return kept | {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "100"}
