"""The words, tags and categories of posts as a sparse matrix, whose products are their likeness.

A post is a row: its words by tf-idf, at length 1, and its tags and categories by their rarity. The
product of two rows is their likeness (Salton, Wong and Yang 1975, "A vector space model for
automatic indexing"). Columns belong to a language: posts of another have nothing in common with its
posts, and do not say what is rare among them.

Weights are whole numbers, so that sums are the same in any order and on any machine. What is usual
is counted among the *settled* posts, the oldest of a language, whose number grows in steps: in
between a new post hardly changes how alike two others are.
"""

from array import array
from collections import defaultdict
from collections.abc import Collection, Sequence
from hashlib import blake2b
from itertools import count
from math import ceil

import numpy as np

from linkmgr.posts.article.words import weighted_words
from linkmgr.posts.model import Post
from linkmgr.resolver.earlier import ONE
from linkmgr.resolver.matrix import Array, SparseMatrix, of_length_one, starts_of

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
# Entries of the matrix that are read to find the posts nearest to one by its weightiest words.
READ = 8_000

TERM = "#"
"""It begins the name of a term, and no word."""


class SettledPosts:
    """The posts among which it is counted what is usual: the oldest of each language."""

    def __init__(self, posts: Sequence[Post]) -> None:
        """Find them among the posts of a site, the newest first."""
        names = dict.fromkeys(post.language for post in posts)
        numbers = {language: number for number, language in enumerate(names)}
        self.language = np.array([numbers[post.language] for post in posts], dtype=np.int32)
        """The number of each post's language."""
        self.size = np.bincount(self.language, minlength=len(numbers))
        """How many settled posts each language has."""
        self.are_settled = np.zeros(len(posts), dtype=bool)
        for language, number in enumerate(self.size.tolist()):
            steps = np.arange(STEPS * number.bit_length() + 1)
            sizes = np.floor(np.exp2(steps / STEPS) + 1e-6).astype(np.int64)
            settled = int(sizes[sizes <= number].max())
            oldest = np.flatnonzero(self.language == language)[number - settled :]
            self.are_settled[oldest] = True
            self.size[language] = settled


