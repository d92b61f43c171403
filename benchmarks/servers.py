"""Starts servers on this machine, and measures what they take."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PROPORTIONAL = re.compile(r"^Pss:\s+(\d+) kB$", re.MULTILINE)  # proc_pid_smaps(5)
LISTENING = "0A"  # proc(5): the state in /proc/net/tcp
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `workers` are the processes that answer."""

    process: subprocess.Popen[bytes]
    port: int
    workers: tuple[int, ...]

    def cpu(self) -> float:
        """Return the seconds of processor time that the workers have taken."""
        return cpu_seconds(self.workers)

    def megabytes(self) -> float:
        """Return the memory of the workers, what they share being counted in parts."""
        texts = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self.workers]
        return sum(int(found[1]) for text in texts if (found := PROPORTIONAL.search(text))) / 1000


@contextmanager
def running(
    command: Sequence[str], port: int, folder: Path, environ: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Start a server in a folder, wait until it listens on the port, and end it."""
    log = folder / f"{port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - the benchmark's own commands
            command, cwd=folder, env=os.environ | (environ or {}), stdout=out, stderr=out
        )
    try:
        if not wait_for(process, port):
            raise SystemExit(f"{command[0]} did not start:\n{log.read_text()}")
        yield Server(process, port, workers_of(process.pid, port))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def wait_for(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until something answers at a port; whether it does."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            time.sleep(1)  # for the other workers
            return True
        time.sleep(0.1)
    return False


def workers_of(pid: int, port: int) -> tuple[int, ...]:
    """List the descendants of a process that listen at a port, or the process itself."""
    holders = [each for each in descendants(pid) if listens(each, port)]
    return tuple(holders) or (pid,)


def descendants(pid: int) -> list[int]:
    """List a process's children and theirs."""
    tasks = Path(f"/proc/{pid}/task")
    own = [int(c) for task in tasks.iterdir() for c in (task / "children").read_text().split()]
    return [*own, *(deeper for child in own for deeper in descendants(child))]


def listens(pid: int, port: int) -> bool:
    """Whether a process has a socket that listens at a port."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    here = [f for f in lines if f[3] == LISTENING and f[1].endswith(f":{port:04X}")]
    sockets = {f"socket:[{fields[9]}]" for fields in here}
    return any(_link(file) in sockets for file in Path(f"/proc/{pid}/fd").iterdir())


def _link(file: Path) -> str:
    try:
        return str(file.readlink())
    except OSError:
        return ""


def cpu_seconds(pids: Sequence[int]) -> float:
    """Return the seconds of processor time that processes have taken (proc_pid_stat(5))."""
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(each[11]) + int(each[12]) for each in fields) / TICKS


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
