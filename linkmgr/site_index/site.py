"""The site as the admin has it: its index, and the worker that holds it.

One server of an instance holds the site, by a lock. A thread of the admin watches the files and has
the worker read them; what the worker answers are values, and the newest index among them is what
lists are made from.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import Any, Concatenate, ParamSpec, TypeVar

from watchfiles import watch

from linkmgr.builder.run import BuildResult
from linkmgr.builder.watch import InputFilter
from linkmgr.catalog.model import Catalog
from linkmgr.fs import locked
from linkmgr.messages.errors import LinkmgrError, first_lines
from linkmgr.messages.message import Message, message
from linkmgr.posts.site import CONFIG_FILES
from linkmgr.settings import Role, Settings
from linkmgr.site_index.builds import BuildState, BuildStateCache
from linkmgr.site_index.catalog_reader import SeenCatalog
from linkmgr.site_index.effects import keep_effect
from linkmgr.site_index.impact import Impact
from linkmgr.site_index.posts import SiteIndex
from linkmgr.site_index.snapshot import SitePaths
from linkmgr.site_index.suggestions import Suggestion
from linkmgr.site_index.terms import SiteTerms
from linkmgr.site_index.worker import HeldSite, NotReadyError, Worker, WorkerProcess
from linkmgr.store.instance.folder import folder_identity
from linkmgr.store.instance.state import note_end
from linkmgr.store.jobs import Progress

FIRST = 20
"""The number of posts named from each list, unless all are requested."""

READING = Progress(message("build.reading-posts"), 0, 0)
"""The progress of reading the site before its first post."""

# Seconds that a page waits for the worker.
_PATIENCE = 2.0

# Seconds that a count of new keywords, which a script asks for beside a form, waits while all
# articles are read.
_PATIENCE_FOR_KEYWORDS = 10.0

# Seconds between two attempts to take over from another server.
_TAKEOVER_PAUSE = 1.0

# Seconds between two looks at the clock and at the worker.
_TICK = 0.5

# Seconds until a failed attempt is repeated, and between two searches for changes of which the
# system does not notify: on network drives it notifies of none.
_PAUSE = 60.0

# Seconds until a worker is made again that had not read the site yet; twice as long each time.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 60.0

_log = logging.getLogger(__name__)

_T = TypeVar("_T")
_P = ParamSpec("_P")


class Unavailable(LinkmgrError):  # noqa: N818 - what it is called where it is shown
    """The site cannot be asked now: nobody holds it here, it is being read, or that takes long."""


def has_site(settings: Settings) -> bool:
    """Return whether this server has an admin, and a site to hold."""
    folder = settings.site_folder
    is_there = any((folder / name).is_file() for name in CONFIG_FILES)
    return settings.role is not Role.REDIRECT and is_there


class SiteReader:
    """Answers what the admin asks about the site. What takes long raises Unavailable instead.

    `begin_worker` returns a worker that holds the site of these paths.
    """

    def __init__(
        self,
        settings: Settings,
        read_catalog: Callable[[], SeenCatalog],
        begin_worker: Callable[[SitePaths], Worker] = WorkerProcess,
    ) -> None:
        self._paths = SitePaths(settings.site_folder, settings.catalog)
        self._lock_file = settings.instance / "site-index.lock"
        self._instance = settings.instance
        self._read_catalog = read_catalog
        self._begin_worker = begin_worker
        self._stopping = threading.Event()

        # What threads share. Whoever submits has the lock, so that the worker gets the revisions
        # of the catalog in their order.
        self._submitting = threading.Lock()
        self._worker: Worker | None = None
        self._submitted = ""  # the revision that the worker was given last
        self._pending: Future[SiteIndex] | None = None
        self._is_read = False  # whether this worker has read the site
        self._index: SiteIndex | None = None
        self._error: LinkmgrError | None = None
        self.is_elsewhere = False
        """Whether another server of the instance holds the site."""
        self.generation = 0
        """How often the posts were read."""

        self._build_state = BuildStateCache(
            self._paths, lambda: self.generation, self._find_changes
        )

    # What pages ask.

    @property
    def index(self) -> SiteIndex | None:
        """The posts and what they show; `None` until they are read."""
        return self._index

    @property
    def progress(self) -> Progress | None:
        """How far the worker has come with reading posts, `None` while it reads none."""
        worker = self._worker
        return worker.progress() if worker else None

    def begin_impact(
        self, catalog: Catalog, *, first: int | None = FIRST, mapping: str = ""
    ) -> Future[Impact]:
        """Have the impact of another catalog found; all posts for a `first` of `None`.

        With the id of one of its mappings, also how many posts that matches.
        """
        return self._submit(HeldSite.impact, catalog, first, mapping)

    def preview(self, key: str, catalog: Catalog | None = None) -> str:
        """Return the HTML of a post's blocks, by another catalog if one is given."""
        return self.wait_for(self._submit(HeldSite.preview, key, catalog))

    def suggest(self, keys: Sequence[str], most: int) -> tuple[Suggestion, ...]:
        """Return the items that are next in line in some posts."""
        return self.wait_for(self._submit(HeldSite.suggest, keys, most))

    def terms(self) -> SiteTerms:
        """Return the terms of the blog, to be counted and searched."""
        if self._index is None or not self._index.revision:
            raise Unavailable(self._why_not_read())
        return SiteTerms(self._index, self._count_keywords)

    def state(self) -> BuildState:
        """Return whether the fragments are up to date, as far as that is known by now."""
        if self._worker is None:
            raise Unavailable(self._why_not_read())
        return self._build_state.now()

    def _find_changes(self) -> Future[BuildResult]:
        """Have the worker find what a build would do, also where the site cannot be read."""
        with self._submitting:
            if self._worker is None:
                raise Unavailable(self._why_not_read())
            try:
                return self._worker.submit(HeldSite.find_changes)
            except BrokenExecutor:
                raise Unavailable(message("site_index.worker-ended")) from None

    def wait_for(self, answer: Future[_T], patience: float = _PATIENCE) -> _T:
        """Return an answer of the worker. Raise LinkmgrError, or Unavailable if there is none."""
        try:
            return answer.result(patience)
        except FutureTimeoutError:
            answer.cancel()
            raise Unavailable(self._busy()) from None
        except (BrokenExecutor, CancelledError):
            raise Unavailable(message("site_index.worker-ended")) from None
        except NotReadyError as error:
            raise Unavailable(error.message) from None
        except LinkmgrError:
            raise
        except Exception:  # noqa: BLE001 - a bug goes to the log, and the next question is answered
            _log.exception("a question about the site fails")
            raise Unavailable(message("site_index.request-failed")) from None

    def _count_keywords(self, keywords: Sequence[str]) -> dict[str, int]:
        answer = self._submit(HeldSite.count_keywords, keywords)
        return self.wait_for(answer, _PATIENCE_FOR_KEYWORDS)

    def _submit(
        self, call: Callable[Concatenate[HeldSite, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> Future[_T]:
        """Have the worker answer by the catalog as it is saved now."""
        with self._submitting:
            if self._worker is None or not self._is_read:
                raise Unavailable(self._why_not_read())
            seen = self._read_catalog()
            if seen.error is None and seen.revision.id != self._submitted:
                self._submit_index(self._worker, seen)
            try:
                return self._worker.submit(call, *args, **kwargs)
            except BrokenExecutor:
                raise Unavailable(message("site_index.worker-ended")) from None

    def _why_not_read(self) -> Message:
        if self.is_elsewhere:
            return message("site_index.elsewhere")
        if progress := self.progress:
            return message("site_index.not-ready-but", **_facts_of(progress))
        if self._error:
            problems = "; ".join(first_lines(self._error.parts))
            return message("site_index.unreadable-site", problems=problems)
        return message("site_index.not-ready")

    def _busy(self) -> Message:
        if progress := self.progress:
            return message("site_index.slow-but", **_facts_of(progress))
        return message("site_index.slow")

    # Having the site read.

    def hold(self) -> None:
        """Begin a worker, which has read nothing yet."""
        with self._submitting:
            self._is_read, self._submitted, self._pending = False, "", None
            self._worker = self._begin_worker(self._paths)
            self.is_elsewhere = False

    def index_site(self) -> None:
        """Have the worker read the site and its catalog."""
        self._index_by(self._read_catalog(), reads_posts=True)

    def index_catalog(self) -> None:
        """Have the worker take the catalog alone: no post has changed since the last time.

        After a failure all is read, for a post may have been the reason.
        """
        self._index_by(self._read_catalog(), reads_posts=self._error is not None)

    def follow(self, changed: set[str]) -> None:
        """Have read what is at the paths that have changed, or the site if it is over."""
        if changed == {str(self._paths.catalog_file.resolve())}:
            self.index_catalog()
        elif changed or self._is_over():
            self.index_site()

    def _index_by(self, seen: SeenCatalog, *, reads_posts: bool) -> None:
        if seen.error:
            self._fail(seen.error)
            return
        with self._submitting:
            is_new = seen.revision.id != self._submitted
            if self._worker and (reads_posts or is_new):
                self._submit_index(self._worker, seen, reads_posts=reads_posts)

    def _submit_index(
        self, worker: Worker, seen: SeenCatalog, *, reads_posts: bool = False
    ) -> None:
        call = HeldSite.read if reads_posts else HeldSite.take_catalog
        with suppress(BrokenExecutor):  # the thread notices, and begins another one
            self._pending = worker.submit(call, seen.catalog, seen.revision.id)
            self._submitted = seen.revision.id
            self._pending.add_done_callback(self._take_index)
        if reads_posts:
            self.generation += 1

    def _take_index(self, made: Future[SiteIndex]) -> None:
        """Take the index that the worker has made, or why it has made none."""
        try:
            self._index = made.result()
            self._is_read, self._error = True, None
            if effect := self._index.effect:
                keep_effect(self._instance, effect)
        except (BrokenExecutor, CancelledError):  # the thread notices
            pass
        except LinkmgrError as error:
            self._fail(error)
        except OSError as error:
            self._fail(LinkmgrError(message("site_index.failed", error=str(error))))
        except Exception:  # noqa: BLE001 - a bug is shown like a mistake, the last index answers
            bug = LinkmgrError(message("site_index.bug"))
            if str(bug) != str(self._error):
                _log.exception("indexing the site fails")
            self._fail(bug)

    def _fail(self, error: LinkmgrError) -> None:
        """Note why there is no newer index."""
        self._error = error
        self._index = (self._index or SiteIndex()).with_error(error)

    # The thread.

    def start(self) -> None:
        """Follow the site on a thread, once no other server of the instance does."""
        threading.Thread(target=self._take_turns, name="site", daemon=True).start()

    def stop(self) -> None:
        """End the worker at once, even in the middle of its work."""
        self._stopping.set()
        self._end_worker()

    def _take_turns(self) -> None:
        while not self._stopping.is_set():
            try:
                with locked(self._lock_file, _TAKEOVER_PAUSE):
                    self._follow()
            except TimeoutError:
                self.is_elsewhere = True
            except OSError:  # the instance's folder is gone, and soon made again
                self._stopping.wait(_TAKEOVER_PAUSE)

    def _follow(self) -> None:
        """Have the worker read what changes, until the lock is in another folder."""
        changes = _Changes(self._paths)
        changes.start()
        try:
            if self._begin():
                self._read_changes(changes, folder_identity(self._instance))
        finally:
            changes.stop()
            self._end_worker()

    def _read_changes(self, changes: "_Changes", folder: tuple[int, int] | None) -> None:
        waiting: set[str] = set()
        deaths, checked = 0, time.monotonic()
        while folder_identity(self._instance) == folder:
            waiting |= changes.next(_TICK)
            worker = self._worker
            is_alive = worker is not None and worker.is_alive()
            if self._stopping.is_set():  # asked last, as `stop` ends the worker
                return
            if worker is None or not is_alive:
                deaths = 0 if self._is_read else deaths + 1
                if not self._begin_again(deaths):
                    return
                _log.error("the worker that holds the site has ended and is started again")
                with suppress(LinkmgrError, OSError):  # a full disk
                    note_end(self._instance, "the site's worker")
                waiting.clear()
                continue
            worker.progress()  # so that its pipe never fills
            if self._pending and not self._pending.done():
                continue
            self.follow(waiting)
            if not waiting and time.monotonic() > checked + _PAUSE:
                checked = time.monotonic()
                self._check_for_changes()
            waiting.clear()

    def _begin_again(self, deaths: int) -> bool:
        """Begin another worker, later the more have ended before they had read the site."""
        self._end_worker()
        if deaths:
            self._stopping.wait(min(_FIRST_PAUSE * 2**deaths, _LONGEST_PAUSE))
        return self._begin()

    def _begin(self) -> bool:
        """Begin a worker and have it read the site; return whether this process goes on."""
        if self._stopping.is_set():
            return False
        try:
            self.hold()
        except RuntimeError:  # the interpreter ends: it has ended all pools and begins none
            self._stopping.set()
            return False
        self.index_site()
        return True

    def _end_worker(self) -> None:
        with self._submitting:
            worker, self._worker, self._is_read = self._worker, None, False
        if worker:
            worker.end()

    def _is_over(self) -> bool:
        """Whether the day has turned, or Jekyll would publish one more post."""
        ends_at = self._index.ends_at if self._index and not self._error else None
        return ends_at is not None and datetime.now(UTC) >= ends_at

    def _check_for_changes(self) -> None:
        """Have the site read again after a failure, or if files changed without notice."""
        if self._error or not self._is_read:
            self.index_site()
            return
        with suppress(LinkmgrError):
            if self.wait_for(self._submit(HeldSite.is_outdated), _PAUSE):
                self.index_site()


def _facts_of(progress: Progress) -> dict[str, Any]:
    return {"what": progress.what, "done": progress.done, "total": progress.total}


class _Changes:
    """The paths that change, found on a thread.

    `watch` does not return while others are busy in the same folders, as the background worker is
    where the instance is one of them.
    """

    def __init__(self, paths: SitePaths) -> None:
        self._paths = paths
        self._changed: SimpleQueue[set[str]] = SimpleQueue()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def next(self, patience: float) -> set[str]:
        """Return all paths that have changed, none where nothing does for a while."""
        paths: set[str] = set()
        with suppress(Empty):
            paths |= self._changed.get(timeout=patience)
            while True:
                paths |= self._changed.get_nowait()
        return paths

    def _watch(self) -> None:
        folders = {self._paths.root.resolve(), self._paths.catalog_file.resolve().parent}
        try:
            is_input = InputFilter(self._paths.catalog_file)
            for changed in watch(*folders, watch_filter=is_input, stop_event=self._ended):
                self._changed.put({path for _, path in changed})
        except OSError as error:  # too many folders for the system's limits
            _log.error("the site is checked for changes once a minute: %s", error)
