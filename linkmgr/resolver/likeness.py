"""What two posts have in common: the words of their articles, their tags and categories.

A post is a row of a sparse matrix: its words by tf-idf, at length 1, and its tags and categories by
their rarity. The product of two rows is their likeness (Salton, Wong and Yang 1975, "A vector space
model for automatic indexing"). Columns belong to a language: posts of another have nothing in
common with its posts, and do not say what is rare among them.

Weights are whole numbers, so that sums are the same in any order and on any machine. What is usual
is counted among the *settled* posts, the oldest of a language, whose number grows in steps: in
between a new post hardly changes how alike two others are.
"""

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, count
from math import ceil, log1p, sqrt
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from linkmgr.posts.article.text import title_text
from linkmgr.posts.article.words import join_pairs, runs_of, weighted_words, words_in
from linkmgr.posts.model import Post
from linkmgr.resolver.fold import fold
from linkmgr.resolver.model import CATEGORY, HUB, TAG, TIME, WORDS, Cause, DaysApart, Reason
from linkmgr.resolver.statistics import terms

# Tags and categories count for this much of what words do. More does worse where a machine
# assigned them, less where people did.
TERMS_SHARE = 0.1
# Of equally similar posts one published at about the same time is better by this much, one a
# year apart by half of it.
NEARNESS = 0.1
DAY = 86_400
YEAR = 365.25 * DAY
# A post that is like many is the likest of few: this share of its mean likeness to the posts
# nearest to it is taken off.
HUBNESS = 0.25
OF_HUB = 10
KNOWN = 40
"""How many of the posts nearest to a post are known."""

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
# Weights of rows are whole numbers, this many to one. The product of two has the square.
ONE = 1 << 13
# Entries of the matrix that are read to find the posts nearest to one. The weightiest words lead to
# them; if any are left over, the closest by these are compared by all of their words.
READ = 8_000
COMPARED = 64
# Posts tell the same news judging by their likeness, half of the likeness of their titles and
# the logarithm of the days between them. The excerpts, weighted words of the titles, their numbers,
# the tags and the likest words find hardly more of the 140 among 821 judged pairs that do.
TITLES, DAYS, THE_SAME = 0.5, 0.1, 0.5
# Two posts beside each other must be nearly the same: posts near the same post are alike.
REPEATED = 0.6
# Two posts so alike are one text at two addresses: on eight blogs all 62 such pairs were but for
# three releases of a program.
SAME_TEXT = 0.9
# So many posts whose titles differ in numbers alone are the parts of a series, no news told twice.
SERIES = 5
# Shared words that explain why.
WORDS_SHOWN = 5

_TERM = "#"  # begins the name of a term, and no word

# A number or the part of a version.
_NUMBER = re.compile(r"(?:v|pre|alpha|beta|rc)?(\d+)")
_LONGEST_NUMBER = 9

_Array = npt.NDArray[Any]


class Near(NamedTuple):
    """The posts nearest to a post, the closest first, and their likeness in squares of `ONE`.

    `hub` is the mean likeness of the first settled ones.
    """

    positions: "array[int]"
    likeness: "array[int]"
    hub: float


class Scored(NamedTuple):
    """A post, how well it fits as a related post, and its likeness (0 to 1)."""

    position: int
    score: float
    likeness: float


class _Title(NamedTuple):
    """A title's words, and what it is without its numbers."""

    folded: str
    wording: str
    words: frozenset[str]
    number: int
    """Its number; 0 if it has none or, like a date, several."""


class _Part(NamedTuple):
    """A post's place in a series, by the series's wording."""

    series: tuple[str, str]
    place: int


