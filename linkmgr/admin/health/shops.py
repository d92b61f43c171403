"""The shops' pages to which the blog links: which are gone, with what stands in their place."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from linkmgr.admin.common.chips import Chip, chips
from linkmgr.admin.common.context import connection, get_admin, month_clicks, site_index
from linkmgr.admin.common.security import safe_next
from linkmgr.admin.common.template_helpers import age
from linkmgr.admin.health.facts import forget_gone_pages, gone_pages
from linkmgr.admin.health.jobs import last_job
from linkmgr.check.online import PageState, ShopPage
from linkmgr.check.shop_links import items_by_page
from linkmgr.clicks.counts import Dimension
from linkmgr.clicks.periods import day_in
from linkmgr.messages.message import readable, translate
from linkmgr.store.jobs import JobKind
from linkmgr.store.shop_pages import ShopPages, linked_pages

MOST = 200
"""The most pages that are listed."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A page of a shop's where readers probably find nothing, and the items that lead there.

    `posts` show one of these, or link to the page by hand; `clicks` are of the last 30 days, and
    `since` is the day on which a look first failed.
    """

    page: ShopPage
    items: Sequence[Chip]
    posts: int
    clicks: int
    since: date | None

    @property
    def is_settled(self) -> bool:
        """Whether its items are retired, so that the next build takes them off the pages."""
        return bool(self.items) and all(item.retired for item in self.items)


def gone(pages: Sequence[ShopPage]) -> list[Gone]:
    """Return what of reported pages an owner wants to know, those with most clicks first."""
    if not pages:
        return []
    catalog, index = get_admin().catalog().catalog, site_index()
    items = items_by_page(catalog)
    posts = index.posts_by_item() if index else {}
    clicks = month_clicks(Dimension.ITEM)
    rows = []
    for page in pages:
        ids = items.get(page.url, ())
        shown = max((posts.get(name, 0) for name in ids), default=page.places)
        sum_of_clicks = sum(clicks.get(name, 0) for name in ids)
        since = page.since and datetime.fromtimestamp(page.since / 1000, UTC)
        day = day_in(catalog.site.timezone, since) if since else None
        rows.append(Gone(page, chips(catalog, ids), shown, sum_of_clicks, day))
    return sorted(rows, key=lambda row: -row.clicks)


def gone_products() -> list[Gone]:
    """Return the products that are gone from their shop, for the dashboard's notice."""
    pages = gone_pages(get_admin(), connection())
    dead = [page for page in pages if page.state is PageState.DEAD]
    return [row for row in gone(dead) if not row.is_settled]


@dataclass(frozen=True, slots=True)
class Looked:
    """How many pages are in each state, and when the last look was, in milliseconds.

    `unknown` are those whose server does not say, `dismissed` how many the owner knows better of.
    """

    counts: Mapping[PageState, int]
    last: int | None
    unknown: Sequence[ShopPage]
    dismissed: int

    @property
    def total(self) -> int:
        """How many pages the blog links to."""
        return sum(self.counts.values())


def looked(pages: Sequence[ShopPage]) -> Looked:
    """Sum up what is known of pages."""
    counts = Counter(page.state for page in pages)
    return Looked(
        counts={state: counts[state] for state in PageState},
        last=max((page.looked for page in pages if page.looked), default=None),
        unknown=[page for page in pages if page.state is PageState.UNKNOWN and page.answer],
        dismissed=sum(page.dismissed is not None for page in pages),
    )


def show() -> str:
    """Show what is gone, and of which pages nothing is known."""
    admin, pages = get_admin(), linked_pages(connection())
    return render_template(
        "health/shops.html",
        job=last_job(JobKind.SHOPS),
        gone=gone([page for page in pages if page.is_reported])[:MOST],
        looked=looked(pages),
        most=MOST,
        has_site=admin.site() is not None,
        age=age,
        now=time.time(),
        translate=translate,
    )


def dismiss() -> ResponseReturnValue:
    """Stop reporting a shop's page that is there."""
    url = request.form.get("url", "")
    if ShopPages(get_admin().engine).dismiss(url):
        forget_gone_pages(get_admin())
        flash(gettext("Dismissed until it changes: %(url)s", url=readable(url)))
    else:
        flash(gettext("This page isn't reported any more: %(url)s", url=readable(url)), "problem")
    return redirect(safe_next(request.form.get("back") or url_for("health.shops")), 303)
