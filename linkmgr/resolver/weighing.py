"""What the words, tags and categories of posts weigh: the matrix by which they are compared.

A post is a row: its words by tf-idf, at length 1, and its tags and categories by their rarity
(Salton, Wong and Yang 1975, "A vector space model for automatic indexing"). Columns belong to a
language: posts of another do not say what is rare among its posts.

What is usual is counted among the *settled* posts, the oldest of a language, whose number grows in
steps: in between a new post hardly changes how alike two others are.
"""

from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from math import ceil

import numpy as np

from linkmgr.posts.article.words import weighted_words
from linkmgr.posts.model import Post
from linkmgr.resolver.matrix import Numbers, SparseMatrix, starts_of
from linkmgr.resolver.statistics import terms

# Tags and categories count for this much of what words do. More does worse where a machine
# assigned them, less where people did.
TERMS_SHARE = 0.1
# A word that more than half of the posts have says nothing, nor does a tag of nearly all. A dozen
# posts do not show how rare something is: a few more are assumed to lack it.
UNSEEN = 4
MOST_WORDS, MOST_TERMS = 0.5, 0.8
# A tag counts more, the more alike its posts are, and only above this ratio to any two. This
# many of its posts are examined; as few pairs show little, these are added, this many times as
# alike as any. On a site of `HALF_TRUSTED` settled posts half of a tag counts in any case.
LEAST_RATIO = 1.5
LOOKED_AT = 64
ADDED_PAIRS, ADDED_RATIO = 10, 3.0
HALF_TRUSTED = 100
# Steps in which the number of settled posts doubles.
STEPS = 8
# Weights are whole numbers, this many to one. The product of two has the square.
ONE = 1 << 13

_TERM = "#"  # begins the name of a term, and no word


@dataclass(frozen=True, slots=True)
class WeighedPosts:
    """Posts as a matrix, with the column of each word or term by language."""

    matrix: SparseMatrix
    columns: Mapping[str, Mapping[str, int]]
    are_settled: Numbers
    rows: Sequence[bytes]
    """All weights of each post, those that are left out of the matrix as 0."""


def term_name(term: str) -> str:
    """Return the name by which a tag or a category has a column."""
    return _TERM + term


def is_term(name: str) -> bool:
    """Whether a column's name is that of a tag or a category."""
    return name.startswith(_TERM)


def weigh(posts: Sequence[Post]) -> WeighedPosts:
    """Return the weights of the words and terms of posts, the newest first."""
    entries = _Entries.of_posts(posts)
    usual = _Usual.of_posts(posts, entries)
    weights = _word_weights(entries, usual)
    # What no other post has counts only in a post's length.
    counts = (usual.having[entries.columns] > 1) & (~entries.are_words | (weights > 0))
    matrix = SparseMatrix(
        entries.rows, entries.columns, weights, height=len(posts), width=usual.width
    )
    gates = _gates(matrix.with_entries(counts), entries.are_words[counts], usual)
    weights += _term_weights(entries, counts, gates, usual)
    counts &= weights > 0
    weights[~counts] = 0
    starts = starts_of(entries.rows, len(posts)) * weights.itemsize
    text = weights.tobytes()
    return WeighedPosts(
        matrix=matrix.with_entries(counts),
        columns=entries.names,
        are_settled=usual.are_settled,
        rows=[text[start:stop] for start, stop in pairwise(starts.tolist())],
    )


@dataclass(frozen=True, slots=True)
class _Entries:
    """The words and terms of all posts; terms have no mentions."""

    rows: Numbers
    columns: Numbers
    mentions: Numbers
    names: Mapping[str, Mapping[str, int]]
    """The columns by language and name."""

    @classmethod
    def of_posts(cls, posts: Sequence[Post]) -> "_Entries":
        following = count().__next__
        names: defaultdict[str, defaultdict[str, int]]
        names = defaultdict(lambda: defaultdict(following))
        columns, weights, numbers, lengths = (array("i") for _ in range(4))
        for post in posts:
            column = names[post.language].__getitem__
            of_article, own = weighted_words(post.words), terms_of(post)
            columns.extend(map(column, of_article.words))
            columns.extend(map(column, map(term_name, own)))
            weights.extend([*of_article.weights, 0])
            numbers.extend([*of_article.numbers, len(own)])
            lengths.append(len(of_article.words) + len(own))
        rows = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
        mentions = np.repeat(np.frombuffer(weights, np.int32), numbers)
        return cls(rows, np.frombuffer(columns, np.int32), mentions, names)

    @property
    def are_words(self) -> Numbers:
        return np.asarray(self.mentions > 0)


def terms_of(post: Post) -> list[str]:
    """Return a post's tags and categories, each once, in the form in which they are compared."""
    return [*dict.fromkeys((*terms(post.tags), *terms(post.categories)))]


