"""Opportunities: rows of what to do next, each with its number and the link that acts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext, lazy_gettext, ngettext

from linkmgr.admin.common.chips import name_of, name_of_variant
from linkmgr.admin.common.context import get_admin, index_facts, site_index
from linkmgr.admin.common.pages import AdminPage, choice_of
from linkmgr.admin.common.template_helpers import number, rate, span
from linkmgr.admin.dashboard.wording import known_rate
from linkmgr.admin.health.shops import Gone, gone_products
from linkmgr.admin.opportunities.reading import Opportunities, read_opportunities
from linkmgr.catalog.model import Catalog
from linkmgr.earnings.admin_figures import money
from linkmgr.figures.opportunities import (
    BarePost,
    BareTag,
    DecidedTest,
    DoubtedCategory,
    Kind,
    Opportunity,
    Outearned,
    Pay,
    Uncommon,
    Unpaid,
)
from linkmgr.figures.views import BlockRank

page = Blueprint("opportunities", __name__, url_prefix="/admin/opportunities")
ADMIN_PAGE = AdminPage(page, lazy_gettext("Opportunities"), order=2, key="o")

_NEXT = 4


class Group(StrEnum):
    """What a tab of the page has."""

    GONE = "gone"
    BARE = "bare"
    DOUBTED = "doubted"
    RARE = "rare"
    EARNING = "earning"
    CHANGE = "change"
    TEST = "tests"


@dataclass(frozen=True, slots=True)
class Row:
    """An opportunity in words: its number with what it counts, and the link that acts.

    `tone` is `up` or `down` where the number says more or less than it was.
    """

    group: Group
    number: str
    unit: str
    title: str
    text: str
    label: str
    address: str
    tone: str = ""


@page.get("")
def index() -> str:
    """List what to do next, all of it or one group."""
    catalog, opportunities = get_admin().catalog().catalog, read_opportunities()
    rows = list(_rows(catalog, opportunities))
    group = choice_of(Group, "kind")
    return render_template(
        "opportunities/list.html",
        rows=[row for row in rows if group in (None, row.group)],
        group=group,
        every=len(rows),
        counts={each: sum(row.group is each for row in rows) for each in Group},
        found=opportunities,
        site=catalog.site,
        **index_facts(),
    )


@page.get("/first")
def first() -> str:
    """Return the card of the first rows, for the dashboard."""
    rows = list(_rows(get_admin().catalog().catalog, read_opportunities()))
    # The dashboard has a notice of what is gone.
    others = [row for row in rows if row.group is not Group.GONE]
    return render_template("opportunities/first.html", rows=others[:_NEXT], every=len(rows))


def _rows(catalog: Catalog, opportunities: Opportunities) -> Iterator[Row]:
    if gone := gone_products():
        yield _gone(gone)
    words = _Words(catalog, opportunities)
    for each in opportunities.rows:
        row = words.row(each)
        if row:
            yield row


class _Words:
    """Words opportunities, with the names of items and posts as they are now."""

    def __init__(self, catalog: Catalog, opportunities: Opportunities) -> None:
        opened = site_index()
        posts = [
            *(post.post for post in opportunities.rows if isinstance(post, BarePost)),
            *(unpaid.value for unpaid in opportunities.rows if isinstance(unpaid, Unpaid)),
        ]
        self._catalog, self._opportunities = catalog, opportunities
        self._titles = opened.titles(posts) if opened else {}
        self._first_bare = next(
            (row for row in opportunities.rows if isinstance(row, BarePost)), None
        )

    def row(self, opportunity: Opportunity) -> Row | None:  # noqa: C901, PLR0911 - one for each kind
        """Return the row of an opportunity, `None` for a post that is gone by now."""
        match opportunity:
            case BarePost():
                return self._bare_post(opportunity) if opportunity.post in self._titles else None
            case BareTag():
                return _bare_tag(opportunity)
            case DoubtedCategory():
                return _doubted_category(opportunity)
            case Uncommon(kind=Kind.ITEM):
                return self._rare_item(opportunity)
            case Uncommon(kind=Kind.PLACE):
                return self._rare_place(opportunity)
            case Uncommon():
                return self._changed(opportunity)
            case Unpaid(is_post=True):
                return self._unpaid_post(opportunity) if opportunity.value in self._titles else None
            case Unpaid():
                return self._unpaid_item(opportunity)
            case Outearned():
                return self._outearned(opportunity)
            case DecidedTest():
                return self._decided(opportunity)

    def _bare_post(self, post: BarePost) -> Row:
        title = self._titles[post.post]
        text = _gain(post.worth)
        if post is self._first_bare and self._opportunities.posts > 1:
            others = gettext(
                "It is read most of %(posts)s without one.", posts=number(self._opportunities.posts)
            )
            text = _sentences(others, text)
        has_products = bool(self._catalog.products)
        return Row(
            Group.BARE,
            number(post.reads),
            gettext("reads"),
            gettext("“%(post)s” shows no book or product", post=title)
            if has_products
            else gettext("“%(post)s” shows no book", post=title),
            text,
            gettext("Add an item") if has_products else gettext("Add a book"),
            url_for("posts.show", key=post.post),
        )

    def _rare_item(self, uncommon: Uncommon) -> Row:
        text = _of_views(uncommon)
        others = gettext(
            "Others in the same places: %(rate)s.", rate=rate(uncommon.compared.others)
        )
        text = _sentences(text, others)
        if uncommon.better:
            item, its_rate = uncommon.better[0]
            better = gettext(
                "On its tags, %(item)s has %(rate)s.",
                item=self._name(item),
                rate=known_rate(its_rate),
            )
            text = _sentences(text, better)
        return Row(
            Group.RARE,
            f"−{number(round(uncommon.worth))}",
            gettext("clicks a month"),
            gettext("%(item)s is seen and not clicked", item=self._name(str(uncommon.value))),
            text,
            gettext("Reword the card"),
            url_for("items.edit", item=uncommon.value),
        )

    def _rare_place(self, uncommon: Uncommon) -> Row:
        block, rank = BlockRank(*uncommon.value)
        others = gettext(
            "The same items at the block’s other places: %(rate)s. One card fewer would cost about "
            "%(clicks)s clicks a month.",
            rate=rate(uncommon.compared.others),
            clicks=number(uncommon.compared.seen.clicked),
        )
        return Row(
            Group.RARE,
            f"−{number(round(uncommon.worth))}",
            gettext("clicks a month"),
            gettext("Place %(rank)s of “%(block)s” is rarely clicked", rank=rank, block=block),
            _sentences(_of_views(uncommon), others),
            gettext("See the block"),
            url_for("settings.block", name=block),
        )

    def _changed(self, uncommon: Uncommon) -> Row:
        compared = uncommon.compared
        rose = compared.ratio > 1
        name = self._name(str(uncommon.value))
        return Row(
            Group.CHANGE,
            f"{'+' if rose else '−'}{number(round(compared.worth))}",
            gettext("clicks a month"),
            gettext("%(item)s: click rate up", item=name)
            if rose
            else gettext("%(item)s: click rate down", item=name),
            gettext(
                "From %(before)s to %(now)s in the same places: more than chance explains.",
                before=rate(compared.others),
                now=known_rate(compared.rate),
            ),
            gettext("See the item"),
            url_for("items.item", item=uncommon.value),
            "up" if rose else "down",
        )

    def _unpaid_item(self, unpaid: Unpaid) -> Row:
        text = gettext(
            "By the orders of your other items, about %(orders)s were likely.",
            orders=number(round(unpaid.expected)),
        )
        if unpaid.better:
            item, pay = unpaid.better
            better = gettext(
                "%(item)s, on the same tags, earns %(money)s per hundred clicks.",
                item=self._name(item),
                money=self._per_hundred(pay),
            )
            text = _sentences(text, better)
        return Row(
            Group.EARNING,
            money(0, self._opportunities.currency),
            gettext("earned"),
            gettext(
                "%(item)s: %(clicks)s clicks, no order",
                item=self._name(unpaid.value),
                clicks=number(unpaid.clicks),
            ),
            self._of_earned_days(text),
            gettext("Replace it") if unpaid.better else gettext("See the item"),
            _replacement(unpaid.value)
            if unpaid.better
            else url_for("items.item", item=unpaid.value),
        )

    def _unpaid_post(self, unpaid: Unpaid) -> Row:
        return Row(
            Group.EARNING,
            money(0, self._opportunities.currency),
            gettext("earned"),
            gettext("“%(post)s” is clicked and earns nothing", post=self._titles[unpaid.value]),
            self._of_earned_days(
                gettext(
                    "%(clicks)s clicks, and no report names an order from it. By your other posts, "
                    "about %(orders)s were likely.",
                    clicks=number(unpaid.clicks),
                    orders=number(round(unpaid.expected)),
                )
            ),
            gettext("See the post"),
            url_for("posts.show", key=unpaid.value),
        )

    def _outearned(self, outearned: Outearned) -> Row:
        better, pay = outearned.better
        return Row(
            Group.EARNING,
            self._per_hundred(pay),
            gettext("per 100 clicks"),
            gettext(
                "%(better)s earns more than %(item)s",
                better=self._name(better),
                item=self._name(outearned.item),
            ),
            self._of_earned_days(
                gettext(
                    "Both are shown for the same tags. %(item)s earns %(money)s per hundred of its "
                    "%(clicks)s clicks.",
                    item=self._name(outearned.item),
                    money=self._per_hundred(outearned.pay),
                    clicks=number(outearned.pay.clicks),
                )
            ),
            gettext("Replace it"),
            _replacement(outearned.item),
        )

    def _decided(self, test: DecidedTest) -> Row:
        text = gettext("The number is what it would add if all readers saw it.")
        if isfinite(test.ratio):
            ratio = number(round(test.ratio, 1))
            better = gettext(
                "It is clicked %(ratio)s times as often as the next best.", ratio=ratio
            )
            text = _sentences(better, text)
        return Row(
            Group.TEST,
            f"+{number(round(test.worth))}",
            gettext("clicks a month"),
            gettext(
                "The test of %(item)s is decided: “%(variant)s”",
                item=self._name(test.item),
                variant=name_of_variant(self._catalog, test.item, test.winner),
            ),
            text,
            gettext("See the test"),
            url_for("items.test", test=test.test),
            "up",
        )

    def _of_earned_days(self, text: str) -> str:
        """Return a text about earnings with its days: the page's head has those of the clicks."""
        days = self._opportunities.earned_days
        if days is None:
            return text
        return _sentences(text, gettext("Figures of %(days)s.", days=span(days)))

    def _name(self, item: str) -> str:
        known = self._catalog.items.get(item)
        return name_of(known) if known else item

    def _per_hundred(self, pay: Pay) -> str:
        return money(100 * pay.per_click, self._opportunities.currency)


