"""The clicks of a period, what was earned, and the server's health."""

from datetime import UTC, date, datetime
from typing import Any

from flask import Blueprint, Response, request

from linkmgr.admin.api.responses import Refusal, answer, whole_number
from linkmgr.admin.common.context import connection, get_admin, reading, site_index, today
from linkmgr.admin.health.facts import health_facts
from linkmgr.check.last_result import LastResult
from linkmgr.check.online import ShopPage
from linkmgr.clicks.counts import TABLES, Dimension
from linkmgr.clicks.periods import Period, day_in, last_days
from linkmgr.earnings.admin_figures import MonthOrYear, earnings_in, titled_earnings
from linkmgr.earnings.figures import By as EarnedBy
from linkmgr.earnings.figures import currencies
from linkmgr.earnings.report import earnings_json
from linkmgr.experiments.variants import read_tests, variants_json
from linkmgr.figures.posts import titles_of_values
from linkmgr.figures.report import table_json
from linkmgr.figures.table import Query, table, with_comparisons
from linkmgr.messages.message import message

_MOST_DAYS = 36500

blueprint = Blueprint("figures", __name__)


@blueprint.get("/stats")
def stats() -> Response:
    """Return the clicks of a period by one dimension."""
    by = Dimension(_one_of("by", TABLES, Dimension.ITEM.value))
    catalog = get_admin().catalog().catalog
    zone = catalog.site.timezone
    period = _period(day_in(zone, datetime.now(UTC)))
    opened = site_index()
    tags = opened.tags_by_post if opened else dict
    query = Query(period=period, timezone=zone, by=by, compared=period.before, tags=tags)
    titles = titles_of_values(by, catalog, get_admin().settings.site_folder)
    figures = with_comparisons(reading(), table(reading(), query))
    return answer(table_json(figures.titled(titles)))


@blueprint.get("/earnings")
def earnings() -> Response:
    """Return what was earned in a month or year by one dimension."""
    known = currencies(connection())
    if not known:
        raise Refusal(404, message("api.no-earnings"))
    by = _one_of("by", tuple(EarnedBy), EarnedBy.ITEM.value)
    currency = _one_of("currency", tuple(known), known[0])
    span = MonthOrYear.read(request.args.get("period", f"{today():%Y-%m}"))
    if span is None:
        raise Refusal(400, message("api.month-or-year", name="period", example=f"{today():%Y-%m}"))
    table = titled_earnings(earnings_in(currency).table(EarnedBy(by), span.period))
    return answer(earnings_json(table))


def _one_of(name: str, options: tuple[str, ...], usual: str) -> str:
    """Return which of some options the query names. Raise Refusal."""
    text = request.args.get(name, usual)
    if text not in options:
        raise Refusal(400, message("api.one-of", name=name, options=options))
    return text


@blueprint.get("/tests")
def tests() -> Response:
    """Return what all tests of variants say, those that run first."""
    all_tests = read_tests(connection(), get_admin().catalog().catalog)
    return answer({"tests": variants_json(connection(), all_tests)})


@blueprint.get("/health")
def health() -> Response:
    """Return the server's health."""
    facts = health_facts(get_admin(), connection())
    worker, spool, counters = facts.reports.worker, facts.reports.spool, facts.reports.counters
    loader = None
    if worker:
        loader = {
            "lag": worker.load_lag,
            "loaded": worker.loaded,
            "repeated": worker.repeated,
            "capped": worker.capped,
            "folded": worker.folded,
            "damaged": worker.damaged,
            "reports": worker.reports,
            "capped_views": worker.capped_views,
            "last_click": facts.last_click and _time(facts.last_click / 1000),
        }
    redirecting = []
    for target in facts.still_redirecting:
        deleted = target.deleted and target.deleted.isoformat()
        redirecting.append({"id": target.item, "url": target.url, "deleted": deleted})
    return answer(
        {
            "status": "ok" if facts.well else "degraded",
            "faults": facts.faults,
            "catalog": {
                "problems": facts.problems,
                "revision": facts.revision,
                "items": facts.items,
            },
            "targets": {
                "problems": facts.unpublished,
                "published": facts.published and _time(facts.published),
            },
            "spool": spool and {"bytes": spool.waiting, "age": round(spool.age, 1)},
            "loader": loader,
            "lost_clicks": counters.lost,
            "lost_reports": counters.lost_reports,
            "check": facts.checked and _check(facts.checked),
            "shop_pages": [_shop_page(page) for page in facts.shop_pages if page.is_reported],
            "schema": {"present": facts.schema.revision, "needed": facts.schema.needed},
            "leading_on": redirecting,
        }
    )


def _check(checked: LastResult) -> dict[str, Any]:
    """Return the result of the last check of the built pages."""
    findings = [
        {
            "wrong": finding.code.name,
            "what": finding.what,
            "page": finding.page,
            "pages": finding.pages,
            "file": finding.file,
            "line": finding.line,
        }
        for finding in checked.findings
    ]
    return {
        "time": _time(checked.time),
        "folder": checked.folder,
        "pages": checked.pages,
        "counts": {code.name: count for code, count in checked.counts.items()},
        "findings": findings,
    }


def _shop_page(page: ShopPage) -> dict[str, Any]:
    """Return a page of a shop's that is gone or unreadable."""
    return {
        "url": page.url,
        "state": page.state.value,
        "answer": page.answer and page.answer.value,
        "looked": page.looked and _time(page.looked / 1000),
        "page": page.place,
        "pages": page.places,
    }


def _period(today: date) -> Period:
    """Return the period that the query asks for. Raise Refusal."""
    until = _day("until", today)
    if "since" in request.args and "days" in request.args:
        raise Refusal(400, message("api.days-with-since"))
    if "since" in request.args:
        name = "since"
        days = (until - _day(name, today)).days + 1
    else:
        name = "days"
        days = whole_number(name, 30, _MOST_DAYS)
    # The period before must be valid, too.
    if not 1 <= days <= _MOST_DAYS or until.toordinal() < 2 * days:
        raise Refusal(400, message("api.period", name=name, most=_MOST_DAYS))
    return last_days(days, until)


def _day(name: str, default: date) -> date:
    try:
        return date.fromisoformat(request.args.get(name, default.isoformat()))
    except ValueError:
        raise Refusal(400, message("api.day", name=name, example=default.isoformat())) from None


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
