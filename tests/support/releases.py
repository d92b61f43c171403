"""An earlier version of linkmgr as real processes, out of the history of this repository."""

import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.support.cli import COMMAND
from tests.support.servers import Server

ROOT = Path(__file__).parents[2]

BEFORE_PARTITIONS = "8d76e1b9afdc"
"""The last commit before clicks have a table a month in PostgreSQL: tables of `campaigns_7`."""


def earlier_version(folder, commit=BEFORE_PARTITIONS):
    """Write the program of a commit into a folder; skip the test where the commit is not there."""
    if not _is_there(commit):
        pytest.skip(f"this clone has no commit {commit}: git fetch --unshallow")
    folder.mkdir()
    archive = subprocess.run(
        ["git", "archive", commit, "linkmgr"], cwd=ROOT, check=True, capture_output=True
    )
    subprocess.run(["tar", "x"], cwd=folder, check=True, input=archive.stdout)
    return folder


@cache
def _is_there(commit):
    found = subprocess.run(
        ["git", "cat-file", "-e", f"{commit}^{{commit}}"],
        cwd=ROOT,
        check=False,
        capture_output=True,
    )
    return found.returncode == 0


class ReleasedServer(Server):
    """A server of the version in the folder `program`, until that is None; then of this one."""

    program = None

    @property
    def environment(self):
        """What its processes and commands find in their environment."""
        path = {"PYTHONPATH": str(self.program)} if self.program else {}
        return super().environment | path

    def run(self, *arguments, program="own"):
        """Run a command beside it, of its own version or another; return what is printed."""
        environment = {n: v for n, v in self.environment.items() if n != "PYTHONPATH"}
        if program := self.program if program == "own" else program:
            environment["PYTHONPATH"] = str(program)
        done = subprocess.run(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
