"""`linkmgr coverage`: what of a site and its catalog is shown, before and after a change."""

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from linkmgr.blocks.shown import InArticle, ItemsOfPosts, ShownItems, count_posts
from linkmgr.builder.fragments import compute_related
from linkmgr.builder.processes import Track, in_parallel, silently
from linkmgr.builder.reading.cache import open_cache
from linkmgr.builder.reading.inputs import load_inputs
from linkmgr.builder.site import CATALOG
from linkmgr.catalog.blocks import Block
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.files import load_catalog, read_catalog
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import declared, message, translate
from linkmgr.posts.model import Post
from linkmgr.reports import Column, Fact, Kind, Output, columns_of, json_row
from linkmgr.resolver.related import RelatedChoice
from linkmgr.resolver.resolve import PreparedPosts, Resolver
from linkmgr.resolver.rules import keywords_of
from linkmgr.resolver.statistics import term, terms

# Measuring how many posts show what, and what no post shows.

RelatingPosts = Mapping[RelatedChoice, AbstractSet[str]]
"""The paths of the posts that have related ones, by how these are chosen."""


class _CoveredPost(NamedTuple):
    """What a post shows, and the categories that alone speak for some of it, to the contrary."""

    shown: ShownItems
    doubted: frozenset[str]


@dataclass(frozen=True, slots=True)
class TagCoverage:
    """How many posts and items have a tag."""

    tag: str
    """As the newest post writes it."""
    posts: int
    without: int
    """The posts among these that show no item."""
    items: int
    """How many items the mappings of the tag name."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the posts of a site show by one catalog."""

    posts: int
    blocks: Mapping[str, int]
    """How many posts show each block."""
    tags: tuple[TagCoverage, ...]
    items: Mapping[str, int]
    """How many posts show each item in use."""
    without: tuple[str, ...]
    """The paths of the posts that show no item, the newest first."""
    doubted: Mapping[str, tuple[str, ...]]
    """By category the paths of the posts that show items for it alone though the nearest posts lack
    it, the newest first; those of the most posts first."""

    @property
    def unmapped(self) -> list[TagCoverage]:
        """The tags that no rule names, those on most posts first."""
        return [tag for tag in self.tags if not tag.items]

    @property
    def doubted_posts(self) -> frozenset[str]:
        """The paths of the posts with such a category."""
        return frozenset().union(*self.doubted.values())

    @property
    def unshown(self) -> list[str]:
        """The items in use that no post shows."""
        return [item for item, posts in self.items.items() if not posts]


def measure(
    catalog: Catalog, prepared: PreparedPosts, today: date, related: RelatingPosts
) -> Coverage:
    """Measure a catalog against the posts, on a day in the site's time zone."""
    posts = prepared.posts
    resolver = Resolver(catalog, prepared, today)
    items_of_posts = ItemsOfPosts(catalog, resolver)
    _ = prepared.neighbours  # before the workers are forked, not in each

    def cover(start: int, stop: int) -> list[_CoveredPost]:
        return [_cover(resolver, items_of_posts, post) for post in posts[start:stop]]

    covered = list(in_parallel(cover, len(posts)))
    blocks: Counter[str] = Counter()
    for post_shows in covered:
        blocks.update(post_shows.shown.keys())
    pinned = sum(bool(post.override.related) for post in posts)
    relating = {post.path for post in posts if resolver.relates(post)}
    for block in catalog.blocks:
        if choice := _choice_of(block):
            # Those that front matter names are in the first block of such.
            blocks[block.name] = pinned + len(related[choice] & relating)
            pinned = 0
    items = count_posts(post_shows.shown for post_shows in covered)
    without: list[str] = []
    doubted: dict[str, list[str]] = {}
    for post, post_shows in zip(posts, covered, strict=True):
        if not post_shows.shown:
            without.append(post.path)
        for category in post_shows.doubted:
            doubted.setdefault(category, []).append(post.path)
    by_posts = sorted(doubted, key=lambda category: (-len(doubted[category]), category))
    in_use = [item.id for item in catalog.items.values() if not item.has_ended(today)]
    return Coverage(
        posts=len(posts),
        blocks={block.name: blocks[block.name] for block in catalog.blocks},
        tags=tuple(_tags(catalog, posts, frozenset(without))),
        items={item: items[item] for item in in_use},
        without=tuple(without),
        doubted={category: tuple(doubted[category]) for category in by_posts},
    )


