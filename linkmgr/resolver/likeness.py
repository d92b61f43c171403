"""What two posts have in common: tags and categories, the words of their titles and texts.

All of it is counted among the posts of one language: those of another have nothing in common with
them, and do not say what is rare among them.
"""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from math import log, sqrt
from typing import NamedTuple

from linkmgr.posts.article.titles import title_text
from linkmgr.posts.article.words import COMMON_WORDS
from linkmgr.posts.model import Post
from linkmgr.resolver.fold import fold
from linkmgr.resolver.model import CATEGORY, TAG, TIME, TITLE, WORDS, DaysApart, Reason
from linkmgr.resolver.statistics import terms
from linkmgr.resolver.vocabulary import Numbers, Vocabulary, postings

# Candidates for a post: of each tag and category the posts nearest in time on either side, and
# those that share rare words. The best of each kind are compared in full.
NEAREST = 12
COMPARED = 12

# A tag or a category counts by its rarity, and one that nearly all posts have says nothing. A dozen
# posts do not show how rare it is: it is taken to be lacking in a few posts more.
UNSEEN = 4
NEARLY_ALL = 0.8
# What the same words in titles and texts are worth next to the same tags. A title that is a fifth
# alike is enough by itself, and a text that is a sixth alike.
TITLE_SHARE = 0.4
WORDS_SHARE = 0.5
# Of posts that have as much in common the one published at about the same time is the better, by
# this much, and by half of it a year apart. The nearest rather than the newest: so links spread
# over all posts of a theme, and a new post changes the pages of those near it alone.
NEARNESS = 0.2
DAY = 86_400
YEAR = 365.25 * DAY
# The words of titles that differ in numbers alone, of so many posts ("Happy New Year 2019"), say
# what kind of post it is, not what it is about.
SERIES = 3
# Weights of words are whole numbers: this many to one.
PRECISION = 1024
# Less than this of the words in common is chance.
CHANCE = 0.05
# Added to what an article's words weigh: one that has few is not about those alone.
FEW_WORDS = 30 * PRECISION
# Shared words that explain why.
WORDS_SHOWN = 5

_PARTS = re.compile(
    r"[0-9a-z\u00df-\u024f]+|[\u0400-\u04ff]+|[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]+"
)
# A number or the part of a version.
_NUMBER = re.compile(r"(?:v|pre|alpha|beta|rc)?\d+")


class Likeness(NamedTuple):
    """What two posts have in common: shares of the terms, the titles and the words, each 0 to 1.

    `nearness` is 1 for posts of the same moment and 1/2 for a year apart. `evidence` is what speaks
    for the two being about the same, `score` a little more for posts of about the same time.
    """

    terms: float
    title: float
    words: float
    nearness: float
    evidence: float
    score: float


