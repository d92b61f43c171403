"""The files of the site from which Jekyll made its pages, and where things are in them."""

import os
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from pathlib import Path
from typing import Self
from urllib.parse import quote, unquote

from linkmgr.blocks.links import item_addresses, without_placement
from linkmgr.builder.site import OutputPaths
from linkmgr.catalog.items import Good
from linkmgr.catalog.model import Catalog, Waiver
from linkmgr.catalog.reading.parse import tree_of
from linkmgr.catalog.reading.programme_warnings import line_of
from linkmgr.catalog.reading.yaml.nodes import MappingNode, ProblemCollector, SequenceNode
from linkmgr.check.findings import NOWHERE
from linkmgr.check.pages.built_site import BuiltSite
from linkmgr.check.pages.page import Link, Page, Picture
from linkmgr.links.urls import encode_url
from linkmgr.messages.errors import Location
from linkmgr.posts.article.text import REFERENCE
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.document import split_front_matter
from linkmgr.posts.model import Post
from linkmgr.posts.site import CONFIG_FILES, SPECIAL, YAML

_COUNTED = re.compile(r"/(?:go|hit)/([a-z0-9-]+)(?:[?#]|$)")


class CatalogSource:
    """A catalog and where its parts are in its text, which is that of a `file`."""

    def __init__(self, catalog: Catalog, text: bytes, file: str) -> None:
        self.catalog = catalog
        self._text = text
        self._file = file

    def place(self, *key: str) -> Location:
        """Return the location of a key, given as a path of keys."""
        return Location(self._file, line_of(self._tree, key) or 0, ".".join(key))

    def of_waivers(self) -> Iterator[tuple[Waiver, Location]]:
        """Yield the catalog's waivers, each with where it is."""
        waivers = self.catalog.waivers
        if not waivers:
            return
        for key, listed in self._tree.pairs:
            if key.text == "waivers" and isinstance(listed, SequenceNode):
                for number, (waiver, node) in enumerate(
                    zip(waivers, listed.values, strict=True), 1
                ):
                    yield waiver, Location(self._file, node.line, f"waivers[{number}]")

    def of_item(self, item: str) -> Location:
        return self.place(self.catalog.items[item].kind.section, item)

    def of_address(self, address: str) -> Location | None:
        """Return the location of the item to which an address in a block leads, if any."""
        match = _COUNTED.search(address)
        if match and match[1] in self.catalog.items:
            return self.of_item(match[1])
        item = self._items.get(without_placement(address))
        return self.of_item(item) if item else None

    @cached_property
    def _tree(self) -> MappingNode:
        return tree_of(self._text, ProblemCollector(self._file))

    @cached_property
    def _items(self) -> dict[str, str]:
        return {without_placement(address): item for item, address in self._addresses()}

    def _addresses(self) -> Iterator[tuple[str, str]]:
        for item in self.catalog.items.values():
            if isinstance(item, Good) and item.picture:
                yield item.id, encode_url(item.picture)
            for address, _ in item_addresses(self.catalog, item):
                yield item.id, encode_url(address)


_PERMALINK = re.compile(rb"^permalink:\s*[\"']?([^\s\"']+)", re.MULTILINE)
_BEGINNING = 4096  # bytes in which a page's front matter says its address

# Folders of Jekyll's that hold no pages; any other with an underscore is a collection.
_NO_PAGES = frozenset(("_posts", "_drafts", "_plugins", "_sass"))


