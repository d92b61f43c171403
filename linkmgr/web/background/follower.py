"""Taking the links of another machine's admin, which are kept while that one is away."""

import logging
import random
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from linkmgr.clicks.targets import OtherFormatError, SharedTargets, Targets
from linkmgr.fs import changed_at, replace_file, wrap_write_errors
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import Message, message
from linkmgr.network.admin import AdminError, RemoteAdmin
from linkmgr.settings import Settings
from linkmgr.web.background.stopping import Stopping

# Seconds between two questions, and the most after failures. Each differs by a fifth at random, so
# that machines which were started together do not ask together.
_PAUSE, _LONGEST_PAUSE = 5.0, 60.0
_JITTER = 0.2

# Seconds for a file whose writing has begun.
_LAST_SECONDS = 2.0

# What a text raises that is no `SharedTargets`.
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)

_log = logging.getLogger(__name__)


class Follower:
    """Asks an admin for its links, and keeps the last ones in a file."""

    def __init__(self, settings: Settings) -> None:
        self._admin = RemoteAdmin(settings.catalog_url or "", settings.catalog_token or "")
        self._file = settings.admin_links
        self._good: bytes | None = None

    def fetch(self) -> None:
        """Ask once. Raise LinkmgrError; the links taken before then stay."""
        taken = fetch_links(self._admin, self._known())
        if taken is not None:
            with wrap_write_errors(Path(self._file.name)):  # anybody may read it at /healthz
                replace_file(self._file, taken)

    def targets(self) -> Targets | None:
        """Return the targets that were last taken, `None` where there are none to be read."""
        with suppress(OSError, *_UNREADABLE):
            return SharedTargets.from_json(self._file.read_bytes()).targets
        return None

    def wait_for_targets(self, stopping: Stopping) -> Targets | None:
        """Return the targets that were last taken; without any, wait for the admin.

        `None` if this process must stop meanwhile. Raise LinkmgrError for what cannot be solved by
        waiting.
        """
        failures = 0
        while (targets := self.targets()) is None:
            try:
                self.fetch()
            except AdminError as error:
                if not error.may_pass:
                    raise
                if not failures:
                    _log.error("no links to serve yet, waiting for the admin: %s", error)
                failures += 1
                if stopping.poll(pause_after(failures)):
                    return None
        return targets

    def _known(self) -> bytes | None:
        """Return the last answer, `None` if it cannot be read and must be sent again."""
        with suppress(OSError, *_UNREADABLE):
            data = self._file.read_bytes()
            if data != self._good:
                SharedTargets.from_json(data)
                self._good = data
            return data
        return None


class FollowerThread:
    """Follows an admin for as long as a block lasts, on a thread of its own.

    `contact` is when that last worked, in seconds since 1970, and `problem` why it now does not.
    """

    def __init__(self, settings: Settings, contact: float) -> None:
        self.contact = max(contact, changed_at(settings.admin_links))
        self.problem: Message | None = None
        self._follower = Follower(settings)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End, without waiting for an admin that does not answer."""
        self._stopped.set()
        self._thread.join(_LAST_SECONDS)

    def _run(self) -> None:
        failures = 0
        while True:
            failures = 0 if self._takes() else failures + 1
            if self._stopped.wait(pause_after(failures)):
                return

    def _takes(self) -> bool:
        """Ask once; return whether that worked. A reason is logged once."""
        try:
            self._follower.fetch()
        except LinkmgrError as error:
            problem = error.reason if isinstance(error, AdminError) else error.message
            if problem != self.problem:
                _log.error("the links that were taken last are served: %s", error)
            self.problem = problem
            return False
        except Exception:  # noqa: BLE001 - whatever it is, nothing would start another thread
            _log.exception("following the admin fails")
            return False
        if self.problem:
            _log.info("the admin's links are followed again")
        self.problem, self.contact = None, time.time()
        return True


def fetch_links(admin: RemoteAdmin, known: bytes | None = None) -> bytes | None:
    """Return the `SharedTargets` that an admin hands out, `None` if it is what is `known`.

    Raise AdminError, also where this version cannot read it.
    """
    taken = admin.fetch("/targets", known)
    try:
        if taken is not None:
            SharedTargets.from_json(taken)
    except OtherFormatError:
        raise AdminError(admin.url, message("server.other-format")) from None
    except _UNREADABLE:
        raise AdminError(admin.url, message("server.no-links")) from None
    return taken


def pause_after(failures: int) -> float:
    """Return the seconds to wait after a number of failures in a row."""
    pause = min(_PAUSE * 2.0 ** min(failures, 10), _LONGEST_PAUSE)
    return pause * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - no secret
