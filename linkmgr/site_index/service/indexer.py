"""The indexer: takes snapshots of the site, writes the index, and answers from the last one."""

import logging
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from markupsafe import escape

from linkmgr.blocks.include import post_key
from linkmgr.blocks.render import Renderer
from linkmgr.builder.processes import Track, silently
from linkmgr.builder.templates import read_templates
from linkmgr.catalog.reading.files import read_catalog
from linkmgr.links.urls import encode_url
from linkmgr.messages.errors import LinkmgrError, first_lines
from linkmgr.messages.message import message
from linkmgr.resolver.resolve import Placed
from linkmgr.site_index.impact.affected import Affected, affected_by_catalog, affected_by_counts
from linkmgr.site_index.impact.compare import Impact, Shown, compare, items_of, shown
from linkmgr.site_index.impact.thresholds import (
    ThresholdFilter,
    Thresholds,
    item_blocks,
    thresholds_of,
)
from linkmgr.site_index.index.snapshot import (
    SitePaths,
    Snapshot,
    load_snapshot,
    with_catalog,
    with_text,
)
from linkmgr.site_index.index.writing import update_index, write_index, write_problems

# Seconds until a failed attempt is repeated, and between two searches for changes of which the
# system does not notify: on network drives it notifies of none.
_PAUSE = 60.0

_log = logging.getLogger(__name__)


class NotReadyError(LinkmgrError):
    """The site has not been read yet."""


@dataclass(frozen=True, slots=True)
class _Indexed:
    """A snapshot, what each post shows by it, and what an item must score to change that."""

    snapshot: Snapshot
    shown: Sequence[Shown]
    thresholds: Sequence[Thresholds]


