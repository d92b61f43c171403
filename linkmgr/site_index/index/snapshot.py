"""A snapshot of the site: its posts and the catalog at one moment."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

from linkmgr.builder.fragments import digest, digest_of_compared, know_nearest
from linkmgr.builder.processes import Track, silently
from linkmgr.builder.reading.cache import DamagedCacheError, open_cache
from linkmgr.builder.reading.inputs import SiteInputs, load_inputs
from linkmgr.builder.reading.read_posts import settings_of
from linkmgr.builder.site import read_site_config
from linkmgr.catalog.items import ItemKind
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.files import read_catalog
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.messages.errors import LinkmgrError
from linkmgr.posts.model import Override
from linkmgr.posts.site import post_files, read_config
from linkmgr.resolver.model import Counts, PostText
from linkmgr.resolver.resolve import PreparedPosts, Resolver
from linkmgr.resolver.rules import asks_neighbours, keywords_of
from linkmgr.site_index.index.recount import recount_keywords
from linkmgr.site_index.index.reparse import parse_changed_mapping


@dataclass(frozen=True, slots=True)
class SitePaths:
    """The folder of a site and the file of its catalog."""

    root: Path
    catalog_file: Path


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A site and a catalog on one day in the site's time zone.

    `text` is the catalog's, with its byte order mark. `until` is when Jekyll would publish one more
    post. `files` identifies the state of the files that were read.
    """

    paths: SitePaths
    catalog: Catalog
    text: str
    prepared: PreparedPosts
    baseurl: str
    now: datetime
    until: datetime | None
    files: str

    @property
    def revision(self) -> str:
        """The revision of the catalog's text: the SHA-256 of its bytes."""
        return sha256(self.text.encode(errors="surrogatepass")).hexdigest()

    @property
    def today(self) -> date:
        """The day for which items are chosen."""
        return self.now.date()

    def resolver(self) -> Resolver:
        """Make the resolver for the catalog."""
        return Resolver(self.catalog, self.prepared, self.today)

    def is_over(self) -> bool:
        """Whether the day has turned, or a post is due."""
        now = datetime.now(self.now.tzinfo)
        return now.date() != self.today or (self.until is not None and self.until <= now)

    def is_outdated(self) -> bool:
        """Whether a file has changed, or cannot be read any more."""
        try:
            return self.files != _state_of_files(self.paths)
        except (LinkmgrError, OSError):
            return True


def load_snapshot(paths: SitePaths) -> Snapshot:
    """Read a site and its catalog. Raise LinkmgrError."""
    files = _state_of_files(paths)
    text = read_catalog(paths.catalog_file)
    catalog = parse_catalog(text, str(paths.catalog_file))
    try:
        site, prepared = _read_site(paths, catalog)
    except DamagedCacheError:  # it is deleted now, so that all posts are read
        site, prepared = _read_site(paths, catalog)
    _ = prepared.by_term, prepared.neighbours  # now, rather than in the first preview
    return Snapshot(
        paths=paths,
        catalog=catalog,
        text=text.decode(),
        prepared=prepared,
        baseurl=site.config.baseurl.rstrip("/"),
        now=site.now,
        until=site.next_post,
        files=files,
    )


def with_text(snapshot: Snapshot, text: str, track: Track = silently) -> Snapshot:
    """Return the same posts with another text of the catalog, its keywords counted.

    Raise LinkmgrError.
    """
    new = with_catalog(snapshot, text)
    if isinstance(new, Snapshot):
        return new
    paths, prepared = snapshot.paths, snapshot.prepared
    if _is_named_removed(prepared, snapshot.catalog, new):
        # Raises the problem, with the post and the line.
        with open_cache(paths.root, read_only=True) as cache:
            load_inputs(paths.root, new, cache=cache, now=snapshot.now, track=track)
    old = keywords_of(snapshot.catalog.mappings.values())
    config = read_config(paths.root, new.site.jekyll)
    keywords = keywords_of(new.mappings.values())
    texts = recount_keywords(paths.root, config, prepared, (old, keywords), track)
    recounted = prepared.with_texts(_shared(texts))
    return replace(snapshot, catalog=new, text=text, prepared=recounted)


def with_catalog(snapshot: Snapshot, text: str) -> Snapshot | Catalog:
    """Return the snapshot with another text of the catalog, or the catalog if posts must be read.

    Raise Problems in the catalog.
    """
    catalog = parse_changed_mapping(snapshot.catalog, snapshot.text, text)
    if catalog is None:
        data = text.encode(errors="surrogatepass")
        catalog = parse_catalog(data, str(snapshot.paths.catalog_file))
    old = snapshot.catalog
    if old.site.jekyll != catalog.site.jekyll:
        return catalog
    if _has_same_keywords(old, catalog) and not _is_named_removed(snapshot.prepared, old, catalog):
        return replace(snapshot, catalog=catalog, text=text)
    return catalog


def _shared(texts: Mapping[str, PostText]) -> dict[str, PostText]:
    """Share one object among equal keywords and counts: there are hundreds in every post."""
    keywords: dict[str, str] = {}
    counts: dict[Counts, Counts] = {}
    return {
        path: PostText(
            text.length,
            {
                keywords.setdefault(keyword, keyword): counts.setdefault(found, found)
                for keyword, found in text.counts.items()
            },
        )
        for path, text in texts.items()
    }


def _is_named_removed(prepared: PreparedPosts, old: Catalog, new: Catalog) -> bool:
    """Whether a post's front matter names an item or a tag that is none of its kind any more."""
    removed = {
        item for kind in ItemKind for item in old.section(kind).keys() - new.section(kind).keys()
    }
    tags = {
        (name, tag)
        for name, before in old.tags.items()
        for tag in before - new.tags.get(name, frozenset())
    }
    return bool(removed or tags) and any(
        _names(post.override, removed) or not tags.isdisjoint(post.override.tags)
        for post in prepared.posts
    )


def _has_same_keywords(old: Catalog, new: Catalog) -> bool:
    before, after = old.mappings, new.mappings
    changed = [n for n in before.keys() | after.keys() if before.get(n) is not after.get(n)]
    removed, added = (
        keywords_of(mappings[name] for name in changed if name in mappings)
        for mappings in (before, after)
    )
    return removed == added or keywords_of(before.values()) == keywords_of(after.values())


def _state_of_files(paths: SitePaths) -> str:
    """Return a digest of names, times and sizes of the files that a snapshot reads."""
    config = read_site_config(paths.root, paths.catalog_file)
    with suppress(FileNotFoundError):
        catalog = paths.catalog_file.stat()
        return digest(
            settings_of(config),
            sorted(post_files(paths.root, config)),
            (catalog.st_mtime_ns, catalog.st_size, catalog.st_ino),
        )
    return ""


def _read_site(paths: SitePaths, catalog: Catalog) -> tuple[SiteInputs, PreparedPosts]:
    with open_cache(paths.root) as cache:
        site = load_inputs(paths.root, catalog, cache=cache)
        prepared = PreparedPosts(site.posts, _shared(site.texts))
        if asks_neighbours(catalog.mappings.values()):
            know_nearest(cache, prepared, digest_of_compared(site.posts))
    return site, prepared


def _names(override: Override, items: Collection[str]) -> bool:
    """Whether a post's front matter names one of the items."""
    chosen = (override.books, override.products, override.cta, override.exclude)
    return any(not set(items).isdisjoint(each or ()) for each in chosen)
