"""What adopting does to one post's file."""

import re
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from linkmgr.adopt.deciding.keep_blocks import keep_refused
from linkmgr.adopt.deciding.model import Placed
from linkmgr.adopt.finding.article_end import in_middle
from linkmgr.adopt.finding.frequency import Frequencies, by_frequency
from linkmgr.adopt.finding.removal import Removal, removals, remove_blocks, replacements
from linkmgr.adopt.finding.scan import scan_post
from linkmgr.adopt.markup.anchors import anchors, definitions_of
from linkmgr.adopt.markup.article import LINE_END
from linkmgr.adopt.planning.keep_choices import Choice, with_choice
from linkmgr.adopt.planning.rewrite import Rewritten, rewrite_links
from linkmgr.adopt.post.model import (
    BlockKind,
    Finding,
    InlineLink,
    KeptProduct,
    OldPost,
    Unsaved,
    block_kind,
    in_order,
)
from linkmgr.adopt.post.site_addresses import LiveUrls
from linkmgr.catalog.model import Catalog
from linkmgr.links.model import AMAZON, AffiliateLink
from linkmgr.links.recognition.affiliate import affiliate_link
from linkmgr.messages.message import Message, message
from linkmgr.posts.article.inclusions import block_tag, card_tag
from linkmgr.posts.article.text import Spans, apart
from linkmgr.posts.ruby.jekyll import RELEASED, Package

_TEXT = re.compile(rb"\S")

SHOWN_KINDS = frozenset(("related", "cta", "books", "products"))
"""The blocks that a reader misses."""

# What the catalog's address in a link's place settles.
_OF_LINKS = ("inline-link", "no-tag", "foreign-tag")


@dataclass(frozen=True, slots=True)
class Policy:
    """What applies to all posts.

    `refused` are the items that stay where they are; inline links get the addresses of `links`,
    front matter the choices of `keep`, by path, as the Jekyll of `package` reads it, with the
    `names` of items in comments. Cards show the items between the texts of `placed`, by path;
    `related` is the block of related posts.
    """

    live: LiveUrls
    refused: Mapping[str, Message]
    links: Catalog | None
    keep: Mapping[str, Choice] = field(default_factory=dict)
    package: Package = RELEASED.package
    placed: Mapping[str, Placed] = field(default_factory=dict)
    related: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)


class Removed(NamedTuple):
    """Lines that leave a file, the last one included, and the kind of block that they were.

    One that is `in_line` shares its first or last line with other text. `tags` come in their place.
    """

    kind: BlockKind
    line: int
    last: int
    in_line: bool
    tags: tuple[str, ...] = ()


class Change(NamedTuple):
    """A post's new bytes, and what they lack or have otherwise.

    `choice` is what the front matter gets. `findings_removed` leave the file with its blocks;
    `findings_left` names the blocks that stay, too. `links` are the affiliate links that leave or
    get another address, `kept_products` those for whose sake blocks stay. The catalog lacks what is
    `unsaved_removed`; blocks stay for `unsaved_left`.
    """

    path: str
    data: bytes
    removed: tuple[Removed, ...]
    rewritten: tuple[Rewritten, ...]
    choice: Choice | None
    findings_removed: tuple[Finding, ...]
    findings_left: tuple[Finding, ...]
    links: tuple[AffiliateLink, ...]
    kept_products: tuple[KeptProduct, ...]
    unsaved_removed: tuple[Unsaved, ...]
    unsaved_left: tuple[Unsaved, ...]

    @property
    def changed(self) -> bool:
        """Whether the file becomes another."""
        return bool(self.removed or self.rewritten or self.choice)


class Earnings(NamedTuple):
    """Where the links to Amazon that leave the posts earn, with their numbers.

    `tags` are those other than the catalog's `tag`; `wrappers` are the programmes through which
    links go now, where the blocks link to Amazon directly.
    """

    tag: str | None
    tags: Frequencies
    wrappers: Frequencies


def without_blocks(raw: bytes, post: OldPost, policy: Policy) -> bytes:
    """Return a post's file without the blocks that leave, and with what takes their place."""
    post = keep_refused(post, policy.refused)
    return remove_blocks(raw, post, _tags(post, policy))


