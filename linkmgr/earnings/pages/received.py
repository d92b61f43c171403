"""Files that owners upload: written into a folder of the instance, and deleted.

Each is readable by the server alone. It may have what belongs to customers, so none stays: an
import that has ended deletes its file, and one that waits for its owner is deleted after an hour,
as is what a killed server leaves. What is asked about it quotes it, and lies beside it for as long.
"""

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from flask import request

from linkmgr.admin.common.security import FILE_BYTES
from linkmgr.earnings.reading.tables import refused
from linkmgr.fs import replace_file, wrap_write_errors
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message

_LEFT_FREE = 128_000_000
"""Bytes of the disk that no upload fills: the spool writes readers' clicks there."""

_FOLDER = "uploads"
_QUESTIONS = ".json"
_SECONDS = 3600


class Received(NamedTuple):
    """A file that waits under a `token`, with the `name` its owner gave it."""

    token: str
    name: str


def waiting_file(instance: Path, token: str) -> Path:
    """Return where a file is until its import has ended."""
    return instance / _FOLDER / token


def delete_waiting(file: Path) -> None:
    """Delete a file that is waited for no longer, with what was asked about it."""
    file.unlink(missing_ok=True)
    file.with_suffix(_QUESTIONS).unlink(missing_ok=True)


def keep_waiting(file: Path) -> None:
    """Have a file wait for another hour, with what was asked about it."""
    for kept in (file, file.with_suffix(_QUESTIONS)):
        with suppress(OSError):
            os.utime(kept)


def write_questions(file: Path, questions: Mapping[str, Any]) -> None:
    """Write what is asked about a file. Raise LinkmgrError where that cannot be written."""
    kept = file.with_suffix(_QUESTIONS)
    with wrap_write_errors(kept):
        kept.touch(mode=0o600)
        replace_file(kept, json.dumps(questions).encode())


def read_questions(file: Path) -> Mapping[str, Any] | None:
    """Return what `write_questions` wrote, `None` once it was deleted."""
    try:
        questions: Mapping[str, Any] = json.loads(file.with_suffix(_QUESTIONS).read_bytes())
    except FileNotFoundError:
        return None
    return questions


def delete_abandoned(instance: Path) -> None:
    """Delete the files that have waited for too long."""
    for file in waiting_file(instance, "").glob("*"):
        with suppress(OSError):  # such as one that somebody else has just deleted
            if file.stat().st_mtime < time.time() - _SECONDS:
                file.unlink()


def receive(instance: Path) -> Received | None:
    """Write the file of the request's form; `None` if none was chosen.

    Raise LinkmgrError for a file that is too large or cannot be written.
    """
    report = request.files.get("report")
    if not report or not report.filename:
        return None
    name = Path(report.filename).name
    data = report.read()
    if len(data) > FILE_BYTES:
        raise refused(name, "earnings.large-upload", most=FILE_BYTES // 1_000_000)
    token = secrets.token_hex(16)
    file = waiting_file(instance, token)
    with wrap_write_errors(file):
        file.parent.mkdir(mode=0o700, exist_ok=True)
        if shutil.disk_usage(file.parent).free - len(data) < _LEFT_FREE:
            raise LinkmgrError(message("earnings.disk-full", least=_LEFT_FREE // 1_000_000))
        with deleted_on_failure(file):
            file.touch(mode=0o600, exist_ok=False)
            file.write_bytes(data)
    return Received(token, name)


@contextmanager
def deleted_on_failure(file: Path) -> Iterator[None]:
    """Delete a file if what is done with it fails."""
    try:
        yield
    except BaseException:
        delete_waiting(file)
        raise
