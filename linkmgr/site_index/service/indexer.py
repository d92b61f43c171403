"""The surveyor: holds the last look at the site, writes the survey, and answers from it."""

import logging
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from markupsafe import escape

from linkmgr.blocks.keys import post_key
from linkmgr.blocks.render import Renderer
from linkmgr.blocks.templating import OVERRIDES
from linkmgr.builder.progress import Track, silently
from linkmgr.catalog.reading.files import read_catalog
from linkmgr.links.urls import encode_url
from linkmgr.messages.errors import LinkmgrError
from linkmgr.site_index.impact.impact import Impact, Shown, compare, items_of, shown
from linkmgr.site_index.impact.sifting import Bars, Sieve, bars_of, item_blocks
from linkmgr.site_index.impact.touched import Touched, recounted, touched
from linkmgr.site_index.index.decisions import Placed
from linkmgr.site_index.index.location import Place
from linkmgr.site_index.index.snapshot import Look, look_at, on_same_ground, with_text
from linkmgr.site_index.index.writing import update_survey, write_problems, write_survey

# Seconds until a look that failed is tried again, and between two searches for changes that nobody
# told of: in folders of the network nobody does.
_PAUSE = 60.0

_BUG = "the site cannot be looked at: the server's log says why"

_log = logging.getLogger(__name__)


class NotYetError(LinkmgrError):
    """The site has not been read yet."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A look, what each post shows by it, and what an item needs to change that."""

    look: Look
    shown: Sequence[Shown]
    bars: Sequence[Bars]


class Surveyor:
    """One thread has it look again, any others ask. `turn` counts the looks."""

    def __init__(self, place: Place, instance: Path) -> None:
        self._place = place
        self._instance = instance
        self._seen: _Seen | None = None
        self._problems: tuple[str, ...] = ()
        self._looked = float("-inf")
        self.turn = 0

    def is_due(self) -> bool:
        """Whether it is time to look though nobody told of a change."""
        if self._seen and self._seen.look.is_over():
            return True
        if time.monotonic() < self._looked + _PAUSE:
            return False
        self._looked = time.monotonic()
        return bool(self._problems) or self._seen is None or self._seen.look.is_outdated()

    def look(self) -> None:
        """Read the site and its catalog, and write what there is; or what keeps it from that."""
        self._try(self._look)

    def look_at_catalog(self) -> None:
        """Read the catalog alone: no post has changed since the last look.

        After a look that failed all is read, for it may have been for a post.
        """
        self._try(self._look if self._problems else self._look_at_catalog)

    def impact(self, text: str, first: int | None, track: Track = silently) -> Impact:
        """Return what another text of the catalog would change; see `compare`. Raise LinkmgrError.

        New keywords have the posts read again, which `track` shows.
        """
        seen = self._last()
        new = with_text(seen.look, text, track)
        return compare(
            new.ground.posts,
            seen.shown,
            new.decider(),
            _seen_in(seen, new),
            seen.look.revision,
            first,
        )

    def preview(self, key: str, text: str | None) -> str:
        """Return the HTML of a post's blocks, by another text of the catalog if there is one.

        Its links go where they lead, and nobody counts them. Raise LinkmgrError.
        """
        look = self._last().look
        if text is not None:
            look = with_text(look, text)
        post = next((p for p in look.ground.posts if post_key(p.path) == key), None)
        if post is None:
            raise LinkmgrError(f"{key}: Jekyll publishes no such post")
        url = look.catalog.site.url
        base = url if url.endswith(look.baseurl) else url + look.baseurl
        untracked = replace(look.catalog, site=replace(look.catalog.site, server=None))
        renderer = Renderer(untracked, _templates(self._place.root), str(escape(encode_url(base))))
        return renderer.fragment(look.decider().resolve(post))

    def _last(self) -> _Seen:
        if self._seen is None:
            why = "; ".join(self._problems) or "the site is still being read: try again in a moment"
            raise NotYetError(why)
        return self._seen

    def _try(self, look: Callable[[], None]) -> None:
        problems: tuple[str, ...] = ()
        try:
            look()
        except (LinkmgrError, OSError, sqlite3.Error) as error:
            problems = tuple(str(error).splitlines())
        except Exception:  # noqa: BLE001 - a bug is told like a mistake, the last survey answers
            problems = (_BUG,)
            if problems != self._problems:
                _log.exception("a look at the site fails")
        if problems and problems != self._problems:
            self._tell(problems)
        self._problems = problems
        self._looked = time.monotonic()
        self.turn += 1

    def _tell(self, problems: tuple[str, ...]) -> None:
        try:
            write_problems(self._instance, problems)
        except (OSError, sqlite3.Error) as error:
            _log.error("the survey cannot be written: %s", error)

    def _look(self) -> None:
        look = look_at(self._place)
        noting = _Noting(look)
        placed = noting.place(range(len(look.ground.posts)))
        write_survey(self._instance, look.catalog, look.revision, look.ground.posts, placed)
        self._seen = _Seen(look, noting.shown, noting.bars)

    def _look_at_catalog(self) -> None:
        seen = self._seen
        text = read_catalog(self._place.catalog_file)
        # What is no UTF-8 stays none, and is told of.
        new = seen and on_same_ground(seen.look, text.decode(errors="surrogateescape"))
        if seen is None or not isinstance(new, Look):
            self._look()
            return
        numbers = sorted(_touched(seen.look, new).numbers)
        noting = _Noting(new)
        placed = noting.place(numbers)
        update_survey(self._instance, new.catalog, new.revision, new.ground.posts, placed)
        now, bars = list(seen.shown), list(seen.bars)
        for number, shows, bar in zip(numbers, noting.shown, noting.bars, strict=True):
            now[number], bars[number] = shows, bar
        self._seen = _Seen(new, now, bars)


class _Noting:
    """Decides for posts, and notes what they show."""

    def __init__(self, look: Look) -> None:
        self._decider = look.decider()
        self._posts = look.ground.posts
        self._blocks = item_blocks(look.catalog)
        self.shown: list[Shown] = []
        self.bars: list[Bars] = []

    def place(self, numbers: Iterable[int]) -> Iterator[tuple[int, Placed]]:
        """Yield what the posts of these numbers show."""
        for number in numbers:
            placed = self._decider.place(self._posts[number])
            self.shown.append(shown(placed))
            self.bars.append(bars_of(placed, self._blocks))
            yield number, placed


def _touched(old: Look, new: Look) -> Touched:
    found = touched(new.ground, old.catalog, new.catalog, old.today)
    if old.ground is new.ground:
        return found
    return Touched(found.numbers | recounted(old.ground, new.ground))


def _seen_in(seen: _Seen, new: Look) -> Collection[int]:
    """Return the posts that may show other items, or the same in another order."""
    found = _touched(seen.look, new)
    if found.items is None:
        return found.numbers
    sieve = Sieve(new.catalog, new.ground, new.today, found.items)
    return [
        number
        for number in found.numbers
        if sieve.lets_through(number, items_of(seen.shown[number]), seen.bars[number])
    ]


def _templates(root: Path) -> dict[str, str]:
    """Return the templates that the site has in place of the package's."""
    try:
        files = sorted((root / OVERRIDES).glob("*.html"))
        return {file.name: file.read_text(encoding="utf-8-sig") for file in files}
    except (OSError, UnicodeDecodeError) as error:
        raise LinkmgrError(f"{root / OVERRIDES}: cannot be read: {error}") from error
