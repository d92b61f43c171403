"""`linkmgr digest`: a week of a blog in one Markdown text, for the mail of cron or a timer.

It says what broke, ends or is gone, each with the page of the admin that acts, then the figures
beside those of the week before. Weeks are those of the calendar. Each piece of news is told by one
week's digest: the record (`store/digests.py`) knows by which. So the digest of a week can be made
as often as wanted, and one that was not delivered is made again.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from urllib.parse import quote, urlencode

from babel.dates import format_date, format_interval
from babel.numbers import format_decimal, format_percent
from sqlalchemy import Connection

from linkmgr.catalog.items import ORIGINAL, Good, Item, Price, ShopLink
from linkmgr.catalog.model import Catalog
from linkmgr.check.findings import ONLINE_CODES, CheckCode, Severity
from linkmgr.check.last_result import LastResult
from linkmgr.check.online import ShopPage
from linkmgr.check.shop_links import items_by_page
from linkmgr.clicks.counts import Counts, Dimension
from linkmgr.clicks.periods import Period, day_in
from linkmgr.earnings.digest_lines import earned_lines
from linkmgr.experiments.opportunities import decided_tests
from linkmgr.experiments.variants import read_tests
from linkmgr.figures.queries import Reading
from linkmgr.figures.rates import seen_rate
from linkmgr.figures.report import Counted, Sum, figure_columns
from linkmgr.figures.table import Query, Table, item_titles, table
from linkmgr.links.programmes.shops import PRESETS
from linkmgr.messages.message import Message, current_language, join_texts, message, translate
from linkmgr.reports import Column, Kind, Output
from linkmgr.store.digests import DigestRecord
from linkmgr.store.instance.checks import HealthCheck, InstancePart
from linkmgr.store.shop_pages import linked_pages

_DAY = timedelta(days=1)
_WEEK = 7 * _DAY

_MOST_CLICKED = 5


def week_of(day: date) -> Period:
    """Return the week of the calendar that a day is in, from Monday to Sunday."""
    monday = day - day.weekday() * _DAY
    return Period(monday, monday + _WEEK - _DAY)


def last_week(today: date) -> Period:
    """Return the last week that is over."""
    return week_of(today - _WEEK)


@dataclass(frozen=True, slots=True)
class DigestSources:
    """What a digest is made from."""

    connection: Connection
    catalog: Catalog
    checks: Sequence[HealthCheck]
    """The list that Health and `doctor` show."""

    checked: LastResult | None
    """What the last `linkmgr check` found on the built pages."""

    admin: str
    """The address at which the owner opens the admin."""

    now: datetime

    @property
    def today(self) -> date:
        """The day on which the digest is made, in the site's time zone."""
        return day_in(self.catalog.site.timezone, self.now)


@dataclass(frozen=True, slots=True)
class Digest:
    """A week's digest; its `text` is empty where there is nothing to tell."""

    text: str
    record: DigestRecord | None
    """What is known to the owner once the text is delivered; `None` before any digest."""


def make_digest(sources: DigestSources, week: Period, record: DigestRecord | None) -> Digest:
    """Return the digest of a week that is over.

    That of the last week has all that no earlier one told. That of an earlier week has what it
    told then, as far as it still holds, and changes no record.
    """
    pages = linked_pages(sources.connection)
    first_week = record.since if record else week.since
    findings = dict(_findings(sources.checked))
    news = [
        *_failed_checks(sources.checks),
        *_gone_pages(sources, pages, week),
        *_ending_items(sources, Period(first_week, week.until + _WEEK)),
        *_old_prices(sources, week.until),
        *_decided_tests(sources),
    ]
    told = record.told if record else {}
    if week == last_week(sources.today):
        present = {own.key for own in news} | findings.keys() | _keys_of_failing(pages)
        told = {key: told.get(key, week.until) for key in present}
        record = DigestRecord(sources.now.timestamp(), first_week, week.until, told)
    of_week = {key for key, until in told.items() if until == week.until}
    news = [
        *_news_of_findings(code for key, code in findings.items() if key in of_week),
        *(own for own in news if own.key in of_week),
    ]
    figures = _figures(sources, week)
    if not news and not figures:
        return Digest("", record)
    return Digest(_text(sources, week, news, figures), record)


