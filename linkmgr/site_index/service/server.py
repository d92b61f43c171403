"""Answering the admin's workers over a Unix socket.

Messages are JSON, never pickles, which could run code. The socket is its owner's alone (0600), like
the database beside it, and that is the whole authentication.
"""

import json
import logging
import os
import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message, set_language
from linkmgr.site_index.index.snapshot import SitePaths
from linkmgr.site_index.service.builds import Builder, BuildStateCache, BuildSummary
from linkmgr.site_index.service.client import MAX_BYTES, socket_path
from linkmgr.site_index.service.indexer import Indexer, NotReadyError
from linkmgr.site_index.service.page_runs import Records, check_site, register_placements
from linkmgr.site_index.service.work import OnProgress, Progress, ProgressTrack
from linkmgr.site_index.terms import CountedTerm

# Seconds in which a client has to send its request.
_REQUEST_TIMEOUT = 5.0

# Clients that may wait to be accepted.
_BACKLOG = 16

# Seconds until the next client is waited for after one could not be accepted.
_PAUSE = 0.1

_log = logging.getLogger(__name__)


class SiteIndexServer:
    """Answers each client on a thread of its own."""

    def __init__(
        self, instance: Path, paths: SitePaths, indexer: Indexer, database_url: str
    ) -> None:
        self._indexer = indexer
        self._records = Records(instance, database_url)
        self._paths = paths
        self._builder = Builder(paths)
        self._state = BuildStateCache(paths, lambda: indexer.generation, self._builder)
        self._listener = _listen(instance)

    def start(self) -> None:
        """Begin to listen."""
        threading.Thread(target=self._accept, name="site-index", daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:  # a client that has gone already, or no descriptor that is free
                time.sleep(_PAUSE)  # not over and over, which would take a whole core
            else:
                connection = Connection(accepted.detach())
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        """Answer one request: any number of messages about the progress, and one that ends it."""
        with connection, suppress(OSError, EOFError):  # the client has gone
            if connection.poll(_REQUEST_TIMEOUT):
                _send(connection, self._answer(connection))

    def _answer(self, connection: Connection) -> dict[str, Any]:
        try:
            request = json.loads(connection.recv_bytes(MAX_BYTES))
            set_language("ja" if request.get("language") == "ja" else "en")
            done = self._do(request, lambda p: _send(connection, {"progress": p.to_json()}))
        except NotReadyError as error:
            return {"unavailable": error.to_json()[0]}
        except LinkmgrError as error:
            return {"error": error.to_json()}
        except (ConnectionError, EOFError):
            raise
        except Exception:  # noqa: BLE001 - a bug goes to the log, and the next request is answered
            _log.exception("a request to the site index fails")
            return {"unavailable": message("site_index.request-failed").to_json()}
        return {"done": done}

    def _do(self, request: dict[str, Any], on_progress: OnProgress) -> Any:
        match request:
            case {"do": "impact", "catalog": str(text), "first": int() | None as first}:
                track, mapping = ProgressTrack(on_progress), str(request.get("mapping", ""))
                return asdict(self._indexer.impact(text, first, track, mapping=mapping))
            case {"do": "preview", "post": str(key), "catalog": str() | None as text}:
                return self._indexer.preview(key, text)
            case {"do": "known-terms" | "count-terms" | "find-terms"}:
                return self._terms(request)
            case {"do": "build"}:
                result = self._builder.build(_until_client_goes(on_progress))
                return BuildSummary.of(result).to_json()
            case {"do": "state"}:
                return asdict(self._state.now())
        return self._run(request, _until_client_goes(on_progress))

    def _terms(self, request: dict[str, Any]) -> Any:
        terms = self._indexer.terms()
        match request:
            case {"do": "known-terms", "terms": dict(by_kind)}:
                return {kind: _json(terms.known(kind, own)) for kind, own in by_kind.items()}
            case {"do": "count-terms", "kind": str(kind), "terms": list(texts)}:
                return _json(terms.count(kind, texts))
            case {"do": "find-terms", "kind": str(kind), "typed": str(typed), "most": int(most)}:
                return _json(terms.find(kind, typed, most))
        raise LinkmgrError(message("site_index.unknown-request"))

    def _run(self, request: dict[str, Any], on_progress: OnProgress) -> None:
        match request:
            case {"do": "check", "ignored": list(ignored), "online": bool(online)}:
                records = self._records if online else None
                check_site(self._paths, tuple(map(str, ignored)), on_progress, records)
            case {"do": "placements"}:
                register_placements(self._paths, on_progress)
            case _:
                raise LinkmgrError(message("site_index.unknown-request"))


def _json(terms: Iterable[CountedTerm]) -> list[dict[str, Any]]:
    return [*map(asdict, terms)]


def _until_client_goes(on_progress: OnProgress) -> OnProgress:
    """Have the work go on without reporting once its client has gone."""

    def report(progress: Progress) -> None:
        with suppress(OSError):
            on_progress(progress)

    return report


def _send(connection: Connection, answer: dict[str, Any]) -> None:
    connection.send_bytes(json.dumps(answer).encode())


def _listen(instance: Path) -> socket.socket:
    """Make the socket, which the last process may have left; only its owner may ever connect.

    Nothing deletes it at the end, for by then its folder may be another one, or none.
    """
    path = socket_path(instance)
    Path(path).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    mask = os.umask(0o177)
    try:
        listener.bind(path)
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(mask)
    listener.listen(_BACKLOG)
    return listener
