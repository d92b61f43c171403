"""Filling one post's blocks with items: pins, then scores, then the fallback.

Each place gets the tags that the links of its item have there.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import blake2b
from math import sqrt

from linkmgr.catalog.blocks import COMPARE, Block
from linkmgr.catalog.items import Item
from linkmgr.catalog.model import FEWEST_COMPARED, Catalog, Mapping
from linkmgr.links.model import Tag
from linkmgr.messages.message import Message, message
from linkmgr.posts.model import Post
from linkmgr.resolver.evidence import Mappings
from linkmgr.resolver.model import (
    ARTICLE,
    FALLBACK,
    FRONT_MATTER,
    PIN,
    Cause,
    Placement,
    PlaceTag,
    PostText,
    Reason,
    RunnerUp,
)
from linkmgr.resolver.statistics import term

# Which tag the links of a place have, where it is not their programme's usual one, and why.


class TagChooser:
    """Chooses tags: of category, block, mapping, item and front matter the last wins."""

    def __init__(self, catalog: Catalog) -> None:
        self._items = catalog.items
        self._categories = {
            programme.id: {term(name): (name, tag) for name, tag in programme.category_tags}
            for programme in catalog.programmes.values()
            if programme.category_tags
        }

    def tags(
        self,
        post: Post,
        block: Block | None,
        item: str,
        by_mappings: Iterable[tuple[str, Tag]] = (),
    ) -> tuple[PlaceTag, ...]:
        """Return the tags at a place, one per programme to which the item has links.

        In the text of a post there is no block. `by_mappings` are those of the mappings for whose
        sake the item is there, the strongest last.
        """
        own = self._items[item]
        chosen = {tag.programme: tag for tag in self._of_categories(post)}
        if block:
            for programme, tag in block.tags:
                chosen[programme] = PlaceTag(programme, tag, "block", block.name)
        for mapping, (programme, tag) in by_mappings:
            chosen[programme] = PlaceTag(programme, tag, "mapping", mapping)
        for programme, tag in own.tags:
            chosen[programme] = PlaceTag(programme, tag, "item")
        for programme, tag in post.override.tags:
            chosen[programme] = PlaceTag(programme, tag, "front matter")
        return tuple(chosen[name] for name in own.programmes if name in chosen)

    def _of_categories(self, post: Post) -> Iterator[PlaceTag]:
        """Yield the tag of the first of the post's categories that has one."""
        for programme, tags in self._categories.items():
            for category in post.categories:
                if named := tags.get(term(str(category))):
                    name, tag = named
                    yield PlaceTag(programme, tag, "category", name)
                    break


# The items of a block.

# What an item needs to be shown, in the units of `statistics`, unless its block sets a minimum.
MINIMUM = 1.0

# After a block's first item, any for which keywords alone speak needs this much of the minimum. On
# the judged posts a post's best book fits more often than its second.
_FURTHER = 1.2

_SHOWN_EARLIER = message("resolver.shown-earlier")
_EXCLUDED_BY_POST = message("resolver.excluded-by-post")
_RETIRED = message("resolver.retired")
_LACKS_COMPANY = message("resolver.lacks-company")
_STAYS_BARE = message("resolver.stays-bare")


def candidates_of(catalog: Catalog, replaced: MappingOf[str, str]) -> dict[str, frozenset[str]]:
    """Return the items that each block may show, by block, after `replacements`.

    A block with `items` shows those alone; they are not candidates of a block without.
    """
    own: dict[str, frozenset[str]] = {}
    for block in catalog.blocks:
        own[block.name] = frozenset(replaced.get(item, item) for item in block.items)
    claimed = frozenset().union(*own.values())
    candidates: dict[str, frozenset[str]] = {}
    for block in catalog.blocks:
        of_its_kind = catalog.of_kinds(block.kind.items) - claimed
        candidates[block.name] = own[block.name] or of_its_kind
    return candidates


def replacements(catalog: Catalog, today: date) -> dict[str, str]:
    """Return, for items out of use, what replaces them: the first fallback that is in use."""
    replaced: dict[str, str] = {}
    for item in catalog.items.values():
        other = item
        while _out_of_use(other, today) and other.fallback:
            other = catalog.items[other.fallback]
        if other is not item and not _out_of_use(other, today):
            replaced[item.id] = other.id
    return replaced


