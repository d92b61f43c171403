"""Titles of products, from wherever the site or its catalog names them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from linkmgr.adopt.post.model import OldPost
from linkmgr.adopt.post.names import Naming, best_title, slug_of
from linkmgr.adopt.post.parsed_post import ParsedPost
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


# Longer texts of links are sentences about a product.
_LONGEST = 120


def namings_in(parsed: ParsedPost) -> tuple[Naming, ...]:
    """Return the names that a post's links give the products to which they lead."""
    namings: list[Naming] = []
    joined, end = "", -1
    before = ""
    for anchor in parsed.all_anchors():
        link = parsed.link(anchor)
        if link is None or link.asin is None or asin_problem(link.asin):
            before = ""
            continue
        slug = slug_of(anchor.url)
        namings.append(Naming(link.asin, anchor.text, slug, anchor.is_alt))
        # Several links beside each other may have a part of the title each.
        beside = before == link.asin and not parsed.raw[end : anchor.start].strip()
        joined = f"{joined} {anchor.text}" if beside and not anchor.is_alt else anchor.text
        if joined != anchor.text:
            namings.append(Naming(link.asin, joined, slug))
        before, end = link.asin, anchor.end
    return tuple(dict.fromkeys(naming for naming in namings if len(naming.text) <= _LONGEST))


def site_titles(
    posts: Iterable[OldPost], catalog: Catalog, given: Mapping[str, str]
) -> Mapping[str, str]:
    """Return the title of each product that is named anywhere, by ASIN.

    The catalog's comes first, then the best of what posts have in their blocks and links; where no
    block has one, the title `given` by the owner is before those of links.
    """
    in_blocks: set[str] = set()
    namings: dict[str, list[Naming]] = defaultdict(list)
    for post in posts:
        for naming in post.namings:
            namings[naming.asin].append(naming)
        for block in post.blocks:
            for book in block.books:
                in_blocks.add(book.asin)
                namings[book.asin].append(Naming(book.asin, book.title, is_name=book.is_named))
    titles: dict[str, str] = {}
    for asin, named in namings.items():
        if title := best_title(named):
            titles[asin] = title
    needed = given.keys() - in_blocks
    titles |= {asin: given[asin] for asin in needed if given[asin]}
    return titles | {good.asin: good.title for good in catalog.goods.values() if good.asin}
