"""Whether a site's folder is safe to rewrite: git can give back what was there before."""

import shutil
import subprocess
from pathlib import Path

from linkmgr.errors import LinkmgrError

_SHOWN = 5


def uncommitted(root: Path) -> list[str] | None:
    """Return the files below `root` that git could not give back; `None` where git keeps none."""
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run(  # noqa: S603 - fixed words and a folder
        [
            git,
            "-C",
            str(root),
            "-c",
            "core.quotepath=off",
            "status",
            "--porcelain",
            "-uall",
            "--",
            ".",
        ],
        capture_output=True,
        check=False,
    )
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode and "not a git repository" not in said:
        raise LinkmgrError(f"git cannot tell what it has saved: {said}")
    if done.returncode:
        return None
    return [line[3:] for line in done.stdout.decode(errors="replace").splitlines()]


def listed(files: list[str]) -> str:
    """Name a few of the files."""
    more = len(files) - _SHOWN
    return ", ".join(files[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