class Indexer:
    """One thread has it index, any others request answers. `generation` counts the attempts."""

    def __init__(self, paths: SitePaths, instance: Path) -> None:
        self._paths = paths
        self._instance = instance
        self._indexed: _Indexed | None = None
        self._error: LinkmgrError | None = None
        self._checked = float("-inf")
        self.generation = 0

    def is_due(self) -> bool:
        """Whether it is time to index again though no change was notified."""
        if self._indexed and self._indexed.snapshot.is_over():
            return True
        if time.monotonic() < self._checked + _PAUSE:
            return False
        self._checked = time.monotonic()
        failed = self._error is not None or self._indexed is None
        return failed or self._last().snapshot.is_outdated()

    def index_site(self) -> None:
        """Read the site and its catalog, and write the index; or the problems that prevent it."""
        self._try(self._index_site)

    def index_catalog(self) -> None:
        """Read the catalog alone: no post has changed since the last time.

        After a failure all is read, for a post may have been the reason.
        """
        self._try(self._index_site if self._error else self._index_catalog)

    def impact(self, text: str, first: int | None, track: Track = silently) -> Impact:
        """Return what another text of the catalog would change; see `compare`. Raise LinkmgrError.

        New keywords have the posts read again, which `track` shows.
        """
        last = self._last()
        new = with_text(last.snapshot, text, track)
        return compare(
            new.prepared.posts,
            last.shown,
            new.resolver(),
            _may_change(last, new),
            last.snapshot.revision,
            first,
        )

    def preview(self, key: str, text: str | None) -> str:
        """Return the HTML of a post's blocks, by another text of the catalog if there is one.

        Its links go directly to their targets, uncounted. Raise LinkmgrError.
        """
        snapshot = self._last().snapshot
        if text is not None:
            snapshot = with_text(snapshot, text)
        post = next((p for p in snapshot.prepared.posts if post_key(p.path) == key), None)
        if post is None:
            raise LinkmgrError(message("site_index.no-such-post", key=key))
        site = snapshot.catalog.site
        base = site.url if site.url.endswith(snapshot.baseurl) else site.url + snapshot.baseurl
        uncounted = replace(snapshot.catalog, site=replace(site, server=None))
        templates = read_templates(self._paths.root)
        renderer = Renderer(uncounted, templates, str(escape(encode_url(base))), liquid=False)
        return renderer.fragment(snapshot.resolver().resolve(post))

    def _last(self) -> _Indexed:
        if self._indexed is None:
            if self._error is None:
                raise NotReadyError(message("site_index.not-ready"))
            problems = "; ".join(first_lines(self._error.parts))
            raise NotReadyError(message("site_index.unreadable-site", problems=problems))
        return self._indexed

    def _try(self, index: Callable[[], None]) -> None:
        failure: LinkmgrError | None = None
        try:
            index()
        except LinkmgrError as error:
            failure = error
        except (OSError, sqlite3.Error) as error:
            failure = LinkmgrError(message("site_index.failed", error=str(error)))
        except Exception:  # noqa: BLE001 - a bug is shown like a mistake, the last index answers
            failure = LinkmgrError(message("site_index.bug"))
            if self._is_new(failure):
                _log.exception("indexing the site fails")
        if failure and self._is_new(failure):
            self._write_problems(failure)
        self._error = failure
        self._checked = time.monotonic()
        self.generation += 1

    def _is_new(self, error: LinkmgrError) -> bool:
        return self._error is None or str(self._error) != str(error)

    def _write_problems(self, error: LinkmgrError) -> None:
        try:
            write_problems(self._instance, error)
        except (OSError, sqlite3.Error) as failure:
            _log.error("the site index cannot be written: %s", failure)

    def _index_site(self) -> None:
        snapshot = load_snapshot(self._paths)
        posts = snapshot.prepared.posts
        recorder = _Recorder(snapshot)
        placed = recorder.place(range(len(posts)))
        write_index(self._instance, snapshot.catalog, snapshot.revision, posts, placed)
        self._indexed = _Indexed(snapshot, recorder.shown, recorder.thresholds)

    def _index_catalog(self) -> None:
        last = self._indexed
        text = read_catalog(self._paths.catalog_file)
        # What is not UTF-8 stays so, and is reported.
        new = last and with_catalog(last.snapshot, text.decode(errors="surrogateescape"))
        if last is None or not isinstance(new, Snapshot):
            self._index_site()
            return
        numbers = sorted(_affected(last.snapshot, new).numbers)
        recorder = _Recorder(new)
        placed = recorder.place(numbers)
        update_index(self._instance, new.catalog, new.revision, new.prepared.posts, placed)
        shown, thresholds = list(last.shown), list(last.thresholds)
        for number, shows, needs in zip(numbers, recorder.shown, recorder.thresholds, strict=True):
            shown[number], thresholds[number] = shows, needs
        self._indexed = _Indexed(new, shown, thresholds)


class _Recorder:
    """Resolves posts, and records what they show."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._resolver = snapshot.resolver()
        self._posts = snapshot.prepared.posts
        self._blocks = item_blocks(snapshot.catalog)
        self.shown: list[Shown] = []
        self.thresholds: list[Thresholds] = []

    def place(self, numbers: Iterable[int]) -> Iterator[tuple[int, Placed]]:
        """Yield what the posts of these numbers show."""
        for number in numbers:
            placed = self._resolver.items(self._posts[number])
            self.shown.append(shown(placed))
            self.thresholds.append(thresholds_of(placed, self._blocks))
            yield number, placed


def _affected(old: Snapshot, new: Snapshot) -> Affected:
    found = affected_by_catalog(new.prepared, old.catalog, new.catalog, old.today)
    if old.prepared is new.prepared:
        return found
    return Affected(found.numbers | affected_by_counts(old.prepared, new.prepared))


def _may_change(last: _Indexed, new: Snapshot) -> Collection[int]:
    """Return the posts that may show other items, or the same in another order."""
    found = _affected(last.snapshot, new)
    if found.items is None:
        return found.numbers
    scores = ThresholdFilter(new.catalog, new.prepared, new.today, found.items)
    return [
        number
        for number in found.numbers
        if scores.may_change(number, items_of(last.shown[number]), last.thresholds[number])
    ]
