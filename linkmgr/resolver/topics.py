"""Whether a post is about what the posts are about in which a keyword matters most.

A word alone misleads: `ethics` is mentioned everywhere and is the subject of few posts. The words
around it show which: the posts with the most evidence for a keyword are its core,
and the words of their titles, tags and excerpts its profile. This is Rocchio's relevance feedback
without anybody's feedback (Rocchio 1971, "Relevance feedback in information retrieval"). Nothing in
it depends on the mappings, so that an edit of one changes no other's evidence.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from heapq import nsmallest
from math import fsum, log1p, sqrt
from typing import NamedTuple
from unicodedata import normalize

from linkmgr.posts.article.titles import title_text
from linkmgr.posts.model import Post
from linkmgr.resolver.fold import fold
from linkmgr.resolver.statistics import term

# A word of a title, an excerpt: what begins with a letter, of Japanese the runs of katakana and of
# ideographs, which are nearly always words or compounds.
_WORDS = re.compile(
    r"[^\W\d_\u3041-\u30ff\u3400-\u9fff][^\W_\u3041-\u30ff\u3400-\u9fff]+"
    r"|[\u30a1-\u30ff]{2,}|[\u3400-\u9fff]{2,}"
)
_LONGEST = 10_000  # characters of a title or an excerpt that are read
TITLE_WEIGHT, TAG_WEIGHT, EXCERPT_WEIGHT = 2, 2, 1

# The core grows with the root of the site; on the judged posts 10 to 40 gave the same results.
SMALLEST_CORE, LARGEST_CORE, CORE_SHARE = 2, 20, 0.4
# Evidence below this is a passing mention, whatever the post is about.
PASSING = 0.1
# A keyword counts three fifths in a post that is no nearer to its core than the site's average, and
# double in one like the core. Where nothing is known, and by half on a site of `HALF_TRUSTED`
# posts, a post is taken to be somewhat nearer than the average.
LEAST, SPAN = 0.6, 1.4
UNKNOWN = 0.2
HALF_TRUSTED = 100
# What rounding leaves of a difference of likenesses that is none, as where all posts are alike.
NO_SPAN = 1e-9

_MOST_WORDS = 3

Vector = Mapping[str, float]


class _Profile(NamedTuple):
    """A keyword's core: its positions, the mean of its vectors, and the likenesses to it.

    `usual` is the likeness of the site's average, `span` how far above it the core is.
    """

    core: frozenset[int]
    words: Vector
    usual: float
    span: float


class PostVectors:
    """The words of each post of a site, by position, and of the site's average.

    They do not depend on the catalog. `usual` are the posts' likenesses to the average.
    """

    def __init__(self, posts: Sequence[Post]) -> None:
        self.words = _vectors(list(map(_words_of, posts)))
        self.mean = _mean(self.words)
        self.usual = [_dot(vector, self.mean) for vector in self.words]


class Topics:
    """The topics of a site's posts, and of the keywords in them; each profile is made when asked.

    `vectors` are those of the posts. `evidence` returns a keyword's evidence in the post at a
    position; `having` maps a keyword to the positions of the posts that have it.
    """

    def __init__(
        self,
        posts: Sequence[Post],
        vectors: PostVectors,
        having: Callable[[str], Sequence[int]],
        evidence: Callable[[str, int], float],
    ) -> None:
        self._posts = posts
        self._positions = {post.path: number for number, post in enumerate(posts)}
        self._having = having
        self._evidence = evidence
        number = len(posts)
        self._trust = number / (number + HALF_TRUSTED)
        self._size = min(LARGEST_CORE, max(SMALLEST_CORE, round(CORE_SHARE * sqrt(number))))
        self._vectors, self._mean, self._usual = vectors.words, vectors.mean, vectors.usual
        self._profiles: dict[str, _Profile | None] = {}
        self._written: tuple[int, Mapping[str, str]] = (-1, {})

    def factor(self, path: str, keyword: str) -> float:
        """Return by what a keyword's evidence in a post is multiplied: 0.6 to 2.

        Evidence below `PASSING` is too little to be asked for.
        """
        if keyword not in self._profiles:
            self._profiles[keyword] = self._profile(keyword)
        profile = self._profiles[keyword]
        nearness = UNKNOWN
        if profile:
            likeness = self._likeness(self._positions[path], profile.core, profile.words)
            nearness = min(1.0, max(0.0, (likeness - profile.usual) / profile.span))
        return LEAST + SPAN * (UNKNOWN + self._trust * (nearness - UNKNOWN))

    def shared_words(self, path: str, keyword: str) -> tuple[str, ...] | None:
        """Return the words that make a post like a keyword's core, the weightiest first.

        `None` for a keyword without a core, whose factor says nothing of the post.
        """
        profile = self._profiles.get(keyword)
        if profile is None:
            return None
        position = self._positions[path]
        weights = {
            word: weight * profile.words[word]
            for word, weight in self._vectors[position].items()
            if word in profile.words and word != keyword
        }
        written = self._written_words(position)
        best = nsmallest(_MOST_WORDS, weights, key=lambda word: (-weights[word], word))
        return tuple(written.get(word, word) for word in best)

    def _written_words(self, position: int) -> Mapping[str, str]:
        """Return how a post writes its words; asked for one post after the other."""
        if self._written[0] != position:
            self._written = position, _written_words(self._posts[position])
        return self._written[1]

    def _profile(self, keyword: str) -> _Profile | None:
        """Make the profile of a keyword, `None` where too few posts speak of it to have one."""
        found = (
            (-points, position)
            for position in self._having(keyword)
            if (points := self._evidence(keyword, position)) >= PASSING
        )
        core = [position for _, position in nsmallest(self._size, found)]
        if len(core) < SMALLEST_CORE:
            return None
        members = frozenset(core)
        words = _mean([self._vectors[position] for position in core])
        usual = _dot(words, self._mean) - _dot(self._mean, self._mean)
        likenesses = [self._likeness(position, members, words) for position in core]
        span = fsum(likenesses) / len(core) - usual
        return _Profile(members, words, usual, span) if span > NO_SPAN else None

    def _likeness(self, position: int, core: frozenset[int], words: Vector) -> float:
        """Return how like a post is to a core, of which it is no part for that: cosine units."""
        vector = self._vectors[position]
        likeness = _dot(vector, words)
        if position in core:
            own = 1 / len(core)
            likeness = (likeness - own * bool(vector)) / (1 - own)
        return likeness - self._usual[position]


def _words_of(post: Post) -> Counter[str]:
    words: Counter[str] = Counter()
    for text, weight in (
        (title_text(post.title), TITLE_WEIGHT),
        (post.excerpt, EXCERPT_WEIGHT),
    ):
        for word in _WORDS.findall(fold(text[:_LONGEST])):
            words[word] += weight
    for tag in post.tags:
        words[term(str(tag))] += TAG_WEIGHT
    return words


def _written_words(post: Post) -> Mapping[str, str]:
    """Return how a post writes its words, by the form in which they are compared."""
    texts = (title_text(post.title)[:_LONGEST], post.excerpt[:_LONGEST])
    found = {
        word.casefold(): word
        for text in reversed(texts)
        for word in reversed(_WORDS.findall(normalize("NFKC", text)))
    }
    return found | {term(str(tag)): str(tag) for tag in post.tags}


def _vectors(words: Sequence[Mapping[str, int]]) -> list[Vector]:
    """Return the posts' words by tf-idf, each vector of length 1; what one post has is left out."""
    frequency = Counter(word for each in words for word in each)
    rarity = {word: log1p(len(words) / n) for word, n in frequency.items() if n > 1}
    vectors: list[Vector] = []
    for each in words:
        weights = {word: log1p(n) * rarity[word] for word, n in each.items() if word in rarity}
        length = sqrt(fsum(weight * weight for weight in weights.values()))
        vectors.append({word: weight / length for word, weight in weights.items()})
    return vectors


def _mean(vectors: Sequence[Vector]) -> Vector:
    total: dict[str, float] = {}
    for vector in vectors:
        for word, weight in vector.items():
            total[word] = total.get(word, 0.0) + weight
    return {word: weight / len(vectors) for word, weight in total.items()}


def _dot(one: Vector, other: Vector) -> float:
    return sum(weight * other[word] for word, weight in one.items() if word in other)
