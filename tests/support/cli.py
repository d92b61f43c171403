"""The command as a user runs it: its output, its errors and its exit code."""

import contextlib
import contextvars
import io
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from linkmgr.cli import main

COMMAND = (sys.executable, "-m", "linkmgr")


class Done(NamedTuple):
    """A finished command."""

    code: int
    out: str
    err: str

    @property
    def err_lines(self) -> list[str]:
        """The lines that it wrote on standard error."""
        return self.err.splitlines()


def run(*arguments: str | Path, cwd: Path | None = None) -> Done:
    """Run `linkmgr` with these arguments, here. What would be a traceback is raised."""
    out, err = io.StringIO(), io.StringIO()
    before = sys.argv
    sys.argv = ["linkmgr", *map(str, arguments)]
    try:
        with (
            contextlib.chdir(cwd or Path.cwd()),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            _logging_kept(),
        ):
            contextvars.copy_context().run(main)  # a language that is set ends with the command
    except SystemExit as ended:
        return Done(int(ended.code or 0), out.getvalue(), err.getvalue())
    finally:
        sys.argv = before
    raise AssertionError("main() always exits")


@contextlib.contextmanager
def _logging_kept() -> Iterator[None]:
    """Take back what a server's start sets for all that this process logs."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def run_alone(
    *arguments: str | Path, cwd: Path | None = None, stdin: int | None = None, **env: str
) -> Done:
    """Run `linkmgr` in a process of its own, with further environment variables."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        check=False,
        capture_output=True,
        stdin=stdin,
        text=True,
        encoding=env.get("PYTHONIOENCODING", "utf-8"),
        errors="replace",
        cwd=cwd,
        env={**os.environ, **env},
    )
    assert "Traceback" not in done.stderr
    return Done(done.returncode, done.stdout, done.stderr)
