"""Adding an item, looked up by what was pasted, and editing one, with its card beside the form."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from linkmgr.admin.common.chips import name_of
from linkmgr.admin.common.context import current_user, get_admin, site_index
from linkmgr.admin.common.pages import choice_of
from linkmgr.admin.common.template_helpers import number
from linkmgr.admin.editing import edits
from linkmgr.admin.editing.edits import Change
from linkmgr.admin.editing.impact import (
    Subject,
    entry_value,
    flash_saved,
    impact_beside,
    impact_first,
)
from linkmgr.admin.editing.terms import by_kind, mapping_of
from linkmgr.admin.items.book_data import book_data_of, is_for_book_data
from linkmgr.admin.items.covers import take_upload
from linkmgr.admin.items.forms import (
    ItemForm,
    differences,
    entry_form,
    merged,
    raw_item,
    read_item,
    same_good,
    sent_form,
)
from linkmgr.admin.items.preview import LinkPreview, card, emptied_rows, framed, link_preview
from linkmgr.admin.items.shops import ItemShop, shops_of
from linkmgr.catalog.editing.edit import add_entry, add_to_mappings, replace_entry
from linkmgr.catalog.editing.lookup import Lookup, look_up
from linkmgr.catalog.editing.new_ids import mapping_id
from linkmgr.catalog.items import GOODS, ITEM_TYPES, Good, Item, ItemKind
from linkmgr.catalog.reading.parse import CatalogText
from linkmgr.catalog.variants import VariantTest
from linkmgr.messages.errors import Conflict, LinkmgrError
from linkmgr.store.revisions import Action, Entry

_OF_SHOPS = "shop-"
"""How the values of the buttons in the rows of shops begin."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a form's item will be: its cards, its link, and what is wrong."""

    kind: ItemKind

    cards: tuple[str, ...]
    """Pages with its card, or with those of its variants."""

    link: LinkPreview
    problems: tuple[str, ...] = ()


def add() -> str:
    """Ask for something to look up, and show the form of what was found."""
    seen = get_admin().catalog()
    pasted, kind = request.args.get("paste", "").strip(), choice_of(ItemKind, "kind")
    lookup = look_up(pasted, seen.catalog, kind) if pasted else None
    form = None
    if lookup and not lookup.problem:
        form = entry_form(
            lookup.kind, seen.catalog, seen.revision.id, lookup.values, item=lookup.name
        )
    elif kind and not pasted and kind not in GOODS:
        form = entry_form(kind, seen.catalog, seen.revision.id, {})
    return _add_page(form, pasted, lookup)


def save_new() -> ResponseReturnValue:
    """Add the item that the form describes."""
    admin = get_admin()
    form = sent_form(_submitted_kind(), admin.catalog().catalog)
    name = (form.name.data or "").strip()
    if request.form.get("do") == "impact":
        return _impact_of_new(form, name)
    if _is_to_go_on(form, "preview"):
        return _add_page(form)
    if not name:
        form.name.errors = [gettext("Fill this in.")]
    if not (name and _take_upload(form)):
        return _add_page(form), 400
    if _is_to_ask(form):
        return _add_page(form), 409
    failure = _save(form, _addition(form, name))
    if failure is not None:
        return _add_page(form), failure
    flash_saved(gettext("Added %(name)s.", name=form.title_text() or name))
    return redirect(url_for("items.item", item=name), 303)


def _is_to_go_on(form: ItemForm, *deeds: str) -> bool:
    """Whether the form is only to be shown again; a button of the shops arranges them."""
    deed = request.form.get("do", "")
    if deed.startswith(_OF_SHOPS):
        form.arrange_shops(deed.removeprefix(_OF_SHOPS))
        return True
    return deed in deeds or is_for_book_data()


def _take_upload(form: ItemForm) -> bool:
    try:
        return take_upload(form)
    except LinkmgrError as error:
        form.show_error(error)
        return False


def _addition(form: ItemForm, name: str) -> Change:
    """Return the change that adds a form's item, and the rule that shows it if there is one."""
    terms = by_kind(form.shown_on.data)
    entry = None if terms else Entry(form.section, name)

    def make(text: str) -> CatalogText:
        added = add_entry(text, form.section, name, form.value())
        return _show_on(added, name, terms)

    return Change(form.revision.data or "", Action.ADDED, make, entry, form.title_text())


