"""What is found in the posts of a blog that has its links pasted in."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from linkmgr.adopt.post.anchors import AnchorForm
from linkmgr.adopt.post.names import Naming
from linkmgr.catalog.blocks import KINDS
from linkmgr.catalog.items import ItemKind
from linkmgr.links.model import AffiliateLink, Utm
from linkmgr.messages.message import ENGLISH, Message, message, translate

FindingKind = Literal[
    "check-digit",
    "no-tag",
    "foreign-tag",
    "short-link",
    "search-link",
    "dead-link",
    "marker",
    "block-twice",
    "text-after-block",
    "inline-link",
    "issued-code",
    "unsure",
]


@dataclass(frozen=True, slots=True)
class OldBook:
    """A book, or another good in its place, as one block of one post shows it.

    `shops` are (shop's host, URL), `editions` further products of Amazon that are the same book, as
    (ASIN, text of the link). `cover`, `words` and `id`, its id in a catalog, are known of linkmgr's
    own blocks alone. `kind` is books or products, `None` where the block says neither.
    """

    asin: str
    title: str
    blurb: str
    tag: str | None
    marketplace: str | None
    shops: tuple[tuple[str, str], ...]
    line: int
    editions: tuple[tuple[str, str], ...] = ()
    author: str = ""
    cover: str = ""
    id: str = ""
    kind: ItemKind | None = None
    words: "OwnWords | None" = None
    has_cover: bool = False
    """Whether a picture or a frame shows it."""

    is_named: bool = False
    """Whether its card or its heading states the title, which else is a text of its links."""


class OwnWords(NamedTuple):
    """What an owner said of a good on its card, beside its blurb."""

    badge: str | None = None
    rating: float | None = None
    review: str | None = None

    price: str = ""
    """With its currency, empty for none."""


@dataclass(frozen=True, slots=True)
class OldCta:
    """A call to action as one block of one post shows it; `url` is without its UTM.

    `id`, its id in a catalog, is known of linkmgr's own blocks alone. One with `code` is code that
    a programme issued, as a catalog gives it back; `url` is then where its link leads to.
    """

    url: str
    utm: Utm | None
    heading: str
    text: str
    label: str
    css_class: str | None
    line: int
    id: str = ""
    code: str = ""
    has_icon: bool = False
    """Whether its link shows more than text."""


@dataclass(frozen=True, slots=True)
class OldProduct:
    """A product as linkmgr's own block of one post shows it, with its id in a catalog."""

    id: str
    title: str
    maker: str
    blurb: str
    image: str
    links: tuple[str, ...]
    words: OwnWords


@dataclass(frozen=True, slots=True)
class OldRelated:
    """A link of a list of related posts."""

    url: str
    title: str
    line: int

    excerpt: str = ""
    """What linkmgr's own list says of the post beside its title."""


class KeptProduct(NamedTuple):
    """What a block stays in its post for: a product (`asin`), or a shop's page or code (`url`).

    `untitled` says that it stays because no title is known. `reason` also says what to do.
    """

    line: int
    asin: str
    url: str
    reason: Message
    untitled: bool


class Unsaved(NamedTuple):
    """A line of text, or the address of a link, that a post loses and the catalog lacks."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class OldBlock:
    """A block in a post's article: the bytes from `start` to `end` of the whole file.

    `keep_reason` says why it stays in its post; without one it is removed. `reason_if_unrepeated`
    becomes that reason where other posts lack the same block: what they share was pasted.
    `kept_products` are the products that a block stays for, `unsaved` is what else the
    catalog lacks of it. `heading_end` is where the heading above its items ends, and `part_end`
    where the part does in whose line it is; 0 without.
    """

    kind: str
    start: int
    end: int
    line: int
    books: tuple[OldBook, ...] = ()
    ctas: tuple[OldCta, ...] = ()
    related: tuple[OldRelated, ...] = ()
    heading: str = ""
    keep_reason: Message | None = None
    reason_if_unrepeated: Message | None = None
    kept_products: tuple[KeptProduct, ...] = ()
    products: tuple[OldProduct, ...] = ()
    unsaved: tuple[Unsaved, ...] = ()
    heading_end: int = 0
    part_end: int = 0
    label: str = ""
    """The text of books whose links name none of them ("Get the book"), as it is compared."""
    compared: tuple[str, ...] = ()
    """Of a comparison its id, and those of its items."""

    heading_level: int = 0
    """That of the Markdown heading with which it begins, 0 without."""

    @property
    def removable(self) -> bool:
        """Whether it leaves its post."""
        return self.keep_reason is None

    @property
    def earns(self) -> bool:
        """Whether it has affiliate links, with which linkmgr shows a disclosure of its own."""
        kind = KINDS.get(self.kind)
        return bool(kind and kind.shows_goods) or any(cta.code for cta in self.ctas)


@dataclass(frozen=True, slots=True)
class PostFinding:
    """Something about a post that its owner should know, at a line of its file."""

    path: str
    line: int
    kind: FindingKind
    message: Message


@dataclass(frozen=True, slots=True)
class InlineLink:
    """An affiliate link in running text: its URL's bytes in the file, which stay where they are."""

    form: AnchorForm
    start: int
    end: int
    line: int
    link: AffiliateLink


class OldText(NamedTuple):
    """A part of an article that is in no block, at the byte `start`, and how its text begins."""

    start: int
    text: str


@dataclass(frozen=True, slots=True)
class OldPost:
    """Everything that was found in one post; blocks in order, never overlapping.

    `namings` are the texts of its links to products, and of their pictures. `texts` are
    what comes after its first block, the last of which may be a footer; `article_end` is where the
    last that is none begins, as far as the other posts are known. `takes_tags` says whether Jekyll
    runs Liquid in it.
    """

    path: str
    blocks: tuple[OldBlock, ...]
    inline: tuple[InlineLink, ...]
    findings: tuple[PostFinding, ...]
    namings: tuple[Naming, ...] = ()
    texts: tuple[OldText, ...] = ()
    article_end: int = 0
    takes_tags: bool = True

    @property
    def leaving(self) -> tuple[OldBlock, ...]:
        """The blocks that leave it: what stays may be its author's, and would be shown twice."""
        return tuple(block for block in self.blocks if block.removable)


def in_order(findings: Iterable[PostFinding]) -> tuple[PostFinding, ...]:
    """Return findings in the order of their posts and lines."""
    return tuple(
        sorted(findings, key=lambda f: (f.path, f.line, f.kind, translate(f.message, ENGLISH)))
    )


def block_kind(kind: str) -> Message:
    return message(f"adopt.block-{kind}")
