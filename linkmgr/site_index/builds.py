"""Whether the site is built, found by a build that writes nothing."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from hashlib import sha256

from linkmgr.builder.run import BuildResult, build, count_rewritten, note_built
from linkmgr.builder.site import OutputPaths, Stamp, read_site_config
from linkmgr.catalog.reading.files import read_catalog
from linkmgr.messages.errors import LinkmgrError, first_lines
from linkmgr.messages.message import message
from linkmgr.site_index.snapshot import SitePaths
from linkmgr.site_index.work import run_in_process


def find_changes(paths: SitePaths) -> BuildResult:
    """Return what a build would do, found in a process of its own. Raise LinkmgrError."""
    return run_in_process(_find_changes, message("site_index.build-killed"), paths)


def _find_changes(paths: SitePaths) -> BuildResult:
    try:
        return build(paths.root, catalog_file=paths.catalog_file, check=True)
    except OSError as error:
        raise LinkmgrError(message("site_index.build-failed", error=str(error))) from error


# Whether the site's fragments are up to date, known without a build that nobody needs.

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

    `generation` counts the changes of the posts.
    """

    def __init__(self, paths: SitePaths, generation: Callable[[], int]) -> None:
        self._paths = paths
        self._generation = generation
        self._checking = threading.Lock()
        self._inputs: _Inputs | None = None
        self._last = BuildState()
        self._error: LinkmgrError | None = None

    def now(self) -> BuildState:
        """Return what is known, at once; if that is outdated, begin a check.

        Raise LinkmgrError if the site's settings cannot be read.
        """
        if self._checking.locked():
            return self._known(changing=True)
        inputs = self._current_inputs()
        if inputs == self._inputs:
            return self._known()
        threading.Thread(target=self._update, args=(inputs,), daemon=True).start()
        return self._known(changing=True)

    def _known(self, *, changing: bool = False) -> BuildState:
        problems = first_lines(self._error.parts) if self._error else ()
        return replace(self._last, problems=tuple(problems), changing=changing)

    def _update(self, inputs: _Inputs) -> None:
        with self._checking:
            if inputs != self._inputs:
                self._check(inputs)
                self._inputs = inputs

    def _current_inputs(self) -> _Inputs:
        paths = self._paths
        config = read_site_config(paths.root, paths.catalog_file)
        fragments = OutputPaths.of(config).existing_files(paths.root)
        revision = sha256(read_catalog(paths.catalog_file)).hexdigest()
        return self._generation(), revision, datetime.now(config.zone).date(), fragments

    def _check(self, inputs: _Inputs) -> None:
        _, revision, _, _ = inputs
        now = datetime.now(UTC).timestamp()
        try:
            result = find_changes(self._paths)
        except LinkmgrError as error:
            self._last, self._error = BuildState(revision=revision, checked_at=now), error
            return
        self._last = BuildState(
            len(result.written),
            len(result.deleted),
            count_rewritten(result),
            revision,
            checked_at=now,
            due=str(result.due) if result.due else "",
        )
        self._error = None
        if self._last.fresh:
            with suppress(LinkmgrError):  # a disk that is full; the next build says so
                note_built(self._paths.root, revision)
