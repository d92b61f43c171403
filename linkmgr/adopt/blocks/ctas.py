"""Finding calls to action: a heading, a sentence and a link, or a programme's issued code alone.

The link has UTM parameters, or a class that says what it is.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import unquote_plus

from linkmgr.adopt.post.anchors import Anchor, Part, visible
from linkmgr.adopt.post.model import OldCta
from linkmgr.adopt.post.parsed_post import FoundBlock, ParsedPost, TextRow
from linkmgr.adopt.post.phrases import (
    is_article_heading,
    is_call,
    is_call_class,
    is_cta_class,
    is_label,
    is_personal,
    joined,
)
from linkmgr.adopt.post.products import with_newlines
from linkmgr.catalog.declaration import MAX_CODE
from linkmgr.links.model import IssuedCode, Utm
from linkmgr.links.programmes.profiles import packaged_profiles
from linkmgr.links.recognition.issued_code import find_pixels, read_code
from linkmgr.links.urls import has_utm
from linkmgr.messages.message import Message, message

# The longest text of a call to action seen has 75 characters, in Japanese.
_LONGEST_TEXT = 300

# An element with a class, from its opening tag to its end; its headings and paragraphs.
_BOX = re.compile(
    r"<(?P<tag>div|section|aside|p)\b[^<>]{0,500}\bclass\s*=\s*[\"']?"
    r"(?P<class>[^\"'<>]{1,500}+)[^<>]*+>"
    r"(?P<inside>.*)</(?P=tag)\s*>",
    re.IGNORECASE | re.DOTALL,
)
_ICON = re.compile(rb"<(?:i|svg|img|span)\b|!\[", re.IGNORECASE)
_BOX_HEADING = re.compile(
    r"<(h[1-6])\b[^<>]*>((?:(?!<h[1-6]\b).)*?)</\1\s*>", re.IGNORECASE | re.DOTALL
)
_BOX_TEXT = re.compile(r"<p\b[^<>]*>((?:(?!<p\b).)*?)</p\s*>", re.IGNORECASE | re.DOTALL)


def find_cta(
    parsed: ParsedPost, parts: Sequence[Part], at: int, *, bordered: bool
) -> FoundBlock | None:
    """Return the call to action that begins with `parts[at]`, its heading or its link itself.

    `bordered` says whether a rule or another block comes before it.
    """
    if parts[at].kind == "html":
        return _boxed(parsed, parts, at)
    headed = parts[at].kind == "heading"
    if headed == bool(parsed.anchors(parts[at])):
        return None
    heading = (parsed.heading(parts[at]) or "") if headed else ""
    rows: list[TextRow] = []
    link = at + headed
    # Under a heading the text may be a paragraph of its own.
    for link in range(at + headed, min(at + 1 + 2 * headed, len(parts))):
        if parts[link].kind != "paragraph":
            return None
        rows += parsed.rows(parts[link])
        if parsed.anchors(parts[link]):
            break
    if not rows:
        return None
    classes = parsed.attributes_after(parts, link + 1)
    cta = _cta(parsed, heading, rows, classes)
    if cta is None:
        return None
    anchor = rows[-1].anchors[0]
    return FoundBlock(
        "cta",
        at,
        link + 1 + (classes is not None),
        heading,
        ctas=(cta,),
        keep_reason=_keep_reason(parsed, cta, anchor, bordered=bordered),
        reason_if_unrepeated=_reason_if_unrepeated(parsed, cta, anchor),
    )


def _cta(
    parsed: ParsedPost, heading: str, rows: Sequence[TextRow], classes: str | None
) -> OldCta | None:
    """Return the call to action whose last row is its link, and whose others are its text."""
    texts, row = rows[:-1], rows[-1]
    if any(text_row.anchors for text_row in texts) or (texts and not heading):
        return None
    if not row.only_link or len(row.anchors) > 1:
        return None
    anchor = row.anchors[0]
    css_class = classes or anchor.css_class or row.css_class
    if anchor.form not in ("markdown", "reference", "tag") or parsed.link(anchor):
        return None
    if not (has_utm(anchor.url) or is_call_class(css_class)):
        return None
    url, utm = split_utm(parsed.live.without_base(anchor.url))
    text = joined(text_row.text for text_row in texts)
    cta = OldCta(url, utm, heading, text, anchor.text, css_class or None, row.line)
    return replace(cta, has_icon=_has_icon(parsed, anchor))


def _has_icon(parsed: ParsedPost, anchor: Anchor) -> bool:
    """Whether a link shows an element beside its text, such as an icon of a font."""
    return _ICON.search(parsed.raw, anchor.start, anchor.end) is not None


def _boxed(parsed: ParsedPost, parts: Sequence[Part], at: int) -> FoundBlock | None:
    """Return the call to action in an HTML element whose class says so."""
    part = parts[at]
    markup = parsed.article.text(part.start, part.end)
    box = _BOX.fullmatch(markup.strip())
    links = parsed.anchors(part)
    if box is None or len(links) != 1 or not is_call_class(box["class"]) or parsed.link(links[0]):
        return None
    heading = _BOX_HEADING.search(box["inside"])
    texts = _BOX_TEXT.findall(box["inside"])
    url, utm = split_utm(parsed.live.without_base(links[0].url))
    cta = OldCta(
        url,
        utm,
        visible(heading[2]) if heading else "",
        joined(visible(text) for text in texts if "<a" not in text),
        links[0].text,
        links[0].css_class or box["class"],
        parsed.line_at(links[0].start),
        has_icon=_has_icon(parsed, links[0]),
    )
    reason = None if len(cta.text) <= _LONGEST_TEXT else message("adopt.keep-long-cta")
    alone = None if is_cta_class(box["class"]) else _reason_if_unrepeated(parsed, cta, links[0])
    return FoundBlock(
        "cta", at, at + 1, cta.heading, ctas=(cta,), keep_reason=reason, reason_if_unrepeated=alone
    )


def split_utm(url: str) -> tuple[str, Utm | None]:
    """Return an address without its UTM parameters, and these; all or none of them."""
    address, hash_sign, fragment = url.partition("#")
    path, _, query = address.partition("?")
    values: dict[str, str] = {}
    others = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name.lower().startswith("utm_"):
            values[name.lower()[4:]] = unquote_plus(value)
        elif part:
            others.append(part)
    source, medium, campaign = map(values.get, ("source", "medium", "campaign"))
    if not (source and medium and campaign):
        return url, None
    content, term = values.get("content") or None, values.get("term") or None
    rest = f"?{'&'.join(others)}" if others else ""
    return f"{path}{rest}{hash_sign}{fragment}", Utm(source, medium, campaign, content, term)


def _keep_reason(
    parsed: ParsedPost, cta: OldCta, anchor: Anchor, *, bordered: bool
) -> Message | None:
    if len(cta.text) > _LONGEST_TEXT:
        return message("adopt.keep-long-cta")
    if is_article_heading(cta.heading):
        return message("adopt.keep-article-heading")
    calls = is_call(f"{cta.heading} {cta.text} {cta.label}")
    if not cta.heading:
        is_call_link = is_call_class(cta.css_class or "") or (cta.utm and cta.utm.medium == "cta")
        return None if is_call_link else message("adopt.keep-utm-link")
    if parsed.live.own_path(anchor.url) is None and not calls:
        return message("adopt.keep-other-site")
    return None if calls or bordered else message("adopt.keep-article-heading")


def _reason_if_unrepeated(parsed: ParsedPost, cta: OldCta, anchor: Anchor) -> Message | None:
    """Return why a call to action stays if no other post has it: its class says nothing."""
    if is_cta_class(cta.css_class or ""):
        return None
    if parsed.live.own_path(anchor.url) is None:
        return message("adopt.keep-other-site")
    if cta.utm is None:
        return message("adopt.keep-article-button")
    if cta.utm.medium != "cta":
        return message("adopt.keep-only-place")
    return message("adopt.keep-article-text") if is_personal(cta.text) else None


# Issued code on its own: a call to action whose link is that code.

_TAG = re.compile(r"<[^<>]*>")
# Jekyll alters these, while a block shows code as it was issued.
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
    beside = (*parts[max(at - 1, 0) : at], *parts[place + 1 : place + 2])
    # An attribute list right beside the parts would move to another one.
    if code is None or any(part.kind == "attributes" for part in beside):
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
    """Return a paragraph as code, if it counts views and is nothing but issued code."""
    raw = parsed.raw[part.start : part.end].strip()
    if part.kind != "paragraph" or not [*find_pixels(raw)]:
        return None
    try:
        text = with_newlines(raw.decode())
    except UnicodeDecodeError:
        return None
    if len(text) > MAX_CODE or _LIQUID.search(text) or _MARKDOWN.search(_TAG.sub("", text)):
        return None
    code = read_code(text, packaged_profiles())
    return code if isinstance(code, IssuedCode) else None


def _own_heading(parsed: ParsedPost, parts: Sequence[Part], at: int) -> str:
    """Return the text of a heading with code below it, "" if it is the article's."""
    heading = parts[at]
    text = parsed.heading(heading) or ""
    if parsed.anchors(heading) or is_article_heading(text):
        return ""
    for after in parts[at + 2 : at + 3]:
        ends = after.kind in ("rule", "marker")
        if not ends and not (after.kind == "heading" and after.level <= heading.level):
            return ""
    return text


def _continues(parsed: ParsedPost, parts: Sequence[Part], at: int) -> bool:
    """Whether code goes on with what is before it: a heading, or a text that leads to it."""
    if at == 0:
        return False
    before = parts[at - 1]
    if before.kind == "paragraph":
        return parsed.text(before).endswith(_LEADS_ON)
    return before.kind == "heading"


def _link_text(parsed: ParsedPost, part: Part) -> str:
    """Return the visible text of the code's link, "" for a mere "see more"."""
    for anchor in parsed.anchors(part):
        if anchor.form == "tag":
            return "" if is_label(anchor.text) else anchor.text
    return ""
