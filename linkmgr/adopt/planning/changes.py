"""What adopting does to one post's file."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from linkmgr.adopt.blocks.model import BlockKind, Finding, Kept, OldPost
from linkmgr.adopt.blocks.site_addresses import LiveUrls
from linkmgr.adopt.deciding.keep_blocks import without_refused
from linkmgr.adopt.finding.frequency import Votes, counted
from linkmgr.adopt.finding.removal import removals, remove_blocks
from linkmgr.adopt.finding.scan import scan_post
from linkmgr.adopt.markup.anchors import anchors, definitions_of
from linkmgr.adopt.planning.rewrite import Rewritten, rewrite_links
from linkmgr.catalog.model import Catalog
from linkmgr.links.affiliate import affiliate_link
from linkmgr.links.model import AMAZON, AffiliateLink

_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for all posts.

    `refused` are the items that stay where they are; inline links get the addresses of `links`.
    """

    live: LiveUrls
    refused: Mapping[str, str]
    links: Catalog | None


class Removed(NamedTuple):
    """Lines that leave a file, the last one included, and the kind of block that they were.

    One that stands `in_line` shares its first or last line with other text.
    """

    kind: BlockKind
    line: int
    last: int
    in_line: bool


class Change(NamedTuple):
    """A post's new bytes, and what they lack or have otherwise.

    Of what was found broken some is `leaving` with the blocks; `staying` are also the blocks that
    are not certain. `links` are the affiliate links that leave or get another address, `kept` the
    products for whose sake blocks stay.
    """

    path: str
    data: bytes
    removed: tuple[Removed, ...]
    rewritten: tuple[Rewritten, ...]
    leaving: tuple[Finding, ...]
    staying: tuple[Finding, ...]
    links: tuple[AffiliateLink, ...]
    kept: tuple[Kept, ...]

    @property
    def changed(self) -> bool:
        """Whether the file becomes another."""
        return bool(self.removed or self.rewritten)


class Earnings(NamedTuple):
    """What changes of the links to Amazon that leave the posts, with their numbers.

    `tags` are those other than the catalog's `tag`; `wrappers` are the programmes through which
    links go now, where the blocks link to Amazon directly.
    """

    tag: str | None
    tags: Votes
    wrappers: Votes


def change_post(raw: bytes, post: OldPost, policy: Policy) -> Change:
    """Return what becomes of a post's file `raw`, in which `post` was found."""
    post = without_refused(post, policy.refused)
    removed = tuple(_removed(raw, post))
    data = remove_blocks(raw, post)
    links = [*_links(raw, post)]
    rewritten: tuple[Rewritten, ...] = ()
    if policy.links and post.inline:
        # Where the links stand once the blocks are gone.
        left = scan_post(post.path, data, site_url="", live_urls=policy.live)
        data, rewritten, changed = rewrite_links(data, left.inline, policy.links)
        links += changed
    leaving = tuple(
        finding
        for finding in post.findings
        if any(each.line <= finding.line <= each.last for each in removed)
    )
    keeping = [block for block in post.blocks if block.kept and not block.sure]
    kept = tuple(sorted({each for block in keeping for each in block.kept}))
    for_products = {block.line for block in keeping}
    staying = {
        finding
        for finding in post.findings
        if finding not in leaving
        and not (finding.kind == "unsure" and finding.line in for_products)
    }
    told = {finding.line for finding in staying if finding.kind == "unsure"}
    staying |= {
        Finding(post.path, block.line, "unsure", f"a block ({block.kind}) stays: {block.doubt}")
        for block in post.blocks
        if not block.sure and block.line not in told | for_products
    }
    return Change(
        path=post.path,
        data=data,
        removed=removed,
        rewritten=rewritten,
        leaving=leaving,
        staying=tuple(sorted(staying)),
        links=tuple(links),
        kept=kept,
    )


def _removed(raw: bytes, post: OldPost) -> Iterator[Removed]:
    for each in removals(raw, post):
        text = raw[each.start : each.end]
        first, last = each.end - len(text.lstrip()), each.start + len(text.rstrip())
        begin = max(raw.rfind(b"\n", 0, first), raw.rfind(b"\r", 0, first)) + 1
        end = _LINE_END.search(raw, last)
        beside = raw[begin : each.start] + raw[each.end : end.start() if end else len(raw)]
        more = len(_LINE_END.findall(raw, first, last))
        yield Removed(each.kind, each.line, each.line + more, bool(beside.strip()))


def _links(raw: bytes, post: OldPost) -> Iterator[AffiliateLink]:
    """Yield the affiliate links of the blocks that leave; an image's address earns nothing."""
    definitions = definitions_of(raw, 0)
    for removal in removals(raw, post):
        for anchor in anchors(raw, removal.start, removal.end, definitions):
            link = affiliate_link(anchor.url)
            if link and link.kind != "image":
                yield link


def earnings(changes: Iterable[Change], catalog: Catalog) -> Earnings:
    """Compare the links that leave the posts with what `catalog` says of Amazon."""
    tag = catalog.programmes[AMAZON].tag
    links = [link for each in changes for link in each.links if link.programme == AMAZON]
    return Earnings(
        tag,
        counted(link.tag for link in links if not link.wrapper and link.tag != tag),
        counted(link.wrapper for link in links),
    )
