"""The catalog as immutable values. Whatever is in here has been checked by `parse`."""

from collections import abc
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import cached_property
from itertools import chain
from typing import Any, Literal

from linkmgr.catalog.blocks import Block
from linkmgr.catalog.items import (
    ITEM_TYPES,
    Book,
    Cta,
    Good,
    GoodItem,
    Item,
    ItemKind,
    Product,
    ShopLink,
)
from linkmgr.links.model import OWN_SITE, Programme, Tag, Tracking
from linkmgr.links.programmes.profile import Profile, Profiles
from linkmgr.links.programmes.profiles import packaged_profiles
from linkmgr.messages.message import Language

Feeds = Literal["label", "omit"]
"""What feeds and lists of posts have of what is in an article: it, labelled, or nothing."""


JekyllPackage = Literal["gem", "debian"]
"""The packages of Jekyll that read front matter differently, by `linkmgr.posts.ruby.values`."""


@dataclass(frozen=True, slots=True)
class Site:
    """The blog. `url` and `server` have no trailing slash; no `server`: nothing is tracked.

    Days are those of `timezone` (an IANA name). Pages at further `origins` may count clicks, too.
    `campaigns` are those of links that are not in the catalog, such as a newsletter's.
    With `respect_gpc` requests with Global Privacy Control or Do Not Track are not counted.
    With `views` it is counted, too, what readers saw: items of which `view_percent`, if they are
    large `view_percent_large`, was visible for `view_seconds`. With `events` pages are told.
    `jekyll` is the package of the Jekyll that builds it, `None` to detect it.
    `heading_level` is that of blocks that have none of their own, `None` their kind's. `feeds` says
    what becomes of the blocks and items that an article's own tags show. `pages` are globs over the
    paths of pages, and documents of collections, that show blocks as posts do.
    """

    name: str
    url: str
    language: Language = "ja"
    server: str | None = None
    disclosure: str | None = None
    ad_label: str | None = None
    timezone: str = "UTC"
    origins: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    respect_gpc: bool = True
    views: bool = False
    view_percent: int = 50
    view_percent_large: int = 30
    view_seconds: int = 1
    events: bool = False
    jekyll: JekyllPackage | None = None
    heading_level: int | None = None
    feeds: Feeds = "label"
    pages: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    """The collections whose documents are articles, besides those that are found by their dates."""

    fill_bare_posts: bool = True
    """Whether rules hold for posts that had nothing when the blog was adopted (`Post.bare`)."""

    price_days: int = 30
    """How many days after it was seen a price is shown."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms that a mapping matches in a post. `paths` are globs over the post's path."""

    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tags or self.categories or self.keywords or self.paths)


FEWEST_COMPARED = 2
"""A comparison with fewer items left is not shown."""

PRICE_ROW, RATING_ROW, PROS_ROW, CONS_ROW = "price", "rating", "pros", "cons"
OWN_ROWS = (PRICE_ROW, RATING_ROW, PROS_ROW, CONS_ROW)
"""The rows of a comparison that are keys of its items; all others are their specs."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Books and products beside each other."""

    id: str

    items: tuple[str, ...]
    """In the order in which they are shown, which is that of their ranks."""

    rows: tuple[str, ...] = ()
    """What its table says of each: `OWN_ROWS` and names of specs; without any it is cards."""

    ranked: bool = False
    """Whether readers see the ranks."""

    heading: str | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """A rule: posts that have one of `any_of` and each of `all_of` match `items`.

    They match `comparisons`, too. `weight` multiplies the evidence; `pin` puts the items first
    whatever their score; `exclude` keeps the items off those posts. `tags` are those of the items
    that it puts there.
    """

    id: str
    items: tuple[str, ...]
    any_of: Terms = Terms()
    all_of: Terms = Terms()
    weight: float = 1.0
    pin: bool = False
    exclude: bool = False
    tags: tuple[Tag, ...] = ()
    comparisons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiver:
    """What `linkmgr check` does not report up to and including `until`, and why.

    `code` is that of the findings. `page` and `link` narrow them down by the page (or its source)
    and by what they are about; in both a star stands for any text.
    """

    code: str
    reason: str
    until: date
    page: str | None = None
    link: str | None = None


