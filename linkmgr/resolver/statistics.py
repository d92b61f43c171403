"""How rare each tag, category and keyword is on this site."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log, sqrt
from typing import Any

from linkmgr.posts.model import Post
from linkmgr.resolver.fold import fold
from linkmgr.resolver.model import KeywordCounts, PostText

# Evidence is measured in units of what an item needs to be shown: 1.0 is just enough.
#
# A tag or a category is the author's own word for what the post is about. One that every post
# carries is more than enough by itself; a rare one outweighs the keywords of all but the posts that
# are about nothing else (the relevant books of the judged posts reach 4.4 by keywords in the
# median, and 20 at most).
STATED = 4.0
RARITY = 16.0

# A keyword counts by the part of the post it is in. Weights of 3 to 8 for the title and 1 to 5 for
# the headings gave the same results within noise on the 60 judged posts (`make relevance`).
TITLE_WEIGHT, HEADING_WEIGHT, EXCERPT_WEIGHT, BODY_WEIGHT = 5, 3, 3, 1
# Mentions that mean nothing yet, on top of those expected from the site's average.
CHANCE = 3.0
# A post of this many bytes (10,000 Japanese characters, 5,000 English words) is taken as it is; a
# longer one must mention a keyword more often, by the square root of its length.
USUAL_LENGTH = 30_000
SHORTEST = 2_000
# A keyword that more than this share of the posts has is a word that any article uses, or that any
# title has. A dozen posts do not show that: some more are taken to lack it.
COMMON, UNSEEN = 0.6, 10
# The evidence, counted in mentions, at which the judged posts' relevant books part from the others.
ENOUGH_MENTIONS = 11.5


@lru_cache(maxsize=65_536)
def term(text: str) -> str:
    """Return the form in which a tag, a category or a keyword is compared."""
    return fold(text).strip()


def terms(values: Iterable[Any]) -> tuple[str, ...]:
    """Return each tag or category once, in the form in which it is compared."""
    return tuple(dict.fromkeys(term(str(value)) for value in values))


@dataclass(frozen=True, slots=True)
class Statistics:
    """Frequencies over a site's posts.

    `mentions` of keywords are weighted as in `weighted`; `mentioning` counts the posts with each,
    `titled` those with it in the title.
    """

    posts: int
    tags: Mapping[str, int]
    categories: Mapping[str, int]
    mentions: Mapping[str, int]
    mentioning: Mapping[str, int]
    titled: Mapping[str, int]
    length: int

    @classmethod
    def of_posts(cls, posts: Iterable[Post], texts: Mapping[str, PostText]) -> "Statistics":
        """Collect the statistics of `posts`, whose texts are found by path."""
        tags: Counter[str] = Counter()
        categories: Counter[str] = Counter()
        mentions: Counter[str] = Counter()
        mentioning: Counter[str] = Counter()
        titled: Counter[str] = Counter()
        number = length = 0
        for post in posts:
            number += 1
            tags.update(terms(post.tags))
            categories.update(terms(post.categories))
            text = texts[post.path]
            length += text.length
            mentioning.update(text.counts.keys())
            for keyword, counts in text.counts.items():
                mentions[keyword] += weighted(counts)
                if counts.title:
                    titled[keyword] += 1
        return cls(number, tags, categories, mentions, mentioning, titled, length)

    def stated(self, posts_with_term: int) -> float:
        """Return the evidence of a tag or category that this many posts have.

        `STATED` plus `RARITY` times the inverse document frequency log(N / n), scaled to 0..1 by
        its largest value log N (Spärck Jones 1972, "A statistical interpretation of term
        specificity").
        """
        return _stated(posts_with_term, self.posts)

    def is_common(self, keyword: str, counts: KeywordCounts) -> bool:
        """Whether a keyword may be in any article of the site; in a title, in any title."""
        having = self.titled if counts.title else self.mentioning
        return having.get(keyword, 0) > COMMON * (self.posts + UNSEEN)

    def mentioned(self, text: PostText) -> Iterator[tuple[str, float]]:
        """Yield a post's keywords, each with its evidence.

        With c weighted mentions where the site's average predicts e, it is c * c / (c + e): nearly
        c for a rare keyword, next to nothing for one as common in every post. On the judged posts
        this frequency within the texts separates relevant from off-topic books better than the
        number of posts with the keyword.
        """
        share, enough = self._share(text), _enough(text)
        usual = self.mentions
        for keyword, counts in text.counts.items():
            mentions = weighted(counts)
            expected = CHANCE + usual.get(keyword, 0) * share
            yield keyword, mentions * mentions / (mentions + expected) / enough

    def evidence(self, keyword: str, text: PostText) -> float:
        """Return the evidence of one keyword that a post has."""
        mentions = weighted(text.counts[keyword])
        expected = CHANCE + self.mentions.get(keyword, 0) * self._share(text)
        return mentions * mentions / (mentions + expected) / _enough(text)

    def _share(self, text: PostText) -> float:
        return text.length / max(self.length, 1)


def _enough(text: PostText) -> float:
    return sqrt(max(text.length, SHORTEST) / USUAL_LENGTH) * ENOUGH_MENTIONS


@lru_cache(maxsize=65_536)
def _stated(posts_with_term: int, posts: int) -> float:
    if posts <= 1:  # a site of one post knows no rarity
        return STATED + RARITY
    return STATED + RARITY * log(posts / posts_with_term) / log(posts)


def weighted(counts: KeywordCounts) -> int:
    """Return the mentions of a keyword, weighted by the part of the post."""
    title, headings, excerpt, body = counts
    return (
        TITLE_WEIGHT * title
        + HEADING_WEIGHT * headings
        + EXCERPT_WEIGHT * excerpt
        + BODY_WEIGHT * body
    )
