"""What a catalog asks for that breaks its programmes' rules, and what earns nothing.

Each warning comes with the line of its key.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from linkmgr.catalog.items import Cta, Good, Item, ItemKind, ShopLink
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.parse import tree_of
from linkmgr.catalog.reading.yaml.nodes import (
    MappingNode,
    Node,
    ProblemCollector,
    ScalarNode,
    SequenceNode,
)
from linkmgr.links.model import AMAZON, OWN_SITE, Programme, Tracking
from linkmgr.links.programmes.profile import Profile, RuleSource
from linkmgr.links.programmes.shops import PRESETS
from linkmgr.links.reach import Reach, reach_of
from linkmgr.links.urls import is_at
from linkmgr.messages.errors import Problem
from linkmgr.messages.message import Message, message

_Warned = tuple[tuple[str, ...], Message]
"""The path of a key, and what is wrong with it."""


def programme_warnings(catalog: Catalog, file: str, text: str | bytes) -> Iterator[Problem]:
    """Yield the settings that break a programme's rules or are in vain, once per programme.

    `text` is what the catalog was read from, and `file` its name.
    """
    warnings = [
        *_forbidden(catalog),
        *_passing_for_own(catalog),
        *_rule_warnings(catalog),
        *_earning_nothing(catalog),
    ]
    may_have_examples = _may_have_examples(catalog, text)
    if not warnings and not may_have_examples:
        return
    tree = tree_of(text, ProblemCollector(file))
    if may_have_examples:
        warnings += _left_examples(tree)
    for path, problem in warnings:
        yield Problem.at(file, line_of(tree, path) or 0, ".".join(path), problem)


def at_their_lines(problems: Iterable[Problem], file: str, text: str | bytes) -> Iterator[Problem]:
    """Yield problems, those of the catalog `text` in `file` with the lines of their keys."""
    listed = list(problems)
    tree = tree_of(text, ProblemCollector(file)) if listed else None
    for problem in listed:
        place = problem.location
        if tree and place.file == file and not place.line:
            line = line_of(tree, tuple(place.key.split("."))) or 0
            yield Problem.at(file, line, place.key, problem.message)
        else:
            yield problem


_NUMBERED = re.compile(r"(?P<key>.+)\[(?P<number>\d+)\]")


def line_of(tree: MappingNode, path: tuple[str, ...]) -> int | None:
    """Return the line of the key at a path of keys, `None` where it is not there.

    A key with a number in brackets, counted from 1, is an entry of its list; of an entry that is
    a text its own line is returned.
    """
    name, *rest = path
    numbered = _NUMBERED.fullmatch(name)
    for key, value in tree.pairs:
        if key.text != (numbered["key"] if numbered else name):
            continue
        line, at = key.line, value
        if numbered and isinstance(value, SequenceNode):
            at = value.values[int(numbered["number"]) - 1]
            line = at.line
        if not rest or (numbered and not isinstance(at, MappingNode)):
            return line
        return line_of(at, tuple(rest)) if isinstance(at, MappingNode) else None
    return None


# Links and pictures against the rules of their programmes.


class _Link(NamedTuple):
    """A link of the catalog, the rules for it, and the path of its item."""

    item: Item
    sold: Item | ShopLink
    programme: Programme
    profile: Profile
    path: tuple[str, ...]

    def key(self, name: str) -> tuple[str, ...]:
        """Return the path of a key of the item; shops are listed under one."""
        return (*self.path, "shops" if isinstance(self.sold, ShopLink) else name)


_Found = tuple[str, tuple[str, ...], RuleSource]
"""The code of a warning, the path of its key, and the source of the rule."""


def _rule_warnings(catalog: Catalog) -> Iterator[_Warned]:
    """Yield the settings that programmes' rules forbid or require, once per programme."""
    seen: dict[tuple[str, str], tuple[_Found, Profile, int]] = {}
    for warning, of in chain(_about_links(catalog), _about_pictures(catalog)):
        known = (warning[0], of.id)
        first, profile, count = seen.get(known, (warning, of, 0))
        seen[known] = (first, profile, count + 1)
    for (code, path, source), profile, count in seen.values():
        others = message("catalog.affiliate-links-more", count=count - 1) if count > 1 else ""
        yield path, message(code, programme=profile.name, source=source.page, more=others)


def _about_links(catalog: Catalog) -> Iterator[tuple[_Found, Profile]]:
    for link in _links(catalog):
        for rule in _RULES:
            if warning := rule(link):
                yield warning, link.profile


