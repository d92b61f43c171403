"""Files that owners upload: received as they arrive, waiting for their import, and deleted.

Each lies in a folder of the instance, readable by the server alone, and is never in memory. It may
have what belongs to customers, so none stays: an import that has ended deletes its file, and one
that waits for its owner is deleted after an hour. What is asked about it quotes it, and lies beside
it for as long. A server that is killed while one arrives leaves
its lock, by which the next one knows what nobody writes any more.
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
from flask_wtf.csrf import CSRFError, validate_csrf
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData
from wtforms import ValidationError

from linkmgr.admin.common.security import FILE_BYTES
from linkmgr.earnings.tables import refused
from linkmgr.fs import locked, replace_file, wrap_write_errors
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message

Form = MultiDict[str, str]

_LEFT_FREE = 128 * 2**20
"""Bytes of the disk that no upload fills: the spool writes readers' clicks there."""

_FOLDER = "uploads"
_ARRIVING = ".arriving"
_QUESTIONS = ".json"
_SECONDS = 3600
_PATIENCE = 10.0  # seconds that somebody may look whether a file is being written
_PIECE = 1 << 16
_MOST_PARTS = 20


class Received(NamedTuple):
    """A file that waits under a `token`, with the `name` its owner gave it, and its form."""

    token: str
    name: str
    form: Form


def waiting_file(instance: Path, token: str) -> Path:
    """Return where a file is while nobody holds it."""
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
    """Delete the files that nobody writes any more, and those that have waited for too long."""
    for file in waiting_file(instance, "").glob("*"):
        with suppress(OSError):  # such as one that somebody else has just deleted
            is_old = file.stat().st_mtime < time.time() - _SECONDS
            if (is_old or file.suffix == _ARRIVING) and not _is_written(file):
                file.unlink()


def _is_written(file: Path) -> bool:
    try:
        with locked(file, 0, shared=True):
            return False
    except TimeoutError:
        return True


# A form with a file, stored as it arrives.


def receive(instance: Path) -> Received | None:
    """Store the file of the request's form; `None` if none was chosen.

    The form's token comes first, and without a valid one no file is stored. Raise LinkmgrError for
    a file that is too large or cannot be written, and HTTPException.
    """
    token = secrets.token_hex(16)
    file = waiting_file(instance, token)
    with wrap_write_errors(file):
        file.parent.mkdir(mode=0o700, exist_ok=True)
        if shutil.disk_usage(file.parent).free < _LEFT_FREE + FILE_BYTES:
            raise LinkmgrError(message("earnings.disk-full", least=_LEFT_FREE >> 20))
        arriving = file.with_name(f"{token}{_ARRIVING}")
        arriving.touch(mode=0o600)
        with locked(arriving, _PATIENCE), deleted_on_failure(arriving):
            name, form = _store(arriving)
            if name:
                arriving.rename(file)
                return Received(token, name, form)
            arriving.unlink()
    return None


@contextmanager
def deleted_on_failure(file: Path) -> Iterator[None]:
    """Delete a file if what is done with it fails."""
    try:
        yield
    except BaseException:
        delete_waiting(file)
        raise


def _store(file: Path) -> tuple[str, Form]:
    """Write what a form has as `report` into a file; return its name and the other fields.

    Of a report that is too large the rest is read, too: a browser that cannot send all shows no
    answer.
    """
    form, name, size = Form(), "", 0
    part: Field | File = Field("", request.headers)
    value = bytearray()
    with file.open("wb") as stored:
        for event in _events():
            if isinstance(event, Field | File):
                part = event
                if isinstance(part, File):
                    _check_token(form)
                    name = Path(part.filename).name
            elif isinstance(event, Data) and isinstance(part, File):
                size += len(event.data)
                if size <= FILE_BYTES:
                    stored.write(event.data)
            elif isinstance(event, Data):
                value += event.data
                if len(value) > _PIECE:
                    raise RequestEntityTooLarge
                if not event.more_data:
                    form.add(part.name or "", value.decode(errors="replace"))
                    value.clear()
    _check_token(form)
    if size > FILE_BYTES:
        raise refused(name, "earnings.large-upload", most=FILE_BYTES // 1_000_000)
    return name, form


def _check_token(form: Form) -> None:
    """Raise CSRFError unless a form has the token of the session."""
    try:
        validate_csrf(form.get("csrf_token"))
    except ValidationError as error:
        raise CSRFError(str(error)) from error


def _events() -> Iterator[Event]:
    """Yield the parts of the request's form and their data. Raise HTTPException."""
    boundary = request.mimetype_params.get("boundary", "").encode()
    decoder = MultipartDecoder(boundary, 4 * _PIECE, max_parts=_MOST_PARTS)
    is_over = False
    while not is_over:
        piece = request.stream.read(_PIECE)
        is_over = not piece
        decoder.receive_data(piece or None)
        try:
            while not isinstance(event := decoder.next_event(), NeedData | Epilogue):
                yield event
        except ValueError as error:  # cut off, or no form
            raise BadRequest from error
