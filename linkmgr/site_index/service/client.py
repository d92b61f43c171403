"""Asking the survey's process, as the admin's views do."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from linkmgr.messages.errors import LinkmgrError
from linkmgr.site_index.impact.impact import Impact, ItemImpact, NamedPost
from linkmgr.site_index.service.jobs import Built, Progress
from linkmgr.site_index.service.protocol import LARGEST, address
from linkmgr.site_index.service.state import BuildState

FIRST = 20
"""So many posts of each list are named, where not all are asked for."""

# Seconds until an answer, or the next word on the progress, is there.
_CONNECT = 1.0
_ANSWER = 30.0


class Unavailable(LinkmgrError):  # noqa: N818 - what it is called where it is shown
    """The survey does not run, is not ready yet, or takes too long."""


class SurveyClient:
    """Asks the survey of an instance. Every call raises Unavailable, or LinkmgrError if it must."""

    def __init__(self, instance: Path) -> None:
        self._instance = instance

    def impact(self, catalog: str, *, first: int | None = FIRST) -> Impact:
        """Return what another text of the catalog would change; all posts for a `first` of None."""
        done = self._ask(do="impact", catalog=catalog, first=first)
        items = (
            ItemImpact(
                item["item"],
                item["gained"],
                item["lost"],
                tuple(NamedPost(**post) for post in item["gaining"]),
                tuple(NamedPost(**post) for post in item["losing"]),
            )
            for item in done["items"]
        )
        return Impact(done["revision"], done["changed"], tuple(items))

    def preview(self, key: str, catalog: str | None = None) -> str:
        """Return the HTML of a post's blocks, by another text of the catalog if one is given."""
        html: str = self._ask(do="preview", post=key, catalog=catalog)
        return html

    def state(self) -> BuildState:
        """Return whether the fragments are up to date, as far as that is known by now."""
        done = self._ask(do="state")
        return BuildState(**done | {"problems": tuple(done["problems"])})

    def build(self) -> Iterator[Progress | Built]:
        """Build the site: yield how far it is, and at last what it did."""
        for kind, value in self._messages(do="build"):
            if kind == "progress":
                yield Progress(**value)
            else:
                yield Built(**value | {"warnings": tuple(value["warnings"])})

    def _ask(self, **asked: Any) -> Any:
        *_, (_, done) = self._messages(**asked)
        return done

    def _messages(self, **asked: Any) -> Iterator[tuple[str, Any]]:
        """Yield the words on the progress and, at last, the answer."""
        with self._connected() as connection:
            connection.send_bytes(json.dumps(asked).encode())
            while True:
                if not connection.poll(_ANSWER):
                    raise Unavailable("the survey takes too long: try again in a moment")
                [(kind, value)] = json.loads(connection.recv_bytes(LARGEST)).items()
                if kind == "unavailable":
                    raise Unavailable(value)
                if kind == "error":
                    raise LinkmgrError(value)
                yield kind, value
                if kind == "done":
                    return

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as opened:
                opened.settimeout(_CONNECT)
                opened.connect(address(self._instance))
                opened.settimeout(None)
                connection = Connection(opened.detach())
            with connection:
                yield connection
        except (OSError, EOFError) as error:
            raise Unavailable("the survey does not run at present: is the server up?") from error