class ComparedPosts:
    """The live posts of a site, the newest first, known by their positions in that order."""

    def __init__(self, posts: Sequence[Post]) -> None:
        self._posts = posts
        self._times = [post.date.timestamp() for post in posts]
        following = count().__next__
        self._numbers: defaultdict[str, defaultdict[str, int]]
        self._numbers = defaultdict(lambda: defaultdict(following))
        self._terms = [dict.fromkeys((*terms(p.tags), *terms(p.categories))) for p in posts]
        self._posts_in = Counter(post.language for post in posts)
        self._titles: dict[int, _Title] = {}
        self._near: dict[int, Near] = {}
        self._parts = self._find_parts()
        self._make_matrix()

    def _find_parts(self) -> dict[int, _Part]:
        """Return the places of the posts that belong to a series, by number or else by date."""
        alike: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for position, post in enumerate(self._posts):
            title = self._title(position)
            if title.words:
                alike[post.language, title.wording].append(position)
        parts: dict[int, _Part] = {}
        for series, positions in alike.items():
            if len(positions) < SERIES:
                continue
            positions.sort(key=lambda position: (self._title(position).number, -position))
            for place, position in enumerate(positions):
                parts[position] = _Part(series, place)
        return parts

    def _make_matrix(self) -> None:
        """Make the matrix by rows and by columns."""
        rows, columns, mentions = self._entries()
        width = sum(map(len, self._numbers.values()))
        languages = {language: number for number, language in enumerate(self._numbers)}
        language = np.array([languages[post.language] for post in self._posts], dtype=np.int32)
        language_of = np.zeros(width, dtype=np.int32)  # of a column
        language_of[columns] = language[rows]
        self._is_settled, settled = _settled(language, len(languages))
        self._among = settled[language_of] + UNSEEN

        having = np.bincount(columns, minlength=width)
        frequency = self._frequency(rows, columns, having)
        rarity = np.log(np.maximum(self._among / frequency, 1.0))
        rarity[frequency > MOST_TERMS * self._among] = 0.0

        is_word = mentions > 0
        weights = self._word_weights(rows, columns, mentions, frequency, rarity)
        # What no other post has counts only in a post's length.
        kept = (having[columns] > 1) & (~is_word | (weights > 0))
        rows, columns, weights, is_word = (e[kept] for e in (rows, columns, weights, is_word))
        self._set_rows(rows, columns, weights)  # by which the posts of a term are compared

        weights += self._term_weights(rows, columns, ~is_word, language_of, rarity)
        kept = weights > 0
        self._set_rows(rows[kept], columns[kept], weights[kept])
        self._set_columns(rows[kept], width)

    def _frequency(self, rows: _Array, columns: _Array, having: _Array) -> _Array:
        """Return, for each column, the number of settled posts that have it.

        What is new since then counts by powers of two, so that it seldom changes either.
        """
        of_settled = np.bincount(columns[self._is_settled[rows]], minlength=len(having))
        return np.asarray(np.maximum(of_settled, 1 << (np.frexp(having)[1] - 1)))

    def _word_weights(
        self, rows: _Array, columns: _Array, mentions: _Array, frequency: _Array, rarity: _Array
    ) -> _Array:
        """Return the weights of the words of each post by tf-idf, 0 for its terms."""
        weighty = rarity.astype(np.float32)
        weighty[frequency > np.maximum(MOST_WORDS * (self._among - UNSEEN), 2)] = 0.0
        words = np.sqrt(mentions.astype(np.float32)) * weighty[columns]
        return np.asarray(np.rint(_of_length_one(rows, words) * ONE).astype(np.int16))

    def _term_weights(
        self, rows: _Array, columns: _Array, is_term: _Array, language_of: _Array, rarity: _Array
    ) -> _Array:
        """Return the weights of the terms of each post, 0 for its words.

        Terms have a length of their own.
        """
        shares = (rarity / np.log(self._among)).astype(np.float32)
        stated = _of_length_one(rows, np.where(is_term, shares[columns], np.float32(0)))
        counted = np.sqrt(TERMS_SHARE * self._gates(is_term, language_of))
        return np.asarray(np.rint(stated * counted[columns] * ONE).astype(np.int16))

    def _entries(self) -> tuple[_Array, _Array, _Array]:
        """Return posts, columns and mentions of all words and terms; terms have no mentions."""
        columns, mentions, lengths = array("i"), array("i"), array("i")
        for post, own in zip(self._posts, self._terms, strict=True):
            number, before = self._numbers[post.language].__getitem__, len(columns)
            for weight, words in weighted_words(post.words):
                columns.extend(map(number, words))
                mentions.extend([weight] * len(words))
            columns.extend(number(_TERM + term) for term in own)
            mentions.extend([0] * len(own))
            lengths.append(len(columns) - before)
        rows = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
        return rows, np.frombuffer(columns, np.int32), np.frombuffer(mentions, np.int32)

    def _set_rows(self, rows: _Array, columns: _Array, weights: _Array) -> None:
        self._starts = _starts(rows, len(self._posts))
        self._columns, self._weights = columns, weights

    def _set_columns(self, rows: _Array, width: int) -> None:
        """Sort the entries that the rows have by columns, too."""
        order = np.argsort(self._columns, kind="stable")
        self._having, self._having_weights = rows[order], self._weights[order]
        self._column_starts = _starts(self._columns, width)

    def _gates(self, is_term: _Array, language_of: _Array) -> _Array:
        """Return, for each term, how much of it counts: more, the more alike its posts."""
        gates = np.zeros(len(language_of))
        usual = self._usual_likeness(language_of)
        columns = self._columns[is_term]
        posts = np.repeat(np.arange(len(self._posts)), np.diff(self._starts))[is_term]
        settled = self._is_settled[posts]
        order = np.argsort(columns[settled], kind="stable")
        posts = posts[settled][order]
        starts = _starts(columns[settled], len(language_of))
        for column in np.unique(columns):
            having = posts[starts[column] : starts[column + 1]]
            number = int(self._among[column]) - UNSEEN
            gates[column] = self._gate(having, float(usual[language_of[column]]), number)
        return gates

    def _gate(self, having: _Array, any_two: float, settled: int) -> float:
        """Return how much of a term counts, given the settled posts that have it.

        `any_two` is the mean likeness of any two posts of the language, of which `settled` are
        settled.
        """
        examined = having[:: ceil(len(having) / LOOKED_AT) or 1]
        pairs = len(examined) * (len(examined) - 1)
        added = ADDED_PAIRS * ADDED_RATIO * any_two
        alike = (self._likeness_among(examined) + added) / (pairs + ADDED_PAIRS)
        gate = max(0.0, 1 - LEAST_RATIO * any_two / alike) if any_two else 1.0
        trust = 1 / (1 + HALF_TRUSTED / max(settled, 1))
        return round(1 - trust * (1 - gate), 2)

    def _usual_likeness(self, language_of: _Array) -> _Array:
        """Return the mean likeness of any two settled posts of each language."""
        posts = np.repeat(np.arange(len(self._posts)), np.diff(self._starts))
        settled = self._is_settled[posts]
        columns, weights = self._columns[settled], self._weights[settled].astype(np.float64)
        sums = np.bincount(columns, weights, len(language_of))
        own = np.bincount(columns, weights * weights, len(language_of))
        of_language = np.bincount(language_of, sums * sums - own)
        number = np.zeros(len(of_language))
        np.maximum.at(number, language_of, self._among - UNSEEN)
        return np.asarray(of_language / np.maximum(number * (number - 1), 1) / ONE**2)

    def _likeness_among(self, positions: _Array) -> float:
        """Return the summed likeness of all pairs of some posts, each counted both ways."""
        entries, _ = self._entries_of(positions)
        if not len(entries):
            return 0.0
        weights = self._weights[entries].astype(np.float64)
        _, columns = np.unique(self._columns[entries], return_inverse=True)
        sums = np.bincount(columns, weights)
        return float(np.sum(sums * sums) - np.sum(weights * weights)) / ONE**2

    def _entries_of(self, positions: _Array) -> tuple[_Array, _Array]:
        """Return where the entries of some rows are, and how many each row has."""
        return _ranges(self._starts[positions], self._starts[positions + 1])

    def near(self, position: int) -> Near:
        """Return the posts nearest to a post, which are found once."""
        near = self._near.get(position)
        if near is None:
            near = self._near[position] = self._find_near(position)
        return near

    def know(self, near: Sequence[Near]) -> None:
        """Take over the posts nearest to all posts."""
        self._near = dict(enumerate(near))

    def _find_near(self, position: int) -> Near:
        row = slice(self._starts[position], self._starts[position + 1])
        columns, weights = self._columns[row], self._weights[row].astype(np.float64)
        used = self._weightiest(columns, weights)
        scores = self._scores_by(columns[used], weights[used])
        scores[position] = 0
        closest = _best(position, np.flatnonzero(scores), scores, COMPARED)
        if len(used) < len(columns):
            scores[closest] = self._products(columns, weights, closest)
        closest = _best(position, closest, scores, KNOWN)
        settled = closest[self._is_settled[closest]][:OF_HUB]
        hub = round(float(scores[settled].sum()) / ONE**2 / OF_HUB, 4)
        return Near(array("i", closest.tolist()), array("i", scores[closest].tolist()), hub)

    def _weightiest(self, columns: _Array, weights: _Array) -> _Array:
        """Return the weightiest columns of a row, as many as have `READ` entries together."""
        best_first = np.argsort(-weights, kind="stable")
        held = self._column_starts[columns + 1] - self._column_starts[columns]
        read = np.cumsum(held[best_first])
        return np.asarray(best_first[: max(1, int(np.searchsorted(read, READ, side="right")))])

    def _scores_by(self, columns: _Array, weights: _Array) -> _Array:
        """Return the products of some columns of a row with all rows."""
        starts, stops = self._column_starts[columns], self._column_starts[columns + 1]
        entries, lengths = _ranges(starts, stops)
        products = np.repeat(weights, lengths) * self._having_weights[entries]
        return np.bincount(self._having[entries], products, len(self._posts)).astype(np.int64)

    def _products(self, columns: _Array, weights: _Array, others: _Array) -> _Array:
        """Return the products of a row with others."""
        row = np.zeros(len(self._among))
        row[columns] = weights
        entries, lengths = self._entries_of(others)
        products = row[self._columns[entries]] * self._weights[entries]
        return np.asarray(np.add.reduceat(products, np.cumsum(lengths) - lengths))

    def nearest(self, position: int) -> list[tuple[int, float]]:
        """Return the posts nearest to a post with their likeness, the closest first."""
        near = self.near(position)
        pairs = zip(near.positions, near.likeness, strict=True)
        return [(other, product / ONE**2) for other, product in pairs]

    def scores(self, position: int) -> list[Scored]:
        """Return the posts nearest to a post, the best first; ties go to the newer.

        Its own text at another address is none of them.
        """
        scored = []
        for other, likeness in self.nearest(position):
            if self._is_same_text(position, other, likeness):
                continue
            near_in_time = 1 + NEARNESS * self._nearness(position, other)
            score = round(likeness * near_in_time - HUBNESS * self.near(other).hub, 9)
            scored.append(Scored(other, score, likeness))
        return sorted(scored, key=lambda other: (-other.score, other.position))

    def _is_same_text(self, position: int, other: int, likeness: float) -> bool:
        """Whether two posts are one text; parts of a series with titles of their own are not."""
        if likeness < SAME_TEXT:
            return False
        is_series = self.parts_apart(position, other) is not None
        return not is_series or self._posts[position].title == self._posts[other].title

    def likeness(self, position: int, other: int) -> float:
        """Return the likeness of two posts, 0 if neither is among the nearest to the other."""
        for one, two in ((position, other), (other, position)):
            near = self.near(one)
            if two in near.positions:
                return near.likeness[near.positions.index(two)] / ONE**2
        return 0.0

    def days_apart(self, position: int, other: int) -> float:
        """Return how many days lie between two posts."""
        return abs(self._times[position] - self._times[other]) / DAY

    def parts_apart(self, position: int, other: int) -> int | None:
        """Return how far two posts are apart in their series, `None` if they share none."""
        one, two = self._parts.get(position), self._parts.get(other)
        if one is None or two is None or one.series != two.series:
            return None
        return abs(one.place - two.place)

    def tells_the_same(self, position: int, other: int) -> bool:
        """Whether two posts tell the same news: those whose titles differ in numbers alone do not.

        Similar articles and titles count for it, the days between them against it.
        """
        if self._differ_in_numbers(position, other):
            return False
        return self._are_same(position, other, THE_SAME)

    def repeats(self, position: int, other: int) -> bool:
        """Whether two posts shown side by side would look like a repetition."""
        if self._differ_in_numbers(position, other):
            return True
        return self._are_same(position, other, REPEATED)

    def _differ_in_numbers(self, position: int, other: int) -> bool:
        """Whether the titles of two posts differ, and in their numbers alone."""
        one, two = self._title(position), self._title(other)
        return bool(one.words) and one.wording == two.wording and one.folded != two.folded

    def _are_same(self, position: int, other: int, least: float) -> bool:
        one, two = self._title(position), self._title(other)
        likeness = self.likeness(position, other)
        if likeness >= SAME_TEXT:
            return True
        if likeness < least - TITLES:
            return False
        shared = len(one.words & two.words) / sqrt(len(one.words) * len(two.words) or 1)
        return likeness >= least + DAYS * log1p(self.days_apart(position, other)) - TITLES * shared

    def _title(self, position: int) -> "_Title":
        if position not in self._titles:
            text = title_text(self._posts[position].title)
            folded = fold(text)
            numbers = _NUMBER.findall(folded)
            number = int(numbers[0][:_LONGEST_NUMBER]) if len(numbers) == 1 else 0
            self._titles[position] = _Title(folded, _NUMBER.sub("", folded), words_in(text), number)
        return self._titles[position]

    def _nearness(self, position: int, other: int) -> float:
        """Return 1 for posts of the same moment, 1/2 for a year apart."""
        return 1 / (1 + abs(self._times[other] - self._times[position]) / YEAR)

    def reasons(self, position: int, other: int) -> list[Reason]:
        """Return why two posts are alike, the strongest first; the points add up to the score."""
        likeness = self.likeness(position, other)
        shared = self._shared(position, other)
        stated = {name[1:]: points for name, points in shared.items() if name[0] == _TERM}
        words = {name: points for name, points in shared.items() if name[0] != _TERM}
        nearness = self._nearness(position, other)
        apart = DaysApart(round(self.days_apart(position, other)))
        reasons = [
            Reason(WORDS, self._named(position, other, words), sum(words.values())),
            *self._term_reasons(position, other, stated),
            Reason(TIME, "", NEARNESS * nearness * likeness, apart),
            Reason(HUB, "", -HUBNESS * self.near(other).hub),
        ]
        reasons = [reason for reason in reasons if reason.points]
        return sorted(reasons, key=lambda reason: (-reason.points, reason.term))

    def _shared(self, position: int, other: int) -> dict[str, float]:
        """Return the words and terms that two posts share with their parts of the likeness."""
        one, two = (self._row(each) for each in (position, other))
        post, numbers = self._posts[position], self._numbers[self._posts[position].language]
        names = [word for _, words in weighted_words(post.words) for word in words]
        names += (_TERM + term for term in self._terms[position])
        points = {n: one[numbers[n]] * two.get(numbers[n], 0) for n in names if numbers[n] in one}
        best_first = sorted(points, key=lambda name: -points[name])
        return {name: points[name] / ONE**2 for name in best_first if points[name]}

    def _row(self, position: int) -> dict[int, int]:
        row = slice(self._starts[position], self._starts[position + 1])
        return dict(zip(self._columns[row].tolist(), self._weights[row].tolist(), strict=True))

    def _named(self, position: int, other: int, words: Sequence[str] | dict[str, float]) -> str:
        """Return the most telling words, as the posts write them."""
        posts = self._posts[position], self._posts[other]
        stated = ((title_text(post.title), post.excerpt, *map(str, post.tags)) for post in posts)
        # What is stated comes first: of the rest only the folded words are known.
        written = "\n".join(chain(*stated, *(runs_of(post.words) for post in posts)))
        named: list[str] = []
        for word in join_pairs([*words], written):
            if not any(word.casefold() in each.casefold() for each in named):
                named.append(word)
            if len(named) == WORDS_SHOWN:
                break
        return ", ".join(named)

    def _term_reasons(
        self, position: int, other: int, stated: dict[str, float]
    ) -> Iterator[Reason]:
        post, tags = self._posts[position], {*terms(self._posts[other].tags)}
        values = [(CATEGORY, each) for each in post.categories] + [
            (TAG, each) for each in post.tags
        ]
        written = {terms((value,))[0]: (cause, str(value)) for cause, value in values}
        for term, points in stated.items():
            cause, value = written[term]
            column = self._numbers[post.language][_TERM + term]
            number = int(self._column_starts[column + 1] - self._column_starts[column])
            among = self._posts_in[post.language]
            shown: Cause = TAG if cause == TAG and term in tags else CATEGORY
            yield Reason(shown, value, points, (number, among))


