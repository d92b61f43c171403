"""The background worker: an instance's one process that loads clicks and publishes the catalog."""

import gc
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.fs import locked
from linkmgr.messages.errors import LinkmgrError
from linkmgr.settings import Settings
from linkmgr.store.clicks.counting import CountLimits, DayCounting
from linkmgr.store.clicks.loader import Loaded, Loader
from linkmgr.store.clicks.prune import ProvenClock, prune
from linkmgr.store.db.engine import TablesInUse, open_engine, reason_of
from linkmgr.store.db.partitions import make_ahead
from linkmgr.store.instance.folder import folder_identity, make_instance, use_private_umask
from linkmgr.store.instance.state import (
    WorkerState,
    read_last_state,
    spool_state,
    write_state,
)
from linkmgr.store.instance.targets import SiteNames
from linkmgr.web.background.periodic import PeriodicTasks
from linkmgr.web.background.publisher import Publisher
from linkmgr.web.background.shared_keys import sharing_keys
from linkmgr.web.background.stopping import Stopping

if TYPE_CHECKING:
    from linkmgr.web.background.follower import FollowerThread

P = ParamSpec("P")
T = TypeVar("T")

_NICENESS = 19


class LowPriorityThread:
    """A thread that works for its waiting caller on processor time that nobody else wants.

    On Linux a niceness belongs to a thread and to those that it starts; elsewhere the priority is
    as any other's. It takes a thread, since none may lower its own niceness again.
    """

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, "low-priority", initializer=_lower_priority)

    def do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` on the thread, and return its result or raise its error."""
        return self._executor.submit(work, *args, **kwargs).result()


def _lower_priority() -> None:
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


# Seconds between two checks of the spool, and the most while the database accepts nothing.
_PAUSE = 0.2
_LONGEST_PAUSE = 5.0

# A batch makes some million objects and no cycles: looking for these every 700, as Python does,
# takes a sixth of the loader's time. But each transaction leaves some 40 objects in cycles, 100 MB
# until there are that many: a collection at this pause (seconds) finds these.
_FEW_COLLECTIONS = 500_000
_GARBAGE_PAUSE = 60.0

# Redirects come first: what they leave of the processor is the loader's. If clicks wait for this
# long (seconds), it takes its share until it has caught up, or the spool would grow for as long as
# all cores are busy.
_LONGEST_LAG, _CAUGHT_UP = 10.0, 1.0

# Seconds between two checks of the catalog.
_CATALOG_PAUSE = 0.5

# Seconds between two checks whether another server's background worker has ended.
_TURN_PAUSE = 1.0

# Seconds until what is done once a day is tried again.
_MAINTENANCE_PAUSE = 60.0

# The most problems of the catalog in the state, which is written twice a second.
_MOST_PROBLEMS = 100

_log = logging.getLogger(__name__)


def run_worker(settings: Settings, stopping: Stopping) -> None:
    """Run an instance until it must stop; then load the rest."""
    use_private_umask()
    gc.set_threshold(_FEW_COLLECTIONS)
    # The main process ends it, after the workers.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with ExitStack() as stack:
        if _acquire_lock(settings.worker_lock, stack, stopping):
            BackgroundWorker(settings, open_engine(settings.database_url)).run(stopping)


def _acquire_lock(file: Path, stack: ExitStack, stopping: Stopping) -> bool:
    """Wait for the lock and enter it into `stack`. Return whether it was acquired.

    It is asked for once even if `stopping` comes first: a server that is stopped at once has clicks
    to load, too.
    """
    failed = False
    while True:
        pause = 0.0
        try:
            make_instance(file.parent)
            stack.enter_context(locked(file, _TURN_PAUSE))
        except TimeoutError:  # another server's background worker does the work
            pass
        except (OSError, LinkmgrError) as error:
            if not failed:
                _log.error("clicks are waiting in the spool: %s: %s", file.name, error)
            failed = True
            pause = _TURN_PAUSE
        else:
            return True
        if stopping.poll(pause):
            return False


def _follower(settings: Settings, contact: float) -> "FollowerThread":
    # Imported here: it takes an HTTP client, and most servers have a catalog of their own.
    from linkmgr.web.background.follower import FollowerThread  # noqa: PLC0415

    return FollowerThread(settings, contact)


class _LateError(Exception):
    """The time to load the rest is over."""


class BackgroundWorker:
    """Loads clicks and maintains the tables on one thread, counts and publishes on others."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings = settings
        self._engine = engine
        self._folder = folder_identity(settings.instance)
        self._state_lock = threading.Lock()
        before = read_last_state(settings.instance)

        # Publishing, and the admin whose links are served where this machine has no catalog.
        self._publisher = Publisher(settings, engine)
        self._names = SiteNames(settings)
        contact = (before and before.contact) or 0.0
        self._follower = _follower(settings, contact) if settings.catalog_url else None

        # Loading: a loader and what it was made for, what this process has loaded in all, and how
        # many seconds the oldest click had waited.
        self._low_priority = LowPriorityThread()
        self._loader: Loader | None = None
        self._loads_for = "", self._names.own
        self._done = Loaded()
        self._lag = 0.0
        self._is_late = False
        self._loading = True
        self._replaced = before.replaced if before else 0.0
        self._deadline = float("inf")

        # Counting.
        limits = CountLimits(settings.new_names, settings.daily_clicks)
        self._counting = DayCounting(engine, limits)
        self._count_tasks = PeriodicTasks(_PAUSE, (self._counting.follow,))

        # Maintenance: the days on which it was last done, and times by the monotonic clock.
        self._clock = ProvenClock()
        self._made_ahead: date | None = None
        self._pruned: date | None = None
        self._maintain_at = 0.0
        self._collected_at = 0.0

    def run(self, stopping: Stopping) -> None:
        """Work until it must stop, then until the spool is empty.

        Or until the instance's folder is another one: the next process then begins there afresh,
        with its lock and its database.
        """
        tasks = PeriodicTasks(
            _CATALOG_PAUSE, (self._publisher.follow, self._names.follow, self._write_state)
        )
        self._low_priority.do(tasks.start)
        self._count_tasks.start()  # of the usual priority, as it rests for most of the time
        keys = sharing_keys(self._settings, self._engine, self._timezone)
        with self._follower or nullcontext(), keys:
            self._work(stopping)
        tasks.stop()  # which publishes the links that this process knows

    def _work(self, stopping: Stopping) -> None:
        pause = _PAUSE
        while not stopping.poll(pause):
            began = time.monotonic()
            if folder_identity(self._settings.instance) != self._folder:
                _log.error("the instance's folder was deleted or moved")
                with suppress(LinkmgrError):  # the next process logs it
                    make_instance(self._settings.instance)
                return
            accepted = self._attempt(self._load, self._maintain)
            self._collect_garbage()
            if accepted:
                # Clicks came while this took its time: the next pause is as much shorter.
                pause = max(_PAUSE - (time.monotonic() - began), 0.0)
            else:
                pause = min(2 * max(pause, _PAUSE), _LONGEST_PAUSE)
        self._count_tasks.stop()
        self._drain()

    def _timezone(self) -> str:
        """Return the site's time zone, as far as it is known."""
        targets = self._publisher.targets
        return targets.timezone if targets else "UTC"

    def _collect_garbage(self) -> None:
        if time.monotonic() > self._collected_at + _GARBAGE_PAUSE:
            self._low_priority.do(gc.collect)
            self._collected_at = time.monotonic()

    def _drain(self) -> None:
        """Load and count the rest as far as there is time; what is not loaded then waits."""
        self._deadline = time.monotonic() + self._settings.stop_seconds
        with suppress(_LateError):
            while not (self._attempt(self._load) and self._is_empty()):
                self._check_deadline()
                time.sleep(_PAUSE)
            while self._counting.count_next():
                self._check_deadline()

    def _check_deadline(self) -> None:
        if time.monotonic() > self._deadline:
            raise _LateError

    def _attempt(self, *duties: Callable[[], None]) -> bool:
        """Do work that needs the database; return whether the database accepted it."""
        try:
            for duty in duties:
                duty()
        except (SQLAlchemyError, OSError, LinkmgrError) as error:
            if self._loading:
                _log.error("clicks are waiting in the spool: %s", reason_of(error))
            self._loading = False
        else:
            if not self._loading:
                _log.info("clicks are loaded again")
            self._loading = True
        return self._loading

    def _load(self) -> None:
        age = spool_state(self._settings.spool).age
        loader = self._current_loader()
        self._is_late = age > (_CAUGHT_UP if self._is_late else _LONGEST_LAG)
        if self._is_late:
            loaded = loader.load(self._note_batch)
        else:
            loaded = self._low_priority.do(loader.load, self._note_batch, brief=True)
        if loaded.read:
            self._lag = age
        if loader.positions.replaced:
            loader.positions.replaced = False
            self._replaced = time.time()
            self._publisher.record_again()
            _log.error("the database is another one, or an older copy; the spool is loaded into it")

    def _note_batch(self, loaded: Loaded) -> None:
        """Add up a batch, before it becomes visible that the spool is shorter."""
        self._done = self._done.plus(loaded)
        if loaded.stored:
            self._counting.wake()
        with suppress(LinkmgrError):  # a full disk, which the periodic task logs
            self._write_state()
        if loaded.damaged:
            _log.error("%d lines of the spool were damaged and are left out", loaded.damaged)
        self._check_deadline()

    def _current_loader(self) -> Loader:
        """Return the loader for the site's present time zone and names."""
        zone = self._timezone()
        if self._loader is None or self._loads_for != (zone, self._names.own):
            self._loads_for = zone, self._names.own
            self._loader = Loader(self._engine, self._settings.spool, zone, self._names.own)
        return self._loader

    def _maintain(self) -> None:
        """Make the months' tables ahead and delete what is too old, each once a day.

        While others hold the tables it is tried again every minute; clicks are loaded meanwhile.
        """
        today, proven = datetime.now(UTC).date(), self._clock.today()
        if time.monotonic() < self._maintain_at:
            return
        try:
            if today != self._made_ahead:
                self._low_priority.do(make_ahead, self._engine, today, patience=0)
                self._made_ahead = today
            if proven and proven != self._pruned:
                keep_days = self._settings.keep_days
                self._low_priority.do(prune, self._engine, keep_days, proven, patience=0)
                self._pruned = proven
        except (SQLAlchemyError, TablesInUse) as error:
            if self._maintain_at == 0:
                _log.warning("the tables of clicks are maintained later: %s", reason_of(error))
            self._maintain_at = time.monotonic() + _MAINTENANCE_PAUSE
        else:
            self._maintain_at = 0.0

    def _is_empty(self) -> bool:
        return spool_state(self._settings.spool).waiting == 0

    def _write_state(self) -> None:
        # Both threads do: what was taken first must not be written last.
        with self._state_lock:
            write_state(self._settings.instance, self._state())

    def _state(self) -> WorkerState:
        done, counted, problems = self._done, self._counting.done, self._publisher.problems
        return WorkerState(
            time=time.time(),
            load_lag=round(self._lag, 3),
            loaded=done.read,
            repeated=counted.repeated,
            folded=counted.folded,
            damaged=done.damaged,
            capped=counted.capped,
            late=done.late,
            reports=done.reports,
            capped_views=done.capped_views,
            catalog=problems[:_MOST_PROBLEMS],
            problems=len(problems),
            loading=self._loading,
            replaced=self._replaced,
            contact=self._follower.contact if self._follower else None,
            no_contact=self._follower.problem if self._follower else None,
        )
