"""What two posts have in common, and which posts are nearest to which.

How alike posts are says the matrix of their words (`post_matrix`); their titles and dates say
whether they tell the same news, or are parts of a series.
"""

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain
from math import log1p, sqrt
from typing import NamedTuple

import numpy as np

from linkmgr.posts.article.text import title_text
from linkmgr.posts.article.words import join_pairs, runs_of, weighted_words, words_in
from linkmgr.posts.model import Post
from linkmgr.resolver.earlier import COMPARED, KNOWN, ONE
from linkmgr.resolver.fold import fold
from linkmgr.resolver.matrix import Array
from linkmgr.resolver.model import CATEGORY, HUB, TAG, TIME, WORDS, Cause, DaysApart, Reason
from linkmgr.resolver.nearest_table import NearestTable
from linkmgr.resolver.post_matrix import TERM, PostMatrix, SettledPosts
from linkmgr.resolver.statistics import terms

# Of equally similar posts one published at about the same time is better by this much, one a
# year apart by half of it.
NEARNESS = 0.1
DAY = 86_400
YEAR = 365.25 * DAY
# A post that is like many is the likest of few: this share of its mean likeness to the posts
# nearest to it is taken off.
HUBNESS = 0.25
OF_HUB = 10
# If more than this share of the posts is new or has other words, all are compared anew.
MOST_CHANGED = 1 / 16
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

