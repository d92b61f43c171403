"""Related posts: by shared tags, rare ones first, and by similar titles.

The work for a post does not grow with the site: of the posts that share a tag only those nearest
in time are candidates, and a similar title makes one only by a part that few titles have.
"""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import count, pairwise
from math import log, sqrt
from typing import NamedTuple, TypeVar

from linkmgr.messages.message import Message, message
from linkmgr.posts.model import Post
from linkmgr.posts.publish import live_posts
from linkmgr.posts.titles import title_text
from linkmgr.posts.values import text_of
from linkmgr.resolver.fold import fold
from linkmgr.resolver.model import TAG, TITLE, Reason
from linkmgr.resolver.statistics import term, terms

# Candidates for a post: of each tag the posts nearest in time on either side, of each title part
# all, if so few have it. The best of both kinds are compared by their titles.
NEAREST = 12
RARE_PART = 10
COMPARED = 8

# A shared tag counts even where every post has it, and counts more the rarer it is.
COMMON_TAG = 0.1
# A similar title is as good a sign as the same tags.
TITLE_SHARE = 1.0
# Titles this close (cosine) are the same to a reader; a list of them would seem repeated.
NEAR_IDENTICAL = 0.7
# What a related post needs: one tag in common is enough; without one its title must be this much
# alike, which a few common words do not make it.
MINIMUM = 0.08
ALIKE = 0.2
# Title weights are whole numbers: this many to one.
PRECISION = 1024

K = TypeVar("K", int, str)

_WORDS = re.compile(
    r"[0-9a-z\u00df-\u024f]+|[\u0400-\u04ff]+|[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]+"
)


Choice = tuple[int, float | None]
"""How many related posts are chosen, and the score that they need (`None`: `MINIMUM`)."""

_NUMBER = re.compile(r"\d+")

KnownRelated = Mapping[Choice, Mapping[str, Sequence[str]]]
"""The related posts chosen before, as URLs by URL; valid for the same posts alone."""


class Candidate(NamedTuple):
    """A post that the related block may show, with what makes it related."""

    position: int
    score: float
    tags: float
    title: float


