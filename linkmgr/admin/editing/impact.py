"""A change of the catalog: its impact on the posts first, then saving it."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from linkmgr.admin.common.chips import Chip, chips
from linkmgr.admin.common.context import current_user, get_admin, item_clicks_by_post
from linkmgr.admin.common.template_helpers import UNDO
from linkmgr.admin.editing.edits import Change, is_recorded, save
from linkmgr.catalog.editing.edit_file import Revision
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.parse import CatalogText
from linkmgr.catalog.reading.yaml.emit import lines_of
from linkmgr.catalog.reading.yaml.texts import raw_entry, typed
from linkmgr.messages.errors import Conflict, LinkmgrError
from linkmgr.messages.message import message
from linkmgr.site_index.impact import Impact, ItemImpact
from linkmgr.site_index.site import SiteReader, Unavailable
from linkmgr.store.jobs import Progress
from linkmgr.store.revisions import Entry, number_of

# The posts that are listed for each item at first; a click lists all of them.
_FIRST = 20

# Fields that belong to the page they were on, and are not sent again.
_PAGE_FIELDS = {"csrf_token", "do", "add", "typed_id", "confirmed"}

# The posts that are named for each item beside a form.
_EXAMPLES = 3

# Seconds that a page waits for an impact, mostly long enough; then it says how far that is.
_SOON = 1.0

# How many impacts are remembered for the pages that wait for them.
_MOST_REMEMBERED = 20

_KEY_DIGITS = 24


@dataclass(frozen=True, slots=True)
class PendingImpact:
    """An impact that the worker computes."""

    key: str
    """Its name in addresses."""

    user: str
    """Who asked for it."""

    catalog: Catalog
    mapping: str
    """The mapping whose posts are counted, as in `SiteReader.begin_impact`."""

    first: int | None
    """How many posts are listed for each item, `None` for all."""

    answer: Future[Impact]

    @property
    def is_beside(self) -> bool:
        """Whether it stands beside a form that is being filled in, and has no page of its own."""
        return self.first == _EXAMPLES

    @property
    def progress(self) -> Progress:
        """How far the worker is with reading the posts, or else that it compares them."""
        site = get_admin().site()
        return (site.progress if site else None) or _COMPARING


_COMPARING = Progress(message("site_index.comparing"), 0, 0)


@dataclass(frozen=True, slots=True)
class ShownImpact:
    """What would change for an item, and its clicks of 30 days on the posts that lose it."""

    chip: Chip
    impact: ItemImpact
    clicks: int


@dataclass(frozen=True, slots=True)
class Subject:
    """The subject of a change, as its pages name it."""

    title: str

    follows: Callable[[Catalog, Catalog], Sequence[str]] = lambda _before, _after: ()
    """Says what follows from it besides its impact, given the catalog before and after."""

    value: Callable[[str], Any] | None = None
    """Returns what a conflict shows of a catalog's text.

    A change without it, such as one of many entries, is previewed again on the present catalog.
    """

    deletes: tuple[str, ...] = ()
    """The ids of what is deleted, which have to be typed."""

    removes: tuple[str, ...] = ()
    """The names of what goes with an addition that is undone, for which a button is enough."""

    mapping: str = ""
    """The id of the mapping that is changed, whose posts are counted."""

    @property
    def to_type(self) -> str:
        """What confirms a deletion: the id, or the number of several; empty for no deletion."""
        if not self.deletes:
            return ""
        return self.deletes[0] if len(self.deletes) == 1 else str(len(self.deletes))


def entry_value(entry: Entry) -> Callable[[str], Any]:
    """Return a function that reads an entry by its name from a catalog's text."""

    def value(text: str) -> Any:
        values = raw_entry(text, entry.section, entry.name)
        return {entry.name: typed(values)} if isinstance(values, dict) else None

    return value


def answer_change(change: Change, subject: Subject, then: str) -> ResponseReturnValue:
    """Save a change that the form confirms and go on to `then`; otherwise show its impact first.

    Raise LinkmgrError where the change cannot be made.
    """
    if request.form.get("do") != "save":
        return _preview(change, subject)
    if subject.to_type and request.form.get("typed_id", "").strip() != subject.to_type:
        return _preview(change, subject, is_wrong=True)
    return _save(change, subject, then)


def impact_first(change: Change, subject: Subject) -> ResponseReturnValue | None:
    """Show the impact of a form that would otherwise save, `None` once it was confirmed there.

    Raise LinkmgrError where the change cannot be made.
    """
    action = request.form.get("do")
    is_unconfirmed = action == "save" and "confirmed" not in request.form
    if action == "list" or is_unconfirmed:
        return _preview(change, subject)
    return None


