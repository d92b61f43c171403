"""What adopting does to one post's file: blocks leave it, and links in running text change."""

import re
import unicodedata
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from linkmgr.adopt.deciding.losses import keep_refused
from linkmgr.adopt.deciding.model import Placed
from linkmgr.adopt.planning.keep_choices import FrontMatterChoice, with_choice
from linkmgr.adopt.post.anchors import LINE_END, anchors, definitions_of
from linkmgr.adopt.post.model import (
    InlineLink,
    KeptProduct,
    OldPost,
    PostFinding,
    Unsaved,
    block_kind,
    in_order,
)
from linkmgr.adopt.post.site_addresses import LiveUrls
from linkmgr.adopt.scanning.article_end import in_middle
from linkmgr.adopt.scanning.removal import Removal, removals, remove_blocks, replaced, replacements
from linkmgr.adopt.scanning.scan import scan_post
from linkmgr.adopt.scanning.titles import Frequencies, by_frequency
from linkmgr.blocks.links import NO_TAGS, item_url
from linkmgr.catalog.blocks import KINDS
from linkmgr.catalog.items import GoodItem
from linkmgr.catalog.model import Catalog
from linkmgr.links.model import AMAZON, AffiliateLink
from linkmgr.links.recognition.affiliate import affiliate_link
from linkmgr.links.urls import is_at
from linkmgr.messages.message import Message, message
from linkmgr.posts.article.inclusions import block_tag, card_tag, compare_tag
from linkmgr.posts.article.text import Spans, apart
from linkmgr.posts.ruby.values import RELEASED, Package

# Links in running text get the catalog's address; the text around them stays.

# How far before a link the tag or the Liquid around it may begin, in bytes.
_NEAR = 4000
_BRACES = re.compile(rb"\{[:{%]")
_IN_TAG = re.compile(rb"<[a-z/!?][^<>]*\Z", re.IGNORECASE)
# Not what a URL may go on with, nor what may be a part of it, such as the `\` of `\_`.
_BEFORE = re.compile(rb"(?:\A|[\s(\[<>\"'`*_~|,;:!?}\x80-\xff])\Z")
_AFTER = re.compile(
    rb"[*_.,:;!?&]*(?:~~|\{:|&#?[a-z0-9]+;|[\s)\]<>\"'`|}]|\Z|(?P<wide>[\xc2-\xf4][\x80-\xbf]+))",
    re.IGNORECASE,
)
# What no URL has, another URL within it, or what may end one: none is certain then.
_ODD = re.compile(
    rb"[\s{}<>\\|]|(?<=.)https?:|(?<!&amp)(?<!&#38)(?<!&#x26);|%(?![0-9a-f]{2})", re.IGNORECASE
)
_TAG = re.compile(r"[A-Za-z0-9][\w-]*-[0-9]{2}", re.ASCII)


class Rewritten(NamedTuple):
    """A link in running text that gets the catalog's address."""

    line: int
    old: str
    new: str


def rewrite_links(
    data: bytes, inline: Iterable[InlineLink], catalog: Catalog
) -> tuple[bytes, tuple[Rewritten, ...], tuple[AffiliateLink, ...]]:
    """Return a file with the links to goods of the catalog changed, and which those are.

    Nothing but the bytes of their URLs changes. A link stays where its end is not certain
    from what touches it, and where `inline` has another one in its bytes.
    """
    pieces: list[bytes] = []
    rewritten: list[Rewritten] = []
    links: list[AffiliateLink] = []
    goods = {good.asin: good for good in reversed([*catalog.goods.values()])}
    at = 0
    for link in sorted(inline, key=lambda link: link.start):
        good = goods.get(link.link.asin or "")
        new = _target(link.link, good, catalog) if good else None
        if new is None or link.start < at or not _is_whole(data, link):
            continue
        pieces += (data[at : link.start], new.encode())
        at = link.end
        rewritten.append(Rewritten(link.line, link.link.url, new))
        links.append(link.link)
    return b"".join((*pieces, data[at:])), tuple(rewritten), tuple(links)


def _is_whole(data: bytes, link: InlineLink) -> bool:
    """Whether the bytes of a link are its URL as written, and the URL ends where they end."""
    written = data[link.start : link.end]
    before = data[max(0, link.start - _NEAR) : link.start]
    if _ODD.search(written) or _BRACES.search(before, before.rfind(b"}") + 1):
        return False
    if affiliate_link(written.decode("utf-8", "replace")) != link.link:
        return False
    if link.form != "bare":
        return link.form in ("markdown", "reference", "tag")
    after = _AFTER.match(data, link.end)
    if after is None or not _BEFORE.search(before[-1:]) or _IN_TAG.search(before):
        return False
    if not after["wide"]:
        return True
    # The URL might go on with what follows it: some have letters of any script.
    return unicodedata.category(after["wide"].decode("utf-8", "replace")[0])[0] in "PSZ"