def _show_on(added: CatalogText, name: str, terms: dict[str, list[str]]) -> CatalogText:
    """Return the catalog with a rule that shows an item on posts with any of the terms."""
    if not terms:
        return added
    mapping = mapping_of(added.catalog, terms)
    if mapping:
        return add_to_mappings(added, [mapping.id], items=[name])
    first_texts = next(iter(terms.values()))
    rule = {"any": terms, "items": [name]}
    new_id = mapping_id(first_texts[0], added.catalog.mappings)
    return add_entry(added, "mappings", new_id, rule)


def _impact_of_new(form: ItemForm, name: str) -> str:
    if not form.shown_on.data:
        return impact_beside(
            None, hint=gettext("Enter a tag or a word: here you see which posts gain it.")
        )
    return impact_beside(_addition(form, name).make)


def _impact_of_edit(form: ItemForm, item: str) -> str:
    if not (form.shown_on.data or _changes_when_shown(form, item)):
        opened = site_index()
        posts = opened.posts_by_item().get(item, 0) if opened else 0
        shown = ngettext(
            "All posts keep their items; %(count)s post shows this one.",
            "All posts keep their items; %(count)s posts show this one.",
            posts,
            count=number(posts),
        )
        return impact_beside(None, hint=shown)
    return impact_beside(_rewriting(form, item))


def edit(item: str) -> str:
    """Show the form of an item."""
    seen = get_admin().catalog()
    kind = (seen.catalog.items.get(item) or abort(404)).kind
    values = raw_item(seen.revision.text, kind, item)
    return _edit_page(entry_form(kind, seen.catalog, seen.revision.id, values, item=item))


def save(item: str) -> ResponseReturnValue:
    """Save the form of an item, or show its preview or its impact."""
    seen = get_admin().catalog()
    form = sent_form(_submitted_kind(), seen.catalog, item)
    exists = item in seen.catalog.items
    if not exists and not form.is_of_deleted(seen.revision.id):
        abort(404)
    if request.form.get("do") == "impact":
        return _impact_of_edit(form, item)
    if _is_to_go_on(form, "preview", "back"):
        return _edit_page(form)
    if request.form.get("do") == "merge":
        values = merged(raw_item(seen.revision.text, form.kind, item), form.value())
        return _edit_page(entry_form(form.kind, seen.catalog, seen.revision.id, values, item=item))
    if not _take_upload(form):
        return _edit_page(form), 400
    if _is_to_ask(form, item):
        return _edit_page(form), 409
    action = Action.CHANGED if exists else Action.ADDED
    return _save_or_show_impact(form, item, action)


def _save_or_show_impact(form: ItemForm, item: str, action: Action) -> ResponseReturnValue:
    entry = Entry(form.section, item)
    only_entry = None if form.shown_on.data else entry
    make = _rewriting(form, item)
    change = Change(form.revision.data or "", action, make, only_entry, form.title_text())
    if form.shown_on.data or _changes_when_shown(form, item):
        subject = Subject(form.title_text(), value=entry_value(entry))
        try:
            impact = impact_first(change, subject)
            if impact:
                return impact
        except LinkmgrError as error:
            form.show_error(error)
            return _edit_page(form), 400
    failure = _save(form, change)
    if failure is not None:
        return _edit_page(form), failure
    flash_saved(gettext("Saved %(name)s.", name=form.title_text()))
    return redirect(url_for("items.item", item=item), 303)


def preview() -> str:
    """Show the preview of a form while it is filled in."""
    form = sent_form(_submitted_kind(), get_admin().catalog().catalog)
    return render_template("items/preview.html", preview=_preview(form, with_problems=True))


def _is_to_ask(form: ItemForm, item: str = "") -> bool:
    """Whether a form's good is in the catalog already, and nobody has confirmed it."""
    if request.form.get("do") != "twice":
        form.same = same_good(get_admin().catalog().catalog, form, item)
    return form.same is not None


def _changes_when_shown(form: ItemForm, item: str) -> bool:
    """Whether a form retires an item, shows it again, or changes its days or its replacement.

    What cannot be saved, because of problems or a changed catalog, is left to saving.
    """
    seen = get_admin().catalog()
    present = seen.catalog.items.get(item)
    described, problems = read_item(seen.catalog, form.kind, item, form.value())
    if present is None or problems or form.revision.data != seen.revision.id:
        return False
    return _when_shown(described) != _when_shown(present)


def _when_shown(item: Item) -> tuple[object, ...]:
    return item.retired, item.validity, item.fallback


