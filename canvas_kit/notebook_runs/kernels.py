"""Kernels for notebooks: forked from a preloaded process where that can be, else started anew."""

from __future__ import annotations

import asyncio
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase
from traitlets import Type

from canvas_kit.errors import CanvasKitError
from canvas_kit.logs import logger_for
from canvas_kit.notebook_runs import preloaded

log = logger_for(__name__)

LAUNCH = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]
_START_SECONDS = 60.0
_ASK_SECONDS = 0.25
_END_SECONDS = 2.5
_MAX_MESSAGE = 1 << 16


class ForkFailed(CanvasKitError):
    """A kernel could not be forked; one can still be started anew."""


def why_not_forked(spec: KernelSpec) -> str:
    """Why kernels of this kind cannot be forked from a preloaded process; empty if they can."""
    if not sys.platform.startswith("linux") or not hasattr(os, "pidfd_open"):
        return f"on {sys.platform} a kernel cannot be forked safely"
    python, *rest = spec.argv or [""]
    names = {"python", f"python{sys.version_info[0]}", "python{}.{}".format(*sys.version_info[:2])}
    if python not in names and Path(python).absolute() != Path(sys.executable).absolute():
        return f"the kernel {spec.display_name!r} runs another Python than this, {python}"
    if rest[-len(LAUNCH) :] != LAUNCH or spec.metadata.get("kernel_provisioner"):
        return f"the kernel {spec.display_name!r} is not an ordinary kernel of IPython"
    return ""


class ForkedKernel:
    """A kernel forked from a preloaded process, with as much of ``subprocess.Popen`` as is asked.

    Attributes:
        pid: Its process, which also leads its group.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, pidfd: int) -> None:
        self.pid = pid
        self._pidfd = pidfd
        self._end = select.poll()
        self._end.register(pidfd, select.POLLIN)

    def __del__(self) -> None:
        os.close(self._pidfd)

    def poll(self) -> int | None:
        """None while it lives. How it ended only the preloaded process knows, so else 0."""
        return self.wait(0)

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait until it has ended, at most ``timeout`` seconds."""
        return 0 if self._end.poll(timeout and timeout * 1000) else None

    async def ended(self) -> None:
        """Wait until it has ended, on the event loop."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        loop.add_reader(self._pidfd, lambda: None if future.done() else future.set_result(None))
        try:
            await future
        finally:
            loop.remove_reader(self._pidfd)

    def send_signal(self, number: int) -> None:
        """Send a signal to it alone."""
        signal.pidfd_send_signal(self._pidfd, number)

    def kill(self) -> None:
        """Kill it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class _Preloaded:
    """The other end of :mod:`canvas_kit.notebook_runs.preloaded`."""

    def __init__(self, flags: Sequence[str], env: Mapping[str, str]) -> None:
        self.kind = [*flags], dict(env)
        self._owner = os.getpid()
        self._kernels: list[ForkedKernel] = []
        self._gave_one = False
        self._asking = threading.Lock()
        # In memory: a system takes 107 bytes for a socket's path, and a disk may be busy.
        place = next(p for p in ("/dev/shm", "/tmp") if os.access(p, os.W_OK))  # noqa: S108
        self._folder = tempfile.mkdtemp(prefix="canvas-kit-", dir=place)
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(_START_SECONDS)
        command = [sys.executable, *flags, "-m", preloaded.__name__]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603
                [*command, str(theirs.fileno()), self._folder],
                env={**env, "JPY_PARENT_PID": str(os.getpid())},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def fork(self, cwd: str) -> tuple[ForkedKernel, Path]:
        """A kernel that works in ``cwd``, and the folder of its connection file.

        Raises:
            OSError: When there is none to be had.
        """
        with self._asking:
            pid = b""
            with suppress(ConnectionError):
                self._socket.send(b"a kernel")
                pid, descriptors, _, _ = socket.recv_fds(self._socket, _MAX_MESSAGE, 2)
            if not pid:
                self._process.wait()
                raise OSError("the preloaded process has ended")
            kernel = ForkedKernel(int(pid), descriptors[1])
            self._kernels = [other for other in self._kernels if other.poll() is None]
            self._kernels.append(kernel)
            self._gave_one = True
        with socket.socket(fileno=descriptors[0]) as channel:
            channel.settimeout(_START_SECONDS)
            channel.send(json.dumps({"cwd": str(Path(cwd).absolute())}).encode())
            answer = json.loads(channel.recv(_MAX_MESSAGE) or b"{}")
        if "folder" not in answer:
            raise OSError(answer.get("error", "it ended while it started"))
        return kernel, Path(answer["folder"])

    @property
    def usable(self) -> bool:
        """Whether it is of this process, not of one that forked it, and has not ended.

        One that never came so far as to give a kernel stays, so that it is not tried again.
        """
        return self._owner == os.getpid() and (self._process.poll() is None or not self._gave_one)

    @property
    def idle(self) -> bool:
        """Whether none of its kernels lives."""
        return all(kernel.poll() is not None for kernel in self._kernels)

    def close(self) -> None:
        """End it and its kernels."""
        self._socket.close()
        if self._owner == os.getpid():
            self._process.wait()
            shutil.rmtree(self._folder, ignore_errors=True)


