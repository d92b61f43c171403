"""From the text of `catalog.yaml` to a `Catalog`, or to every problem it has.

The site, its programmes and its waivers are read here; items, mappings and blocks have modules of
their own.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from typing import Self, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from linkmgr.catalog.blocks import default_blocks
from linkmgr.catalog.declaration import MAX_WORD
from linkmgr.catalog.items import ITEM_TYPES, Item, ItemKind
from linkmgr.catalog.keys.programmes import moment_of
from linkmgr.catalog.keys.site import CATALOG, NEED_SERVER, entries_of
from linkmgr.catalog.model import Catalog, Site, Waiver
from linkmgr.catalog.reading.ids import References, entries
from linkmgr.catalog.reading.items import ItemReader, Shopping, TagReader, read_programme_tags
from linkmgr.catalog.reading.mappings import read_block, read_comparison, read_mapping
from linkmgr.catalog.reading.variants import VariantReader
from linkmgr.catalog.reading.yaml.nodes import (
    MappingNode,
    ProblemCollector,
    node_is_nothing,
    read_tree,
)
from linkmgr.catalog.reading.yaml.section import Section, open_section
from linkmgr.catalog.reading.yaml.texts import joined, plain_text_problem
from linkmgr.catalog.reading.yaml.typos import wide_problem
from linkmgr.links.amazon import TAG_SUFFIXES, default_marketplace
from linkmgr.links.model import AMAZON, OWN_SITE, Programme, Sale, Tracking
from linkmgr.links.programmes.profiles import default_tracking, profile
from linkmgr.links.programmes.shops import usual_name
from linkmgr.links.reach import Reach, reach_of
from linkmgr.links.urls import PLACE_SLOT
from linkmgr.messages.message import Language, Message, excerpt, message

# The site and its programmes.


def _read_site(section: Section) -> Site:
    """Return the site; what was wrong in it is reported and left out."""
    timezone = section.text("timezone", _timezone_problem)
    fields = section.fields()
    for key in NEED_SERVER:
        if fields[key] and not section.has("server"):
            section.problem(key, message("catalog.without-server"))
    site = Site(**fields, timezone=timezone or default_timezone(fields["language"]))
    if problem := _local_server_problem(site.url, site.server):
        section.problem("server", problem)
    return replace(
        site,
        url=site.url.rstrip("/"),
        server=site.server and site.server.rstrip("/"),
        origins=tuple(origin.rstrip("/") for origin in site.origins),
    )


def _local_server_problem(url: str, server: str | None) -> Message | None:
    """Return the problem of a server that readers of a public blog cannot reach."""
    if not server or reach_of(url) is not Reach.EVERYBODY:
        return None
    reach, host = reach_of(server), urlsplit(server).hostname or ""
    if reach is Reach.THIS_COMPUTER:
        return message("catalog.server-is-this-computer", host=host)
    if reach is Reach.NETWORK:
        return message("catalog.server-is-private", host=host)
    return None


def _standard_programmes(site: Site) -> dict[str, Programme]:
    """Return the programmes that every catalog has, as they are unless it says otherwise."""
    return {
        AMAZON: Programme(
            AMAZON,
            "Amazon",
            default_tracking(AMAZON),
            marketplace=default_marketplace(site.language),
        ),
        OWN_SITE: Programme(OWN_SITE, site.name, default_tracking(OWN_SITE)),
    }


def _read_programme(programme: str, section: Section, site: Site) -> Programme:
    """Return the programme of an entry; what was wrong in it is reported and left out."""
    if programme == AMAZON:
        return _read_amazon(section, site)
    tracking = _tracking(programme, section)
    if programme == OWN_SITE:
        return Programme(
            OWN_SITE, site.name, tracking, **section.fields(), sales=_read_sales(section)
        )
    usual = None if section.has("name") else usual_name(programme, site.language)
    own = Programme(
        programme,
        usual or section.required("name"),
        tracking,
        **section.fields(),
        sales=_read_sales(section),
        tracking_is_default=not section.has("tracking"),
    )
    if section.value("sub-ids"):
        own = replace(own, url=_with_sub_id(own, section))
    if PLACE_SLOT in (own.url or "") and tracking is Tracking.REDIRECT:
        section.problem("url", message("catalog.place-behind-redirect", slot=PLACE_SLOT))
    return read_programme_tags(section, own)


def _with_sub_id(own: Programme, section: Section) -> str | None:
    """Return the form of a programme's links with the place in its parameter for sub IDs."""
    known = profile(own.id)
    rule, url = known.rules.sub_id if known else None, own.url
    forbidden = rule.source if rule and not rule.allowed else known and known.needs_code()
    if forbidden:
        section.problem("sub-ids", message("catalog.sub-ids-forbidden", source=forbidden.page))
    elif rule is None or rule.parameter is None:
        section.problem("sub-ids", message("catalog.sub-ids-unknown", slot=PLACE_SLOT))
    elif url is None:
        section.problem("sub-ids", message("catalog.sub-ids-without-url"))
    elif PLACE_SLOT not in url:
        address, hash_sign, fragment = url.partition("#")
        joint = "&" if "?" in address else "?"
        return f"{address}{joint}{rule.parameter}={PLACE_SLOT}{hash_sign}{fragment}"
    return url


