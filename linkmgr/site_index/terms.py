"""The terms of a site, as forms offer and check them: how many posts have which, and what is near.

A keyword that no mapping has yet is counted in the articles, which have to be read for it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from linkmgr.resolver.statistics import term
from linkmgr.site_index.posts import SiteIndex, TagKind

TAGS, CATEGORIES, KEYWORDS = "tags", "categories", "keywords"

_KINDS: Final[Mapping[str, TagKind]] = {
    TAGS: TagKind.TAG,
    CATEGORIES: TagKind.CATEGORY,
    KEYWORDS: TagKind.KEYWORD,
}

# Terms near one that finds nothing: as many are counted, and as many offered.
_MOST_TRIED, _MOST_NEAR = 8, 3
# Of difflib's ratio, from 0 to 1: two of five letters may differ.
_LIKE = 0.6
# Letters of a term that is a part of another, which then are alike whatever else there is.
_SHORTEST_PART = 2


@dataclass(frozen=True, slots=True)
class CountedTerm:
    """A term, as its blog writes it, with how many posts have it."""

    text: str
    posts: int
    near: tuple["CountedTerm", ...] = ()
    """What would find posts in the place of a term that finds none."""


class SiteTerms:
    """The terms of an index. `count_keywords` counts those that no mapping has yet in the articles.

    Kinds are the keys of mappings.
    """

    def __init__(
        self, index: SiteIndex, count_keywords: Callable[[Sequence[str]], Mapping[str, int]]
    ) -> None:
        self._index = index
        self._count_keywords = count_keywords

    def known(self, kind: str, texts: Iterable[str]) -> list[CountedTerm]:
        """Return terms with their posts, without the keywords that are still to be counted."""
        counted = [text for text in texts if self._is_counted(kind, text)]
        return [CountedTerm(text, self._posts_with(kind, text)) for text in counted]

    def count(self, kind: str, texts: Sequence[str]) -> list[CountedTerm]:
        """Return terms with their posts, and for each that finds none what would."""
        posts = self._counts_of(kind, texts)
        likely: dict[str, list[str]] = {}
        tried: list[str] = []
        for text in texts:
            if not posts[text]:
                likely[text] = self._likely(kind, text)
                tried += likely[text]
        posts |= self._counts_of(kind, tried)
        counted: list[CountedTerm] = []
        for text in texts:
            finding = [other for other in likely.get(text, ()) if posts[other]]
            near = [CountedTerm(other, posts[other]) for other in finding[:_MOST_NEAR]]
            counted.append(CountedTerm(text, posts[text], tuple(near)))
        return counted

    def find(self, kind: str, typed: str, most: int) -> list[CountedTerm]:
        """Return the terms that have some words, those that begin with them and most used first."""
        start, words = term(typed), term(typed).split()
        terms: list[CountedTerm] = []
        for folded, text in self._written(kind).items():
            if all(word in folded for word in words):
                terms.append(CountedTerm(text, self._posts_with(kind, text)))
        terms.sort(key=lambda counted: (not term(counted.text).startswith(start), -counted.posts))
        return terms[:most]

    def _counts_of(self, kind: str, texts: Sequence[str]) -> dict[str, int]:
        """Return the number of posts with each term, counting terms that are not counted yet."""
        unknown = [text for text in texts if not self._is_counted(kind, text)]
        counted = self._count_keywords(unknown) if unknown else {}
        return {text: counted.get(text) or self._posts_with(kind, text) for text in texts}

    def _is_counted(self, kind: str, text: str) -> bool:
        """Whether the index knows how many posts have a term; of other keywords it does not."""
        return kind != KEYWORDS or term(text) in self._index.keywords

    def _posts_with(self, kind: str, text: str) -> int:
        tag = _KINDS[kind], term(text)
        indexed = self._index.tags_by_key([tag]).get(tag)
        return indexed.posts if indexed else 0

    def _likely(self, kind: str, text: str) -> list[str]:
        """Return the terms of the blog that are most like one; as keywords, tags are, too."""
        kinds = (KEYWORDS, TAGS) if kind == KEYWORDS else (kind,)
        likely: dict[str, float] = {}
        for near_kind in kinds:
            for folded, written in self._written(near_kind).items():
                likeness = _likeness(term(text), folded)
                if likeness >= _LIKE:
                    likely[written] = likeness
        return sorted(likely, key=lambda written: -likely[written])[:_MOST_TRIED]

    def _written(self, kind: str) -> Mapping[str, str]:
        """Return the terms of a kind by how they are compared."""
        if kind == KEYWORDS:
            return self._index.keywords
        return self._index.written_tags[_KINDS[kind]]


def _likeness(one: str, other: str) -> float:
    """Return the likeness of two folded terms, 0 to 1; at least 0.6 if one is part of the other."""
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) >= _SHORTEST_PART and shorter in longer:
        return _LIKE + (1 - _LIKE) * len(shorter) / len(longer)
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= _LIKE else 0.0