# News.


class Topic(StrEnum):
    """What news is about, in the order in which it is told."""

    BROKEN = "broken"
    GONE = "gone"
    ENDING = "ending"
    PRICE = "price"
    TEST = "test"

    @property
    def heading(self) -> Message:
        """The heading of its part."""
        return message(f"digest.topic-{self.value}")


@dataclass(frozen=True, slots=True)
class News:
    """Something that the owner should know, with what to do about it."""

    key: str
    """What tells it from all other news: what happens again has another one."""

    topic: Topic
    text: Message
    action: Message | None
    """What to do; `None` where the text says it."""
    path: str = ""
    """The page of the admin for the action."""

    address: str = ""
    """The page that is gone, to look for oneself."""


def _failed_checks(checks: Sequence[HealthCheck]) -> Iterator[News]:
    """Yield the checks that fail, but those of pages and shops, whose news are told one by one."""
    for check in checks:
        if (
            check.fails
            and check.text
            and check.part not in {InstancePart.PAGES, InstancePart.SHOPS}
        ):
            text = message("digest.check", sentence=check.text)
            # Health has no part of what only `linkmgr doctor` asks servers for.
            see = message("digest.see-health") if check.part is not InstancePart.NETWORK else None
            key = f"check {check.name} {check.sentence.code if check.sentence else ''}"
            yield News(key, Topic.BROKEN, text, see, "/admin/health")


def _findings(checked: LastResult | None) -> Iterator[tuple[str, CheckCode]]:
    """Yield the faults of the built pages, by a key."""
    for finding in checked.findings if checked else ():
        if finding.code.severity is not Severity.NOTE and finding.code not in ONLINE_CODES:
            named = f"{finding.code} {finding.page} {finding.what}"
            yield f"page {sha256(named.encode()).hexdigest()[:16]}", finding.code


def _news_of_findings(codes: Iterator[CheckCode]) -> Iterator[News]:
    """Yield the new problems of the built pages, those of a kind together."""
    for code, count in Counter(codes).items():
        text = message("digest.finding", meaning=code.meaning, count=count, remedy=code.remedy)
        see = message("digest.see-places")
        yield News(code.name, Topic.BROKEN, text, see, f"/admin/health/check/{code.name}")


def _key_of_failing(page: ShopPage) -> str:
    return f"gone {page.url} {page.since}"


def _keys_of_failing(pages: Sequence[ShopPage]) -> set[str]:
    """Return the keys of failing pages, also of those that the last look did not reach."""
    return {_key_of_failing(page) for page in pages if page.since is not None}


def _gone_pages(sources: DigestSources, pages: Sequence[ShopPage], week: Period) -> Iterator[News]:
    """Yield the shops' pages that are gone or unreachable, those with most clicks first."""
    catalog = sources.catalog
    items_of = items_by_page(catalog)
    counts = Reading(sources.connection).sums(Dimension.ITEM, week)
    gone: list[tuple[int, News]] = []
    for page in pages:
        if not page.is_reported or page.answer is None:
            continue
        items = [catalog.items[name] for name in items_of.get(page.url, ())]
        if items and all(item.retired for item in items):
            continue  # it leaves the pages with the next build
        clicks = sum(counts.get(item.id, Counts()).clicks for item in items)
        answer, since = page.answer.meaning, _since(page, catalog.site.timezone)
        if items:
            text = message(
                "digest.gone",
                item=_plain(items[0].title),
                answer=answer,
                since=since,
                count=clicks,
            )
            action = message("digest.replace")
            asked = {"action": "replace", "id": items[0].id}
            path = f"/admin/selected-items?{urlencode(asked)}"
        else:
            text = message(
                "digest.gone-by-hand",
                place=page.place,
                answer=answer,
                since=since,
                count=page.places,
            )
            action, path = message("digest.see-shops"), "/admin/health/shops"
        news = News(_key_of_failing(page), Topic.GONE, text, action, path, page.url)
        gone.append((clicks, news))
    gone.sort(key=lambda row: -row[0])
    for _, news in gone:
        yield news