def _about_pictures(catalog: Catalog) -> Iterator[tuple[_Found, Profile]]:
    for item in catalog.items.values():
        if isinstance(item, Good) and (known := catalog.profiles.of_picture(item.picture)):
            profile, rule = known
            code = f"catalog.picture-of-{rule.allowed}"
            yield (code, (item.section, item.id, item.picture_key), rule.source), profile


def _links(catalog: Catalog) -> Iterator[_Link]:
    for item in catalog.items.values():
        for sold in (item, *(item.shops if isinstance(item, Good) else ())):
            programme = catalog.programmes[sold.programme]
            # A link that passes for one of the site's own is reported as that.
            if programme.id == OWN_SITE or sold.code:
                continue
            if isinstance(sold, ShopLink) and is_plain(catalog, sold):
                continue  # no link of the programme's: that is said instead
            url = programme.url or sold.url or ""
            profile = catalog.profiles.of_url(url) or catalog.profiles.get(programme.id)
            if profile:
                yield _Link(item, sold, programme, profile, (item.kind.section, item.id))


def _needs_code(link: _Link) -> _Found | None:
    source = link.profile.needs_code()
    if source is None:
        return None
    if link.programme.url is None:
        return "catalog.needs-code", link.key("url"), source
    rules = link.profile.rules
    if rules.deep_link and rules.deep_link.allowed and not (rules.pixel and rules.pixel.needed):
        return None
    return "catalog.needs-code", ("programmes", link.programme.id, "url"), source


def _may_not_be_built(link: _Link) -> _Found | None:
    rule = link.profile.rules.deep_link
    if rule is None or rule.allowed or link.programme.url is None:
        return None
    return "catalog.deep-link", ("programmes", link.programme.id, "url"), rule.source


def _changes_address(link: _Link) -> _Found | None:
    rule = link.profile.rules.issued_code
    has_utm = isinstance(link.sold, Cta) and link.sold.utm is not None
    if rule is None or not rule.needed or not has_utm:
        return None
    return "catalog.utm-changes-link", link.key("utm"), rule.source


def _has_class(link: _Link) -> _Found | None:
    rule = link.profile.rules.attributes
    has_class = isinstance(link.sold, Cta) and link.sold.css_class is not None
    if rule is None or not has_class or link.profile.allows_attribute("class"):
        return None
    return "catalog.class-left-out", link.key("class"), rule.source


def _hides_programme(link: _Link) -> _Found | None:
    """Find one of the catalog's texts that does not name the shop as its programme asks."""
    rule = link.profile.rules.label
    if rule is None or not link.programme.affiliate:
        return None
    path, text = _label(link)
    if text is None or any(name.casefold() in text.casefold() for name in rule.names):
        return None
    return "catalog.label-without-name", path, rule.source


def _label(link: _Link) -> tuple[tuple[str, ...], str | None]:
    """Return the path and the text with which the catalog labels a link; `None`: with none."""
    sold = link.sold
    if isinstance(sold, Cta):  # what is beside the link may name it, too
        return link.key("label"), f"{sold.label} {sold.heading} {sold.text}"
    if sold.label or sold.preset:
        return link.key("label"), sold.label
    return ("programmes", link.programme.id, "label"), link.programme.label


_RULES: tuple[Callable[[_Link], _Found | None], ...] = (
    _needs_code,
    _may_not_be_built,
    _changes_address,
    _has_class,
    _hides_programme,
)


# Trackings that a programme forbids.


def forbidden_trackings(catalog: Catalog) -> Iterator[tuple[Programme, Profile]]:
    """Yield the programmes with a tracking that known rules forbid, and that tracking.

    A catalog that changes the rules of a known programme is held to those that are known.
    """
    if catalog.site.server is None:
        return
    addresses = _addresses(catalog)
    for programme in catalog.programmes.values():
        if programme.tracking is Tracking.DIRECT or programme.id == OWN_SITE:
            continue
        earns_for = {programme.id: catalog.profiles.get(programme.id)}
        if programme.id != AMAZON:
            urls = [programme.url] if programme.url else addresses[programme.id]
            for url in urls:
                known = catalog.profiles.of_url(url)
                if known:
                    earns_for[known.id] = known
        for _, known in sorted(earns_for.items()):
            if known and not known.allows(programme.tracking):
                yield programme, known


def _forbidden(catalog: Catalog) -> Iterator[_Warned]:
    for programme, known in forbidden_trackings(catalog):
        redirected = programme.tracking is Tracking.REDIRECT
        code = "catalog.forbidden-redirect" if redirected else "catalog.forbidden-beacon"
        yield (
            ("programmes", programme.id, "tracking"),
            message(
                code,
                programme=known.name,
                rule=message(f"links.rule-{known.id}"),
                tracking=known.tracking.value,
            ),
        )


