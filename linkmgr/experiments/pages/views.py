"""Tests of variants: the list of them, what one has shown so far, and what is decided by it."""

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor, log, log10
from typing import Any, Self

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from linkmgr.admin.common.chips import name_of, name_of_variant
from linkmgr.admin.common.context import connection, current_user, get_admin, today
from linkmgr.admin.common.drawing import Lines, Mark, Tick
from linkmgr.admin.common.template_helpers import day, percent
from linkmgr.admin.editing import edits
from linkmgr.admin.editing.edits import Change
from linkmgr.admin.editing.forms import error_text
from linkmgr.admin.editing.impact import flash_saved
from linkmgr.admin.health.status import find_status
from linkmgr.admin.items.forms import raw_item
from linkmgr.admin.items.views import page
from linkmgr.catalog.editing.edit import replace_entry
from linkmgr.catalog.items import ORIGINAL, Item
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.parse import CatalogText
from linkmgr.catalog.variants import VariantTest, variant_tests
from linkmgr.clicks.counts import ViewCounts
from linkmgr.experiments.opportunities import decided_tests
from linkmgr.experiments.pages import starting
from linkmgr.experiments.variants import (
    MOST,
    CountedTest,
    about,
    evidence_text,
    posts_differ,
    ratio_message,
    read_tests,
    verdict_message,
)
from linkmgr.experiments.verdict import Verdict, probabilities_of_best
from linkmgr.figures.rates import Rate, reported_rate
from linkmgr.messages.errors import Conflict, LinkmgrError
from linkmgr.messages.message import join_texts, translate
from linkmgr.store.revisions import Action, Entry

templates = Blueprint("experiments", __name__, template_folder="templates")
"""What has the templates; the addresses are among those of items."""

page.add_url_rule("/tests/start", "choose_test", starting.choose)
page.add_url_rule("/tests/start/<item>", "start_test", starting.ask)
page.add_url_rule("/tests/start/<item>", "begin_test", starting.start, methods=["POST"])


@page.get("/tests", endpoint="tests")
def index() -> str:
    """List all tests, those that run first."""
    catalog = get_admin().catalog().catalog
    tests = read_tests(connection(), catalog)
    return render_template(
        "experiments/tests.html",
        tests=tests,
        names={test.item: _name(catalog, test.item) for test in tests},
        says=lambda test: headline(test, TestWords.of_test(catalog, test)),
        waits=_waits_for_build,
        startable=starting.startable_items(catalog),
    )


@page.get("/tests/<test>", endpoint="test")
def show(test: str) -> str:
    """Show what a test says by now, and what can be decided by it."""
    return _page(test)


def _page(test: str, problem: str = "") -> str:
    seen = get_admin().catalog()
    catalog = seen.catalog
    counted = next(iter(read_tests(connection(), catalog, test)), None) or abort(404)
    verdict = counted.verdict
    rows, words = _rows(catalog, counted), TestWords.of_test(catalog, counted)
    return render_template(
        "experiments/test.html",
        test=counted,
        item=catalog.items.get(counted.item),
        name=_name(catalog, counted.item),
        verdict=verdict,
        headline=headline(counted, words),
        words=words,
        gained=next((decided.worth for decided in decided_tests([counted])), 0),
        ratio=lambda pair: translate(ratio_message(pair)),
        evidence_text=evidence_text,
        rows=rows,
        best=join_texts(f"{words.short(row.name)} {percent(row.best)}" for row in rows),
        scale=_scale([row.rate.high for row in rows if row.rate]),
        evidence=draw_evidence(verdict) if verdict.days else None,
        evidence_width=_evidence_width(verdict),
        about=about,
        wait=_wait(counted),
        began_today=counted.since >= today(),
        ran=starting.length_text((today() - counted.since).days),
        waits=_waits_for_build(counted),
        differs=not counted.by_post and posts_differ(connection(), counted),
        weights=[*dict.fromkeys(tuple(part.weights.values()) for part in counted.segments)],
        revision=seen.revision.id,
        site=catalog.site,
        problem=problem,
    )


