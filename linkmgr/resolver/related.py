"""Related posts: those of the same language that have most in common with a post.

The work for a post does not grow with the site: see `linkmgr.resolver.likeness`.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from linkmgr.messages.message import Message, message
from linkmgr.posts.article.titles import title_text
from linkmgr.posts.model import Post
from linkmgr.posts.publish import live_posts
from linkmgr.resolver.likeness import ComparedPosts
from linkmgr.resolver.model import Reason

# Titles this close (cosine) are the same to a reader; a list of them would seem repeated.
NEAR_IDENTICAL = 0.7
# The evidence that a related post needs: one tag of half the posts, or a title or a text that is
# more alike than a few common words make it.
MINIMUM = 0.08

Choice = tuple[int, float | None]
"""How many related posts are chosen, and the evidence that they need (`None`: `MINIMUM`)."""

KnownRelated = Mapping[Choice, Mapping[str, Sequence[str]]]
"""The related posts chosen before, as live URLs by live URL; valid for the same posts alone."""


class Candidate(NamedTuple):
    """A post that the related block may show, by its position among the live posts."""

    position: int
    score: float


class RelatedPosts:
    """The live posts of a site, comparable with each other; those `apart` are no candidates."""

    def __init__(
        self, posts: Sequence[Post], known: KnownRelated, apart: frozenset[str] = frozenset()
    ) -> None:
        live = live_posts(posts)
        self._posts = [post for post in posts if live.get(post.live_url) is post]
        self._known = known
        self._apart = apart
        self._positions = {post.live_url: number for number, post in enumerate(self._posts)}

    @cached_property
    def _compared(self) -> ComparedPosts:
        return ComparedPosts(self._posts)

    def chosen(self, post: Post, choice: Choice) -> list[Candidate]:
        """Return the candidates to show in `post`."""
        limit, minimum = choice
        return self.choose(self.candidates(post, minimum), limit)

    def shown(self, post: Post, choice: Choice) -> list[Post]:
        """Return the posts to show in `post`, without a comparison if they are known."""
        known = self._known.get(choice, {}).get(post.live_url)
        if known is None:
            return [self.post(candidate) for candidate in self.chosen(post, choice)]
        return [self._posts[self._positions[url]] for url in known]

    def candidates(self, post: Post, minimum: float | None = None) -> list[Candidate]:
        """Return the live posts that reach the minimum, the best first; ties go to the newer."""
        needed = MINIMUM if minimum is None else minimum
        position = self._positions.get(post.live_url)
        if position is None:
            return []
        found = []
        for other in self._compared.candidates(position):
            if self._posts[other].path in self._apart:
                continue
            likeness = self._compared.likeness(position, other)
            if likeness.evidence >= needed:
                found.append(Candidate(other, likeness.score))
        found.sort(key=lambda candidate: (-candidate.score, candidate.position))
        return found

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
        wordings, titles = self._compared.wordings, self._compared.titles
        for other in chosen:
            if (
                wordings[candidate.position] == wordings[other.position]
                or titles.similarity(candidate.position, other.position) >= NEAR_IDENTICAL
            ):
                return other
        return None

    def post(self, candidate: Candidate) -> Post:
        """Return the post of a candidate."""
        return self._posts[candidate.position]

    def reasons(self, post: Post, candidate: Candidate) -> tuple[Reason, ...]:
        """Return why a candidate is related to `post`; the points add up to its score."""
        position = self._positions[post.live_url]
        return tuple(self._compared.reasons(position, candidate.position))
