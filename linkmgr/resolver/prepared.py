"""What is known of a site's posts before any catalog: prepared once, used by many resolvers.

For 10,000 posts preparing takes a hundred times as long as resolving those that one edit touches.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from linkmgr.posts.model import Post
from linkmgr.resolver.model import CATEGORY, KEYWORD, TAG, PostText
from linkmgr.resolver.related import KnownRelated, RelatedPosts
from linkmgr.resolver.rules import Found
from linkmgr.resolver.statistics import Statistics, terms
from linkmgr.resolver.topics import PostVectors, Topics


@dataclass(frozen=True)
class PreparedPosts:
    """The published posts of a site in Jekyll's order, with their texts by path.

    `known_related` are the related posts that were chosen for the same posts before, and
    `known_vectors` the vectors that were made of them. Those with the paths `apart` are related to
    none.
    """

    posts: Sequence[Post]
    texts: Mapping[str, PostText]
    known_related: KnownRelated = field(default_factory=dict)
    known_vectors: PostVectors | None = None
    apart: frozenset[str] = frozenset()

    def with_texts(self, texts: Mapping[str, PostText]) -> "PreparedPosts":
        """Return the same posts with other keywords counted in them."""
        return replace(self, texts=texts, known_vectors=self.vectors)

    @cached_property
    def statistics(self) -> Statistics:
        """How common each tag, category and keyword is."""
        return Statistics.of(self.posts, self.texts)

    @cached_property
    def by_term(self) -> Mapping[Found, Sequence[int]]:
        """The positions of the posts that have a tag, a category or a keyword."""
        by_term: dict[Found, list[int]] = {}
        for position, post in enumerate(self.posts):
            for found in self._terms(post):
                by_term.setdefault(found, []).append(position)
        return by_term

    @cached_property
    def vectors(self) -> PostVectors:
        """The posts' words, whatever keywords are counted."""
        return self.known_vectors or PostVectors(self.posts)

    @cached_property
    def topics(self) -> Topics:
        """What the posts are about, and where each keyword matters most."""
        texts = [self.texts[post.path] for post in self.posts]
        return Topics(
            self.posts,
            self.vectors,
            lambda keyword: self.by_term.get((KEYWORD, keyword), ()),
            lambda keyword, position: self.statistics.evidence(keyword, texts[position]),
        )

    @cached_property
    def related(self) -> RelatedPosts:
        """The live posts, comparable with each other."""
        return RelatedPosts(self.posts, self.known_related, self.apart)

    def _terms(self, post: Post) -> Iterator[Found]:
        yield from ((TAG, tag) for tag in terms(post.tags))
        yield from ((CATEGORY, category) for category in terms(post.categories))
        yield from ((KEYWORD, keyword) for keyword in self.texts[post.path].counts)
