"""Related posts: by shared tags, rare ones first, and by similar titles.

The work for a post does not grow with the site: of the posts that share a tag only those nearest
in time are candidates, and a similar title makes one only by a part that few titles have.
"""

import itertools
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nlargest
from math import fsum, log, sqrt

from linkmgr.posts.model import Post
from linkmgr.posts.publish import live_posts
from linkmgr.resolver.fold import fold
from linkmgr.resolver.model import Cause, Reason
from linkmgr.resolver.statistics import terms

# Candidates for a post: of each tag the posts nearest in time on either side, of each title part
# all, if so few have it; the best of both are compared by their titles.
NEAREST = 50
RARE_PART = 20
COMPARED = 40

# A shared tag says something even where every post has it, and more the rarer it is.
COMMON_TAG = 0.1
# A similar title is half as good a sign as the same tags.
TITLE_SHARE = 0.5
# Titles this close (cosine) say the same thing; a list of them would look like one link.
NEAR_IDENTICAL = 0.7
# What a related post needs: one tag in common is enough, a few common words in the title are not.
MINIMUM = 0.08

_WORDS = re.compile(
    r"[0-9a-z\u00df-\u024f]+|[\u0400-\u04ff]+|[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]+"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A post that may stand in the related block, with what speaks for it."""

    position: int
    score: float
    tags: float
    title: float


class RelatedPosts:
    """The live posts of a site, ready to be asked for those related to one of them."""

    def __init__(self, posts: Sequence[Post]) -> None:
        live = live_posts(posts)
        self._posts = [post for post in posts if live[post.url] is post]
        self._positions = {post.url: number for number, post in enumerate(self._posts)}
        self._tags = [terms(post.tags) for post in self._posts]
        self._titles = [_parts(post.title) for post in self._posts]
        self._with_tag = _postings(self._tags)
        with_part = _postings(self._titles)
        self._rare = {part: near for part, near in with_part.items() if len(near) <= RARE_PART}
        number = max(len(self._posts), 2)
        self._tag_weight = {
            tag: COMMON_TAG + log(number / len(found)) / log(number)
            for tag, found in self._with_tag.items()
        }
        self._part_weight = {
            part: log((number + 1) / len(found)) ** 2 for part, found in with_part.items()
        }
        self._tag_norms = [1 + fsum(self._tag_weight[t] for t in tags) for tags in self._tags]
        self._title_norms = [
            sqrt(fsum(self._part_weight[p] for p in parts)) or 1.0 for parts in self._titles
        ]

    def candidates(self, post: Post, minimum: float | None = None) -> list[Candidate]:
        """Return the live posts that reach the minimum, the best first; ties go to the newer."""
        needed = MINIMUM if minimum is None else minimum
        position = self._positions[post.url]
        shared: defaultdict[int, float] = defaultdict(float)
        for tag in self._tags[position]:
            weight = self._tag_weight[tag]
            for other in _nearest(self._with_tag[tag], position):
                shared[other] += weight
        similar = Counter(
            other for part in self._titles[position] for other in self._rare.get(part, ())
        )
        best = nlargest(COMPARED, shared, key=lambda other: (shared[other], -other))
        best += [other for other, _ in similar.most_common(COMPARED)]
        found = [
            self._compared(position, other, shared.get(other, 0.0))
            for other in {*best} - {position}
        ]
        found.sort(key=lambda candidate: (-candidate.score, candidate.position))
        return [candidate for candidate in found if candidate.score >= needed]

    def _compared(self, position: int, other: int, shared: float) -> Candidate:
        tags = shared / sqrt(self._tag_norms[position] * self._tag_norms[other])
        title = self.title_similarity(position, other)
        return Candidate(other, round(tags + TITLE_SHARE * title, 9), tags, title)

    def title_similarity(self, position: int, other: int) -> float:
        """Return the cosine of two titles' parts, 0 to 1, rare parts weighing more."""
        common = self._titles[position] & self._titles[other]
        weights = self._part_weight
        norms = self._title_norms[position] * self._title_norms[other]
        return fsum(weights[part] for part in common) / norms

    def choose(
        self, candidates: Iterable[Candidate], limit: int
    ) -> tuple[list[Candidate], list[tuple[Candidate, str]]]:
        """Return the candidates to show and, with what they were missing, the others."""
        chosen: list[Candidate] = []
        left: list[tuple[Candidate, str]] = []
        for candidate in candidates:
            if len(chosen) >= limit:
                left.append((candidate, f"the block's limit is {limit}"))
            elif twin := self._twin(candidate, chosen):
                title = self._posts[twin.position].title
                left.append((candidate, f'its title is nearly that of "{title}"'))
            else:
                chosen.append(candidate)
        return chosen, left

    def _twin(self, candidate: Candidate, chosen: Sequence[Candidate]) -> Candidate | None:
        for other in chosen:
            if self.title_similarity(candidate.position, other.position) >= NEAR_IDENTICAL:
                return other
        return None

    def post(self, candidate: Candidate) -> Post:
        """Return the post that a candidate stands for."""
        return self._posts[candidate.position]

    def reasons(self, post: Post, candidate: Candidate) -> tuple[Reason, ...]:
        """Return why a candidate is related to `post`; the points add up to its score."""
        position = self._positions[post.url]
        common = [t for t in self._tags[position] if t in self._tags[candidate.position]]
        weight = fsum(self._tag_weight[tag] for tag in common) or 1.0
        found = [
            Reason(
                Cause.TAG,
                tag,
                candidate.tags * self._tag_weight[tag] / weight,
                f"on {len(self._with_tag[tag])} of {len(self._posts)} posts",
            )
            for tag in common
        ]
        if candidate.title:
            found.append(
                Reason(
                    Cause.TITLE,
                    points=TITLE_SHARE * candidate.title,
                    detail=f"{candidate.title:.0%} alike",
                )
            )
        return tuple(sorted(found, key=lambda reason: (-reason.points, reason.term)))


def _parts(title: object) -> frozenset[str]:
    """Return a title's words and, of Japanese, its pairs of characters."""
    parts: set[str] = set()
    for run in _WORDS.findall(fold(str(title))):
        if run[0] < "\u0500" or len(run) == 1:
            parts.add(run)
        else:
            parts.update(map("".join, itertools.pairwise(run)))
    return frozenset(parts)


def _postings(values: Iterable[Iterable[str]]) -> dict[str, list[int]]:
    postings: dict[str, list[int]] = {}
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
