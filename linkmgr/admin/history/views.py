"""History: who changed the catalog, when and how, and bringing back what it was."""

import re
import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import unified_diff
from functools import lru_cache, partial
from itertools import groupby, islice
from typing import Any, NamedTuple

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.admin.common.chips import kind_name, name_of, name_of_mapping
from linkmgr.admin.common.context import (
    connection,
    current_user,
    get_admin,
    last_page,
    page_number,
    today,
)
from linkmgr.admin.common.pages import AdminPage
from linkmgr.admin.common.security import safe_next
from linkmgr.admin.common.template_helpers import moment, time_of_day
from linkmgr.admin.common.template_helpers import number as format_number
from linkmgr.admin.editing import edits
from linkmgr.admin.editing.edits import Change, save
from linkmgr.admin.editing.forms import error_text
from linkmgr.admin.editing.impact import Subject, answer_change, flash_saved
from linkmgr.admin.history.changes import (
    ChangedEntry,
    DescribedChange,
    changed_entries,
    describe,
    later_edits,
    name_of_entry,
    put_back,
)
from linkmgr.builder.run import built_revision
from linkmgr.catalog.editing.edit import add_entry, remove_entry, replace_entry
from linkmgr.catalog.editing.rewrite import lines_of_pair, pair_at, slice_around
from linkmgr.catalog.items import ITEM_TYPES, ItemKind
from linkmgr.catalog.keys.site import CATALOG
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.parse import CatalogText, checked
from linkmgr.catalog.reading.yaml.texts import raw_entry, raw_values, typed
from linkmgr.clicks.periods import day_in
from linkmgr.messages.errors import Conflict, LinkmgrError
from linkmgr.resolver.fold import fold
from linkmgr.site_index.effects import read_effects
from linkmgr.store import revisions
from linkmgr.store.revisions import Action, Entry, HistoryQuery, Recorded, Texts, number_of

# An entry as a revision had it, to be read or put back into the present catalog.


def _lines_of_entry(text: str, entry: Entry) -> str:
    """Return an entry's lines in a text of the catalog, empty where it has none."""
    window = slice_around(text, entry.section, entry.name)
    around = window.text if window else text
    try:
        place = pair_at(around, (entry.section, entry.name))
    except LinkmgrError:
        return ""
    if place is None:
        return ""
    start, end = lines_of_pair(around, place[1])
    return around[start:end]


def _with_entry_of(present: str, text: str, entry: Entry) -> CatalogText:
    """Return the present text with an entry as an earlier `text` has it, or without it.

    Raise LinkmgrError, also where the earlier text was edited by hand and cannot be read.
    """
    value = typed(raw_entry(text, entry.section, entry.name), entry.name)
    is_present = raw_entry(present, entry.section, entry.name) is not None
    if value is None:
        if not is_present:
            return checked(present)
        return remove_entry(present, entry.section, entry.name)
    write = replace_entry if is_present else add_entry
    return write(present, entry.section, entry.name, value)


# A diff: the lines in which two texts differ, with a few around them.

_CONTEXT = 3

_MOST_SIDES = 20
"""The most entries that the page of a conflict shows."""

