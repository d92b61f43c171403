"""Looking up what an item is to be added by: an address, an ASIN, an ISBN, or an issued code."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from linkmgr.catalog.editing.new_ids import cta_id, good_id
from linkmgr.catalog.items import Book, Good, ItemKind
from linkmgr.catalog.model import Catalog
from linkmgr.links.amazon import title_in_address
from linkmgr.links.isbn import asin_problem, isbn_problem, isbn_to_asin
from linkmgr.links.model import AMAZON, OWN_SITE, UTM_PARAMETERS, AffiliateLink, IssuedCode
from linkmgr.links.programmes.shops import preset_of, programme_of
from linkmgr.links.recognition.affiliate import affiliate_link
from linkmgr.links.recognition.issued_code import read_code
from linkmgr.links.urls import is_at, target_problem
from linkmgr.messages.message import message, translate

_NUMBER = re.compile(r"(?:ISBN|ASIN)?[\s:：-]*([0-9][0-9Xx\s-]{8,20}|B0[0-9A-Z]{8})", re.IGNORECASE)
# An address as browsers show it, without its scheme.
_BARE = re.compile(r"[\w-]+(?:\.[\w-]+)+/\S*")
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Lookup:
    """What was found: a proposed id, the entry's values, and facts for the user.

    With a `problem` there is no form yet; `known` is an item that is in the catalog already.
    It may be of `either` kind of goods, a book or a product.
    """

    kind: ItemKind = ItemKind.BOOKS
    name: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    problem: str = ""
    known: str = ""
    either: bool = False


def look_up(text: str, catalog: Catalog, kind: ItemKind | None = None) -> Lookup:
    """Find out what a text is. An address or an ASIN may be of the `kind` that the user means.

    Further addresses, apart by spaces or lines, are those of other shops with the same good.
    """
    text, *others = _addresses(text)
    if not others:
        return _look_up_one(text, catalog, kind)
    good = _look_up_one(text, catalog, kind or _kind_at_shop(text) or ItemKind.PRODUCTS)
    if good.problem:
        return good
    shops = [shop_entry(other, catalog) for other in others]
    return replace(good, values={**good.values, "shops": shops})


def _addresses(text: str) -> list[str]:
    """Return the addresses in a text of nothing else; any other text is one by itself."""
    parts = text.split()
    return parts if len(parts) > 1 and all(map(_ADDRESS.match, parts)) else [text.strip()]


def _look_up_one(text: str, catalog: Catalog, kind: ItemKind | None) -> Lookup:
    if text.startswith("<"):
        return _issued(text, catalog, kind or ItemKind.CTA)
    # Japanese keyboards type digits in full width.
    if number := _NUMBER.fullmatch(unicodedata.normalize("NFKC", text)):
        return _numbered(number[1], catalog, kind)
    if _BARE.fullmatch(text):
        text = f"https://{text}"
    link = affiliate_link(text)
    if link and link.programme == AMAZON:
        return _at_amazon(link, catalog, kind)
    if link is None and (problem := target_problem(text)):
        if text.startswith(("http", "/")):
            return Lookup(problem=translate(problem, form=True))
        return Lookup(problem=translate(message("catalog.lookup-unknown")))
    return _elsewhere(text, catalog, kind or _kind_at_shop(text))


def _kind_at_shop(url: str) -> ItemKind | None:
    """Return the kind of what is sold at an address, `None` if it is at no shop that is known."""
    preset = preset_of(url)
    if preset is None:
        return None
    return ItemKind.BOOKS if preset.sells_books else ItemKind.PRODUCTS


def shop_entries(text: str, catalog: Catalog) -> list[dict[str, str]]:
    """Return the entries of shops by their addresses, one a line, or by one issued code."""
    if text.lstrip().startswith("<"):
        return [{"code": text.strip()}]
    return [shop_entry(line.strip(), catalog) for line in text.splitlines() if line.strip()]


def shop_entry(url: str, catalog: Catalog) -> dict[str, str]:
    """Return the entry of a shop by its address.

    Where the catalog lacks its programme it is one that earns nothing.
    """
    if _BARE.fullmatch(url):
        url = f"https://{url}"
    link, preset = affiliate_link(url), preset_of(url)
    entry = {"url": url}
    if preset:
        entry["preset"] = preset.id
    if link and link.programme == AMAZON and link.asin and link.marketplace:
        return {**entry, "url": f"https://www.{link.marketplace}/dp/{link.asin}"}
    programme, name = _programme_at(url)
    if preset and not link:
        programme = preset.programme
    if programme not in catalog.programmes:
        entry["programme"] = OWN_SITE
        if preset is None:
            entry["label"] = name
    elif preset is None or programme != preset.programme:
        entry["programme"] = programme
    return entry


def _programme_at(url: str) -> tuple[str, str]:
    """Return the programme with which an address earns or could earn, and its shop's name."""
    programme, name = programme_of(urlsplit(url).hostname or "")
    link = affiliate_link(url)
    return (link.programme if link else programme), name


def _numbered(number: str, catalog: Catalog, kind: ItemKind | None) -> Lookup:
    bare = number.replace("-", "").replace(" ", "").upper()
    is_asin = bare.startswith("B0")
    if problem := asin_problem(bare) if is_asin else isbn_problem(bare):
        return Lookup(problem=translate(problem, form=True))
    asin = bare if is_asin else isbn_to_asin(bare)
    what = (
        translate(message("catalog.lookup-asin"))
        if is_asin
        else translate(message("catalog.lookup-isbn", asin=asin))
    )
    values = {"asin": bare} if is_asin else {"isbn": number.strip()}
    kind = kind if is_asin else ItemKind.BOOKS
    return _sold_at_amazon(asin, values, (what, *_ours(catalog)), catalog, kind=kind)


