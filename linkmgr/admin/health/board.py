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
from linkmgr.admin.health.shops import looked
from linkmgr.admin.health.status import Stage, find_status
from linkmgr.check.online import PageState
from linkmgr.messages.message import join_texts
from linkmgr.store.accounts.tokens import KnownToken
from linkmgr.store.instance.checks import HealthCheck, InstancePart
from linkmgr.store.instance.site_checks import NO_SERVER
from linkmgr.store.jobs import Job, JobKind

BAD, WAIT, OK, UNKNOWN = "bad", "wait", "ok", ""
"""What the dot of a tile says, as that of the header does; bad ones are counted beside Health."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of the server: its state in a few words, more `about` it, and one action.

    The action has a `label` and leads to `href`; with `posts` it is a button that sends these
    fields there. While a `job` runs, its progress stands there instead; `failed` says why the last
    one has no result. A check that `never_ran` may find anything yet.
    """

    name: str
    title: str
    level: str
    state: str
    about: str | Markup = ""
    label: str = ""
    href: str = ""
    posts: Mapping[str, str] | None = None
    job: Job | None = None
    failed: str = ""
    never_ran: bool = False


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
    """Return what makes the tile of a part that jobs look at."""
    job = last_job(kind)
    failed = job.error.excerpt().splitlines()[0] if job and job.error else ""
    return partial(Tile, part, title, job=_running(job), failed=failed)


def _running(job: Job | None) -> Job | None:
    return job if job and job.is_running else None


def _shops(admin: Admin, facts: HealthFacts) -> Tile:
    known, wrong = looked(facts.shop_pages), facts.count(InstancePart.SHOPS)
    ago = age(time.time() - known.last / 1000) if known.last else ""
    last = gettext("The last look was %(age)s ago.", age=ago)
    told = {"found": number(known.counts[PageState.FOUND]), "total": number(known.total)}
    make = _watched(InstancePart.SHOPS, gettext("Shop pages"), JobKind.SHOPS)
    if wrong:
        gone = ngettext(
            "%(count)s page is gone", "%(count)s pages are gone", wrong, count=number(wrong)
        )
        return make(
            BAD, gone, last, gettext("Replace them"), url_for("health.index", _anchor="gone")
        )
    look: dict[str, str] | None = {"online": "yes"} if admin.site() else None
    where = url_for("health.check") if look else ""
    if facts.never_ran(InstancePart.SHOPS):
        about = gettext("Are the products still there? Each page is looked at once a week, slowly.")
        state, now = gettext("Not looked at yet"), gettext("Look now")
        return make(UNKNOWN, state, about, now, where, look, never_ran=look is not None)
    about = gettext("%(found)s of %(total)s pages answer.", **told)
    return make(OK, gettext("Nothing is gone"), f"{about} {last}", gettext("Look now"), where, look)


def _pages(admin: Admin, facts: HealthFacts) -> Tile:
    checked, wrong = facts.checked, facts.count(InstancePart.PAGES)
    make = _watched(InstancePart.PAGES, gettext("Built pages"), JobKind.CHECK)
    start: dict[str, str] | None = {} if admin.site() else None
    where = url_for("health.check") if start is not None else ""
    if checked is None:  # which is what the check says that never ran
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
    """Return what the header says as well, which tells this tile when that changes."""
    status, title = find_status(), gettext("Build")
    if not status.has_site:
        about = gettext("This server has no site. Set LINKMGR_SITE to its folder.")
        return Tile(InstancePart.BUILD, title, UNKNOWN, gettext("Not on this server"), about)
    # An invalid catalog is no problem of builds, and has a tile of its own.
    level = UNKNOWN if status.stage is Stage.INVALID else status.tone
    job, about = last_job(JobKind.BUILD), ""
    if job and job.ended and job.result is not None:
        about = gettext("Last build %(age)s ago.", age=age(time.time() - job.ended))
    see = gettext("See the build"), url_for("health.build_page")
    return Tile(
        InstancePart.BUILD, title, level, status.label, about, *see, job=_running(status.job)
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
    state = join_texts(
        (
            ngettext("%(count)s item", "%(count)s items", facts.items, count=number(facts.items)),
            ngettext("%(count)s rule", "%(count)s rules", rules, count=number(rules)),
        )
    )
    about = gettext("No errors.")
    if unshown := count_unshown(admin):
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
    shown, day, items = index.posts_by_item(), today(), admin.catalog().catalog.items.values()
    return sum(not item.retired and day in item.validity and item.id not in shown for item in items)


def _clicks(facts: HealthFacts) -> Tile:
    make = partial(Tile, InstancePart.CLICKS, gettext("Clicks"))
    if facts.failing(InstancePart.CLICKS):
        return next(_failing(facts, InstancePart.CLICKS, gettext("Clicks")))
    for check in facts.failing(InstancePart.COUNTING):
        about = _said([check])
        label, href = "", ""
        if check.name == NO_SERVER:
            label = gettext("Enter the server")
            href = url_for("settings.site", _anchor="server")
        return make(WAIT, gettext("Not counted yet"), about, label, href)
    spool = facts.reports.spool
    waiting = gettext("None are waiting to be loaded.")
    if spool and spool.waiting:
        waiting = gettext("%(bytes)s bytes are waiting to be loaded.", bytes=number(spool.waiting))
    today_page = gettext("See the figures"), url_for("dashboard.index")
    if not facts.last_click:
        return make(OK, gettext("None yet"), waiting, *today_page)
    ago = age(time.time() - facts.last_click / 1000)
    about = gettext("The last one came %(age)s ago.", age=ago)
    return make(OK, gettext("Coming in"), f"{about} {waiting}", *today_page)


def _failing(facts: HealthFacts, part: InstancePart, title: str) -> Iterator[Tile]:
    """Yield the tile of a part whose checks fail, with all that they say."""
    if checks := facts.failing(part):
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
