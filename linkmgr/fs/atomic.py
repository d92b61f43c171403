"""Replacing a file as a whole, so that nobody ever reads half of it."""

import contextlib
import os
import secrets
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.messages.os_reason import os_reason

# A dotfile without Jekyll's extensions: Jekyll passes over one that a killed process left behind.
_PREFIX, _SUFFIX = ".linkmgr-", ".tmp"
# In seconds: a younger one may be another process's that is at work.
_ABANDONED_AFTER = 60.0


def replace_file(path: Path, data: bytes) -> None:
    """Put `data` in the place of the file at `path`, or make it; its folder must be there.

    Permissions stay, and a symbolic link keeps pointing to the file, which is replaced. Once this
    returns it survives a power cut.
    """
    path = path.resolve() if path.is_symlink() else path
    temporary = path.with_name(f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def replace_quickly(path: Path, data: bytes) -> None:
    """Replace one of many files that can be made again: as a whole, but not durably.

    What `replace_file` also does (links, permissions, the power cut) takes five times as long.
    Raise LinkmgrError.
    """
    folder = os.path.dirname(path)  # noqa: PTH120 - a third of Path.parent's time, 20,000 times
    temporary = f"{folder}/{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"
    try:
        # "x": never through a link, or into a file, that somebody put there.
        with open(temporary, "xb", buffering=0) as file:  # noqa: PTH123
            written = 0
            while written < len(data):  # a full disk takes a part before it refuses the rest
                written += file.write(data[written:])
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _unwritable(path, error) from error
        raise


@contextlib.contextmanager
def wrap_read_errors(path: Path | str) -> Iterator[None]:
    """Raise LinkmgrError for what keeps the file or folder at `path` from being read."""
    try:
        yield
    except OSError as error:
        unreadable = message("fs.unreadable", path=str(path), reason=os_reason(error))
        raise LinkmgrError(unreadable) from error


@contextlib.contextmanager
def wrap_write_errors(path: Path) -> Iterator[None]:
    """Raise LinkmgrError for what keeps the file at `path` from being written."""
    try:
        yield
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> LinkmgrError:
    return LinkmgrError(message("fs.unwritable", path=str(path), reason=os_reason(error)))


def is_at(descriptor: int, path: Path) -> bool:
    """Whether an open file is the one at `path`, and was neither deleted nor moved."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def identity(path: Path) -> tuple[int, int, int] | None:
    """Return what differs once the file at `path` has changed, `None` if it cannot be read."""
    with contextlib.suppress(OSError):
        facts = path.stat()
        return facts.st_ino, facts.st_mtime_ns, facts.st_size
    return None


def changed_at(file: Path) -> float:
    """Return when a file was changed last, in seconds since 1970; 0 if it cannot be read."""
    with contextlib.suppress(OSError):
        return file.stat().st_mtime
    return 0.0


def delete_temporaries(folders: Iterable[Path]) -> None:
    """Delete what a killed `replace_file` left behind in folders."""
    before = time.time() - _ABANDONED_AFTER
    for folder in folders:
        # Where it cannot be deleted nothing can be written either, and that is reported.
        with contextlib.suppress(OSError):
            for file in folder.iterdir():
                if is_temporary(file.name) and not file.is_dir() and _changed(file) < before:
                    file.unlink()


def _changed(file: Path) -> float:
    return file.lstat().st_mtime


def is_temporary(name: str) -> bool:
    """Whether a file of this name is what a killed `replace_file` left behind."""
    return name.startswith(_PREFIX) and name.endswith(_SUFFIX)


def sync_folder(folder: Path) -> None:
    """Make the new name of a file last (POSIX; elsewhere a folder cannot be opened)."""
    with contextlib.suppress(PermissionError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