def _gone(rows: Sequence[Gone]) -> Row:
    clicks = sum(row.clicks for row in rows)
    figures = {"num": clicks, "clicks": number(clicks)}
    if first := rows[0].items:
        text = ngettext(
            "“%(item)s”: %(clicks)s click in 30 days leads nowhere.",
            "“%(item)s”: %(clicks)s clicks in 30 days lead nowhere.",
            item=first[0].title,
            **figures,
        )
        if len(rows) > 1:
            text = ngettext(
                "“%(item)s” and others: %(clicks)s click in 30 days leads nowhere.",
                "“%(item)s” and others: %(clicks)s clicks in 30 days lead nowhere.",
                item=first[0].title,
                **figures,
            )
    else:
        text = ngettext(
            "%(clicks)s click in 30 days leads nowhere.",
            "%(clicks)s clicks in 30 days lead nowhere.",
            **figures,
        )
    return Row(
        Group.GONE,
        number(len(rows)),
        ngettext("dead link", "dead links", len(rows)),
        gettext("Products gone from the shop"),
        text,
        gettext("Replace"),
        url_for("health.index", _anchor="gone"),
        "down",
    )


def _bare_tag(tag: BareTag) -> Row:
    posts = ngettext(
        "%(num)s post, and no mapping has it.",
        "%(num)s posts, and no mapping has it.",
        tag.posts,
        num=number(tag.posts),
    )
    chosen: dict[str, Any] = {tag.kind: tag.tag}
    return Row(
        Group.BARE,
        number(tag.reads),
        gettext("reads"),
        gettext("%(tag)s has readers and no items", tag=tag.tag),
        _sentences(posts, _gain(tag.worth)),
        gettext("Add items"),
        url_for("mappings.new", **chosen),
    )