def _addresses(catalog: Catalog) -> dict[str, list[str]]:
    """Return the addresses that items and their further shops have, by programme."""
    urls: dict[str, list[str]] = defaultdict(list)
    for item in catalog.items.values():
        for sold in (item, *(item.shops if isinstance(item, Good) else ())):
            if sold.url:
                urls[sold.programme].append(sold.url)
    return urls


# Values of examples that are still there.

# What the starter and the documentation have in the place of the owner's own ids.
_EXAMPLE = re.compile(
    r"\bYOUR-ID\b|\b(?:example|your)(?:-[a-z]+)*-2\d\b|\byours-2\d\b"
    r"|\bB0EXAMPLE\d\b|\b4999999005\b|\b3ABCDE\+1FGHIJ\b"
)
_WITH_IDS = frozenset(("programmes", *(kind.section for kind in ItemKind)))


def _may_have_examples(catalog: Catalog, text: str | bytes) -> bool:
    """Whether a blog that everybody can open may have an example's id; a comment has one, too."""
    if reach_of(catalog.site.url) is not Reach.EVERYBODY:
        return False
    written = text if isinstance(text, str) else text.decode(errors="replace")
    return _EXAMPLE.search(written) is not None


def _left_examples(tree: MappingNode) -> Iterator[_Warned]:
    for name, section in tree.pairs:
        if name.text in _WITH_IDS:
            yield from _examples_in(section, (name.text,))


def _examples_in(node: Node, path: tuple[str, ...]) -> Iterator[_Warned]:
    """Yield the ids of examples in a value and what is in it."""
    if isinstance(node, MappingNode):
        for name, value in node.pairs:
            yield from _examples_in(value, (*path, name.text))
    elif isinstance(node, SequenceNode):
        for number, value in enumerate(node.values, 1):
            yield from _examples_in(value, (*path[:-1], f"{path[-1]}[{number}]"))
    elif isinstance(node, ScalarNode) and (example := _EXAMPLE.search(node.text)):
        yield path, message("catalog.example-left", example=example[0])


# Links that earn nothing.


def _passing_for_own(catalog: Catalog) -> Iterator[_Warned]:
    items: dict[str, list[Item]] = defaultdict(list)
    for item in catalog.items.values():
        if known := catalog.passes_for_own(catalog.programmes[item.programme], item.url):
            items[known.id].append(item)
    for earning, (item, *others) in items.items():
        name = catalog.profiles[earning].name
        is_there = earning in catalog.programmes
        passing = message(
            "catalog.affiliate-link",
            name=name,
            more=message("catalog.affiliate-links-more", count=len(others)) if others else "",
            advice=message("catalog.add-programme", programme=earning)
            if is_there
            else message("catalog.add-new-programme", programme=earning, name=name),
        )
        yield (item.kind.section, item.id, "url"), passing


def _earning_nothing(catalog: Catalog) -> Iterator[_Warned]:
    items: dict[str, list[Item]] = defaultdict(list)
    for item in catalog.items.values():
        shops = item.shops if isinstance(item, Good) else ()
        plain = (shop.programme for shop in shops if is_plain(catalog, shop))
        for programme in dict.fromkeys(plain):
            items[programme].append(item)
    for programme, (item, *others) in items.items():
        shops = item.shops if isinstance(item, Good) else ()
        number = next(
            number
            for number, shop in enumerate(shops, 1)
            if shop.programme == programme and is_plain(catalog, shop)
        )
        more = message("catalog.affiliate-links-more", count=len(others)) if others else ""
        problem = message(
            "catalog.plain-address",
            programme=programme,
            slot="{url}",
            example=_example(catalog.profiles.get(programme)),
            more=more,
        )
        yield (item.kind.section, item.id, f"shops[{number}]", "url"), problem


def is_plain(catalog: Catalog, shop: ShopLink) -> bool:
    """Whether a shop's link is its own address, with nothing that identifies us to a programme.

    A parameter may be the programme's.
    """
    programme = catalog.programmes[shop.programme]
    if shop.preset is None or shop.code or programme.url or programme.id in (AMAZON, OWN_SITE):
        return False
    if "?" in shop.url or catalog.profiles.of_url(shop.url):
        return False
    return is_at(shop.url, *PRESETS[shop.preset].hosts)


def _example(known: Profile | None) -> Message | str:
    """Return an example of a programme's links, as far as their form is known."""
    rule = known.rules.deep_link if known else None
    if rule is None or not rule.allowed or rule.template is None:
        return ""
    return message("catalog.url-example", template=rule.template)
