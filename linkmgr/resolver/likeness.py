"""What two posts have in common: the words of their articles, their tags and categories.

The product of two rows of the matrix is the likeness of their posts.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from math import log1p, sqrt
from typing import NamedTuple

import numpy as np

from linkmgr.posts.article.text import title_text
from linkmgr.posts.article.words import join_pairs, runs_of, weighted_words, words_in
from linkmgr.posts.model import Post
from linkmgr.resolver.fold import fold
from linkmgr.resolver.identity import identity
from linkmgr.resolver.matrix import Numbers
from linkmgr.resolver.model import (
    CATEGORY,
    HUB,
    NO_POST,
    TAG,
    TIME,
    WORDS,
    Cause,
    DaysApart,
    Reason,
    Run,
)
from linkmgr.resolver.nearest import DIGEST, Best, Held, KnownNear, NearRows
from linkmgr.resolver.statistics import term, terms
from linkmgr.resolver.weighing import ONE, is_term, term_name, terms_of, weigh

# Of equally similar posts one published at about the same time is better by this much, one a
# year apart by half of it.
NEARNESS = 0.1
DAY = 86_400
YEAR = 365.25 * DAY
# A post that is like many is the likest of few: this share of its mean likeness to the posts
# nearest to it is taken off.
HUBNESS = 0.25
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


class Scored(NamedTuple):
    """A post, how well it fits as a related post, and its likeness (0 to 1)."""

    position: int
    score: float
    likeness: float


class _Title(NamedTuple):
    """A title's words, and the title without its numbers."""

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
        self._times = np.array([post.date.timestamp() for post in posts])
        self._posts_in = Counter(post.language for post in posts)
        self._titles: dict[int, _Title] = {}
        self._parts = self._find_parts()
        self._weighed = weigh(posts)
        self._near = NearRows(self._weighed, self._times)
        self._known_products: dict[int, dict[int, int]] = {}
        self._scored = np.zeros_like(self._near.positions)
        self._scores = np.zeros(self._scored.shape)
        self._likeness = np.zeros(self._scored.shape)
        self._are_scored = np.zeros(len(posts), bool)

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

    def compare(self, run: Run, earlier: Mapping[str, bytes]) -> Held | None:
        """Find the posts nearest to all posts, on all processors if `run` does so.

        Those that an earlier build found (`dump`) are taken over where they hold; return for which
        posts its choice does so, too.
        """
        known = KnownNear.load(earlier) if earlier else None
        held = self._near.take_over(known, self._digests) if known else None
        missing = self._near.missing()
        near = run(lambda start, stop: [*map(self._near.find, missing[start:stop])], len(missing))
        for position, nearest in zip(missing, near, strict=True):
            self._near.load(position, nearest)
        self._score(np.arange(len(self._posts)))
        return self._near.untouched(known, held) if known and held else None

    def are_shown(self, best: Sequence[Best]) -> bytes:
        """Return a byte per post: whether a post nearest to it chose it."""
        return self._near.are_shown(best).astype(np.uint8).tobytes()

    def with_same_near(self, held: Held, before: bytes, now: bytes) -> Held:
        """Return the held choices of posts near which no mark of `are_shown` has changed."""
        marked_before, marked_now = np.frombuffer(before, np.uint8), np.frombuffer(now, np.uint8)
        return self._near.with_same_near(held, marked_before, marked_now)

    def dump(self) -> dict[str, bytes]:
        """Return the likeness of all posts, for a later build."""
        return self._near.known(self._digests).dump()

    @cached_property
    def _digests(self) -> list[bytes]:
        """The digest of what decides how alike each post is to any other."""
        digests = []
        for position, (post, row) in enumerate(zip(self._posts, self._weighed.rows, strict=True)):
            part = self._parts.get(position)
            digest = blake2b(identity(post), digest_size=DIGEST)
            digest.update(b"%d" % (part.place if part else NO_POST))
            digest.update(row)
            digests.append(digest.digest())
        return digests

    def pages(self, position: int) -> list[int]:
        """Return the posts nearest to a post, the closest first."""
        self._near.need((position,))
        positions: list[int] = self._near.positions[position].tolist()
        return [other for other in positions if other >= 0]

    def nearest(self, position: int) -> list[tuple[int, float]]:
        """Return the posts nearest to a post with their likeness, the closest first."""
        return [(other, product / ONE**2) for other, product in self._products(position).items()]

    def all_nearest(self, are_apart: Numbers, most: int) -> tuple[Numbers, Numbers]:
        """Return the posts nearest to each, but those apart, and their likeness in thousandths.

        `NO_POST` stands where a post has fewer than `most`.
        """
        positions = self._near.positions
        count = (positions != NO_POST) & ~np.append(are_apart, [True])[positions]
        order = np.argsort(~count, axis=1, kind="stable")[:, :most]
        likeness = np.rint(1000 * (self._near.products / ONE**2)).astype(np.int32)
        nearest = np.take_along_axis(np.where(count, positions, NO_POST), order, axis=1)
        return nearest, np.take_along_axis(likeness, order, axis=1)

    def _products(self, position: int) -> dict[int, int]:
        """Return the products of a post with those nearest to it, the closest first."""
        products = self._known_products.get(position)
        if products is None:
            positions = self.pages(position)
            with_them = self._near.products[position, : len(positions)].tolist()
            products = dict(zip(positions, with_them, strict=True))
            self._known_products[position] = products
        return products

    def scores(self, position: int) -> Iterator[Scored]:
        """Yield the posts nearest to a post, the best first; ties go to the newer.

        Its own text at another address is none of them.
        """
        if not self._are_scored[position]:
            self._score(np.array([position]))
        others: list[int] = self._scored[position].tolist()
        scores, likeness = self._scores[position].tolist(), self._likeness[position].tolist()
        for other, score, alike in zip(others, scores, likeness, strict=True):
            if other < 0:
                return
            yield Scored(other, score, alike)

    def _score(self, positions: Numbers) -> None:
        """Score the posts nearest to some posts."""
        self._near.need(positions)
        others = self._near.positions[positions]
        is_any = others >= 0
        hubs = np.zeros(len(self._posts))
        asked = np.unique(others[is_any])
        hubs[asked] = self._near.hubs(asked)
        likeness = self._near.products[positions] / ONE**2
        apart = np.abs(self._times[others] - self._times[positions][:, None])
        near_in_time = 1 + NEARNESS * (1 / (1 + apart / YEAR))
        scores = np.round(likeness * near_in_time - HUBNESS * hubs[others], 9)
        for row, place in np.argwhere(is_any & (likeness >= SAME_TEXT)).tolist():
            if self._is_same_text(int(positions[row]), int(others[row, place])):
                is_any[row, place] = False
        others = np.where(is_any, others, -1)
        order = np.lexsort((others, -scores, ~is_any), axis=-1)
        self._scored[positions] = np.take_along_axis(others, order, axis=1)
        self._scores[positions] = np.take_along_axis(scores, order, axis=1)
        self._likeness[positions] = np.take_along_axis(likeness, order, axis=1)
        self._are_scored[positions] = True

    def _is_same_text(self, position: int, other: int) -> bool:
        """Whether two so alike posts are one text.

        Parts of a series with titles of their own are not.
        """
        is_series = self.parts_apart(position, other) is not None
        return not is_series or self._posts[position].title == self._posts[other].title

    def likeness(self, position: int, other: int) -> float:
        """Return the likeness of two posts, 0 if neither is among the nearest to the other."""
        product = self._products(position).get(other)
        if product is None:
            product = self._products(other).get(position, 0)
        return product / ONE**2

    def days_apart(self, position: int, other: int) -> float:
        """Return the number of days between two posts."""
        return float(abs(self._times[position] - self._times[other])) / DAY

    def is_part(self, position: int) -> bool:
        """Whether a post is a part of a series."""
        return position in self._parts

    def parts_apart(self, position: int, other: int) -> int | None:
        """Return the distance of two posts in their series, `None` if they share none."""
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

    def reasons(self, position: int, other: int) -> list[Reason]:
        """Return why two posts are alike, the strongest first; the points add up to the score."""
        likeness = self.likeness(position, other)
        shared = self._shared(position, other)
        stated: dict[str, float] = {}
        words: dict[str, float] = {}
        for name, points in shared.items():
            if is_term(name):
                stated[name[1:]] = points
            else:
                words[name] = points
        # It is 1 for posts of the same moment, 1/2 for a year apart.
        nearness = float(1 / (1 + abs(self._times[other] - self._times[position]) / YEAR))
        apart = DaysApart(round(self.days_apart(position, other)))
        hub = float(self._near.hubs(np.array([other]))[0])
        reasons = [
            Reason(WORDS, self._named(position, other, list(words)), sum(words.values())),
            *self._term_reasons(position, other, stated),
            Reason(TIME, "", NEARNESS * nearness * likeness, apart),
            Reason(HUB, "", -HUBNESS * hub),
        ]
        telling = [reason for reason in reasons if reason.points]
        return sorted(telling, key=lambda reason: (-reason.points, reason.term))

    def _shared(self, position: int, other: int) -> dict[str, float]:
        """Return the words and terms that two posts share with their parts of the likeness."""
        one, two = self._row(position), self._row(other)
        post = self._posts[position]
        columns = self._weighed.columns[post.language]
        names = weighted_words(post.words).words
        names += map(term_name, terms_of(post))
        shared: dict[str, float] = {}
        for name in names:
            product = one.get(columns[name], 0) * two.get(columns[name], 0)
            if product:
                shared[name] = product / ONE**2
        return dict(sorted(shared.items(), key=lambda pair: -pair[1]))

    def _row(self, position: int) -> dict[int, int]:
        columns, weights = self._weighed.matrix.row(position)
        return dict(zip(columns.tolist(), weights.tolist(), strict=True))

    def _named(self, position: int, other: int, words: list[str]) -> str:
        """Return the most telling words, as the posts write them."""
        # What is stated comes first: of the rest only the folded words are known.
        lines: list[str] = []
        for post in (self._posts[position], self._posts[other]):
            lines += (title_text(post.title), post.excerpt)
            lines += map(str, post.tags)
        for post in (self._posts[position], self._posts[other]):
            lines += runs_of(post.words)
        written = "\n".join(lines)
        named: list[str] = []
        for word in join_pairs(words, written):
            if not any(word.casefold() in name.casefold() for name in named):
                named.append(word)
            if len(named) == WORDS_SHOWN:
                break
        return ", ".join(named)

    def _term_reasons(
        self, position: int, other: int, stated: dict[str, float]
    ) -> Iterator[Reason]:
        post, tags = self._posts[position], terms(self._posts[other].tags)
        # A term that is both a category and a tag is named as the tag is written.
        written: dict[str, tuple[Cause, str]] = {}
        for category in post.categories:
            written[term(str(category))] = CATEGORY, str(category)
        for tag in post.tags:
            written[term(str(tag))] = TAG, str(tag)
        among = self._posts_in[post.language]
        having = self._weighed.matrix.transposed
        for name, points in stated.items():
            cause, value = written[name]
            column = self._weighed.columns[post.language][term_name(name)]
            number = int(having.starts[column + 1] - having.starts[column])
            shown: Cause = TAG if cause == TAG and name in tags else CATEGORY
            yield Reason(shown, value, points, (number, among))
