"""The programmes that forbid a redirect, and what a catalog asks for against their rules.

Add a rule only with its source: a programme without one is still not redirected by default.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

from linkmgr.catalog.model import Book, Catalog, Item
from linkmgr.catalog.reading.nodes import Mapping
from linkmgr.catalog.reading.parse import tree_of
from linkmgr.catalog.reading.problems import Report
from linkmgr.links.model import AMAZON, OWN_SITE, Programme, Tracking
from linkmgr.links.networks import NAMES, known_programme, passes_for_own
from linkmgr.messages.errors import Problem


@dataclass(frozen=True, slots=True)
class Rule:
    """Why a programme's links must not be redirected, where it says so, and what to do instead."""

    reason: str
    source: str
    instead: Tracking


# As RULES "Amazon Associates" and "Other programmes" have them, read in November 2026. もしも's
# pages do not speak of redirects.
NO_REDIRECT = MappingProxyType(
    {
        AMAZON: Rule(
            "redirecting links must not hide that a link goes to Amazon, nor from which site",
            "Amazon Associates Program Policies",
            Tracking.BEACON,
        ),
        "rakuten": Rule(
            "its links must not be shortened by other tools, nor their code be changed",
            "https://affiliate.rakuten.co.jp/guides/help",
            Tracking.DIRECT,
        ),
        "a8": Rule(
            "its links must not be shortened, nor their code be changed",
            "A8.net's rules for ad code",
            Tracking.DIRECT,
        ),
        "valuecommerce": Rule(
            "its links (ck.jp.ap.valuecommerce.com) must not be reached without their ad tag",
            "バリューコマース's rules for ad tags",
            Tracking.DIRECT,
        ),
    }
)


def programme_warnings(catalog: Catalog, file: str, text: str | bytes) -> Iterator[Problem]:
    """Yield what a catalog asks for against a programme's rules, once a programme.

    `text` is what the catalog was read from, and `file` its name.
    """
    found = [*_forbidden(catalog), *_passing_for_own(catalog)]
    tree = tree_of(text, Report(file)) if found else None
    for path, message in found:
        yield Problem.at(file, (tree and line_of(tree, path)) or 0, ".".join(path), message)


def line_of(tree: Mapping, path: tuple[str, ...]) -> int | None:
    """Return the line of the key at a path of keys, `None` where it is not there."""
    name, *rest = path
    for key, value in tree.pairs:
        if key.text == name:
            if not rest:
                return key.line
            return line_of(value, tuple(rest)) if isinstance(value, Mapping) else None
    return None


_Warning = tuple[tuple[str, ...], str]
"""The path of a key, and what is to be said of it."""


def forbidden_redirects(catalog: Catalog) -> Iterator[tuple[Programme, str]]:
    """Yield the programmes that are redirected, with the known one that forbids it."""
    redirected = {
        programme.id: programme
        for programme in catalog.programmes.values()
        if programme.tracking is Tracking.REDIRECT and programme.id != OWN_SITE
    }
    if not redirected or catalog.site.server is None:
        return
    addresses = _addresses(catalog)
    for programme in redirected.values():
        earns_for = {programme.id}
        if programme.id != AMAZON:
            urls = [programme.url] if programme.url else addresses[programme.id]
            earns_for |= {known for url in urls if (known := known_programme(url))}
        for known in sorted(earns_for & NO_REDIRECT.keys()):
            yield programme, known


def _forbidden(catalog: Catalog) -> Iterator[_Warning]:
    for programme, known in forbidden_redirects(catalog):
        rule = NO_REDIRECT[known]
        forbidden = f"{NAMES[known]} forbids the redirect: {rule.reason} ({rule.source})"
        key = ("programmes", programme.id, "tracking")
        yield key, f"{forbidden}; write tracking: {rule.instead}"


def _addresses(catalog: Catalog) -> dict[str, list[str]]:
    """Return the addresses that items and their further shops have, by programme."""
    found: dict[str, list[str]] = defaultdict(list)
    for item in catalog.items.values():
        for sold in (item, *(item.shops if isinstance(item, Book) else ())):
            if sold.url:
                found[sold.programme].append(sold.url)
    return found


def _passing_for_own(catalog: Catalog) -> Iterator[_Warning]:
    found: dict[str, list[Item]] = defaultdict(list)
    for item in catalog.items.values():
        if known := passes_for_own(catalog.programmes[item.programme], item.url):
            found[known].append(item)
    for known, (item, *others) in found.items():
        more = f" ({len(others)} more item{'s' * (len(others) > 1)} likewise)" if others else ""
        is_one = f"is an affiliate link of {NAMES[known]}"
        message = f"{is_one}, so it is marked as an ad and not redirected{more}"
        todo = f"write programme: {known} beside it"
        if known not in catalog.programmes:
            todo += f", and {known}: {{name: {NAMES[known]}}} under programmes"
        yield (section_of(item), item.id, "url"), f"{message}: {todo}"


def section_of(item: Item) -> str:
    """Return the section of the catalog in which an item is."""
    return "books" if isinstance(item, Book) else "ctas"
