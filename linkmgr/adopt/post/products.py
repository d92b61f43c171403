"""The products, the shops' addresses and the issued code in a post, however they are written."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import unquote

from linkmgr.adopt.post.anchors import Part, unescape
from linkmgr.adopt.post.parsed_post import ParsedPost
from linkmgr.catalog.items import Good, Item
from linkmgr.links.isbn import asin_problem
from linkmgr.links.model import AMAZON
from linkmgr.links.programmes.profiles import profile_of, programme_name
from linkmgr.links.programmes.shops import is_known_shop
from linkmgr.links.recognition.affiliate import affiliate_link
from linkmgr.links.recognition.issued_code import find_code, find_pixels, may_contain_code
from linkmgr.links.wrappers import MAX_DEPTH, address_of, targets_of
from linkmgr.messages.message import Message, message

# Issued code in the parts of a post: what it is in stays, unless it is a block of its own.

# A script that is live, maybe after comments: not one within a comment, nor in shown code.
_SCRIPT = re.compile(
    rb"\s*(?:<!--(?:(?!-->).)*+-->\s*)*+<(?:no)?script\b", re.IGNORECASE | re.DOTALL
)
_TAG = re.compile(rb"<[^<>]*>|!\[[^\[\]]*\]\([^()]*\)")


class CodeInPost(NamedTuple):
    """A programme's code in the part of a post from `start` to `end`."""

    programme: str
    start: int
    end: int
    line: int


def issued_code(parsed: ParsedPost) -> tuple[CodeInPost, ...]:
    """Return the issued code of a post, each line of it once, and a script once."""
    if not may_contain_code(parsed.raw):
        return ()
    codes: set[CodeInPost] = set()
    for part in parsed.article.parts:
        is_shielded = part.kind == "shielded"
        if is_shielded and not _SCRIPT.match(parsed.raw, part.start, part.end):
            continue
        for at, programme in find_code(parsed.raw, part.start, part.end):
            line = part.first + 1 if is_shielded else parsed.line_at(at)
            codes.add(CodeInPost(programme, part.start, part.end, line))
    return tuple(sorted(codes, key=lambda code: (code.line, code.programme)))


def code_reason(parsed: ParsedPost, parts: Sequence[Part], first: int, last: int) -> Message | None:
    """Return why the block of the parts from `first` to `last` (excluded) stays: it has such code.

    A counting picture may also be by itself right after the block.
    """
    for part in parts[last : last + 1]:
        forms = {link.form for link in parsed.anchors(part)}
        if forms == {"image"} and not _TAG.sub(b"", parsed.raw[part.start : part.end]).strip():
            last += 1
    for part in parts[first:last]:
        for at, programme in find_code(parsed.raw, part.start, part.end):
            line, reason = parsed.line_at(at), code_message(programme)
            if line == parts[first].first + 1:
                return reason
            return message("adopt.at-line", line=line, reason=reason)
    return None


def code_reason_in(parsed: ParsedPost, start: int, end: int) -> Message | None:
    """Return why a piece of a line stays: such code is in it."""
    for _, programme in find_code(parsed.raw, start, end):
        return code_message(programme)
    return None


def code_message(programme: str) -> Message:
    """Return the reason for which issued code of a programme stays."""
    return message("adopt.keep-issued-code", programme=programme_name(programme))


# All three in any text.
#
# This is wider than what the finders of blocks read: nothing may be lost because a form was not
# foreseen. So it knows no Markdown and no HTML, only addresses and ASINs in them.

_STRETCH = re.compile(rb"[^\s\"'<>]+")
_NAMES_ASIN = re.compile(rb"asin|amazon", re.IGNORECASE)
# `asins=A,B` of a frame, `ASIN=A` of an image, `data-asin="A"`, `"asin":"A"`.
_NAMED = re.compile(
    r"(?<![a-z])asins?(?:[\"']|%22)?\s*[=:]\s*[\"']?(?P<asins>[0-9a-z]{10}(?:\s*,\s*[0-9a-z]{10})*)"
    r"(?![0-9a-z])",
    re.IGNORECASE,
)
_NAMED_BYTES = re.compile(
    rb"(?<![a-z])asins?(?:[\"']|&quot;|&#34;)?\s*[=:]\s*(?:[\"']|&quot;|&#34;)?"
    rb"[0-9a-z]{10}(?:\s*,\s*[0-9a-z]{10})*",
    re.IGNORECASE,
)
_AT_AMAZON = re.compile(
    r"(?:amazon|amazon-adsystem|assoc-amazon)\.[a-z.]+[^\s\"'<>]*", re.IGNORECASE
)
# In a product's path, or in the parameters of a pixel.
_PLACED = re.compile(
    r"(?:/(?:dp|gp/product(?:/glance)?|gp/aw/d|gp/offer-listing|exec/obidos/tg/detail/-|o/dt/\w+"
    r"|ASIN|product|d)/|[?&;][ap]=)(?P<asin>[0-9a-z]{10})(?![0-9a-z])",
    re.IGNORECASE,
)
_URL = re.compile(rb"(?:https?:)?//[^\s\"'<>\[\]{}|\\^`]+", re.IGNORECASE)
# What is loaded for a picture, a counting pixel or a frame is no link to a shop.
_LOADED = re.compile(
    rb"(?:\bsrc(?:set)?\s*=\s*[\"']?\s*|!\[[^\[\]\r\n]*\]\(\s*<?)\Z", re.IGNORECASE
)
# Issued code is links and pictures with at most a line break between them. Links to Amazon itself
# are none of it: they get the catalog's address wherever they are.
_ELEMENT = (
    rb"(?:<a\b(?![^<>]*//(?:[\w-]+\.)*amazon\.)[^<>]*>(?:(?!</?a\b).)*+</a\s*>|<img\b[^<>]*>)"
)
_CODE = re.compile(
    _ELEMENT + rb"(?:[ \t]*(?:\r\n|\n|\r)?[ \t]*" + _ELEMENT + rb")*+", re.IGNORECASE | re.DOTALL
)
_NEAR = 300
_TRAILING = ").,;:!?*_~"