def _save(form: ItemForm, change: Change) -> int | None:
    """Save a form's change; if that fails, show why in the form and return the status."""
    admin = get_admin()
    try:
        edits.save(admin, change, current_user())
    except Conflict as conflict:
        _show_conflict(form, conflict)
        return 409
    except LinkmgrError as error:
        form.show_error(error)
        return 400
    return None


def _preview(form: ItemForm, *, with_problems: bool = False) -> Preview:
    """Return the preview of a form's item and its variants, its problems only on request."""
    admin = get_admin()
    catalog = admin.catalog().catalog
    name = (form.name.data or "").strip() or "item"
    item, problems = read_item(catalog, form.kind, name, form.value())
    lines = []
    if with_problems:
        form.show_problems(problems)
        lines = [f"{field.label.text}: {field.errors[0]}" for field in form.invalid_fields()]
    test = None if problems else VariantTest.of_item(catalog, item)
    shown = test.shows.values() if test else [item]
    try:
        cards = [framed(card(catalog, variant, admin.settings.site_folder)) for variant in shown]
    except LinkmgrError as error:
        return Preview(form.kind, (), LinkPreview(""), (error.excerpt(),))
    link = link_preview(catalog, item)
    link = replace(link, advice=(*link.advice, *emptied_rows(catalog, item)))
    return Preview(form.kind, tuple(cards), link, tuple(lines))


def _submitted_kind() -> ItemKind:
    """Return the kind of the submitted form."""
    given = request.form.get("kind", "")
    return ItemKind(given) if given in set(ItemKind) else abort(400)


def _show_conflict(form: ItemForm, conflict: Conflict) -> None:
    """Show the file's values beside the form, whose next submission is based on them."""
    catalog = get_admin().catalog().catalog
    item = (form.name.data or "").strip()
    try:
        values = raw_item(conflict.text, form.kind, item)
    except LinkmgrError:
        form.general.append(
            gettext(
                "Nothing was saved: catalog.yaml was edited elsewhere and can no longer be read. "
                "Fix it, then save again."
            )
        )
        return
    theirs = entry_form(form.kind, catalog, conflict.revision, values, item=item)
    form.theirs = differences(form, theirs)
    form.gone.data = "" if values else "yes"
    form.revision.data = conflict.revision


def _rewriting(form: ItemForm, item: str) -> Callable[[str], CatalogText]:
    """Return a function that writes a form's entry, and the rule that shows it if there is one."""
    kind, value, terms = form.kind, form.value(), by_kind(form.shown_on.data)

    def make(text: str) -> CatalogText:
        # An entry that was deleted meanwhile is added again.
        write = replace_entry if raw_item(text, kind, item) else add_entry
        return _show_on(write(text, kind.section, item, value), item, terms)

    return make


def _add_page(form: ItemForm | None, pasted: str = "", recognised: Lookup | None = None) -> str:
    catalog = get_admin().catalog().catalog
    known, other_kinds = None, []
    if recognised:
        known = catalog.items.get(recognised.known)
        other_kinds = [kind for kind in ITEM_TYPES if kind is not recognised.kind]
    # Before the preview, which then has what was recognised.
    book_data = book_data_of(form, is_new=True) if form else None
    return render_template(
        "items/add.html",
        form=form,
        pasted=pasted,
        recognised=recognised,
        other_kinds=other_kinds,
        goods=GOODS,
        known=known,
        known_name=name_of(known) if known else "",
        preview=_preview(form) if form else None,
        shop_states=(),
        price_days=catalog.site.price_days,
        book_data=book_data,
        looks_up=get_admin().books is not None,
        counts_views=catalog.site.views,
    )


def _shop_states(form: ItemForm) -> list[ItemShop]:
    """Return what is known of the shops' pages, in the order of the form's rows."""
    catalog = get_admin().catalog().catalog
    item, _ = read_item(catalog, form.kind, form.name.data or "item", form.value())
    return shops_of(catalog, item) if isinstance(item, Good) else []


def _edit_page(form: ItemForm) -> str:
    catalog = get_admin().catalog().catalog
    book_data = book_data_of(form, is_new=False)
    saved = catalog.items.get(form.name.data or "")
    return render_template(
        "items/edit.html",
        form=form,
        item=form.name.data,
        preview=_preview(form),
        shop_states=_shop_states(form),
        can_be_tested=saved and not (saved.variants or saved.retired or saved.code),
        price_days=catalog.site.price_days,
        book_data=book_data,
        counts_views=catalog.site.views,
        rules=[rule for rule in catalog.mappings.values() if form.name.data in rule.items],
    )
