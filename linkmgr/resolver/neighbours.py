"""What the posts nearest to a post say of its keywords and categories.

A word alone misleads: `ethics` is mentioned everywhere and is the subject of few posts. The posts
that are most like a post show which: where they speak of ethics, too, it is what the post is about
(k nearest neighbours: Fix and Hodges 1951, "Discriminatory analysis"). Nothing in it depends on the
mappings, so that an edit of one changes no other's evidence.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import fsum
from typing import NamedTuple

from linkmgr.posts.model import Post
from linkmgr.resolver.model import NO_POST
from linkmgr.resolver.related import RelatedPosts
from linkmgr.resolver.rules import Term

Near = Sequence[tuple[int, int]]
"""The posts nearest to a post: their positions, with their likeness in thousandths."""

# The most that a post about nothing else says of a keyword, in the resolver's evidence.
MOST = 2.0
# A category that the nearest posts have at least as often as any posts counts in full, and one that
# they have half as often or less is taken to be wrong. With few posts none may be near by chance:
# half a post that has it is added.
CHANCE = 0.5


class NearestPosts:
    """The posts nearest to each post of a site, found when asked for, and once.

    They depend on the posts alone.
    """

    def __init__(self, posts: Sequence[Post], related: RelatedPosts) -> None:
        self._posts = posts
        self._related = related
        self._positions = {post.path: number for number, post in enumerate(posts)}
        self._known: dict[int, Near] = {}
        self._columns: dict[str, bytes] = {}

    @property
    def are_known(self) -> bool:
        """Whether the nearest posts of every post have been found."""
        return len(self._known) == len(self._posts)

    def compute(self) -> None:
        """Find the nearest posts of every post."""
        self.load(self._related.all_nearest())

    def load(self, columns: Mapping[str, bytes]) -> None:
        """Take over the nearest posts of every post, as `dump` gave them. Raise ValueError."""
        self._columns = {name: columns[name] for name in ("nearest positions", "nearest likeness")}
        positions, likeness = (array("i", column) for column in self._columns.values())
        number = len(self._posts)
        if positions and not NO_POST <= min(positions) <= max(positions) < number:
            raise ValueError("no positions of these posts")
        width = len(positions) // max(number, 1)
        for position in range(number):
            row = slice(position * width, (position + 1) * width)
            pairs = zip(positions[row], likeness[row], strict=True)
            self._known[position] = [pair for pair in pairs if pair[0] != NO_POST]

    def dump(self) -> Mapping[str, bytes]:
        """Return the nearest posts of every post as columns, or none if they are not known."""
        return self._columns

    def position(self, post: Post) -> int:
        return self._positions[post.path]

    def near(self, position: int) -> Near:
        """Return the posts nearest to the one at a position, the closest first."""
        near = self._known.get(position)
        if near is None:
            near = []
            for post, likeness in self._related.nearest(self._posts[position]):
                near.append((self._positions[post.path], round(1000 * likeness)))
            self._known[position] = near
        return near


class _TermEvidence(NamedTuple):
    """The evidence of a term."""

    by_position: Mapping[int, float]
    """In each of the posts that have it."""
    total: float


class Neighbours:
    """Compares the evidence of a term in the nearest posts with that in all posts.

    `evidence` returns a term's evidence in the posts that have it, by position: the resolver's for
    a keyword, 1 for a category.
    """

    def __init__(
        self,
        nearest: NearestPosts,
        posts: int,
        evidence: Callable[[Term], Mapping[int, float]],
    ) -> None:
        self._nearest = nearest
        self._posts = posts
        self._evidence = evidence
        self._terms: dict[Term, _TermEvidence] = {}
        # For each keyword by position: every catalog compared with a snapshot asks again.
        self._added: dict[Term, dict[int, float]] = {}

    def contribution(self, post: Post, keyword: Term) -> float:
        """Return the nearest posts' contribution to the evidence of a post's keyword.

        It is the mean of their evidence, weighted by likeness, minus the mean of all other posts:
        negative where they use the keyword less than the rest.
        """
        position = self._nearest.position(post)
        known = self._added.setdefault(keyword, {})
        if position not in known:
            mean = self._mean(position, keyword)
            known[position] = 0.0 if mean is None else mean - self._usual(position, keyword)
        return known[position]

    def agreement(self, post: Post, category: Term) -> float:
        """Return the degree to which the nearest posts confirm a post's category, 0 to 1."""
        position = self._nearest.position(post)
        usual, mean = self._usual(position, category), self._mean(position, category)
        if not usual or mean is None:
            return 1.0
        mean += CHANCE / len(self._nearest.near(position))
        return min(1.0, max(0.0, 2 * mean / usual - 1))

    def count_having(self, post: Post, terms: Iterable[Term]) -> tuple[int, int]:
        """Return the number of nearest posts with one of the terms, and of all nearest posts."""
        evidence = [self._of(term).by_position for term in terms]
        near = self._nearest.near(self._nearest.position(post))
        having = 0
        for other, _ in near:
            having += any(other in by_position for by_position in evidence)
        return having, len(near)

    def _of(self, term: Term) -> _TermEvidence:
        known = self._terms.get(term)
        if known is None:
            evidence = {n: min(points, MOST) for n, points in self._evidence(term).items()}
            known = self._terms[term] = _TermEvidence(evidence, fsum(evidence.values()))
        return known

    def _usual(self, position: int, term: Term) -> float:
        """Return the mean evidence of all posts but one."""
        evidence, total = self._of(term)
        return (total - evidence.get(position, 0.0)) / max(self._posts - 1, 1)

    def _mean(self, position: int, term: Term) -> float | None:
        """Return the mean evidence of the nearest posts, `None` if there are none."""
        evidence = self._of(term).by_position
        likeness = 0
        sum_of_evidence = 0.0
        for other, weight in self._nearest.near(position):
            likeness += weight
            if other in evidence:
                sum_of_evidence += weight * evidence[other]
        return sum_of_evidence / likeness if likeness else None
