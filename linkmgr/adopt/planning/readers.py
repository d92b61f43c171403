"""What readers see: the items of each page before and after, and by the rules alone."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from linkmgr.adopt.deciding.model import Placed
from linkmgr.adopt.proposing.measure import InBlocks
from linkmgr.catalog.items import ItemKind
from linkmgr.posts.model import Post
from linkmgr.posts.publish import live_posts

Pages = Mapping[str, tuple[str, ...]]
"""The items on pages, by the post's path."""


class PageChange(NamedTuple):
    """A post whose readers see other items: those that are `gone`, and those that are `new`."""

    path: str
    gone: tuple[str, ...]
    new: tuple[str, ...]


class PageNumbers(NamedTuple):
    """On how many pages an item is."""

    before: int
    after: int
    by_rules: int


@dataclass(frozen=True, slots=True)
class Readers:
    """The items that readers see on the live pages, by the post's path.

    `before` is what was pasted in, or placed by front matter or a card, `after` what is shown from
    now on; `by_rules` would be shown if no front matter kept an old choice.
    """

    before: Pages
    after: Pages
    by_rules: Pages

    @property
    def losing(self) -> tuple[PageChange, ...]:
        """The posts that show fewer items than before."""
        return tuple(each for each in _changes(self.before, self.after) if not each.new)

    @property
    def changing(self) -> tuple[PageChange, ...]:
        """The posts that show others in the place of those that they had."""
        return tuple(each for each in _changes(self.before, self.after) if each.gone and each.new)

    @property
    def gaining(self) -> tuple[PageChange, ...]:
        """The posts that show more than before, most of which had none."""
        return tuple(each for each in _changes(self.before, self.after) if not each.gone)

    @property
    def differing(self) -> tuple[PageChange, ...]:
        """The posts for which the rules alone would choose otherwise than their front matter."""
        return tuple(_changes(self.after, self.by_rules))

    @property
    def carriers(self) -> int:
        """How many posts had items."""
        return sum(map(bool, self.before.values()))

    def numbers(self) -> dict[str, PageNumbers]:
        """Return on how many pages each item is, those first that are on most."""
        before, after, by_rules = (
            Counter(chain(*pages.values())) for pages in (self.before, self.after, self.by_rules)
        )
        found = {
            item: PageNumbers(before[item], after[item], by_rules[item])
            for item in {**before, **after, **by_rules}
        }
        return dict(sorted(found.items(), key=lambda pair: (*(-n for n in pair[1]), pair[0])))


def compare_pages(
    posts: Sequence[Post],
    placed: Mapping[str, Placed],
    by_rules: Mapping[str, InBlocks],
    kept: Mapping[str, InBlocks],
) -> Readers:
    """Return what readers see of the items in `placed`, and of others.

    `kept` are the blocks of the posts whose front matter chooses, `by_rules` those that the rules
    alone would fill. Items between the texts of a post stay either way.
    """
    live = live_posts(posts).values()

    def shown(blocks: Mapping[str, InBlocks]) -> Pages:
        return {post.path: _once(post.cards, *blocks[post.path].values()) for post in live}

    return Readers(
        before={
            post.path: _once(
                placed[post.path].items if post.path in placed else (),
                post.cards,
                *(post.override.items(kind.value) or () for kind in ItemKind),
            )
            for post in live
        },
        after=shown({**by_rules, **kept}),
        by_rules=shown(by_rules),
    )


def _once(*items: Iterable[str]) -> tuple[str, ...]:
    return (*dict.fromkeys(chain(*items)),)


def _changes(before: Pages, after: Pages) -> Iterator[PageChange]:
    for path, old in before.items():
        gone = tuple(item for item in old if item not in after[path])
        new = tuple(item for item in after[path] if item not in old)
        if gone or new:
            yield PageChange(path, gone, new)
