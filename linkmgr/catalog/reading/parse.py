"""The text of `catalog.yaml` to a `Catalog`, or to every problem it has."""

from collections.abc import Callable
from typing import Self, TypeVar

from linkmgr.catalog.items import ItemKind
from linkmgr.catalog.kinds import default_blocks
from linkmgr.catalog.model import Catalog, Site
from linkmgr.catalog.reading.ids import References, entries
from linkmgr.catalog.reading.items import BOOK_KEYS, CTA_KEYS, PRODUCT_KEYS, ItemReader
from linkmgr.catalog.reading.mappings import (
    BLOCK_KEYS,
    MAPPING_KEYS,
    read_block,
    read_mapping,
)
from linkmgr.catalog.reading.site import (
    SITE_KEYS,
    programme_keys,
    read_own_profile,
    read_programme,
    read_site,
    standard_programmes,
)
from linkmgr.catalog.reading.tags import TagReader
from linkmgr.catalog.reading.waivers import WAIVER_KEYS, read_waiver
from linkmgr.catalog.reading.yaml.nodes import MappingNode, node_is_nothing, read_tree
from linkmgr.catalog.reading.yaml.problems import ProblemCollector
from linkmgr.catalog.reading.yaml.section import Section, open_section
from linkmgr.catalog.reading.yaml.texts import joined, plain_text_problem
from linkmgr.links.model import Programme
from linkmgr.links.programmes.packaged_profiles import packaged_profiles
from linkmgr.messages.message import Message, message

TOP_KEYS = ("site", "programmes", "books", "products", "ctas", "mappings", "blocks", "waivers")

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
    """Return the nodes of a catalog's text, nothing of them checked but that there are any."""
    tree = read_tree(decoded(text, problems), problems)
    if tree is None:
        problems.stop(0, message("catalog.nothing"))
    if not isinstance(tree, MappingNode):
        problems.finish()  # a tag or an alias in its place is reported as such
        typo = plain_text_problem(tree)
        problems.stop(tree.line, typo or message("catalog.no-catalog", keys=TOP_KEYS))
    return tree


def catalog_of(tree: MappingNode, problems: ProblemCollector) -> Catalog:
    """Return the catalog that nodes describe; raise all problems, those of the nodes too."""
    catalog = _Reader(problems, Section(problems, "", 0, tree, TOP_KEYS)).catalog()
    problems.finish()
    return catalog


def too_large(size: int) -> Message | None:
    """Return what is wrong with a catalog of `size` bytes."""
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


class _Reader:
    """Reads the parts of a catalog, in an order in which each knows those it refers to."""

    def __init__(self, problems: ProblemCollector, top: Section) -> None:
        self._problems = problems
        self._top = top
        self._names = References(
            problems, {kind: top.node(kind.section) for kind in ItemKind}, top.node("programmes")
        )

    def catalog(self) -> Catalog:
        names = self._names
        site = self._site()
        profiles = []

        def programme(name: str, own: Section) -> Programme:
            if profile := read_own_profile(name, own):
                profiles.append(profile)
            return read_programme(name, own, site)

        programmes = standard_programmes(site) | self._part("programmes", programme_keys, programme)
        tags = TagReader(programmes, names)
        items = ItemReader(programmes, names, packaged_profiles().with_own(profiles), tags)
        books = self._part("books", lambda _: BOOK_KEYS, items.book)
        products = self._part("products", lambda _: PRODUCT_KEYS, items.product)
        ctas = self._part("ctas", lambda _: CTA_KEYS, items.cta)
        names.report_loops()
        mappings = self._part(
            "mappings",
            lambda _: MAPPING_KEYS,
            lambda name, own: read_mapping(name, own, names, tags),
        )
        blocks = self._part(
            "blocks", lambda _: BLOCK_KEYS, lambda name, own: read_block(name, own, names, tags)
        )
        return Catalog(
            site=site,
            programmes=programmes,
            books=books,
            products=products,
            ctas=ctas,
            mappings=mappings,
            blocks=tuple(blocks.values()) or default_blocks(has_products=bool(products)),
            own_profiles=tuple(profiles),
            waivers=tuple(map(read_waiver, self._top.sections("waivers", WAIVER_KEYS))),
        ).with_programmes_of_code()

    def _site(self) -> Site:
        if not self._top.has("site"):
            self._problems.add(0, "site", message("catalog.no-site"))
        section = self._top.section("site", SITE_KEYS)
        return read_site(section) if section else Site("", "")

    def _part(
        self,
        part: str,
        keys: Callable[[str], tuple[str, ...]],
        read: Callable[[str, Section], _Entry],
    ) -> dict[str, _Entry]:
        """Return the entries of a part by their ids, in file order."""
        found = {}
        for name, line, node in entries(self._problems, part, self._top.node(part)):
            # `related:` alone is a block with its defaults.
            is_default = part == "blocks" and node_is_nothing(node)
            own = MappingNode(line, []) if is_default else node
            section = open_section(self._problems, joined(part, name), line, own, keys(name))
            if section:
                found[name] = read(name, section)
        return found
