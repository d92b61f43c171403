"""Whether the site's fragments are up to date, known without a build that nobody needs."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from linkmgr.builder.paths import Places, Stamp
from linkmgr.messages.errors import LinkmgrError
from linkmgr.posts.site import read_config
from linkmgr.site_index.index.location import Place
from linkmgr.site_index.service.jobs import Builder

_Moment = tuple[int, date, dict[str, Stamp]]


@dataclass(frozen=True, slots=True)
class BuildState:
    """What a build would do: so many files to write and to delete.

    While there are `problems` it would do nothing. `checked_at` is in seconds since 1970, 0 if
    nobody has looked yet. While it is `changing`, because the site is built or looked at, this is
    the state before: ask again.
    """

    written: int = 0
    deleted: int = 0
    problems: tuple[str, ...] = ()
    checked_at: float = 0.0
    changing: bool = False

    @property
    def fresh(self) -> bool:
        """Whether the fragments are up to date."""
        return not (self.written or self.deleted or self.problems)


class State:
    """Looks again only if the posts, the catalog, the day or the fragments have changed.

    `turn` counts the changes of posts and catalog.
    """

    def __init__(self, place: Place, turn: Callable[[], int], builder: Builder) -> None:
        self._place = place
        self._turn = turn
        self._builder = builder
        self._looking = threading.Lock()
        self._moment: _Moment | None = None
        self._last = BuildState()

    def now(self) -> BuildState:
        """Return what is known, at once; what is not is looked at meanwhile.

        Raise LinkmgrError if the site's settings cannot be read.
        """
        if self._builder.building or self._looking.locked():
            return replace(self._last, changing=True)
        moment = self._present()
        if moment == self._moment:
            return self._last
        threading.Thread(target=self._look, args=(moment,), daemon=True).start()
        return replace(self._last, changing=True)

    def _look(self, moment: _Moment) -> None:
        with self._looking:
            if moment != self._moment:
                self._last = self._checked()
                self._moment = moment

    def _present(self) -> _Moment:
        config = read_config(self._place.root)
        standing = Places.of(config).standing(self._place.root)
        return self._turn(), datetime.now(config.zone).date(), standing

    def _checked(self) -> BuildState:
        now = datetime.now(UTC).timestamp()
        try:
            report = self._builder.check()
        except LinkmgrError as error:
            return BuildState(problems=tuple(str(error).splitlines()), checked_at=now)
        return BuildState(len(report.written), len(report.deleted), checked_at=now)
