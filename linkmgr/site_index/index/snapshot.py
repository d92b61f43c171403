"""One look at the site: its posts and the catalog at one moment."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256

from linkmgr.builder.cache import open_cache
from linkmgr.builder.fragments import digest
from linkmgr.builder.inputs import Gathered, gather
from linkmgr.builder.post_facts import settings_of
from linkmgr.builder.progress import Track, silently
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.files import read_catalog
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.messages.errors import LinkmgrError
from linkmgr.posts.model import Override
from linkmgr.posts.site import post_files, read_config
from linkmgr.resolver.evidence import keywords_of
from linkmgr.site_index.index.decisions import Decider, Ground
from linkmgr.site_index.index.location import Place
from linkmgr.site_index.index.recount import count_again
from linkmgr.site_index.index.reparse import with_other_mapping


@dataclass(frozen=True, slots=True)
class Look:
    """A site and a catalog on one day of the site's.

    `text` is the catalog's, with its byte order mark. `until` is when Jekyll would publish one more
    post. `files` changes with the files that were read.
    """

    place: Place
    catalog: Catalog
    text: str
    ground: Ground
    baseurl: str
    now: datetime
    until: datetime | None
    files: str

    @property
    def revision(self) -> str:
        """The name of the catalog's text: the SHA-256 of its bytes."""
        return sha256(self.text.encode(errors="surrogatepass")).hexdigest()

    @property
    def today(self) -> date:
        """The day for which is decided."""
        return self.now.date()

    def decider(self) -> Decider:
        """Make what decides by the catalog."""
        return Decider(self.catalog, self.ground, self.today)

    def is_over(self) -> bool:
        """Whether the day has turned, or a post is due."""
        now = datetime.now(self.now.tzinfo)
        return now.date() != self.today or (self.until is not None and self.until <= now)

    def is_outdated(self) -> bool:
        """Whether a file has changed, or cannot be read any more."""
        try:
            return self.files != _files(self.place)
        except (LinkmgrError, OSError):
            return True


def look_at(place: Place, track: Track = silently) -> Look:
    """Read a site and its catalog. Raise LinkmgrError."""
    files = _files(place)
    text = read_catalog(place.catalog_file)
    catalog = parse_catalog(text, str(place.catalog_file))
    site = _gather(place, catalog, track, read_only=False)
    return Look(
        place=place,
        catalog=catalog,
        text=text.decode(),
        ground=Ground.of(site.posts, site.texts),
        baseurl=site.config.baseurl.rstrip("/"),
        now=site.now,
        until=site.next_post,
        files=files,
    )


def with_text(look: Look, text: str, track: Track = silently) -> Look:
    """Return the same posts with another text of the catalog, its keywords counted.

    Raise LinkmgrError.
    """
    new = on_same_ground(look, text)
    if isinstance(new, Look):
        return new
    if _names_gone(look.ground, look.catalog, new):
        _gather(look.place, new, track, read_only=True, now=look.now)  # says which post, and where
    old = keywords_of(look.catalog.mappings.values())
    texts = count_again(look.place, look.ground, old, keywords_of(new.mappings.values()), track)
    return replace(look, catalog=new, text=text, ground=Ground.of(look.ground.posts, texts))


def on_same_ground(look: Look, text: str) -> Look | Catalog:
    """Return the look with another text of the catalog, or the catalog if posts must be read."""
    catalog = with_other_mapping(look.catalog, look.text, text)
    if catalog is None:
        data = text.encode(errors="surrogatepass")
        catalog = parse_catalog(data, str(look.place.catalog_file))
    if stands(look.ground, look.catalog, catalog):
        return replace(look, catalog=catalog, text=text)
    return catalog


def stands(ground: Ground, old: Catalog, new: Catalog) -> bool:
    """Whether what was read of the posts by one catalog holds for another."""
    return _same_keywords(old, new) and not _names_gone(ground, old, new)


def _names_gone(ground: Ground, old: Catalog, new: Catalog) -> bool:
    """Whether a post's front matter names an item that is none of its kind any more."""
    gone = (old.books.keys() - new.books.keys()) | (old.ctas.keys() - new.ctas.keys())
    return bool(gone) and any(_names(post.override, gone) for post in ground.posts)


def _same_keywords(old: Catalog, new: Catalog) -> bool:
    before, after = old.mappings, new.mappings
    changed = [n for n in before.keys() | after.keys() if before.get(n) is not after.get(n)]
    gone, come = (
        keywords_of(mappings[name] for name in changed if name in mappings)
        for mappings in (before, after)
    )
    return gone == come or keywords_of(before.values()) == keywords_of(after.values())


def _files(place: Place) -> str:
    """Return a short name for the state of the files that a look reads."""
    config = read_config(place.root)
    with suppress(FileNotFoundError):
        catalog = place.catalog_file.stat()
        return digest(
            settings_of(config),
            sorted(post_files(place.root, config)),
            (catalog.st_mtime_ns, catalog.st_size, catalog.st_ino),
        )
    return ""


def _gather(
    place: Place,
    catalog: Catalog,
    track: Track,
    *,
    read_only: bool,
    now: datetime | None = None,
) -> Gathered:
    with open_cache(place.root, read_only=read_only) as cache:
        return gather(place.root, catalog, cache=cache, now=now, track=track)


def _names(override: Override, items: Collection[str]) -> bool:
    """Whether a post's front matter names one of the items."""
    named = (*(override.books or ()), override.cta, *override.exclude)
    return not set(items).isdisjoint(named)
