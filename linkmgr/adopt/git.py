"""Whether a site's folder is safe to rewrite: git can give back what was there before."""

import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Mapping
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
    """Return the files that git could not restore as they are, byte for byte.

    A link is followed: of the link itself git keeps only its target.
    """
    by_repository: dict[Path, dict[bytes, Path]] = defaultdict(dict)
    unsaved = []
    repository = cache(_repository)
    for file in files:
        real = file.resolve()
        if top := repository(real.parent):
            by_repository[top][os.fsencode(real.relative_to(top).as_posix())] = file
        elif real == file.absolute():
            unsaved.append(UnsavedFile(file, message("adopt.git-nowhere")))
        else:
            folder = str(real.parent)
            cause = message("adopt.git-linked-elsewhere", folder=folder)
            unsaved.append(UnsavedFile(file, cause))
    for top, named in by_repository.items():
        unsaved += [UnsavedFile(named[name], cause) for name, cause in _lost(top, named).items()]
    return unsaved


def lost_files(lost: Mapping[str, Message]) -> Message:
    """Name a few of the files that are lost, with the causes, on one line."""
    grouped: dict[Message, list[str]] = defaultdict(list)
    for name, cause in sorted(lost.items()):
        grouped[cause].append(name.replace("\n", "\\n"))
    lines = []
    for cause, names in grouped.items():
        files: Message | tuple[str, ...] = tuple(names[:_SHOWN])
        if len(names) > _SHOWN:
            more = len(names) - _SHOWN
            files = message("adopt.files-and-more", files=files, count=more)
        lines.append(message("adopt.git-lost", files=files, cause=cause))
    return joined(lines)


def joined(messages: Iterable[Message]) -> Message:
    """Return several messages as one line."""
    return reduce(lambda first, then: message("adopt.and-then", first=first, then=then), messages)


def _lost(top: Path, names: Collection[bytes]) -> dict[bytes, Message]:
    """Return the files of a repository that a check-out does not bring back as they are, and why.

    They are checked out elsewhere and compared, so that no setting of git's can hide a change, nor
    a line ending that git would convert.
    """
    states: dict[bytes, bytes] = {}
    for entry in _git(top, "ls-files", "-v", "-z").split(b"\0"):
        states[entry[2:]] = entry[:1]
    # Tracked and not set to ignore changes (skip-worktree, assume-unchanged).
    tracked = [name for name in names if states.get(name) == b"H"]
    differing = []
    with TemporaryDirectory() as copy:
        command = ("checkout-index", "-z", "--stdin", f"--prefix={copy}/")
        _git(top, *command, given=b"".join(name + b"\0" for name in tracked))
        for name in tracked:
            path = os.fsdecode(name)
            if Path(copy, path).read_bytes() != (top / path).read_bytes():
                differing.append(name)
    changed = _git(top, "diff", "-z", "--name-only").split(b"\0") if differing else []
    lost: dict[bytes, Message] = {}
    for name in differing:
        lost[name] = UNTRACKED if name in changed else message("adopt.git-converted")
    for name in names:
        if states.get(name) == b"H":
            continue
        if name in states:
            lost[name] = message("adopt.git-hidden")
        elif _git(top, "check-ignore", "-z", "--stdin", given=name + b"\0", allowed=(0, 1)):
            lost[name] = message("adopt.git-ignored")
        else:
            lost[name] = UNTRACKED
    return lost


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