# A number or the part of a version.
_NUMBER = re.compile(r"(?:v|pre|alpha|beta|rc)?(\d+)")
_LONGEST_NUMBER = 9


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
        self._dates = np.array(self._times)
        self._settled = SettledPosts(posts)
        self._posts_in = Counter(post.language for post in posts)
        self._titles: dict[int, _Title] = {}
        self._near: dict[int, Near] = {}
        self._table = NearestTable.unknown(len(posts))

    @cached_property
    def _terms(self) -> list[dict[str, None]]:
        return [dict.fromkeys((*terms(p.tags), *terms(p.categories))) for p in self._posts]

    @cached_property
    def _matrix(self) -> PostMatrix:
        return PostMatrix(self._posts, self._terms, self._settled)

    @cached_property
    def _parts(self) -> dict[int, _Part]:
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

    def near(self, position: int) -> Near:
        """Return the posts nearest to a post, which are found once."""
        near = self._near.get(position)
        if near is None:
            self._find(position)
            near = self._near[position] = self._near_by_table(position)
        return near

    def _near_by_table(self, position: int) -> Near:
        positions, likeness = self._table.compared[position, :KNOWN], self._table.likeness[position]
        is_post = positions >= 0
        positions, likeness = positions[is_post], likeness[is_post]
        settled = likeness[self._settled.are_settled[positions]][:OF_HUB]
        hub = round(float(settled.sum()) / ONE**2 / OF_HUB, 4)
        return Near(array("i", positions.tobytes()), array("i", likeness.tobytes()), hub)

    @property
    def unknown(self) -> list[int]:
        """The posts for which the nearest are not known yet."""
        return [int(position) for position in np.flatnonzero(~self._table.is_known)]

    def find(self, positions: Iterable[int]) -> list[bytes]:
        """Find the posts nearest to some, and return what `know` takes over elsewhere."""
        rows = []
        for position in positions:
            self._find(position)
            rows.append(self._table.row(position))
        return rows

    def know(self, positions: Sequence[int], rows: Iterable[bytes]) -> None:
        """Take over what another process found for some posts."""
        for position, row in zip(positions, rows, strict=True):
            self._table.set_row(position, row)

    def table(self) -> NearestTable:
        """Return which posts are nearest to which, for the next build."""
        if len(self._table.digests) == len(self._posts):
            return self._table
        digests = self._matrix.digests(self._posts)
        return replace(self._table, digests=digests, used=self._matrix.used)

    def recall_all(self, table: NearestTable) -> None:
        """Take over a table of the same posts."""
        self._table = table

    def recall(self, table: NearestTable, earlier: Sequence[int]) -> None:
        """Take over what a table of earlier posts has of these.

        `earlier` are their positions there, -1 for a new one. Posts near to one that is new, has
        changed or is gone stay unknown: one that was compared with it, and one to which it is now
        more alike than the least of those that were.
        """
        matrix, before = self._matrix, np.array(earlier, dtype=np.int32)
        is_same = (before >= 0) & (table.digests[before] == matrix.digests(self._posts))
        changed = np.flatnonzero(~is_same)
        if len(changed) > MOST_CHANGED * len(before):
            return
        now = np.full(len(table.digests) + 1, -1, dtype=np.int32)  # the last is that of none
        now[before[is_same]] = np.flatnonzero(is_same)
        compared_before = table.compared[before]
        compared = now[compared_before]
        has_lost = ((compared < 0) & (compared_before >= 0)).any(axis=1)
        is_known = is_same & ~has_lost & (table.used[before] == matrix.used)
        least = table.least[before]
        for position in changed.tolist():
            columns, weights = matrix.entries.row(position)
            is_known &= matrix.entries.products_with_all(columns, weights) < least
        self._table = replace(
            NearestTable.unknown(len(before)),
            compared=compared,
            likeness=table.likeness[before],
            least=least,
            is_known=is_known,
        )

    def _find(self, position: int) -> None:
        """Find the posts nearest to a post, unless they are known.

        The weightiest words lead to them; if any are left over, the closest by these are compared
        by all of their words.
        """
        if self._table.is_known[position]:
            return
        matrix, used = self._matrix.entries, int(self._matrix.used[position])
        columns, weights = matrix.row(position)
        products = matrix.products_with_all(columns[:used], weights[:used])
        products[position] = 0
        compared = self._closest(position, np.flatnonzero(products), products, COMPARED)
        # With fewer, any post that has a word in common would be among them.
        least = int(products[compared[-1]]) if len(compared) == COMPARED else 1
        if used < len(columns):
            products[compared] = matrix.products_with(columns, weights, compared)
            compared = self._closest(position, compared, products, COMPARED)
        self._table.set(position, compared, products[compared], least)

    def _closest(self, position: int, others: Array, products: Array, most: int) -> Array:
        """Return the others of the highest products, the highest first.

        Ties go to the nearest in time, and of two equally near to the newer.
        """
        if len(others) > most:
            least = np.partition(products[others], len(others) - most)[len(others) - most]
            others = others[products[others] >= least]
        apart = np.abs(self._dates[others] - self._dates[position])
        return np.asarray(others[np.lexsort((others, apart, -products[others]))][:most])

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
        stated = {name[1:]: points for name, points in shared.items() if name[0] == TERM}
        words = {name: points for name, points in shared.items() if name[0] != TERM}
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
        one, two = self._row(position), self._row(other)
        post = self._posts[position]
        numbers = self._matrix.numbers[post.language]
        names = [word for _, words in weighted_words(post.words) for word in words]
        names += (TERM + term for term in self._terms[position])
        points = {n: one[numbers[n]] * two.get(numbers[n], 0) for n in names if numbers[n] in one}
        best_first = sorted(points, key=lambda name: -points[name])
        return {name: points[name] / ONE**2 for name in best_first if points[name]}

    def _row(self, position: int) -> dict[int, int]:
        columns, weights = self._matrix.entries.row(position)
        return dict(zip(columns.tolist(), weights.tolist(), strict=True))

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
            column = self._matrix.numbers[post.language][TERM + term]
            starts = self._matrix.entries.transposed.starts
            number = int(starts[column + 1] - starts[column])
            among = self._posts_in[post.language]
            shown: Cause = TAG if cause == TAG and term in tags else CATEGORY
            yield Reason(shown, value, points, (number, among))