class ProductKey(NamedTuple):
    """A product by its ASIN, a shop's page by its `address`, or issued `code`: one of the three.

    Code that counts views is known byte for byte, but for the kind of its line breaks.
    """

    asin: str = ""
    address: str = ""
    code: str = ""

    @property
    def name(self) -> str:
        """What it is called in reports."""
        return self.asin or self.address or self.code


def products_in(text: bytes) -> dict[ProductKey, int]:
    """Return the products that a text names, with their first position. Any bytes will do."""
    products: dict[ProductKey, int] = {}
    for stretch in (*_STRETCH.finditer(text), *_NAMED_BYTES.finditer(text)):
        if not _NAMES_ASIN.search(stretch[0]):
            continue
        for asin in _asins(stretch[0].decode("utf-8", "replace")):
            products.setdefault(ProductKey(asin=asin), stretch.start())
    for match in _URL.finditer(text):
        if _LOADED.search(text, max(0, match.start() - _NEAR), match.start()):
            continue
        url = unescape(match[0].decode("utf-8", "replace")).rstrip(_TRAILING)
        if is_shop(url):
            products.setdefault(ProductKey(address=shop_target(url)), match.start())
    for at, code in _codes(text) if may_contain_code(text) else ():
        products.setdefault(ProductKey(code=with_newlines(code.decode("utf-8", "replace"))), at)
    return products


def products_of_items(items: Iterable[Item]) -> frozenset[ProductKey]:
    """Return the products of items: goods' ASINs, further shops, other addresses, issued code."""
    products: set[ProductKey] = set()
    for item in items:
        urls, codes = [item.url], [item.code]
        if isinstance(item, Good):
            urls += [shop.url for shop in item.shops]
            codes += [shop.code for shop in item.shops]
            if item.asin:
                products.add(ProductKey(asin=item.asin))
        for url in filter(None, urls):
            products.add(ProductKey(address=shop_target(url)))
            products.update(products_in(url.encode()))
        for code in filter(None, codes):
            products.update(products_in(code.text.encode()))
    return frozenset(products)


def _codes(text: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the code around each counting picture, or its address where that is in no code."""
    runs = [match.span() for match in _CODE.finditer(text)]
    starts = [start for start, _ in runs]
    for at in find_pixels(text):
        stretch = _STRETCH.match(text, at)
        alone = stretch.span() if stretch else (at, at)
        before = bisect_right(starts, at) - 1
        start, end = runs[before] if before >= 0 and at < runs[before][1] else alone
        yield start, text[start:end]


def with_newlines(text: str) -> str:
    """Return a text with the line breaks that a catalog gives back."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def is_shop(url: str) -> bool:
    """Whether an address leads to a shop other than Amazon."""
    link = affiliate_link(url)
    if link is not None:
        return link.programme != AMAZON
    address = address_of(url)
    return address is not None and len(address.path) > 1 and is_known_shop(address.host)


def shop_target(url: str) -> str:
    """Return the address to which a shop's link leads in the end, without its scheme.

    So the links of several programmes to one page are the same. The parameters of a shop's own page
    are no targets: ヨメレバ writes Rakuten's `&m=` for mobiles, the same for all books, into it.
    """
    for _ in range(MAX_DEPTH):
        address = address_of(url)
        if address is None or (is_known_shop(address.host) and profile_of(url) is None):
            break
        target = next(targets_of(address), None)
        if target is None:
            break
        url = target
    return url.partition("#")[0].partition("//")[2]


def _asins(text: str) -> Iterator[str]:
    """Yield the valid ASINs in a stretch of text, at any depth of encoding."""
    # As it is written, and then with each layer of escapes taken off.
    layers = [text, unescape(text).replace("\\/", "/")]
    while len(layers) < MAX_DEPTH + 2 and (decoded := unquote(layers[-1])) != layers[-1]:
        layers.append(decoded)
    for layer in layers:
        asins: list[str] = []
        for named in _NAMED.finditer(layer):
            asins += named["asins"].split(",")
        for address in _AT_AMAZON.finditer(layer):
            asins += [match["asin"] for match in _PLACED.finditer(address[0])]
        for asin in asins:
            if asin_problem(asin.strip().upper()) is None:
                yield asin.strip().upper()
