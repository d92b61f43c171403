"""How templates see links, and how clicks are counted on those that must not say so themselves."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import markupsafe
from markupsafe import Markup

from linkmgr.blocks.escape import BASEURL, escape
from linkmgr.blocks.links import HIT, PrintedLink
from linkmgr.blocks.voice import PrintedText
from linkmgr.links.programmes.profile import allows_attribute, referrer_policy
from linkmgr.links.urls import is_site_relative


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link: `<a {{ link.attributes }}{{ link.label.lang }}>{{ link.label }}</a>`."""

    label: PrintedText
    attributes: Markup

    code: Markup | None = None
    """As issued, in place of the link of a further shop."""

    shop: str = ""
    """The end of the class by which the stylesheet knows the shop's colour."""


class Hit(NamedTuple):
    """Where clicks are counted on a link whose `<a>` must not have the address itself.

    Both are escaped for an attribute.
    """

    href: str
    address: str


BUTTON_CLASS = "linkmgr-button"
"""The class of a link that looks as linkmgr's buttons do."""


def link_view(link: PrintedLink, label: PrintedText, css_class: str | None = None) -> LinkView:
    """View a link with the text that it shows."""
    spoken = label if allows_attribute(link.profile, "lang") else PrintedText(label)
    return LinkView(spoken, _attributes(link, css_class))


def _attributes(link: PrintedLink, css_class: str | None = None) -> Markup:
    """Return the attributes of a link that its programme allows."""
    values = {
        "class": css_class,
        "href": link.href,
        "rel": link.rel,
        "referrerpolicy": referrer_policy(link.profile),
        "ping": link.hit,
        HIT: link.hit,
    }
    attributes = (
        f'{name}="{escape(value) if name == "class" else printed_url(value)}"'
        for name, value in values.items()
        if value and (name == "href" or allows_attribute(link.profile, name))
    )
    return Markup(" ".join(attributes))  # noqa: S704 - each is escaped


def hits_of(*links: PrintedLink) -> tuple[Hit, ...]:
    """Return the addresses that count clicks on links whose `<a>` must not name them."""
    return tuple(
        Hit(
            str(escape(link.code.href) if link.code else printed_url(link.href)),
            str(printed_url(link.hit)),
        )
        for link in links
        if link.hit and link.is_delegated
    )


class HasHits(Protocol):
    """A view with links whose clicks are counted around them."""

    @property
    def hits(self) -> tuple[Hit, ...]:
        """Where their clicks are counted."""


def delegated(views: Iterable[HasHits], html: str, element: str = "div") -> str:
    """Wrap the HTML of views in an element that counts the clicks on such links.

    It needs no template: a site's own need not know of it.
    """
    hits = [hit for view in views for hit in view.hits]
    if not hits:
        return html
    words = " ".join(f"{hit.href} {hit.address}" for hit in hits)
    gap = "\n" if element == "div" else ""
    return f'<{element} data-linkmgr-hits="{words}">{gap}{html}</{element}>{gap}'


_BASEURL = Markup(BASEURL)  # noqa: S704 - a constant


def printed_url(encoded: str) -> Markup:
    """Escape a percent-encoded URL, which has no braces; `POST_KEY` stays in it."""
    escaped = markupsafe.escape(encoded)
    return _BASEURL + escaped if is_site_relative(encoded) else escaped
