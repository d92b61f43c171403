"""The client of the index's process, as the admin's views use it, and the protocol of the two.

Each connection carries one request, with the reader's language, and its answer, as JSON: any number
of `progress` messages, then `done`, `unavailable` or `error`.
"""

import json
import os
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from linkmgr.messages.errors import LinkmgrError, error_from_json
from linkmgr.messages.message import Message, current_language, message
from linkmgr.site_index.impact import Impact, ItemImpact, NamedPost
from linkmgr.site_index.service.builds import BuildState, BuildSummary
from linkmgr.site_index.service.work import Progress
from linkmgr.site_index.terms import CountedTerm

FIRST = 20
"""The number of posts named from each list, unless all are requested."""

MAX_BYTES = 64 * 1024 * 1024
"""Bytes of a message: a catalog of 4 MB with every character escaped has 12."""

# Seconds until the connection is there, and until the answer or the next progress message.
_CONNECT = 1.0
_ANSWER = 30.0


class Unavailable(LinkmgrError):  # noqa: N818 - what it is called where it is shown
    """The site index does not run, is not ready yet, or takes too long."""


def socket_path(instance: Path) -> str:
    """Return the path of the socket, in the shorter form: Linux takes 107 bytes of one."""
    path = str(instance / "site-index.sock")
    return min(os.path.abspath(path), os.path.relpath(path), key=len)  # noqa: PTH100 - no links followed


class SiteIndexClient:
    """Sends requests to an instance's index. Every call raises Unavailable or LinkmgrError."""

    def __init__(self, instance: Path) -> None:
        self._instance = instance

    def impact(self, catalog: str, *, first: int | None = FIRST, mapping: str = "") -> Impact:
        """Return what another text of the catalog would change; all posts for a `first` of None.

        With the id of a `mapping` in it, also how many posts that matches.
        """
        done = self._request(do="impact", catalog=catalog, first=first, mapping=mapping)
        items = (
            ItemImpact(
                item["item"],
                item["gained"],
                item["lost"],
                tuple(NamedPost(**post) for post in item["gaining"]),
                tuple(NamedPost(**post) for post in item["losing"]),
                tuple(item["lost_by"]),
            )
            for item in done["items"]
        )
        return Impact(done["revision"], done["changed"], tuple(items), done["matched"])

    def known_terms(self, terms: Mapping[str, Sequence[str]]) -> dict[str, list[CountedTerm]]:
        """Return terms by kind with their posts, without keywords that are still to be counted."""
        done = self._request(do="known-terms", terms={kind: [*own] for kind, own in terms.items()})
        return {kind: _terms(found) for kind, found in done.items()}

    def count_terms(self, kind: str, texts: Sequence[str]) -> list[CountedTerm]:
        """Return terms of a kind with their posts, and for each that finds none what would."""
        return _terms(self._request(do="count-terms", kind=kind, terms=[*texts]))

    def find_terms(self, kind: str, typed: str, most: int) -> list[CountedTerm]:
        """Return the blog's terms of a kind that have some words."""
        return _terms(self._request(do="find-terms", kind=kind, typed=typed, most=most))

    def preview(self, key: str, catalog: str | None = None) -> str:
        """Return the HTML of a post's blocks, by another text of the catalog if one is given."""
        html: str = self._request(do="preview", post=key, catalog=catalog)
        return html

    def state(self) -> BuildState:
        """Return whether the fragments are up to date, as far as that is known by now."""
        done = self._request(do="state")
        return BuildState(**done | {"problems": tuple(done["problems"])})

    def build(self) -> Iterator[Progress | BuildSummary]:
        """Build the site: yield the progress and at last the summary."""
        for kind, value in self._messages(do="build"):
            if kind == "progress":
                yield Progress.from_json(value)
            else:
                yield BuildSummary.from_json(value)

    def check(self, ignored: Sequence[str], *, online: bool = False) -> Iterator[Progress]:
        """Check the built pages, if `online` the shops' as well, and save the result.

        Yield the progress. Links that begin with one of `ignored` are left out.
        """
        return self._progress(do="check", ignored=[*ignored], online=online)

    def register_placements(self) -> Iterator[Progress]:
        """Find the placements on the built pages and save them: yield the progress."""
        return self._progress(do="placements")

    def _progress(self, **request: Any) -> Iterator[Progress]:
        for kind, value in self._messages(**request):
            if kind == "progress":
                yield Progress.from_json(value)

    def _request(self, **request: Any) -> Any:
        *_, (_, done) = self._messages(**request)
        return done

    def _messages(self, **request: Any) -> Iterator[tuple[str, Any]]:
        """Yield the messages about the progress and, at last, the answer."""
        with self._connected() as connection:
            request["language"] = current_language()
            connection.send_bytes(json.dumps(request).encode())
            while True:
                if not connection.poll(_ANSWER):
                    raise Unavailable(message("site_index.slow"))
                [(kind, value)] = json.loads(connection.recv_bytes(MAX_BYTES)).items()
                if kind == "unavailable":
                    raise Unavailable(Message.from_json(value))
                if kind == "error":
                    raise error_from_json(value)
                yield kind, value
                if kind == "done":
                    return

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as opened:
                opened.settimeout(_CONNECT)
                opened.connect(socket_path(self._instance))
                opened.settimeout(None)
                connection = Connection(opened.detach())
            with connection:
                yield connection
        except (OSError, EOFError) as error:
            raise Unavailable(message("site_index.not-running")) from error


def _terms(values: Iterable[dict[str, Any]]) -> list[CountedTerm]:
    return [*map(CountedTerm.from_json, values)]
