"""Editing what the catalog says of the site, its programmes, its comparisons and its blocks."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from linkmgr.admin.common.chips import name_of, name_of_mapping
from linkmgr.admin.common.context import get_admin, index_facts, site_index
from linkmgr.admin.common.template_helpers import number
from linkmgr.admin.editing.edits import Change
from linkmgr.admin.editing.forms import error_text
from linkmgr.admin.editing.impact import Subject, answer_change
from linkmgr.admin.editing.selection import some_of
from linkmgr.admin.editing.terms import by_kind
from linkmgr.admin.items.preview import compared_card, framed, sample_card
from linkmgr.admin.settings.follows import follows
from linkmgr.admin.settings.forms import (
    ComparisonForm,
    SettingForm,
    SiteForm,
    form_type,
)
from linkmgr.blocks.voice import WORDING
from linkmgr.catalog.blocks import COMPARE, Block, default_blocks
from linkmgr.catalog.editing.edit import NewValue, edit_entries
from linkmgr.catalog.editing.new_ids import free_name, mapping_id
from linkmgr.catalog.items import Good, ItemKind
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.parse import CatalogText
from linkmgr.catalog.reading.yaml.texts import raw_values, typed
from linkmgr.figures.table import TOP
from linkmgr.links.model import AMAZON, OWN_SITE
from linkmgr.messages.errors import LinkmgrError
from linkmgr.site_index.posts import IndexedPost
from linkmgr.store.revisions import Action, Entry


def _section_of(text: str, section: str) -> dict[str, Any]:
    """Return the entries of a section as JSON has them. Raise LinkmgrError."""
    entries = typed(_values(text).get(section))
    return entries if isinstance(entries, dict) else {}


@lru_cache(maxsize=2)  # a form reads the catalog as it is and as it would be
def _values(text: str) -> dict[str, Any]:
    return raw_values(text)


# Deleting a programme or a block: what follows first, then the id to be typed.

# The programmes of every catalog, with an entry or not.
_STANDARD = {AMAZON, OWN_SITE}


def _can_delete(catalog: Catalog, section: str, name: str) -> bool:
    """Whether a catalog has an entry that can be deleted."""
    if section == "blocks":
        return name in {block.name for block in catalog.blocks}
    if section == "comparisons":
        return name in catalog.comparisons
    return name in catalog.programmes and name not in _STANDARD


def delete_programme(name: str) -> ResponseReturnValue:
    """Delete a programme that no item uses."""
    catalog = get_admin().catalog().catalog
    return _answer_deletion(catalog, Entry("programmes", name), _users(catalog, name))


def delete_block(name: str) -> ResponseReturnValue:
    """Delete a block that is not the only one."""
    catalog = get_admin().catalog().catalog
    problem = ""
    if len(catalog.blocks) == 1:
        problem = gettext(
            "This is the only block. Without any, the default blocks would come back."
        )
    return _answer_deletion(catalog, Entry("blocks", name), problem)


def delete_comparison(name: str) -> ResponseReturnValue:
    """Delete a comparison that no mapping calls for."""
    catalog = get_admin().catalog().catalog
    mappings = [mapping for mapping in catalog.mappings.values() if name in mapping.comparisons]
    problem = ""
    if mappings:
        problem = gettext(
            "Rules show it: %(names)s. Remove it from them first.",
            names=some_of([name_of_mapping(mapping) for mapping in mappings]),
        )
    return _answer_deletion(catalog, Entry("comparisons", name), problem)


def _answer_deletion(catalog: Catalog, entry: Entry, problem: str) -> ResponseReturnValue:
    """Show the impact of a deletion, or delete; lead back to the form where that can't be."""
    section, name = entry.section, entry.name
    if not _can_delete(catalog, section, name):
        abort(404)
    form = url_for(f"settings.{section.removesuffix('s')}", name=name)
    if request.form.get("do") == "back":
        return redirect(form, 303)
    if not problem:
        make = partial(_without, entry=entry)
        change = Change(request.form.get("revision", ""), Action.DELETED, make, entry)
        subject = Subject(gettext("Delete %(name)s", name=name), follows, deletes=(name,))
        try:
            return answer_change(change, subject, url_for("settings.index", _anchor=section))
        except LinkmgrError as error:
            problem = error_text(error)
    flash(problem, "problem")
    return redirect(form, 303)


