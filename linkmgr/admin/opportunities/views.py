"""Opportunities: rows of what to do next, each with its number and the link that acts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext

from linkmgr.admin.common.chips import name_of, name_of_variant
from linkmgr.admin.common.context import connection, get_admin, index_facts, site_index
from linkmgr.admin.common.pages import AdminPage, choice_of
from linkmgr.admin.common.security import safe_next
from linkmgr.admin.common.template_helpers import number, posts_in_words, rate, span
from linkmgr.admin.dashboard.wording import known_rate
from linkmgr.admin.health.shops import GonePage, gone_products
from linkmgr.admin.opportunities.reading import Opportunities, read_opportunities
from linkmgr.catalog.items import Cta
from linkmgr.catalog.model import Catalog
from linkmgr.earnings.admin_figures import money
from linkmgr.figures.opportunities import (
    BareTag,
    BetterPaid,
    DecidedTest,
    DoubtedCategory,
    EmptyPost,
    NoOrders,
    Opportunity,
    OutlierKind,
    Pay,
    RateOutlier,
)
from linkmgr.figures.views import BlockRank
from linkmgr.store.hints import Hint, HintKind, hints_aside, put_aside, take_back

page = Blueprint("opportunities", __name__, url_prefix="/admin/opportunities")
ADMIN_PAGE = AdminPage(page, lazy_gettext("Opportunities"), order=2, key="o")

# The most rows on the dashboard.
_MOST_FIRST = 4

# The most rows of a kind: each kind has a page with a list of its own.
_MOST_OF_KIND = 10

_LONGEST_SUBJECT = 200


class Motive(StrEnum):
    """Why something is worth doing: a tab has the rows of one reason."""

    BROKEN = "broken"
    EMPTY = "empty"
    UNCLICKED = "unclicked"
    UNPAID = "unpaid"
    CHANGED = "changed"
    DECIDED = "decided"


_REASONS: Mapping[HintKind, Motive] = {
    HintKind.GONE_ITEM: Motive.BROKEN,
    HintKind.BARE_POST: Motive.EMPTY,
    HintKind.BARE_TAG: Motive.EMPTY,
    HintKind.DOUBTED_CATEGORY: Motive.EMPTY,
    HintKind.RARE_ITEM: Motive.UNCLICKED,
    HintKind.RARE_PLACE: Motive.UNCLICKED,
    HintKind.UNPAID_ITEM: Motive.UNPAID,
    HintKind.UNPAID_POST: Motive.UNPAID,
    HintKind.OUTEARNED_ITEM: Motive.UNPAID,
    HintKind.RISEN_ITEM: Motive.CHANGED,
    HintKind.FALLEN_ITEM: Motive.CHANGED,
    HintKind.DECIDED_TEST: Motive.DECIDED,
}

_UNITS = {
    Motive.BROKEN: lazy_gettext("clicks a month lost"),
    Motive.EMPTY: lazy_gettext("clicks a month to gain"),
    Motive.UNCLICKED: lazy_gettext("clicks a month missed"),
    Motive.UNPAID: lazy_gettext("clicks a month earning little"),
    Motive.CHANGED: lazy_gettext("clicks vs the month before"),
    Motive.DECIDED: lazy_gettext("clicks a month to gain"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """An opportunity in words, with the link that acts."""

    hint: Hint

    clicks: float
    """The clicks in 30 days that are at stake, or by which a change made them more or fewer."""

    title: str
    text: str
    label: str
    address: str

    @property
    def reason(self) -> Motive:
        """The tab that has it."""
        return _REASONS[self.hint.kind]

    @property
    def number(self) -> str:
        """Its clicks as the page writes them: a sign says that they came or went."""
        sign = ""
        if self.reason is Motive.CHANGED:
            sign = "+" if self.clicks > 0 else "−"
        return sign + number(abs(round(self.clicks)))

    @property
    def unit(self) -> str:
        """What its number counts."""
        return str(_UNITS[self.reason])

    @property
    def tone(self) -> str:
        """`up` or `down` for what is better or worse than it was, empty for all else."""
        match self.reason:
            case Motive.BROKEN:
                return "down"
            case Motive.CHANGED:
                return "up" if self.clicks > 0 else "down"
        return ""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of all tabs, and those that the owner has put aside."""

    shown: Sequence[Row]
    aside: Sequence[Row]


