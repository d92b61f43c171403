"""A snapshot of the site: its posts and the catalog at one moment."""

from collections import abc
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from linkmgr.blocks.shown import ItemsOfPosts, count_posts
from linkmgr.builder.fragments import digest, digest_of_compared, know_nearest
from linkmgr.builder.processes import Track, silently
from linkmgr.builder.reading.bare_posts import bare_posts_data
from linkmgr.builder.reading.cache import DamagedCacheError, open_cache
from linkmgr.builder.reading.inputs import SiteInputs, load_inputs, require_known
from linkmgr.builder.reading.read_posts import settings_of
from linkmgr.builder.site import read_site_config
from linkmgr.catalog.model import Catalog, Mapping, Terms
from linkmgr.catalog.reading.files import read_catalog
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.messages.errors import LinkmgrError
from linkmgr.posts.site import post_files
from linkmgr.resolver.model import Counts, PostText
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
    """A site and a catalog on one day in the site's time zone.

    `text` is the catalog's, with its byte order mark. `files` identifies the state of the files
    that were read.
    """

    paths: SitePaths
    site: SiteInputs
    text: str
    prepared: PreparedPosts
    files: str

    @property
    def catalog(self) -> Catalog:
        """The catalog whose text it is."""
        return self.site.catalog

    @property
    def revision(self) -> str:
        """The revision of the catalog's text: the SHA-256 of its bytes."""
        return sha256(self.text.encode(errors="surrogatepass")).hexdigest()

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

    def is_over(self) -> bool:
        """Whether the day has turned, or Jekyll would publish one more post."""
        now, due = datetime.now(self.site.now.tzinfo), self.site.next_post
        return now.date() != self.site.now.date() or (due is not None and due <= now)

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
    return Snapshot(paths, site, text.decode(), prepared, files)


def with_catalog(snapshot: Snapshot, text: str, track: Track = silently) -> Snapshot:
    """Return the same posts with another text of the catalog. Raise LinkmgrError.

    They are read again, which `track` shows, if it has other keywords or other settings of reading.
    """
    catalog = _parse(snapshot, text)
    if unread := _without_reading(snapshot, text, catalog):
        return unread
    root, old = snapshot.paths.root, snapshot.site
    with open_cache(root, read_only=True) as cache:
        read = load_inputs(root, catalog, cache=cache, now=old.now, track=track)
    site = replace(old, catalog=catalog, texts=_shared({**old.texts, **read.texts}))
    prepared = snapshot.prepared.with_texts(site.texts)
    return replace(snapshot, site=site, text=text, prepared=prepared)


def with_keywords(snapshot: Snapshot, keywords: Iterable[str]) -> PreparedPosts:
    """Return the posts with some more keywords counted, for which they are read again.

    Raise LinkmgrError.
    """
    root, old = snapshot.paths.root, snapshot.site
    more = Mapping("", (), Terms(keywords=(*keywords,)))
    catalog = replace(old.catalog, mappings={**old.catalog.mappings, more.id: more})
    with open_cache(root, read_only=True) as cache:
        read = load_inputs(root, catalog, cache=cache, now=old.now, check_names=False)
    return replace(snapshot.prepared, texts={**old.texts, **read.texts})


def without_reading(snapshot: Snapshot, text: str) -> Snapshot | None:
    """Return the same posts with another text of the catalog, `None` if it has them read again.

    Raise LinkmgrError.
    """
    return _without_reading(snapshot, text, _parse(snapshot, text))


def _without_reading(snapshot: Snapshot, text: str, catalog: Catalog) -> Snapshot | None:
    if _reading(catalog) != _reading(snapshot.catalog):
        return None
    site = replace(snapshot.site, catalog=catalog)
    require_known(site)
    return replace(snapshot, site=site, text=text)


def _parse(snapshot: Snapshot, text: str) -> Catalog:
    return parse_catalog(text.encode(errors="surrogatepass"), str(snapshot.paths.catalog_file))


def _reading(catalog: Catalog) -> tuple[object, ...]:
    """Return all that decides what is read of a site's files, and how."""
    return catalog.site.jekyll, catalog.site.pages, keywords_of(catalog.mappings.values())


def _shared(texts: abc.Mapping[str, PostText]) -> dict[str, PostText]:
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


def _read_site(paths: SitePaths, catalog: Catalog) -> tuple[SiteInputs, PreparedPosts]:
    with open_cache(paths.root) as cache:
        site = load_inputs(paths.root, catalog, cache=cache)
        site = replace(site, texts=_shared(site.texts))
        prepared = PreparedPosts(site.posts, site.texts)
        if asks_neighbours(catalog.mappings.values()):
            know_nearest(cache, prepared, digest_of_compared(site.posts))
    return site, prepared