def _usual_blocks(text: str) -> tuple[Block, ...]:
    """Return the blocks that a catalog's text has if it names none."""
    kinds = [kind for kind in ItemKind if _section_of(text, kind.section)]
    return default_blocks(kinds, has_comparisons=bool(_section_of(text, "comparisons")))


def _without(text: str, entry: Entry) -> CatalogText:
    """Return a catalog's text without an entry; usual blocks that stay are written out."""
    if entry.name in _section_of(text, entry.section):
        return edit_entries(text, [NewValue(entry.section, entry.name, is_gone=True)])
    others = [block.name for block in _usual_blocks(text) if block.name != entry.name]
    return edit_entries(text, [NewValue(entry.section, name) for name in others])


def _users(catalog: Catalog, programme: str) -> str:
    """Say which items need a programme, empty for none."""
    users = [name_of(item) for item in catalog.items.values() if programme in item.programmes]
    if not users:
        return ""
    return str(
        ngettext(
            "%(count)s item uses it: %(names)s. Remove its link to this programme first.",
            "%(count)s items use it: %(names)s. Remove their links to this programme first.",
            len(users),
            count=number(len(users)),
            names=some_of(users),
        )
    )


# The pages that change or add an entry.


def site() -> ResponseReturnValue:
    """Change the site."""
    revision = get_admin().catalog().revision
    form = SiteForm.of_entry(_section_of(revision.text, "site"), revision.id)
    change = Change(form.revision.data or "", Action.CHANGED, _make(form, _site_values))
    subject = Subject(gettext("Site"), follows, lambda text: {"site": _section_of(text, "site")})
    return _answer(form, change, subject)


def programme(name: str) -> ResponseReturnValue:
    """Change a programme."""
    seen = get_admin().catalog()
    own = seen.catalog.programmes.get(name) or abort(404)
    entry = _section_of(seen.revision.text, "programmes").get(name)
    form = form_type("programmes", name).of_entry(_entry(entry), seen.revision.id, name)
    return _answer_entry(form, name, own.name, is_new=entry is None)


def new_programme() -> ResponseReturnValue:
    """Add a programme."""
    seen, known = get_admin().catalog(), request.args.get("known", "")
    profile = seen.catalog.profiles.get(known)
    entry = {"name": profile.name} if profile else {}
    form = form_type("programmes").of_entry(entry, seen.revision.id)
    if profile and not form.is_submitted():
        form.name.data = known
    return _answer_entry(form, "", gettext("New programme"), is_new=True)


def block(name: str) -> ResponseReturnValue:
    """Change a block."""
    seen = get_admin().catalog()
    if name not in {own.name for own in seen.catalog.blocks}:
        abort(404)
    entry = _section_of(seen.revision.text, "blocks").get(name)
    form = form_type("blocks").of_entry(_entry(entry), seen.revision.id, name)
    return _answer_entry(form, name, gettext("Block %(name)s", name=name))


def new_block() -> ResponseReturnValue:
    """Add a block."""
    form = form_type("blocks").of_entry({}, get_admin().catalog().revision.id)
    return _answer_entry(form, "", gettext("New block"), is_new=True)


def comparison(name: str) -> ResponseReturnValue:
    """Change a comparison."""
    seen = get_admin().catalog()
    own = seen.catalog.comparisons.get(name) or abort(404)
    entry = _section_of(seen.revision.text, "comparisons").get(name)
    form = form_type("comparisons").of_entry(_entry(entry), seen.revision.id, name)
    title = gettext("Comparison %(name)s", name=own.heading or name)
    return _answer_entry(form, name, title)


def new_comparison() -> ResponseReturnValue:
    """Add a comparison, of the items that the address names if there are any."""
    seen = get_admin().catalog()
    items = [item for item in request.args.getlist("item") if item in seen.catalog.goods]
    form = form_type("comparisons").of_entry({"items": items}, seen.revision.id)
    if items and not form.is_submitted():
        form.name.data = free_name(items[0], seen.catalog.comparisons)
    return _answer_entry(form, "", gettext("New comparison"), is_new=True)


