"""A worker: a process that answers requests. It reads the targets, never the catalog."""

import atexit
import logging
import os
import signal
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from wsgiref.types import WSGIApplication
from zoneinfo import ZoneInfo

from linkmgr.clicks.proxies import Proxies
from linkmgr.clicks.targets import Targets
from linkmgr.settings import Role, Settings, read_settings
from linkmgr.store.keeper_state import read_state
from linkmgr.store.spool import SpoolWriter
from linkmgr.web.app import make_flask, with_admin
from linkmgr.web.endpoints import Counters, Current, Endpoints
from linkmgr.web.health import Health, problems_of, waiting
from linkmgr.web.ticker import Ticker
from linkmgr.web.visitors import Visitors

_log = logging.getLogger(__name__)

# Seconds between two rounds: what a loss of power may take of the clicks, see DESIGN.md 4.
_PAUSE = 0.1


def make_app() -> WSGIApplication:
    """Return the app of this process, which granian calls, and start what goes on beside it."""
    settings = read_settings(os.environ)
    published = Published(settings.targets)
    visitors = Visitors(settings.visitor_key)
    spool = SpoolWriter(settings.spool)
    counters = Counters()
    started = time.time()
    days = Days(published.current, visitors)

    def health() -> Health:
        keeper, spooled = read_state(settings.instance), waiting(settings.spool)
        return Health(
            problems_of(keeper, spooled, counters.lost, started),
            len(published.current.targets.items),
            published.since,
            spooled,
            keeper.load_lag if keeper else None,
        )

    metrics, count = _metrics(settings, published, counters)
    ticker = Ticker(
        _PAUSE,
        (spool.sync, published.follow, days.turn, count, Losses(counters).tell, _orphan_ends()),
    )
    ticker.start()

    def end() -> None:
        ticker.stop()
        spool.close()

    atexit.register(end)
    pages = _pages(settings, make_flask(settings, health, metrics))
    if settings.role is Role.ADMIN:
        return pages
    return Endpoints(
        pages,
        current=published.current,
        spool=spool,
        visitors=visitors,
        proxies=Proxies(settings.trusted_proxies),
        counters=counters,
    )


def _pages(settings: Settings, pages: WSGIApplication) -> WSGIApplication:
    """Return the pages with the admin, where this server has it."""
    if settings.role is Role.REDIRECT:
        return pages
    # Imported here: a server that only redirects needs none of it.
    from linkmgr.admin.app import make_admin  # noqa: PLC0415
    from linkmgr.admin.security import trusting  # noqa: PLC0415

    return with_admin(pages, trusting(make_admin(settings), settings.trusted_proxies))


class Published:
    """The targets in their file, read again whenever it is replaced."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen = _identity(file)
        targets = Targets.from_json(file.read_bytes())
        self.current = Current(targets, _today(targets))

    @property
    def since(self) -> float:
        """When they were published, in seconds since 1970."""
        return self._seen[1] / 1e9

    def follow(self) -> None:
        """Read the file if it is another one. Raise OSError or what `from_json` does."""
        identity = _identity(self._file)
        if identity != self._seen:
            self.current.targets = Targets.from_json(self._file.read_bytes())
            self._seen = identity


class Days:
    """Turns the day where the site is, and the visitors' key with it."""

    def __init__(self, current: Current, visitors: Visitors) -> None:
        self._current = current
        self._visitors = visitors
        self._turned: date | None = None

    def turn(self) -> None:
        """Look at the clock. Raise OSError if the day's key is not shared with other processes."""
        today = _today(self._current.targets)
        if today != self._turned:
            self._current.today = self._turned = today
            self._visitors.turn(today)


class Losses:
    """Logs that clicks are lost, once, and that they are no more."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._losing = False
        self._lost = 0
        self._written = 0

    def tell(self) -> None:
        """Look at the counters."""
        lost, written = self._counters.lost, self._counters.clicks + self._counters.bots
        if lost > self._lost and not self._losing:
            self._losing = True
            _log.error("clicks are lost: the spool cannot be written to")
        elif lost == self._lost and written > self._written and self._losing:
            self._losing = False
            _log.warning("clicks are written down again; %d were lost", lost)
        self._lost, self._written = lost, written


def _today(targets: Targets) -> date:
    return datetime.now(ZoneInfo(targets.timezone)).date()


def _identity(file: Path) -> tuple[int, int]:
    facts = file.stat()
    return facts.st_ino, facts.st_mtime_ns


def _metrics(
    settings: Settings, published: Published, counters: Counters
) -> tuple[Callable[[], bytes], Callable[[], None]]:
    """Return what `/metrics` answers, and what brings its counters up."""
    if settings.metrics_token is None:
        return bytes, lambda: None
    # Imported here, since it makes a file for this process, and takes 4 MB.
    from linkmgr.web.metrics import Counted, metrics_text  # noqa: PLC0415

    counted = Counted()

    def text() -> bytes:
        return metrics_text(read_state(settings.instance), waiting(settings.spool), published.since)

    return text, lambda: counted.bring_up(counters)


def _orphan_ends() -> Callable[[], None]:
    """Return what ends this process once the main process is gone, and nobody else would."""
    parent = os.getppid()

    def look() -> None:
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)

    return look