def _at_amazon(link: AffiliateLink, catalog: Catalog, kind: ItemKind | None) -> Lookup:
    if link.kind == "short":
        return Lookup(problem=translate(message("catalog.lookup-short-link")))
    if link.asin is None:
        return Lookup(problem=translate(message("catalog.lookup-no-product")))
    if problem := asin_problem(link.asin):
        return Lookup(problem=translate(problem, form=True))
    facts = [translate(message("catalog.lookup-product", asin=link.asin))]
    ours = catalog.programmes[AMAZON]
    if link.marketplace and link.marketplace != ours.marketplace:
        facts.append(
            translate(
                message(
                    "catalog.lookup-other-marketplace",
                    theirs=link.marketplace,
                    ours=ours.marketplace or "",
                )
            )
        )
    values = {"asin": link.asin}
    if link.tag in catalog.tags[AMAZON] and link.tag != ours.tag:
        values["tag"] = link.tag
    elif link.tag and link.tag != ours.tag:
        facts.append(translate(message("catalog.lookup-other-tag", tag=link.tag)))
    facts += _ours(catalog, values.get("tag"))
    if title := title_in_address(link.url):
        values["title"] = title
        facts.append(translate(message("catalog.lookup-check-title")))
    return _sold_at_amazon(link.asin, values, tuple(facts), catalog, kind=kind)


def _ours(catalog: Catalog, tag: str | None = None) -> tuple[str, ...]:
    """Return a line on where links to Amazon lead, and by which tag: by default the usual one."""
    amazon = catalog.programmes[AMAZON]
    if amazon.tag is None:
        return (translate(message("catalog.lookup-no-tag")),)
    return (
        translate(
            message(
                "catalog.lookup-your-tag", place=amazon.marketplace or "", tag=tag or amazon.tag
            )
        ),
    )


def _sold_at_amazon(
    asin: str,
    values: dict[str, str],
    facts: tuple[str, ...],
    catalog: Catalog,
    *,
    kind: ItemKind | None,
) -> Lookup:
    """Return a good at Amazon: a book, unless the user says that it is a product."""
    known = next(
        (i.id for i in catalog.items.values() if isinstance(i, Good) and i.asin == asin), ""
    )
    own = _good_type(kind) or Book
    proposed = good_id(own, values.get("title", ""), asin, catalog.taken_ids)
    return Lookup(own.kind, proposed, values, facts, known=known, either="asin" in values)


def _good_type(kind: ItemKind | None) -> type[Good] | None:
    """Return the class of a kind of goods, `None` for any other kind."""
    own = kind.type if kind else None
    return own if own and issubclass(own, Good) else None


def _elsewhere(url: str, catalog: Catalog, kind: ItemKind | None) -> Lookup:
    if own := _good_type(kind):
        programme, name = _programme_at(url)
        known = programme in catalog.programmes
        shop = catalog.programmes[programme].name if known else name
        values = {"url": url, **({"programme": programme} if known else {})}
        code = "at-programme" if known else "at-shop"
        fact = translate(message(f"catalog.kind-{own.noun}-{code}", shop=shop))
        proposed = good_id(own, "", programme, catalog.taken_ids)
        at_it = (item.id for item in catalog.goods.values() if item.url == url)
        return Lookup(own.kind, proposed, values, (fact,), known=next(at_it, ""))
    bare, utm = _parted(url)
    is_own = url.startswith("/") or is_at(url, urlsplit(catalog.site.url).hostname or "-")
    where = "own-page" if is_own else "other-page"
    facts = [translate(message(f"catalog.lookup-{where}"))]
    if utm:
        facts.append(translate(message("catalog.lookup-utm")))
    return Lookup(
        ItemKind.CTA,
        cta_id(utm.get("campaign", ""), "", bare, catalog.taken_ids),
        {"url": bare, **({"utm": utm} if utm else {})},
        tuple(facts),
        known=next((cta.id for cta in catalog.ctas.values() if cta.url == bare), ""),
    )


def _issued(text: str, catalog: Catalog, kind: ItemKind) -> Lookup:
    code = read_code(text, catalog.profiles)
    if not isinstance(code, IssuedCode):
        return Lookup(problem=" ".join(translate(problem, form=True) for problem in code))
    if own := _good_type(kind):
        name = good_id(own, "", code.programme, catalog.taken_ids)
    else:
        name = cta_id(code.programme, "", code.url, catalog.taken_ids)
    fact = translate(
        message("catalog.lookup-code", programme=catalog.profiles[code.programme].name)
    )
    known = (item.id for item in catalog.items.values() if item.code and item.url == code.url)
    return Lookup(kind, name, {"code": code.text}, (fact,), known=next(known, ""))


def _parted(url: str) -> tuple[str, dict[str, str]]:
    """Return an address without the UTM parameters that have a field, and those parameters."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    utm = {name.removeprefix("utm_"): value for name, value in pairs if name in UTM_PARAMETERS}
    if not utm:
        return url, {}
    rest = [(name, value) for name, value in pairs if name not in UTM_PARAMETERS]
    return urlunsplit(parts._replace(query=urlencode(rest))), utm
