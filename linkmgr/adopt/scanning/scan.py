"""Finding, in one post, the blocks that were pasted into it."""

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter

from linkmgr.adopt.blocks.books import find_books
from linkmgr.adopt.blocks.ctas import find_code_cta, find_cta
from linkmgr.adopt.blocks.disclosures import find_disclosure, may_contain_disclosure, may_disclose
from linkmgr.adopt.blocks.easy_links import find_easy_link, may_be_easy_link
from linkmgr.adopt.blocks.ejected import find_ejected
from linkmgr.adopt.blocks.flattened import without_flattened
from linkmgr.adopt.blocks.related import find_related
from linkmgr.adopt.post.anchors import Part
from linkmgr.adopt.post.model import OldBlock, OldPost
from linkmgr.adopt.post.parsed_post import NO_TITLES, FoundBlock, ParsedPost
from linkmgr.adopt.post.parts import CONFLICT, article_of
from linkmgr.adopt.post.phrases import is_label, letters_of
from linkmgr.adopt.post.products import code_reason, issued_code
from linkmgr.adopt.post.site_addresses import LiveUrls
from linkmgr.adopt.scanning.article_end import is_definition, texts_after
from linkmgr.adopt.scanning.findings import findings_of, inline_links, with_headings
from linkmgr.adopt.scanning.titles import namings_in
from linkmgr.links.recognition.issued_code import may_contain_code
from linkmgr.messages.message import message
from linkmgr.posts.article.text import Spans, apart

_WITHOUT_LIQUID = re.compile(rb"^render_with_liquid:[ \t]*false\b", re.MULTILINE)
_OPENING = ("heading", "paragraph", "list", "quote", "html", "marker", "shielded")
_START = attrgetter("start")
_LINKED = ("heading", "paragraph", "list", "html")


def scan_post(
    path: str, raw: bytes, live: LiveUrls, titles: Mapping[str, str] = NO_TITLES
) -> OldPost:
    """Return the old blocks and links of a post's file. Any bytes will do; nothing is raised.

    `titles` are those of products, by ASIN, for books beside which there is none.
    """
    parsed = ParsedPost(article_of(raw), live, titles)
    namings = namings_in(parsed)
    blocks = _Scan(*without_flattened(parsed)).blocks()
    inline = inline_links(parsed, blocks)
    findings = findings_of(path, parsed, blocks, inline, code=issued_code(parsed))
    return OldPost(
        path,
        blocks,
        inline,
        findings,
        namings,
        texts_after(parsed, blocks),
        takes_tags=not _WITHOUT_LIQUID.search(raw, 0, parsed.article.body),
    )