def _read_amazon(section: Section, site: Site) -> Programme:
    marketplace = section.value("marketplace")
    if not section.has("marketplace"):
        marketplace = default_marketplace(site.language)
    fields = section.fields()
    status = fields["status"]
    if marketplace and status != "none" and not section.has("tag"):
        tag = f"yours-{TAG_SUFFIXES[marketplace]}"
        section.problem("status", message("catalog.status-without-tag", status=status, tag=tag))
    amazon = Programme(
        id=AMAZON,
        name="Amazon",
        tracking=_tracking(AMAZON, section),
        marketplace=marketplace,
        sales=_read_sales(section),
        **fields,
    )
    return read_programme_tags(section, amazon)


def _read_sales(section: Section) -> tuple[Sale, ...]:
    """Return the sales of a programme; what was wrong in one is reported and left out."""
    sales = []
    for own in section.sections("sales"):
        begins, ends = own.required("from"), own.required("until")
        fields = own.fields()
        if not (begins and ends):
            continue
        since, until = moment_of(begins), moment_of(ends)
        if since.iso > until.iso:
            own.problem("until", message("catalog.until-before-from", since=begins))
        sales.append(Sale(since=since, until=until, **fields))
    return tuple(sales)


def _tracking(programme: str, section: Section) -> Tracking:
    return section.value("tracking") or default_tracking(programme)


def default_timezone(language: Language) -> str:
    """Return the time zone of a catalog that names none."""
    return "Asia/Tokyo" if language == "ja" else "UTC"


_CLOSE_ZONE = 0.8
"""Higher than for keys: city names are short and many, and `Asia` is no typo of Apia."""


def _timezone_problem(name: str) -> Message | None:
    """Return the problem of a time zone's name, `None` if the zone exists."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of names, as `Asia`
        if wide := wide_problem(name):
            return wide
        if suggestion := _suggested_zone(name) if len(name) <= MAX_WORD else None:
            return message(
                "catalog.unknown-timezone-suggestion", name=excerpt(name), suggestion=suggestion
            )
        return message("catalog.unknown-timezone", name=excerpt(name))
    return None


def _suggested_zone(name: str) -> str | None:
    """Return the zone closest to `name`, even by its city alone."""
    zones = sorted(available_timezones())
    known = {zone.rpartition("/")[2].lower(): zone for zone in zones}
    known |= {zone.lower(): zone for zone in zones}
    close = get_close_matches(name.lower().replace(" ", "_"), known, n=1, cutoff=_CLOSE_ZONE)
    return known[close[0]] if close else None


# Waivers: what `linkmgr check` must not report, why and until when.


def _read_waiver(section: Section) -> Waiver:
    """Return the waiver of an entry; what was wrong in it is reported and left out."""
    if not section.has("until"):
        section.problem("until", message("catalog.waiver-without-end"))
    return Waiver(**section.fields(), until=section.day("until") or date.max)


# The catalog as a whole.

MAX_BYTES = 4 * 1024 * 1024
"""5,000 books with a mapping each take 2 MB."""

_Entry = TypeVar("_Entry")


class CatalogText(str):
    """A text that was read without a problem, with the catalog that it describes."""

    __slots__ = ("catalog",)
    catalog: Catalog

    def __new__(cls, text: str, catalog: Catalog) -> Self:
        """Make one of a text and what reading it gave."""
        made = super().__new__(cls, text)
        made.catalog = catalog
        return made


def parse_catalog(text: str | bytes, file: str = "catalog.yaml") -> Catalog:
    """Return the catalog that `text` describes; `file` is its name in problems.

    Raises `Problems` with every mistake in the order of its lines. Bad syntax and broken limits
    (`MAX_BYTES`, `nodes.MAX_NODES`, `nodes.MAX_DEPTH`) hide the rest and come alone.
    """
    problems = ProblemCollector(file)
    return catalog_of(tree_of(text, problems), problems)


def checked(text: str) -> CatalogText:
    """Return a text that is a catalog. Raise Problems."""
    return CatalogText(text, parse_catalog(text))


def tree_of(text: str | bytes, problems: ProblemCollector) -> MappingNode:
    """Return the nodes of a catalog's text, checking only that there are any."""
    tree = read_tree(decoded(text, problems), problems)
    if tree is None:
        problems.stop(0, message("catalog.nothing"))
    if not isinstance(tree, MappingNode):
        problems.finish()  # a tag or an alias in its place is reported as such
        typo = plain_text_problem(tree)
        problems.stop(tree.line, typo or message("catalog.no-catalog", keys=CATALOG.names))
    return tree