def flash_saved(text: str) -> None:
    """Say on the next page that the present catalog was saved, with what undoes that."""
    admin = get_admin()
    flash(text, "done")
    revision = admin.catalog().revision.id
    if not is_recorded(admin.engine, revision):
        unrecorded = gettext(
            "History doesn't have this change yet: the database couldn't be written. It will be "
            "listed there as a change made outside of the admin."
        )
        flash(unrecorded, "problem")
        return
    with admin.engine.connect() as fresh:  # the request's own connection sees the state before
        number = number_of(fresh, revision)
    if number is not None:
        flash(str(number), UNDO)


def impact_beside(
    make: Callable[[str], CatalogText] | None, *, mapping: str = "", hint: str = ""
) -> str:
    """Return the impact of a form, to be shown beside it while it is filled in.

    Once it was seen, saving asks no more. A form that changes nothing yet has the `hint` there.
    """
    text = get_admin().catalog().revision.text
    facts: dict[str, Any] = {}
    if make:
        try:
            facts = impact_facts(make(text), mapping=mapping, first=_EXAMPLES)
        except LinkmgrError:  # what is wrong is said when the form is sent
            hint = hint or gettext("Fill in the form to see which posts it changes.")
    return render_template("editing/impact_beside.html", hint=hint, **facts)


def impact_facts(
    text: CatalogText, *, mapping: str = "", first: int | None = _FIRST
) -> dict[str, Any]:
    """Return what `impact_table` shows for another text of the catalog."""
    site = get_admin().site()
    if site is None:
        return _without_impact(
            gettext(
                "This server cannot tell which posts would change. Set LINKMGR_SITE to the blog's "
                "folder and restart the server."
            )
        )
    try:
        pending = _pending(site, text, mapping, first)
    except Unavailable as error:
        return _without_impact(_why_unknown(error))
    wait([pending.answer], _SOON)
    return _facts_of(site, pending)


def answer_impact(key: str) -> str:
    """Return an impact that took long, or how far it is."""
    site, pending = get_admin().site(), _remembered().get(key)
    if site is None or pending is None:  # the server was started again
        facts = _without_impact(_why_unknown(Unavailable(message("site_index.worker-ended"))))
    else:
        try:
            facts = _facts_of(site, _with_answer(site, pending))
        except Unavailable as error:
            facts = _without_impact(_why_unknown(error))
    is_beside = "beside" in request.args
    template = "editing/impact_beside.html" if is_beside else "editing/impact_found.html"
    return render_template(template, hint="", **facts)


def _with_answer(site: SiteReader, pending: PendingImpact) -> PendingImpact:
    """Return an impact that a page waits for, begun again if another page has cancelled it.

    Raise Unavailable.
    """
    if not pending.answer.cancelled():
        return pending
    answer = site.begin_impact(pending.catalog, first=pending.first, mapping=pending.mapping)
    again = replace(pending, answer=answer)
    _remembered()[pending.key] = again
    return again


def _remembered() -> dict[str, PendingImpact]:
    impacts: dict[str, PendingImpact] = get_admin().memory.setdefault("impacts", {})
    return impacts


def _pending(site: SiteReader, text: CatalogText, mapping: str, first: int | None) -> PendingImpact:
    """Begin an impact, or return the one that was begun for the same change.

    Impacts of what the user had typed before, or saw on an earlier page, are cancelled.
    """
    remembered, user = _remembered(), current_user()
    change = repr((user, get_admin().catalog().revision.id, site.generation, text, mapping, first))
    key = sha256(change.encode(errors="surrogatepass")).hexdigest()[:_KEY_DIGITS]
    pending = remembered.pop(key, None)
    is_beside = first == _EXAMPLES
    for earlier in list(remembered.values()):
        if earlier.user == user and (earlier.is_beside or not is_beside):
            earlier.answer.cancel()
    if pending is None or _has_failed(pending.answer):
        answer = site.begin_impact(text.catalog, first=first, mapping=mapping)
        pending = PendingImpact(key, user, text.catalog, mapping, first, answer)
    remembered[key] = pending
    for oldest in list(remembered)[:-_MOST_REMEMBERED]:
        remembered.pop(oldest, None)
    return pending


def _has_failed(answer: Future[Impact]) -> bool:
    return answer.cancelled() or (answer.done() and answer.exception() is not None)