MOST = 2_000
"""The most lines of a diff that a page shows; the file has the rest."""


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a diff."""

    sign: str
    """`+`, `-`, a space, or `…` where lines are left out."""

    number: int
    """The number of the line in its text, of a line of both in the later one."""

    text: str = ""


_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


def diff(before: str, after: str) -> tuple[DiffLine, ...]:
    """Return the lines that differ, those of `before` first at each place."""
    lines: list[DiffLine] = []
    old_number = new_number = 0
    unified = unified_diff(before.splitlines(), after.splitlines(), n=_CONTEXT, lineterm="")
    for text in islice(unified, 2, None):  # after the names of the files
        hunk = _HUNK.fullmatch(text)
        if hunk:
            old_number, new_number = int(hunk[1]), int(hunk[2])
            if lines or new_number > 1:
                lines.append(DiffLine("…", new_number))
            continue
        sign = text[0]
        lines.append(DiffLine(sign, old_number if sign == "-" else new_number, text[1:]))
        if sign != "+":
            old_number += 1
        if sign != "-":
            new_number += 1
    return tuple(lines)


# What the page before a restoration says: what is restored, and what is deleted by it.


def _restoration_title(recorded: Recorded, what: str, *, is_before: bool) -> str:
    """Return what is put back, by its name or else the whole catalog, and as of which change."""
    time = moment(recorded.audit.time)
    if is_before and what:
        text = gettext("Put back %(what)s as before the change of %(time)s", what=what, time=time)
    elif what:
        text = gettext("Put back %(what)s as after the change of %(time)s", what=what, time=time)
    elif is_before:
        text = gettext("Put back the whole catalog as before the change of %(time)s", time=time)
    else:
        text = gettext("Put back the whole catalog as after the change of %(time)s", time=time)
    return str(text)


def _deleted_by(before: Catalog, after: Catalog) -> tuple[str, ...]:
    """Return the ids of the entries that are in the catalog before but not after."""
    deleted: list[str] = []
    for earlier, later in zip(_ids(before), _ids(after), strict=True):
        deleted += earlier - later
    return tuple(sorted(deleted))


def _names_of(undone: DescribedChange, removed: Collection[str]) -> tuple[str, ...]:
    """Return the names of a change's entries that are removed, and how many more entries are."""
    names = [changed.name for changed in undone.entries if changed.entry.name in removed]
    if len(removed) > len(names):
        names.append(gettext("%(count)s more", count=format_number(len(removed) - len(names))))
    return tuple(names)


def _ids(catalog: Catalog) -> tuple[set[str], ...]:
    """Return the ids of each section: a mapping may have the id of its book."""
    return (
        set(catalog.items),
        set(catalog.mappings),
        set(catalog.programmes),
        set(catalog.comparisons),
        {block.name for block in catalog.blocks},
    )


# The pages.

page = Blueprint("history", __name__, url_prefix="/admin/history")
ADMIN_PAGE = AdminPage(page, lazy_gettext("History"), order=8, key="h")


# The sections of the catalog to which the list can be narrowed down, by their names in addresses.
_KINDS = {
    "items": (lazy_gettext("Items"), tuple(kind.section for kind in ItemKind)),
    "rules": (lazy_gettext("Rules"), ("mappings",)),
    "settings": (lazy_gettext("Settings"), ("site", "programmes", "comparisons", "blocks")),
}
_BY_HAND = "-"
"""In an address, whoever edited the file by hand."""


@page.get("")
def index() -> str:
    """Show what was done, the latest first."""
    admin = get_admin()
    seen = admin.catalog()
    catalog = admin.settings.catalog
    is_complete = True
    try:
        if not seen.problems and edits.record_external_edit(admin.engine, catalog, seen.revision):
            connection().rollback()  # it sees the state before
    except SQLAlchemyError:  # no room for the row: what is there can be read all the same
        is_complete = False
    entry = _entry_asked()
    kind, user = request.args.get("kind", ""), request.args.get("user", "")
    search = request.args.get("q", "").strip()
    _, sections = _KINDS.get(kind, ("", ()))
    by = "" if user == _BY_HAND else user or None
    number = page_number()
    named = _named(seen.catalog, search) if search else ()
    wanted = HistoryQuery(entry, by, sections, search, named)
    rows, total = revisions.history(connection(), number, wanted)
    changes = describe(admin, connection(), rows)
    names = revisions.users(connection())
    users = [(name or _BY_HAND, name or gettext("by hand"), None) for name in names]
    return render_template(
        "history/list.html",
        is_complete=is_complete,
        days=[(day, list(of_day)) for day, of_day in groupby(changes, _day)],
        built=_built_last(),
        today=today(),
        when=_when,
        effects=read_effects(admin.settings.instance),
        name=_name_of(entry, changes) if entry else "",
        kinds=[(key, name, None) for key, (name, _) in _KINDS.items()],
        users=users,
        is_narrowed=wanted != HistoryQuery(),
        search=search,
        kind=kind,
        by=user,
        number=number,
        last=last_page(total, revisions.PAGE),
        total=total,
        revision=seen.revision.id,
    )


