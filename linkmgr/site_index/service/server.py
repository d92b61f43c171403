"""Answering the admin's workers over a Unix socket.

Messages are JSON, never pickles: what connects is not to be trusted with more than it may ask. The
socket is its owner's alone (0600), as the database beside it, and that is all there is to prove.
"""

import json
import logging
import os
import threading
from contextlib import suppress
from dataclasses import asdict
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import Any

from linkmgr.messages.errors import LinkmgrError
from linkmgr.site_index.index.location import Place
from linkmgr.site_index.service.indexer import NotYetError, Surveyor
from linkmgr.site_index.service.jobs import Builder, Built, Progress, Say, Tracking
from linkmgr.site_index.service.protocol import LARGEST, address
from linkmgr.site_index.service.state import State

# Seconds that a caller has to say what it wants.
_PATIENCE = 5.0

_log = logging.getLogger(__name__)


class Server:
    """Answers each caller on a thread of its own."""

    def __init__(self, instance: Path, place: Place, surveyor: Surveyor) -> None:
        self._surveyor = surveyor
        self._builder = Builder(place)
        self._state = State(place, lambda: surveyor.turn, self._builder)
        self._listener = _listen(instance)

    def start(self) -> None:
        """Begin to listen."""
        threading.Thread(target=self._accept, name="survey", daemon=True).start()

    def _accept(self) -> None:
        while True:
            with suppress(OSError):  # a caller that has gone already
                connection = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        """Answer one question: any number of messages on the progress, and one that ends it."""
        with connection, suppress(OSError, EOFError):  # the caller has gone
            if connection.poll(_PATIENCE):
                _send(connection, self._answer(connection))

    def _answer(self, connection: Connection) -> dict[str, Any]:
        try:
            asked = json.loads(connection.recv_bytes(LARGEST))
            return {"done": self._do(asked, lambda p: _send(connection, {"progress": asdict(p)}))}
        except NotYetError as error:
            return {"unavailable": str(error)}
        except LinkmgrError as error:
            return {"error": str(error)}
        except (ConnectionError, EOFError):
            raise
        except Exception:  # noqa: BLE001 - a bug is told in the log, the next is answered
            _log.exception("a question about the survey fails")
            return {"unavailable": "the survey cannot answer: the server's log says why"}

    def _do(self, asked: dict[str, Any], say: Say) -> Any:
        match asked:
            case {"do": "impact", "catalog": str(text), "first": int() | None as first}:
                return asdict(self._surveyor.impact(text, first, Tracking(say)))
            case {"do": "preview", "post": str(key), "catalog": str() | None as text}:
                return self._surveyor.preview(key, text)
            case {"do": "build"}:
                return asdict(Built.of(self._builder.build(_while_heard(say))))
            case {"do": "state"}:
                return asdict(self._state.now())
            case _:
                raise LinkmgrError("the survey does not know this question")


def _while_heard(say: Say) -> Say:
    """Have the work go on, and no longer tell of itself, once who asked for it has gone."""

    def tell(progress: Progress) -> None:
        with suppress(OSError):
            say(progress)

    return tell


def _send(connection: Connection, message: dict[str, Any]) -> None:
    connection.send_bytes(json.dumps(message).encode())


def _listen(instance: Path) -> Listener:
    """Make the socket, which the last process may have left; it is the owner's from the start."""
    place = address(instance)
    Path(place).unlink(missing_ok=True)
    mask = os.umask(0o177)
    try:
        return Listener(place, family="AF_UNIX", backlog=16)
    finally:
        os.umask(mask)
