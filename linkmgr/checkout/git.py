"""Runs git in a folder, with the owner's own settings and hooks."""

import os
import shutil
import subprocess
from pathlib import Path

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message

# A hook that runs the owner's tests takes its time; one that asks something waits for ever.
_PATIENCE = 120.0

# A hook sets these, and git would use the hook's repository instead of the folder's.
_OF_ONE_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")


def run_git(folder: Path, *command: str, given: bytes = b"") -> bytes:
    """Return the output of a git command. Raise LinkmgrError with git's own words if it fails."""
    git = shutil.which("git")
    if git is None:
        raise LinkmgrError(message("checkout.no-git"))
    environ = {k: v for k, v in os.environ.items() if k not in _OF_ONE_REPOSITORY}
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and paths are no options
            [git, "--literal-pathspecs", "-C", str(folder), *command],
            input=given,
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
            # Nobody sits before it, and what it prints is read.
            env=environ | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "true"},
        )
    except subprocess.TimeoutExpired:
        raise LinkmgrError(message("checkout.too-slow", seconds=int(_PATIENCE))) from None
    if done.returncode:
        reason = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise LinkmgrError(message("checkout.failed", reason=reason))
    return done.stdout


def top_of(folder: Path) -> Path | None:
    """Return the top of the checkout that has a folder, `None` where there is none."""
    real = folder.resolve()
    if not any((each / ".git").exists() for each in (real, *real.parents)):
        return None  # there git looks for it, and to ask git takes ten times as long
    return Path(os.fsdecode(run_git(real, "rev-parse", "--show-toplevel").rstrip(b"\n")))
