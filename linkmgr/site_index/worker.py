"""The worker: the process that holds the site, and does for the admin what takes long."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from markupsafe import escape

from linkmgr.blocks.include import post_key
from linkmgr.blocks.render import Renderer
from linkmgr.blocks.shown import ItemsOfPosts
from linkmgr.builder.run import BuildResult, build
from linkmgr.builder.templates import read_templates
from linkmgr.catalog.model import Catalog
from linkmgr.links.urls import encode_url
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import Message, message
from linkmgr.resolver.model import KEYWORD
from linkmgr.resolver.rules import matching
from linkmgr.resolver.statistics import term
from linkmgr.site_index.effects import Effect, effect_of
from linkmgr.site_index.impact import Impact, compare
from linkmgr.site_index.indexing import MadeIndex, make_index
from linkmgr.site_index.posts import SiteIndex
from linkmgr.site_index.snapshot import (
    SitePaths,
    Snapshot,
    load_snapshot,
    with_catalog,
    with_keywords,
    without_reading,
)
from linkmgr.site_index.suggestions import Suggestion, suggest_items
from linkmgr.store.instance.folder import site_umask
from linkmgr.store.jobs import Progress

_T = TypeVar("_T")
_P = ParamSpec("_P")

# What the worker holds.

OnProgress = Callable[[Progress], None]

# Seconds between two progress messages.
_PAUSE = 0.2


class ProgressTrack:
    """A `Track` that reports from time to time how far it has come."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self._reported = time.monotonic()

    def __call__(self, items: Iterable[_T], what: Message, total: int) -> Iterable[_T]:
        """Yield each of `total` items while `what` is being done."""
        for done, item in enumerate(items):
            now = time.monotonic()
            if now > self._reported + _PAUSE:
                self._reported = now
                self._on_progress(Progress(what, done, total))
            yield item


class NotReadyError(LinkmgrError):
    """The site has not been read yet."""


class HeldSite:
    """A snapshot of the site, which answers. Each call raises LinkmgrError.

    After a failed attempt to read the site the last snapshot goes on answering.
    """

    def __init__(self, paths: SitePaths, on_progress: OnProgress = lambda _: None) -> None:
        self._paths = paths
        self._track = partial(ProgressTrack, on_progress)
        self._held: tuple[Snapshot, MadeIndex] | None = None

    def read(self, catalog: Catalog, revision: str) -> SiteIndex:
        """Read the site, and return its index by a revision of the catalog."""
        return self._hold(load_snapshot(self._paths, catalog, revision, self._track()))

    def take_catalog(self, catalog: Catalog, revision: str) -> SiteIndex:
        """Return the index by another revision of the catalog: no post has changed.

        They are read again for other keywords, which the cache then has, and for another Jekyll,
        which publishes other posts.
        """
        if self._held is None:
            return self.read(catalog, revision)
        snapshot, _ = self._held
        unread = without_reading(snapshot, catalog, revision)
        return self._hold(unread) if unread else self.read(catalog, revision)

    def is_outdated(self) -> bool:
        """Return whether a file has changed without a notification of the system."""
        return self._held is None or self._held[0].is_outdated()

    def impact(self, catalog: Catalog, first: int | None, mapping: str = "") -> Impact:
        """Return the impact of another catalog; see `compare`.

        With the id of one of its mappings, the posts that this matches are counted, too.
        """
        snapshot, made = self._last()
        new = with_catalog(snapshot, catalog, self._track())
        posts, revision = new.prepared.posts, snapshot.revision
        items_of_posts = ItemsOfPosts(new.catalog, new.resolver())
        impact = compare(posts, made.shown, items_of_posts, revision, first=first)
        if mapping not in new.catalog.mappings:
            return impact
        matches = matching([new.catalog.mappings[mapping]], posts, new.prepared.texts)
        return replace(impact, matched=sum(map(bool, matches)))

    def preview(self, key: str, catalog: Catalog | None) -> str:
        """Return the HTML of a post's blocks, by another catalog if one is given.

        Its links go directly to their targets, uncounted.
        """
        snapshot, _ = self._last()
        if catalog is not None:
            snapshot = with_catalog(snapshot, catalog, self._track())
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

    def suggest(self, keys: Sequence[str], most: int) -> tuple[Suggestion, ...]:
        """Return the items next in line in some posts; some of these posts may be gone."""
        snapshot, made = self._last()
        wanted = set(keys)
        positions = [
            position
            for position, post in enumerate(snapshot.prepared.posts)
            if post_key(post.path) in wanted
        ]
        return suggest_items(snapshot, made.shown, positions, most)

    def count_keywords(self, keywords: Sequence[str]) -> dict[str, int]:
        """Return the number of posts that have each keyword in their text."""
        snapshot, _ = self._last()
        by_term = with_keywords(snapshot, keywords, self._track()).by_term
        return {keyword: len(by_term.get((KEYWORD, term(keyword)), ())) for keyword in keywords}

    def find_changes(self) -> BuildResult:
        """Return the result of a build that writes nothing, by the present files."""
        try:
            return build(self._paths.root, catalog_file=self._paths.catalog_file, check=True)
        except OSError as error:
            raise LinkmgrError(message("site_index.build-failed", error=str(error))) from error

    def _hold(self, snapshot: Snapshot) -> SiteIndex:
        made = make_index(snapshot)
        effect = self._effect(snapshot, made)
        self._held = snapshot, made
        return replace(made.site_index, effect=effect)

    def _effect(self, snapshot: Snapshot, made: MadeIndex) -> Effect | None:
        """Return the catalog's effect since the last index, `None` if anything else has changed."""
        if self._held is None:
            return None
        before, made_before = self._held
        is_same_day = before.site.now.date() == snapshot.site.now.date()
        if before.revision == snapshot.revision or not is_same_day:
            return None
        if [*before.prepared.posts] != [*snapshot.prepared.posts]:
            return None
        revisions = before.revision, snapshot.revision
        return effect_of(revisions, made_before.shown, made.shown)

    def _last(self) -> tuple[Snapshot, MadeIndex]:
        if self._held is None:
            raise NotReadyError(message("site_index.not-ready"))
        return self._held


