"""One look at the site: its posts and the catalog at one moment."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

from linkmgr.build.cache import open_cache
from linkmgr.build.gather import Gathered, gather
from linkmgr.build.progress import Track, silently
from linkmgr.catalog.files import read_catalog
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.parse import parse_catalog
from linkmgr.errors import LinkmgrError
from linkmgr.posts.model import Override
from linkmgr.resolver.evidence import keywords_of
from linkmgr.survey.deciding import Decider, Ground


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of a site and the file of its catalog."""

    root: Path
    catalog_file: Path


@dataclass(frozen=True, slots=True)
class Look:
    """A site and a catalog on one day of the site's.

    `revision` is the SHA-256 of the catalog's bytes. `until` is when Jekyll would publish one more
    post.
    """

    place: Place
    catalog: Catalog
    revision: str
    ground: Ground
    baseurl: str
    now: datetime
    until: datetime | None

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


def look_at(place: Place, track: Track = silently) -> Look:
    """Read a site and its catalog. Raise LinkmgrError."""
    text = read_catalog(place.catalog_file)
    catalog = parse_catalog(text, str(place.catalog_file))
    site = _gather(place, catalog, track, read_only=False)
    return Look(
        place=place,
        catalog=catalog,
        revision=revision_of(text),
        ground=Ground.of(site.posts, site.texts),
        baseurl=site.config.baseurl.rstrip("/"),
        now=site.now,
        until=site.next_post,
    )


def with_catalog(look: Look, text: bytes, track: Track = silently) -> Look:
    """Return the same posts with another catalog, its keywords counted. Raise LinkmgrError."""
    catalog = parse_catalog(text, str(look.place.catalog_file))
    ground = look.ground
    if not stands(ground, look.catalog, catalog):
        site = _gather(look.place, catalog, track, read_only=True, now=look.now)
        if site.posts != ground.posts:
            raise LinkmgrError("the posts are just changing: try again in a moment")
        ground = Ground.of(site.posts, site.texts)
    return replace(look, catalog=catalog, revision=revision_of(text), ground=ground)


def stands(ground: Ground, old: Catalog, new: Catalog) -> bool:
    """Whether what was read of the posts by one catalog holds for another."""
    gone = old.items.keys() - new.items.keys()
    return keywords_of(new.mappings.values()) == keywords_of(old.mappings.values()) and not (
        gone and any(_names(post.override, gone) for post in ground.posts)
    )


def revision_of(text: bytes) -> str:
    """Return the name of a catalog's text, as `catalog.edit_file` has it."""
    return sha256(text).hexdigest()


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
