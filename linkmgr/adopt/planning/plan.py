"""What adopting a blog does: the plan as a value, and what readers see before and after."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from linkmgr.adopt.deciding.model import CollectedItems, Placed
from linkmgr.adopt.planning.additions import Addition
from linkmgr.adopt.planning.changes import FileChange, LinkEarnings
from linkmgr.adopt.planning.leaving import Leaving
from linkmgr.adopt.planning.outcome import ShownInPost
from linkmgr.adopt.post.model import KeptProduct
from linkmgr.adopt.proposing.measure import Reproduced
from linkmgr.adopt.proposing.propose import Proposal
from linkmgr.adopt.scanning.read_blog import OldSite
from linkmgr.blocks.shown import ShownItems
from linkmgr.builder.reading.bare_posts import BARE_POSTS, bare_posts_text
from linkmgr.builder.setup.install import InstallPlan
from linkmgr.builder.setup.layouts import FileEdit, Unserved
from linkmgr.builder.site import OutputPaths
from linkmgr.catalog.blocks import COMPARE
from linkmgr.catalog.items import ItemKind
from linkmgr.catalog.model import Catalog
from linkmgr.posts.model import NO_OVERRIDE, Bare, Override, Post
from linkmgr.resolver.model import TEXT

# What readers see: the items of each post before and after, and by the rules alone.

PostItems = Mapping[str, tuple[str, ...]]
"""The items of posts, by the post's path."""


class PostChange(NamedTuple):
    """A post whose readers see other items: those that are `gone`, and those that are `new`."""

    path: str
    gone: tuple[str, ...]
    new: tuple[str, ...]


class ItemNumbers(NamedTuple):
    """How many posts show an item."""

    before: int
    after: int
    by_rules: int


@dataclass(frozen=True, slots=True)
class ReaderItems:
    """The items that readers see in posts, by the post's path.

    All posts count, as in lists and coverage, also those that a newer one at their address hides.
    """

    before: PostItems
    """What was pasted in, or placed by front matter or a card."""

    after: PostItems
    """What is shown from now on."""

    by_rules: PostItems
    """What would be shown if no front matter kept an old choice."""

    @property
    def losing(self) -> tuple[PostChange, ...]:
        """The posts that show fewer items than before."""
        return tuple(change for change in _changes(self.before, self.after) if not change.new)

    @property
    def changing(self) -> tuple[PostChange, ...]:
        """The posts that show others in place of those that they had."""
        changes = _changes(self.before, self.after)
        return tuple(change for change in changes if change.gone and change.new)

    @property
    def gaining(self) -> tuple[PostChange, ...]:
        """The posts that show more than before; most had none."""
        return tuple(change for change in _changes(self.before, self.after) if not change.gone)

    @property
    def differing(self) -> tuple[PostChange, ...]:
        """The posts for which the rules alone would choose otherwise than their front matter."""
        changes = _changes(self.after, self.by_rules)
        return tuple(change for change in changes if self.before[change.path])

    def numbers(self) -> dict[str, ItemNumbers]:
        """Return the number of posts that have each item, in descending order."""
        before = Counter(chain.from_iterable(self.before.values()))
        after = Counter(chain.from_iterable(self.after.values()))
        by_rules = Counter(chain.from_iterable(self.by_rules.values()))
        numbers = {
            item: ItemNumbers(before[item], after[item], by_rules[item])
            for item in before | after | by_rules
        }
        return dict(sorted(numbers.items(), key=lambda pair: (*(-n for n in pair[1]), pair[0])))


def compare_posts(
    posts: Sequence[Post],
    placed: Mapping[str, Placed],
    kept: Mapping[str, ShownInPost],
    overrides: Mapping[str, Override],
    *,
    ruled: Mapping[str, ShownItems],
) -> ReaderItems:
    """Return the items of each post: before adoption, after it, and by the rules alone.

    `overrides` are what the posts' front matter says now, `kept` what they will show, `ruled` what
    they would by the rules alone; all by path.
    """
    before: dict[str, tuple[str, ...]] = {}
    by_rules: dict[str, tuple[str, ...]] = {}
    for post in posts:
        of_post = ruled[post.path]
        had = [*placed[post.path].items] if post.path in placed else []
        had += of_post.get(TEXT, ())
        had += of_post.get(COMPARE.name, ()) if post.comparisons else ()
        override = overrides.get(post.path, NO_OVERRIDE)
        for kind in ItemKind:
            had += override.items(kind.value) or ()
        before[post.path] = tuple(dict.fromkeys(had))
        by_rules[post.path] = tuple(dict.fromkeys(chain(*of_post.values())))
    return ReaderItems(before, {post.path: kept[post.path].items for post in posts}, by_rules)


