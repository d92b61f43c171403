"""Editing a mapping: its form, what saving it would change, and deleting it."""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import HiddenField, StringField

from linkmgr.admin.common.chips import Chip, chips, find_items, name_of_mapping
from linkmgr.admin.common.context import (
    clicks_by_mapping,
    get_admin,
    site_index,
)
from linkmgr.admin.common.forms import PageForm
from linkmgr.admin.common.template_helpers import month_clicks_in_words, posts_in_words
from linkmgr.admin.editing.edits import Change
from linkmgr.admin.editing.impact import answer_change, impact_beside, impact_first
from linkmgr.admin.editing.terms import KINDS, counted
from linkmgr.admin.mappings.forms import (
    MAPPINGS,
    MappingForm,
    form_values,
    rearranged,
    subject_of,
)
from linkmgr.catalog.editing.edit import add_entry, remove_entry, replace_entry
from linkmgr.catalog.editing.new_ids import mapping_id
from linkmgr.catalog.model import Mapping
from linkmgr.catalog.reading.parse import CatalogText
from linkmgr.messages.errors import LinkmgrError
from linkmgr.resolver.statistics import term
from linkmgr.site_index.posts import PostQuery, TagKind
from linkmgr.store.revisions import Action, Entry

# The most items that are offered at once.
_MOST_OFFERED = 8

# The most items that are suggested for a new mapping, and how many of its posts are asked for them.
_MOST_SUGGESTED, _MOST_ASKED = 3, 50

# Buttons that change the form's items; every other button submits the form.
_ITEM_ACTIONS = ("add", "up", "down", "remove")


class DeleteForm(PageForm):
    """Deletion asks for the id."""

    revision = HiddenField()
    typed = StringField(lazy_gettext("Its id"))


def new() -> ResponseReturnValue:
    """Add a mapping, which starts with the terms and items of the query."""
    seen = get_admin().catalog()
    tags, categories = _asked(TagKind.TAG), _asked(TagKind.CATEGORY)
    keywords, items = _asked(TagKind.KEYWORD), _asked("item")
    named_after = tags + categories + keywords + items
    form = MappingForm(
        revision=seen.revision.id,
        name=mapping_id(named_after[0] if named_after else "", seen.catalog.mappings),
        any_tags=tags,
        any_categories=categories,
        any_keywords=keywords,
        items=[item for item in items if item in seen.catalog.items],
    )
    return _answer(form, "")


def _asked(key: str) -> list[str]:
    """Return the values of a key in the query."""
    return [value for value in request.args.getlist(key) if value]


def edit(name: str) -> ResponseReturnValue:
    """Change a mapping."""
    seen = get_admin().catalog()
    mapping = seen.catalog.mappings.get(name)
    values = form_values(mapping) if mapping else {"name": name}
    form = MappingForm(**values, revision=seen.revision.id)
    if mapping is None and not form.is_of_deleted(seen.revision.id):
        abort(404)
    return _answer(form, name)


def delete(name: str) -> ResponseReturnValue:
    """Delete a mapping after its id was typed; the page asks for the impact once it is there."""
    seen = get_admin().catalog()
    mapping = seen.catalog.mappings.get(name) or abort(404)
    form = DeleteForm(revision=seen.revision.id)
    remove = partial(remove_entry, section=MAPPINGS, name=name)
    if request.form.get("do") == "impact":
        return impact_beside(remove)
    if request.method == "GET":
        return _delete_page(form, mapping)
    if (form.typed.data or "").strip() != name:
        form.typed.errors = [gettext("Type %(name)s to delete it.", name=name)]
        return _delete_page(form, mapping), 400
    change = _change(form, Action.DELETED, name, remove)
    try:
        return answer_change(change, subject_of(name), url_for("mappings.mappings"))
    except LinkmgrError as error:
        form.typed.errors = [error.excerpt()]
        return _delete_page(form, mapping), 400


def offered() -> str:
    """Return the items to add for what is typed."""
    typed = request.args.get("add", "").strip()
    return render_template(
        "mappings/offered.html", **_offered(typed, request.args.getlist("items"))
    )


def _delete_page(form: DeleteForm, mapping: Mapping) -> str:
    title = name_of_mapping(mapping)
    return render_template("mappings/delete.html", form=form, mapping=mapping, title=title)


def _answer(form: MappingForm, name: str) -> ResponseReturnValue:
    """Answer the form of the mapping `name`, or of a new one if that is empty."""
    action = request.form.get("do", "")
    if request.method == "GET" or action == "back":
        return _form_page(form, name)
    if action == "impact":
        return _impact(form, name)
    verb, typed = action.partition(":")[0], request.form.get("add", "").strip()
    if verb in _ITEM_ACTIONS or (typed and action in ("", "save")):
        return _rearranged_page(form, name, action, typed)
    if not form.validate():
        return _form_page(form, name), 400
    # On to the next tag without items, or to the mappings of other kinds.
    by_tag = form.any_tags.data or form.all_tags.data
    page = url_for("mappings.index" if by_tag else "mappings.mappings")
    change, subject = _change_of(form, name), subject_of(name)
    try:
        return impact_first(change, subject) or answer_change(change, subject, page)
    except LinkmgrError as error:
        form.show_error(error)
        return _form_page(form, name), 400


