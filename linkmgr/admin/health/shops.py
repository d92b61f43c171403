"""The shops' pages to which the blog links: which are gone, with what stands in their place."""

import time
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
class GonePage:
    """A page of a shop's where readers probably find nothing, and the items that lead there."""

    page: ShopPage
    items: Sequence[Chip]

    posts: int
    """How many posts show one of the items, or link to the page by hand."""

    clicks: int
    """The clicks on the items in 30 days."""

    since: date | None
    """The day on which a look first failed."""

    @property
    def is_settled(self) -> bool:
        """Whether its items are retired, so that the next build takes them off the pages."""
        return bool(self.items) and all(item.retired for item in self.items)


def gone(pages: Sequence[ShopPage]) -> list[GonePage]:
    """Return reported pages with their items, posts and clicks, those with most clicks first."""
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
        rows.append(GonePage(page, chips(catalog, ids), shown, sum_of_clicks, day))
    return sorted(rows, key=lambda row: -row.clicks)


def gone_products() -> list[GonePage]:
    """Return the products that are gone from their shop, for the dashboard's notice."""
    pages = gone_pages(get_admin(), connection())
    dead = [page for page in pages if page.state is PageState.DEAD]
    return [row for row in gone(dead) if not row.is_settled]


@dataclass(frozen=True, slots=True)
class ShopSummary:
    """What the last looks at shops' pages showed."""

    counts: Mapping[PageState, int]
    """How many pages are in each state."""

    last: int | None
    """When the last look was, in milliseconds since 1970."""

    unknown: Sequence[ShopPage]
    """The pages whose server does not say whether they are there."""

    dismissed: int
    """How many pages the owner has said to be there."""

    @property
    def total(self) -> int:
        """How many pages the blog links to."""
        return sum(self.counts.values())


def summarize(pages: Sequence[ShopPage]) -> ShopSummary:
    """Return the summary of pages."""
    counts = dict.fromkeys(PageState, 0)
    last: int | None = None
    unknown: list[ShopPage] = []
    dismissed = 0
    for page in pages:
        counts[page.state] += 1
        if page.looked:
            last = max(page.looked, last or 0)
        if page.state is PageState.UNKNOWN and page.answer:
            unknown.append(page)
        if page.dismissed is not None:
            dismissed += 1
    return ShopSummary(counts, last, unknown, dismissed)


def show() -> str:
    """Show which pages are gone, and of which nothing is known."""
    admin, pages = get_admin(), linked_pages(connection())
    return render_template(
        "health/shops.html",
        job=last_job(JobKind.SHOPS),
        gone=gone([page for page in pages if page.is_reported])[:MOST],
        looked=summarize(pages),
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
