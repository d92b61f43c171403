"""Where an article ends: only blocks, sources, disclosures and footers follow.

A block before its end is in the middle: the text around it may speak of it.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from linkmgr.adopt.blocks.disclosures import is_only_disclosure
from linkmgr.adopt.post.anchors import Part
from linkmgr.adopt.post.model import OldBlock, OldPost, OldText
from linkmgr.adopt.post.parsed_post import ParsedPost
from linkmgr.adopt.post.phrases import ends_sentence, is_sources_heading, names_source
from linkmgr.posts.article.text import Spans

# A post and its draft, or one that was published again, are two.
_SEVERAL = 3
# What tells one footer from another.
_LONGEST = 200
# A paragraph that serves as a heading is below all others.
_LOWEST = 6
_WITHOUT_TEXT = ("rule", "attributes", "marker")
_UNSEEN = re.compile(
    rb"\s*(?:<!--|<script\b|<style\b|\{%-?\s*comment\b|\{::comment)", re.IGNORECASE
)
# Of links, footnotes and abbreviations.
_DEFINITION = re.compile(rb" {0,3}\*?\[[^\]\r\n]+\]:")
_SHOWN = re.compile(
    rb"!\[|<(?:img|iframe|video|audio|object|embed|svg|canvas)\b|\{[{%]", re.IGNORECASE
)


def texts_after(parsed: ParsedPost, blocks: Sequence[OldBlock]) -> tuple[OldText, ...]:
    """Return the texts after a post's first block, without its sources and disclosures.

    They are its article's, or its footer's.
    """
    if not blocks:
        return ()
    inside = Spans([(block.start, block.end) for block in blocks])
    texts = []
    # The level of the heading under which the sources are listed, `None` outside such a list.
    level: int | None = None
    for part in parsed.article.parts:
        is_text = part.kind not in _WITHOUT_TEXT and part.start not in inside
        if part.start <= blocks[0].start or not is_text:
            continue
        announcing = parsed.heading(part) if part.kind in ("heading", "paragraph") else None
        if announcing is not None and is_sources_heading(announcing):
            level = part.level or _LOWEST
            continue
        if part.kind == "heading" and level is not None and part.level <= level:
            level = None
        if level is not None and _is_listed(parsed, part):
            continue
        if not _says_nothing(parsed, part):
            text = " ".join(parsed.text(part).split())[:_LONGEST]
            texts.append(OldText(part.start, text))
    return tuple(texts)


def _is_listed(parsed: ParsedPost, part: Part) -> bool:
    """Whether a part names sources: it is a list, has links, or is no sentence."""
    if part.kind == "paragraph":
        return bool(parsed.anchors(part)) or not ends_sentence(parsed.text(part))
    return part.kind in ("heading", "list", "nested", "quote", "html")


def _says_nothing(parsed: ParsedPost, part: Part) -> bool:
    """Whether a part is a definition, unseen, empty, the name of a source, or a disclosure."""
    raw = parsed.raw[part.start : part.end]
    if part.kind == "shielded":
        return _UNSEEN.match(raw) is not None
    if all(is_definition(line) for line in raw.splitlines() if line.strip()):
        return True
    text = parsed.text(part)
    if not any(map(str.isalnum, text)):
        return not _SHOWN.search(raw) and not parsed.anchors(part)
    return part.kind != "heading" and (names_source(text) or is_only_disclosure(text))


def is_definition(line: bytes) -> bool:
    """Whether a line defines a link, a footnote or an abbreviation, and shows nothing itself."""
    return _DEFINITION.match(line) is not None


def with_ends(posts: Mapping[str, OldPost]) -> dict[str, OldPost]:
    """Return the posts, by path, with the ends of their articles.

    A footer is what comes after the blocks of several posts alike.
    """
    counted: Counter[str] = Counter()
    for post in posts.values():
        counted.update({text.text for text in post.texts})
    result = {}
    for path, post in posts.items():
        own = [text.start for text in post.texts if counted[text.text] < _SEVERAL]
        result[path] = replace(post, article_end=own[-1] if own else 0)
    return result


def in_middle(post: OldPost) -> list[OldBlock]:
    """Return the blocks that leave from above some text of the article, or a block that stays."""
    end = post.article_end
    for block in post.blocks:
        if not block.removable and block.kind != "disclosure":
            end = max(end, block.start)
    return [block for block in post.leaving if block.start < end]