def _choice_of(block: Block) -> RelatedChoice | None:
    """Return the choice of a block's related posts; `None` for a block of items."""
    return None if block.kind.items else RelatedChoice(block.limit, block.minimum)


def _related_posts(
    catalogs: Sequence[Catalog], prepared: PreparedPosts, track: Track
) -> RelatingPosts:
    """Find which posts have related ones, by each way in which the catalogs choose them."""
    choices: set[RelatedChoice] = set()
    for catalog in catalogs:
        for block in catalog.blocks:
            if choice := _choice_of(block):
                choices.add(choice)
    compute_related(prepared, choices, catalogs, track)

    return {choice: _with_related(prepared, choice) for choice in choices}


def _with_related(prepared: PreparedPosts, choice: RelatedChoice) -> frozenset[str]:
    """Return the paths of the posts that have related ones, chosen in one way."""
    posts = prepared.posts

    def have_related(start: int, stop: int) -> list[bool]:
        return [bool(prepared.related.shown(post, choice)) for post in posts[start:stop]]

    marks = in_parallel(have_related, len(posts))
    return frozenset(post.path for post, marked in zip(posts, marks, strict=True) if marked)


def _cover(resolver: Resolver, items_of_posts: ItemsOfPosts, post: Post) -> _CoveredPost:
    placed = resolver.items(post)
    doubted: set[str] = set()
    for placements in placed.values():
        doubted.update(placement.doubted_category for placement in placements)
    shown = items_of_posts.of_placed(post, placed, InArticle.of_post(resolver, post))
    return _CoveredPost(shown, frozenset(doubted - {""}))


def _tags(
    catalog: Catalog, posts: Sequence[Post], without: AbstractSet[str]
) -> Iterator[TagCoverage]:
    written: dict[str, str] = {}
    number: Counter[str] = Counter()
    empty: Counter[str] = Counter()
    for post in posts:
        for tag in map(str, post.tags):
            written.setdefault(term(tag), tag)
        post_terms = terms(post.tags)
        number.update(post_terms)
        if post.path in without:
            empty.update(post_terms)
    items: dict[str, set[str]] = {}
    for mapping in catalog.mappings.values():
        if mapping.exclude:
            continue
        for tag in mapping.any_of.tags + mapping.all_of.tags:
            items.setdefault(term(tag), set()).update(catalog.items_of(mapping))
    for tag, count in number.most_common():
        yield TagCoverage(written[tag], count, empty[tag], len(items.get(tag, ())))


# The other catalog to compare with: a file, or the same file at a revision of git.

# A hook sets these, and git would use the hook's repository instead of the folder's.
_OF_ONE_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")

# What git says of a name that means nothing to it, whatever was asked for.
_UNKNOWN_REVISION = "fatal: Needed a single revision"


def _read_other_catalog(catalog_file: Path, against: str) -> Catalog:
    """Read a file, or `catalog_file` as it is at a revision. Raise LinkmgrError."""
    if Path(against).is_file():
        return parse_catalog(read_catalog(Path(against)), against)
    return parse_catalog(_at_revision(catalog_file, against), f"{against}:{catalog_file.name}")