class SourceFiles:
    """The files of the site at `root`, by what Jekyll makes of them.

    Paths are as the user can open them.
    """

    def __init__(
        self, root: Path, config: JekyllConfig, posts: Iterable[Post], built: BuiltSite
    ) -> None:
        self._root = root
        self._config = config
        self._source = root / config.source
        self._texts: dict[str, str] = {}
        self.of_pages = self._of_pages(posts, built)
        """The file of each page, which is a path in the built folder."""
        self.templates = tuple(self._templates())
        """The layouts and includes, and the files with data for them."""

    def of_post(self, post: Post) -> str:
        """Return the path of a post's file."""
        return str(self._source / self._config.file_of(post.path))

    def text(self, file: str) -> str:
        """Return the text of a file, empty if it cannot be read."""
        if file not in self._texts:
            try:
                text = Path(file).read_text(encoding="utf-8", errors="replace")
            except OSError:
                text = ""
            self._texts[file] = text
        return self._texts[file]

    def _of_pages(self, posts: Iterable[Post], built: BuiltSite) -> Mapping[str, str]:
        pages = {}
        for file in self._other_pages():
            if page := built.file(self._url(file)):
                pages[page] = str(file)
        for document in built.documents:
            if (self._source / document).is_file():
                pages[document] = str(self._source / document)
        for post in posts:
            if page := built.file(post.url):
                pages[page] = self.of_post(post)
        return pages

    def _other_pages(self) -> Iterator[Path]:
        kinds = (*self._config.markdown_ext, ".html")
        for parent, folders, names in os.walk(self._source):
            folders[:] = [name for name in folders if self._has_pages(Path(parent), name)]
            for name in names:
                # A pipe in the place of a page never ends.
                if name.endswith(kinds) and Path(parent, name).is_file():
                    yield Path(parent, name)

    def _has_pages(self, parent: Path, name: str) -> bool:
        config, path = self._config, parent / name
        inside = path.relative_to(self._source).as_posix()
        if name in _NO_PAGES or (name.startswith(SPECIAL) and not name.startswith("_")):
            return False
        if inside in (config.layouts_dir, config.includes_dir, config.data_dir):
            return False
        if path == self._root / config.destination:
            return False
        return not config.excluded.match(f"/{inside}", folder=True)

    def _url(self, file: Path) -> str:
        try:
            with file.open("rb") as opened:
                front, _ = split_front_matter(opened.read(_BEGINNING))
        except OSError:
            front = b""
        if match := _PERMALINK.search(front):
            return f"/{match[1].decode(errors='replace').lstrip('/')}"
        path = file.relative_to(self._source).with_suffix("").as_posix()
        inside = path.removeprefix(f"{self._config.collections_dir}/".lstrip("/"))
        return f"/{inside.removeprefix('_')}".removesuffix("index")

    def _templates(self) -> Iterator[str]:
        config, written = self._config, OutputPaths.of_config(self._config)
        for folder, kinds in (
            (config.layouts_dir, (".html", ".md", ".xml")),
            (config.includes_dir, (".html", ".md", ".xml")),
            (config.data_dir, (*YAML, ".json", ".csv")),
        ):
            for file in sorted((self._source / folder).rglob("*")):
                path = file.relative_to(self._root).as_posix()
                by_us = path in {written.index, written.include} or written.fragments in path
                if file.suffix in kinds and not by_us and file.is_file():
                    yield str(file)
        for name in CONFIG_FILES:
            if (self._root / name).is_file():
                yield str(self._root / name)


# Where an address is in a file that people write: Markdown, HTML, Liquid or YAML.

# What may be part of an address goes neither before one nor after it; a dot ends a sentence, too.
# Before a path is what in Markdown, HTML, Liquid or YAML comes before an address: `A / B` has none.
_BEFORE = r"(?<![\w/%:.?&=#-])"
_BEFORE_PATH = r"(?:(?<=[(<\"'=},])|(?<=[:-]\s)|^)"
_AFTER = r"(?!\.?[\w/%?&=#-])"

_SCHEME_NAME = r"(?:[a-z][a-z0-9+.-]*:|//)"
_SCHEME = re.compile(_SCHEME_NAME, re.IGNORECASE)
_START = re.compile(
    rf"(?:{_BEFORE_PATH}|{_BEFORE}(?={_SCHEME_NAME}))", re.IGNORECASE | re.MULTILINE
)

