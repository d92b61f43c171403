"""Editing what the catalog says of the site, its programmes and its blocks."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from linkmgr.admin.common.context import get_admin, readers_address
from linkmgr.admin.editing.edits import Change
from linkmgr.admin.editing.impact import Subject, answer_change
from linkmgr.admin.settings.block_form import BlockForm
from linkmgr.admin.settings.catalog_section import section_of
from linkmgr.admin.settings.deletion import can_delete
from linkmgr.admin.settings.follows import follows
from linkmgr.admin.settings.programme_forms import ProgrammeForm, form_of
from linkmgr.admin.settings.setting_form import SettingForm
from linkmgr.admin.settings.site_form import SiteForm
from linkmgr.catalog.editing.edit_entries import NewValue, edit_entries
from linkmgr.catalog.kinds import default_blocks
from linkmgr.catalog.reading.parse import CatalogText
from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.history.revisions import Action, Entry


def site() -> ResponseReturnValue:
    """Change the site; where its server is to be entered, this one is filled in."""
    revision = get_admin().catalog().revision
    form = SiteForm.of(section_of(revision.text, "site"), revision.id)
    if request.method == "GET" and request.args.get("enter") == "server":
        form.server.data = form.server.data or readers_address()
    change = Change(form.revision.data or "", Action.CHANGED, _make(form, _site_values))
    subject = Subject(gettext("Site"), follows, lambda text: {"site": section_of(text, "site")})
    return _answer(form, change, subject)


def programme(name: str) -> ResponseReturnValue:
    """Change a programme."""
    seen = get_admin().catalog()
    found = seen.catalog.programmes.get(name) or abort(404)
    entry = section_of(seen.revision.text, "programmes").get(name)
    form = form_of(name).of(_entry(entry), seen.revision.id, name)
    return _answer_entry(form, name, found.name, is_new=entry is None)


def new_programme() -> ResponseReturnValue:
    """Add a programme."""
    form = ProgrammeForm.of({}, get_admin().catalog().revision.id)
    return _answer_entry(form, "", gettext("New programme"), is_new=True)


def block(name: str) -> ResponseReturnValue:
    """Change a block."""
    seen = get_admin().catalog()
    if name not in {each.name for each in seen.catalog.blocks}:
        abort(404)
    entry = section_of(seen.revision.text, "blocks").get(name)
    form = BlockForm.of(_entry(entry), seen.revision.id, name)
    return _answer_entry(form, name, gettext("Block %(name)s", name=name))


def new_block() -> ResponseReturnValue:
    """Add a block."""
    form = BlockForm.of({}, get_admin().catalog().revision.id)
    return _answer_entry(form, "", gettext("New block"), is_new=True)


def _answer_entry(
    form: SettingForm, name: str, title: str, *, is_new: bool = False
) -> ResponseReturnValue:
    """Answer the form of an entry, or of a new one if `name` is empty."""
    section, own = form.section, name or (form.name.data or "").strip()
    action = Action.ADDED if is_new else Action.CHANGED
    make = _make(form, _entry_values)
    change = Change(form.revision.data or "", action, make, Entry(section, own))

    def value(text: str) -> dict[str, Any] | None:
        entries = section_of(text, section)
        return {own: entries[own]} if own in entries else None

    subject = Subject(title if name else own, follows, value)
    return _answer(form, change, subject, title, is_new=not name)


def _answer(
    form: SettingForm, change: Change, subject: Subject, title: str = "", *, is_new: bool = False
) -> ResponseReturnValue:
    """Show a form, or the impact of what was typed, or save that."""
    if request.method == "GET" or request.form.get("do") == "back":
        return _form_page(form, title or subject.title, is_new=is_new)
    if is_new and (problem := _name_problem(form)):
        form.name.errors = [problem]
        return _form_page(form, title, is_new=is_new), 400
    try:
        return answer_change(change, subject, url_for("settings.index", _anchor=form.section))
    except LinkmgrError as error:
        form.show_error(error)
        return _form_page(form, title or subject.title, is_new=is_new), 400


def _form_page(form: SettingForm, title: str, *, is_new: bool) -> str:
    catalog, name = get_admin().catalog().catalog, "" if is_new else form.name.data or ""
    return render_template(
        "settings/edit.html",
        form=form,
        title=title,
        is_new=is_new,
        deletable=can_delete(catalog, form.section, name),
    )


def _name_problem(form: SettingForm) -> str:
    """Return why a new entry cannot have the name that was typed, empty if it can."""
    catalog, name = get_admin().catalog().catalog, (form.name.data or "").strip()
    if not name:
        return str(gettext("Fill this in."))
    taken = {"programmes": set(catalog.programmes), "blocks": {own.name for own in catalog.blocks}}
    return str(gettext("Already used. Choose another id.") if name in taken[form.section] else "")


def _make(
    form: SettingForm, values: Callable[[str, SettingForm], list[NewValue]]
) -> Callable[[str], CatalogText]:
    return lambda text: edit_entries(text, values(text, form))


def _site_values(text: str, form: SettingForm) -> list[NewValue]:
    """Return the keys of the site that a form changes."""
    present = section_of(text, "site")
    wanted = form.entry(present)
    changed = [
        NewValue("site", key, value) for key, value in wanted.items() if value != present.get(key)
    ]
    return changed + [NewValue("site", key, is_gone=True) for key in present if key not in wanted]


def _entry_values(text: str, form: SettingForm) -> list[NewValue]:
    """Return the entry of a form; where no block is written yet, the usual ones beside it."""
    section, name = form.section, (form.name.data or "").strip()
    entries = section_of(text, section)
    entry = form.entry(_entry(entries.get(name)))
    if section != "blocks":
        return [NewValue(section, name, entry, is_gone=not entry)]
    usual = () if entries else default_blocks(has_products=bool(section_of(text, "products")))
    others = [NewValue(section, each.name) for each in usual]
    own = NewValue(section, name, entry or None)
    if name not in {each.name for each in usual}:
        return [*others, own]
    return [own if each.name == name else each for each in others]


def _entry(value: object) -> Mapping[str, Any]:
    """Return an entry, which for a block may be nothing at all."""
    return value if isinstance(value, dict) else {}