class Kernels:
    """Where the kernels of notebooks come from, and how they are ended all at once.

    Attributes:
        stopped: Whether they were.
    """

    def __init__(self, others: Kernels | None = None) -> None:
        """Begin with none.

        Args:
            others: Whose preloaded processes are used, so that these can be ended for themselves.
        """
        self._others = others
        self._lock = threading.Lock()
        self._preloaded: list[_Preloaded] = []
        self._started: weakref.WeakSet[AsyncKernelManager] = weakref.WeakSet()
        self.stopped = False
        self._told: set[str] = set()
        self._managers: dict[type[WatchedManager], type[WatchedManager]] = {}

    def __enter__(self) -> Kernels:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def manager(self, base: type[WatchedManager]) -> type[WatchedManager]:
        """``base`` for notebooks whose kernels these are; nbclient takes a class only."""
        if base not in self._managers:
            self._managers[base] = type(base.__name__, (base,), {"kernels": self})
        return self._managers[base]

    def fork(
        self, flags: Sequence[str], env: Mapping[str, str], cwd: str
    ) -> tuple[ForkedKernel, Path]:
        """A kernel as an interpreter with these flags and this environment would be.

        Raises:
            OSError: When there is none to be had.
        """
        if self._others is not None:
            return self._others.fork(flags, env, cwd)
        preloaded = self._preloaded_as(flags, env)
        try:
            return preloaded.fork(cwd)
        except OSError:
            if preloaded.usable:
                raise
        return self._preloaded_as(flags, env).fork(cwd)  # the other one was killed

    def _preloaded_as(self, flags: Sequence[str], env: Mapping[str, str]) -> _Preloaded:
        with self._lock:
            # What was imported may have read the environment, so another one needs another process.
            kind = [*flags], dict(env)
            for other in list(self._preloaded):
                if other.idle and (other.kind != kind or not other.usable):
                    self._preloaded.remove(other)
                    other.close()
            found = [other for other in self._preloaded if other.kind == kind and other.usable]
            if not found:
                found = [_Preloaded(flags, env)]
                self._preloaded += found
            return found[0]

    def tell(self, reason: str) -> None:
        """Say once why a kernel is not forked."""
        if self._others is not None:
            self._others.tell(reason)
        elif reason not in self._told:
            self._told.add(reason)
            log.warning("Notebooks run at the pace of plain papermill: %s.", reason)

    def watch(self, manager: AsyncKernelManager) -> None:
        """Have the kernel of ``manager`` end when all are ended.

        Raises:
            CanvasKitError: When they are already.
        """
        self._started.add(manager)
        if self.stopped:
            self.stop()
            raise CanvasKitError("The notebooks were stopped.")

    def stop(self) -> None:
        """Kill every kernel, now and from now on; what waits for one learns that it died."""
        self.stopped = True
        for manager in list(self._started):
            process = getattr(manager.provisioner, "process", None)
            if process is not None:
                with suppress(OSError):
                    process.kill()

    def close(self) -> None:
        """End the preloaded processes, and the kernels that are theirs."""
        with self._lock:
            while self._preloaded:
                self._preloaded.pop().close()