def _answer_entry(
    form: SettingForm, name: str, title: str, *, is_new: bool = False
) -> ResponseReturnValue:
    """Answer the form of an entry, or of a new one if `name` is empty."""
    section, entry_name = form.section, name or _name(form)
    action = Action.ADDED if is_new else Action.CHANGED
    make = _make(form, _entry_values)
    # What shows a new comparison is changed with it.
    entry = None if _terms_of(form) else Entry(section, entry_name)
    change = Change(form.revision.data or "", action, make, entry, entry_name)

    def value(text: str) -> dict[str, Any] | None:
        entries = _section_of(text, section)
        return {entry_name: entries[entry_name]} if entry_name in entries else None

    subject = Subject(title if name else entry_name, follows, value)
    return _answer(form, change, subject, title, is_new=not name)


def _answer(
    form: SettingForm, change: Change, subject: Subject, title: str = "", *, is_new: bool = False
) -> ResponseReturnValue:
    """Show a form, or the impact of what was typed, or save that."""
    if request.form.get("do") == "card":
        sample = block_sample(form.section, _name(form), change.make)
        return render_template("settings/sample.html", sample=sample)
    if request.method == "GET" or request.form.get("do") == "back":
        return _form_page(form, title or subject.title, is_new=is_new)
    problem = _name_problem(form) if is_new else ""
    if problem:
        form.name.errors = [problem]
        return _form_page(form, title, is_new=is_new), 400
    try:
        return answer_change(change, subject, _page_after(form, is_new=is_new))
    except LinkmgrError as error:
        form.show_error(error)
        return _form_page(form, title or subject.title, is_new=is_new), 400


def _page_after(form: SettingForm, *, is_new: bool) -> str:
    """Return the address of the page after saving: for a new comparison its own, with its posts."""
    if is_new and form.section == "comparisons":
        return url_for("settings.comparison", name=_name(form))
    return url_for("settings.index", _anchor=form.section)


def _form_page(form: SettingForm, title: str, *, is_new: bool) -> str:
    catalog, section = get_admin().catalog().catalog, form.section
    name = "" if is_new else form.name.data or ""
    make, comparing, known = None, [], []
    if section == "comparisons":
        if is_new and form["items"].data:
            make = _make(form, _entry_values)
        if name:
            comparing = _posts_comparing(name)
    elif section == "programmes" and is_new:
        known = _known_programmes(catalog)
    return render_template(
        "settings/edit.html",
        form=form,
        title=title,
        is_new=is_new,
        deletable=_can_delete(catalog, section, name),
        delete_page=f"settings.delete_{section.removesuffix('s')}",
        sample=block_sample(section, _name(form), make),
        comparing=comparing,
        **index_facts(),
        wording=WORDING[catalog.site.language],
        known=known,
    )


def _posts_comparing(comparison: str) -> list[IndexedPost]:
    """Return the newest posts whose block shows a comparison."""
    index = site_index()
    return list(index.posts_comparing(comparison).rows[:TOP]) if index else []


@dataclass(frozen=True, slots=True)
class BlockSample:
    """A block as readers see it with a setting."""

    page: str
    """A page with the block, empty if there is none."""

    problem: str = ""
    """Why there is none."""


def block_sample(
    section: str, name: str, make: Callable[[str], CatalogText] | None = None
) -> BlockSample | None:
    """Return a block that shows an entry of a section, as it is or with what `make` changes.

    `None` if nothing that readers see shows the entry.
    """
    seen, site = get_admin().catalog(), get_admin().settings.site_folder
    try:
        catalog = make(seen.revision.text).catalog if make else seen.catalog
        if section == "comparisons":
            if name not in catalog.comparisons:
                return None
            html = compared_card(catalog, name, site)
        else:
            html = _sample_of(catalog, section, name)
    except LinkmgrError as error:
        return BlockSample("", error.excerpt())
    if html:
        return BlockSample(framed(html))
    if section != "comparisons":
        return None
    few = gettext("Readers don't see it: fewer than two of its items can be shown today.")
    return BlockSample("", few)


