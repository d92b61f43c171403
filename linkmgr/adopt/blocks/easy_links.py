"""Finding もしも's かんたんリンク: a script whose JSON holds the product and its shops' links."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from linkmgr.adopt.blocks.entries import BookEntry
from linkmgr.adopt.post.anchors import Anchor, Part
from linkmgr.adopt.post.parsed_post import FoundBlock, ParsedPost
from linkmgr.adopt.post.products import code_message

_CALL = re.compile(rb"msmaflink\s*\(\s*(?=\{)")
_CODE = re.compile(
    rb"\s*(?:<!--\s*START MoshimoAffiliateEasyLink\s*-->\s*)?"
    rb"<script\b[^>]*>(?P<script>(?:(?!</script).)*+)</script\s*>"
    rb"(?:\s*<div\b[^>]*\bmsmaflink-[^>]*>[^<]*</div\s*>)?"
    rb"(?:\s*<!--\s*MoshimoAffiliateEasyLink END\s*-->)?",
    re.IGNORECASE | re.DOTALL,
)
_PARAMETERS = ("a_id", "p_id", "pc_id", "pl_id")
_REDIRECTOR = "https://af.moshimo.com/af/c/click"
_LONGEST = 50_000


def may_be_easy_link(parsed: ParsedPost, part: Part) -> bool:
    """Whether a part may be such a script, or the comment before it: a quick test."""
    return part.kind == "shielded" and (
        parsed.raw.find(b"msmaflink", part.start, part.end) >= 0
        or parsed.raw.find(b"START Moshimo", part.start, part.end) >= 0
    )


def find_easy_link(parsed: ParsedPost, parts: Sequence[Part], at: int) -> FoundBlock | None:
    """Return the かんたんリンク that begins with `parts[at]`.

    One with a link through もしも stays: its script counts the views for that. One that has only
    the blog's own links becomes a book.
    """
    if not may_be_easy_link(parsed, parts[at]):
        return None
    begin = parts[at].start
    code = _CODE.match(parsed.raw, begin, begin + _LONGEST)
    call = _CALL.search(code["script"]) if code else None
    if code is None or call is None:
        return None
    last = at + 1
    while last < len(parts) and parts[last - 1].end < code.end():
        last += 1
    if parsed.raw[code.end() : parts[last - 1].end].strip():
        return None
    product = _product(code["script"][call.end() :])
    entry = BookEntry(parsed.line_at(code.start("script")))
    entry.name = _text(product.get("n"))
    links = [*_links(product, code.start("script"))]
    entry.add_links(parsed, links)
    book = entry.book()
    reason = entry.keep_reason() or (None if book else entry.no_book_reason())
    reason = reason or entry.leads_elsewhere(parsed, links)
    if any(link.url.startswith(_REDIRECTOR) for link in links):
        reason = code_message("moshimo")
    return FoundBlock("books", at, last, books=(book,) if book else (), keep_reason=reason)


def _product(script: bytes) -> dict[str, Any]:
    """Return the call's argument; nothing where it is no JSON."""
    try:
        argument, _ = json.JSONDecoder().raw_decode(script.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return {}
    return argument if isinstance(argument, dict) else {}


def _links(product: dict[str, Any], at: int) -> Iterator[Anchor]:
    """Yield the shops' links as the script makes them."""
    main = product.get("u")
    buttons = product.get("b_l")
    for button in buttons if isinstance(buttons, list) else ():
        if isinstance(button, dict):
            yield _anchor(_text(button.get("u_url")), button, _text(button.get("u_tx")), at)
    # Before version 2 there were no buttons, but an id for each shop's programme.
    if isinstance(main, dict) and not buttons:
        ids = product.get("aid")
        own = ids.get(_text(main.get("t"))) if isinstance(ids, dict) else None
        yield _anchor(_text(main.get("u")), {"a_id": own}, "", at)


def _anchor(url: str, ids: dict[str, Any], text: str, at: int) -> Anchor:
    if ids.get("a_id"):
        known = {name: str(ids[name]) for name in _PARAMETERS if ids.get(name)}
        given = urlencode(known, errors="replace", quote_via=quote)
        url = f"{_REDIRECTOR}?{given}&url={quote(url, safe='')}"
    return Anchor("tag", at, at, at, at, url, text)


def _text(value: Any) -> str:
    """Return a text on one line, without what JSON can escape and no file can hold."""
    if not isinstance(value, str):
        return ""
    shown = [character if character.isprintable() else " " for character in value]
    return " ".join("".join(shown).split())