# Letters besides `\w` in words and addresses: marks of Indic scripts and of Thai, joiners and other
# format characters, emoji.
_LETTERS = frozenset(("Mn", "Mc", "Me", "Cf", "So", "Sk"))

# What percent-encoding leaves of an address as it is.
_SAFE = "!#$%&'()*+,/:;=?@[]~"

# Where more addresses are looked for in a text, the places where one may begin are sorted:
# searching the whole text for each takes a time that grows with its square.
_MANY = 20
_SORTED_BY = 200  # characters


@dataclass(frozen=True, slots=True)
class AddressSearch:
    """Finds the addresses that a page shows in the text from which it was made.

    There they may be written without what Jekyll's filters and variables put before them: one of
    `prefixes`, which are the site's own addresses and its base.
    """

    prefixes: tuple[str, ...]
    _known: dict[str, "_Spellings"] = field(default_factory=dict)
    _texts: dict[str, "_Text"] = field(default_factory=dict)

    def lines(self, address: str, text: str) -> list[int]:
        """Return the line of each place in a text where an address is."""
        if address not in self._known:
            self._known[address] = _Spellings(self._written(address))
        if text not in self._texts:
            self._texts[text] = _Text(text)
        return self._texts[text].lines(address, self._known[address])

    def _written(self, address: str) -> Iterator[str]:
        yield address
        for prefix in self.prefixes:
            rest = address.removeprefix(prefix)
            if prefix and rest != address and rest.startswith("/"):
                yield rest


class _Spellings:
    """The ways to write an address: encoded or not."""

    def __init__(self, addresses: Iterable[str]) -> None:
        written: set[str] = set()
        for address in addresses:
            written.update((address, unquote(address), quote(address, safe=_SAFE)))
        self.texts = sorted(written, key=len, reverse=True)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        either = "|".join(_before(text) + re.escape(text) for text in self.texts)
        return re.compile(f"(?:{either}){_AFTER}", re.MULTILINE)


class _Text:
    """A text with its character references resolved, such as `&#038;`, and what is known of it."""

    def __init__(self, text: str) -> None:
        self._text = REFERENCE.sub(_resolved, text)
        self._lines_of: dict[str, list[int]] = {}

    def lines(self, address: str, spellings: _Spellings) -> list[int]:
        if address not in self._lines_of:
            places = [match.start() for match in self._matches(spellings)]
            self._lines_of[address] = [bisect_right(self._line_starts, at) for at in places]
        return self._lines_of[address]

    def _matches(self, spellings: _Spellings) -> Iterator[re.Match[str]]:
        if len(self._lines_of) < _MANY:
            # Most texts have none of them, which a plain search finds out much sooner.
            if not any(spelling in self._text for spelling in spellings.texts):
                return
            for match in spellings.pattern.finditer(self._text):
                if not self._goes_on(match.end()):
                    yield match
            return
        starts: set[int] = set()
        for text in spellings.texts:
            starts.update(self._beginning_with(text))
        for start in sorted(starts):
            beginning = spellings.pattern.match(self._text, start)
            if beginning and not self._goes_on(beginning.end()):
                yield beginning

    def _goes_on(self, end: int) -> bool:
        """Whether a character that can be part of an address follows."""
        return unicodedata.category(self._text[end : end + 1] or " ") in _LETTERS

    def _beginning_with(self, spelling: str) -> Iterator[int]:
        beginning = spelling[:_SORTED_BY]
        first = bisect_left(self._starts, beginning, key=self._at)
        for number in range(first, len(self._starts)):
            start = self._starts[number]
            if not self._text.startswith(beginning, start):
                return
            yield start

    def _at(self, start: int) -> str:
        return self._text[start : start + _SORTED_BY]

    @cached_property
    def _starts(self) -> list[int]:
        """The places at which an address may begin, in the order of what follows."""
        return sorted((match.start() for match in _START.finditer(self._text)), key=self._at)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0] + [match.end() for match in re.finditer("\n", self._text)]


