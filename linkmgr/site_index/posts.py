"""The site index: the posts of a site and what they show, as values that lists are made from.

The worker makes one for each revision of the catalog, and the admin answers its lists by it. It
never changes, so all that a page reads of one belongs together.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from linkmgr.messages.errors import LinkmgrError
from linkmgr.resolver.fold import fold
from linkmgr.resolver.model import (
    CATEGORY,
    FALLBACK,
    FRONT_MATTER,
    KEYWORD,
    PIN,
    TAG,
    Cause,
    Placement,
)
from linkmgr.resolver.unshown import UnshownItem
from linkmgr.site_index.effects import Effect

if TYPE_CHECKING:
    from array import array

# A list of posts: which ones, and in which order.


class TagKind(StrEnum):
    """What a post has a tag by: its front matter, or a keyword of a mapping that is in its text."""

    TAG = TAG
    CATEGORY = CATEGORY
    KEYWORD = KEYWORD


class PostColumn(StrEnum):
    """What posts are sorted by; `ITEMS` is how many a post shows."""

    TITLE = "title"
    DAY = "day"
    ITEMS = "items"


class PostState(StrEnum):
    """What a post shows: nothing or something, or an item that is there for a special reason.

    `DOUBTED` are those with an item for whose category alone speaks what the nearest posts lack,
    `EXCLUDED` those whose path is one of the query's `excluded`.
    """

    NOTHING = "nothing"
    SOMETHING = "items"
    PINNED = "pinned"
    CHOSEN = "front-matter"
    FALLBACK = "fallback"
    DOUBTED = "doubted"
    EXCLUDED = "excluded"


# The reason for which an item is shown, whatever its score, is its first.
_CAUSES: Mapping[PostState, Cause] = {
    PostState.PINNED: PIN,
    PostState.CHOSEN: FRONT_MATTER,
    PostState.FALLBACK: FALLBACK,
}


@dataclass(frozen=True, slots=True)
class PostQuery:
    """Which posts are wanted, and in which order: by default all, the newest first."""

    search: str = ""
    """Words of their title or path."""
    tag: str | None = None
    """As tags are compared."""
    kind: TagKind = TagKind.TAG
    """What they have the tag by."""
    state: PostState | None = None
    items: Sequence[str] | None = None
    """Of which they show one."""
    block: str = ""
    """In which they show something, or one of the items."""
    lacking: str = ""
    """The block in which they show nothing."""
    column: PostColumn = PostColumn.DAY
    falling: bool = True
    excluded: Sequence[str] = ()
    """The globs over paths by which mappings exclude items."""


# A list of tags: which ones, and in which order.


class TagColumn(StrEnum):
    """What tags are sorted by.

    `NEED` is unmapped tags with empty posts first, then by the number of empty posts.
    """

    NEED = "need"
    TAG = "tag"
    USES = "uses"
    CLICKS = "clicks"


class Cover(StrEnum):
    """How many of a tag's posts show items."""

    NOTHING = "nothing"
    SOME = "some"
    ALL = "all"


Tag = tuple[str, str]
"""A tag by its kind and as tags are compared."""


@dataclass(frozen=True, slots=True)
class TagQuery:
    """Which tags are wanted, and in which order: by default all, those that need items first."""

    search: str = ""
    """Words of their names."""
    kind: TagKind | None = None
    cover: Cover | None = None
    unmapped: bool = False
    """Whether those alone are wanted for which no mapping names an item."""
    items: Sequence[str] | None = None
    """Of which their mappings name one."""
    block: str = ""
    """In which their posts show something."""
    column: TagColumn = TagColumn.NEED
    falling: bool = False
    clicks: Mapping[Tag, int] = field(default_factory=dict)
    """Those of tags, for the order by clicks."""


# What lists have.

