"""The engine of papermill: what a notebook sees and shows is as in plain papermill."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from jupyter_client.kernelspec import KernelSpec
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError

from canvas_kit.notebook_runs.engine import CanvasKitEngine
from canvas_kit.notebook_runs.kernels import Kernels, why_not_forked
from tests.notebook_runs.notebooks import living, texts, write

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="kernels are forked on Linux only"
)


WARM = {"engine_name": "canvas-kit"}


@pytest.fixture(scope="module")
def kernels() -> Iterator[Kernels]:
    papermill_engines.register("canvas-kit", CanvasKitEngine)
    with Kernels() as kernels:
        yield kernels


def warm(kernels: Kernels, source: Path, copy: Path, **given: Any) -> Path:
    papermill.execute_notebook(
        str(source),
        str(copy),
        kernels=kernels,
        progress_bar=False,
        **WARM,
        **given,
    )
    return copy


KINDS_OF_CELLS = r"""
import sys, os, json
print('out'); print('err', file=sys.stderr)
'value'
# %%
sys.argv[1] == '-f', len(sys.argv), sys.argv[0].rsplit('/', 1)[-1], __name__
# %%
[p for p in sys.path if 'canvas_kit' in p or p == ''], sys.flags.dev_mode
# %%
from IPython.display import HTML, Markdown, clear_output, display, update_display
display(HTML('<b>bold</b>')); display(Markdown('*m*'), display_id='x')
# %%
update_display(Markdown('**changed**'), display_id='x')
# %%
print('gone'); clear_output(); print('stays')
# %%
import asyncio
await asyncio.sleep(0)
asyncio.get_running_loop().is_running()
# %%
import time
os.write(1, b'to the descriptor\n'); time.sleep(0.3)
# %%
!echo from a shell
# %%
%%bash
echo from a magic; echo aside >&2
# %%
import pandas as pd
pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']})
# %%
from PIL import Image
Image.new('RGB', (3, 3), 'red')
# %%
import ipywidgets
ipywidgets.IntSlider(3)
# %%
import warnings
warnings.warn('careful')
# %%
import logging
logging.warning('logged'); logging.getLogger('a.b').error('also')
# %%
import multiprocessing
with multiprocessing.get_context('fork').Pool(1) as pool: print(pool.map(abs, [-3]))
# %%
import threading
thread = threading.Thread(target=print, args=('from a thread',)); thread.start(); thread.join()
# %%
import subprocess
subprocess.run([sys.executable, '-c', 'print(6 * 7)'], capture_output=True).stdout
# %%
import locale, signal
[signal.getsignal(n) for n in (signal.SIGCHLD, signal.SIGTERM)], locale.getlocale()
# %%
os.getcwd() == START, os.umask(0o22), os.getsid(0) == os.getpid(), sys.stdin.read()
# %%
import gc
gc.isenabled(), gc.get_threshold(), sys.getrecursionlimit()
# %%
_, __, In[1][:6], sorted(k for k in globals() if not k.startswith('_') and k.islower())[:3]
# %%
import numpy as np
np.random.default_rng(3).integers(100, size=4)
# %%
def f(n):
    return 1 / n