def _target(link: AffiliateLink, good: GoodItem, catalog: Catalog) -> str | None:
    """Return the catalog's target for a link to one of its goods, if it is another one.

    A link that earns through another programme, or by a tag where the catalog has none, stays: it
    would stop earning.
    """
    if link.kind != "product" or link.wrapper:
        return None
    if link.tag and (catalog.programmes[AMAZON].tag is None or not _TAG.fullmatch(link.tag)):
        return None
    own = link.tag if link.tag in catalog.tags[AMAZON] else None
    url = item_url(catalog, good, tags={AMAZON: own} if own else NO_TAGS)
    same_shop = link.marketplace is not None and is_at(url, link.marketplace)
    return url if same_shop and url != link.url else None


# The change as a whole.

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
    keep: Mapping[str, FrontMatterChoice] = field(default_factory=dict)
    package: Package = RELEASED.package
    placed: Mapping[str, Placed] = field(default_factory=dict)
    related: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)


class Removed(NamedTuple):
    """Lines that leave a file, the last one included, and the kind of block that they were.

    One that is `in_line` shares its first or last line with other text. `tags` come in their place.
    """

    kind: str
    line: int
    last: int
    in_line: bool
    tags: tuple[str, ...] = ()


class FileChange(NamedTuple):
    """A post's new bytes, and what they lack or have otherwise.

    `choice` is what the front matter gets. `findings_removed` leave the file with its blocks;
    `findings_left` names the blocks that stay, too. `links` are the affiliate links that leave or
    get another address, `kept_products` those that blocks stay for. The catalog lacks what is
    `unsaved_removed`; blocks stay for `unsaved_left`.
    """

    path: str
    data: bytes
    removed: tuple[Removed, ...]
    rewritten: tuple[Rewritten, ...]
    choice: FrontMatterChoice | None
    findings_removed: tuple[PostFinding, ...]
    findings_left: tuple[PostFinding, ...]
    links: tuple[AffiliateLink, ...]
    kept_products: tuple[KeptProduct, ...]
    unsaved_removed: tuple[Unsaved, ...]
    unsaved_left: tuple[Unsaved, ...]

    @property
    def changed(self) -> bool:
        """Whether the file becomes another."""
        return bool(self.removed or self.rewritten or self.choice)

    @property
    def loses_blocks(self) -> bool:
        """Whether blocks leave its text that a reader misses unless its layout shows them."""
        return any(block.kind in KINDS and not block.tags for block in self.removed)


class LinkEarnings(NamedTuple):
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


def change_post(raw: bytes, post: OldPost, policy: Policy) -> FileChange:
    """Return the change of a post's file `raw`, which was scanned as `post`."""
    post = keep_refused(post, policy.refused)
    gone = removals(raw, post, _tags(post, policy))
    removed = tuple(_removed(raw, gone))
    changes = replacements(raw, gone)
    data = replaced(raw, changes)
    links = [*_links(raw, gone)]
    rewritten: tuple[Rewritten, ...] = ()
    links_left: Counter[int] = Counter()
    if policy.links and post.inline:
        # The positions of the links once the blocks are removed.
        unblocked = scan_post(post.path, data, policy.live)
        inline = [*_at_their_lines(raw, changes, unblocked.inline)]
        data, rewritten, changed = rewrite_links(data, inline, policy.links)
        links += changed
        links_left.update(link.line for link in inline)
        links_left.subtract(link.line for link in rewritten)
    choice = policy.keep.get(post.path)
    if choice:
        chosen = with_choice(data, choice, policy.package, policy.names)
        data, choice = (data, None) if chosen is None else (chosen, choice)
    all_rewritten = {line for line, number in links_left.items() if number == 0}
    findings_removed, findings_left = _findings(post, removed, all_rewritten)
    kept: set[KeptProduct] = set()
    unsaved_left: list[Unsaved] = []
    for block in post.blocks:
        if not block.removable:
            kept.update(block.kept_products)
            unsaved_left += () if block.kept_products else block.unsaved
    return FileChange(
        path=post.path,
        data=data,
        removed=removed,
        rewritten=rewritten,
        choice=choice,
        findings_removed=findings_removed,
        findings_left=findings_left,
        links=tuple(links),
        kept_products=tuple(
            sorted(kept, key=lambda product: (product.line, product.asin, product.url))
        ),
        unsaved_removed=tuple(lost for block in post.leaving for lost in block.unsaved),
        unsaved_left=tuple(unsaved_left),
    )


