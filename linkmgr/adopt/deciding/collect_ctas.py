"""The calls to action of the posts as those of a catalog."""

import re
from collections.abc import Collection, Sequence

from linkmgr.adopt.finding.frequency import most_frequent
from linkmgr.adopt.post.model import OldCta
from linkmgr.catalog.editing.new_ids import cta_id
from linkmgr.catalog.items import Cta
from linkmgr.catalog.model import Catalog
from linkmgr.links.model import IssuedCode, Utm
from linkmgr.links.recognition.code_text import read_code
from linkmgr.links.urls import (
    host_in,
    is_at_amazon,
    is_site_relative,
    target_problem,
    with_utm,
    without_utm,
)
from linkmgr.messages.message import Message, message

CtaKey = tuple[str, Utm | None, str, str]
"""What tells CTAs apart: address, UTM, heading and label; of issued code the code alone.

On pages of the blog itself there is no UTM: there it would begin a visit anew, from the blog.
"""

_UTM_VALUE = re.compile(r"[a-z0-9_-]+")


def cta_key(cta: OldCta, catalog: Catalog) -> CtaKey:
    """Return what a CTA is known by."""
    if cta.code:
        return cta.code, None, "", ""
    heading, label = (" ".join(text.split()) for text in (cta.heading, cta.label))
    return *_address(cta, catalog), heading, label


def cta_refusal(cta: OldCta, catalog: Catalog) -> Message | None:
    """Return why a catalog does not take a CTA; its own profiles say which code it takes."""
    if cta.code:
        found = read_code(cta.code, catalog.profiles)
        return None if isinstance(found, IssuedCode) else found[0]
    problem = target_problem(cta.url)
    if problem is None and is_at_amazon(cta.url):
        problem = message("adopt.leads-to-amazon")
    return problem and message("adopt.refused-address", url=cta.url, problem=problem)


def known_cta(key: CtaKey, catalog: Catalog) -> Cta | None:
    """Return the catalog's CTA with this code, or address, UTM and label.

    Of two it is the one with the heading.
    """
    _, _, heading, label = key
    same = [
        cta
        for cta in catalog.ctas.values()
        if _source(cta, catalog) == key[:2] and (cta.label == label or not label)
    ]
    return next((cta for cta in same if cta.heading == heading), same[0] if same else None)


def new_cta(old: Sequence[OldCta], own_id: str, catalog: Catalog, taken: Collection[str]) -> Cta:
    """Return the CTA that posts have in these wordings, the newest first.

    `own_id` is its id if it had one.
    """
    url, utm = _address(old[0], catalog)
    code = read_code(old[0].code, catalog.profiles) if old[0].code else None
    heading = most_frequent(" ".join(each.heading.split()) for each in old)
    text = " ".join(old[0].text.split())
    if isinstance(code, IssuedCode):
        return Cta(
            # Its address has no words that tell it from the programme's others.
            id=own_id or cta_id("", f"{heading} {code.programme}", "", taken),
            heading=heading,
            label="",
            url=url,
            text=text,
            programme=code.programme,
            code=code,
        )
    label = " ".join(old[0].label.split()) or heading or url
    campaign = next((each.utm.campaign for each in old if each.utm), "")
    clean = utm if utm and _is_clean(utm) else None
    return Cta(
        id=own_id or cta_id(campaign, heading, url, taken),
        heading=heading or label,
        label=label,
        # Parameters that a catalog does not take stay as the owner wrote them.
        url=with_utm(url, utm) if utm and clean is None else url,
        text=text,
        utm=clean,
        css_class=most_frequent(each.css_class or "" for each in old) or None,
    )


def _source(cta: Cta, catalog: Catalog) -> tuple[str, Utm | None]:
    return (cta.code.text, None) if cta.code else _address(cta, catalog)


def _address(cta: OldCta | Cta, catalog: Catalog) -> tuple[str, Utm | None]:
    if is_site_relative(cta.url) or host_in(cta.url) == host_in(catalog.site.url):
        return without_utm(cta.url), None
    return cta.url, cta.utm


def _is_clean(utm: Utm) -> bool:
    """Whether a catalog takes these parameters."""
    needed = (utm.source, utm.medium, utm.campaign)
    given = (value for value in (utm.content, utm.term) if value is not None)
    return all(_UTM_VALUE.fullmatch(value) for value in (*needed, *given))