def catalog_of(tree: MappingNode, problems: ProblemCollector) -> Catalog:
    """Return the catalog that nodes describe; raise all problems, those of the nodes too."""
    catalog = _CatalogReader(problems, Section(problems, "", 0, tree, keys=CATALOG)).catalog()
    problems.finish()
    return catalog


def too_large(size: int) -> Message | None:
    """Return the problem of a catalog of `size` bytes, `None` if it is small enough."""
    if size <= MAX_BYTES:
        return None
    return message("catalog.too-large", size=size, most=MAX_BYTES)


def decoded(text: str | bytes, problems: ProblemCollector) -> str:
    """Return the text without its byte order mark, if it is UTF-8 of at most `MAX_BYTES`."""
    # A lone surrogate in a `str` becomes bytes that the decoder refuses, as it should.
    data = text if isinstance(text, bytes) else text.encode(errors="surrogatepass")
    if problem := too_large(len(data)):
        problems.stop(0, problem)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.stop(line, message("catalog.not-utf-8"))


class _CatalogReader:
    """Reads the parts of a catalog, each after those it refers to."""

    def __init__(self, problems: ProblemCollector, top: Section) -> None:
        self._problems = problems
        self._top = top
        self._names = References(
            problems,
            {kind: top.node(kind.section) for kind in ItemKind},
            top.node("programmes"),
            top.node("comparisons"),
        )

    def catalog(self) -> Catalog:
        names = self._names
        site = self._site()
        own_programmes = self._part(
            "programmes", lambda name, own: _read_programme(name, own, site)
        )
        programmes = _standard_programmes(site) | own_programmes
        tags = TagReader(programmes, names)
        variants = VariantReader(self._problems, site, names)
        items = ItemReader(Shopping(site, programmes), names, tags, variants)
        all_items: dict[str, Item] = {}
        for kind, own_type in ITEM_TYPES.items():
            all_items |= self._part(own_type.section, items.reader_of(kind))
        names.report_loops()
        variants.report_items(all_items)
        comparisons = self._part("comparisons", lambda name, own: read_comparison(name, own, names))
        mappings = self._part("mappings", lambda name, own: read_mapping(name, own, names, tags))
        blocks = self._part("blocks", lambda name, own: read_block(name, own, names, tags))
        return Catalog(
            site=site,
            programmes=programmes,
            items=all_items,
            mappings=mappings,
            comparisons=comparisons,
            blocks=tuple(blocks.values())
            or default_blocks(
                {item.kind for item in all_items.values()}, has_comparisons=bool(comparisons)
            ),
            waivers=tuple(map(_read_waiver, self._top.sections("waivers"))),
        ).with_programmes_of_code()

    def _site(self) -> Site:
        if not self._top.has("site"):
            self._problems.add(0, "site", message("catalog.no-site"))
        section = self._top.section("site")
        return _read_site(section) if section else Site("", "")

    def _part(self, part: str, read: Callable[[str, Section], _Entry]) -> dict[str, _Entry]:
        """Return the entries of a part by their ids, in file order."""
        declared = entries_of(part)
        by_id = {}
        for name, line, node in entries(self._problems, part, self._top.node(part)):
            # `related:` alone is a block with its defaults.
            is_default = declared.may_be_nothing and node_is_nothing(node)
            own = MappingNode(line, []) if is_default else node
            keys = declared.keys_of(name)
            section = open_section(self._problems, joined(part, name), line, own, keys=keys)
            if section:
                by_id[name] = read(name, section)
        return by_id
