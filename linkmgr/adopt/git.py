"""Whether a site's folder is safe to rewrite: git can give back what was there before."""

import shutil
import subprocess
from pathlib import Path

_SHOWN = 5


def uncommitted(root: Path) -> list[str] | None:
    """Return the files below `root` that git could not give back; `None` where git keeps none."""
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run(  # noqa: S603 - fixed words and a folder
        [git, "-C", str(root), "-c", "core.quotepath=off", "status", "--porcelain", "--", "."],
        capture_output=True,
        check=False,
    )
    if done.returncode:  # not a repository
        return None
    return [line[3:] for line in done.stdout.decode(errors="replace").splitlines()]


def listed(files: list[str]) -> str:
    """Name a few of the files."""
    more = len(files) - _SHOWN
    return ", ".join(files[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
