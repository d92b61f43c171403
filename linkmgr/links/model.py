"""Programmes, and what a link to one of their shops is."""

from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from typing import Literal, NamedTuple


class Tracking(StrEnum):
    """How clicks on a programme's links are counted: not at all, beside the link, or on the way."""

    DIRECT = "direct"
    BEACON = "beacon"
    REDIRECT = "redirect"


AssociateStatus = Literal["none", "applied", "approved"]

AMAZON = "amazon"
OWN_SITE = "site"


class Tag(NamedTuple):
    """A tracking ID of a programme's links."""

    programme: str
    tag: str


class Moment(NamedTuple):
    """A day, and the time of that day where one is known (`20:00`)."""

    day: date
    clock: str = ""

    @property
    def iso(self) -> str:
        """The moment as ISO 8601 has it, in the reader's own time zone."""
        return f"{self.day}T{self.clock}" if self.clock else str(self.day)


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale of a programme, which its cards name from its first day to its last."""

    name: str
    since: Moment
    until: Moment

    url: str | None = None
    """The page of the sale, which a line of its own links."""

    in_line: bool = False
    """Whether a block names it once, in a line of its own, and not each card."""

    def is_on(self, today: date) -> bool:
        return self.since.day <= today <= self.until.day


@dataclass(frozen=True, slots=True)
class Programme:
    """An affiliate scheme, or the site itself (`OWN_SITE`, always present).

    Only `amazon`, known by its id, has `marketplace` and `status`. Any other affiliate
    programme may have a `url` template, whose `{url}` is replaced by the item's address,
    percent-encoded, and `{tag}` by the tag; without one, its items' addresses are affiliate links
    already. `tag` is the usual one, `category_tags` are those of categories as written, `post_tags`
    further ones that posts may choose. `label` is the visible text of its links.
    `tracking_is_default`: the catalog does not name it.
    """

    id: str
    name: str
    tracking: Tracking
    marketplace: str | None = None
    tag: str | None = None
    status: AssociateStatus = "none"
    url: str | None = None
    label: str | None = None
    tracking_is_default: bool = field(default=False, compare=False)
    category_tags: tuple[tuple[str, str], ...] = ()
    post_tags: tuple[str, ...] = ()
    sales: tuple[Sale, ...] = ()

    @property
    def affiliate(self) -> bool:
        """Whether a link of this programme may earn, so that it must be labelled as an ad."""
        return self.id != OWN_SITE and (self.id != AMAZON or self.tag is not None)


@dataclass(frozen=True, slots=True)
class Utm:
    """UTM parameters. Source, medium and campaign always go together."""

    source: str
    medium: str
    campaign: str
    content: str | None = None
    term: str | None = None


UTM_PARAMETERS = tuple(f"utm_{key.name}" for key in fields(Utm))
# What Google Analytics puts into a channel by the medium alone, or with a source that it knows:
# https://support.google.com/analytics/answer/9756891 (the default channel group).
_MEDIUMS = frozenset(
    {
        *("organic", "referral", "app", "link", "email", "e-mail", "e_mail"),
        *("cpc", "ppc", "retargeting", "display", "banner", "expandable", "interstitial", "cpm"),
        *("social", "social-network", "social-media", "sm", "affiliate", "audio", "sms"),
        *("push", "mobile", "notification"),
    }
)


def is_known_medium(medium: str) -> bool:
    """Whether visits of a medium get a channel; all others are listed as Unassigned."""
    return medium in _MEDIUMS or medium.startswith("paid") or "video" in medium


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A programme's code as it was issued. `href` is its link's, decoded as a browser reads it."""

    text: str
    programme: str
    href: str

    @property
    def url(self) -> str:
        """The address that its link leads to."""
        return f"https:{self.href}" if self.href.startswith("//") else self.href


AffiliateKind = Literal["product", "search", "short", "image", "frame", "other"]
"""The target of an affiliate link: a product, a search, whatever a short link hides, and so on."""


@dataclass(frozen=True, slots=True)
class AffiliateLink:
    """A link that may earn, whatever its form: `url` as written, unescaped."""

    url: str
    kind: AffiliateKind
    programme: str
    asin: str | None = None
    tag: str | None = None
    marketplace: str | None = None
    wrapper: str | None = None

    @property
    def liquid_tag(self) -> bool:
        """Whether Liquid makes the tag at build time, so that it is unknown here."""
        return self.tag is not None and self.tag.startswith(("{{", "{%"))