def _sample_of(catalog: Catalog, section: str, name: str) -> str:
    """Render a block with items: the named one, or one that a programme or the ad label is in."""
    for block in catalog.blocks:
        if block.kind.compares or (section == "blocks" and block.name != name):
            continue
        items = [catalog.items[item] for item in block.items or catalog.items]
        items = [item for item in items if item.kind in block.kind.items and not item.retired]
        if section == "programmes":
            items = [item for item in items if name in item.programmes]
        elif section == "site":
            items = [item for item in items if isinstance(item, Good)]
        if items:
            most = block.limit if section == "blocks" else 1
            return sample_card(catalog, block, items[:most], get_admin().settings.site_folder)
    return ""


def _known_programmes(catalog: Catalog) -> list[tuple[str, str]]:
    """Return the programmes that linkmgr knows and the catalog lacks, with their names."""
    lacked: list[tuple[str, str]] = []
    for name, profile in catalog.profiles.items():
        if name not in catalog.programmes:
            lacked.append((name, profile.name))
    return sorted(lacked, key=lambda programme: programme[1].casefold())


def _name_problem(form: SettingForm) -> str:
    """Return why a new entry cannot have the name that was typed, empty if it can."""
    catalog, name = get_admin().catalog().catalog, _name(form)
    if not name:
        return str(gettext("Fill this in."))
    taken = {
        "programmes": set(catalog.programmes),
        "blocks": {block.name for block in catalog.blocks},
        "comparisons": set(catalog.comparisons),
    }
    if name in taken[form.section]:
        return str(gettext("Already used. Choose another id."))
    return ""


def _name(form: SettingForm) -> str:
    """Return the name of a form's entry, as it was typed for a new one."""
    return (form.name.data or "").strip()


def _make(
    form: SettingForm, values: Callable[[str, SettingForm], list[NewValue]]
) -> Callable[[str], CatalogText]:
    return lambda text: edit_entries(text, values(text, form))


def _site_values(text: str, form: SettingForm) -> list[NewValue]:
    """Return the keys of the site that a form changes."""
    before = _section_of(text, "site")
    after = form.entry(before)
    changed = [key for key in after if after[key] != before.get(key)]
    removed = [key for key in before if key not in after]
    values = [NewValue("site", key, after[key]) for key in changed]
    values += [NewValue("site", key, is_gone=True) for key in removed]
    return values


def _entry_values(text: str, form: SettingForm) -> list[NewValue]:
    """Return the entry of a form; where no block is written yet, the usual ones beside it."""
    section, name = form.section, _name(form)
    entries = _section_of(text, section)
    entry = form.entry(_entry(entries.get(name)))
    if section != "blocks":
        values = [NewValue(section, name, entry, is_gone=not entry)]
        values += _showing(text, name, _terms_of(form))
        return values
    by_name: dict[str, NewValue] = {}
    for block in () if entries else _usual_blocks(text):
        by_name[block.name] = NewValue(section, block.name)
    by_name[name] = NewValue(section, name, entry or None)
    return list(by_name.values())


def _terms_of(form: SettingForm) -> dict[str, list[str]]:
    """Return the terms of the posts that are to show a new comparison."""
    return by_kind(form.shown_on.data) if isinstance(form, ComparisonForm) else {}


def _showing(text: str, comparison: str, terms: dict[str, list[str]]) -> Iterator[NewValue]:
    """Yield what makes posts with any of some terms show a comparison: a rule, and the block."""
    if not terms:
        return
    catalog = get_admin().catalog().catalog
    first_texts = next(iter(terms.values()))
    rule = mapping_id(first_texts[0], catalog.mappings)
    yield NewValue("mappings", rule, {"any": terms, "comparisons": [comparison]})
    if _section_of(text, "blocks") and not any(block.kind.compares for block in catalog.blocks):
        name = free_name(COMPARE.name, {block.name for block in catalog.blocks})
        kind = {} if name == COMPARE.name else {"kind": COMPARE.name}
        yield NewValue("blocks", name, kind or None)


def _entry(value: object) -> Mapping[str, Any]:
    """Return an entry, which for a block may be nothing at all."""
    return value if isinstance(value, dict) else {}
