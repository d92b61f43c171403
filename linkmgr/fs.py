"""Files: atomic replacement, links out of a site, locks, folders of our own, and cells of CSV."""

import errno
import fcntl
import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from linkmgr.messages.errors import LinkmgrError, os_reason
from linkmgr.messages.message import Message, message

# Replacing a file as a whole, so that nobody ever reads half of it.

# A dotfile without Jekyll's extensions: Jekyll passes over one that a killed process left behind.
_PREFIX, _SUFFIX = ".linkmgr-", ".tmp"
# In seconds: a younger one may belong to another process at work.
_ABANDONED_AFTER = 60.0


def replace_file(path: Path, data: bytes) -> None:
    """Replace the file at `path` with `data`, or create it; its folder must exist.

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
        with suppress(FileNotFoundError):
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def replace_quickly(path: Path, data: bytes) -> None:
    """Replace one of many files that can be regenerated: as a whole, but not durably.

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


def delete_temporaries(folders: Iterable[Path]) -> None:
    """Delete what a killed `replace_file` left behind in folders."""
    before = time.time() - _ABANDONED_AFTER
    for folder in folders:
        # Where it cannot be deleted nothing can be written either, and that is reported.
        with suppress(OSError):
            for file in folder.iterdir():
                is_left_over = is_temporary(file.name) and not file.is_dir()
                if is_left_over and file.lstat().st_mtime < before:
                    file.unlink()


def is_temporary(name: str) -> bool:
    """Whether a file of this name is what a killed `replace_file` left behind."""
    return name.startswith(_PREFIX) and name.endswith(_SUFFIX)