@dataclass(frozen=True, slots=True)
class _Usual:
    """What is usual among the posts; where it isn't said otherwise, for each column."""

    language: Numbers
    among: Numbers
    """The number of settled posts of its language, and some unseen ones."""
    having: Numbers
    """The number of posts that have it."""
    frequency: Numbers
    rarity: Numbers
    are_settled: Numbers
    """Which posts are."""

    @classmethod
    def of_posts(cls, posts: Sequence[Post], entries: _Entries) -> "_Usual":
        width = sum(map(len, entries.names.values()))
        numbers = {language: number for number, language in enumerate(entries.names)}
        language = np.array([numbers[post.language] for post in posts], dtype=np.int32)
        language_of = np.zeros(width, dtype=np.int32)
        language_of[entries.columns] = language[entries.rows]
        are_settled, settled = _settled(language, len(numbers))
        among = settled[language_of] + UNSEEN
        having = np.bincount(entries.columns, minlength=width)
        of_settled = entries.columns[are_settled[entries.rows]]
        # What is new since then counts by powers of two, so that it seldom changes either.
        of_new = 1 << (np.frexp(having)[1] - 1)
        frequency = np.maximum(np.bincount(of_settled, minlength=width), of_new)
        rarity = np.log(np.maximum(among / frequency, 1.0))
        rarity[frequency > MOST_TERMS * among] = 0.0
        return cls(language_of, among, having, frequency, rarity, are_settled)

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.among)


def _word_weights(entries: _Entries, usual: _Usual) -> Numbers:
    """Return the weights of the words of each post by tf-idf, 0 for its terms."""
    weighty = usual.rarity.astype(np.float32)
    weighty[usual.frequency > np.maximum(MOST_WORDS * (usual.among - UNSEEN), 2)] = 0.0
    words = np.sqrt(entries.mentions.astype(np.float32)) * weighty[entries.columns]
    return np.asarray(np.rint(_of_length_one(entries.rows, words) * ONE).astype(np.int16))


def _term_weights(entries: _Entries, counts: Numbers, gates: Numbers, usual: _Usual) -> Numbers:
    """Return the weights of the terms of each post that count, 0 for its words.

    Terms have a length of their own.
    """
    shares = (usual.rarity / np.log(usual.among)).astype(np.float32)
    are_terms = counts & ~entries.are_words
    stated = np.where(are_terms, shares[entries.columns], np.float32(0))
    counted = np.sqrt(TERMS_SHARE * gates)
    weights = _of_length_one(entries.rows, stated) * counted[entries.columns] * ONE
    return np.asarray(np.rint(weights).astype(np.int16))


def _gates(words: SparseMatrix, are_words: Numbers, usual: _Usual) -> Numbers:
    """Return, for each term, how much of it counts: more, the more alike the words of its posts."""
    gates = np.zeros(usual.width)
    any_two = _usual_likeness(words, usual)
    columns, posts = words.columns[~are_words], words.rows[~are_words]
    are_settled = usual.are_settled[posts]
    order = np.argsort(columns[are_settled], kind="stable")
    posts = posts[are_settled][order]
    starts = starts_of(columns[are_settled], usual.width)
    for column in np.unique(columns):
        having = posts[starts[column] : starts[column + 1]]
        settled = int(usual.among[column]) - UNSEEN
        gates[column] = _gate(words, having, float(any_two[usual.language[column]]), settled)
    return gates


def _gate(words: SparseMatrix, having: Numbers, any_two: float, settled: int) -> float:
    """Return the factor by which a term counts, given the settled posts that have it.

    `any_two` is the mean likeness of any two posts of the language, of which `settled` are
    settled.
    """
    examined = having[:: ceil(len(having) / LOOKED_AT) or 1]
    pairs = len(examined) * (len(examined) - 1)
    added = ADDED_PAIRS * ADDED_RATIO * any_two
    alike = (words.products_among(examined) / ONE**2 + added) / (pairs + ADDED_PAIRS)
    gate = max(0.0, 1 - LEAST_RATIO * any_two / alike) if any_two else 1.0
    trust = 1 / (1 + HALF_TRUSTED / max(settled, 1))
    return round(1 - trust * (1 - gate), 2)


def _usual_likeness(words: SparseMatrix, usual: _Usual) -> Numbers:
    """Return the mean likeness of any two settled posts of each language."""
    settled = usual.are_settled[words.rows]
    columns, weights = words.columns[settled], words.weights[settled].astype(np.float64)
    sums = np.bincount(columns, weights, usual.width)
    own = np.bincount(columns, weights * weights, usual.width)
    of_language = np.bincount(usual.language, sums * sums - own)
    number = np.zeros(len(of_language))
    np.maximum.at(number, usual.language, usual.among - UNSEEN)
    return np.asarray(of_language / np.maximum(number * (number - 1), 1) / ONE**2)


def _settled(language: Numbers, languages: int) -> tuple[Numbers, Numbers]:
    """Return a mark per post (the newest first): settled or not; and the settled per language."""
    settled = np.zeros(len(language), dtype=bool)
    number = np.bincount(language, minlength=languages)
    for one, posts in enumerate(number.tolist()):
        steps = np.arange(STEPS * posts.bit_length() + 1)
        sizes = np.floor(np.exp2(steps / STEPS) + 1e-6).astype(np.int64)
        number[one] = sizes[sizes <= posts].max()
        settled[np.flatnonzero(language == one)[posts - number[one] :]] = True
    return settled, number


def _of_length_one(rows: Numbers, weights: Numbers) -> Numbers:
    """Return the weights of rows, divided by the length of each."""
    if not len(rows):
        return weights
    lengths = np.sqrt(np.bincount(rows, weights.astype(np.float64) ** 2)).astype(np.float32)
    lengths[lengths == 0] = 1
    return np.asarray(weights / lengths[rows])