def _changes(before: PostItems, after: PostItems) -> Iterator[PostChange]:
    for path, old in before.items():
        gone = tuple(item for item in old if item not in after[path])
        new = tuple(item for item in after[path] if item not in old)
        if gone or new:
            yield PostChange(path, gone, new)


# The plan.


@dataclass(frozen=True, slots=True)
class Adoption:
    """What adopting a blog does, or with `written` has done.

    `catalog` is what it is from now on, at `catalog_path`. `catalog_before` and `catalog_after` are
    its texts; before there was one, the first is empty. `shown` is what each post will show, `bare`
    are the posts that had nothing of a kind and stay so. `changes` are of all posts with anything
    found. `git_prefix` is the prefix of the site's paths in its repository, `None` outside of one.
    `titles_file` is where the owner names products. `phases` are the seconds that each took.
    """

    site: OldSite
    catalog: Catalog
    catalog_path: str
    catalog_before: str
    catalog_after: str
    collected: CollectedItems
    new: tuple[Addition, ...]
    proposals: tuple[Proposal, ...]
    reproduced: Reproduced
    readers: ReaderItems
    shown: Mapping[str, ShownInPost]
    bare: Mapping[Bare, frozenset[str]]
    fillable: tuple[str, ...]
    """The posts that had no items and stay so, and would show some by the rules."""
    leaving: Leaving
    earnings: LinkEarnings
    install: InstallPlan
    changes: tuple[FileChange, ...]
    git_prefix: str | None
    titles_file: str | None
    fills_bare_posts: bool
    """Whether the rules will fill posts that the catalog had kept as they were."""

    written: bool
    phases: Mapping[str, float]

    @property
    def catalog_name(self) -> str:
        """The catalog's path from the site's root, a link's where it leads."""
        return self.name_of(Path(self.catalog_path))

    def name_of(self, file: Path) -> str:
        """Return a file's path from the site's root, a link's where it leads."""
        return Path(os.path.relpath(file.resolve(), self.site.root.resolve())).as_posix()

    @property
    def in_git(self) -> bool:
        """Whether the site is in a repository."""
        return self.git_prefix is not None

    @property
    def rewritten(self) -> tuple[FileChange, ...]:
        """The posts whose files change."""
        return tuple(change for change in self.changes if change.changed)

    @property
    def kept_products(self) -> tuple[tuple[str, KeptProduct], ...]:
        """The products that blocks stay for, each with its post's path from the site."""
        return tuple(
            (self.site.folder + change.path, product)
            for change in self.changes
            for product in change.kept_products
        )

    @property
    def untitled(self) -> Mapping[str, str]:
        """The ASINs without a known title, each with the first place of the product."""
        places: dict[str, str] = {}
        for path, product in self.kept_products:
            if product.untitled:
                places.setdefault(product.asin, f"{path}:{product.line}")
        return places

    @property
    def unshown(self) -> tuple[tuple[Unserved, int], ...]:
        """The layouts with which posts would lose blocks and show none, and how many posts."""
        losing = {change.path for change in self.changes if change.loses_blocks}
        return tuple(
            (unserved, len(unserved.posts & losing))
            for unserved in self.install.unserved
            if unserved.posts & losing
        )

    @property
    def edits(self) -> tuple[FileEdit, ...]:
        """What has to change in the owner's files, without which blocks show nowhere."""
        wanted = self.new or self.rewritten or self.catalog_before
        return self.install.edits if wanted else ()

    @property
    def files(self) -> Mapping[str, bytes]:
        """The files that linkmgr makes or brings up to date, by path."""
        if not self.anything:
            return {}
        # A catalog that wants the list must not be there before it.
        bare = {BARE_POSTS: bare_posts_text(self.bare)} if self.bare else {}
        return bare | dict(self.install.files)

    @property
    def size_of_commit(self) -> int | None:
        """How many files are new or changed once `linkmgr build` has run.

        `None` where the site was built before, whose files may be the same again.
        """
        index = OutputPaths.of_config(self.site.config).index
        if (self.site.root / index).exists():
            return None
        fragments = sum(in_post.has_fragment for in_post in self.shown.values())
        changed = self.catalog_after != self.catalog_before
        own = len(self.files) + len(self.edits) + changed
        return own + len(self.rewritten) + fragments + 1

    @property
    def is_done(self) -> bool:
        """Whether an earlier run has taken over all that it could: the catalog has it."""
        return not self.anything and bool(self.changes and self.catalog.items)

    @property
    def anything(self) -> bool:
        return bool(self.new or self.rewritten or self.edits or self.fills_bare_posts)