def _impact(form: MappingForm, name: str) -> str:
    if not (form.terms("any") or form.terms("all")):
        return impact_beside(
            None, hint=gettext("Enter a tag or a word: here you see which posts it finds.")
        )
    if not (form.items.data or form.comparisons.data):
        return impact_beside(None, hint=gettext("Add an item: here you see which posts gain it."))
    if not form.validate():
        return impact_beside(None, hint=gettext("Something in the form is not complete yet."))
    change = _change_of(form, name)
    return impact_beside(change.make, mapping=change.entry.name if change.entry else "")


def _change_of(form: MappingForm, name: str) -> Change:
    """Return the change that a form describes."""
    if name in get_admin().catalog().catalog.mappings:
        make = partial(replace_entry, section=MAPPINGS, name=name, value=form.entry)
        return _change(form, Action.CHANGED, name, make)
    # A new one, or one that was deleted while it was edited.
    new_name = name or (form.name.data or "").strip()
    make = partial(add_entry, section=MAPPINGS, name=new_name, value=form.entry)
    return _change(form, Action.ADDED, new_name, make)


def _change(
    form: MappingForm | DeleteForm, action: Action, name: str, make: Callable[[str], CatalogText]
) -> Change:
    return Change(form.revision.data or "", action, make, Entry(MAPPINGS, name))


def _rearranged_page(form: MappingForm, name: str, action: str, typed: str) -> str:
    """Show the form with its items rearranged, or with the matching ones to choose from."""
    catalog = get_admin().catalog().catalog
    if action not in {"", "add", "save"}:
        form.items.data = rearranged(form.items.data, action, catalog)
        return _form_page(form, name)
    matching = find_items(catalog, typed, form.items.data) if typed else []
    if len(matching) == 1:
        form.items.data = rearranged(form.items.data, f"add:{matching[0].id}", catalog)
        return _form_page(form, name)
    missed = ""
    if typed and not matching:
        missed = gettext("No other items match “%(words)s”.", words=typed)
    return _form_page(form, name, typed=typed, found=matching, missed=missed)


def _form_page(form: MappingForm, name: str, **shown: Any) -> str:
    catalog = get_admin().catalog().catalog
    mapping = catalog.mappings.get(name)
    items = form.items.data or ()
    terms = {kind: form[f"any_{kind}"].data + form[f"all_{kind}"].data for kind in KINDS}
    return render_template(
        "mappings/form.html",
        form=form,
        name=name,
        title=name_of_mapping(mapping) if mapping else gettext("New rule"),
        facts=_facts(mapping) if mapping else "",
        further=[field for field in form.visible_fields() if field.description],
        chips=chips(catalog, items),
        counts=counted(terms),
        suggested=[] if name else _suggested(form),
        **_offered("", items),
        **shown,
    )


def _facts(mapping: Mapping) -> str:
    """Return how many posts a mapping matches, and the clicks on its items there, in words."""
    index = site_index()
    if index is None:
        return ""
    posts = index.posts_by_mapping().get(mapping.id, 0)
    clicks = clicks_by_mapping(index, [mapping]).get(mapping.id, 0)
    return f"{posts_in_words(posts)} · {month_clicks_in_words(clicks)}"


def _suggested(form: MappingForm) -> list[Chip]:
    """Return the items that are next in line in the posts that a new mapping is for."""
    site, index = get_admin().site(), site_index()
    if site is None or index is None:
        return []
    posts: dict[str, None] = {}  # each once, in their order
    for text in form.any_tags.data:
        posts |= dict.fromkeys(index.post_keys(PostQuery(tag=term(text))))
    for text in form.any_categories.data:
        query = PostQuery(tag=term(text), kind=TagKind.CATEGORY)
        posts |= dict.fromkeys(index.post_keys(query))
    if not posts:
        return []
    try:
        suggestions = site.suggest(list(posts)[:_MOST_ASKED], _MOST_SUGGESTED)
    except LinkmgrError:
        return []
    catalog = get_admin().catalog().catalog
    return chips(catalog, [suggestion.item for suggestion in suggestions])


def _offered(typed: str, chosen: Collection[str]) -> dict[str, Any]:
    """Return the items that match what is typed, none if nothing is, for the template."""
    matching = find_items(get_admin().catalog().catalog, typed) if typed else []
    return {
        "offered": matching[:_MOST_OFFERED],
        "chosen": chosen,
        "missed_all": bool(typed) and not matching,
    }