def _settled(language: _Array, languages: int) -> tuple[_Array, _Array]:
    """Return which posts (the newest first) are settled, and how many of each language are."""
    settled = np.zeros(len(language), dtype=bool)
    number = np.bincount(language, minlength=languages)
    for each, posts in enumerate(number.tolist()):
        steps = np.arange(STEPS * posts.bit_length() + 1)
        sizes = np.floor(np.exp2(steps / STEPS) + 1e-6).astype(np.int64)
        number[each] = sizes[sizes <= posts].max()
        settled[np.flatnonzero(language == each)[posts - number[each] :]] = True
    return settled, number


def _of_length_one(rows: _Array, weights: _Array) -> _Array:
    """Return the weights of rows, divided by the length of each."""
    if not len(rows):
        return weights
    lengths = np.sqrt(np.bincount(rows, weights.astype(np.float64) ** 2)).astype(np.float32)
    lengths[lengths == 0] = 1
    return np.asarray(weights / lengths[rows])


def _starts(groups: _Array, number: int) -> _Array:
    """Return where each group begins in order, and where the last ends."""
    return np.concatenate(([0], np.cumsum(np.bincount(groups, minlength=number))))


def _ranges(starts: _Array, stops: _Array) -> tuple[_Array, _Array]:
    """Return all numbers from each start to its stop, concatenated, and the ranges' lengths."""
    lengths = stops - starts
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - ends + lengths, lengths) + np.arange(total), lengths


def _best(position: int, others: _Array, scores: _Array, most: int) -> _Array:
    """Return the others of the highest scores, the highest first; ties go to the nearest in time.

    Of two equally near the newer comes first.
    """
    apart = others - position
    # Scores are below 2**28 and posts fewer than 2**31: no two keys are equal.
    keys = (scores[others] << 32) - (2 * np.abs(apart) + (apart > 0))
    if len(keys) > most:
        keys = keys[np.argpartition(-keys, most)[:most]]
    coded = np.sort(-keys) & 0xFFFFFFFF
    return np.asarray(position + (coded >> 1) * np.where(coded & 1, 1, -1))
