"""Whether a site's folder is safe to rewrite: git can give back what was there before."""

import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from linkmgr.fs.atomic import is_temporary
from linkmgr.messages.errors import LinkmgrError

_SHOWN = 5
# A hook sets these, and git would look at the hook's repository instead of the folder's.
_OF_ONE_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")


class Unsaved(NamedTuple):
    """A file that git could not give back as it is, and why, with what to do about it."""

    file: Path
    cause: str


UNTRACKED = "in no commit: commit it first"
_IGNORED = "ignored by git: `git add -f` and commit it first"
_HIDDEN = (
    "git was told not to look: `git update-index --no-skip-worktree --no-assume-unchanged` it and "
    "commit it first"
)
_NOWHERE = "in no repository of git"
_CONVERTED = (
    "git would bring it back with other line endings or bytes: core.autocrlf, .gitattributes or a "
    "filter"
)


def prefix_of(root: Path) -> str | None:
    """Return what stands before a path of the site in its repository, `None` if it has none."""
    if shutil.which("git") is None or _repository(root) is None:
        return None
    return os.fsdecode(_git(root, "rev-parse", "--show-prefix").rstrip(b"\n"))


def uncommitted(root: Path) -> list[str] | None:
    """Return the paths below `root` that are in no commit as they are; `None` without git.

    What a killed run left of its own is none of them.
    """
    prefix = prefix_of(root)
    if prefix is None:
        return None
    options = ("--porcelain", "-z", "-uall", "--ignore-submodules=none")
    entries = iter(_git(root, "status", *options, "--", ".").split(b"\0"))
    changed = []
    for entry in entries:
        if b"R" in entry[:2] or b"C" in entry[:2]:
            next(entries)  # what it was renamed from
        path = os.fsdecode(entry[3:])
        if path and not is_temporary(path.rpartition("/")[2]):
            changed.append(path.removeprefix(prefix))
    return changed


def unsaved(files: Iterable[Path]) -> list[Unsaved]:
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
    found = []
    for top, named in by_repository.items():
        lost = (
            _lost(top, named.keys())
            if top
            else {name: _outside(file) for name, file in named.items()}
        )
        found += [Unsaved(named[name], cause) for name, cause in lost.items()]
    return found


def _outside(file: Path) -> str:
    """Say that a file is in no repository, and where it is if that is elsewhere."""
    led = file.resolve() != file.absolute()
    return f"a link leads to {file.resolve().parent}, which git does not keep" if led else _NOWHERE


def advice(lost: Mapping[str, str]) -> str:
    """Name a few of the files that are lost, with the causes, on one line."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for name, cause in sorted(lost.items()):
        grouped[cause].append(name)
    return "; ".join(f"{_listed(names)} ({cause})" for cause, names in grouped.items())


def _listed(names: list[str]) -> str:
    more = len(names) - _SHOWN
    shown = ", ".join(name.replace("\n", "\\n") for name in names[:_SHOWN])
    return shown + (f" and {more} more" if more > 0 else "")


def _lost(top: Path, names: Iterable[bytes]) -> dict[bytes, str]:
    """Return the files of a repository that a check-out does not bring back as they are, and why.

    `H`: git tracks the file and has not been told to look away (skip-worktree, assume-unchanged).
    They are checked out elsewhere and compared, so that no setting of git's can hide a change, nor
    a line ending that git would convert.
    """
    entries = _git(top, "ls-files", "-v", "-z").split(b"\0")
    states = {entry[2:]: entry[:2] for entry in entries}
    asked = {name for name in names if states.get(name) == b"H "}
    with TemporaryDirectory() as copy:
        command = ("checkout-index", "-z", "--stdin", f"--prefix={copy}/")
        _git(top, *command, given=b"".join(name + b"\0" for name in asked))
        differing = {name for name in asked if _read(copy, name) != _read(top, name)}
    changed = _git(top, "diff", "-z", "--name-only").split(b"\0") if differing else []
    lost = {name: UNTRACKED if name in changed else _CONVERTED for name in differing}
    for name in set(names) - asked:
        hidden = name in states
        lost[name] = _HIDDEN if hidden else _IGNORED if _is_ignored(top, name) else UNTRACKED
    return lost


def _is_ignored(top: Path, name: bytes) -> bool:
    return bool(_git(top, "check-ignore", "-z", "--stdin", given=name + b"\0", good=(0, 1)))


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


def _git(folder: Path, *command: str, given: bytes = b"", good: Container[int] = (0,)) -> bytes:
    """Return what a command of git says in a folder. Raise LinkmgrError if it ends badly."""
    git = shutil.which("git") or "git"
    done = subprocess.run(  # noqa: S603 - fixed words and a folder
        [git, "--no-optional-locks", "-C", str(folder), *command],
        input=given,
        capture_output=True,
        check=False,
        # What it says is looked into: it must not be translated.
        env={k: v for k, v in os.environ.items() if k not in _OF_ONE_REPOSITORY} | {"LC_ALL": "C"},
    )
    if done.returncode not in good:
        reason = done.stderr.decode(errors="replace").strip()
        raise LinkmgrError(f"git cannot tell what it has saved: {reason}")
    return done.stdout