def _named(catalog: Catalog, search: str) -> tuple[str, ...]:
    """Return the ids of the items and rules whose names have all words of a search."""
    words = fold(search).split()
    names = [(item.id, name_of(item)) for item in catalog.items.values()]
    names += [(rule.id, name_of_mapping(rule)) for rule in catalog.mappings.values()]
    return tuple(id_ for id_, name in names if all(word in fold(name) for word in words))


def _day(change: DescribedChange) -> date:
    return _day_of(change.recorded)


def _day_of(recorded: Recorded) -> date:
    zone = get_admin().catalog().catalog.site.timezone
    return day_in(zone, datetime.fromtimestamp(recorded.audit.time / 1000, UTC))


def _when(recorded: Recorded, day: date) -> str:
    """Write when something was done, by its time alone under its own `day` of the list."""
    time = recorded.audit.time
    return time_of_day(time) if _day_of(recorded) == day else moment(time)


def _built_last() -> int:
    """Return the number of the change that was built last, a greater one than any if none was."""
    built = built_revision(get_admin().settings.site_folder)
    number = number_of(connection(), built) if built else None
    return number or sys.maxsize


def _name_of(entry: Entry, changes: Iterable[DescribedChange]) -> str:
    """Return what readers know an entry by, as it was called last."""
    for change in changes:
        for changed in change.entries:
            if changed.entry == entry:
                return changed.name
    return entry.name


@page.get("/<int:number>")
def revision(number: int, problem: str = "") -> str:
    """Show what a revision changed, in full or of the entry that the address names."""
    texts = _texts(number)
    is_first = texts.before is None
    entry = _entry_asked()
    before, after = texts.before or "", texts.after
    if entry:
        before, after = _lines_of_entry(before, entry), _lines_of_entry(after, entry)
    lines = diff(before, after)
    (change,) = describe(get_admin(), connection(), [texts.recorded])
    return render_template(
        "history/revision.html",
        change=change,
        recorded=texts.recorded,
        entry=entry,
        name=_name_of(entry, [change]) if entry else "",
        first=is_first,
        contents=_contents(after) if is_first and not entry else (),
        lines=lines[:MOST],
        left_out=max(len(lines) - MOST, 0),
        present=get_admin().catalog().revision.id,
        problem=problem,
    )


def _contents(text: str) -> list[tuple[str, int]]:
    """Return the names of the kinds of entries that a catalog has, with how many there are."""
    names = {kind.section: kind_name(kind, "many") for kind in ITEM_TYPES}
    names |= {"mappings": gettext("Rules"), "comparisons": gettext("Comparisons")}
    sections = raw_values(text)
    contents = []
    for section, name in names.items():
        entries = sections.get(section)
        if isinstance(entries, dict) and entries:
            contents.append((name, len(entries)))
    return contents


@page.get("/<int:number>/catalog.yaml")
def file(number: int) -> Response:
    """Send the catalog as it was."""
    texts = _texts(number)
    headers = {"Content-Disposition": f"attachment; filename=catalog-{number}.yaml"}
    return Response(texts.after, mimetype="application/yaml", headers=headers)


@page.post("/<int:number>/undo")
def undo(number: int) -> ResponseReturnValue:
    """Put back what a change changed, at once: that can be undone, too.

    Where its entries were edited again since, both sides are shown first. If it deletes what was
    published already, that is asked for as any deletion.
    """
    admin = get_admin()
    texts = _texts(number)
    seen = admin.catalog()
    entries = revisions.all_entries(connection(), number)
    (undone,) = describe(admin, connection(), [texts.recorded])
    back = safe_next(request.form.get("next") or url_for("history.index"))
    if request.form.get("do") == "back":
        return redirect(back, 303)
    changed = changed_entries(texts.before, texts.after, entries)
    edited = later_edits(seen.revision.text, changed) if texts.before is not None else []
    if texts.recorded.audit.action is Action.RENAMED:
        return _ask_to_rename_back(seen.catalog, changed, number)
    is_sure = request.form.get("over") == seen.revision.id
    if edited and not is_sure:
        return _conflict_page(undone, texts, edited, back), 409
    make = lru_cache(maxsize=1)(partial(put_back, texts=texts, changed=changed))
    summary = texts.recorded.audit.summary
    change = Change(seen.revision.id, Action.RESTORED, make, summary=summary)
    title = gettext("Undo: %(what)s", what=undone.title)
    try:
        deletes = _deleted_by(seen.catalog, make(seen.revision.text).catalog)
        if number > _built_last() or not deletes:
            save(admin, change, current_user())
            flash_saved(gettext("Undone: %(what)s.", what=undone.title))
            # The page to go back to may be of what is deleted.
            return redirect(url_for("history.index") if deletes else back, 303)
        return answer_change(change, Subject(title, removes=_names_of(undone, deletes)), back)
    except Conflict:
        flash(gettext("The catalog was changed in the meantime. Try again."), "problem")
    except LinkmgrError as error:
        flash(error_text(error), "problem")
    return redirect(url_for("history.revision", number=number), 303)