PAGE = 50
"""Rows of a page."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class IndexedPost:
    """A published post; `items` is how many items it shows, `tags` as their author wrote them."""

    key: str
    path: str
    url: str
    title: str
    day: date
    tags: tuple[str, ...]
    excerpt: str
    items: int


@dataclass(frozen=True, slots=True)
class ShownPost:
    """A post with what it shows."""

    post: IndexedPost

    folded: str
    """Its title and path, as searches compare them."""

    placements: tuple[Placement, ...]
    """Those in its blocks, and then those in its article."""

    items: frozenset[str]
    """Its items, wherever they are, with all variants that readers may see."""

    filled: frozenset[str]
    """The blocks that it does not lack: a book that its article shows is one, too."""

    mappings: tuple[str, ...]
    """The mappings that match it."""

    @property
    def blocks(self) -> set[str]:
        """The blocks in which it shows something, and that of what its article shows."""
        return {placement.block for placement in self.placements}

    def is_in(self, state: PostState, excluded: Sequence[str]) -> bool:
        """Whether it is in a state; `excluded` are globs over paths."""
        match state:
            case PostState.NOTHING:
                return not self.post.items
            case PostState.SOMETHING:
                return bool(self.post.items)
            case PostState.DOUBTED:
                return any(placement.doubted_category for placement in self.placements)
            case PostState.EXCLUDED:
                return any(fnmatchcase(self.post.path, glob) for glob in excluded)
            case PostState.PINNED | PostState.CHOSEN | PostState.FALLBACK:
                for placement in self.placements:
                    if placement.reasons and placement.reasons[0].cause == _CAUSES[state]:
                        return True
                return False

    def shows_one_of(self, items: frozenset[str] | None, block: str) -> bool:
        """Whether it shows one of the items, or anything where `items` is `None`, in a block.

        Without a `block` it may be anywhere. A block's placements know nothing of variants, which
        count wherever they are.
        """
        if not block:
            return items is None or not items.isdisjoint(self.items)
        for placement in self.placements:
            if placement.block == block and (items is None or placement.item in items):
                return True
        return False

    def compares(self, comparison: str) -> bool:
        """Whether its block shows a comparison."""
        return any(placement.comparison == comparison for placement in self.placements)


@dataclass(frozen=True, slots=True)
class PostCounts:
    """How many posts a site has, and how many of them show something."""

    posts: int
    nothing: int
    """Those that show nothing."""
    showing: Mapping[str, int]
    """By block those that show something in it, or of its kind in their text."""


@dataclass(frozen=True, slots=True)
class IndexedTag:
    """A tag of the site, or a category, or a keyword of a mapping."""

    kind: TagKind
    tag: str
    """As tags are compared."""
    written: str
    """As the newest post or the first mapping has it."""
    posts: int
    """How many have it."""
    shown: int
    """How many of these show items."""
    items: tuple[str, ...]
    """Those that its mappings name."""

    @property
    def key(self) -> Tag:
        return self.kind, self.tag

    @property
    def empty(self) -> int:
        """How many of its posts show nothing."""
        return self.posts - self.shown

    @property
    def needs_items(self) -> bool:
        """Whether no mapping names items for it, and some of its posts show nothing."""
        return not self.items and self.empty > 0

    @property
    def cover(self) -> Cover:
        if not self.shown:
            return Cover.NOTHING
        return Cover.SOME if self.empty else Cover.ALL


@dataclass(frozen=True, slots=True)
class TaggedPosts:
    """A tag with its posts.

    A post is a number of four bytes: the keywords of 10,000 posts would be a million objects.
    """

    tag: IndexedTag

    numbers: "array[int]"
    """Where its posts are among all."""

    blocks: frozenset[str]
    """The blocks in which they show something."""


@dataclass(frozen=True, slots=True)
class ResultPage(Generic[_T]):
    """One page, counted from 1, of `total` rows."""

    rows: tuple[_T, ...]
    total: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True)
class Meta:
    """Which `revision` of the catalog the index is of, and when it was made (UTC).

    While there are `problems`, worded in the current language, it is the last that could be made.
    """

    revision: str
    made_at: datetime
    problems: tuple[str, ...]


# The index itself.


@dataclass(frozen=True)
class SiteIndex:
    """The posts of a site, in Jekyll's order (the newest first), and what they show."""

    shown_posts: tuple[ShownPost, ...] = ()
    tagged_posts: tuple[TaggedPosts, ...] = ()

    unshown_items: Mapping[str, UnshownItem] = field(default_factory=dict)
    """The items of rules that no post shows."""

    keywords: Mapping[str, str] = field(default_factory=dict)
    """The keywords that are counted, as mappings write them, by how they are compared."""

    revision: str = ""
    """That of the catalog, empty where the site could not be read yet."""

    made_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    ends_at: datetime | None = None
    """When the site is another though no file changes: at midnight, or with its next post."""

    error: LinkmgrError | None = None
    """Why there is no newer one."""

    effect: Effect | None = None
    """What the catalog's last change did, where posts have not changed with it."""

    def with_error(self, error: LinkmgrError) -> "SiteIndex":
        """Return it as the last that could be made."""
        return replace(self, error=error, made_at=datetime.now(UTC))

    @property
    def meta(self) -> Meta:
        """The facts about the index itself."""
        problems = self.error.translated().splitlines() if self.error else ()
        return Meta(self.revision, self.made_at, tuple(problems))

    def posts(self, page: int = 1, wanted: PostQuery = PostQuery()) -> ResultPage[IndexedPost]:
        """Return a page of the posts that are wanted."""
        return _page_of([shown.post for shown in self._wanted_posts(wanted)], page)

    def post_keys(self, wanted: PostQuery) -> list[str]:
        """Return the keys of all posts that are wanted, in their order."""
        return [shown.post.key for shown in self._wanted_posts(wanted)]

    def posts_by_key(self, keys: Iterable[str]) -> dict[str, IndexedPost]:
        """Return posts by their keys; unknown keys are left out."""
        return {key: self._by_key[key].post for key in keys if key in self._by_key}

    def post(self, key: str) -> tuple[IndexedPost, tuple[Placement, ...]] | None:
        """Return a post with all of its placements, `None` if there is none of this key."""
        shown = self._by_key.get(key)
        return (shown.post, shown.placements) if shown else None

    def tags(self, page: int = 1, wanted: TagQuery = TagQuery()) -> ResultPage[IndexedTag]:
        """Return a page of the tags that are wanted."""
        return _page_of(self._wanted_tags(wanted), page)

    def tag_keys(self, wanted: TagQuery) -> list[Tag]:
        """Return all tags that are wanted, in their order."""
        return [tag.key for tag in self._wanted_tags(wanted)]

    def tags_by_key(self, tags: Iterable[Tag]) -> dict[Tag, IndexedTag]:
        """Return tags by their kind and name; unknown ones are left out."""
        return {tag: self._by_tag[tag].tag for tag in tags if tag in self._by_tag}

    def posts_of(self, item: str) -> ResultPage[IndexedPost]:
        """Return the first page of the posts that show an item, the newest first."""
        return _page_of([shown.post for shown in self.shown_posts if item in shown.items], 1)

    def posts_comparing(self, comparison: str) -> ResultPage[IndexedPost]:
        """Return the first page of the posts whose block shows a comparison, the newest first."""
        return _page_of([shown.post for shown in self.shown_posts if shown.compares(comparison)], 1)

    def unshown(self, item: str) -> UnshownItem | None:
        """Return why an item of a rule is on no post, `None` for any other item."""
        return self.unshown_items.get(item)

    def doubted_posts(self) -> list[tuple[str, str]]:
        """Return (category, key) for posts that show an item for a category alone, by category.

        The posts nearest to them lack that category.
        """
        keys: dict[str, dict[str, None]] = defaultdict(dict)
        for shown in self.shown_posts:
            for placement in shown.placements:
                if placement.doubted_category:
                    keys[placement.doubted_category][shown.post.key] = None
        return [(category, key) for category in sorted(keys) for key in keys[category]]

    def shown_by(self, keys: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
        """Return the (block, item) that posts show, in their order, by the posts' keys."""
        placed: dict[str, list[tuple[str, str]]] = {}
        for key in keys:
            shown = self._by_key.get(key)
            if shown and shown.placements:
                placed[key] = [(placement.block, placement.item) for placement in shown.placements]
        return placed

    def filled_by(self, keys: Iterable[str]) -> dict[str, frozenset[str]]:
        """Return the blocks that posts do not lack, by the posts' keys."""
        filled: dict[str, frozenset[str]] = {}
        for key in keys:
            shown = self._by_key.get(key)
            if shown and shown.filled:
                filled[key] = shown.filled
        return filled

    def post_counts(self) -> PostCounts:
        """Count the posts."""
        nothing, showing = 0, Counter[str]()
        for shown in self.shown_posts:
            nothing += not shown.post.items
            showing.update(shown.filled)
        return PostCounts(len(self.shown_posts), nothing, showing)

    def items_in(self, block: str) -> list[str]:
        """Return the items that posts show in a block."""
        items: dict[str, None] = {}
        for shown in self.shown_posts:
            for placement in shown.placements:
                if placement.block == block:
                    items[placement.item] = None
        return list(items)

    def titles(self, keys: Iterable[str]) -> dict[str, str]:
        """Return the titles of posts by key; unknown keys are left out."""
        return {key: post.title for key, post in self.posts_by_key(keys).items()}

    def urls(self, keys: Iterable[str]) -> dict[str, str]:
        """Return the paths of posts' pages by key; unknown keys are left out."""
        return {key: post.url for key, post in self.posts_by_key(keys).items()}

    def keys(self) -> dict[str, str]:
        """Return the keys of all posts by the paths of their pages; of two the newest has it."""
        return {shown.post.url: shown.post.key for shown in reversed(self.shown_posts)}

    def tags_by_post(self) -> dict[str, tuple[str, ...]]:
        """Return the tags of all posts by key, as their authors wrote them."""
        return {shown.post.key: shown.post.tags for shown in self.shown_posts}

    def tag_counts(self, wanted: TagQuery) -> tuple[int, dict[Cover, int]]:
        """Return the number of tags that the query wants, in all and by cover."""
        covers = dict.fromkeys(Cover, 0)
        for tagged in self._tags_of_any_cover(wanted):
            covers[tagged.tag.cover] += 1
        return sum(covers.values()), covers

    def sums_by_tag(
        self, numbers: Mapping[str, tuple[int, ...]], tags: Iterable[Tag] | None = None
    ) -> dict[Tag, tuple[int, ...]]:
        """Return for tags, or for all, the sums of each of the `numbers` of their posts, by key.

        Tags without any such post are left out.
        """
        of_post = [numbers.get(shown.post.key) for shown in self.shown_posts]
        sums: dict[Tag, tuple[int, ...]] = {}
        for tag in self._by_tag if tags is None else tags:
            if tag not in self._by_tag:
                continue
            rows = [of_post[number] for number in self._by_tag[tag].numbers]
            counted = [row for row in rows if row is not None]
            if counted:
                sums[tag] = tuple(map(sum, zip(*counted, strict=True)))
        return sums

    def sums_by_mapping(self, numbers: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
        """Return by mapping the sum of its `numbers` of the posts that it matches, by their keys.

        Mappings that match none of these posts are left out.
        """
        sums: Counter[str] = Counter()
        for mapping, by_post in numbers.items():
            for key, number in by_post.items():
                shown = self._by_key.get(key)
                if shown and mapping in shown.mappings:
                    sums[mapping] += number
        return dict(sums)

    def posts_of_tag(self, tag: Tag) -> list[ShownPost]:
        """Return the posts that have a tag, with what they show."""
        return [self.shown_posts[number] for number in self._by_tag[tag].numbers]

    def posts_by_mapping(self) -> dict[str, int]:
        """Return the number of posts that each mapping matches, without those that match none."""
        counts: Counter[str] = Counter()
        for shown in self.shown_posts:
            counts.update(shown.mappings)
        return dict(counts)

    def posts_by_item(self) -> dict[str, int]:
        """Return the number of posts that show each item, without those that no post shows."""
        return self._posts_by_item

    # Only what pages ask for again and again is kept.

    @cached_property
    def _posts_by_item(self) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for shown in self.shown_posts:
            counts.update(shown.items)
        return dict(counts)

    @cached_property
    def written_tags(self) -> Mapping[TagKind, Mapping[str, str]]:
        """The tags of each kind as they are written, by how they are compared."""
        written: dict[TagKind, dict[str, str]] = {kind: {} for kind in TagKind}
        for tagged in self.tagged_posts:
            written[tagged.tag.kind][tagged.tag.tag] = tagged.tag.written
        return written

    @cached_property
    def _by_key(self) -> dict[str, ShownPost]:
        return {shown.post.key: shown for shown in self.shown_posts}

    @cached_property
    def _by_tag(self) -> dict[Tag, TaggedPosts]:
        return {tagged.tag.key: tagged for tagged in self.tagged_posts}

    def _wanted_posts(self, wanted: PostQuery) -> list[ShownPost]:
        """Return the posts that are wanted, in their order."""
        posts: Iterable[ShownPost] = self.shown_posts
        if wanted.tag is not None:
            tagged = self._by_tag.get((wanted.kind, wanted.tag))
            posts = [self.shown_posts[number] for number in tagged.numbers] if tagged else []
        words = fold(wanted.search).split()
        items = None if wanted.items is None else frozenset(wanted.items)
        selected = []
        for shown in posts:
            if not all(word in shown.folded for word in words):
                continue
            if wanted.state and not shown.is_in(wanted.state, wanted.excluded):
                continue
            if not shown.shows_one_of(items, wanted.block):
                continue
            if wanted.lacking and wanted.lacking in shown.filled:
                continue
            selected.append(shown)
        return _sorted_posts(selected, wanted)

    def _wanted_tags(self, wanted: TagQuery) -> list[IndexedTag]:
        """Return the tags that are wanted, in their order."""
        tags = [tagged.tag for tagged in self._tags_of_any_cover(wanted)]
        if wanted.cover:
            tags = [tag for tag in tags if tag.cover is wanted.cover]
        return _sorted_tags(tags, wanted)

    def _tags_of_any_cover(self, wanted: TagQuery) -> list[TaggedPosts]:
        words = fold(wanted.search).split()
        items = None if wanted.items is None else frozenset(wanted.items)
        selected = []
        for tagged in self.tagged_posts:
            tag = tagged.tag
            if wanted.kind and tag.kind is not wanted.kind:
                continue
            if wanted.unmapped and tag.items:
                continue
            if not all(word in tag.tag for word in words):
                continue
            if items is not None and items.isdisjoint(tag.items):
                continue
            if wanted.block and wanted.block not in tagged.blocks:
                continue
            selected.append(tagged)
        return selected


def _page_of(rows: Sequence[_T], page: int) -> ResultPage[_T]:
    number = max(page, 1)
    start = PAGE * (number - 1)
    return ResultPage(tuple(rows[start : start + PAGE]), len(rows), number)


def _sorted_posts(posts: list[ShownPost], wanted: PostQuery) -> list[ShownPost]:
    """Sort posts, which come with the newest first and stay so where they are alike."""
    if wanted.column is PostColumn.DAY:
        return posts if wanted.falling else posts[::-1]
    key: Callable[[ShownPost], Any] = _title_as_sorted
    if wanted.column is PostColumn.ITEMS:
        key = _number_of_items
    return sorted(posts, key=key, reverse=wanted.falling)


def _title_as_sorted(shown: ShownPost) -> bytes:
    """Return a title with no difference between large and small letters of ASCII."""
    return shown.post.title.encode().lower()


def _number_of_items(shown: ShownPost) -> int:
    return shown.post.items


def _sorted_tags(tags: list[IndexedTag], wanted: TagQuery) -> list[IndexedTag]:
    """Sort tags; those that are alike are by name."""
    if wanted.column is TagColumn.TAG:
        return sorted(tags, key=lambda tag: (tag.tag, tag.kind), reverse=wanted.falling)
    tags = sorted(tags, key=lambda tag: tag.tag)
    if wanted.column is TagColumn.USES:
        tags.sort(key=lambda tag: tag.posts, reverse=wanted.falling)
    elif wanted.column is TagColumn.CLICKS:
        tags.sort(key=lambda tag: wanted.clicks.get(tag.key, 0), reverse=wanted.falling)
    else:  # those that need items most come first where they rise
        tags.sort(key=_need_of, reverse=not wanted.falling)
    return tags


def _need_of(tag: IndexedTag) -> tuple[bool, int, int]:
    return tag.needs_items, tag.empty, tag.posts
