"""Whether a site's folder is safe to rewrite: git can give back what was there before."""

import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from linkmgr.errors import LinkmgrError
from linkmgr.files import is_temporary

_SHOWN = 5
# A hook sets these, and git would look at the hook's repository instead of the folder's.
_OF_ONE_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")


def uncommitted(root: Path) -> list[str] | None:
    """Return the changes below `root` that are in no commit; `None` where git keeps none.

    What a killed run left of its own is none of them.
    """
    if shutil.which("git") is None or _repository(root) is None:
        return None
    options = ("--porcelain", "-z", "-uall", "--ignore-submodules=none")
    entries = iter(_git(root, "status", *options, "--", ".").split(b"\0"))
    changed = []
    for entry in entries:
        if b"R" in entry[:2] or b"C" in entry[:2]:
            next(entries)  # what it was renamed from
        if entry and not is_temporary(os.fsdecode(entry).rpartition("/")[2]):
            changed.append(os.fsdecode(entry[3:]))
    return changed


def unsaved(files: Iterable[Path]) -> list[str]:
    """Return those of the files that git could not give back as they are, byte for byte.

    A link is looked at where it leads: git keeps no more of it than that.
    """
    by_repository: dict[Path | None, dict[bytes, Path]] = defaultdict(dict)
    repository = cache(_repository)
    for file in files:
        real = file.resolve()
        top = repository(real.parent)
        name = os.fsencode(real.relative_to(top).as_posix()) if top else os.fsencode(real)
        by_repository[top][name] = file
    return [
        str(named[name])
        for top, named in by_repository.items()
        for name in named.keys() - (_saved(top, named.keys()) if top else set())
    ]


def listed(files: list[str]) -> str:
    """Name a few of the files, on one line."""
    more = len(files) - _SHOWN
    names = ", ".join(name.replace("\n", "\\n") for name in sorted(files)[:_SHOWN])
    return names + (f" and {more} more" if more > 0 else "")


def _saved(top: Path, names: Iterable[bytes]) -> set[bytes]:
    """Return the files of a repository that a check-out brings back as they are now.

    `H`: git tracks the file and has not been told to look away (skip-worktree, assume-unchanged).
    They are checked out elsewhere and compared, so that no setting of git's can hide a change, nor
    a line ending that git would convert.
    """
    tracked = {
        entry[2:] for entry in _git(top, "ls-files", "-v", "-z").split(b"\0") if entry[:2] == b"H "
    }
    asked = tracked.intersection(names)
    with TemporaryDirectory() as copy:
        command = ("checkout-index", "-z", "--stdin", f"--prefix={copy}/")
        _git(top, *command, given=b"".join(name + b"\0" for name in asked))
        return {name for name in asked if _read(copy, name) == _read(top, name)}


def _read(folder: str | Path, name: bytes) -> bytes:
    return (Path(folder) / os.fsdecode(name)).read_bytes()


def _repository(folder: Path) -> Path | None:
    """Return the top of the work tree in which a folder stands."""
    try:
        return Path(os.fsdecode(_git(folder, "rev-parse", "--show-toplevel").rstrip(b"\n")))
    except LinkmgrError as error:
        if "not a git repository" in str(error):
            return None
        raise


def _git(folder: Path, *command: str, given: bytes = b"") -> bytes:
    """Return what a command of git says in a folder. Raise LinkmgrError."""
    git = shutil.which("git") or "git"
    done = subprocess.run(  # noqa: S603 - fixed words and a folder
        [git, "--no-optional-locks", "-C", str(folder), *command],
        input=given,
        capture_output=True,
        check=False,
        # What it says is looked into: it must not be translated.
        env={k: v for k, v in os.environ.items() if k not in _OF_ONE_REPOSITORY} | {"LC_ALL": "C"},
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise LinkmgrError(f"git cannot tell what it has saved: {said}")
    return done.stdout
