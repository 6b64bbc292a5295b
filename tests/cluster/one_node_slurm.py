"""A real Slurm of one node: its three daemons, in a folder of their own, ended by process id.

Needs root, and the Debian packages ``slurm-wlm`` and ``munge`` (tried with Slurm 22.05).
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import time
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

_STARTING_SECONDS = 60
_CONFIGURATION = """
ClusterName=canvas
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
SchedulerParameters=sched_interval=1
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


class OneNodeSlurm:
    """The daemons.

    Attributes:
        environment: With it, ``sbatch`` and its like find this Slurm.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._daemons: list[subprocess.Popen[bytes]] = []
        self.environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}

    def __enter__(self) -> Self:
        for name in ("munge", "state", "spool"):
            (self._folder / name).mkdir(parents=True, mode=0o755)
        self._folder.chmod(0o755)
        host = socket.gethostname().partition(".")[0]
        (self._folder / "slurm.conf").write_text(
            _CONFIGURATION.format(
                host=host, folder=self._folder, ports=_free_ports(), cpus=os.cpu_count()
            )
        )
        key = self._folder / "munge" / "key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o400)
        try:
            self._start("munged", "-F", "--force", "--key-file", key, *self._munge_files())
            self._start("slurmctld", "-D", "-c")
            self._start("slurmd", "-D", "-N", host)
            self._wait()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        subprocess.run(["scancel", "--user", "root"], env=self.environment, check=False)
        self._end()

    def _munge_files(self) -> list[str]:
        folder = self._folder / "munge"
        names = {"--socket": "socket", "--pid-file": "pid", "--log-file": "log"}
        return [f"{option}={folder / name}" for option, name in names.items()] + [
            f"--seed-file={folder / 'seed'}"
        ]

    def _start(self, program: str, *arguments: object) -> None:
        with (self._folder / f"{program}.out").open("wb") as out:
            self._daemons.append(
                subprocess.Popen(
                    [program, *map(str, arguments)],
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                )
            )

    def _wait(self) -> None:
        until = time.monotonic() + _STARTING_SECONDS
        while True:
            asked = subprocess.run(
                ["sinfo", "--noheader", "--format=%T"],
                env=self.environment,
                capture_output=True,
                text=True,
                check=False,
            )
            if asked.stdout.strip() == "idle":
                return
            logs = [path.read_text(errors="replace") for path in self._folder.glob("*.out")]
            assert time.monotonic() < until, "\n".join([asked.stderr, *logs])
            time.sleep(0.2)

    def _end(self) -> None:
        for daemon in reversed(self._daemons):
            daemon.terminate()
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()


def _free_ports() -> tuple[int, int]:
    with closing(socket.socket()) as one, closing(socket.socket()) as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]