def comparisons_in_use(
    catalog: Catalog, replaced: MappingOf[str, str], today: date
) -> dict[str, tuple[str, ...]]:
    """Return the items that each comparison shows on a day, after `replacements`.

    One that lacks a second item shows none, and is left out.
    """
    shown: dict[str, tuple[str, ...]] = {}
    for comparison in catalog.comparisons.values():
        left: list[str] = []
        for item in comparison.items:
            now = replaced.get(item, item)
            if now not in left and catalog.items[now].is_shown_on(today):
                left.append(now)
        if len(left) >= FEWEST_COMPARED:
            shown[comparison.id] = tuple(left)
    return shown


def rules_of_comparisons(catalog: Catalog) -> list[Mapping]:
    """Return the mappings that call for comparisons, with these in the place of items."""
    return [
        replace(mapping, items=mapping.comparisons)
        for mapping in catalog.mappings.values()
        if mapping.comparisons
    ]


def in_use(mapping: Mapping, replaced: MappingOf[str, str]) -> Mapping:
    """Return a mapping with its items replaced; one that excludes applies to the item alone."""
    if mapping.exclude or replaced.keys().isdisjoint(mapping.items):
        return mapping
    items = dict.fromkeys(replaced.get(item, item) for item in mapping.items)
    return replace(mapping, items=tuple(items))


@dataclass(frozen=True, slots=True)
class Basis:
    """What is the same for all posts of a site on one day."""

    items: MappingOf[str, Item]
    mappings: Mappings
    tags: TagChooser
    replacements: MappingOf[str, str]
    today: date
    fill_bare_posts: bool = True
    comparisons: MappingOf[str, tuple[str, ...]] = field(default_factory=dict)
    """The items of each comparison, of `comparisons_in_use`."""
    rules_of_comparisons: Mappings | None = None
    """What calls for comparisons, if anything does."""

    def is_in_use(self, item: str) -> bool:
        """Whether there is an item of this id, and it is shown on this day."""
        return item in self.items and self.items[item].is_shown_on(self.today)


