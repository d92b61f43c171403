"""Links as templates print them, and how the clicks on those are counted that must not say it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import markupsafe
from markupsafe import Markup

from linkmgr.blocks.escape import BASEURL, escape
from linkmgr.blocks.links import HIT, Link
from linkmgr.blocks.voice import Text
from linkmgr.links.programmes.profile import allows_attribute, referrer_policy
from linkmgr.links.urls import is_site_relative

_BASEURL = Markup(BASEURL)  # noqa: S704 - a constant


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link: `<a {{ link.attributes }}{{ link.label.lang }}>{{ link.label }}</a>`.

    That of a further shop may be issued `code` instead.
    """

    label: Text
    attributes: Markup
    code: Markup | None = None


class Hit(NamedTuple):
    """Where the clicks on a link are counted whose `<a>` must not have the address itself.

    Both are escaped for an attribute.
    """

    href: str
    address: str


def link_view(
    link: Link, label: Text, css_class: str | None = None, code: Markup | None = None
) -> LinkView:
    """View a link with the text that it shows, or the `code` in its place."""
    spoken = label if allows_attribute(link.profile, "lang") else Text(label)
    return LinkView(spoken, _attributes(link, css_class), code)


def _attributes(link: Link, css_class: str | None = None) -> Markup:
    """Return those of a link's attributes that its programme allows."""
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


def hits_of(*links: Link) -> tuple[Hit, ...]:
    """Return where the clicks on those links are counted that must not say it themselves."""
    return tuple(
        Hit(
            str(escape(link.code.href) if link.code else printed_url(link.href)),
            str(printed_url(link.hit)),
        )
        for link in links
        if link.hit and link.is_delegated
    )


class HasHits(Protocol):
    """What shows such links."""

    @property
    def hits(self) -> tuple[Hit, ...]:
        """Where their clicks are counted."""


def delegated(views: Iterable[HasHits], html: str, element: str = "div") -> str:
    """Put the HTML of these into an element that counts the clicks that they cannot name.

    It needs no template: a site's own need not know of it.
    """
    hits = [hit for view in views for hit in view.hits]
    if not hits:
        return html
    words = " ".join(f"{hit.href} {hit.address}" for hit in hits)
    gap = "\n" if element == "div" else ""
    return f'<{element} data-linkmgr-hits="{words}">{gap}{html}</{element}>{gap}'


def printed_url(encoded: str) -> Markup:
    """Escape a percent-encoded URL, which has no braces; `POST_KEY` stays in it."""
    escaped = markupsafe.escape(encoded)
    return _BASEURL + escaped if is_site_relative(encoded) else escaped