@page.get("")
def index() -> str:
    """List what to do next, all of it or what has one reason."""
    opportunities = read_opportunities()
    rows = _read_rows(opportunities)
    reason = choice_of(Motive, "reason")
    counts = Counter(row.reason for row in rows.shown)
    return render_template(
        "opportunities/list.html",
        rows=[row for row in rows.shown if reason in (None, row.reason)],
        aside=rows.aside,
        reason=reason,
        every=len(rows.shown),
        counts=counts,
        opportunities=opportunities,
        site=get_admin().catalog().catalog.site,
        **index_facts(),
    )


@page.get("/first")
def first() -> str:
    """Return the card of the first rows, for the dashboard."""
    rows = _read_rows(read_opportunities()).shown
    # The dashboard has a notice of what is gone.
    others = [row for row in rows if row.hint.kind is not HintKind.GONE_ITEM]
    return render_template("opportunities/first.html", rows=others[:_MOST_FIRST], every=len(rows))


@page.post("/aside", endpoint="put_aside")
def put_opportunity_aside() -> ResponseReturnValue:
    """Leave an opportunity out from now on."""
    put_aside(get_admin().engine, _hint_sent())
    flash(gettext("Put aside: %(title)s", title=request.form.get("title", "")), "done")
    return _back()


@page.post("/back", endpoint="take_back")
def take_opportunity_back() -> ResponseReturnValue:
    """Show an opportunity again that was put aside."""
    take_back(get_admin().engine, _hint_sent())
    return _back()


def _hint_sent() -> Hint:
    kind = request.form.get("kind", "")
    if kind not in set(HintKind):
        abort(400)
    return Hint(HintKind(kind), request.form.get("subject", "")[:_LONGEST_SUBJECT])


def _back() -> ResponseReturnValue:
    return redirect(safe_next(request.form.get("next") or url_for("opportunities.index")), 303)


def _read_rows(opportunities: Opportunities) -> Rows:
    """Return the first rows of each kind, and those that were put aside."""
    catalog, put_away = get_admin().catalog().catalog, hints_aside(connection())
    words = _Words(catalog, opportunities)
    rows = [_gone(row) for row in gone_products() if row.items]
    for opportunity in opportunities.rows:
        row = words.row(opportunity)
        if row:
            rows.append(row)
    count_by_kind: Counter[HintKind] = Counter()
    shown, aside = [], []
    for row in rows:
        if row.hint in put_away:
            aside.append(row)
            continue
        count_by_kind[row.hint.kind] += 1
        if count_by_kind[row.hint.kind] <= _MOST_OF_KIND:
            shown.append(row)
    return Rows(shown, aside)


