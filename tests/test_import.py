"""Importing canvas-kit does nothing visible and stays light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = {"numpy", "PIL", "pandas", "IPython", "httpx", "pydantic", "ipywidgets", "typer", "tqdm"}


def in_a_fresh_process(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_import_loads_nothing_heavy(tmp_path: Path) -> None:
    """Neither numpy, Pillow, pandas, IPython, httpx, nor even pydantic."""
    done = in_a_fresh_process(
        "import sys, canvas_kit\nprint(*sorted({name.partition('.')[0] for name in sys.modules}))",
        tmp_path,
    )
    assert done.stderr == ""
    assert set(done.stdout.split()) & HEAVY == set()


def test_import_writes_nothing_prints_nothing_starts_nothing(tmp_path: Path) -> None:
    """No file is opened but to be read, no socket, no process, no thread, no word."""
    done = in_a_fresh_process(
        "import sys, threading\n"
        "sys.dont_write_bytecode = True\n"
        "def watch(event, args):\n"
        "    if event == 'open' and set(str(args[1])) & set('wax+'):\n"
        "        raise SystemExit(f'opened {args} for writing')\n"
        "    if event.startswith(('socket.', 'subprocess.', 'os.mkdir', 'os.remove')):\n"
        "        raise SystemExit(f'{event} {args}')\n"
        "sys.addaudithook(watch)\n"
        "import canvas_kit\n"
        "assert threading.active_count() == 1\n",
        tmp_path,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_a_canvas_is_made_and_checked_without_media_libraries(tmp_path: Path) -> None:
    """Checking a file from a shell stays quick: numpy and Pillow are for those who draw."""
    done = in_a_fresh_process(
        "import sys\n"
        "from canvas_kit import Canvas, Collector, Generation, Input\n"
        "chain = Input('x') >> Generation() >> Collector()\n"
        "Canvas.from_json(chain.to_json()).check()\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))",
        tmp_path,
    )
    assert done.stderr == ""
    assert set(done.stdout.split()) & {"numpy", "PIL", "pandas", "IPython", "httpx"} == set()
