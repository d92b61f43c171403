"""Finding calls to action: a heading, a sentence, and a link with UTM or with a class for it."""

import re
from collections.abc import Sequence
from urllib.parse import unquote_plus

from linkmgr.adopt.blocks.model import OldCta
from linkmgr.adopt.blocks.parsed_post import Found, Reading, Row
from linkmgr.adopt.blocks.phrases import (
    heads_article,
    is_call,
    is_call_class,
    is_cta_class,
    joined,
    tells_of_author,
)
from linkmgr.adopt.markup.anchors import Anchor, visible
from linkmgr.adopt.markup.article import Part
from linkmgr.links.model import Utm
from linkmgr.links.urls import has_utm

# The longest text of a call to action of those seen has 75 characters, in Japanese.
_LONGEST_TEXT = 300

# An element with a class, from its opening tag to its end; its headings and paragraphs.
_BOX = re.compile(
    r"<(?P<tag>div|section|aside|p)\b[^>]*\bclass\s*=\s*[\"']?(?P<class>[^\"'>]+)[^>]*>"
    r"(?P<inside>.*)</(?P=tag)\s*>",
    re.IGNORECASE | re.DOTALL,
)
_BOX_HEADING = re.compile(r"<(h[1-6])\b[^>]*>(.*?)</\1\s*>", re.IGNORECASE | re.DOTALL)
_BOX_TEXT = re.compile(r"<p\b[^>]*>(.*?)</p\s*>", re.IGNORECASE | re.DOTALL)


def find_cta(reading: Reading, parts: Sequence[Part], at: int, *, bordered: bool) -> Found | None:
    """Return the call to action that begins with `parts[at]`, its heading or its link itself.

    `bordered` says whether a rule or another block stands before it.
    """
    if parts[at].kind == "html":
        return _boxed(reading, parts, at)
    headed = parts[at].kind == "heading"
    if headed == bool(reading.anchors(parts[at])):
        return None
    rows: list[Row] = []
    first = at + headed
    # Under a heading the text may be a paragraph of its own.
    for link in range(first, min(first + 1 + headed, len(parts))):
        if parts[link].kind != "paragraph":
            break
        rows += reading.rows(parts[link])
        if reading.anchors(parts[link]):
            heading = (reading.heading(parts[at]) or "") if headed else ""
            classes = reading.attributes_after(parts, link + 1)
            cta = _cta(reading, heading, rows, classes)
            if cta is None:
                return None
            anchor = rows[-1].anchors[0]
            doubt = _doubt(reading, cta, anchor, bordered=bordered)
            last = link + 1 + (classes is not None)
            alone = _if_alone(reading, cta, anchor)
            return Found("cta", at, last, heading, ctas=(cta,), doubt=doubt, if_alone=alone)
    return None


def _cta(reading: Reading, heading: str, rows: Sequence[Row], classes: str | None) -> OldCta | None:
    """Return the call to action whose last row is its link, and whose others are its text."""
    *texts, row = rows
    if any(each.anchors for each in texts) or (texts and not heading):
        return None
    if not row.only_link or len(row.anchors) > 1:
        return None
    anchor = row.anchors[0]
    css_class = classes or anchor.css_class
    if not _calls(reading, anchor, css_class):
        return None
    url, utm = split_utm(anchor.url)
    text = joined(each.text for each in texts)
    return OldCta(url, utm, heading, text, anchor.text, css_class or None, row.line)


def _boxed(reading: Reading, parts: Sequence[Part], at: int) -> Found | None:
    """Return the call to action that an HTML element is whose class says so."""
    part = parts[at]
    markup = reading.article.text(part.start, part.end)
    box = _BOX.fullmatch(markup.strip())
    links = reading.anchors(part)
    if box is None or len(links) != 1 or not is_call_class(box["class"]) or reading.link(links[0]):
        return None
    heading = _BOX_HEADING.search(box["inside"])
    texts = _BOX_TEXT.findall(box["inside"])
    url, utm = split_utm(links[0].url)
    cta = OldCta(
        url,
        utm,
        visible(heading[2]) if heading else "",
        joined(visible(text) for text in texts if "<a" not in text),
        links[0].text,
        links[0].css_class or box["class"],
        reading.line_at(links[0].start),
    )
    doubt = "" if len(cta.text) <= _LONGEST_TEXT else "its text is longer than that of a CTA"
    alone = "" if is_cta_class(box["class"]) else _if_alone(reading, cta, links[0])
    return Found("cta", at, at + 1, cta.heading, ctas=(cta,), doubt=doubt, if_alone=alone)


def split_utm(url: str) -> tuple[str, Utm | None]:
    """Return an address without its UTM parameters, and these; all or none of them."""
    address, hash_sign, fragment = url.partition("#")
    path, _, query = address.partition("?")
    values: dict[str, str] = {}
    kept = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name.lower().startswith("utm_"):
            values[name.lower()[4:]] = unquote_plus(value)
        elif part:
            kept.append(part)
    if not all(values.get(name) for name in ("source", "medium", "campaign")):
        return url, None
    utm = Utm(
        values["source"],
        values["medium"],
        values["campaign"],
        values.get("content") or None,
        values.get("term") or None,
    )
    rest = f"?{'&'.join(kept)}" if kept else ""
    return f"{path}{rest}{hash_sign}{fragment}", utm


def _calls(reading: Reading, anchor: Anchor, css_class: str) -> bool:
    if anchor.form not in ("markdown", "reference", "tag") or reading.link(anchor):
        return False
    return has_utm(anchor.url) or is_call_class(css_class)


def _doubt(reading: Reading, cta: OldCta, anchor: Anchor, *, bordered: bool) -> str:
    if len(cta.text) > _LONGEST_TEXT:
        return "its text is longer than that of a call to action"
    if heads_article(cta.heading):
        return "its heading may be the article's own"
    calls = is_call(f"{cta.heading} {cta.text} {cta.label}")
    if not cta.heading:
        said = is_call_class(cta.css_class or "") or (cta.utm and cta.utm.medium == "cta")
        return "" if said else "a link with UTM parameters that may be the article's own"
    if reading.live.own(anchor.url) is None and not calls:
        return "it leads to another site, and may be the article's own"
    return "" if calls or bordered else "its heading may be the article's own"


def _if_alone(reading: Reading, cta: OldCta, anchor: Anchor) -> str:
    """Return the doubt about a call to action whose class doesn't name it one."""
    if is_cta_class(cta.css_class or ""):
        return ""
    if reading.live.own(anchor.url) is None:
        return "it leads to another site, and may be the article's own"
    if cta.utm is None:
        return "it may be a button of the article"
    if cta.utm.medium != "cta":
        return "nothing but its place says that it is one, so that it may be the article's own"
    return "its text may be the article's own" if tells_of_author(cta.text) else ""
