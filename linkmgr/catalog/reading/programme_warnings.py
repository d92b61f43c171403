"""What a catalog asks for against the rules of its programmes, and what earns nothing."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from linkmgr.catalog.items import Good, Item
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.parse import tree_of
from linkmgr.catalog.reading.rule_warnings import Warned, is_plain, rule_warnings
from linkmgr.catalog.reading.yaml.nodes import MappingNode
from linkmgr.catalog.reading.yaml.problems import ProblemCollector
from linkmgr.links.model import AMAZON, OWN_SITE, Programme, Tracking
from linkmgr.links.programmes.packaged_profiles import profile, profile_of
from linkmgr.links.programmes.profile import Profile
from linkmgr.messages.errors import Problem
from linkmgr.messages.message import Message, message


def programme_warnings(catalog: Catalog, file: str, text: str | bytes) -> Iterator[Problem]:
    """Yield what a catalog asks for against a programme's rules or in vain, once a programme.

    `text` is what the catalog was read from, and `file` its name.
    """
    found = [
        *_forbidden(catalog),
        *_passing_for_own(catalog),
        *rule_warnings(catalog),
        *_earning_nothing(catalog),
    ]
    tree = tree_of(text, ProblemCollector(file)) if found else None
    for path, problem in found:
        yield Problem.at(file, (tree and line_of(tree, path)) or 0, ".".join(path), problem)


def at_their_lines(problems: Iterable[Problem], file: str, text: str | bytes) -> Iterator[Problem]:
    """Yield problems, those of the catalog `text` in `file` with the lines of their keys."""
    found = list(problems)
    tree = tree_of(text, ProblemCollector(file)) if found else None
    for problem in found:
        place = problem.location
        if tree and place.file == file and not place.line:
            line = line_of(tree, tuple(place.key.split("."))) or 0
            yield Problem.at(file, line, place.key, problem.message)
        else:
            yield problem


def line_of(tree: MappingNode, path: tuple[str, ...]) -> int | None:
    """Return the line of the key at a path of keys, `None` where it is not there."""
    name, *rest = path
    for key, value in tree.pairs:
        if key.text == name:
            if not rest:
                return key.line
            return line_of(value, tuple(rest)) if isinstance(value, MappingNode) else None
    return None


def forbidden_trackings(catalog: Catalog) -> Iterator[tuple[Programme, Profile]]:
    """Yield the programmes whose links are counted in a way that a known one forbids, with that.

    A catalog that changes the rules of a known programme is held to those that are known.
    """
    if catalog.site.server is None:
        return
    addresses = _addresses(catalog)
    for programme in catalog.programmes.values():
        if programme.tracking is Tracking.DIRECT or programme.id == OWN_SITE:
            continue
        earns_for = {programme.id: profile(programme.id) or catalog.profiles.get(programme.id)}
        if programme.id != AMAZON:
            urls = [programme.url] if programme.url else addresses[programme.id]
            found = (profile_of(url) or catalog.profiles.of(url) for url in urls)
            earns_for |= {known.id: known for known in found if known}
        for _, known in sorted(earns_for.items()):
            if known and not known.allows(programme.tracking):
                yield programme, known


def _forbidden(catalog: Catalog) -> Iterator[Warned]:
    for programme, known in forbidden_trackings(catalog):
        redirected = programme.tracking is Tracking.REDIRECT
        code = "catalog.forbidden-redirect" if redirected else "catalog.forbidden-beacon"
        yield (
            ("programmes", programme.id, "tracking"),
            message(
                code,
                programme=known.name,
                rule=_reason(known),
                tracking=known.tracking.value,
            ),
        )


def _reason(known: Profile) -> Message | str:
    """Return why a programme forbids a tracking, with the source."""
    if profile(known.id):
        return message(f"links.rule-{known.id}")
    return known.rules.tracking.source.page if known.rules.tracking else ""


def _addresses(catalog: Catalog) -> dict[str, list[str]]:
    """Return the addresses that items and their further shops have, by programme."""
    found: dict[str, list[str]] = defaultdict(list)
    for item in catalog.items.values():
        for sold in (item, *(item.shops if isinstance(item, Good) else ())):
            if sold.url:
                found[sold.programme].append(sold.url)
    return found


def _passing_for_own(catalog: Catalog) -> Iterator[Warned]:
    found: dict[str, list[Item]] = defaultdict(list)
    for item in catalog.items.values():
        if known := catalog.passes_for_own(catalog.programmes[item.programme], item.url):
            found[known.id].append(item)
    for earning, (item, *others) in found.items():
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


def _earning_nothing(catalog: Catalog) -> Iterator[Warned]:
    found: dict[str, list[Item]] = defaultdict(list)
    for item in catalog.items.values():
        shops = item.shops if isinstance(item, Good) else ()
        plain = (shop.programme for shop in shops if is_plain(catalog, shop))
        for programme in dict.fromkeys(plain):
            found[programme].append(item)
    for programme, (item, *others) in found.items():
        more = message("catalog.affiliate-links-more", count=len(others)) if others else ""
        problem = message(
            "catalog.plain-address",
            programme=programme,
            slot="{url}",
            example=_example(catalog.profiles.get(programme)),
            more=more,
        )
        yield (item.kind.section, item.id, "shops"), problem


def _example(known: Profile | None) -> Message | str:
    """Return how links of a programme are built, as far as that is known."""
    rule = known.rules.deep_link if known else None
    if rule is None or not rule.allowed or rule.template is None:
        return ""
    return message("catalog.url-example", template=rule.template)