f(0)
""".strip().split("\n# %%\n")


def comparable(path: Path) -> list[Any]:
    """The cells of an executed notebook, without times, processes and places."""
    notebook = nbformat.read(path, as_version=4)
    found: list[Any] = [notebook.metadata.language_info, sorted(notebook.metadata)]
    widgets = notebook.metadata.get("widgets", {}).values()
    found.append(sorted(m["model_name"] for kind in widgets for m in kind["state"].values()))
    for cell in notebook.cells:
        text = nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))
        text = re.sub(r"ipykernel_\d+/\d+", "ipykernel", text)
        text = re.sub(r"\b[0-9a-f]{32}\b|\d{4}-\d\d-\d\dT[\d:.+]+|0x[0-9a-f]{6,}", "…", text)
        text = re.sub(r'"duration": [\d.]+', "", text)
        found.append(re.sub(r'"id": "[^"]+"', "", text))
    return found


def test_the_same_comes_out_as_of_plain_papermill(kernels: Kernels, tmp_path: Path) -> None:
    """Streams, displays, widgets, shells, magics, subprocesses, signals, tracebacks: all equal."""
    source = write(tmp_path / "all.ipynb", f"START = {str(tmp_path)!r}", *KINDS_OF_CELLS)
    faults = []
    copies = [tmp_path / "plain.ipynb", tmp_path / "warm.ipynb"]
    for copy, engine in zip(copies, ({}, WARM | {"kernels": kernels}), strict=True):
        with pytest.raises(PapermillExecutionError) as caught:
            papermill.execute_notebook(
                str(source), str(copy), cwd=str(tmp_path), progress_bar=False, **engine
            )
        faults.append((caught.value.ename, caught.value.cell_index))
    assert faults[0] == faults[1] == ("ZeroDivisionError", len(KINDS_OF_CELLS))
    plain, forked = map(comparable, copies)
    assert "<b>bold</b>" in str(plain)
    assert "IntSliderModel" in plain[2]
    for one, other in zip(plain, forked, strict=True):
        assert one == other


CHANGES = """
import builtins, json, logging, os, random, signal, sys, tempfile
import numpy as np
import canvas_kit
left = 1
os.environ["LEFT"] = "1"
os.chdir("/")
file = open(os.devnull)
os.umask(0o77)
random.seed(1); np.random.seed(1)
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
sys.setrecursionlimit(4321)
sys.path.append("/left")
logging.basicConfig(level=5)
json.left = np.left = canvas_kit.left = builtins.left = 1
"""
SIGHT = """
import builtins, json, logging, os, random, signal, sys
import numpy as np
import canvas_kit
print("left" in globals(), "LEFT" in os.environ, os.getcwd() == "/", os.umask(0o22) == 0o77)
print(len(os.listdir("/proc/self/fd")), signal.getsignal(signal.SIGUSR1) == signal.SIG_IGN)
print(sys.getrecursionlimit(), "/left" in sys.path, logging.getLogger().level)
print([hasattr(module, "left") for module in (json, np, canvas_kit, builtins)])
"""
DRAWS = "import random, uuid, numpy\nprint(random.random(), numpy.random.random(), uuid.uuid4())"


def test_nothing_of_a_notebook_is_seen_in_the_next(kernels: Kernels, tmp_path: Path) -> None:
    """Names, environment, folder, files, signals, modules; and each draws numbers of its own."""
    sight, draws = write(tmp_path / "sight.ipynb", SIGHT), write(tmp_path / "draws.ipynb", DRAWS)
    before = texts(warm(kernels, sight, tmp_path / "before.ipynb"))
    warm(kernels, write(tmp_path / "changes.ipynb", CHANGES), tmp_path / "changed.ipynb")
    assert texts(warm(kernels, sight, tmp_path / "after.ipynb")) == before
    assert "True" not in before[0]
    (one,), (other,) = (texts(warm(kernels, draws, tmp_path / f"{n}.ipynb")) for n in (1, 2))
    assert not {*one.split()} & {*other.split()}


def test_a_changed_environment_is_the_notebooks_too(
    kernels: Kernels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what is read once, when something is imported, as by an interpreter started anew."""
    (tmp_path / "beside.py").write_text("found = True")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    source = write(tmp_path / "a.ipynb", "import beside; beside.found")
    assert texts(warm(kernels, source, tmp_path / "b.ipynb")) == ["True"]
    assert len(living(kernels)) == 1


ENDS = """
import atexit, tempfile, weakref
from pathlib import Path
place = Path(PLACE)
class Last:
    def __del__(self, at=place / "deleted"): at.write_text("yes")
last = Last()
unclosed = (place / "unclosed").open("w"); unclosed.write("all of it")
atexit.register((place / "handler").write_text, "yes")
weakref.finalize(last, (place / "finalized").write_text, "yes")
folder = tempfile.TemporaryDirectory(dir=place)
"""


def test_what_a_notebook_leaves_to_its_end_is_done(kernels: Kernels, tmp_path: Path) -> None:
    """Exit handlers run, objects are let go, a file that was not closed has all of its text."""
    source = write(tmp_path / "a.ipynb", f"PLACE = {str(tmp_path)!r}", ENDS)
    warm(kernels, source, tmp_path / "b.ipynb")
    assert (tmp_path / "unclosed").read_text() == "all of it"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a.ipynb", "b.ipynb", "deleted", "finalized", "handler", "unclosed"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "cell",
    [
        "import os; os._exit(3)",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "import ctypes; ctypes.string_at(0)",
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\nimport os; os.abort()",
    ],
)
def test_a_kernel_that_dies_is_told_as_plain_papermill_does(
    kernels: Kernels, tmp_path: Path, cell: str
) -> None:
    """And the cell is marked as the one that failed; the next notebook has a kernel again."""
    source, copy = write(tmp_path / "a.ipynb", "1", cell, "2"), tmp_path / "b.ipynb"
    with pytest.raises(DeadKernelError):
        warm(kernels, source, copy)
    found = [cell.metadata.papermill.status for cell in nbformat.read(copy, as_version=4).cells]
    assert found == ["completed", "failed", "pending"]
    again = write(tmp_path / "c.ipynb", "'alive'")
    assert texts(warm(kernels, again, tmp_path / "d.ipynb")) == ["'alive'"]


def test_a_cell_without_end_is_ended_after_its_time(kernels: Kernels, tmp_path: Path) -> None:
    """With its whole process, although it ignores what asks it to end."""
    cell = (
        "import os, signal\n"
        "for n in (signal.SIGINT, signal.SIGTERM): signal.signal(n, signal.SIG_IGN)\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n"
        "while True: pass"
    )
    source, copy = write(tmp_path / "a.ipynb", cell), tmp_path / "b.ipynb"
    with pytest.raises(CellTimeoutError):
        warm(kernels, source, copy, execution_timeout=3)
    assert nbformat.read(copy, as_version=4).cells[0].metadata.papermill.status == "failed"
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text()}").exists()