class _Scan:
    """The search for blocks. It is repeated without those found, until no more are found.

    So a second scan, of the post without its blocks, finds nothing either.
    """

    def __init__(self, parsed: ParsedPost, blocks: list[OldBlock], taken: set[int]) -> None:
        self.parsed = parsed
        self.all = parsed.article.parts
        self.index = {part.start: at for at, part in enumerate(self.all)}
        self.taken = taken
        self.found = sorted(blocks, key=_START)
        self.left: list[Part] = []
        self.uncertain: list[FoundBlock] = []
        self.uncertain_end = 0
        self.discloses = may_contain_disclosure(parsed.raw)
        self.may_have_code = may_contain_code(parsed.raw)
        # Nobody knows the extent of a merge conflict whose beginning is gone.
        self.unopened = 0
        for part in self.all:
            if part.kind == "conflict" and parsed.raw.startswith(b">", part.start):
                self.unopened = part.first

    def blocks(self) -> tuple[OldBlock, ...]:
        """Return the blocks in order."""
        while self.run_pass():
            self.separate()
        self.found = with_headings(self.parsed, self.found)
        self.taken.update(block.start for block in self.found if block.removable)
        self.separate()
        # Of overlapping blocks that stay the first is recorded.
        at = 0
        for block in self.uncertain:
            if block.first >= at:
                self.add(block)
                at = block.last
        return tuple(self.found)

    def separate(self) -> None:
        for rule in [*_separators(self.parsed, self.found)]:
            if rule.start not in self.taken:
                insort(self.found, rule, key=_START)
                self.taken.add(rule.start)

    def run_pass(self) -> bool:
        """Search what is left once; return whether a block was found."""
        self.left = [part for part in self.all if part.start not in self.taken]
        self.uncertain = []
        self.uncertain_end = 0
        at, before = 0, len(self.taken)
        for opening in self.openings():
            block = self.block_at(opening) if opening >= at else None
            if block and self.may_have_code:
                block = self.with_code(block)
            if block is None:
                continue
            is_cut = self.is_cut(block)
            if is_cut:
                block = replace(block, keep_reason=message("adopt.keep-merge-conflict"))
            if block.keep_reason:
                # It stays unless a later pass is sure of it.
                self.uncertain.append(block)
                self.uncertain_end = max(self.uncertain_end, block.last)
            else:
                self.add(block)
                # What follows a block that leaves is no longer within one that stays around it.
                self.uncertain_end = min(self.uncertain_end, block.first)
            if is_cut or not block.keep_reason:
                at = block.last
        return len(self.taken) > before

    def with_code(self, block: FoundBlock) -> FoundBlock | None:
        """Return a block that stays if there is issued code in it, `None` for mere code.

        The finder of かんたんリンク has looked at its script, what `eject` left is linkmgr's, and
        code that is a block of its own leaves as it is.
        """
        parts = self.left
        if parts[block.first].kind == "shielded" or any(cta.code for cta in block.ctas):
            return block
        reason = code_reason(self.parsed, parts, block.first, block.last)
        if reason is None:
            return block
        return replace(block, keep_reason=reason, kept_products=()) if block.books else None

    def is_cut(self, block: FoundBlock) -> bool:
        """Whether a merge conflict is in a block of those left, touches it, or may contain it."""
        first, last = self.left[block.first].first, self.left[block.last - 1].last
        if first < self.unopened:
            return True
        lines = self.parsed.article.lines[max(first - 1, 0) : last + 1]
        return any(CONFLICT.match(self.parsed.raw, line.start, line.end) for line in lines)

    def openings(self) -> list[int]:
        """Return the parts at which blocks can begin: a filter, as most are plain paragraphs.

        A block has a link: in its first part, in the second, or under a book's heading that is one
        of these, where paragraphs may come before it.
        """
        places = []
        near = following = False
        for at in range(len(self.left) - 1, -1, -1):
            part = self.left[at]
            linked = part.kind in _LINKED and bool(self.parsed.anchors(part))
            opens = linked or (part.kind == "heading" and near)
            if part.kind in _OPENING and (opens or following or self.may_lack_link(part)):
                places.append(at)
            near = linked or (part.kind == "paragraph" and near)
            following = opens
        return places[::-1]

    def may_lack_link(self, part: Part) -> bool:
        """Whether a part can be a block without a link."""
        if part.kind in ("paragraph", "quote"):
            return self.discloses and may_disclose(self.parsed.raw, part.start, part.end)
        return part.kind in ("html", "marker") or may_be_easy_link(self.parsed, part)

    def block_at(self, at: int) -> FoundBlock | None:
        parts, part = self.left, self.left[at]
        if part.kind == "marker":
            return FoundBlock("marker", at, at + 1)
        if part.kind == "shielded":
            return find_easy_link(self.parsed, parts, at)
        # Whether a rule is right before it, and a block, but for a rule between them.
        before = self.index[part.start] - 1
        follows_rule = before >= 0 and self.all[before].kind == "rule"
        before -= follows_rule
        adjacent = before >= 0 and self.all[before].start in self.taken
        bordered = adjacent or follows_rule
        block = find_ejected(self.parsed, parts, at) if part.kind == "html" else None
        # Not within a block that stays.
        if self.may_have_code and at >= self.uncertain_end:
            block = block or find_code_cta(self.parsed, parts, at)
        block = block or find_related(self.parsed, parts, at)
        block = block or find_cta(self.parsed, parts, at, bordered=bordered)
        block = block or find_books(self.parsed, parts, at, bordered=bordered)
        return block or find_disclosure(self.parsed, parts, at, bordered=adjacent)

    def add(self, recognised: FoundBlock) -> None:
        """Record a block. Blocks found earlier within it become a part of it."""
        own = self.left[recognised.first : recognised.last]
        if recognised.keep_reason:
            inner = bisect_right(self.found, own[0].start, key=_START)
            if inner < bisect_left(self.found, own[-1].end, key=_START):
                own = own[:1]  # what was found within it is removed all the same
        start, end = own[0].start, own[-1].end
        of_books = recognised.kind == "books"
        text = self.parsed.text(own[0]) if of_books and len(own) == 1 else ""
        block = OldBlock(
            recognised.kind,
            start,
            end,
            own[0].first + 1,
            recognised.books,
            recognised.ctas,
            recognised.related,
            heading=recognised.heading,
            keep_reason=recognised.keep_reason,
            reason_if_unrepeated=recognised.reason_if_unrepeated,
            kept_products=recognised.kept_products,
            products=recognised.products,
            compared=recognised.compared,
            heading_end=own[0].end if of_books and recognised.heading else 0,
            label=letters_of(text) if text and is_label(text) else "",
            heading_level=own[0].level,
        )
        first = bisect_left(self.found, start, key=_START)
        last = bisect_left(self.found, end, key=_START)
        for within in self.found[first:last]:
            block = replace(
                block,
                books=block.books + within.books,
                ctas=block.ctas + within.ctas,
                related=block.related + within.related,
                kept_products=block.kept_products + within.kept_products,
            )
        self.found[first:last] = [block]
        if block.removable:
            self.taken.update(part.start for part in own)


def _separators(parsed: ParsedPost, blocks: Sequence[OldBlock]) -> Iterator[OldBlock]:
    """Yield the separators of blocks.

    A block that has a heading takes the one rule right before it; any other takes it where a block
    is right before the rule, or where nothing but blocks is after it. Rules after a block are the
    article's.
    """
    parts = parsed.article.parts
    index = {part.start: at for at, part in enumerate(parts)}
    leaving = [block for block in blocks if block.removable]
    ends = {block.end for block in leaving if block.kind != "separator"}
    article_end = _article_end(parsed, leaving)
    for block in leaving:
        at = index.get(block.start, 0) - 1
        if at < 0 or parts[at].kind != "rule" or block.kind in ("marker", "separator"):
            continue
        rule = parts[at]
        follows_block = at > 0 and parts[at - 1].end in ends
        if block.heading or follows_block or block.start >= article_end:
            yield OldBlock("separator", rule.start, rule.end, parsed.line_at(rule.start))


def _article_end(parsed: ParsedPost, leaving: Sequence[OldBlock]) -> int:
    """Return the start of the last part that stays and is more than a rule or a definition."""
    inside = Spans(apart((block.start, block.end) for block in leaving))
    for part in reversed(parsed.article.parts):
        if part.kind in ("rule", "attributes", "marker") or part.start in inside:
            continue
        lines = parsed.article.line_texts(part)
        if not all(is_definition(line) for line in lines if line.strip()):
            return part.start
    return 0
