"""Whether the fragments are up to date, known without a check that nobody needs."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from hashlib import sha256

from linkmgr.builder.run import BuildResult, count_rewritten, note_built
from linkmgr.builder.site import OutputPaths, Stamp, read_site_config
from linkmgr.catalog.reading.files import read_catalog
from linkmgr.messages.errors import LinkmgrError, first_lines
from linkmgr.messages.message import message
from linkmgr.site_index.snapshot import SitePaths

_log = logging.getLogger(__name__)

_Inputs = tuple[int, str, date, dict[str, Stamp]]


@dataclass(frozen=True, slots=True)
class BuildState:
    """What a build would do: how many files it would write and delete, and of how many posts.

    `revision` is that of the catalog that it would build from. While there are `problems`, worded
    in the current language, it would do nothing. `checked_at` is in seconds since 1970, 0 before
    the first check. While it is `changing`, because the site is being built or checked, this is the
    state before: request it again.
    """

    written: int = 0
    deleted: int = 0
    posts: int = 0
    revision: str = ""
    problems: tuple[str, ...] = ()
    checked_at: float = 0.0
    changing: bool = False

    due: str = ""
    """The next day on which the fragments need a build (ISO 8601), empty where none is known."""

    @property
    def fresh(self) -> bool:
        """Whether the fragments are up to date."""
        return not (self.written or self.deleted or self.problems)


class BuildStateCache:
    """Checks again only if the posts, the catalog, the day or the fragments have changed.

    `generation` counts the changes of the posts, and `find_changes` has the worker find out what a
    build would do.
    """

    def __init__(
        self,
        paths: SitePaths,
        generation: Callable[[], int],
        find_changes: Callable[[], Future[BuildResult]],
    ) -> None:
        self._paths = paths
        self._generation = generation
        self._find_changes = find_changes
        self._beginning = threading.Lock()
        self._check: Future[BuildResult] | None = None
        """`None` once its result is taken, which is after its own end."""

        self._inputs: _Inputs | None = None
        self._last = BuildState()
        self._error: LinkmgrError | None = None

    def now(self) -> BuildState:
        """Return the last known state at once; if it is outdated, begin a check.

        Raise LinkmgrError if the site's settings cannot be read, or the worker cannot be asked.
        """
        with self._beginning:
            if self._check is None:
                inputs = self._current_inputs()
                if inputs != self._inputs:
                    self._check = self._find_changes()
                    self._check.add_done_callback(partial(self._take, inputs))
            is_changing = self._check is not None
        problems = first_lines(self._error.parts) if self._error else ()
        return replace(self._last, problems=tuple(problems), changing=is_changing)

    def _current_inputs(self) -> _Inputs:
        paths = self._paths
        config = read_site_config(paths.root, paths.catalog_file)
        fragments = OutputPaths.of_config(config).existing_files(paths.root)
        revision = sha256(read_catalog(paths.catalog_file)).hexdigest()
        return self._generation(), revision, datetime.now(config.zone).date(), fragments

    def _take(self, inputs: _Inputs, check: Future[BuildResult]) -> None:
        """Take what a check has found of these inputs, and then let the next one begin."""
        try:
            self._take_result(inputs, check)
        finally:
            self._check = None

    def _take_result(self, inputs: _Inputs, check: Future[BuildResult]) -> None:
        _, revision, _, _ = inputs
        last = BuildState(revision=revision, checked_at=datetime.now(UTC).timestamp())
        failure: LinkmgrError | None = None
        try:
            result = check.result()
        except (BrokenExecutor, CancelledError):  # the next worker is asked again
            return
        except LinkmgrError as error:
            failure = error
        except Exception:  # noqa: BLE001 - a bug is shown like a mistake
            _log.exception("a question about the site fails")
            failure = LinkmgrError(message("site_index.bug"))
        else:
            last = replace(
                last,
                written=len(result.written),
                deleted=len(result.deleted),
                posts=count_rewritten(result),
                due=str(result.due) if result.due else "",
            )
            if last.fresh:
                with suppress(LinkmgrError):  # a disk that is full; the next build says so
                    note_built(self._paths.root, revision)
        self._last, self._error, self._inputs = last, failure, inputs