def _resolved(reference: re.Match[str]) -> str:
    """Return a reference's character, but that of a line break as written: it would add a line."""
    character = unescape(reference[0])
    return reference[0] if "\n" in character else character


def _before(address: str) -> str:
    return _BEFORE if _SCHEME.match(address) else _BEFORE_PATH


_INCLUDE = re.compile(r"\{%-?\s*include\s+linkmgr\.html\b")


@dataclass(frozen=True, slots=True)
class Places:
    """Finds the file and line that a page, a link on it or a block on it comes from."""

    files: SourceFiles
    catalog: CatalogSource
    addresses: AddressSearch
    _written_in: dict[str, str] = field(default_factory=dict)
    _in_templates: dict[str, Location | None] = field(default_factory=dict)

    @classmethod
    def of_site(
        cls,
        root: Path,
        config: JekyllConfig,
        posts: Iterable[Post],
        built: BuiltSite,
        *,
        source: CatalogSource,
    ) -> Self:
        """Make it for the site at `root`."""
        files = SourceFiles(root, config, posts, built)
        return cls(files, source, AddressSearch(_prefixes(source.catalog, config)))

    def remember(self, page: str, read: Page) -> None:
        """Take note of the addresses that a page has of its own, for pages that show them, too."""
        if page in self.files.of_pages:
            for shown in read.shown:
                if not shown.block:
                    self._written_in.setdefault(shown.url, page)

    def of_page(self, page: str) -> Location:
        """Return the file of a page as a whole."""
        file = self.files.of_pages.get(page)
        return Location(file) if file else NOWHERE

    def of_post(self, post: Post) -> Location:
        """Return the file of a post as a whole."""
        return Location(self.files.of_post(post))

    def of_link(self, page: str, link: Link | Picture) -> Location:
        """Return the location where a link of a page, or a picture's address, was written.

        In a block of ours that is its item in the catalog; else the page's own file, a template,
        or, for a page that shows the texts of others, the first of those. If it occurs several
        times, as often in the file as on the page, its number tells which.
        """
        if link.block:
            return self.catalog.of_address(link.url) or NOWHERE
        own = self._in_page(page, link)
        return own or self._in_template(link.url) or self._in_other_page(link) or NOWHERE

    def of_blocks(self, page: str) -> Location:
        """Return the location of the include that shows the blocks of a page."""
        own = self.files.of_pages.get(page)
        for file in (own, *self.files.templates) if own else self.files.templates:
            text = self.files.text(file)
            if match := _INCLUDE.search(text):
                return Location(file, text.count("\n", 0, match.start()) + 1)
        return self.of_page(page)

    def _in_page(self, page: str, link: Link | Picture) -> Location | None:
        file = self.files.of_pages.get(page)
        if not file or not (lines := self.addresses.lines(link.url, self.files.text(file))):
            return None
        if isinstance(link, Link) and link.times == len(lines):
            return Location(file, lines[link.nth - 1])
        return Location(file, lines[0])

    def _in_template(self, address: str) -> Location | None:
        if address not in self._in_templates:
            self._in_templates[address] = None
            for file in self.files.templates:
                if lines := self.addresses.lines(address, self.files.text(file)):
                    self._in_templates[address] = Location(file, lines[0])
                    break
        return self._in_templates[address]

    def _in_other_page(self, link: Link | Picture) -> Location | None:
        page = self._written_in.get(link.url)
        return self._in_page(page, link) if page else None


def _prefixes(catalog: Catalog, config: JekyllConfig) -> tuple[str, ...]:
    """Return the prefixes that Jekyll's filters and variables put before a path of the site."""
    base = config.base_path
    urls = [url.rstrip("/") for url in (config.url, catalog.site.url) if url]
    with_base = [f"{url}{base}" for url in urls]
    return (*with_base, *urls, base)