class _Words:
    """Puts opportunities into words, with the names of items and posts as they are now."""

    def __init__(self, catalog: Catalog, opportunities: Opportunities) -> None:
        self._catalog, self._opportunities = catalog, opportunities
        empty = [row for row in opportunities.rows if isinstance(row, EmptyPost)]
        unpaid = [row for row in opportunities.rows if isinstance(row, NoOrders)]
        self._first_empty = empty[0] if empty else None
        posts = [row.post for row in empty]
        posts += [row.value for row in unpaid if row.is_post]
        index = site_index()
        self._titles = index.titles(posts) if index else {}

    def row(self, opportunity: Opportunity) -> Row | None:  # noqa: C901, PLR0911 - one for each kind
        """Return the row of an opportunity, `None` for a post that is gone by now."""
        match opportunity:
            case EmptyPost():
                return self._bare_post(opportunity) if opportunity.post in self._titles else None
            case BareTag():
                return _bare_tag(opportunity)
            case DoubtedCategory():
                return _doubted_category(opportunity)
            case RateOutlier(kind=OutlierKind.ITEM):
                return self._rare_item(opportunity)
            case RateOutlier(kind=OutlierKind.PLACE):
                return self._rare_place(opportunity)
            case RateOutlier():
                return self._changed(opportunity)
            case NoOrders(is_post=True):
                return self._unpaid_post(opportunity) if opportunity.value in self._titles else None
            case NoOrders():
                return self._unpaid_item(opportunity)
            case BetterPaid():
                return self._outearned(opportunity)
            case DecidedTest():
                return self._decided(opportunity)

    def _bare_post(self, post: EmptyPost) -> Row:
        title = self._titles[post.post]
        text = _sentences(_reads(post.reads), _gain(post.worth))
        if post is self._first_empty and self._opportunities.posts > 1:
            others = gettext(
                "It is read most of %(posts)s without one.", posts=number(self._opportunities.posts)
            )
            text = _sentences(others, text)
        if self._catalog.products:
            heading = gettext("“%(post)s” shows no book or product", post=title)
            label = gettext("Add an item")
        else:
            heading = gettext("“%(post)s” shows no book", post=title)
            label = gettext("Add a book")
        address = url_for("posts.show", key=post.post, _anchor="item")
        hint = _hint(HintKind.BARE_POST, post.post)
        return Row(hint, post.worth, heading, text, label, address)

    def _rare_item(self, uncommon: RateOutlier) -> Row:
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
            _hint(HintKind.RARE_ITEM, str(uncommon.value)),
            uncommon.worth,
            gettext("%(item)s is seen and not clicked", item=self._name(str(uncommon.value))),
            text,
            gettext("Reword the card"),
            url_for("items.edit", item=uncommon.value, _anchor=self._text_field(uncommon)),
        )

    def _rare_place(self, uncommon: RateOutlier) -> Row:
        block, rank = BlockRank(*uncommon.value)
        others = gettext(
            "The same items at the block’s other places: %(rate)s. One card fewer would cost no "
            "more than these %(clicks)s clicks.",
            rate=rate(uncommon.compared.others),
            clicks=number(uncommon.compared.seen.clicked),
        )
        return Row(
            _hint(HintKind.RARE_PLACE, f"{block}.{rank}"),
            uncommon.worth,
            gettext("Place %(rank)s of “%(block)s” is rarely clicked", rank=rank, block=block),
            _sentences(_of_views(uncommon), others),
            gettext("See the block"),
            url_for("settings.block", name=block, _anchor="limit"),
        )

    def _changed(self, uncommon: RateOutlier) -> Row:
        compared = uncommon.compared
        item = str(uncommon.value)
        if compared.ratio > 1:
            kind, clicks = HintKind.RISEN_ITEM, compared.worth
            title = gettext("%(item)s: click rate up", item=self._name(item))
        else:
            kind, clicks = HintKind.FALLEN_ITEM, -compared.worth
            title = gettext("%(item)s: click rate down", item=self._name(item))
        return Row(
            _hint(kind, item),
            clicks,
            title,
            gettext(
                "From %(before)s to %(now)s in the same places: more than chance explains.",
                before=rate(compared.others),
                now=known_rate(compared.rate),
            ),
            gettext("See the item"),
            url_for("items.item", item=item),
        )

    def _unpaid_item(self, unpaid: NoOrders) -> Row:
        text = gettext(
            "By the orders of your other items, about %(orders)s were likely.",
            orders=number(round(unpaid.expected)),
        )
        label, address = gettext("See the item"), url_for("items.item", item=unpaid.value)
        if unpaid.better:
            item, pay = unpaid.better
            better = gettext(
                "%(item)s, on the same tags, earns %(money)s per hundred clicks.",
                item=self._name(item),
                money=self._per_hundred(pay),
            )
            text = _sentences(text, better)
            label, address = gettext("Replace it"), _replacement(unpaid.value, item)
        return Row(
            _hint(HintKind.UNPAID_ITEM, unpaid.value),
            unpaid.worth,
            gettext(
                "%(item)s: %(clicks)s clicks, no order",
                item=self._name(unpaid.value),
                clicks=number(unpaid.clicks),
            ),
            self._of_earned_days(text),
            label,
            address,
        )

    def _unpaid_post(self, unpaid: NoOrders) -> Row:
        return Row(
            _hint(HintKind.UNPAID_POST, unpaid.value),
            unpaid.worth,
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

    def _outearned(self, outearned: BetterPaid) -> Row:
        return Row(
            _hint(HintKind.OUTEARNED_ITEM, outearned.item),
            outearned.worth,
            gettext(
                "%(better)s earns more than %(item)s",
                better=self._name(outearned.better),
                item=self._name(outearned.item),
            ),
            self._of_earned_days(
                gettext(
                    "Both are shown for the same tags. Per hundred clicks, %(better)s earns "
                    "%(more)s, %(item)s %(money)s.",
                    better=self._name(outearned.better),
                    more=self._per_hundred(outearned.better_pay),
                    item=self._name(outearned.item),
                    money=self._per_hundred(outearned.pay),
                )
            ),
            gettext("Replace it"),
            _replacement(outearned.item, outearned.better),
        )

    def _decided(self, test: DecidedTest) -> Row:
        text = gettext("Shown to all readers, it would add these clicks.")
        if isfinite(test.ratio):
            ratio = number(round(test.ratio, 1))
            better = gettext(
                "It is clicked %(ratio)s times as often as the next best.", ratio=ratio
            )
            text = _sentences(better, text)
        return Row(
            _hint(HintKind.DECIDED_TEST, test.test),
            test.worth,
            gettext(
                "The test of %(item)s is decided: “%(variant)s”",
                item=self._name(test.item),
                variant=name_of_variant(self._catalog, test.item, test.winner),
            ),
            text,
            gettext("See the test"),
            url_for("items.test", test=test.test),
        )

    def _of_earned_days(self, text: str) -> str:
        """Return a text about earnings with their days, which are not those of the page's head."""
        days = self._opportunities.earned_days
        if days is None:
            return text
        return _sentences(text, gettext("Figures of %(days)s.", days=span(days)))

    def _name(self, item: str) -> str:
        known = self._catalog.items.get(item)
        return name_of(known) if known else item

    def _text_field(self, uncommon: RateOutlier) -> str:
        """Return the field of an item's form with the text that readers see first."""
        item = self._catalog.items.get(str(uncommon.value))
        return "heading" if isinstance(item, Cta) else "blurb"

    def _per_hundred(self, pay: Pay) -> str:
        return money(100 * pay.per_click, self._opportunities.currency)


def _gone(row: GonePage) -> Row:
    item = row.items[0]
    clicks = ngettext(
        "%(clicks)s click in 30 days leads nowhere.",
        "%(clicks)s clicks in 30 days lead nowhere.",
        row.clicks,
        clicks=number(row.clicks),
    )
    return Row(
        _hint(HintKind.GONE_ITEM, item.id),
        row.clicks,
        gettext("%(item)s is gone from its shop", item=item.title),
        clicks,
        gettext("Replace it"),
        _replacement(item.id),
    )


def _bare_tag(tag: BareTag) -> Row:
    posts = ngettext(
        "%(num)s post, and no rule has it.",
        "%(num)s posts, and no rule has it.",
        tag.posts,
        num=number(tag.posts),
    )
    chosen: dict[str, Any] = {tag.kind: tag.tag}
    return Row(
        _hint(HintKind.BARE_TAG, f"{tag.kind} {tag.tag}"),
        tag.worth,
        gettext("%(tag)s has readers and no items", tag=tag.tag),
        _sentences(posts, _sentences(_reads(tag.reads), _gain(tag.worth))),
        gettext("Add items"),
        url_for("mappings.new", **chosen, _anchor="add"),
    )


def _doubted_category(doubted: DoubtedCategory) -> Row:
    return Row(
        _hint(HintKind.DOUBTED_CATEGORY, doubted.category),
        doubted.worth,
        gettext(
            "Does the category %(category)s fit these %(posts)s?",
            category=doubted.category,
            posts=posts_in_words(doubted.posts),
        ),
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


def _hint(kind: HintKind, subject: str) -> Hint:
    return Hint(kind, subject[:_LONGEST_SUBJECT])


def _reads(reads: int) -> str:
    return str(
        ngettext("Read %(count)s time.", "Read %(count)s times.", reads, count=number(reads))
    )


def _gain(clicks: float) -> str:
    text: str = gettext(
        "An item in first place would get about %(clicks)s clicks a month there.",
        clicks=number(round(clicks)),
    )
    return text


def _of_views(uncommon: RateOutlier) -> str:
    seen = uncommon.compared.seen
    text: str = gettext(
        "%(views)s views, %(clicked)s clicked: a rate of %(rate)s.",
        views=number(seen.views),
        clicked=number(seen.clicked),
        rate=known_rate(uncommon.compared.rate),
    )
    return text


def _replacement(item: str, by: str = "") -> str:
    """Return where an item is replaced; `by` or else what fits best is filled in there."""
    back = url_for("opportunities.index")
    return url_for("items.selected", action="replace", id=item, by=by, back=back)
