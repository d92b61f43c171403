"""The rules for the catalog itself, and for what posts' front matter says about it.

A rule yields its findings, and is listed in `_RULES`.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from unicodedata import normalize

from linkmgr.blocks.shown import find_unshown
from linkmgr.builder.due import next_build
from linkmgr.builder.reading.inputs import SiteInputs, unknown_items
from linkmgr.builder.warnings import missing_terms, tag_problems, terms_of_posts
from linkmgr.catalog.items import Book, Good, Item
from linkmgr.check.findings import (
    EXPIRES_SOON,
    NOWHERE,
    OLD_PRICE,
    OUTDATED,
    SAME_ITEM,
    TAG_SPELLING,
    UNKNOWN_ITEM,
    UNMATCHED_MAPPING,
    UNREACHED_ITEM,
    UNSHOWN_ITEM,
    CheckCode,
    Finding,
)
from linkmgr.check.pages.built_site import BuiltSite
from linkmgr.check.sources import Places
from linkmgr.messages.errors import Location, Problem
from linkmgr.messages.message import Message, message
from linkmgr.posts.article.inclusions import inclusions
from linkmgr.posts.model import ITEM_KEYS, Post
from linkmgr.resolver.fold import fold
from linkmgr.resolver.resolve import PreparedPosts, Resolver
from linkmgr.resolver.rules import unmatched
from linkmgr.resolver.statistics import term
from linkmgr.resolver.unshown import Readers


@dataclass(frozen=True, slots=True)
class CheckedCatalog:
    """The site with its catalog, its built pages, and where things are in their files."""

    site: SiteInputs
    prepared: PreparedPosts
    built: BuiltSite
    places: Places

    def page_of(self, post: Post) -> str:
        """Return a post's built page, the post's path where there is none or it is a page."""
        return self.built.file(post.url) or post.path


# Items that nothing shows, that expire soon, or that are in the catalog twice.

_SOON = timedelta(days=31)
_WEEK = timedelta(days=7)
_REDIRECT = re.compile(r"/go/([a-z0-9-]+)")

# What shops add to a title for the same book in another form.
_EDITION = re.compile(
    r"[\[(【〈《「][^\])】〉》」]*(?:kindle|電子|文庫|新書|単行本|ペーパーバック|大型本"
    r"|paperback|hardcover|ebook)[^\])】〉》」]*[\])】〉》」]"
    r"|\s(?:kindle|電子書籍)\s?版$"
)
_NO_LETTER = re.compile(r"[\W_]+")


def _unreached_items(checked: CheckedCatalog) -> Iterator[Finding]:
    """Yield the items in use that no mapping, fallback, front matter, post or template names."""
    catalog, today = checked.site.catalog, checked.site.now.date()
    named: set[str | None] = set(_in_front_matter(checked))
    for mapping in catalog.mappings.values():
        if not mapping.exclude:
            named.update(catalog.items_of(mapping))
    for block in catalog.blocks:
        named.update(block.fallback)
    for item in catalog.items.values():
        named.add(item.fallback)
        named.update(variant.item for variant in item.variants)
    in_use = [item for item in catalog.items.values() if not item.has_ended(today)]
    left = [item for item in in_use if item.id not in named]
    if not left:
        return
    by_hand = _by_hand(checked)
    for item in left:
        if item.id not in by_hand:
            yield _finding(checked, UNREACHED_ITEM, item)


def _expiring_items(checked: CheckedCatalog) -> Iterator[Finding]:
    """Yield the items whose last day is within the next month."""
    today = checked.site.now.date()
    for item in checked.site.catalog.items.values():
        until = item.validity.until
        if until and not item.retired and today <= until <= today + _SOON:
            replaced = message("check.replaced-by", item=item.fallback) if item.fallback else ""
            last = message("check.last-day", day=str(until), replaced=replaced)
            yield _finding(checked, EXPIRES_SOON, item, last)


def _old_prices(checked: CheckedCatalog) -> Iterator[Finding]:
    """Yield the prices that builds leave out, and those that they will within a week."""
    site = checked.site
    today, days = site.now.date(), timedelta(days=site.catalog.site.price_days)
    for item in site.catalog.goods.values():
        if item.has_ended(today):
            continue
        for price in [item.price, *(shop.price for shop in item.shops)]:
            if price is None or today < price.day + days - _WEEK:
                continue
            last = price.day + days
            code = "check.price-until" if today <= last else "check.price-over"
            detail = message(code, price=price.amount, day=str(price.day), last=str(last))
            yield _finding(checked, OLD_PRICE, item, detail)


def _old_pages(checked: CheckedCatalog) -> Iterator[Finding]:
    """Yield a finding if something has begun or ended since the site was last built."""
    site, built = checked.site, checked.built
    files = [built.file(post.url) for post in site.posts_and_pages]
    times = [(built.folder / file).stat().st_mtime for file in files if file]
    if not times:
        return
    built_on = datetime.fromtimestamp(max(times), site.config.zone).date()
    due = next_build(site.catalog, built_on)
    if due and due <= site.now.date():
        detail = message("check.outdated-since", built=str(built_on), day=str(due))
        yield Finding(OUTDATED, "", "", NOWHERE, detail=detail)


def _same_items(checked: CheckedCatalog) -> Iterator[Finding]:
    """Yield each item in use that is the same as an earlier one, in a different form or not."""
    known: dict[tuple[str, ...], Item] = {}
    for item in checked.site.catalog.items.values():
        if not isinstance(item, Good) or item.retired:
            continue
        for key in _identities(item):
            other = known.setdefault(key, item)
            if other is not item:
                place = checked.places.catalog.of_item(other.id)
                same = message(f"check.same-{key[0]}", item=other.id, line=place.line)
                yield _finding(checked, SAME_ITEM, item, same)
                break


def _identities(item: Good) -> Iterator[tuple[str, ...]]:
    """Yield the values that the same item shares, each with its kind first."""
    if item.asin:
        yield "asin", item.asin
    if item.url:
        yield "address", item.url
    if isinstance(item, Book):
        title, author = _plain(_EDITION.sub("", fold(item.title))), _plain(fold(item.author or ""))
        if title:
            yield "title", title, author


def _plain(text: str) -> str:
    return _NO_LETTER.sub("", text)


def _in_front_matter(checked: CheckedCatalog) -> Iterator[str]:
    for post in checked.site.posts_and_pages:
        for key in ITEM_KEYS:
            yield from post.override.items(key) or ()


def _by_hand(checked: CheckedCatalog) -> set[str]:
    """Return the items that posts, pages and templates include or link themselves."""
    files, catalog = checked.places.files, checked.site.catalog
    items: set[str] = set()
    for file in (*files.of_pages.values(), *files.templates):
        text = files.text(file)
        if "/go/" in text:
            items.update(_REDIRECT.findall(text))
        if "linkmgr.html" in text:
            for tag in inclusions(text.encode()):
                if tag.item:
                    items.add(tag.item)
                if tag.compare and (comparison := catalog.comparisons.get(tag.compare)):
                    items.update(comparison.items)
    return items


def _finding(
    checked: CheckedCatalog, code: CheckCode, item: Item, detail: Message | None = None
) -> Finding:
    return Finding(code, item.id, "", checked.places.catalog.of_item(item.id), detail=detail)


# Mappings that match no post, and tags that are written in several ways.


def _unmatched_mappings(checked: CheckedCatalog) -> Iterator[Finding]:
    """Yield the mappings that match no post, with the first term that no post has."""
    site = checked.site
    unmatching = unmatched(site.catalog.mappings.values(), site.posts_and_pages, site.texts)
    used = terms_of_posts(site.posts_and_pages, site.texts) if unmatching else {}
    for before, mapping in enumerate(unmatching):
        missing = next(missing_terms(mapping, used), None)
        place = checked.places.catalog.place("mappings", mapping.id)
        detail = missing and missing.message(used, before=before)
        yield Finding(UNMATCHED_MAPPING, mapping.id, "", place, detail=detail)


def _unshown_items(checked: CheckedCatalog) -> Iterator[Finding]:
    """Yield the items of rules that no post shows."""
    site = checked.site
    readers = [Readers(Resolver(site.catalog, checked.prepared, site.now.date()), site.posts)]
    if site.pages:
        readers.append(Readers(site.page_resolver, site.pages))
    for unshown in find_unshown(site.catalog, readers, site.texts):
        item = site.catalog.items[unshown.item]
        yield _finding(checked, UNSHOWN_ITEM, item, unshown.why)


def _tag_spellings(checked: CheckedCatalog) -> Iterator[Finding]:
    """Yield the tags, of posts and of mappings, that others write in another width or case."""
    posts: dict[str, dict[str, list[Post]]] = defaultdict(lambda: defaultdict(list))
    for post in checked.site.posts_and_pages:
        for tag in dict.fromkeys(map(str, post.tags)):
            posts[term(tag)][tag.strip()].append(post)
    for spellings in posts.values():
        counts = Counter({written: len(tagged) for written, tagged in spellings.items()})
        for written, other in _unusual(counts):
            first = spellings[written][0]
            place = _place_of_tag(checked, first, written)
            for post in spellings[written]:
                page = checked.page_of(post)
                yield Finding(TAG_SPELLING, written, page, place, detail=other)
    yield from _spellings_in_mappings(checked, posts)


def _spellings_in_mappings(
    checked: CheckedCatalog, posts: Mapping[str, Mapping[str, list[Post]]]
) -> Iterator[Finding]:
    spellings: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for mapping in checked.site.catalog.mappings.values():
        for part, terms in (("any", mapping.any_of), ("all", mapping.all_of)):
            for tag in terms.tags:
                spellings[term(tag)].setdefault(tag, ("mappings", mapping.id, part, "tags"))
    for folded, written_at in spellings.items():
        known = posts.get(folded, {})
        counts = Counter({written: len(known.get(written, ())) for written in written_at})
        for written, other in _unusual(counts):
            place = checked.places.catalog.place(*written_at[written])
            yield Finding(TAG_SPELLING, written, "", place, detail=other)


def _unusual(counts: Counter[str]) -> Iterator[tuple[str, Message]]:
    """Yield all spellings of a tag but the usual one, each with what to say about it.

    That is the most frequent, and among several the one in plain width.
    """
    usual, *others = sorted(counts, key=lambda tag: (-counts[tag], normalize("NFKC", tag) != tag))
    for written in others:
        yield written, message("check.usual-spelling", usual=usual, count=counts[usual])


def _place_of_tag(checked: CheckedCatalog, post: Post, tag: str) -> Location:
    place = checked.places.of_post(post)
    line = _line_in_front_matter(checked.places.files.text(place.file), tag)
    return Location(place.file, line, "tags")


_END = re.compile(r"(?:---|\.\.\.)\s*")


def _line_in_front_matter(text: str, value: str) -> int:
    """Return the first line below the opening one that has a value as words; 0 for none."""
    words = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)")
    for number, line in enumerate(text.splitlines()[1:], 2):
        if _END.fullmatch(line):
            break
        if words.search(line.partition(":")[2] if ":" in line else line):
            return number
    return 0


_RULES = (
    _unreached_items,
    _expiring_items,
    _old_prices,
    _old_pages,
    _same_items,
    _unmatched_mappings,
    _tag_spellings,
)


def catalog_findings(checked: CheckedCatalog) -> Iterator[Finding]:
    """Yield the findings of the catalog, and of the names in front matter."""
    for rule in _RULES:
        yield from rule(checked)
    site = checked.site
    unknown = [*unknown_items(site.root, site.config, site.posts_and_pages, site.catalog)]
    for post, name, problem in unknown:
        yield _unknown(checked, post, name, problem)
    for tag in tag_problems(site):
        if tag.missing:
            yield _unknown(checked, tag.post, tag.missing, tag.problem)
    if not unknown:  # a resolver cannot place what front matter names
        yield from _unshown_items(checked)


def _unknown(checked: CheckedCatalog, post: Post, name: str, problem: Problem) -> Finding:
    """Return the finding about a name in a post that the catalog lacks."""
    place = problem.within(str(checked.site.root / checked.site.config.source)).location
    return Finding(UNKNOWN_ITEM, name, checked.page_of(post), place, detail=problem.message)
