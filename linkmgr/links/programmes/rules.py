"""What the rules of an affiliate programme say, each with its source.

They are cited, not guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from linkmgr.links.model import Tracking
from linkmgr.links.programmes.shapes import AddressShape
from linkmgr.messages.language import Language


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule is published, and the day on which it was read; `None`: it could not be."""

    page: str
    read: date | None = None


@dataclass(frozen=True, slots=True)
class TrackingRule:
    """How clicks on its links may be counted."""

    allowed: frozenset[Tracking]
    source: Source


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """Which attributes its `<a>` may have (`None`: any but the forbidden ones), and must have."""

    allowed: frozenset[str] | None
    forbidden: frozenset[str]
    needed: frozenset[str]
    source: Source


@dataclass(frozen=True, slots=True)
class RelRule:
    """The `rel` that its own links have (`None`: the general one), and words it needs or forbids.

    The words of `needed` and `forbidden` are in lower case.
    """

    value: str | None
    needed: frozenset[str]
    forbidden: frozenset[str]
    source: Source


Seen = Literal["site", "page"]
"""What the referrer must tell: the site's address, or that of the page."""


@dataclass(frozen=True, slots=True)
class ReferrerRule:
    """What its servers must learn of where a click comes from, and the policy that it advises."""

    shows: Seen
    policy: str | None
    source: Source


@dataclass(frozen=True, slots=True)
class PixelRule:
    """Whether a link needs its counting picture. Both have the same values of the `shared`."""

    needed: bool
    shared: tuple[str, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class IssuedCodeRule:
    """Whether its links must be in the code that it issued, their addresses unchanged.

    `links` are addresses that only its code has, and `attributes` those that the `<a>` around such
    an address always has there: without them it was taken out of its code.
    """

    needed: bool
    links: tuple[AddressShape, ...]
    attributes: frozenset[str]
    source: Source


@dataclass(frozen=True, slots=True)
class DeepLinkRule:
    """Whether a link to any page may be built; `template` is how, with `{url}` for the page."""

    allowed: bool
    template: str | None
    source: Source


@dataclass(frozen=True, slots=True)
class LabelRule:
    """What the visible text of a link, or what is beside it, must name: one of `names`."""

    names: tuple[str, ...]
    source: Source


Pictured = Literal["api", "code"]
"""Where a programme lets its pictures come from: its API, or the code that it issued."""


@dataclass(frozen=True, slots=True)
class ImageRule:
    """The addresses of its pictures of goods, and where alone they are allowed."""

    addresses: tuple[AddressShape, ...]
    allowed: Pictured
    source: Source


@dataclass(frozen=True, slots=True)
class DisclosureRule:
    """The sentence that it asks its members for; `{site}` is the site's name."""

    sentences: Mapping[Language, str]
    source: Source


@dataclass(frozen=True, slots=True)
class Rules:
    """What a programme's pages say, each with its source; `None` where they are not known to."""

    tracking: TrackingRule | None = None
    attributes: AttributeRule | None = None
    rel: RelRule | None = None
    referrer: ReferrerRule | None = None
    pixel: PixelRule | None = None
    issued_code: IssuedCodeRule | None = None
    deep_link: DeepLinkRule | None = None
    label: LabelRule | None = None
    images: ImageRule | None = None
    disclosure: DisclosureRule | None = None
