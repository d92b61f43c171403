"""The key that signs sessions: made at random on first use, and shared by the workers."""

import contextlib
import os
import secrets
from pathlib import Path

from linkmgr.messages.errors import LinkmgrError

_LENGTH = 32


def secret_key(file: Path) -> bytes:
    """Return the key in a file, which is made if it is not there. Raise LinkmgrError."""
    try:
        if not file.exists():
            _make(file)
        key = file.read_bytes()
    except OSError as error:
        raise LinkmgrError(f"{file}: cannot be kept: {error.strerror}") from error
    if len(key) != _LENGTH:
        raise LinkmgrError(f"{file}: is no key of ours: delete it, and everybody is signed out")
    return key


def _make(file: Path) -> None:
    """Write a key as a whole, unless another worker is quicker: then its key is everybody's."""
    temporary = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(secrets.token_bytes(_LENGTH))
            opened.flush()
            os.fsync(opened.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, file)
    finally:
        temporary.unlink()