def sync_folder(folder: Path) -> None:
    """Make a file's new name durable (POSIX; elsewhere a folder cannot be opened)."""
    with suppress(PermissionError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


# What keeps a file from being used, and whether it is still the same.


@contextmanager
def wrap_read_errors(path: Path | str) -> Iterator[None]:
    """Raise LinkmgrError for what keeps the file or folder at `path` from being read."""
    try:
        yield
    except OSError as error:
        unreadable = message("fs.unreadable", path=str(path), reason=os_reason(error))
        raise LinkmgrError(unreadable) from error


@contextmanager
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
    """Return a value that changes with the file at `path`, `None` if it cannot be read."""
    with suppress(OSError):
        facts = path.stat()
        return facts.st_ino, facts.st_mtime_ns, facts.st_size
    return None


def changed_at(file: Path) -> float:
    """Return when a file was changed last, in seconds since 1970; 0 if it cannot be read."""
    with suppress(OSError):
        return file.stat().st_mtime
    return 0.0


# A site's files, which whoever proposes a change may have replaced with links and pipes.

_SITE_HAS = ("_config.yml", "_config.yaml", "_posts", ".git")
"""What shows that a folder is a site's, or the top of the repository that it is in."""


def leads_outside(root: Path, path: str | Path) -> bool:
    """Whether links (dangling ones too) lead a path in the site out of the site.

    It is a path from the site's root, or an absolute one.
    """
    return not Path(os.path.realpath(root / path)).is_relative_to(os.path.realpath(root))


def refuse_planted(root: Path, path: str | Path) -> None:
    """Raise LinkmgrError if a path in the site leads out of it, or to a pipe, device or folder.

    A pipe would never end, and nobody asked for a file of the machine's own. A missing file passes.
    """
    file = root / path
    if leads_outside(root, path):
        target = os.path.realpath(file)
        raise LinkmgrError(message("fs.links-out", path=str(file), target=target))
    try:
        mode = file.stat().st_mode
    except OSError:  # which reading it reports
        return
    if not stat.S_ISREG(mode):
        raise LinkmgrError(message("fs.not-a-file", path=str(file)))


def read_inside(root: Path, path: str | Path) -> bytes:
    """Return a site file's content. Raise OSError, and LinkmgrError as `refuse_planted`."""
    refuse_planted(root, path)
    return (root / path).read_bytes()


def refuse_leading_out(file: Path, code: str = "fs.links-out") -> None:
    """Raise LinkmgrError if links lead a file out of the site or the repository that it is in.

    Where a file in neither leads, its path having been given, its owner alone decides.
    """
    folders = Path(os.path.abspath(file)).parents  # noqa: PTH100 - Path.absolute keeps `..`
    site = next((folder for folder in folders if _is_site(folder)), None)
    if site and leads_outside(site, file.absolute()):
        raise LinkmgrError(message(code, path=str(file), target=os.path.realpath(file)))


def _is_site(folder: Path) -> bool:
    return any(os.path.lexists(folder / name) for name in _SITE_HAS)


# Keeping two processes from doing the same work.

# How often a waiting process tries again, in seconds.
_PAUSE = 0.05

# The errors that mean that another holds the lock.
_TAKEN = (errno.EAGAIN, errno.EACCES)


@contextmanager
def locked(
    file: Path, patience: float, *, shared: bool = False, busy: Message | None = None
) -> Iterator[None]:
    """Hold the lock on `file`, which is created unless the lock is `shared`, that is, for reading.

    If others hold it for longer than `patience` (seconds), raise TimeoutError, or LinkmgrError with
    the message for a `busy` one. Raise OSError.
    """
    flags = os.O_RDONLY if shared else os.O_RDWR | os.O_CREAT
    descriptor = os.open(file, flags | os.O_NOFOLLOW, 0o666)
    try:
        try:
            _wait(descriptor, patience, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        except TimeoutError as error:
            if busy is None:
                raise
            raise LinkmgrError(busy) from error
        try:
            yield
        finally:
            # Not left to the closing: worker processes have the descriptor too.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


def _wait(descriptor: int, patience: float, kind: int) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
            if time.monotonic() > deadline:
                raise TimeoutError from error
            time.sleep(_PAUSE)
        else:
            return


# Folders for a while, which their processes hold locked: one that is free was left by a killed one.


@contextmanager
def scratch_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """Make a folder of the owner's alone, and delete it in the end, and abandoned ones before.

    Raise OSError.
    """
    delete_abandoned(parent, prefix)
    folder, descriptor = _new_scratch(parent, prefix)
    try:
        yield folder
    finally:
        with suppress(FileNotFoundError):
            shutil.rmtree(folder)
        os.close(descriptor)


def abandoned(parent: Path, prefix: str) -> list[Path]:
    """List each `scratch_folder` that a killed process left behind."""
    return [folder for folder in parent.glob(f"{prefix}*") if _is_free(folder)]


def delete_abandoned(parent: Path, prefix: str) -> None:
    """Delete each `scratch_folder` that a killed process left behind."""
    for folder in parent.glob(f"{prefix}*"):
        with _lock_if_free(folder) as free:
            if free:
                shutil.rmtree(folder, ignore_errors=True)  # another account's may stay


def _new_scratch(parent: Path, prefix: str) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        with suppress(FileNotFoundError):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            with suppress(OSError):  # NFS locks no folders: none is ever found free there
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if is_at(descriptor, folder):
                return folder, descriptor
            os.close(descriptor)
        # Another process came before the lock and took the folder for an abandoned one.


def _is_free(folder: Path) -> bool:
    with _lock_if_free(folder) as free:
        return free


@contextmanager
def _lock_if_free(folder: Path) -> Iterator[bool]:
    """Lock a folder unless another process has; yield whether it is locked here."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


# The folder beside the user's files for what linkmgr can make again, and its locks.
#
# Git passes over it by the `.gitignore` in it, and Jekyll over dotfiles.

CACHE_FOLDER = ".linkmgr-cache"
_IGNORE = ".gitignore"


def make_cache_folder(parent: Path, names: Iterable[str]) -> Path:
    """Return the folder in `parent`, made if needed, for files of these names.

    Raise LinkmgrError as `refuse_links` does, or OSError.
    """
    folder = parent / CACHE_FOLDER
    refuse_links(folder, names)
    folder.mkdir(exist_ok=True)
    ignore = folder / _IGNORE
    if not ignore.exists():
        ignore.write_text("# Made by linkmgr; it makes it again when it is gone.\n*\n")
    return folder


def refuse_links(folder: Path, names: Iterable[str]) -> None:
    """Raise LinkmgrError if something in the folder's place would have us write elsewhere."""
    files = (folder / name for name in (_IGNORE, *names))
    for path, is_right in ((folder, stat.S_ISDIR), *((file, stat.S_ISREG) for file in files)):
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            continue
        if not is_right(mode):
            raise LinkmgrError(message("fs.name-taken", path=str(path)))


# Cells of CSV that spreadsheets show and do not run.

_T = TypeVar("_T")

# What a cell must not begin with, or spreadsheets run it as a formula; the wide forms do so in
# Japanese ones (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(value: _T) -> _T | str:
    """Return a cell's value; a text that a spreadsheet would run begins with an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