def _since(page: ShopPage, timezone: str) -> str:
    """Return the day on which a look at a page first failed."""
    return _day(day_in(timezone, datetime.fromtimestamp((page.since or 0) / 1000, UTC)))


def _ending_items(sources: DigestSources, days: Period) -> Iterator[News]:
    """Yield the items whose last day is in some days, the first to end first."""
    ending: list[tuple[date, Item]] = []
    for item in sources.catalog.items.values():
        until = item.validity.until
        if not item.retired and until and days.since <= until <= days.until:
            ending.append((until, item))
    ending.sort(key=lambda row: row[0])
    for until, item in ending:
        code = "digest.ended" if until < sources.today else "digest.ends"
        text = message(code, item=_plain(item.title), day=_day(until))
        action = message("digest.extend")
        yield News(f"end {item.id} {until}", Topic.ENDING, text, action, _form_of(item))


def _old_prices(sources: DigestSources, until: date) -> Iterator[News]:
    """Yield the prices that are shown no more after a day, those that ended first first."""
    catalog = sources.catalog
    old: list[tuple[date, News]] = []
    for item in catalog.items.values():
        if not isinstance(item, Good) or item.has_ended(sources.today):
            continue
        for shop, name, price in _prices(catalog, item):
            last = _last_day(price, catalog.site.price_days)
            if last <= until:
                text = message(
                    "digest.old-price",
                    item=_plain(item.title),
                    shop=_plain(name),
                    price=_plain(price.amount),
                    seen=_day(price.day),
                    day=_day(last),
                )
                key = f"price {item.id} {shop} {last}"
                action = message("digest.enter-price")
                old.append((last, News(key, Topic.PRICE, text, action, _form_of(item))))
    old.sort(key=lambda row: row[0])
    for _, news in old:
        yield news


def _prices(catalog: Catalog, good: Good) -> Iterator[tuple[str, str, Price]]:
    """Yield the prices of a good, each with its shop's key and name."""
    sold: Sequence[Good | ShopLink] = (good, *good.shops)
    for shop in sold:
        if shop.price:
            name = catalog.programmes[shop.programme].name
            if shop.preset:
                name = PRESETS[shop.preset].names[current_language()]
            key = shop.key if isinstance(shop, ShopLink) else shop.programme
            yield key, shop.label or name, shop.price


def _last_day(price: Price, days: int) -> date:
    """Return the last day on which a price is shown."""
    last = price.day + days * _DAY
    return min(last, price.validity.until or last)


def _decided_tests(sources: DigestSources) -> Iterator[News]:
    """Yield the tests that run on though they have a winner."""
    for decided in decided_tests(read_tests(sources.connection, sources.catalog)):
        item = sources.catalog.items[decided.item]
        text = message("digest.original-wins", item=_plain(item.title))
        if decided.winner != ORIGINAL:
            variant = next(own for own in item.variants if own.id == decided.winner)
            wording = variant.heading or variant.label or variant.text or variant.blurb
            text = message(
                "digest.variant-wins",
                item=_plain(item.title),
                variant=_plain(wording or variant.item or variant.id),
            )
        action, path = message("digest.see-test"), f"/admin/tests/{quote(decided.test)}"
        yield News(f"test {decided.test} {decided.winner}", Topic.TEST, text, action, path)


def _form_of(item: Item) -> str:
    return f"/admin/items/{quote(item.id)}/edit"


# The week's figures.


def _figures(sources: DigestSources, week: Period) -> list[str]:
    """Return the lines of a week's figures; none where nothing was counted or earned."""
    timezone = sources.catalog.site.timezone
    counted = table(Reading(sources.connection), Query(period=week, timezone=timezone))
    lines: list[str] = []
    if _has_readers(counted.now.sum) or _has_readers(counted.before.sum):
        lines += _counted_lines(counted)
    lines += earned_lines(sources.connection, week, has_clicks=bool(lines))
    if most := _most_clicked(counted, item_titles(sources.catalog)):
        lines.append(most)
    return lines