def _waits_for_build(test: CountedTest) -> bool:
    """Whether no page shows a test yet: none has reported it, and there is something to build."""
    return test.is_unseen and find_status().waits_for_build


def _name(catalog: Catalog, item: str) -> str:
    """Return the name of an item, its id if it was deleted."""
    present = catalog.items.get(item)
    return name_of(present) if present else item


@dataclass(frozen=True, slots=True)
class TestWords:
    """What the variants of a test are called: by what they say, once there are several new ones."""

    texts: dict[str, str]
    """What each new variant says otherwise than the item as it is."""

    @classmethod
    def of_test(cls, catalog: Catalog, test: CountedTest) -> Self:
        """Return the words for a test's variants, which the catalog has while it is running."""
        variants = [name for name in test.verdict.variants if name != ORIGINAL]
        if not test.is_running:
            return cls({name: name for name in variants})
        return cls({name: name_of_variant(catalog, test.item, name) for name in variants})

    def short(self, variant: str) -> str:
        """Return what a variant is called in a table."""
        if variant == ORIGINAL:
            return str(gettext("Present wording"))
        if len(self.texts) == 1:
            return str(gettext("New wording"))
        return str(gettext("“%(text)s”", text=self.texts[variant]))

    def within(self, variant: str) -> str:
        """Return what a variant is called within a sentence."""
        if variant == ORIGINAL:
            return str(gettext("the present wording"))
        if len(self.texts) == 1:
            return str(gettext("the new wording"))
        return self.short(variant)

    def leading(self, variant: str) -> str:
        """Return what a variant is called at the beginning of a sentence."""
        name = self.within(variant)
        return name[:1].upper() + name[1:]


def headline(test: CountedTest, words: TestWords) -> str:
    """Say in a sentence what a test shows by now."""
    verdict = test.verdict
    if verdict.winner and not test.by_post:
        if verdict.winner == ORIGINAL or not test.is_running:
            return str(gettext("%(wording)s wins", wording=words.leading(verdict.winner)))
        return str(gettext("The new wording wins: “%(text)s”", text=words.texts[verdict.winner]))
    is_open = verdict.clicked and not (test.by_post or test.doubt)
    if not (is_open and verdict.more_clicks) or verdict.closest.now >= verdict.threshold:
        return translate(verdict_message(test))
    name = words.leading(verdict.leader)
    return str(gettext("%(wording)s is ahead. It may still be chance", wording=name))


_GOAL_AT = 80
"""Where the evidence that decides is on its scale, in percent."""


def _evidence_width(verdict: Verdict) -> float:
    """Return how far the evidence of the closest pair has come, in percent of a log scale."""
    evidence = max(verdict.closest.now, 1.0)
    return round(min(_GOAL_AT * log(evidence) / log(verdict.threshold), 100), 1)


@dataclass(frozen=True, slots=True)
class ShownVariant:
    """A variant: what was counted of it, its rate, and how probably that is the highest.

    While the test runs `shown` is the item that it shows and `card` a page with that; empty where a
    template of the site's fails.
    """

    name: str
    seen: ViewCounts
    rate: Rate | None
    best: float
    shown: Item | None
    card: str


def _rows(catalog: Catalog, test: CountedTest) -> list[ShownVariant]:
    item = catalog.items.get(test.item)
    running = VariantTest.of_item(catalog, item) if item and test.is_running else None
    shows = running.shows if running else {}
    best = probabilities_of_best(test.verdict.variants)
    rows = []
    for name, seen in test.verdict.variants.items():
        shown = shows.get(name)
        page = starting.card_page(catalog, shown) if shown else ""
        rate = reported_rate(seen)
        rows.append(ShownVariant(name, seen, rate, best[name], shown, page))
    return rows


def _scale(shares: list[float]) -> float:
    """Return a round share that is not below any: 1, 2 or 5 and zeros."""
    most = max(shares, default=0.01)
    power: float = 10.0 ** floor(log10(most))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= most)


# The clicks of so many days say how fast they come.
_PACE = 14


