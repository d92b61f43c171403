"""A snapshot of the site: its posts and the catalog at one moment."""

from collections import abc
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path

from linkmgr.blocks.shown import ItemsOfPosts, count_posts
from linkmgr.builder.fragments import digest, digest_of_compared, load_nearest
from linkmgr.builder.processes import Track, silently
from linkmgr.builder.reading.bare_posts import bare_posts_data
from linkmgr.builder.reading.cache import DamagedCacheError, open_cache
from linkmgr.builder.reading.inputs import SiteInputs, load_inputs, require_known
from linkmgr.builder.reading.read_posts import settings_of
from linkmgr.builder.site import read_site_config
from linkmgr.catalog.model import Catalog, Mapping, Terms
from linkmgr.messages.errors import LinkmgrError
from linkmgr.posts.site import post_files
from linkmgr.resolver.model import KeywordCounts, PostText
from linkmgr.resolver.resolve import PreparedPosts, Resolver
from linkmgr.resolver.rules import asks_neighbours, keywords_of
from linkmgr.resolver.unshown import Readers, UnshownItem, items_in_rules, unshown_items


@dataclass(frozen=True, slots=True)
class SitePaths:
    """The folder of a site and the file of its catalog."""

    root: Path
    catalog_file: Path


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A site and a catalog on one day in the site's time zone."""

    paths: SitePaths
    site: SiteInputs
    prepared: PreparedPosts

    revision: str
    """That of the catalog: the SHA-256 of its file's bytes."""

    files: str
    """Identifies the state of the files that were read."""

    @property
    def catalog(self) -> Catalog:
        return self.site.catalog

    def resolver(self) -> Resolver:
        """Make the resolver for the catalog."""
        return Resolver(self.catalog, self.prepared, self.site.now.date())

    def unshown_items(self, resolver: Resolver, shown: Collection[str]) -> list[UnshownItem]:
        """Return the items of rules that neither posts, which show those `shown`, nor pages show.

        `resolver` is that for the posts.
        """
        site, readers = self.site, [Readers(resolver, self.site.posts)]
        left = items_in_rules(self.catalog, resolver.today).keys() - shown
        if not left or not site.pages:
            return unshown_items(self.catalog, readers, site.texts, shown)
        readers.append(Readers(site.page_resolver, site.pages))
        items_of_pages = ItemsOfPosts(self.catalog, site.page_resolver)
        on_pages = count_posts(items_of_pages.shown_in(page) for page in site.pages)
        return unshown_items(self.catalog, readers, site.texts, {*shown, *on_pages})

    def ends_at(self) -> datetime:
        """Return when the day turns, or Jekyll would publish one more post."""
        now, due = self.site.now, self.site.next_post
        midnight = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
        return min(due, midnight) if due else midnight

    def is_outdated(self) -> bool:
        """Whether a file has changed, or cannot be read any more."""
        try:
            return self.files != _state_of_files(self.paths)
        except (LinkmgrError, OSError):
            return True


def load_snapshot(
    paths: SitePaths, catalog: Catalog, revision: str, track: Track = silently
) -> Snapshot:
    """Read a site by a revision of its catalog. Raise LinkmgrError."""
    files = _state_of_files(paths)
    try:
        site, prepared = _read_site(paths, catalog, track)
    except DamagedCacheError:  # it is deleted now, so that all posts are read
        site, prepared = _read_site(paths, catalog, track)
    _ = prepared.by_term, prepared.neighbours  # now, rather than in the first preview
    return Snapshot(paths, site, prepared, revision, files)


def with_catalog(snapshot: Snapshot, catalog: Catalog, track: Track = silently) -> Snapshot:
    """Return the same posts with a catalog that is not saved. Raise LinkmgrError.

    They are read again, which `track` shows, if it has other keywords or other settings of reading.
    """
    if unread := without_reading(snapshot, catalog, ""):
        return unread
    texts = _texts_counted_by(snapshot, catalog, track, check_names=True)
    site = replace(snapshot.site, catalog=catalog, texts=_shared(texts))
    prepared = snapshot.prepared.with_texts(site.texts)
    return replace(snapshot, site=site, prepared=prepared, revision="")


def with_keywords(
    snapshot: Snapshot, keywords: Iterable[str], track: Track = silently
) -> PreparedPosts:
    """Return the posts with some more keywords counted, for which they are read again.

    Raise LinkmgrError.
    """
    old = snapshot.catalog
    more = Mapping("", (), Terms(keywords=tuple(keywords)))
    catalog = replace(old, mappings=dict(old.mappings) | {more.id: more})
    texts = _texts_counted_by(snapshot, catalog, track, check_names=False)
    return replace(snapshot.prepared, texts=texts)


def without_reading(snapshot: Snapshot, catalog: Catalog, revision: str) -> Snapshot | None:
    """Return the same posts with another catalog, `None` if it has them read again.

    Raise LinkmgrError.
    """
    if _reading(catalog) != _reading(snapshot.catalog):
        return None
    site = replace(snapshot.site, catalog=catalog)
    require_known(site)
    return replace(snapshot, site=site, revision=revision)


def _texts_counted_by(
    snapshot: Snapshot, catalog: Catalog, track: Track, *, check_names: bool
) -> dict[str, PostText]:
    """Read the posts again, and return their texts with the keywords of a catalog counted, too."""
    root, old = snapshot.paths.root, snapshot.site
    with open_cache(root, read_only=True) as cache:
        read = load_inputs(
            root, catalog, cache=cache, now=old.now, check_names=check_names, track=track
        )
    return {**old.texts, **read.texts}


def _reading(catalog: Catalog) -> tuple[object, ...]:
    """Return all that decides what is read of a site's files, and how."""
    return catalog.site.jekyll, catalog.site.pages, keywords_of(catalog.mappings.values())


def _shared(texts: abc.Mapping[str, PostText]) -> dict[str, PostText]:
    """Share one object among equal keywords and counts: there are hundreds in every post."""
    keywords: dict[str, str] = {}
    counts: dict[KeywordCounts, KeywordCounts] = {}
    shared: dict[str, PostText] = {}
    for path, text in texts.items():
        of_text: dict[str, KeywordCounts] = {}
        for keyword, counted in text.counts.items():
            of_text[keywords.setdefault(keyword, keyword)] = counts.setdefault(counted, counted)
        shared[path] = PostText(text.length, of_text)
    return shared


def _state_of_files(paths: SitePaths) -> str:
    """Return a digest of names, times and sizes of the files that a snapshot reads."""
    config = read_site_config(paths.root, paths.catalog_file)
    with suppress(FileNotFoundError):
        catalog = paths.catalog_file.stat()
        return digest(
            settings_of(config),
            sorted(post_files(paths.root, config)),
            (catalog.st_mtime_ns, catalog.st_size, catalog.st_ino),
            bare_posts_data(paths.root),
        )
    return ""


def _read_site(
    paths: SitePaths, catalog: Catalog, track: Track
) -> tuple[SiteInputs, PreparedPosts]:
    with open_cache(paths.root) as cache:
        site = load_inputs(paths.root, catalog, cache=cache, track=track)
        site = replace(site, texts=_shared(site.texts))
        prepared = PreparedPosts(site.posts, site.texts)
        if asks_neighbours(catalog.mappings.values()):
            load_nearest(cache, prepared, digest_of_compared(site.posts))
    return site, prepared