def _has_readers(counts: Counts) -> bool:
    return counts.clicks > 0 or counts.views > 0


def _counted_lines(counted: Table) -> Iterator[str]:
    """Yield clicks, visitors, views and their rate, beside the week before."""
    with_views = counted.now.sum.views > 0
    now, before = Sum(counted.now.sum), Sum(counted.before.sum)
    for column in figure_columns(Output.PAGE, with_views=with_views):
        if column.kind is Kind.COUNT:
            yield _count_line(column, now, before)
        elif column.kind is Kind.RATE:
            yield _rate_line(column, now, before)


def _count_line(column: Column[Counted], now: Counted, before: Counted) -> str:
    new, old = column.read(now) or 0, column.read(before) or 0
    if not old:
        return translate(message("digest.count", title=column.title, now=_number(new)))
    return translate(
        message(
            "digest.count-beside",
            title=column.title,
            now=_number(new),
            before=_number(old),
            change=_change(new, old),
        )
    )


def _rate_line(column: Column[Counted], now: Counted, before: Counted) -> str:
    rate, old = seen_rate(now.counts), seen_rate(before.counts)
    if rate is None or not rate.is_conclusive:
        return translate(message("digest.rate-unsure", title=column.title))
    facts = {
        "title": column.title,
        "now": _percent(rate.rate),
        "low": _percent(rate.low),
        "high": _percent(rate.high),
    }
    if old is None or not old.is_conclusive:
        return translate(message("digest.rate", **facts))
    return translate(message("digest.rate-beside", before=_percent(old.rate), **facts))


def _most_clicked(counted: Table, titles: Mapping[str, str]) -> str:
    """Return a line with the items that were clicked most, empty without any."""
    most = []
    for line in counted.lines[:_MOST_CLICKED]:
        if line.counts.clicks:
            title = _plain(titles.get(line.value, line.value))
            clicks = _number(line.counts.clicks)
            most.append(translate(message("digest.item-clicks", item=title, clicks=clicks)))
    return translate(message("digest.most-clicked", items=join_texts(most))) if most else ""


# The text.


def _text(
    sources: DigestSources, week: Period, news: Sequence[News], figures: Sequence[str]
) -> str:
    """Write the Markdown."""
    site, admin = _plain(sources.catalog.site.name), sources.admin
    parts = [f"# {translate(message('digest.title', site=site, week=_span(week)))}"]
    for topic in Topic:
        lines = [f"- {_line(own, admin)}" for own in news if own.topic is topic]
        if lines:
            parts.append("\n".join([f"## {translate(topic.heading)}", "", *lines]))
    if figures:
        lines = [f"- {line}" for line in figures]
        parts.append("\n".join([f"## {translate(message('digest.figures'))}", "", *lines]))
    links = (
        _link(message("digest.dashboard"), f"{admin}/admin/"),
        _link(message("digest.opportunities"), f"{admin}/admin/opportunities"),
    )
    parts.append(" · ".join(links))
    return "\n\n".join(parts) + "\n"


def _line(news: News, admin: str) -> str:
    line = translate(news.text)
    if news.action:
        line += f" {_link(news.action, admin + news.path)}"
    return f"{line} <{quote(news.address, safe=_ADDRESS)}>" if news.address else line


# What an address may have within angle brackets.
_ADDRESS = "!#$%&'()*+,/:;=?@[]~"


def _link(label: Message, address: str) -> str:
    return f"[{translate(label)}]({address})"


_MARKUP = re.compile(r"[\\`*_\[\]<>|]")


def _plain(text: str) -> str:
    """Return a text of the owner's as one line in which Markdown reads no markup."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))


def _number(value: float) -> str:
    return str(format_decimal(value, locale=current_language()))


def _percent(share: float) -> str:
    return str(format_percent(share, "#,##0.0%", locale=current_language()))


def _change(now: float, before: float) -> str:
    return f"{now / before - 1:+,.0%}".replace("-", "−")


def _day(day: date) -> str:
    return str(format_date(day, "medium", locale=current_language()))


def _span(period: Period) -> str:
    return str(format_interval(period.since, period.until, "yMMMd", locale=current_language()))
