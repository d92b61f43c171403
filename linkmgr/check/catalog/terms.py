"""Mappings that match no post, and tags that are written in several ways."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from unicodedata import normalize

from linkmgr.builder.warnings import missing_terms, terms_of_posts
from linkmgr.check.catalog.model import CheckedCatalog
from linkmgr.check.findings.codes import TAG_SPELLING, UNMATCHED_MAPPING
from linkmgr.check.findings.model import Finding
from linkmgr.check.sources.front_matter import line_in_front_matter
from linkmgr.messages.errors import Location
from linkmgr.messages.message import Message, message
from linkmgr.posts.model import Post
from linkmgr.resolver.rules import unmatched
from linkmgr.resolver.statistics import term


def unmatched_mappings(checked: CheckedCatalog) -> Iterator[Finding]:
    """Yield the mappings that match no post, with the first term that no post has."""
    site = checked.site
    found = unmatched(site.catalog.mappings.values(), site.posts_and_pages, site.texts)
    there = terms_of_posts(site.posts_and_pages) if found else {}
    for mapping in found:
        missing = next((problem for _, problem in missing_terms(mapping, there)), None)
        place = checked.places.catalog.place("mappings", mapping.id)
        yield Finding(UNMATCHED_MAPPING, mapping.id, "", place, detail=missing)


def tag_spellings(checked: CheckedCatalog) -> Iterator[Finding]:
    """Yield the tags, of posts and of mappings, that others write in another width or case."""
    posts: dict[str, dict[str, list[Post]]] = defaultdict(lambda: defaultdict(list))
    for post in checked.site.posts_and_pages:
        for tag in dict.fromkeys(map(str, post.tags)):
            posts[term(tag)][tag.strip()].append(post)
    for spellings in posts.values():
        counts = Counter({written: len(found) for written, found in spellings.items()})
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
    """Yield all ways to write a tag but the usual one, with what to say of that.

    That is the most frequent, and of several the one in plain width.
    """
    usual, *others = sorted(counts, key=lambda tag: (-counts[tag], normalize("NFKC", tag) != tag))
    for written in others:
        yield written, message("check.usual-spelling", usual=usual, count=counts[usual])


def _place_of_tag(checked: CheckedCatalog, post: Post, tag: str) -> Location:
    place = checked.places.of_post(post)
    line = line_in_front_matter(checked.places.files.text(place.file), tag)
    return Location(place.file, line, "tags")
