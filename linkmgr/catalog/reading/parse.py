"""The text of `catalog.yaml` to a `Catalog`, or to every problem it has."""

from collections.abc import Callable
from typing import Self, TypeVar

from linkmgr.catalog.model import Catalog, Site
from linkmgr.catalog.reading.ids import Names, entries
from linkmgr.catalog.reading.items import BOOK_KEYS, CTA_KEYS, ItemReader
from linkmgr.catalog.reading.mappings import (
    BLOCK_KEYS,
    DEFAULT_BLOCKS,
    MAPPING_KEYS,
    read_block,
    read_mapping,
)
from linkmgr.catalog.reading.nodes import Mapping, node_is_nothing, read_tree
from linkmgr.catalog.reading.problems import Report
from linkmgr.catalog.reading.programmes import (
    SITE_KEYS,
    programme_keys,
    read_programme,
    read_site,
    standard_programmes,
)
from linkmgr.catalog.reading.section import Section, joined, open_section, plain_text_problem

TOP_KEYS = ("site", "programmes", "books", "ctas", "mappings", "blocks")

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
    """Return the catalog that `text` describes; `file` is the name that problems tell.

    Raises `Problems` with every mistake in the order of its lines. Bad syntax and broken limits
    (`MAX_BYTES`, `nodes.MAX_NODES`, `nodes.MAX_DEPTH`) hide the rest and come alone.
    """
    report = Report(file)
    return catalog_of(tree_of(text, report), report)


def checked(text: str) -> CatalogText:
    """Return a text that is a catalog. Raise Problems."""
    return CatalogText(text, parse_catalog(text))


def tree_of(text: str | bytes, report: Report) -> Mapping:
    """Return the nodes of a catalog's text, nothing of them checked but that there are any."""
    tree = read_tree(decoded(text, report), report)
    if tree is None:
        report.stop(0, "is empty: it needs at least site, with name and url")
    if not isinstance(tree, Mapping):
        report.finish()  # a tag or an alias in its place is told as such
        message = f"must consist of {', '.join(TOP_KEYS)}, each with a colon"
        report.stop(tree.line, plain_text_problem(tree) or message)
    return tree


def catalog_of(tree: Mapping, report: Report) -> Catalog:
    """Return the catalog that nodes stand for; raise all problems, those of the nodes too."""
    catalog = _Reader(report, Section(report, "", 0, tree, TOP_KEYS)).catalog()
    report.finish()
    return catalog


def too_large(size: int) -> str | None:
    """Return what is wrong with a catalog of `size` bytes."""
    if size <= MAX_BYTES:
        return None
    return f"is too large: {size:,} bytes, of at most {MAX_BYTES:,}"


def decoded(text: str | bytes, report: Report) -> str:
    """Return the text without its byte order mark, if it is UTF-8 of at most `MAX_BYTES`."""
    # A lone surrogate in a `str` becomes bytes that the decoder refuses, as it should.
    data = text if isinstance(text, bytes) else text.encode(errors="surrogatepass")
    if problem := too_large(len(data)):
        report.stop(0, problem)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        report.stop(line, "is not UTF-8 here: save the file in the encoding UTF-8")


class _Reader:
    """Reads the parts of a catalog, in an order in which each knows those it refers to."""

    def __init__(self, report: Report, top: Section) -> None:
        self._report = report
        self._top = top
        self._names = Names(report, top.node("books"), top.node("ctas"), top.node("programmes"))

    def catalog(self) -> Catalog:
        names = self._names
        site = self._site()
        programmes = standard_programmes(site) | self._part(
            "programmes", programme_keys, lambda name, own: read_programme(name, own, site)
        )
        items = ItemReader(programmes, names)
        books = self._part("books", lambda _: BOOK_KEYS, items.book)
        ctas = self._part("ctas", lambda _: CTA_KEYS, items.cta)
        names.report_loops()
        mappings = self._part(
            "mappings", lambda _: MAPPING_KEYS, lambda name, own: read_mapping(name, own, names)
        )
        blocks = self._part(
            "blocks", lambda _: BLOCK_KEYS, lambda name, own: read_block(name, own, names)
        )
        return Catalog(
            site, programmes, books, ctas, mappings, tuple(blocks.values()) or DEFAULT_BLOCKS
        )

    def _site(self) -> Site:
        if not self._top.has("site"):
            self._report.add(0, "site", "is missing: it needs name and url")
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
        for name, line, node in entries(self._report, part, self._top.node(part)):
            # `related:` alone is a block with its defaults.
            is_default = part == "blocks" and node_is_nothing(node)
            own = Mapping(line, []) if is_default else node
            section = open_section(self._report, joined(part, name), line, own, keys(name))
            if section:
                found[name] = read(name, section)
        return found