class ComparedPosts:
    """The live posts of a site, known by their positions in its order."""

    def __init__(self, posts: Sequence[Post]) -> None:
        self._posts = posts
        self._times = [post.date.timestamp() for post in posts]
        self._posts_in = Counter(post.language for post in posts)
        self._names = Numbers()
        self._terms = [
            self._names.of(p.language, (*terms(p.tags), *terms(p.categories))) for p in posts
        ]
        self._with_term = postings(self._terms)
        if common := frozenset(
            t for t, having in self._with_term.items() if self._is_common(having)
        ):
            self._terms = [each - common for each in self._terms]
        self._term_weight = {term: self._rarity(having) for term, having in self._with_term.items()}
        weight_of = self._term_weight.__getitem__
        self._term_norms = [sqrt(1 + sum(map(weight_of, each))) for each in self._terms]
        self.wordings = [_NUMBER.sub("", fold(title_text(post.title))) for post in posts]
        self.titles = self._vocabulary_of_titles()

    def _among(self, having: Sequence[int]) -> int:
        """Return how many posts there are in the language of those that have something."""
        return self._posts_in[self._posts[having[0]].language]

    def _is_common(self, having: Sequence[int]) -> bool:
        return len(having) > NEARLY_ALL * (self._among(having) + UNSEEN)

    def _rarity(self, having: Sequence[int]) -> float:
        number = self._among(having) + UNSEEN
        return log(number / len(having)) / log(number)

    def _word_weight(self, having: Sequence[int]) -> int:
        return round(log((self._among(having) + 1) / len(having)) ** 2 * PRECISION)

    def _vocabulary_of_titles(self) -> Vocabulary:
        series = Counter(zip((p.language for p in self._posts), self.wordings, strict=True))
        in_series = [
            series[post.language, wording] >= SERIES
            for post, wording in zip(self._posts, self.wordings, strict=True)
        ]

        def formulaic(having: Sequence[int]) -> bool:
            return 2 * sum(map(in_series.__getitem__, having)) >= len(having)

        numbers = Numbers()
        parts = [numbers.of(post.language, _parts(post.title)) for post in self._posts]
        return Vocabulary(parts, self._word_weight, formulaic)

    @cached_property
    def words(self) -> Vocabulary:
        """The words of the articles."""
        words = [self._names.of(post.language, post.words.split()) for post in self._posts]
        return Vocabulary(words, self._word_weight, self._is_common, FEW_WORDS)

    def candidates(self, position: int) -> set[int]:
        """Return the positions of the posts that may have most in common with a post."""
        shared: defaultdict[int, float] = defaultdict(float)
        for term in sorted(self._terms[position]):
            weight = self._term_weight[term]
            for other in _nearest(self._with_term[term], position):
                shared[other] += weight
        shared.pop(position, None)
        best = sorted(shared, key=lambda other: (-shared[other], abs(other - position)))[:COMPARED]
        return {
            *best,
            *self.titles.likely(position, COMPARED),
            *self.words.likely(position, COMPARED),
        }

    def likeness(self, position: int, other: int) -> Likeness:
        """Return what two posts have in common."""
        shared = sum(map(self._term_weight.__getitem__, self._shared_terms(position, other)))
        terms = shared / (self._term_norms[position] * self._term_norms[other])
        title = _beyond_chance(self.titles.similarity(position, other))
        words = _beyond_chance(self.words.similarity(position, other))
        nearness = 1 / (1 + abs(self._times[position] - self._times[other]) / YEAR)
        evidence = terms + TITLE_SHARE * title + WORDS_SHARE * words
        score = round(evidence * (1 + NEARNESS * nearness), 9)
        return Likeness(terms, title, words, nearness, evidence, score)

    def _shared_terms(self, position: int, other: int) -> frozenset[int]:
        return self._terms[position] & self._terms[other]

    def reasons(self, position: int, other: int) -> list[Reason]:
        """Return why two posts are alike, the strongest first; the points add up to the score."""
        found = self.likeness(position, other)
        reasons = [
            *self._term_reasons(position, other, found.terms),
            Reason(TITLE, "", TITLE_SHARE * found.title, found.title),
            Reason(WORDS, self._shared_words(position, other), WORDS_SHARE * found.words),
            Reason(
                TIME, "", NEARNESS * found.nearness * found.evidence, self._apart(position, other)
            ),
        ]
        reasons = [reason for reason in reasons if reason.points]
        return sorted(reasons, key=lambda reason: (-reason.points, reason.term))

    def _term_reasons(self, position: int, other: int, points: float) -> Iterator[Reason]:
        post = self._posts[position]
        tags = {*terms(self._posts[other].tags)}
        shared = {
            number: (cause, str(written))
            for cause, values in ((CATEGORY, post.categories), (TAG, post.tags))
            for written in values
            for number in self._names.of(post.language, terms((written,)))
            if number in self._terms[other]
        }
        total = sum(self._term_weight[number] for number in shared)
        for number, (cause, written) in shared.items():
            having = self._with_term[number]
            yield Reason(
                TAG if cause == TAG and tags.intersection(terms((written,))) else CATEGORY,
                written,
                points * self._term_weight[number] / total,
                (len(having), self._among(having)),
            )

    def _shared_words(self, position: int, other: int) -> str:
        post, words = self._posts[position], {*self._posts[other].words.split()}
        weights = {
            word: self.words.weight(number)
            for word in post.words.split()
            if word in words
            for number in self._names.of(post.language, (word,))
        }
        return ", ".join(sorted(weights, key=lambda word: -weights[word])[:WORDS_SHOWN])

    def _apart(self, position: int, other: int) -> DaysApart:
        return DaysApart(round(abs(self._times[position] - self._times[other]) / DAY))


def _beyond_chance(similarity: float) -> float:
    return similarity if similarity >= CHANCE else 0.0


def _parts(title: object) -> frozenset[str]:
    """Return a title's telling words and, of Japanese, its pairs of characters; no numbers."""
    parts: set[str] = set()
    for run in _PARTS.findall(fold(title_text(title))):
        if run[0] < "\u0500" or len(run) == 1:
            parts.add(run)
        else:
            parts.update(map("".join, pairwise(run)))
    return frozenset(p for p in parts if p not in COMMON_WORDS and not _NUMBER.fullmatch(p))


def _nearest(having: list[int], position: int) -> list[int]:
    """Return the positions nearest to `position`, posts being in order of time."""
    if len(having) <= 2 * NEAREST:
        return having
    middle = bisect_left(having, position)
    start = max(0, min(middle - NEAREST, len(having) - 2 * NEAREST))
    return having[start : start + 2 * NEAREST]
