"""Finding issued code on its own: a call to action whose link is that code."""

import re
from collections.abc import Sequence

from linkmgr.adopt.markup.article import Part
from linkmgr.adopt.post.model import OldCta
from linkmgr.adopt.post.parsed_post import FoundBlock, ParsedPost
from linkmgr.adopt.post.phrases import is_article_heading, is_label
from linkmgr.adopt.post.products import with_newlines
from linkmgr.catalog.reading.yaml.texts import MAX_CODE
from linkmgr.links.model import IssuedCode
from linkmgr.links.programmes.packaged_profiles import packaged_profiles
from linkmgr.links.recognition.code_text import read_code
from linkmgr.links.recognition.issued_code import find_pixels

_TAG = re.compile(r"<[^<>]*>")
# Jekyll makes something else of these than a block, which shows code as it was issued.
_MARKDOWN = re.compile(r"[*_`~\[\]\\|$]")
_LIQUID = re.compile(r"\{[{%]")
_LEADS_ON = (":", "：", "→", "⇒", "↓", "▼", "👇")


def find_code_cta(parsed: ParsedPost, parts: Sequence[Part], at: int) -> FoundBlock | None:
    """Return the issued code that begins with `parts[at]`, its heading or the code itself.

    A heading is the code's own if nothing else is below it; code below another one stays, as
    does code without a heading whose link has no text that could be one.
    """
    headed = parts[at].kind == "heading"
    place = at + headed
    code = _code(parsed, parts[place]) if place < len(parts) else None
    if code is None or _takes_attributes(parts, at, place + 1):
        return None
    if headed:
        heading = _own_heading(parsed, parts, at)
    else:
        heading = "" if _continues(parsed, parts, at) else _link_text(parsed, parts[at])
    if not heading:
        return None
    line = parsed.line_at(parts[place].start)
    cta = OldCta(code.url, None, heading, "", "", None, line, code=code.text)
    return FoundBlock("cta", at, place + 1, heading if headed else "", ctas=(cta,))


def _code(parsed: ParsedPost, part: Part) -> IssuedCode | None:
    """Return the code that a paragraph is, if it counts views and is nothing but what is issued."""
    raw = parsed.raw[part.start : part.end].strip()
    if part.kind != "paragraph" or not [*find_pixels(raw)]:
        return None
    try:
        text = with_newlines(raw.decode())
    except UnicodeDecodeError:
        return None
    if len(text) > MAX_CODE or _LIQUID.search(text) or _MARKDOWN.search(_TAG.sub("", text)):
        return None
    found = read_code(text, packaged_profiles())
    return found if isinstance(found, IssuedCode) else None


def _takes_attributes(parts: Sequence[Part], first: int, last: int) -> bool:
    """Whether an attribute list is right beside the parts, which would go to another one."""
    beside = (*parts[max(first - 1, 0) : first], *parts[last : last + 1])
    return any(part.kind == "attributes" for part in beside)


def _own_heading(parsed: ParsedPost, parts: Sequence[Part], at: int) -> str:
    """Return the text of a heading with code below it, "" if it is the article's."""
    heading = parts[at]
    after = parts[at + 2 : at + 3]
    ends = all(
        part.kind in ("rule", "marker") or (part.kind == "heading" and part.level <= heading.level)
        for part in after
    )
    text = parsed.heading(heading) or ""
    return text if ends and not parsed.anchors(heading) and not is_article_heading(text) else ""


def _continues(parsed: ParsedPost, parts: Sequence[Part], at: int) -> bool:
    """Whether code goes on with what is before it: a heading, or a text that leads to it."""
    before = parts[at - 1] if at else None
    if before is None or before.kind != "paragraph":
        return before is not None and before.kind == "heading"
    return parsed.text(before).endswith(_LEADS_ON)


def _link_text(parsed: ParsedPost, part: Part) -> str:
    """Return what a reader sees of the code's link, "" if that only says "see more"."""
    text = next((each.text for each in parsed.anchors(part) if each.form == "tag"), "")
    return "" if is_label(text) else text
