"""Finding, in one post, the blocks that were pasted into it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from linkmgr.adopt.books import find_books
from linkmgr.adopt.ctas import find_cta
from linkmgr.adopt.findings import findings_of
from linkmgr.adopt.flattened import find_flattened
from linkmgr.adopt.live import LiveUrls
from linkmgr.adopt.markup import Part, article_of
from linkmgr.adopt.model import InlineLink, OldBlock, OldPost
from linkmgr.adopt.notices import find_disclosure
from linkmgr.adopt.reading import Found, Reading
from linkmgr.adopt.related import find_related
from linkmgr.adopt.separators import separators_of


def scan_post(
    path: str, raw: bytes, *, site_url: str, live_urls: LiveUrls | Iterable[str]
) -> OldPost:
    """Return what a post's file holds. Any bytes will do; nothing is raised.

    `live_urls` are the URLs of the site's live posts; for many posts make them `LiveUrls` once.
    """
    live = live_urls if isinstance(live_urls, LiveUrls) else LiveUrls(live_urls, site_url)
    reading = Reading(article_of(raw), live)
    found, headings = _Scan(reading).blocks()
    blocks = separators_of(reading, found, frozenset(headings))
    inline = _inline(reading, blocks)
    findings = findings_of(path, reading, blocks, headings, inline)
    return OldPost(path, blocks, inline, findings)


class _Scan:
    """The search for blocks. It is repeated without those found, until no more are found.

    So a second scan, of the post without its blocks, finds nothing either.
    """

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.all = reading.article.parts
        self.index = {part.start: at for at, part in enumerate(self.all)}
        self.taken: set[int] = set()
        self.found: list[OldBlock] = []
        self.headings: dict[int, str] = {}

    def blocks(self) -> tuple[list[OldBlock], dict[int, str]]:
        """Return the blocks in order, and the headings of those that have one, by their start."""
        self.find_flattened()
        while self.passed():
            pass
        for found, parts in self.doubtful():
            self.add(found, parts)
        self.found.sort(key=lambda block: block.start)
        return self.found, self.headings

    def find_flattened(self) -> None:
        for part in self.all:
            if part.kind == "paragraph":
                blocks = list(find_flattened(self.reading, part))
                self.found += blocks
                if blocks and not self.reading.raw[part.start : blocks[0].start].strip():
                    self.taken.add(part.start)

    def passed(self) -> bool:
        """Look through what is left once; whether a block was found."""
        left = [part for part in self.all if part.start not in self.taken]
        at, before = 0, len(self.taken)
        while at < len(left):
            found = self.block_at(left, at)
            if found and not found.doubt:
                self.add(found, left)
                at = found.last
            else:
                at += 1
        return len(self.taken) > before

    def doubtful(self) -> list[tuple[Found, list[Part]]]:
        left = [part for part in self.all if part.start not in self.taken]
        doubts = []
        at = 0
        while at < len(left):
            found = self.block_at(left, at)
            if found:
                doubts.append((found, left))
            at = found.last if found else at + 1
        return doubts

    def block_at(self, parts: Sequence[Part], at: int) -> Found | None:
        part = parts[at]
        if part.kind == "marker":
            return Found("marker", at, at + 1)
        if part.kind not in ("heading", "paragraph", "list", "quote", "html"):
            return None
        adjacent = self.follows_block(part)
        bordered = adjacent or self.follows_rule(part)
        found = find_related(self.reading, parts, at)
        found = found or find_cta(self.reading, parts, at, bordered=bordered)
        found = found or find_books(self.reading, parts, at, bordered=bordered)
        return found or find_disclosure(self.reading, parts, at, bordered=adjacent)

    def follows_block(self, part: Part) -> bool:
        """Whether a block that was found stands before a part, but for a rule between them."""
        at = self.index[part.start] - 1
        if at >= 0 and self.all[at].kind == "rule":
            at -= 1
        return at >= 0 and self.all[at].start in self.taken

    def follows_rule(self, part: Part) -> bool:
        at = self.index[part.start] - 1
        if at < 0:
            return False
        before = self.all[at]
        return before.kind == "rule" or before.underline is not None

    def add(self, found: Found, parts: Sequence[Part]) -> None:
        """Keep a block. Blocks found earlier that stand within it become a part of it."""
        own = parts[found.first : found.last]
        start, end = own[0].start, own[-1].end
        block = OldBlock(
            found.kind,
            start,
            end,
            own[0].first + 1,
            found.books,
            found.ctas,
            found.related,
            sure=not found.doubt,
            doubt=found.doubt,
        )
        within = [each for each in self.found if start <= each.start < end]
        for each in within:
            block = replace(
                block,
                books=block.books + each.books,
                ctas=block.ctas + each.ctas,
                related=block.related + each.related,
            )
        self.found = [each for each in self.found if not start <= each.start < end]
        self.found.append(block)
        if found.heading:
            self.headings[start] = found.heading
        if block.sure:
            self.taken.update(part.start for part in own)


def _inline(reading: Reading, blocks: Sequence[OldBlock]) -> tuple[InlineLink, ...]:
    """Return the affiliate links that stay in the article."""
    links = []
    removed = [(block.start, block.end) for block in blocks if block.sure]
    for part in reading.article.parts:
        if part.kind in ("shielded", "marker", "rule", "attributes", "conflict"):
            continue
        for anchor in reading.anchors(part):
            link = reading.link(anchor)
            if link and not any(start <= anchor.start < end for start, end in removed):
                line = reading.line_at(anchor.url_start)
                links.append(InlineLink(anchor.url_start, anchor.url_end, line, link))
    return tuple(links)