def _doubted_category(doubted: DoubtedCategory) -> Row:
    return Row(
        Group.DOUBTED,
        number(doubted.posts),
        gettext("posts"),
        gettext("Does the category %(category)s fit these posts?", category=doubted.category),
        gettext(
            "They show items for it alone, and the posts nearest to them lack it. Your rule holds: "
            "change their category, or exclude an item there, where it is wrong."
        ),
        gettext("See the posts"),
        url_for("posts.index", kind="category", tag=doubted.category, shows="doubted"),
    )


def _sentences(first: str, second: str) -> str:
    """Return two sentences with what the language has between them."""
    text: str = gettext("%(first)s %(second)s", first=first, second=second)
    return text


def _gain(clicks: float) -> str:
    text: str = gettext(
        "An item in first place would get about %(clicks)s clicks a month there.",
        clicks=number(round(clicks)),
    )
    return text


def _of_views(uncommon: Uncommon) -> str:
    seen = uncommon.compared.seen
    text: str = gettext(
        "%(views)s views, %(clicked)s clicked: a rate of %(rate)s.",
        views=number(seen.views),
        clicked=number(seen.clicked),
        rate=known_rate(uncommon.compared.rate),
    )
    return text


def _replacement(item: str) -> str:
    return url_for("items.selected", action="replace", id=item, back=request.path)
