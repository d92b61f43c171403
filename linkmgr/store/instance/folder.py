"""The folder of an instance: made for its owner alone, and never published or committed."""

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from linkmgr.fs import wrap_write_errors
from linkmgr.messages.errors import LinkmgrError, os_reason
from linkmgr.messages.message import Message, message

if TYPE_CHECKING:
    from linkmgr.posts.config import JekyllConfig

_IGNORE = ".gitignore"

RESTORING = ".linkmgr-restore-"
"""What the folder begins with in which a restoration prepares; it goes when all is in its place."""


_PRIVATE = 0o077

# That from before the private one; it cannot be asked for without setting another.
_site_umask = [0o022]


def use_private_umask() -> int:
    """Have this process make folders of mode 0700 and files of 0600. Return the former umask.

    Each process of the server that writes to the instance does so: if the folder is deleted under
    it, whichever process comes first makes it anew.
    """
    former = os.umask(_PRIVATE)
    if former != _PRIVATE:
        _site_umask[0] = former
    return former


def site_umask() -> int:
    """Return the umask for the site's files, which whoever serves the site has to read."""
    return _site_umask[0]


@contextlib.contextmanager
def private_umask() -> Iterator[None]:
    """Use the private umask, and then the former one again."""
    former = use_private_umask()
    try:
        yield
    finally:
        os.umask(former)


def make_instance(folder: Path) -> None:
    """Make the folder if it is not there, so that git passes over it, and close it to others.

    Raise LinkmgrError if it cannot be written to, if only a part of it is restored yet, or if
    Jekyll would publish it: it holds the accounts and the secrets.
    """
    if config := published_by(folder.resolve(), is_folder=True):
        raise LinkmgrError(
            message(
                "store.published-by-jekyll",
                folder=str(folder),
                name=folder.name,
                config=str(config),
            )
        )
    if not is_whole(folder):
        raise LinkmgrError(message("store.restore-unfinished", folder=str(folder)))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = stat.S_IMODE(folder.stat().st_mode)
        if mode & 0o077:
            with contextlib.suppress(PermissionError):  # another account's, who let this one in
                folder.chmod(mode & 0o700)
        if not (folder / _IGNORE).exists():
            (folder / _IGNORE).write_text("# Made by linkmgr: clicks, accounts and secrets.\n*\n")
    except OSError as error:
        raise _unwritable(folder, os_reason(error)) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _unwritable(folder, message("store.permission-denied"))


def is_whole(folder: Path) -> bool:
    """Whether no restoration of the folder was begun and not finished."""
    return not any(folder.glob(f"{RESTORING}*"))


def folder_identity(folder: Path) -> tuple[int, int] | None:
    """Return what tells the folder at this path from any other, `None` where there is none."""
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _unwritable(folder: Path, reason: Message | str) -> LinkmgrError:
    return LinkmgrError(message("store.instance-unwritable", folder=str(folder), reason=reason))


def published_by(path: Path, *, is_folder: bool) -> Path | None:
    """Return the config of the Jekyll site that would publish a folder or a file."""
    # As late as this: the server's processes import this module, and most of them read no site.
    from linkmgr.builder.site import read_site_config  # noqa: PLC0415
    from linkmgr.posts.site import CONFIG_FILES  # noqa: PLC0415

    for root in path.parents:
        for config in (root / name for name in CONFIG_FILES):
            if config.is_file():
                settings = read_site_config(root)
                if path.is_relative_to((root / settings.destination).resolve()):
                    return config
                source = (root / settings.source).resolve()
                if not path.is_relative_to(source):
                    return None
                return (
                    config
                    if _takes(settings, path.relative_to(source), is_folder=is_folder)
                    else None
                )
    return None


def _takes(config: "JekyllConfig", path: Path, *, is_folder: bool) -> bool:
    """Whether Jekyll takes a path within its source, as its EntryFilter does for each part."""
    for count, name in enumerate(path.parts, 1):
        entry = "/" + "/".join(path.parts[:count])
        is_within = count < len(path.parts)
        if config.excluded.match(entry, folder=is_within or is_folder):
            return False
        if name.startswith((".", "_", "#", "~")) and not config.included.match(
            entry, folder=is_within or is_folder
        ):
            return False
    return True


# The secret key, by which sessions are signed, and ids in reports are hashed.

_KEY_BYTES = 32


def secret_key(file: Path) -> bytes:
    """Return the key in a file, which is created if missing. Raise LinkmgrError."""
    with wrap_write_errors(file):
        if not file.exists():
            _make_key(file)
        key = file.read_bytes()
    if len(key) != _KEY_BYTES:
        raise LinkmgrError(message("admin.invalid-key", file=str(file)))
    return key


def _make_key(file: Path) -> None:
    """Write a key as a whole, unless another worker is quicker: then all use that one's."""
    temporary = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(secrets.token_bytes(_KEY_BYTES))
            opened.flush()
            os.fsync(opened.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, file)
    finally:
        temporary.unlink()