class RelatedPosts:
    """The live posts of a site, comparable with each other."""

    def __init__(self, posts: Sequence[Post], known: KnownRelated) -> None:
        live = live_posts(posts)
        self._posts = [post for post in posts if live.get(post.url) is post]
        self._known = known
        self._positions = {post.url: number for number, post in enumerate(self._posts)}
        number = max(len(self._posts), 2)

        self._tags = [terms(post.tags) for post in self._posts]
        self._written = {term(str(tag)): str(tag) for post in posts for tag in post.tags}
        self._with_tag = _postings(self._tags)
        self._tag_weight = {
            tag: COMMON_TAG + log(number / len(found)) / log(number)
            for tag, found in self._with_tag.items()
        }
        self._tag_norms = [1 + sum(self._tag_weight[t] for t in tags) for tags in self._tags]

        # Parts as numbers and their weights as whole ones: sets of strings have another order in
        # each process, and sums of fractions depend on it.
        numbers: defaultdict[str, int] = defaultdict(count().__next__)
        self._titles = [frozenset(numbers[p] for p in _parts(post.title)) for post in self._posts]
        # The parts of a series ("Weekly 12", "Weekly 13") differ in a number alone, a rare part.
        self._wordings = [_NUMBER.sub("", fold(text_of(post.title))) for post in self._posts]
        with_part = _postings(self._titles)
        self._rare = {part: found for part, found in with_part.items() if len(found) <= RARE_PART}
        self._part_weight = {
            part: round(log((number + 1) / len(found)) ** 2 * PRECISION)
            for part, found in with_part.items()
        }
        self._title_norms = [
            sqrt(sum(self._part_weight[part] for part in parts)) or 1.0 for parts in self._titles
        ]

    def chosen(self, post: Post, choice: Choice) -> list[Candidate]:
        """Return the candidates to show in `post`."""
        known = self._known.get(choice, {}).get(post.url)
        if known is None:
            limit, minimum = choice
            return self.choose(self.candidates(post, minimum), limit)
        position = self._positions[post.url]
        others = [self._positions[url] for url in known]
        return [self._compared(position, other) for other in others]

    def _in_common(self, position: int, other: int) -> float:
        tags = self._tags[other]
        return sum(self._tag_weight[tag] for tag in self._tags[position] if tag in tags)

    def candidates(self, post: Post, minimum: float | None = None) -> list[Candidate]:
        """Return the live posts that reach the minimum, the best first; ties go to the newer."""
        needed = MINIMUM if minimum is None else minimum
        position = self._positions.get(post.url)
        if position is None:
            return []
        shared = self._sharing_tags(position)
        best = sorted(shared, key=shared.__getitem__, reverse=True)[: COMPARED + 1]
        best += self._sharing_rare_parts(position)
        found = [self._compared(position, other) for other in {*best} - {position}]
        found.sort(key=lambda candidate: (-candidate.score, candidate.position))
        return [c for c in found if c.score >= needed and (c.tags or c.title >= ALIKE)]

    def _sharing_tags(self, position: int) -> dict[int, float]:
        """Return the posts that share a tag, by position, with the weight of what they share."""
        shared: defaultdict[int, float] = defaultdict(float)
        for tag in self._tags[position]:
            weight = self._tag_weight[tag]
            for other in _nearest(self._with_tag[tag], position):
                shared[other] += weight
        return shared

    def _sharing_rare_parts(self, position: int) -> list[int]:
        """Return the posts with which a title has most rare parts in common."""
        rare = self._rare
        common = Counter(
            other for part in self._titles[position] if part in rare for other in rare[part]
        )
        return sorted(common, key=lambda other: (-common[other], other))[: COMPARED + 1]

    def _compared(self, position: int, other: int) -> Candidate:
        shared = self._in_common(position, other)
        tags = shared / sqrt(self._tag_norms[position] * self._tag_norms[other])
        title = self.title_similarity(position, other)
        return Candidate(other, round(tags + TITLE_SHARE * title, 9), tags, title)

    def title_similarity(self, position: int, other: int) -> float:
        """Return the cosine of two titles' parts, 0 to 1, rare parts weighing more."""
        common = self._titles[position] & self._titles[other]
        if not common:
            return 0.0
        norms = self._title_norms[position] * self._title_norms[other]
        return sum(map(self._part_weight.__getitem__, common)) / norms

    def choose(self, candidates: Iterable[Candidate], limit: int) -> list[Candidate]:
        """Return the candidates to show: the best, but no two with nearly the same title."""
        chosen: list[Candidate] = []
        for candidate in candidates:
            if len(chosen) == limit:
                break
            if self._twin(candidate, chosen) is None:
                chosen.append(candidate)
        return chosen

    def missing(self, candidate: Candidate, chosen: Sequence[Candidate]) -> Message:
        """Return why a candidate is not among the chosen ones."""
        better = [other for other in chosen if other.score >= candidate.score]
        if twin := self._twin(candidate, better):
            title = title_text(self._posts[twin.position].title)
            return message("resolver.similar-title", title=title)
        return message("resolver.no-room", limit=len(chosen))

    def _twin(self, candidate: Candidate, chosen: Sequence[Candidate]) -> Candidate | None:
        wordings = self._wordings
        for other in chosen:
            if (
                wordings[candidate.position] == wordings[other.position]
                or self.title_similarity(candidate.position, other.position) >= NEAR_IDENTICAL
            ):
                return other
        return None

    def post(self, candidate: Candidate) -> Post:
        """Return the post of a candidate."""
        return self._posts[candidate.position]

    def reasons(self, post: Post, candidate: Candidate) -> tuple[Reason, ...]:
        """Return why a candidate is related to `post`; the points add up to its score."""
        position = self._positions[post.url]
        common = [t for t in self._tags[position] if t in self._tags[candidate.position]]
        weight = sum(self._tag_weight[tag] for tag in common) or 1.0
        share = candidate.tags / weight
        found = [
            Reason(
                TAG,
                self._written[tag],
                share * self._tag_weight[tag],
                (len(self._with_tag[tag]), len(self._posts)),
            )
            for tag in common
        ]
        if candidate.title:
            found.append(Reason(TITLE, "", TITLE_SHARE * candidate.title, candidate.title))
        return tuple(sorted(found, key=lambda reason: (-reason.points, reason.term)))


def _parts(title: object) -> frozenset[str]:
    """Return a title's words and, of Japanese, its pairs of characters."""
    parts: set[str] = set()
    for run in _WORDS.findall(fold(text_of(title))):
        if run[0] < "\u0500" or len(run) == 1:
            parts.add(run)
        else:
            parts.update(map("".join, pairwise(run)))
    return frozenset(parts)


def _postings(values: Iterable[Iterable[K]]) -> dict[K, list[int]]:
    """Return, for each name, the positions of the values that contain it."""
    postings: dict[K, list[int]] = {}
    for position, names in enumerate(values):
        for name in names:
            postings.setdefault(name, []).append(position)
    return postings


def _nearest(postings: list[int], position: int) -> list[int]:
    """Return the postings nearest to `position`, posts being in order of time."""
    if len(postings) <= 2 * NEAREST:
        return postings
    middle = bisect_left(postings, position)
    start = max(0, min(middle - NEAREST, len(postings) - 2 * NEAREST))
    return postings[start : start + 2 * NEAREST]
