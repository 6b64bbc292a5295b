"""A process that has imported what kernels need, and forks one whenever one is asked for.

``python -m canvas_kit.notebook_runs.preloaded SOCKET FOLDER`` is started by
:mod:`canvas_kit.notebook_runs.kernels`. It stays single-threaded, since only then is a fork safe,
and keeps one fork ready, which has bound its sockets and waits for the notebook's folder. Each
notebook has a kernel process of its own: nothing of one can be seen in the next.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import importlib
import importlib.util
import io
import json
import os
import select
import shutil
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

HISTORY = "--HistoryManager.hist_file=:memory:"
"""What nbclient adds to the command line of a kernel of IPython."""
_LAUNCHER = "ipykernel_launcher"
_PRELOADED = (
    "IPython.core.completerlib",
    "ipykernel.debugger",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "tornado.platform.asyncio",
)
"""Nothing that asks on import for the shell that it runs in, as what draws figures inline does."""
_QUIET = "PYDEVD_DISABLE_FILE_VALIDATION"
"""Keeps the debugger from warning, on import, of what concerns debugging only."""
_WRITING = (io.BufferedRandom, io.BufferedWriter, io.TextIOWrapper)
_PR_SET_PDEATHSIG = 1
_MAX_MESSAGE = 1 << 16


class _Forks:
    """The loop of the preloaded process."""

    def __init__(self, parent: socket.socket, folder: Path) -> None:
        self._parent = parent
        self._parent_ends = os.pidfd_open(os.getppid())  # forks of it may hold the socket open
        self._folder = folder
        self._libc = ctypes.CDLL(None)
        self._living: dict[int, int] = {}
        self._spare: tuple[int, socket.socket] | None = None
        self._spare_died = False
        self._made = 0
        self._poll = select.poll()
        for descriptor in (self._parent.fileno(), self._parent_ends):
            self._poll.register(descriptor, select.POLLIN)

    def serve(self) -> tuple[Path, socket.socket] | None:
        """Fork kernels until the parent is gone.

        Returns:
            In a kernel: its folder, and the socket on which it hears where to work. In the
            preloaded process: None, when all kernels have ended.
        """
        wanted = 0
        while True:
            if self._spare is None and (wanted or not self._spare_died):
                kernel = self._fork()
                if kernel is not None:
                    return kernel
            if self._spare is not None and wanted:
                wanted -= 1
                self._hand_over(*self._spare)
                continue
            for descriptor, _ in self._poll.poll():
                if descriptor in self._living:
                    self._reap(descriptor)
                elif descriptor == self._parent.fileno() and self._parent.recv(_MAX_MESSAGE):
                    wanted += 1
                else:
                    self._end_all()
                    return None

    def _fork(self) -> tuple[Path, socket.socket] | None:
        self._made += 1
        folder = self._folder / str(self._made)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        preloaded = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != preloaded:
                os._exit(1)
            os.setsid()
            for descriptor in (*self._living, self._parent_ends, self._parent.fileno()):
                os.close(descriptor)
            self._parent.detach()
            ours.close()
            return folder, theirs
        theirs.close()
        pidfd = os.pidfd_open(pid)
        self._living[pidfd] = pid
        self._poll.register(pidfd, select.POLLIN)
        self._spare = pidfd, ours
        return None

    def _hand_over(self, pidfd: int, channel: socket.socket) -> None:
        self._spare, self._spare_died = None, False
        with suppress(OSError), channel:  # a parent that has gone is noticed by the loop
            pid = str(self._living[pidfd]).encode()
            socket.send_fds(self._parent, [pid], [channel.fileno(), pidfd])

    def _reap(self, pidfd: int) -> None:
        os.waitpid(self._living.pop(pidfd), 0)
        self._poll.unregister(pidfd)
        os.close(pidfd)
        if self._spare is not None and self._spare[0] == pidfd:
            self._spare[1].close()
            self._spare, self._spare_died = None, True

    def _end_all(self) -> None:
        for pid in self._living.values():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        for pidfd in list(self._living):
            self._reap(pidfd)
        shutil.rmtree(self._folder, ignore_errors=True)


def _run_kernel(folder: Path, orders: socket.socket) -> None:
    """Be a kernel, as ``python -m ipykernel_launcher`` is."""
    from ipykernel.kernelapp import IPKernelApp

    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()  # or all kernels would draw the same numbers
    folder.mkdir(0o700)
    spec = importlib.util.find_spec(_LAUNCHER)
    name = str(spec.origin) if spec is not None else _LAUNCHER
    sys.argv = [name, "-f", str(folder / "kernel.json"), HISTORY]
    app: Any = IPKernelApp.instance(transport="ipc", ip=str(folder / "socket"))
    app.initialize(sys.argv[1:])
    atexit.unregister(app.close)  # slow, and may wait for its own threads without end
    gc.freeze()
    with orders:
        order = orders.recv(_MAX_MESSAGE)
        if not order:
            os._exit(0)
        try:
            os.chdir(json.loads(order)["cwd"])
        except OSError as error:
            orders.send(json.dumps({"error": str(error)}).encode())
            os._exit(1)
        orders.send(json.dumps({"folder": str(folder)}).encode())
    app.start()


def _end_kernel() -> None:
    """End a kernel whose exit handlers have run, quicker than the interpreter does.

    Taking apart all that was imported would take longer than a short notebook. What a notebook
    can notice of it is done: its objects are let go (IPython has dropped its names by now), and
    what it wrote to files is in them.
    """
    gc.collect()
    for value in gc.get_objects():  # none from before the notebook: they are frozen
        if isinstance(value, _WRITING):
            with suppress(Exception):  # as the interpreter, which says nothing of it at the end
                value.flush()
    os._exit(0)


def main() -> None:
    """Preload, then fork kernels until the parent is gone."""
    atexit.register(_end_kernel)  # the first one registered is the last to be called
    import logging

    del logging  # its own handler comes next
    parent = socket.socket(fileno=int(sys.argv[1]))
    folder = Path(sys.argv[2])
    with suppress(IndexError):
        if sys.path[0] == "" or Path(sys.path[0]) == Path.cwd():
            del sys.path[0]  # which was for finding this module only
    told = os.environ.get(_QUIET)
    os.environ[_QUIET] = "1"
    for name in _PRELOADED:
        importlib.import_module(name)
    if told is None:
        del os.environ[_QUIET]
    package = importlib.import_module("canvas_kit")
    for name in package.__all__:
        with suppress(Exception):  # what is not installed here can be asked for by no notebook
            getattr(package, name)
    gc.collect()
    gc.freeze()
    kernel = _Forks(parent, folder).serve()
    if kernel is None:
        os._exit(0)
    _run_kernel(*kernel)


if __name__ == "__main__":
    main()