def _facts_of(site: SiteReader, pending: PendingImpact) -> dict[str, Any]:
    """Return what `impact_table` shows of an impact that is found, or still waited for."""
    if not pending.answer.done():
        return {"impact": None, "problem": "", "rows": [], "pending": pending}
    try:
        impact = site.wait_for(pending.answer)
    except Unavailable as error:
        return _without_impact(_why_unknown(error))
    except LinkmgrError as error:
        why = error.excerpt()
        return _without_impact(gettext("The next build would stop with: %(why)s", why=why))
    rows = _rows(impact, pending.catalog)
    return {"impact": impact, "problem": "", "rows": rows, "pending": None}


def _without_impact(problem: str) -> dict[str, Any]:
    return {"impact": None, "problem": problem, "rows": [], "pending": None}


def _why_unknown(error: Unavailable) -> str:
    why = error.excerpt()
    text = gettext("The posts that would change cannot be shown now: %(why)s", why=why)
    return str(text)


def _preview(change: Change, subject: Subject, *, is_wrong: bool = False) -> ResponseReturnValue:
    seen = get_admin().catalog()
    if seen.revision.id != change.revision:
        return _conflict(change, subject, seen.revision)
    facts = _facts(change, subject, seen.revision.text)
    status = 400 if is_wrong else 200
    return _impact_page(change, subject, is_wrong=is_wrong, **facts), status


def _facts(change: Change, subject: Subject, before: str) -> dict[str, Any]:
    """Return what an impact page shows for a change of a text."""
    text = change.make(before)
    if text == before:
        raise LinkmgrError(message("admin.nothing-changed"))
    follows = subject.follows(get_admin().catalog().catalog, text.catalog)
    first = None if request.form.get("do") == "list" else _FIRST
    return {"follows": follows, **impact_facts(text, mapping=subject.mapping, first=first)}


def _save(change: Change, subject: Subject, then: str) -> ResponseReturnValue:
    admin = get_admin()
    try:
        save(admin, change, current_user())
    except Conflict as conflict:
        return _conflict(change, subject, Revision(conflict.text, conflict.revision))
    except LinkmgrError as error:
        return _impact_page(change, subject, error=error.excerpt()), 400
    flash_saved(gettext("Saved. The blog changes with its next build."))
    return redirect(then, 303)


def _impact_page(
    change: Change, subject: Subject, *, revision: str | None = None, **facts: Any
) -> str:
    """Show an impact; with a `revision`, that of the catalog changed in the meantime."""
    replaced = {"revision": revision} if revision else {}
    return render_template(
        "editing/impact.html",
        change=change,
        subject=subject,
        fields=_submitted_fields(replaced),
        address=request.path,
        is_newer=revision is not None,
        **facts,
    )


def _rows(impact: Impact, changed: Catalog) -> list[ShownImpact]:
    catalog = get_admin().catalog().catalog
    # The changed one has new items, and the present one those that it deletes.
    catalog = catalog.with_items({**changed.items, **catalog.items}.values())
    named = chips(catalog, [item.item for item in impact.items])
    losing = [item.item for item in impact.items if item.lost]
    clicks = item_clicks_by_post(losing) if losing else {}
    rows = []
    for chip, item in zip(named, impact.items, strict=True):
        lost_clicks = sum(clicks.get((item.item, post), 0) for post in item.lost_by)
        rows.append(ShownImpact(chip, item, lost_clicks))
    return rows


def _submitted_fields(replaced: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the submitted fields for sending again, some of them replaced."""
    left_out = _PAGE_FIELDS | replaced.keys()
    fields = [field for field in request.form.items(multi=True) if field[0] not in left_out]
    fields += replaced.items()
    return fields


def _conflict(change: Change, subject: Subject, present: Revision) -> ResponseReturnValue:
    """Show the present version beside the user's, or what the change would do to the present."""
    if subject.value is None:
        facts = _facts(change, subject, present.text)
        return _impact_page(change, subject, revision=present.id, **facts), 409
    theirs = _lines(subject.value, lambda: present.text)
    mine = _lines(subject.value, lambda: change.make(present.text))
    page = render_template(
        "editing/conflict.html",
        theirs=theirs,
        mine=mine,
        fields=_submitted_fields({"revision": present.id, "gone": "" if theirs else "yes"}),
        address=request.path,
    )
    return page, 409


def _lines(value: Callable[[str], Any], text: Callable[[], str]) -> str:
    """Return the subject of a change as lines of a catalog, or why it cannot be read."""
    try:
        subject = value(text())
    except LinkmgrError as error:
        return error.excerpt()
    return "\n".join(lines_of(subject)) if subject else ""