class BlockFiller:
    """Fills the blocks of one post in their order, with no item twice, nor one of its cards.

    Blocks of comparisons are to be filled first: a comparison is shown as a whole.

    With `scored` placements have scores and reasons; with `explaining` it also collects the
    runners-up.
    """

    def __init__(
        self, basis: Basis, post: Post, text: PostText, *, scored: bool, explaining: bool
    ) -> None:
        self._basis = basis
        self._post = post
        self._text = text
        self._scored = scored
        self._explaining = explaining
        self._matches = basis.mappings.match(post, text)
        self._stays_bare = "items" in post.bare and not basis.fill_bare_posts
        # A card or a comparison in the article is the item's place on the page.
        self._placed = {basis.replacements.get(item, item) for item in post.cards}
        self._compared = set(post.comparisons)
        for comparison in post.comparisons:
            self._placed.update(basis.comparisons.get(comparison, ()))
        self.runners_up: list[RunnerUp] = []

    def fill(self, block: Block, candidates: Collection[str]) -> tuple[Placement, ...]:
        """Return the placements of `block`, whose items are among `candidates`."""
        asked = self._post.override.items(block.kind.front_matter_key)
        if asked is not None:
            wanted = [item for item in self._in_use(asked) if item in candidates]
            items = self._available(wanted)[: self._own_limit(block)]
            if self._explaining:
                missing = {item: self._unavailable(item) for item in wanted}
                self._add_runners_up(block, missing, items)
            return self._place(block, dict.fromkeys(items, FRONT_MATTER))
        if self._stays_bare:
            if self._explaining:
                missing = dict.fromkeys(self._ranked(candidates), _STAYS_BARE)
                self._add_runners_up(block, missing, ())
            return ()
        return self._fill_by_rules(block, candidates)

    def _fill_by_rules(self, block: Block, candidates: Collection[str]) -> tuple[Placement, ...]:
        limit = self._limit(block)
        pinned = self._available(item for item in self._matches.pins if item in candidates)[:limit]
        shown: dict[str, Cause | None] = dict.fromkeys(pinned, PIN)
        judged: dict[str, Message | None] = {}
        for item, why in self._judged(block, candidates, pinned):
            judged[item] = why
            if not why and len(shown) < limit:
                shown[item] = None
            if len(shown) == limit and not self._explaining:
                break
        if not shown:
            fallback = self._available(self._in_use(block.fallback))
            shown = dict.fromkeys(fallback[:limit], FALLBACK)
        if self._explaining:
            missing: dict[str, Message | None] = {}
            for item in self._matches.excluded:
                if item in candidates:
                    missing[item] = self._unavailable(item)
            self._add_runners_up(block, missing | judged, shown)
        return self._place(block, shown)

    def compare(self, block: Block) -> tuple[Placement, ...]:
        """Return the placements of a block of kind `compare`: the items of one comparison.

        Of those that rules call for it is the one for which the most speaks.
        """
        rules = self._basis.rules_of_comparisons
        if rules is None or self._stays_bare:
            return ()
        matches = rules.match(self._post, self._text)
        minimum = MINIMUM if block.minimum is None else block.minimum
        by_evidence = sorted(matches.totals, key=lambda id_: -matches.totals[id_])
        for comparison in dict.fromkeys([*matches.pins, *by_evidence]):
            if comparison in self._compared or comparison in matches.excluded:
                continue
            if comparison not in matches.pins and comparison not in matches.stated:
                is_weak = sqrt(matches.totals[comparison]) < minimum
                if is_weak or rules.is_uncorroborated(matches, comparison, self._text):
                    continue
            items = self._left_of(comparison)
            if len(items) < FEWEST_COMPARED:
                continue
            self._compared.add(comparison)
            self._placed.update(items)
            score, reasons, doubted = 0.0, tuple[Reason, ...](), ""
            if self._scored:
                score = round(sqrt(matches.totals[comparison]), 4)
                reasons = rules.reasons(matches, comparison, self._post, self._text)
                if pinned_by := matches.pins.get(comparison):
                    reasons = (Reason(PIN, measure=pinned_by), *reasons)
                else:
                    doubted = rules.doubted_category(matches, comparison)
            tags = rules.tags(matches, comparison)
            shared = Placement(block.name, 1, "", score, reasons, (), doubted, comparison)
            return self._place_compared(shared, items, block, tags)
        return ()

    def compare_in_article(self, comparison: str) -> tuple[Placement, ...]:
        """Return the placements of a comparison that the article's own tag shows."""
        items = self._left_of(comparison)
        if len(items) < FEWEST_COMPARED:
            return ()
        shared = Placement(COMPARE.name, 1, "", 0.0, (Reason(ARTICLE),), comparison=comparison)
        return self._place_compared(shared, items)

    def _left_of(self, comparison: str) -> list[str]:
        """Return the items of a comparison but those that this post is not to show."""
        excluded = {*self._post.override.exclude, *self._matches.excluded}
        items = self._basis.comparisons.get(comparison, ())
        return [item for item in items if item not in excluded]

    def _place_compared(
        self,
        shared: Placement,
        items: Sequence[str],
        block: Block | None = None,
        by_mappings: Sequence[tuple[str, Tag]] = (),
    ) -> tuple[Placement, ...]:
        """Return placements of the items of a comparison, which differ in item, rank and tags."""
        placements: list[Placement] = []
        for rank, item in enumerate(items, start=1):
            tags = self._basis.tags.tags(self._post, block, item, by_mappings)
            placements.append(shared._replace(rank=rank, item=item, tags=tags))
        return tuple(placements)

    def _in_use(self, items: Iterable[str]) -> list[str]:
        return list(dict.fromkeys(self._basis.replacements.get(item, item) for item in items))

    def _own_limit(self, block: Block) -> int | None:
        return self._post.override.limit_of(block.kind.front_matter_key)

    def _limit(self, block: Block) -> int:
        own = self._own_limit(block)
        return block.limit if own is None else own

    def _judged(
        self, block: Block, candidates: Collection[str], pinned: Collection[str]
    ) -> Iterator[tuple[str, Message | None]]:
        """Yield the items with evidence, the best first, each with any reason not to show it.

        An item of a rule by tag, category or path has none but that it cannot be shown: what looks
        wrong to the resolver is the owner's choice. Items below the minimum are yielded only to be
        explained.
        """
        minimum = MINIMUM if block.minimum is None else block.minimum
        further = _FURTHER * minimum
        filled = bool(pinned)
        for item in self._ranked(candidates):
            if item in pinned:
                continue
            if why := self._unavailable(item):
                yield item, why
                continue
            score = sqrt(self._matches.totals[item])
            is_stated = item in self._matches.stated
            if not is_stated and score < minimum:
                if self._explaining:
                    needed = minimum - score
                    yield item, message("resolver.below-minimum", needed=needed, of=minimum)
                continue
            if not is_stated and self._basis.mappings.is_uncorroborated(
                self._matches, item, self._text
            ):
                yield item, _LACKS_COMPANY
                continue
            if filled and not is_stated and score < further:
                yield item, message("resolver.below-further", needed=further - score, of=further)
                continue
            filled = True
            yield item, None

    def _ranked(self, candidates: Collection[str]) -> Iterator[str]:
        """Yield items by evidence; a hash of post and item breaks ties, so equals take turns."""
        by_total: dict[float, list[str]] = {}
        for item, total in self._matches.totals.items():
            if item in candidates:
                by_total.setdefault(total, []).append(item)
        for total in sorted(by_total, reverse=True):
            items = by_total[total]
            yield from items if len(items) == 1 else sorted(items, key=self._tie_break)

    def _tie_break(self, item: str) -> bytes:
        name = f"{self._post.path}\0{item}".encode(errors="replace")
        return blake2b(name, digest_size=8).digest()

    def _available(self, items: Iterable[str]) -> list[str]:
        return [item for item in items if not self._unavailable(item)]

    def _unavailable(self, item: str) -> Message | None:
        """Return why this post cannot show an item, `None` if it can."""
        if item in self._placed:
            return _SHOWN_EARLIER
        if item in self._post.override.exclude:
            return _EXCLUDED_BY_POST
        if mapping := self._matches.excluded.get(item):
            return message("resolver.excluded-by-mapping", mapping=mapping)
        return _out_of_use(self._basis.items[item], self._basis.today)

    def _place(self, block: Block, items: MappingOf[str, Cause | None]) -> tuple[Placement, ...]:
        """Place items, each with its cause; that of those for which the evidence speaks is `None`.

        Only for these, and for pins, mappings choose tags.
        """
        mappings, matches = self._basis.mappings, self._matches
        placements: list[Placement] = []
        for rank, (item, cause) in enumerate(items.items(), start=1):
            score, reasons, doubted = 0.0, tuple[Reason, ...](), ""
            if self._scored and cause != FALLBACK:
                score, reasons = self._scored_by(item)
            if self._scored and cause:
                pinned_by = matches.pins[item] if cause == PIN else ""
                reasons = (Reason(cause, measure=pinned_by), *reasons)
            elif self._scored:
                doubted = mappings.doubted_category(matches, item)
            by_mappings = mappings.tags(matches, item) if cause in (None, PIN) else ()
            tags = self._basis.tags.tags(self._post, block, item, by_mappings)
            placements.append(Placement(block.name, rank, item, score, reasons, tags, doubted))
            self._placed.add(item)
        return tuple(placements)

    def _scored_by(self, item: str) -> tuple[float, tuple[Reason, ...]]:
        """Return an item's score, and the reasons that add up to it."""
        reasons = self._basis.mappings.reasons(self._matches, item, self._post, self._text)
        return round(sqrt(self._matches.totals.get(item, 0.0)), 4), reasons

    def _add_runners_up(
        self, block: Block, missing: MappingOf[str, Message | None], shown: Collection[str]
    ) -> None:
        """Record the items that `block` does not show; one without another reason had no room."""
        no_room = message("resolver.no-room", limit=self._limit(block))
        for item, why in missing.items():
            if item not in shown:
                score, reasons = self._scored_by(item)
                self.runners_up.append(RunnerUp(block.name, item, score, why or no_room, reasons))


def _out_of_use(item: Item, today: date) -> Message | None:
    if item.retired:
        return _RETIRED
    if today in item.validity:
        return None
    since, until = item.validity.since, item.validity.until
    if since and today < since:
        return message("resolver.not-yet", since=str(since))
    return message("resolver.expired", until=str(until))
