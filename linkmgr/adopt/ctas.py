"""Finding calls to action: a heading, a sentence, and a link with UTM or with a class for it."""

from collections.abc import Sequence
from urllib.parse import unquote_plus

from linkmgr.adopt.anchors import Anchor
from linkmgr.adopt.markup import Part
from linkmgr.adopt.model import OldCta
from linkmgr.adopt.reading import Found, Reading, Row
from linkmgr.adopt.wording import heads_article, is_call, is_call_class, joined
from linkmgr.catalog.model import Utm
from linkmgr.catalog.targets import has_utm

# The longest text of a call to action of those seen has 75 characters, in Japanese.
_LONGEST_TEXT = 300


def find_cta(reading: Reading, parts: Sequence[Part], at: int, *, bordered: bool) -> Found | None:
    """Return the call to action that begins with `parts[at]`, its heading or its link itself.

    `bordered` says whether a rule or another block stands before it.
    """
    part = parts[at]
    heading = ""
    first = at
    if part.kind == "heading":
        if reading.anchors(part):
            return None
        heading = reading.heading(part) or ""
        first += 1
    elif not reading.anchors(part):
        return None
    texts: list[Row] = []
    for last in range(first, min(first + 2, len(parts))):
        if parts[last].kind != "paragraph":
            return None
        *before, link_row = reading.rows(parts[last])
        texts += before
        classes = reading.attributes_after(parts, last + 1)
        if link_row.only_link and len(link_row.anchors) == 1:
            anchor = link_row.anchors[0]
            css_class = classes or anchor.css_class
            if not _calls(reading, anchor, css_class) or any(row.anchors for row in texts):
                return None
            text = joined(row.text for row in texts)
            if part.kind != "heading" and text:
                return None
            url, utm = split_utm(anchor.url)
            cta = OldCta(url, utm, heading, text, anchor.text, css_class or None, link_row.line)
            end = last + 1 + (classes is not None)
            doubt = _doubt(reading, cta, anchor, bordered=bordered)
            return Found("cta", at, end, heading, ctas=(cta,), doubt=doubt)
        if part.kind != "heading":
            return None
        texts.append(link_row)
    return None


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