def _ask_to_rename_back(
    catalog: Catalog, changed: Iterable[ChangedEntry], number: int
) -> ResponseReturnValue:
    """Lead to where an item gets its earlier id again, with the posts that name it."""
    for entry in changed:
        earlier_id = entry.entry.name
        item = catalog.renamed.get(earlier_id)
        if entry.after is None and item:
            return redirect(url_for("items.ask_rename", item=item, to=earlier_id), 303)
    flash(gettext("The catalog was changed in the meantime. Try again."), "problem")
    return redirect(url_for("history.revision", number=number), 303)


class Side(NamedTuple):
    """An entry that was edited after a change: its lines now, and those before the change."""

    name: str
    now: str
    before: str


def _conflict_page(
    undone: DescribedChange, texts: Texts, edited: Iterable[tuple[ChangedEntry, Any]], back: str
) -> str:
    """Show what a change would put back beside the later edits that this would overwrite."""
    present = get_admin().catalog().revision
    sides = []
    for changed, now in edited:
        entry = changed.entry
        name = name_of_entry(entry, changed.before if now is None else now)
        lines_now = _lines_of_entry(present.text, entry)
        lines_before = _lines_of_entry(texts.before or "", entry)
        sides.append(Side(name, lines_now, lines_before))
    return render_template(
        "history/conflict.html",
        change=undone,
        sides=sides[:_MOST_SIDES],
        left_out=max(len(sides) - _MOST_SIDES, 0),
        present=present.id,
        back=back,
    )


@page.post("/<int:number>/restore")
def restore(number: int) -> ResponseReturnValue:
    """Bring back an entry or the whole catalog, as it was before or after a revision.

    The impact is shown first.
    """
    if request.form.get("do") == "back":
        return redirect(url_for("history.revision", number=number), 303)
    texts = _texts(number)
    is_before = request.form.get("state") == "before"
    text = texts.before if is_before else texts.after
    if text is None:
        abort(400)
    entry = _entry_sent()
    what = ""
    if entry:
        what = _name_of(entry, describe(get_admin(), connection(), [texts.recorded]))

    @lru_cache(maxsize=1)  # a catalog takes long to check, and is needed here up to three times
    def make(present: str) -> CatalogText:
        return _with_entry_of(present, text, entry) if entry else checked(text)

    revision_sent, summary = request.form.get("revision", ""), texts.recorded.audit.summary
    change = Change(revision_sent, Action.RESTORED, make, entry, summary)
    title = _restoration_title(texts.recorded, what, is_before=is_before)
    seen, page = get_admin().catalog(), url_for("history.index")
    try:
        after = make(seen.revision.text)
        if after == seen.revision.text:
            flash(gettext("The catalog already has this content."), "done")
            return redirect(page, 303)
        deletes = _deleted_by(seen.catalog, after.catalog)
        return answer_change(change, Subject(title, deletes=deletes), page)
    except LinkmgrError as error:
        return revision(number, error_text(error)), 400


def _texts(number: int) -> Texts:
    return revisions.texts(connection(), number) or abort(404)


def _entry_asked() -> Entry | None:
    section, name = request.args.get("section", ""), request.args.get("entry", "")
    return Entry(section, name) if section in CATALOG and name else None


def _entry_sent() -> Entry | None:
    section, name = request.form.get("section", ""), request.form.get("entry", "")
    if not (section or name):
        return None
    # Half a name is not taken for none, which is the whole catalog.
    return Entry(section, name) if section in CATALOG and name else abort(400)