@dataclass(frozen=True)
class Catalog:
    """All of `catalog.yaml`. The dictionaries are in file order and must not change."""

    site: Site
    programmes: abc.Mapping[str, Programme]

    items: abc.Mapping[str, Item]
    """Items of all kinds by id, which is unique among them, those of a kind one after another."""

    mappings: abc.Mapping[str, Mapping]
    blocks: tuple[Block, ...]
    waivers: tuple[Waiver, ...] = ()
    comparisons: abc.Mapping[str, Comparison] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, Any]:
        """Leave to another process what it can work out by itself."""
        return {own.name: getattr(self, own.name) for own in fields(self)}

    @property
    def profiles(self) -> Profiles:
        """What is known of programmes."""
        return packaged_profiles()

    def passes_for_own(self, programme: Programme, url: str | None) -> Profile | None:
        """Return the programme of an affiliate link that the catalog gives to the site itself."""
        return self.profiles.of_url(url) if programme.id == OWN_SITE and url else None

    def items_of(self, mapping: Mapping) -> tuple[str, ...]:
        """Return the items that a mapping is to show, those of its comparisons included."""
        compared = (self.comparisons[name].items for name in mapping.comparisons)
        return tuple(dict.fromkeys((*mapping.items, *chain.from_iterable(compared))))

    def comparisons_of(self, item: str) -> list[Comparison]:
        """Return the comparisons that name an item."""
        return [own for own in self.comparisons.values() if item in own.items]

    @cached_property
    def books(self) -> abc.Mapping[str, Book]:
        """Books by id."""
        return {name: item for name, item in self.items.items() if isinstance(item, Book)}

    @cached_property
    def products(self) -> abc.Mapping[str, Product]:
        """Products by id."""
        return {name: item for name, item in self.items.items() if isinstance(item, Product)}

    @cached_property
    def ctas(self) -> abc.Mapping[str, Cta]:
        """Calls to action by id."""
        return {name: item for name, item in self.items.items() if isinstance(item, Cta)}

    @cached_property
    def goods(self) -> abc.Mapping[str, GoodItem]:
        """What shops sell, by id."""
        return {name: item for name, item in self.items.items() if isinstance(item, Good)}

    @cached_property
    def renamed(self) -> abc.Mapping[str, str]:
        """The present id of each item by the ids that it had before."""
        return {name: item.id for item in self.items.values() for name in item.was}

    @property
    def taken_ids(self) -> abc.Collection[str]:
        """The ids that no new item may have."""
        return {*self.items, *self.renamed}

    @cached_property
    def tags(self) -> abc.Mapping[str, frozenset[str]]:
        """Every tag that a link of ours may have, by programme; none for those that take no tag."""
        own = (*self.blocks, *self.mappings.values(), *self.items.values())
        by_programme = {
            programme.id: {programme.tag, *dict(programme.category_tags).values()}
            | {*programme.post_tags}
            for programme in self.programmes.values()
        }
        for name, tag in (tag for entry in own for tag in entry.tags):
            by_programme[name].add(tag)
        return {name: frozenset(filter(None, tags)) for name, tags in by_programme.items()}

    def section(self, kind: ItemKind) -> abc.Mapping[str, Item]:
        """Return the items of a kind by id."""
        return {name: item for name, item in self.items.items() if item.kind is kind}

    def sold(self) -> abc.Iterator[Item | ShopLink]:
        """Yield all that has a link: each item, and its further shops after it."""
        return _sold(self.items.values())

    def with_programmes_of_code(self) -> "Catalog":
        """Return the catalog, adding programmes of issued code that have no entry."""
        added = self._programmes_of_code(self.items.values())
        return replace(self, programmes={**self.programmes, **added}) if added else self

    def _programmes_of_code(self, items: abc.Iterable[Item]) -> dict[str, Programme]:
        codes = {sold.code.programme for sold in _sold(items) if sold.code}
        missing = codes - self.programmes.keys()
        programmes = {}
        for name in sorted(missing):
            title = self.profiles[name].name
            programmes[name] = Programme(name, title, Tracking.DIRECT, tracking_is_default=True)
        return programmes

    def with_items(self, items: abc.Iterable[Item]) -> "Catalog":
        """Return the catalog with these items in place of its own."""
        kinds = [*ITEM_TYPES]
        by_kind = sorted(items, key=lambda item: kinds.index(item.kind))
        return replace(
            self,
            programmes={**self.programmes, **self._programmes_of_code(by_kind)},
            items={item.id: item for item in by_kind},
        )

    def of_kinds(self, kinds: abc.Iterable[ItemKind]) -> frozenset[str]:
        """Return the ids of all items of these kinds."""
        return frozenset(item.id for item in self.items.values() if item.kind in kinds)


def _sold(items: abc.Iterable[Item]) -> abc.Iterator[Item | ShopLink]:
    for item in items:
        yield item
        if isinstance(item, Good):
            yield from item.shops
