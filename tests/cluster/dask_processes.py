"""A scheduler and workers of Dask's as processes of their own, on loopback, ended by process id."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import distributed

ROOT = Path(__file__).parents[2]
_STARTING_SECONDS = 150


class DaskProcesses:
    """A scheduler, with workers as they are started; all are ended at the end.

    Attributes:
        address: Where the scheduler listens.
        workers: The processes of the workers that were started.
    """

    def __init__(self, folder: Path, **environment: str) -> None:
        self._folder = folder
        self._environment = environment
        self._scheduler: subprocess.Popen[bytes] | None = None
        self.address = ""
        self.workers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self.start_scheduler()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in (*self.workers, self._scheduler):
            if process is not None:
                process.kill()
                process.wait()

    def start_scheduler(self) -> None:
        """Start it, and wait until it listens."""
        file = self._folder / "scheduler.json"
        file.unlink(missing_ok=True)
        where = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show")
        self._scheduler = self._start("scheduler", *where, "--scheduler-file", str(file))
        until = time.monotonic() + _STARTING_SECONDS
        while not (file.exists() and '"address"' in file.read_text()):
            assert self._scheduler.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        self.address = json.loads(file.read_text())["address"]

    def kill_scheduler(self) -> None:
        """End it with SIGKILL."""
        assert self._scheduler is not None
        self._scheduler.kill()
        self._scheduler.wait()

    def have_workers(self, number: int, threads: int = 2) -> None:
        """Start workers until so many live."""
        self.workers = [process for process in self.workers if process.poll() is None]
        while len(self.workers) < number:
            self.start_worker(threads)

    def wait_for_workers(self, number: int) -> None:
        """Wait until so many have found the scheduler."""
        client_type: Any = distributed.Client
        with client_type(self.address, set_as_default=False) as client:
            client.wait_for_workers(number, timeout=_STARTING_SECONDS)

    def start_worker(self, threads: int = 1, **environment: str) -> subprocess.Popen[bytes]:
        """Start a worker; it comes when it has found the scheduler."""
        options = (
            "--nthreads",
            str(threads),
            "--no-nanny",
            "--no-dashboard",
            "--host",
            "127.0.0.1",
        )
        process = self._start("worker", self.address, *options, **environment)
        self.workers.append(process)
        return process

    def _start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        kept = {name: text for name, text in os.environ.items() if "CANVAS_KIT" not in name}
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments],
                cwd=self._folder,
                env={**kept, "PYTHONPATH": str(ROOT), **self._environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
