"""The terms of a site, as forms offer and check them: how many posts have which, and what is near.

A keyword that no mapping has yet is counted in the articles, which have to be read for it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from typing import Any, Final

from linkmgr.resolver.model import CATEGORY, KEYWORD, TAG, Cause
from linkmgr.resolver.resolve import PreparedPosts
from linkmgr.resolver.statistics import term

TAGS, CATEGORIES, KEYWORDS = "tags", "categories", "keywords"

_CAUSES: Final[Mapping[str, Cause]] = {TAGS: TAG, CATEGORIES: CATEGORY, KEYWORDS: KEYWORD}

# Terms near one that finds nothing: as many are counted, and as many offered.
_MOST_TRIED, _MOST_NEAR = 8, 3
# Of difflib's ratio, from 0 to 1: two of five letters may differ.
_LIKE = 0.6
# Letters of a term that is a part of another, which then are alike whatever else there is.
_SHORTEST_PART = 2


@dataclass(frozen=True, slots=True)
class CountedTerm:
    """A term, as its blog writes it, with how many posts have it.

    `near` are what would find posts in the place of one that finds none.
    """

    text: str
    posts: int
    near: tuple["CountedTerm", ...] = ()

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "CountedTerm":
        """Return the term that `asdict` gave."""
        near = tuple(map(cls.from_json, values["near"]))
        return cls(values["text"], values["posts"], near)


class SiteTerms:
    """The terms of posts in which `keywords`, as mappings write them, are counted.

    `read` returns the same posts with further ones counted. Kinds are the keys of mappings.
    """

    def __init__(
        self,
        prepared: PreparedPosts,
        keywords: Iterable[str],
        read: Callable[[Iterable[str]], PreparedPosts],
    ) -> None:
        self._prepared = prepared
        self._keywords = {term(keyword): keyword for keyword in keywords}
        self._read = read

    def known(self, kind: str, texts: Iterable[str]) -> list[CountedTerm]:
        """Return terms with their posts, without the keywords that are still to be counted."""
        return [
            CountedTerm(text, _posts_with(self._prepared, kind, text))
            for text in texts
            if kind != KEYWORDS or term(text) in self._keywords
        ]

    def count(self, kind: str, texts: Sequence[str]) -> list[CountedTerm]:
        """Return terms with their posts, and for each that finds none what would."""
        prepared = self._counting(kind, texts)
        finding = {text: _posts_with(prepared, kind, text) for text in texts}
        likely = {text: self._likely(kind, text) for text, posts in finding.items() if not posts}
        prepared = self._counting(kind, [each for some in likely.values() for each in some])
        near = {
            text: [CountedTerm(each, _posts_with(prepared, kind, each)) for each in some]
            for text, some in likely.items()
        }
        return [
            CountedTerm(text, posts, tuple(e for e in near.get(text, ()) if e.posts)[:_MOST_NEAR])
            for text, posts in finding.items()
        ]

    def find(self, kind: str, typed: str, most: int) -> list[CountedTerm]:
        """Return the terms that have some words, those that begin with them and most used first."""
        start, words = term(typed), term(typed).split()
        found = [
            CountedTerm(text, _posts_with(self._prepared, kind, text))
            for folded, text in self._written[kind].items()
            if all(word in folded for word in words)
        ]
        found.sort(key=lambda each: (not term(each.text).startswith(start), -each.posts))
        return found[:most]

    def _counting(self, kind: str, texts: Iterable[str]) -> PreparedPosts:
        """Return the posts, read again if some of these are keywords that are not counted yet."""
        unknown = {text for text in texts if kind == KEYWORDS and term(text) not in self._keywords}
        return self._read(unknown) if unknown else self._prepared

    def _likely(self, kind: str, text: str) -> list[str]:
        """Return the terms of the blog that are most like one; as keywords, tags are, too."""
        rated = {
            written: _likeness(term(text), folded)
            for each in ((KEYWORDS, TAGS) if kind == KEYWORDS else (kind,))
            for folded, written in self._written[each].items()
        }
        likely = [written for written, likeness in rated.items() if likeness >= _LIKE]
        likely.sort(key=lambda written: -rated[written])
        return likely[:_MOST_TRIED]

    @cached_property
    def _written(self) -> Mapping[str, Mapping[str, str]]:
        """The terms by kind and by the form in which they are compared."""
        posts = self._prepared.posts
        return {
            TAGS: _spellings(post.tags for post in posts),
            CATEGORIES: _spellings(post.categories for post in posts),
            KEYWORDS: self._keywords,
        }


def _posts_with(prepared: PreparedPosts, kind: str, text: str) -> int:
    return len(prepared.by_term.get((_CAUSES[kind], term(text)), ()))


def _spellings(lists: Iterable[Iterable[Any]]) -> dict[str, str]:
    """Return terms by the form in which they are compared, as the first of the lists has them."""
    found: dict[str, str] = {}
    for texts in lists:
        for text in map(str, texts):
            found.setdefault(term(text), text)
    return found


def _likeness(one: str, other: str) -> float:
    """Return how alike two folded terms are, from 0 to 1; a part of the other is from 0.6 on."""
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) >= _SHORTEST_PART and shorter in longer:
        return _LIKE + (1 - _LIKE) * len(shorter) / len(longer)
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= _LIKE else 0.0
