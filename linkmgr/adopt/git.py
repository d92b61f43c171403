"""Whether a site's folder is safe to rewrite: git can give back what was there before."""

import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from functools import cache, reduce
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from linkmgr.checkout import git_environment
from linkmgr.fs import is_temporary
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import Message, message

_SHOWN = 5


class UnsavedFile(NamedTuple):
    """A file that git could not give back as it is, and why, with what to do about it."""

    file: Path
    cause: Message


UNTRACKED = message("adopt.git-untracked")
_IGNORED = message("adopt.git-ignored")
_HIDDEN = message("adopt.git-hidden")
_NOWHERE = message("adopt.git-nowhere")
_CONVERTED = message("adopt.git-converted")


def prefix_of(root: Path) -> str | None:
    """Return the prefix of the site's paths in its repository, `None` if it is in none."""
    if shutil.which("git") is None or _repository(root) is None:
        return None
    return os.fsdecode(_git(root, "rev-parse", "--show-prefix").rstrip(b"\n"))


def uncommitted(root: Path) -> list[str] | None:
    """Return the paths below `root` that are in no commit as they are; `None` without git.

    What a killed run left of its own is not among them.
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


def unsaved(files: Iterable[Path]) -> list[UnsavedFile]:
    """Return those of the files that git could not give back as they are, byte for byte.

    A link is followed: of the link itself git keeps only its target.
    """
    by_repository: dict[Path | None, dict[bytes, Path]] = defaultdict(dict)
    repository = cache(_repository)
    for file in files:
        real = file.resolve()
        top = repository(real.parent)
        name = os.fsencode(real.relative_to(top).as_posix()) if top else os.fsencode(real)
        by_repository[top][name] = file
    unsaved = []
    for top, named in by_repository.items():
        lost = (
            _lost(top, named.keys())
            if top
            else {name: _outside(file) for name, file in named.items()}
        )
        unsaved += [UnsavedFile(named[name], cause) for name, cause in lost.items()]
    return unsaved


def _outside(file: Path) -> Message:
    """Return that a file is in no repository, and where it is if that is elsewhere."""
    led = file.resolve() != file.absolute()
    folder = str(file.resolve().parent)
    return message("adopt.git-linked-elsewhere", folder=folder) if led else _NOWHERE


def lost_files(lost: Mapping[str, Message]) -> Message:
    """Name a few of the files that are lost, with the causes, on one line."""
    grouped: dict[Message, list[str]] = defaultdict(list)
    for name, cause in sorted(lost.items()):
        grouped[cause].append(name.replace("\n", "\\n"))
    return joined(
        message("adopt.git-lost", files=_few(names), cause=cause)
        for cause, names in grouped.items()
    )


def joined(messages: Iterable[Message]) -> Message:
    """Return several messages as one line."""
    return reduce(lambda first, then: message("adopt.and-then", first=first, then=then), messages)


def _few(names: Sequence[str]) -> Message | tuple[str, ...]:
    shown, more = tuple(names[:_SHOWN]), len(names) - _SHOWN
    return message("adopt.files-and-more", files=shown, count=more) if more > 0 else shown


def _lost(top: Path, names: Iterable[bytes]) -> dict[bytes, Message]:
    """Return the files of a repository that a check-out does not bring back as they are, and why.

    `H`: git tracks the file and is not set to ignore its changes (skip-worktree, assume-unchanged).
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
    return bool(_git(top, "check-ignore", "-z", "--stdin", given=name + b"\0", allowed=(0, 1)))


def _read(folder: str | Path, name: bytes) -> bytes:
    return (Path(folder) / os.fsdecode(name)).read_bytes()


def _repository(folder: Path) -> Path | None:
    """Return the top of the work tree that contains a folder."""
    real = folder.resolve()
    if not any((folder / ".git").exists() for folder in (real, *real.parents)):
        return None  # git looks for it there, and asking git takes ten times as long
    try:
        return Path(os.fsdecode(_git(folder, "rev-parse", "--show-toplevel").rstrip(b"\n")))
    except LinkmgrError as error:
        if "not a git repository" in str(error):
            return None
        raise


def _git(folder: Path, *command: str, given: bytes = b"", allowed: Container[int] = (0,)) -> bytes:
    """Return the output of a git command in a folder. Raise LinkmgrError if it fails."""
    git = shutil.which("git") or "git"
    done = subprocess.run(  # noqa: S603 - fixed words and a folder
        [git, "--no-optional-locks", "-C", str(folder), *command],
        input=given,
        capture_output=True,
        check=False,
        # Its output is parsed: it must not be translated.
        env=git_environment() | {"LC_ALL": "C"},
    )
    if done.returncode not in allowed:
        reason = done.stderr.decode(errors="replace").strip()
        raise LinkmgrError(message("adopt.git-failed", reason=reason))
    return done.stdout