def _at_revision(file: Path, revision: str) -> bytes:
    if shutil.which("git") is None:
        raise LinkmgrError(message("coverage.no-such-file", name=revision))
    file = file.resolve()  # git knows only where a link leads
    folder = file.parent
    try:
        # What is not a revision may be much to `git show`: an option, a file of the index.
        wanted = ("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
        commit = _git(folder, *wanted).decode().strip()
        return _git(folder, "show", f"{commit}:./{file.name}")
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode(errors="replace").strip().partition("\n")[0]
        if reason == _UNKNOWN_REVISION:
            raise LinkmgrError(message("coverage.neither", name=revision)) from error
        wrong = message("coverage.no-such-revision", name=revision, reason=reason)
        raise LinkmgrError(wrong) from error


def _git(folder: Path, *arguments: str) -> bytes:
    environment = os.environ | {"LC_ALL": "C.UTF-8"}
    for name in _OF_ONE_REPOSITORY:
        environment.pop(name, None)
    return subprocess.run(  # noqa: S603 - no shell, and nothing of the user's is an option
        ["git", *arguments],  # noqa: S607 - git by name
        cwd=folder,
        env=environment,
        capture_output=True,
        check=True,
    ).stdout


# Comparing a site's coverage by its catalog with that by another one.


@dataclass(frozen=True, slots=True)
class CoverageComparison:
    """The coverage of a site now and, by the catalog that is named `against`, before."""

    now: Coverage
    before: Coverage | None = None
    against: str = ""
    filled: Coverage | None = None
    """By the same catalog, if rules filled the posts that stay as they were when adopted."""

    @property
    def measured(self) -> Sequence[Coverage]:
        """What was measured, the earlier one first."""
        return (self.before, self.now) if self.before else (self.now,)


def compare(
    root: Path,
    *,
    catalog_file: Path | None = None,
    against: str | None = None,
    track: Track = silently,
) -> CoverageComparison:
    """Measure the site at `root`, and if wanted by another catalog, too. Raise LinkmgrError."""
    catalog_file = catalog_file or root / CATALOG
    catalog = load_catalog(catalog_file)
    other = _read_other_catalog(catalog_file, against) if against is not None else None
    with open_cache(root, read_only=True) as cache:
        site = load_inputs(root, catalog, cache=cache, track=track)
    prepared, today = PreparedPosts(site.posts, site.texts), site.now.date()
    related = _related_posts([catalog, other] if other else [catalog], prepared, track)
    now = measure(catalog, prepared, today, related)
    filled = None
    if not catalog.site.fill_bare_posts:
        filling = replace(catalog, site=replace(catalog.site, fill_bare_posts=True))
        filled = measure(filling, prepared, today, related)
    if other is None:
        return CoverageComparison(now, filled=filled)
    counted = prepared
    if keywords_of(other.mappings.values()) != keywords_of(catalog.mappings.values()):
        with open_cache(root, read_only=True) as cache:
            read = load_inputs(
                root, other, cache=cache, now=site.now, check_names=False, track=track
            )
        counted = prepared.with_texts({**site.texts, **read.texts})
    return CoverageComparison(now, measure(other, counted, today, related), against or "", filled)


# A comparison as text and as JSON.

# The most of a list that are named; --json has all.
_NAMED = 10

_TABLE = frozenset({Output.TABLE})
_JSON = frozenset({Output.JSON})


def coverage_columns(blocks: Iterable[str]) -> tuple[Column[Coverage], ...]:
    """Return the figures of a coverage, with one for each block."""
    return (
        Column("posts", "posts", lambda coverage: coverage.posts),
        Column(
            "posts_without_items",
            "posts that show no item",
            lambda coverage: list(coverage.without),
            kind=Kind.ENTRIES,
        ),
        Column(
            "doubted_categories",
            "posts that show an item for a category that may not fit",
            lambda coverage: {name: list(paths) for name, paths in coverage.doubted.items()},
            kind=Kind.ENTRIES,
            needs=Fact.DOUBTS,
            text=lambda coverage: f"{len(coverage.doubted_posts):,}",
        ),
        Column("blocks", "", lambda coverage: dict(coverage.blocks), _JSON, kind=Kind.ENTRIES),
        *(_block_column(name) for name in blocks),
        Column(
            "tags",
            "tags",
            lambda coverage: [asdict(tag) for tag in coverage.tags],
            kind=Kind.ENTRIES,
        ),
        Column(
            "unmapped_tags",
            "tags that no rule names",
            lambda coverage: [tag.tag for tag in coverage.unmapped],
            kind=Kind.ENTRIES,
        ),
        Column("items", "items in use", lambda coverage: dict(coverage.items), kind=Kind.ENTRIES),
        Column(
            "unshown_items",
            "items that no post shows",
            lambda coverage: coverage.unshown,
            kind=Kind.ENTRIES,
        ),
    )


def _block_column(name: str) -> Column[Coverage]:
    heading = declared("posts that show the block {name}").format(name=name)
    return Column(name, heading, lambda coverage: coverage.blocks.get(name, 0), _TABLE)


def coverage_json(comparison: CoverageComparison) -> dict[str, Any]:
    """Return the comparison as a JSON value; `before` is null without one."""
    columns = columns_of(coverage_columns(()), Output.JSON, Fact)

    def json(coverage: Coverage | None) -> dict[str, Any] | None:
        return json_row(columns, coverage) if coverage else None

    return {
        "against": comparison.against or None,
        "now": json(comparison.now),
        "before": json(comparison.before),
        "filled": json(comparison.filled),
    }


def coverage_text(comparison: CoverageComparison) -> str:
    """Return the figures, each with what it was before where that differs, and what is missing."""
    return "\n".join(_lines(comparison))


def _lines(comparison: CoverageComparison) -> Iterator[str]:
    now, measured = comparison.now, comparison.measured
    if comparison.before == now:
        yield translate(message("coverage.no-difference", name=comparison.against))
    elif comparison.before:
        yield translate(message("coverage.against", name=comparison.against))
    blocks: dict[str, None] = {}
    for coverage in measured:
        blocks |= dict.fromkeys(coverage.blocks)
    facts = [Fact.DOUBTS] if any(coverage.doubted for coverage in measured) else []
    for column in columns_of(coverage_columns(blocks), Output.TABLE, facts):
        yield _figure([column.words(coverage) for coverage in measured], column.heading)
    if items := _by_change(comparison):
        yield ""
        yield translate(message("coverage.list-items"))
        for item in items:
            yield _figure([f"{_posts_of(item, coverage):,}" for coverage in measured], item)
    yield from _filled(comparison)
    tags = [f"{tag.tag} ({tag.posts:,})" for tag in now.unmapped]
    yield from _list("coverage.list-tags", tags)
    categories = [f"{name} ({len(paths):,})" for name, paths in now.doubted.items()]
    yield from _list("coverage.list-doubted", categories)
    yield from _list("coverage.list-posts", now.without)


def _figure(numbers: Iterable[str], name: str) -> str:
    """Write a figure, with what it was before where that differs."""
    counts = " → ".join(dict.fromkeys(numbers))
    return f"{counts:>15}  {name}"


def _filled(comparison: CoverageComparison) -> Iterator[str]:
    """Yield the items that posts left bare would show by the rules."""
    now, filled = comparison.now, comparison.filled
    if filled is None:
        return
    posts = len(now.without) - len(filled.without)
    yield ""
    yield translate(message("coverage.filled", count=posts))
    more = {item: number - _posts_of(item, now) for item, number in filled.items.items()}
    for item in sorted(more, key=lambda name: -more[name]):
        if more[item]:
            yield _figure([f"{more[item]:+,}"], item)


def _posts_of(item: str, coverage: Coverage) -> int:
    return coverage.items.get(item, 0)


def _by_change(comparison: CoverageComparison) -> list[str]:
    """Return all items, those of the largest change first, then those that most posts show."""
    order: dict[str, tuple[int, int]] = {}
    earlier = comparison.before or comparison.now
    for coverage in comparison.measured:
        for item in coverage.items:
            posts = _posts_of(item, comparison.now)
            order[item] = -abs(posts - _posts_of(item, earlier)), -posts
    return sorted(order, key=order.__getitem__)


def _list(head: str, names: Sequence[str]) -> Iterator[str]:
    if not names:
        return
    yield ""
    yield translate(message(head))
    for name in names[:_NAMED]:
        yield f"  {name}"
    if (more := len(names) - _NAMED) > 0:
        yield f"  {translate(message('coverage.more', count=more))}"