def test_exit_in_a_cell_fails_it_as_in_plain_papermill(kernels: Kernels, tmp_path: Path) -> None:
    """``sys.exit`` is an error of its cell, and ends no process but its own."""
    source = write(tmp_path / "a.ipynb", "import sys; sys.exit(4)")
    with pytest.raises(PapermillExecutionError, match="SystemExit"):
        warm(kernels, source, tmp_path / "b.ipynb")


PARENT = """
import sys, threading, papermill, time
from papermill.engines import papermill_engines
from canvas_kit.notebook_runs.engine import CanvasKitEngine
papermill_engines.register("canvas-kit", CanvasKitEngine)
papermill.execute_notebook(*sys.argv[1:3], engine_name="canvas-kit", progress_bar=False)
"""


def test_no_process_is_left_when_the_parent_is_killed(tmp_path: Path) -> None:
    """Neither the kernel that works, nor the one kept ready, nor what they were forked from."""
    cell = (
        f"import os, sys, time\nopen({str(tmp_path / 'pids')!r}, 'w').write("
        "f'{os.getppid()} {sys.argv[2]}\\n')\ntime.sleep(600)"
    )
    source = write(tmp_path / "a.ipynb", cell)
    command = [sys.executable, "-c", PARENT, str(source), str(tmp_path / "b.ipynb")]
    with subprocess.Popen(command, cwd=tmp_path) as parent:
        wait_for(lambda: (tmp_path / "pids").exists() and (tmp_path / "pids").read_text())
        preloaded, connection = (tmp_path / "pids").read_text().split()
        children = Path(f"/proc/{preloaded}/task/{preloaded}/children").read_text().split()
        parent.send_signal(signal.SIGKILL)
    assert len(children) == 2
    for pid in (*children, preloaded):
        process = Path(f"/proc/{pid}")
        wait_for(partial(_gone, process))
    assert not Path(connection).parents[1].exists()


def _gone(path: Path) -> bool:
    return not path.exists()


def test_a_preloaded_process_that_is_killed_is_replaced(kernels: Kernels, tmp_path: Path) -> None:
    """As may happen where memory is short."""
    source = write(tmp_path / "a.ipynb", "7")
    warm(kernels, source, tmp_path / "b.ipynb")
    (pid,) = living(kernels)
    os.kill(pid, signal.SIGKILL)
    assert texts(warm(kernels, source, tmp_path / "c.ipynb")) == ["7"]
    assert living(kernels) != [pid]


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_where_nothing_can_be_forked_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """And the notebooks run all the same, as plain papermill runs them."""
    monkeypatch.setattr(sys, "platform", "darwin")
    source = write(tmp_path / "a.ipynb", "7")
    with Kernels() as kernels:
        for number in range(2):
            copy = warm(kernels, source, tmp_path / f"{number}.ipynb")
            assert texts(copy) == ["7"]
        assert living(kernels) == []
    (record,) = [r for r in caplog.records if r.name.startswith("canvas_kit")]
    assert record.getMessage() == (
        "Notebooks run at the pace of plain papermill: on darwin a kernel cannot be forked safely."
    )


def test_a_preload_that_fails_is_tried_once_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Then kernels are started anew."""
    monkeypatch.setattr("canvas_kit.notebook_runs.preloaded.__name__", "no.such.module")
    source = write(tmp_path / "a.ipynb", "7")
    with Kernels() as kernels:
        for number in range(2):
            assert texts(warm(kernels, source, tmp_path / f"{number}.ipynb")) == ["7"]
    (record,) = [r for r in caplog.records if r.name.startswith("canvas_kit")]
    assert "no kernel could be forked" in record.getMessage()


def test_only_ordinary_kernels_of_this_python_are_forked() -> None:
    """Others are known by how they are started."""
    ordinary = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]
    for argv in ([sys.executable, *ordinary], ["python", "-Xfrozen_modules=off", *ordinary]):
        assert why_not_forked(KernelSpec(argv=argv)) == ""
    for argv, reason in (
        (["/usr/bin/other", *ordinary], "another Python"),
        (["python", "-m", "xpython", "-f", "{connection_file}"], "not an ordinary kernel"),
        ([], "another Python"),
    ):
        assert reason in why_not_forked(KernelSpec(argv=argv, display_name="K"))


def test_papermill_finds_the_engine_by_its_entry_point(tmp_path: Path) -> None:
    """``papermill --engine canvas-kit`` from a shell, where canvas-kit is installed."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    about = tmp_path / "canvas_kit-0.dist-info"
    about.mkdir()
    about.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: canvas-kit\nVersion: 0\n")
    points = project["entry-points"]["papermill.engine"]
    about.joinpath("entry_points.txt").write_text(
        "[papermill.engine]\n" + "".join(f"{name} = {at}\n" for name, at in points.items())
    )
    write(tmp_path / "a.ipynb", "print(n + 1)", parameters="n = 1")
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    subprocess.run(
        [sys.executable, "-m", "papermill", "a.ipynb", "b.ipynb", "-p", "n", "41",
         "--engine", "canvas-kit", "--no-progress-bar"],
        check=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": path},
        timeout=120,
    )  # fmt: skip
    assert texts(tmp_path / "b.ipynb")[-1] == "42\n"
