"""The list of items, with search, filter and order in its address."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from flask import render_template, request

from linkmgr.admin.common.context import connection, get_admin, page_number, survey
from linkmgr.admin.items.rows import Order, State, Wanted, narrowed, rows_of
from linkmgr.catalog.model import Kind
from linkmgr.store.figures.figures import Dimension, curves
from linkmgr.store.figures.periods import day_in, last_days

PAGE = 50
"""Rows of a page."""

DAYS = 30
"""Days of clicks beside each item."""

_Choice = TypeVar("_Choice", bound=StrEnum)


def index() -> str:
    """Show the items that are wanted."""
    catalog = get_admin().catalog().catalog
    today = day_in(catalog.site.timezone, datetime.now(UTC))
    all_clicks, _ = curves(connection(), last_days(DAYS, today))
    sums = get_admin().sums.sums(connection(), Dimension.ITEM, all_clicks)
    clicks = {item: counts.clicks for item, counts in sums.items()}
    wanted = _wanted()
    rows = narrowed(rows_of(catalog, today, clicks, _posts()), wanted)
    last = max(1, -(-len(rows) // PAGE))
    number = min(page_number(), last)
    return render_template(
        "items/list.html",
        rows=rows[PAGE * (number - 1) : PAGE * number],
        found=len(rows),
        most=max((row.clicks for row in rows), default=0),
        number=number,
        last=last,
        wanted=wanted,
        all=len(catalog.items),
        days=DAYS,
    )


def _wanted() -> Wanted:
    return Wanted(
        request.args.get("q", "").strip(),
        _choice(Kind, "kind"),
        _choice(State, "state"),
        _choice(Order, "order") or Order.CLICKS,
    )


def _choice(options: type[_Choice], name: str) -> _Choice | None:
    given = request.args.get(name, "")
    return options(given) if given in set(options) else None


def _posts() -> dict[str, int] | None:
    opened = survey()
    return opened.posts_by_item() if opened else None
