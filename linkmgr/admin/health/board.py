"""The board of the Health page: a tile for each part, with its state and the one thing to do."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from flask import url_for
from flask_babel import gettext, ngettext
from markupsafe import Markup

from linkmgr.admin.common.context import Admin, site_index, today
from linkmgr.admin.common.template_helpers import age, day, number, sentence
from linkmgr.admin.health.facts import HealthFacts
from linkmgr.admin.health.jobs import last_job
from linkmgr.admin.health.shops import summarize
from linkmgr.admin.health.status import Stage, find_status
from linkmgr.check.online import PageState
from linkmgr.messages.message import join_texts
from linkmgr.store.accounts.tokens import KnownToken
from linkmgr.store.instance.checks import HealthCheck, InstancePart
from linkmgr.store.instance.site_checks import NO_SERVER
from linkmgr.store.jobs import Job, JobKind

BAD, WAIT, OK, UNKNOWN = "bad", "wait", "ok", ""
"""The levels of tiles, as the dots show them; bad ones are counted beside Health."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of the server, with its state and one action."""

    name: str
    title: str
    level: str

    state: str
    """Its state in a few words."""

    about: str | Markup = ""
    """More about it."""

    label: str = ""
    """The name of the action, empty for none."""

    href: str = ""
    """Where the action leads."""

    posts: Mapping[str, str] | None = None
    """The fields that the action sends there as a button; `None` for a link."""

    job: Job | None = None
    """The job that runs, whose progress stands in place of the action."""

    failed: str = ""
    """Why the last job has no result."""

    never_ran: bool = False
    """Whether its check can be run and never was."""


def tiles(admin: Admin, facts: HealthFacts, expiring: Sequence[KnownToken]) -> list[Tile]:
    """Return the tiles, those that need the owner first."""
    made = [
        _shops(admin, facts),
        _pages(admin, facts),
        _catalog(admin, facts),
        _build(),
        _clicks(facts),
        *_failing(facts, InstancePart.PROCESSES, gettext("Server processes")),
        *_failing(facts, InstancePart.FOLDER, gettext("Server files")),
        *_tokens(expiring),
        _digest(facts),
    ]
    for place, tile in enumerate(made):
        if tile.failed and not tile.job and tile.level != BAD:
            made[place] = replace(tile, level=WAIT)  # what is known of it may be old
    return sorted(made, key=lambda tile: (tile.level != BAD, tile.level != WAIT))


def _watched(part: InstancePart, title: str, kind: JobKind) -> Callable[..., Tile]:
    """Return a function that makes the tile of a part which jobs check."""
    job = last_job(kind)
    failed = job.error.excerpt().splitlines()[0] if job and job.error else ""
    return partial(Tile, part, title, job=_running(job), failed=failed)


def _running(job: Job | None) -> Job | None:
    return job if job and job.is_running else None


def _shops(admin: Admin, facts: HealthFacts) -> Tile:
    summary = summarize(facts.shop_pages)
    ago = age(time.time() - summary.last / 1000) if summary.last else ""
    last = gettext("The last look was %(age)s ago.", age=ago)
    make = _watched(InstancePart.SHOPS, gettext("Shop pages"), JobKind.SHOPS)
    wrong = facts.count(InstancePart.SHOPS)
    if wrong:
        state = ngettext(
            "%(count)s page is gone", "%(count)s pages are gone", wrong, count=number(wrong)
        )
        where = url_for("health.index", _anchor="gone")
        return make(BAD, state, last, gettext("Replace them"), where)
    look: dict[str, str] | None = {"online": "yes"} if admin.site() else None
    where = url_for("health.check") if look else ""
    if facts.never_ran(InstancePart.SHOPS):
        about = gettext("Are the products still there? Each page is looked at once a week, slowly.")
        state, now = gettext("Not looked at yet"), gettext("Look now")
        return make(UNKNOWN, state, about, now, where, look, never_ran=look is not None)
    about = gettext(
        "%(found)s of %(total)s pages answer.",
        found=number(summary.counts[PageState.FOUND]),
        total=number(summary.total),
    )
    return make(OK, gettext("Nothing is gone"), f"{about} {last}", gettext("Look now"), where, look)


def _pages(admin: Admin, facts: HealthFacts) -> Tile:
    checked, wrong = facts.checked, facts.count(InstancePart.PAGES)
    make = _watched(InstancePart.PAGES, gettext("Built pages"), JobKind.CHECK)
    start: dict[str, str] | None = {} if admin.site() else None
    where = url_for("health.check") if start is not None else ""
    if checked is None:
        about = gettext("A check finds dead links, ads without a label, and posts without blocks.")
        state, now = gettext("Not checked yet"), gettext("Check now")
        return make(UNKNOWN, state, about, now, where, start, never_ran=start is not None)
    about = ngettext(
        "%(count)s page, checked %(age)s ago.",
        "%(count)s pages, checked %(age)s ago.",
        checked.pages,
        count=number(checked.pages),
        age=age(time.time() - checked.time),
    )
    if wrong:
        state = ngettext("%(count)s problem", "%(count)s problems", wrong, count=number(wrong))
        return make(BAD, state, about, gettext("See them"), url_for("health.check_page"))
    return make(OK, gettext("No problems"), about, gettext("Check again"), where, start)


