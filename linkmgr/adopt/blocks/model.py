"""What is found in the posts of a blog that has its links pasted in."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from linkmgr.adopt.markup.anchors import AnchorForm
from linkmgr.links.model import AffiliateLink, Utm

BlockKind = Literal["related", "cta", "books", "disclosure", "marker", "separator"]

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
    "printed-attribute",
    "inline-link",
    "unsure",
]


@dataclass(frozen=True, slots=True)
class OldBook:
    """A book as one block of one post shows it.

    `shops` are (shop's host, URL), `editions` further products of Amazon that are the same book, as
    (ASIN, text of the link).
    """

    asin: str
    title: str
    blurb: str
    tag: str | None
    marketplace: str | None
    shops: tuple[tuple[str, str], ...]
    line: int
    editions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class OldCta:
    """A call to action as one block of one post shows it; `url` is without its UTM."""

    url: str
    utm: Utm | None
    heading: str
    text: str
    label: str
    css_class: str | None
    line: int


@dataclass(frozen=True, slots=True)
class OldRelated:
    """A link of a list of related posts."""

    url: str
    title: str
    line: int


class Kept(NamedTuple):
    """A product (`asin`) or a shop's page (`url`) for whose sake a block stays in its post.

    `untitled` says that it stays because no title is known. `reason` also says what to do.
    """

    line: int
    asin: str
    url: str
    reason: str
    untitled: bool


@dataclass(frozen=True, slots=True)
class OldBlock:
    """A block in a post's article: the bytes from `start` to `end` of the whole file.

    `sure` says whether it can be removed without a doubt; if not, `doubt` says why it is left.
    `if_alone` is the doubt about a block that other posts haven't: what they share was pasted.
    `kept` are the products for whose sake a block that is not sure stays.
    """

    kind: BlockKind
    start: int
    end: int
    line: int
    books: tuple[OldBook, ...] = ()
    ctas: tuple[OldCta, ...] = ()
    related: tuple[OldRelated, ...] = ()
    heading: str = ""
    sure: bool = True
    doubt: str = ""
    if_alone: str = ""
    kept: tuple[Kept, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something about a post that its owner should know, at a line of its file."""

    path: str
    line: int
    kind: FindingKind
    message: str


@dataclass(frozen=True, slots=True)
class InlineLink:
    """An affiliate link in running text: its URL's bytes in the file, which stay where they are."""

    form: AnchorForm
    start: int
    end: int
    line: int
    link: AffiliateLink


@dataclass(frozen=True, slots=True)
class OldPost:
    """Everything of the kind that one post holds; blocks in order, never overlapping.

    `titles` are the ASINs to which its links lead, each with a text of such a link.
    """

    path: str
    blocks: tuple[OldBlock, ...]
    inline: tuple[InlineLink, ...]
    findings: tuple[Finding, ...]
    titles: tuple[tuple[str, str], ...] = ()