class _PromptClient(AsyncKernelClient):
    """A client that goes on as soon as the kernel has answered, instead of after a silence."""

    def start_channels(self, *args: Any, **kwargs: Any) -> None:
        """As the base; whether the kernel lives its manager knows, without a heart beat."""
        super().start_channels(*args, **{"hb": False, **kwargs})

    async def wait_for_ready(self, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Ask the kernel what it is until all of its answer arrives."""
        until = time.monotonic() + (timeout or _START_SECONDS)
        asked: set[str] = set()
        while True:
            asked.add(self.kernel_info())
            with suppress(Empty):
                while True:
                    message = await self.get_iopub_msg(timeout=_ASK_SECONDS)
                    content = message["content"]
                    mine = message["parent_header"].get("msg_id") in asked
                    if mine and content.get("execution_state") == "idle":
                        return
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if time.monotonic() > until:
                raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")


class _Provisioner(LocalProvisioner):
    """Has a kernel forked, or else starts one."""

    kernels: Kernels
    process: Any = None
    _folder: Path | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Leave the connection file to the kernel that is forked."""
        self._asked = dict(kwargs)
        kwargs.pop("extra_arguments", None)
        return await KernelProvisionerBase.pre_launch(self, cmd=[], **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Have a kernel forked; it has bound its sockets when this returns."""
        manager: Any = self.parent
        flags = self.kernel_spec.argv[1 : -len(LAUNCH)]
        cwd = kwargs.get("cwd") or ""
        try:
            self.process, folder = self.kernels.fork(flags, kwargs["env"], cwd)
        except (OSError, ValueError) as error:
            self.kernels.tell(f"no kernel could be forked ({error})")
            kwargs = await super().pre_launch(**self._asked)
            return await super().launch_kernel(kwargs.pop("cmd"), **kwargs)
        self._folder = folder
        self.pid = self.pgid = self.process.pid
        self.cwd = cwd
        manager.connection_file = str(folder / "kernel.json")
        manager.load_connection_file()
        return manager.get_connection_info()

    async def wait(self) -> int | None:
        """Wait until the kernel has ended, without asking ten times a second."""
        if isinstance(self.process, ForkedKernel):
            await self.process.ended()
        return await super().wait()

    async def shutdown_requested(self, restart: bool = False) -> None:
        """Await the end that was asked for; the manager insists if it does not come."""
        await self._await_end()

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel, and await its end."""
        await super().kill(restart)
        await self._await_end()

    async def _await_end(self) -> None:
        if isinstance(self.process, ForkedKernel):
            with suppress(TimeoutError):
                await asyncio.wait_for(self.process.ended(), _END_SECONDS)

    async def cleanup(self, restart: bool = False) -> None:
        """Remove the kernel's files."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        await super().cleanup(restart)


class WatchedManager(AsyncKernelManager):
    """Starts kernels in the ordinary way, and tells :class:`Kernels` of them."""

    kernels: Kernels

    async def start_kernel(self, **kwargs: Any) -> None:  # type: ignore[override]
        """Start a kernel."""
        await super().start_kernel(**kwargs)
        self.kernels.watch(self)


class ForkingManager(WatchedManager):
    """Has kernels forked."""

    client_factory = Type(klass=AsyncKernelClient, default_value=_PromptClient)

    async def start_kernel(self, **kwargs: Any) -> None:  # type: ignore[override]
        """Have a kernel forked."""
        self.kernel_id = str(uuid.uuid4())
        self.provisioner = _Provisioner(
            kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
        )
        self.provisioner.kernels = self.kernels
        await super().start_kernel(**kwargs)