def _build() -> Tile:
    """Return the tile of the status that the header has, which updates the tile when it changes."""
    status, title = find_status(), gettext("Build")
    if not status.has_site:
        about = gettext("This server has no site. Set LINKMGR_SITE to its folder.")
        return Tile(InstancePart.BUILD, title, UNKNOWN, gettext("Not on this server"), about)
    # An invalid catalog has a tile of its own.
    level = UNKNOWN if status.stage is Stage.INVALID else status.tone
    job, about = last_job(JobKind.BUILD), ""
    if job and job.ended and job.result is not None:
        about = gettext("Last build %(age)s ago.", age=age(time.time() - job.ended))
    return Tile(
        InstancePart.BUILD,
        title,
        level,
        status.label,
        about,
        gettext("See the build"),
        url_for("health.build_page"),
        job=_running(status.job),
    )


def _catalog(admin: Admin, facts: HealthFacts) -> Tile:
    wrong = facts.count(InstancePart.CATALOG)
    make = partial(Tile, InstancePart.CATALOG, gettext("Catalog"))
    lines, see = url_for("health.index", _anchor="catalog"), gettext("See the lines")
    if facts.problems:
        state = ngettext(
            "%(count)s line needs fixing", "%(count)s lines need fixing", wrong, count=number(wrong)
        )
        return make(BAD, state, gettext("Until then the last good version is in use."), see, lines)
    if facts.unpublished:
        about = gettext(
            "The catalog is valid. Until its links can be written, the last ones are in use."
        )
        return make(BAD, gettext("Links can’t be published"), about, see, lines)
    rules = len(admin.catalog().catalog.mappings)
    items_text = ngettext(
        "%(count)s item", "%(count)s items", facts.items, count=number(facts.items)
    )
    rules_text = ngettext("%(count)s rule", "%(count)s rules", rules, count=number(rules))
    state = join_texts((items_text, rules_text))
    about = gettext("No errors.")
    unshown = count_unshown(admin)
    if unshown:
        about += " " + ngettext(
            "%(count)s item is on no post.",
            "%(count)s items are on no post.",
            unshown,
            count=number(unshown),
        )
    return make(OK, state, about, gettext("See the items"), url_for("items.index", sort="posts"))


def count_unshown(admin: Admin) -> int:
    """Return how many items in use no post shows, 0 where the posts are not known."""
    index = site_index()
    if index is None:
        return 0
    shown, day = index.posts_by_item(), today()
    in_use = [
        item
        for item in admin.catalog().catalog.items.values()
        if not item.retired and day in item.validity
    ]
    return sum(item.id not in shown for item in in_use)


def _clicks(facts: HealthFacts) -> Tile:
    failing = list(_failing(facts, InstancePart.CLICKS, gettext("Clicks")))
    if failing:
        return failing[0]
    make = partial(Tile, InstancePart.CLICKS, gettext("Clicks"))
    uncounted = facts.failing(InstancePart.COUNTING)
    if uncounted:
        check = uncounted[0]
        label, href = "", ""
        if check.name == NO_SERVER:
            label = gettext("Enter the server")
            href = url_for("settings.site", _anchor="server")
        return make(WAIT, gettext("Not counted yet"), _said([check]), label, href)
    spool = facts.reports.spool
    waiting = gettext("None are waiting to be loaded.")
    if spool and spool.waiting:
        waiting = gettext("%(bytes)s bytes are waiting to be loaded.", bytes=number(spool.waiting))
    state, about = gettext("None yet"), waiting
    if facts.last_click:
        ago = age(time.time() - facts.last_click / 1000)
        last = gettext("The last one came %(age)s ago.", age=ago)
        state, about = gettext("Coming in"), f"{last} {waiting}"
    return make(OK, state, about, gettext("See the figures"), url_for("dashboard.index"))


def _failing(facts: HealthFacts, part: InstancePart, title: str) -> Iterator[Tile]:
    """Yield the tile of a part with all that its failing checks say, none if all are well."""
    checks = facts.failing(part)
    if checks:
        count = len(checks)
        state = ngettext("%(count)s problem", "%(count)s problems", count, count=number(count))
        yield Tile(part, title, BAD, state, _said(checks))


def _said(checks: Sequence[HealthCheck]) -> Markup:
    return Markup(" ").join(sentence(check.text) for check in checks if check.text)


def _digest(facts: HealthFacts) -> Tile:
    title = gettext("Weekly digest")
    if facts.digest is None:
        about = gettext(
            "“linkmgr digest” prints what broke, ends or is gone, and the week’s figures. "
            "Have cron or a timer mail it."
        )
        return Tile(InstancePart.DIGEST, title, UNKNOWN, gettext("Not made yet"), about)
    made = gettext("Made %(age)s ago", age=age(time.time() - facts.digest.made))
    about = gettext("Of the week until %(day)s.", day=day(facts.digest.until))
    return Tile(InstancePart.DIGEST, title, OK, made, about)


def _tokens(expiring: Sequence[KnownToken]) -> Iterator[Tile]:
    for token in expiring:
        about = gettext(
            "It is “%(name)s”. Create a new one for the program that uses it.", name=token.name
        )
        expires = day(token.grant.expires) if token.grant.expires else ""
        state = gettext("One expires after %(day)s", day=expires)
        where = url_for("settings.token_list")
        yield Tile(
            "tokens", gettext("API tokens"), WAIT, state, about, gettext("See the tokens"), where
        )