def _findings(
    post: OldPost, removed: Sequence[Removed], all_rewritten: Container[int]
) -> tuple[tuple[PostFinding, ...], tuple[PostFinding, ...]]:
    """Return the findings that leave a post with its blocks, and those that are left.

    In the lines `all_rewritten` every link gets another address.
    """
    lines = Spans(apart((block.line, block.last + 1) for block in removed))
    staying = [block for block in post.blocks if not block.removable]
    # Reported with what would be lost.
    reported = {block.line for block in staying if block.kept_products or block.unsaved}
    gone: set[PostFinding] = set()
    left: set[PostFinding] = set()
    for finding in post.findings:
        if finding.line in lines:
            gone.add(finding)
            continue
        if finding.kind == "unsure":
            is_settled = finding.line in reported
        elif finding.kind == "text-after-block":
            above = [block for block in removed if block.line < finding.line]
            shown = [block for block in above if block.kind in KINDS]
            # Tags show right above it what was there.
            is_settled = bool(shown and shown[-1].tags)
        else:
            is_settled = finding.kind in _OF_LINKS and finding.line in all_rewritten
        if not is_settled:
            left.add(finding)
    reported |= {finding.line for finding in left if finding.kind == "unsure"}
    for block in staying:
        if block.keep_reason and block.line not in reported:
            kind = block_kind(block.kind)
            why = message("adopt.finding-block-stays", block=kind, reason=block.keep_reason)
            left.add(PostFinding(post.path, block.line, "unsure", why))
    return in_order(gone), in_order(left)


def _at_their_lines(
    raw: bytes, changes: Iterable[tuple[int, int, bytes]], inline: Iterable[InlineLink]
) -> Iterator[InlineLink]:
    """Yield links found in a file without its blocks, with their lines in the file as it is."""
    left = deque(changes)
    shift = counted = 0
    line = 1
    for link in inline:
        while left and left[0][0] <= link.start + shift:
            start, end, text = left.popleft()
            shift += end - start - len(text)
        at = link.start + shift
        line += len(LINE_END.findall(raw, counted, at))
        counted = at
        yield replace(link, line=line)


def _tags(post: OldPost, policy: Policy) -> dict[int, tuple[str, ...]]:
    """Return the tags that replace the blocks between a post's texts, by the blocks' start.

    Related posts are another list on each build. A page shows it once, below the article if it had
    one there.
    """
    tags: dict[int, tuple[str, ...]] = {}
    if placed := policy.placed.get(post.path):
        for start, items in placed.in_place.items():
            tags[start] = tuple(map(card_tag, items))
    last_related = None
    for block in post.leaving:
        if block.kind == "compare":
            tags[block.start] = (compare_tag(block.compared[0]),)
        elif block.kind == "related":
            last_related = block
    if last_related and policy.related and post.takes_tags and last_related in in_middle(post):
        tags[last_related.start] = (block_tag(policy.related),)
    return tags


_TEXT = re.compile(rb"\S")


def _removed(raw: bytes, gone: Sequence[Removal]) -> Iterator[Removed]:
    breaks = [match.span() for match in LINE_END.finditer(raw)] if gone else []
    for removal in gone:
        text = raw[removal.start : removal.end]
        first, last = removal.end - len(text.lstrip()), removal.start + len(text.rstrip())
        before, after = (bisect_left(breaks, (at, at)) for at in (first, last))
        begin = breaks[before - 1][1] if before else 0
        end = breaks[after][0] if after < len(breaks) else len(raw)
        beside = _TEXT.search(raw, begin, removal.start) or _TEXT.search(raw, removal.end, end)
        last_line = removal.line + after - before
        yield Removed(removal.kind, removal.line, last_line, beside is not None, removal.tags)


def _links(raw: bytes, gone: Iterable[Removal]) -> Iterator[AffiliateLink]:
    """Yield the affiliate links of the blocks that leave; an image's address earns nothing."""
    definitions = definitions_of(raw, 0)
    for removal in gone:
        for anchor in anchors(raw, removal.start, removal.end, definitions):
            link = affiliate_link(anchor.url)
            if link and link.kind != "image":
                yield link


def earnings(changes: Iterable[FileChange], catalog: Catalog) -> LinkEarnings:
    """Compare the links that leave the posts with the `catalog`'s programme for Amazon."""
    tag = catalog.programmes[AMAZON].tag
    links = [link for change in changes for link in change.links if link.programme == AMAZON]
    return LinkEarnings(
        tag,
        by_frequency(link.tag for link in links if not link.wrapper and link.tag != tag),
        by_frequency(link.wrapper for link in links),
    )
