"""Items that nothing shows, that expire soon, or that are in the catalog twice."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from linkmgr.catalog.items import Book, Good, Item
from linkmgr.check.catalog.model import CheckedCatalog
from linkmgr.check.findings.codes import EXPIRES_SOON, SAME_ITEM, UNREACHED_ITEM
from linkmgr.check.findings.model import CheckCode, Finding
from linkmgr.messages.message import Message, message
from linkmgr.posts.article.inclusions import inclusions
from linkmgr.resolver.fold import fold

_SOON = timedelta(days=31)
_REDIRECT = re.compile(r"/go/([a-z0-9-]+)")

# What shops add to a title for the same book in another form.
_EDITION = re.compile(
    r"[\[(【〈《「][^\])】〉》」]*(?:kindle|電子|文庫|新書|単行本|ペーパーバック|大型本"
    r"|paperback|hardcover|ebook)[^\])】〉》」]*[\])】〉》」]"
    r"|\s(?:kindle|電子書籍)\s?版$"
)
_NO_LETTER = re.compile(r"[\W_]+")


def unreached_items(checked: CheckedCatalog) -> Iterator[Finding]:
    """Yield the items in use that no mapping, fallback, front matter, post or template names."""
    catalog, today = checked.site.catalog, checked.site.now.date()
    named = {
        *(i for m in catalog.mappings.values() if not m.exclude for i in m.items),
        *(item for block in catalog.blocks for item in block.fallback),
        *(item.fallback for item in catalog.items.values() if item.fallback),
        *_in_front_matter(checked),
    }
    left = [item for item in catalog.items.values() if item.id not in named]
    left = [item for item in left if not (item.retired or _has_ended(item, today))]
    if not left:
        return
    by_hand = _by_hand(checked)
    for item in left:
        if item.id not in by_hand:
            yield _finding(checked, UNREACHED_ITEM, item)


def expiring_items(checked: CheckedCatalog) -> Iterator[Finding]:
    """Yield the items whose last day is within the next month."""
    today = checked.site.now.date()
    for item in checked.site.catalog.items.values():
        until = item.validity.until
        if until and not item.retired and today <= until <= today + _SOON:
            replaced = message("check.replaced-by", item=item.fallback) if item.fallback else ""
            last = message("check.last-day", day=str(until), replaced=replaced)
            yield _finding(checked, EXPIRES_SOON, item, last)


def same_items(checked: CheckedCatalog) -> Iterator[Finding]:
    """Yield each item in use that is another one before it, in a different form or not."""
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
    """Yield by what another item is the same: the kind of it first."""
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


def _has_ended(item: Item, today: date) -> bool:
    return item.validity.until is not None and item.validity.until < today


def _in_front_matter(checked: CheckedCatalog) -> Iterator[str]:
    for post in checked.site.posts_and_pages:
        override = post.override
        for chosen in (override.books, override.products, override.cta):
            yield from chosen or ()


def _by_hand(checked: CheckedCatalog) -> set[str]:
    """Return the items that posts, pages and templates include or link themselves."""
    files = checked.places.files
    found: set[str] = set()
    for file in (*files.of_pages.values(), *files.templates):
        text = files.text(file)
        if "/go/" in text:
            found.update(_REDIRECT.findall(text))
        if "linkmgr.html" in text:
            found.update(each.item for each in inclusions(text.encode()) if each.item)
    return found


def _finding(
    checked: CheckedCatalog, code: CheckCode, item: Item, detail: Message | None = None
) -> Finding:
    return Finding(code, item.id, "", checked.places.catalog.of_item(item.id), detail=detail)
