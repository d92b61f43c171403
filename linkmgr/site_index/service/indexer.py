"""The indexer: takes snapshots of the site, writes the index, and answers from the last one."""

import logging
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from markupsafe import escape

from linkmgr.blocks.include import post_key
from linkmgr.blocks.render import Renderer
from linkmgr.blocks.shown import InArticle, ItemsOfPosts, ShownItems
from linkmgr.builder.processes import Track, silently
from linkmgr.builder.templates import read_templates
from linkmgr.catalog.reading.files import read_catalog
from linkmgr.links.urls import encode_url
from linkmgr.messages.errors import LinkmgrError, first_lines
from linkmgr.messages.message import message
from linkmgr.resolver.rules import matching
from linkmgr.resolver.unshown import UnshownItem
from linkmgr.site_index.impact import Impact, compare
from linkmgr.site_index.index.snapshot import (
    SitePaths,
    Snapshot,
    load_snapshot,
    with_catalog,
    with_keywords,
    without_reading,
)
from linkmgr.site_index.index.writing import PlacedItems, write_index, write_problems
from linkmgr.site_index.terms import SiteTerms

# Seconds until a failed attempt is repeated, and between two searches for changes of which the
# system does not notify: on network drives it notifies of none.
_PAUSE = 60.0

_log = logging.getLogger(__name__)


class NotReadyError(LinkmgrError):
    """The site has not been read yet."""


@dataclass(frozen=True, slots=True)
class _Indexed:
    """A snapshot, and what each post shows by it."""

    snapshot: Snapshot
    shown: Sequence[ShownItems]


class Indexer:
    """One thread has it index, any others request answers.

    `generation` counts the attempts to read the posts.
    """

    def __init__(self, paths: SitePaths, instance: Path) -> None:
        self._paths = paths
        self._instance = instance
        self._indexed: _Indexed | None = None
        self._error: LinkmgrError | None = None
        self._terms: tuple[Snapshot, SiteTerms] | None = None
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

    def follow(self, changed: set[str]) -> None:
        """Index what is at the paths that have changed, or the site where that is due anyway."""
        if changed == {str(self._paths.catalog_file.resolve())}:
            self.index_catalog()
        elif changed or self.is_due():
            self.index_site()

    def index_site(self) -> None:
        """Read the site and its catalog, and write the index; or the problems that prevent it."""
        self._try(self._index_site)
        self.generation += 1

    def index_catalog(self) -> None:
        """Read the catalog alone: no post has changed since the last time.

        After a failure all is read, for a post may have been the reason.
        """
        self._try(self._index_site if self._error else self._index_catalog)

    def impact(
        self, text: str, first: int | None, track: Track = silently, *, mapping: str = ""
    ) -> Impact:
        """Return what another text of the catalog would change; see `compare`. Raise LinkmgrError.

        New keywords have the posts read again, which `track` shows. With a `mapping` of that text
        its posts are counted, too.
        """
        last = self._last()
        new = with_catalog(last.snapshot, text, track)
        posts, revision = new.prepared.posts, last.snapshot.revision
        items_of_posts = ItemsOfPosts(new.catalog, new.resolver())
        impact = compare(posts, last.shown, items_of_posts, revision, first)
        if mapping not in new.catalog.mappings:
            return impact
        found = matching([new.catalog.mappings[mapping]], posts, new.prepared.texts)
        return replace(impact, matched=sum(map(bool, found)))

    def terms(self) -> SiteTerms:
        """Return the terms of the posts. Raise LinkmgrError."""
        snapshot = self._last().snapshot
        if self._terms is None or self._terms[0] is not snapshot:
            keywords = (
                keyword
                for mapping in snapshot.catalog.mappings.values()
                for keyword in (*mapping.any_of.keywords, *mapping.all_of.keywords)
            )
            read = partial(with_keywords, snapshot)
            self._terms = snapshot, SiteTerms(snapshot.prepared, keywords, read)
        return self._terms[1]

    def preview(self, key: str, text: str | None) -> str:
        """Return the HTML of a post's blocks, by another text of the catalog if there is one.

        Its links go directly to their targets, uncounted. Raise LinkmgrError.
        """
        snapshot = self._last().snapshot
        if text is not None:
            snapshot = with_catalog(snapshot, text)
        post = next((p for p in snapshot.prepared.posts if post_key(p.path) == key), None)
        if post is None:
            raise LinkmgrError(message("site_index.no-such-post", key=key))
        site, baseurl = snapshot.catalog.site, snapshot.site.config.baseurl.rstrip("/")
        base = site.url if site.url.endswith(baseurl) else site.url + baseurl
        uncounted = replace(snapshot.catalog, site=replace(site, server=None))
        templates = read_templates(self._paths.root)
        baseurl, today = str(escape(encode_url(base))), snapshot.site.now.date()
        renderer = Renderer(uncounted, templates, baseurl, liquid=False, today=today)
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

    def _is_new(self, error: LinkmgrError) -> bool:
        return self._error is None or str(self._error) != str(error)

    def _write_problems(self, error: LinkmgrError) -> None:
        try:
            write_problems(self._instance, error)
        except (OSError, sqlite3.Error) as failure:
            _log.error("the site index cannot be written: %s", failure)

    def _index_site(self) -> None:
        self._write(load_snapshot(self._paths))

    def _index_catalog(self) -> None:
        if self._indexed is None:
            self._index_site()
            return
        last = self._indexed.snapshot
        # What is not UTF-8 stays so, and is reported.
        text = read_catalog(self._paths.catalog_file).decode(errors="surrogateescape")
        if new := without_reading(last, text):
            self._write(new)
        else:  # the cache learns the other keywords, and another Jekyll reads other posts
            self._index_site()

    def _write(self, snapshot: Snapshot) -> None:
        """Write what all posts show, and keep it for comparison."""
        catalog, posts, resolver = snapshot.catalog, snapshot.prepared.posts, snapshot.resolver()
        items_of_posts = ItemsOfPosts(catalog, resolver)
        showing: list[ShownItems] = []

        def placed() -> Iterator[PlacedItems]:
            for post in posts:
                in_blocks, in_article = resolver.items(post), InArticle.of(resolver, post)
                shown = items_of_posts.of_placed(post, in_blocks, in_article)
                showing.append(shown)
                yield PlacedItems(in_blocks, in_article, shown)

        def unshown(shown: Collection[str]) -> list[UnshownItem]:
            return snapshot.unshown_items(resolver, shown)

        write_index(
            self._instance, catalog, snapshot.revision, snapshot.prepared, placed(), unshown
        )
        self._indexed = _Indexed(snapshot, showing)