class PostMatrix:
    """The matrix of the posts of a site, the newest first."""

    def __init__(
        self, posts: Sequence[Post], terms: Sequence[Collection[str]], settled: SettledPosts
    ) -> None:
        """Weigh the words and the `terms` of posts."""
        self._settled = settled
        self.numbers: defaultdict[str, defaultdict[str, int]]
        """The columns of words and terms, by language."""
        following = count().__next__
        self.numbers = defaultdict(lambda: defaultdict(following))

        said = self._said_by(posts, terms)
        self._language_of = np.zeros(said.width, dtype=np.int32)  # of a column
        self._language_of[said.columns] = settled.language[said.rows]
        self._among = settled.size[self._language_of] + UNSEEN
        frequency = self._frequency(said)
        rarity = np.log(np.maximum(self._among / frequency, 1.0))
        rarity[frequency > MOST_TERMS * self._among] = 0.0

        is_word = said.weights > 0
        weights = self._word_weights(said, frequency, rarity)
        # What no other post has counts only in a post's length.
        is_shared = said.column_sizes()[said.columns] > 1
        kept = is_shared & (~is_word | (weights > 0))
        words = SparseMatrix.of_entries(
            said.rows[kept], said.columns[kept], weights[kept], (said.height, said.width)
        )
        is_term = ~is_word[kept]
        weights = words.weights + self._term_weights(words, is_term, rarity)
        self.entries = words.with_weights(weights).weightiest_first()
        """The matrix itself."""
        self.used = self._used()
        """How many of each row's weightiest entries lead to the posts nearest to it."""

    def _said_by(self, posts: Sequence[Post], terms: Sequence[Collection[str]]) -> SparseMatrix:
        """Return the mentions of words in posts; terms have none."""
        columns, mentions, lengths = array("i"), array("i"), array("i")
        for post, own in zip(posts, terms, strict=True):
            number, before = self.numbers[post.language].__getitem__, len(columns)
            for weight, words in weighted_words(post.words):
                columns.extend(map(number, words))
                mentions.extend([weight] * len(words))
            columns.extend(number(TERM + term) for term in own)
            mentions.extend([0] * len(own))
            lengths.append(len(columns) - before)
        starts = np.concatenate(([0], np.cumsum(np.frombuffer(lengths, np.int32))))
        width = sum(len(numbers) for numbers in self.numbers.values())
        return SparseMatrix(
            starts, np.frombuffer(columns, np.int32), np.frombuffer(mentions, np.int32), width
        )

    def _frequency(self, said: SparseMatrix) -> Array:
        """Return, for each column, the number of settled posts that have it.

        What is new since then counts by powers of two, so that it seldom changes either.
        """
        having = said.column_sizes()
        is_settled = self._settled.are_settled[said.rows]
        of_settled = np.bincount(said.columns[is_settled], minlength=said.width)
        return np.asarray(np.maximum(of_settled, 1 << (np.frexp(having)[1] - 1)))

    def _word_weights(self, said: SparseMatrix, frequency: Array, rarity: Array) -> Array:
        """Return the weights of the words of each post by tf-idf, 0 for its terms."""
        weighty = rarity.astype(np.float32)
        weighty[frequency > np.maximum(MOST_WORDS * (self._among - UNSEEN), 2)] = 0.0
        words = np.sqrt(said.weights.astype(np.float32)) * weighty[said.columns]
        return np.asarray(np.rint(of_length_one(said.rows, words) * ONE).astype(np.int16))

    def _term_weights(self, words: SparseMatrix, is_term: Array, rarity: Array) -> Array:
        """Return the weights of the terms of each post, 0 for its words.

        Terms have a length of their own.
        """
        shares = (rarity / np.log(self._among)).astype(np.float32)
        own = np.where(is_term, shares[words.columns], np.float32(0))
        stated = of_length_one(words.rows, own)
        counted = np.sqrt(TERMS_SHARE * self._gates(words, is_term))
        return np.asarray(np.rint(stated * counted[words.columns] * ONE).astype(np.int16))

    def _gates(self, words: SparseMatrix, is_term: Array) -> Array:
        """Return, for each term, how much of it counts: more, the more alike its posts."""
        gates = np.zeros(words.width)
        usual = self._usual_likeness(words)
        columns, posts = words.columns[is_term], words.rows[is_term]
        is_settled = self._settled.are_settled[posts]
        order = np.argsort(columns[is_settled], kind="stable")
        settled = posts[is_settled][order]
        starts = starts_of(columns[is_settled], words.width)
        for column in np.unique(columns):
            having = settled[starts[column] : starts[column + 1]]
            language = self._language_of[column]
            gates[column] = self._gate(words, having, float(usual[language]), language)
        return gates

    def _gate(self, words: SparseMatrix, having: Array, any_two: float, language: int) -> float:
        """Return how much of a term counts, given the settled posts that have it.

        `any_two` is the mean likeness of any two posts of the language.
        """
        examined = having[:: ceil(len(having) / LOOKED_AT) or 1]
        pairs = len(examined) * (len(examined) - 1)
        added = ADDED_PAIRS * ADDED_RATIO * any_two
        alike = (words.products_among(examined) / ONE**2 + added) / (pairs + ADDED_PAIRS)
        gate = max(0.0, 1 - LEAST_RATIO * any_two / alike) if any_two else 1.0
        trust = 1 / (1 + HALF_TRUSTED / max(int(self._settled.size[language]), 1))
        return round(1 - trust * (1 - gate), 2)

    def _usual_likeness(self, words: SparseMatrix) -> Array:
        """Return the mean likeness of any two settled posts of each language."""
        is_settled = self._settled.are_settled[words.rows]
        columns = words.columns[is_settled]
        weights = words.weights[is_settled].astype(np.float64)
        sums = np.bincount(columns, weights, words.width)
        own = np.bincount(columns, weights * weights, words.width)
        products = np.zeros(len(self._settled.size), dtype=np.int64)
        np.add.at(products, self._language_of, (sums * sums - own).astype(np.int64))
        pairs = self._settled.size * (self._settled.size - 1)
        return np.asarray(products / np.maximum(pairs, 1) / ONE**2)

    def _used(self) -> Array:
        """Return how many entries of each row have `READ` of their columns together, or one."""
        matrix = self.entries
        held = matrix.column_sizes()[matrix.columns]
        read = np.cumsum(held)
        read_before = np.concatenate(([0], read))[matrix.starts[:-1]]
        is_used = read - np.repeat(read_before, np.diff(matrix.starts)) <= READ
        used = np.bincount(matrix.rows[is_used], minlength=matrix.height)
        return np.maximum(used, 1).astype(np.int32)

    def digests(self, posts: Sequence[Post]) -> Array:
        """Return a number for each row that tells whether it has changed, with the post's date."""
        columns = np.zeros(self.entries.width, dtype=np.uint64)
        for language, numbers in self.numbers.items():
            start = blake2b(repr(language).encode(errors="replace"), digest_size=8)
            for name, number in numbers.items():
                digest = start.copy()
                digest.update(name.encode(errors="replace"))
                columns[number] = int.from_bytes(digest.digest(), "little")
        weights = self.entries.weights.astype(np.uint64)
        mixed = _mixed(columns[self.entries.columns] + weights)
        # Entries of equal weight are in the order of the text, by which the first of them lead.
        order = np.arange(len(mixed), dtype=np.uint64)
        order -= np.repeat(self.entries.starts[:-1].astype(np.uint64), np.diff(self.entries.starts))
        sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(_mixed(mixed + order))))
        dates = np.array([post.date.timestamp() for post in posts]).view(np.uint64)
        of_rows = sums[self.entries.starts[1:]] - sums[self.entries.starts[:-1]]
        return np.asarray(of_rows + _mixed(dates))


def _mixed(values: Array) -> Array:
    """Return numbers of 64 bits each bit of which depends on all of a value's (splitmix64)."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))
