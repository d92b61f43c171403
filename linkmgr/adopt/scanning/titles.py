"""Titles of products, from wherever the site or its catalog names them; the most frequent wins."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from linkmgr.adopt.post.model import OldPost
from linkmgr.adopt.post.parsed_post import ParsedPost
from linkmgr.adopt.post.phrases import is_edition, is_label
from linkmgr.catalog.model import Catalog
from linkmgr.links.isbn import asin_problem

Frequencies = tuple[tuple[str, int], ...]
"""Texts with their counts, the most frequent first."""


def by_frequency(values: Iterable[str | None]) -> Frequencies:
    """Return the texts with their counts, the most frequent first, without empty ones."""
    return tuple(Counter(value for value in values if value).most_common())


def most_frequent(values: Iterable[str]) -> str:
    """Return the most frequent text, empty where there is none."""
    frequencies = by_frequency(" ".join(value.split()) for value in values)
    return frequencies[0][0] if frequencies else ""


# Longer texts are sentences about a product.
_LONGEST = 120


def titles_in(parsed: ParsedPost) -> tuple[tuple[str, str], ...]:
    """Return the ASINs to which a post's links lead, each with a text that may be its title."""
    return tuple(dict.fromkeys(_titles(parsed)))


def _titles(parsed: ParsedPost) -> Iterator[tuple[str, str]]:
    for anchor in parsed.all_anchors():
        link, text = parsed.link(anchor), " ".join(anchor.text.split())
        if link is None or link.asin is None or asin_problem(link.asin):
            continue
        if text and len(text) <= _LONGEST and not (is_label(text) or is_edition(text)):
            yield link.asin, text


def site_titles(
    posts: Iterable[OldPost], catalog: Catalog, given: Mapping[str, str]
) -> Mapping[str, str]:
    """Return the title of each product that is named anywhere, by ASIN.

    The catalog's comes first, then the one `given` by the owner, then that of a book in a block,
    then the text of any other link; of several the most frequent.
    """
    posts = list(posts)
    linked = (pair for post in posts for pair in post.titles)
    booked = (
        (book.asin, " ".join(book.title.split()))
        for post in posts
        for block in post.blocks
        for book in block.books
    )
    known = ((good.asin, good.title) for good in catalog.goods.values() if good.asin)
    return {**_usual(linked), **_usual(booked), **given, **dict(known)}


def _usual(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    texts: dict[str, list[str]] = {}
    for asin, text in pairs:
        texts.setdefault(asin, []).append(text)
    return {asin: by_frequency(found)[0][0] for asin, found in texts.items() if any(found)}