def change_post(raw: bytes, post: OldPost, policy: Policy) -> Change:
    """Return what becomes of a post's file `raw`, in which `post` was found."""
    post = keep_refused(post, policy.refused)
    tags = _tags(post, policy)
    leaving = removals(raw, post, tags)
    removed = tuple(_removed(raw, leaving))
    data = remove_blocks(raw, post, tags)
    links = [*_links(raw, leaving)]
    rewritten: tuple[Rewritten, ...] = ()
    all_rewritten: frozenset[int] = frozenset()
    if policy.links and post.inline:
        # The positions of the links once the blocks are removed.
        unblocked = scan_post(post.path, data, site_url="", live_urls=policy.live)
        inline = [*_at_their_lines(raw, leaving, unblocked.inline)]
        data, rewritten, changed = rewrite_links(data, inline, policy.links)
        links += changed
        all_rewritten = _all_rewritten(inline, rewritten)
    choice = policy.keep.get(post.path)
    if choice:
        chosen = with_choice(data, choice, policy.package, policy.names)
        data, choice = (data, None) if chosen is None else (chosen, choice)
    lines = Spans(apart((each.line, each.last + 1) for each in removed))
    gone = {finding for finding in post.findings if finding.line in lines}
    staying = [block for block in post.blocks if not block.removable]
    kept = {each for block in staying for each in block.kept_products}
    listed = {block.line for block in staying if block.kept_products or block.unsaved}
    left = {
        finding
        for finding in post.findings
        if finding not in gone
        and not (finding.kind == "unsure" and finding.line in listed)
        and not (finding.kind in _OF_LINKS and finding.line in all_rewritten)
        and not (finding.kind == "text-after-block" and _stays_above(finding.line, removed))
    }
    reported = listed | {finding.line for finding in left if finding.kind == "unsure"}
    left |= {
        Finding(
            post.path,
            block.line,
            "unsure",
            message("adopt.finding-block-stays", block=block_kind(block.kind), reason=reason),
        )
        for block in post.blocks
        if (reason := block.keep_reason) and block.line not in reported
    }
    return Change(
        path=post.path,
        data=data,
        removed=removed,
        rewritten=rewritten,
        choice=choice,
        findings_removed=in_order(gone),
        findings_left=in_order(left),
        links=tuple(links),
        kept_products=tuple(sorted(kept, key=lambda each: (each.line, each.asin, each.url))),
        unsaved_removed=tuple(u for block in post.blocks if block.removable for u in block.unsaved),
        unsaved_left=tuple(
            u for block in staying if not block.kept_products for u in block.unsaved
        ),
    )


def _at_their_lines(
    raw: bytes, gone: Sequence[Removal], inline: Iterable[InlineLink]
) -> Iterator[InlineLink]:
    """Yield links found in a file without its blocks, with their lines in the file as it is."""
    replaced = deque(replacements(raw, gone))
    shift = counted = 0
    line = 1
    for each in inline:
        while replaced and replaced[0][0] <= each.start + shift:
            start, end, text = replaced.popleft()
            shift += end - start - len(text)
        at = each.start + shift
        line += len(LINE_END.findall(raw, counted, at))
        counted = at
        yield replace(each, line=line)


def _all_rewritten(inline: Iterable[InlineLink], rewritten: Iterable[Rewritten]) -> frozenset[int]:
    """Return the lines of which every link gets another address."""
    links = Counter(each.line for each in inline)
    changed = Counter(each.line for each in rewritten)
    return frozenset(line for line, number in changed.items() if number == links[line])


def _stays_above(line: int, removed: Sequence[Removed]) -> bool:
    """Whether tags have the place of what was shown right above a line."""
    shown = [each for each in removed if each.kind in SHOWN_KINDS and each.line < line]
    return bool(shown and shown[-1].tags)


def _tags(post: OldPost, policy: Policy) -> dict[int, tuple[str, ...]]:
    """Return what takes the place of the blocks between a post's texts, by where they begin.

    Related posts are another list on each build. A page shows it once, below the article if it had
    one there.
    """
    placed = policy.placed.get(post.path)
    cards = placed.in_middle if placed else {}
    tags = {start: tuple(map(card_tag, items)) for start, items in cards.items()}
    related = [block for block in post.blocks if block.removable and block.kind == "related"]
    middle = {block.start for block in in_middle(post)}
    if related and policy.related and post.takes_tags and related[-1].start in middle:
        tags[related[-1].start] = (block_tag(policy.related),)
    return tags


def _removed(raw: bytes, gone: Sequence[Removal]) -> Iterator[Removed]:
    breaks = [found.span() for found in LINE_END.finditer(raw)] if gone else []
    for each in gone:
        text = raw[each.start : each.end]
        first, last = each.end - len(text.lstrip()), each.start + len(text.rstrip())
        before, after = (bisect_left(breaks, (at, at)) for at in (first, last))
        begin = breaks[before - 1][1] if before else 0
        end = breaks[after][0] if after < len(breaks) else len(raw)
        beside = _TEXT.search(raw, begin, each.start) or _TEXT.search(raw, each.end, end)
        last_line = each.line + after - before
        yield Removed(each.kind, each.line, last_line, beside is not None, each.tags)


def _links(raw: bytes, gone: Iterable[Removal]) -> Iterator[AffiliateLink]:
    """Yield the affiliate links of the blocks that leave; an image's address earns nothing."""
    definitions = definitions_of(raw, 0)
    for removal in gone:
        for anchor in anchors(raw, removal.start, removal.end, definitions):
            link = affiliate_link(anchor.url)
            if link and link.kind != "image":
                yield link


def earnings(changes: Iterable[Change], catalog: Catalog) -> Earnings:
    """Compare the links that leave the posts with the `catalog`'s programme for Amazon."""
    tag = catalog.programmes[AMAZON].tag
    links = [link for each in changes for link in each.links if link.programme == AMAZON]
    return Earnings(
        tag,
        by_frequency(link.tag for link in links if not link.wrapper and link.tag != tag),
        by_frequency(link.wrapper for link in links),
    )