# The process.


class Worker(Protocol):
    """What holds a site and does one call after another."""

    def submit(
        self, call: Callable[Concatenate[HeldSite, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> Future[_T]:
        """Have a method of the held site called. Raise BrokenExecutor if the worker has ended."""
        ...

    def is_alive(self) -> bool:
        """Return whether it has not ended."""
        ...

    def progress(self) -> Progress | None:
        """Return the progress of reading posts, `None` while it reads none."""
        ...

    def end(self) -> None:
        """End it at once, even in the middle of its work: nothing is lost."""
        ...


class WorkerProcess:
    """A pool of one process. It is spawned: nothing is forked beside this process's threads."""

    def __init__(self, paths: SitePaths) -> None:
        context = multiprocessing.get_context("spawn")
        self._receiver, sender = context.Pipe(duplex=False)
        self._receiving = threading.Lock()
        self._progress: Progress | None = None
        self._executor = ProcessPoolExecutor(
            1, context, initializer=_begin, initargs=(paths, sender, site_umask(), os.getpid())
        )
        # Ctrl-C and the end of a terminal reach all processes, and are this one's alone.
        former = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGHUP))
        before = multiprocessing.active_children()
        try:
            self._executor.submit(os.getpid)  # for which the pool makes its process
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, former)
        self._processes = [
            child for child in multiprocessing.active_children() if child not in before
        ]
        sender.close()

    def submit(
        self, call: Callable[Concatenate[HeldSite, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> Future[_T]:
        """Have a method of the held site called. Raise BrokenExecutor if the worker has ended."""
        answer = self._executor.submit(_call, call, args, kwargs)
        answer.add_done_callback(self._forget_progress)
        return answer

    def is_alive(self) -> bool:
        """Return whether it has not ended."""
        return all(process.is_alive() for process in self._processes)

    def progress(self) -> Progress | None:
        """Return the progress of reading posts, `None` while it reads none."""
        with self._receiving:
            self._receive()
            return self._progress

    def _receive(self) -> None:
        with suppress(EOFError, OSError):
            while self._receiver.poll():
                self._progress = self._receiver.recv()

    def _forget_progress(self, answer: Future[Any]) -> None:
        """Forget the progress of a call that has ended: all of it came before the answer."""
        if answer.cancelled():  # it never began
            return
        with self._receiving:
            self._receive()
            self._progress = None

    def end(self) -> None:
        """End it at once, even in the middle of its work: nothing is lost."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        for process in self._processes:
            process.kill()
        with self._receiving:
            self._receiver.close()


# Within the process.

_NICENESS = 10
"""Redirects have priority, as over the other background work."""

_WATCH = 1.0
"""Seconds between two checks of whether the admin has ended, which may be killed."""

_held: HeldSite | None = None


def _begin(paths: SitePaths, sender: Connection, umask: int, admin: int) -> None:
    """Begin to hold a site that has not been read yet."""
    global _held  # noqa: PLW0603 - calls of a pool have nothing else in common
    os.nice(_NICENESS)
    os.umask(umask)  # the cache is the site's

    def end_with_admin(*_: object) -> None:
        if os.getppid() != admin:
            os._exit(0)

    # By a timer: this process forks others where it reads a large site, and so has no threads.
    signal.signal(signal.SIGALRM, end_with_admin)
    signal.setitimer(signal.ITIMER_REAL, _WATCH, _WATCH)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _held = HeldSite(paths, sender.send)


def _call(call: Callable[..., _T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> _T:
    return call(_held, *args, **kwargs)