def _wait(test: CountedTest) -> str:
    """Write how long the missing clicks take at the pace of late; empty where nobody can say."""
    until = today()
    since = max(until - timedelta(days=_PACE - 1), test.since)
    clicks = 0
    for segment in test.segments:
        for day_counted, variants in segment.days.items():
            if day_counted >= since:
                clicks += sum(seen.clicked for seen in variants.values())
    if not clicks or not test.is_running:
        return ""
    return starting.length_text(
        ceil(test.verdict.more_clicks * ((until - since).days + 1) / clicks)
    )


@dataclass(frozen=True, slots=True)
class EvidenceChart:
    """The evidence of a test's closest pair day by day, on a logarithmic scale up to its goal."""

    lines: Lines
    marks: tuple[Mark, ...]
    days: tuple[tuple[date, float], ...]
    goal: int


def draw_evidence(verdict: Verdict) -> EvidenceChart:
    """Draw the evidence between the leader and the variant that comes closest to it."""
    evidence = dict(zip(verdict.days, verdict.closest.evidence, strict=True))
    first, last = verdict.days[0], verdict.days[-1]
    days: list[tuple[date, float]] = []
    for step in range((last - first).days + 1):
        before = days[-1][1] if days else 1.0
        days.append((own := first + timedelta(days=step), evidence.get(own, before)))
    goal = round(verdict.threshold)
    low, high = log(min(1.0, *evidence.values())), log(min(max(evidence.values()), MOST * goal))
    high = max(high, log(goal))

    def level(value: float) -> float:
        return round(100 * max(high - log(value), 0) / (high - low), 2)

    steps = max(len(days) - 1, 1)
    points = [f"{step},{level(value)}" for step, (_, value) in enumerate(days)]
    ticks = tuple(Tick(number, level(number)) for number in (goal, 5, 1))
    # A line of one point is seen only if it ends there as well.
    line = " ".join(points if len(points) > 1 else points * 2)
    marks = (Mark(0, day(first)), Mark(100, day(last))) if len(days) > 1 else (Mark(0, day(first)),)
    return EvidenceChart(Lines(steps, line, "", None, "", "", 0, ticks), marks, tuple(days), goal)


# What is decided.


@page.post("/tests/<test>")
def decide(test: str) -> ResponseReturnValue:
    """Make a variant the item's text, or end the test without one; it can be undone."""
    admin = get_admin()
    catalog = admin.catalog().catalog
    running = next((own for own in variant_tests(catalog) if own.test == test), None) or abort(404)
    item, winner = catalog.items[running.item], request.form.get("variant", "")
    if winner not in {"", *running.shows}:
        abort(400)
    section = item.kind.section

    def change(text: str) -> CatalogText:
        values = raw_item(text, item.kind, item.id)
        return replace_entry(text, section, item.id, decided(values, winner))

    name = name_of(item)
    revision = request.form.get("revision", "")
    try:
        edits.save(
            admin,
            Change(revision, Action.CHANGED, change, Entry(section, item.id), name),
            current_user(),
        )
    except Conflict:
        return _page(test, gettext("The catalog was changed in the meantime: look again.")), 409
    except LinkmgrError as error:
        return _page(test, error_text(error)), 400
    if winner:
        words = name_of_variant(catalog, item.id, winner)
        flash_saved(
            gettext("The test of %(name)s is decided: “%(winner)s”.", name=name, winner=words)
        )
    else:
        flash_saved(gettext("The test of %(name)s has ended.", name=name))
    return redirect(url_for("items.item", item=item.id), 303)


_OF_TESTS = ("variants", "share", "vary-by")


def decided(values: dict[str, Any], winner: str) -> dict[str, Any]:
    """Return the entry of an item without its test, with what a variant shows, if one is chosen.

    Where that is another item, this one is retired, and the other is shown in its place.
    """
    rest = {key: value for key, value in values.items() if key not in _OF_TESTS}
    shown = dict((values["variants"] or {}).get(winner) or {})
    shown.pop("weight", None)
    if other := shown.pop("item", None):
        return {**rest, "retired": True, "fallback": other}
    return {**rest, **shown}
