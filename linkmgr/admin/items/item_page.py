"""An item on its page with its card, clicks and posts; retiring it, and deleting it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import HiddenField, StringField

from linkmgr.admin.common.chips import name_of, name_of_mapping
from linkmgr.admin.common.context import (
    Admin,
    current_user,
    get_admin,
    index_facts,
    item_clicks_by_post,
    reading,
    site_index,
    today,
)
from linkmgr.admin.common.forms import PageForm
from linkmgr.admin.common.template_helpers import age
from linkmgr.admin.dashboard.own_figures import (
    compared_with_others,
    read_month,
    read_quarter,
    seen_of_item,
)
from linkmgr.admin.dashboard.wording import labels
from linkmgr.admin.editing import edits
from linkmgr.admin.editing.edits import Change
from linkmgr.admin.editing.forms import error_text
from linkmgr.admin.editing.impact import Subject, answer_change, flash_saved, impact_facts
from linkmgr.admin.health.standing import standing_of
from linkmgr.admin.items.forms import raw_item
from linkmgr.admin.items.preview import card, framed, link_preview
from linkmgr.admin.items.shops import shops_of
from linkmgr.admin.items.states import ItemStates
from linkmgr.catalog.editing.edit import remove_entry, replace_entry
from linkmgr.catalog.items import Good, Item
from linkmgr.catalog.model import Catalog, Mapping
from linkmgr.catalog.reading.parse import CatalogText
from linkmgr.catalog.variants import VariantTest
from linkmgr.clicks.counts import Dimension
from linkmgr.clicks.periods import last_days
from linkmgr.earnings.admin_figures import ListEarnings, read_list_earnings
from linkmgr.earnings.figures import By
from linkmgr.figures.table import TOP, Overview
from linkmgr.messages.errors import Conflict, LinkmgrError
from linkmgr.messages.message import translate
from linkmgr.site_index.catalog_reader import SeenCatalog
from linkmgr.site_index.posts import IndexedPost, ResultPage
from linkmgr.store.revisions import Action, Entry


class DeletionForm(PageForm):
    """Deletion asks for the id."""

    revision = HiddenField()
    name = StringField(lazy_gettext("The item's id"))


def show(item: str, problem: str = "") -> str:
    """Show an item, with why its last change failed."""
    admin = get_admin()
    seen = admin.catalog()
    catalog = seen.catalog
    shown = catalog.items.get(item) or abort(404)
    rules = [mapping for mapping in catalog.mappings.values() if item in mapping.items]
    shown_card, card_problem = _card(admin, catalog, shown)
    entry = Entry(shown.kind.section, item)
    figures = read_month(Dimension.ITEM, item, [Dimension.POST])
    posts_shown = _newest_posts(item)
    quarter = read_quarter(item, entry, figures.began)
    seen_by_post, seen_by_place = seen_of_item(item) if figures.now.sum.views else ({}, {})
    compared = compared_with_others(item) if seen_by_place else None
    return render_template(
        "items/item.html",
        item=shown,
        name=name_of(shown),
        states=ItemStates.read(catalog).of_item(shown),
        card=shown_card,
        card_problem=card_problem,
        link=link_preview(catalog, shown),
        shops=shops_of(catalog, shown),
        age=age,
        now=time.time(),
        meaning=lambda page: translate(page.answer.meaning),
        figures=figures,
        is_good=isinstance(shown, Good),
        earned=_earned(shown),
        quarter=quarter,
        shared=reading().shared_days(quarter.period, item=item),
        rules=rules,
        figures_of_rules=_figures_of_rules(item, rules),
        other_ways=_other_ways(catalog, item),
        standing=standing_of(item),
        shown=posts_shown,
        why_unshown=_why_unshown(item),
        posts=_posts(figures, posts_shown),
        seen_by_post=seen_by_post,
        seen_by_place=seen_by_place,
        comparison=translate(compared.sentence()) if compared else "",
        label=labels(admin, ()),
        site=catalog.site,
        test=VariantTest.of_item(catalog, shown),
        fallback=name_of(catalog.items[shown.fallback]) if shown.fallback else "",
        revision=seen.revision.id,
        problem=problem,
        **index_facts(),
    )


@dataclass(slots=True)
class RuleFigures:
    """What a rule does for an item."""

    matching: int = 0
    """The posts that it matches."""

    showing: int = 0
    """Those of them that show the item."""

    clicks: int = 0
    """The clicks on the item in them, in 30 days."""


def _figures_of_rules(item: str, rules: Sequence[Mapping]) -> dict[str, RuleFigures]:
    """Return what rules do for an item, by their ids; empty while the posts are not known."""
    index = site_index()
    if index is None:
        return {}
    clicks = {post: number for (_, post), number in item_clicks_by_post([item]).items()}
    figures = {rule.id: RuleFigures() for rule in rules}
    for post in index.shown_posts:
        for name in figures.keys() & set(post.mappings):
            rule = figures[name]
            rule.matching += 1
            if item in post.items:
                rule.showing += 1
            rule.clicks += clicks.get(post.post.key, 0)
    return figures


def retire(item: str) -> ResponseReturnValue:
    """Retire an item, or show it again; the impact is shown first."""
    catalog = get_admin().catalog().catalog
    present = catalog.items.get(item) or abort(404)
    page = url_for("items.item", item=item)
    if request.form.get("do") == "back":
        return redirect(page, 303)
    name, section = name_of(present), present.kind.section
    retires = request.form.get("retired") == "yes"
    if retires:
        action, title = Action.RETIRED, gettext("Retire %(name)s", name=name)
    else:
        action, title = Action.REVIVED, gettext("Show %(name)s again", name=name)

    def make(text: str) -> CatalogText:
        values = raw_item(text, present.kind, item)
        values.pop("retired", None)
        if retires:
            values["retired"] = True
        return replace_entry(text, section, item, values)

    change = Change(request.form.get("revision", ""), action, make, Entry(section, item), name)
    try:
        return answer_change(change, Subject(title), page)
    except LinkmgrError as error:
        return show(item, error_text(error)), 400


def confirm_deletion(item: str) -> str:
    """Ask for the id of an item to delete, and show which posts would lose it."""
    return _deletion_page(item, DeletionForm())


def delete(item: str) -> ResponseReturnValue:
    """Delete an item after its id was typed."""
    catalog = get_admin().catalog().catalog
    present = catalog.items.get(item) or abort(404)
    form = DeletionForm()
    if (form.name.data or "").strip() != item:
        form.name.errors = [gettext("That is not the id. Type %(id)s.", id=item)]
        return _deletion_page(item, form), 400
    section = present.kind.section
    change = Change(
        form.revision.data or "",
        Action.DELETED,
        partial(remove_entry, section=section, name=item),
        Entry(section, item),
        name_of(present),
    )
    problem = _save(change)
    if problem:
        form.name.errors = [problem]
        return _deletion_page(item, form), 409
    deleted = gettext(
        "Deleted %(name)s. The blog changes with its next build. You can restore it in History.",
        name=change.summary,
    )
    flash_saved(deleted)
    return redirect(url_for("items.index"), 303)


def _earned(item: Item) -> ListEarnings | None:
    """Return the earnings of items in 30 days for a good, `None` for what no report can name."""
    if not isinstance(item, Good):
        return None
    return read_list_earnings(By.ITEM, last_days(30, today()))


def _card(admin: Admin, catalog: Catalog, item: Item) -> tuple[str, str]:
    """Return a page with an item's card, or why it cannot be shown."""
    try:
        return framed(card(catalog, item, admin.settings.site_folder)), ""
    except LinkmgrError as error:
        return "", error.excerpt()


def _other_ways(catalog: Catalog, item: str) -> list[tuple[str, str]]:
    """Return what shows an item without a mapping, each with the address where that is changed."""
    ways: list[tuple[str, str]] = []
    for block in catalog.blocks:
        if item in block.fallback:
            text = gettext("Block “%(block)s”, where nothing else fits", block=block.name)
            ways.append((text, url_for("settings.block", name=block.name)))
    for comparison in catalog.comparisons_of(item):
        name = comparison.heading or comparison.id
        text = gettext("In the comparison %(name)s", name=name)
        ways.append((text, url_for("settings.comparison", name=comparison.id)))
    for other in catalog.items.values():
        if other.fallback == item:
            text = gettext("In place of %(name)s", name=name_of(other))
            ways.append((text, url_for("items.item", item=other.id)))
    for other in catalog.items.values():
        test = VariantTest.of_item(catalog, other)
        if test and item in {variant.item for variant in other.variants}:
            text = gettext("In the test of %(name)s", name=name_of(other))
            ways.append((text, url_for("items.test", test=test.test)))
    return ways


def _newest_posts(item: str) -> ResultPage[IndexedPost] | None:
    """Return the newest posts that show an item, `None` without a site index."""
    opened = site_index()
    return opened.posts_of(item) if opened else None


def _why_unshown(item: str) -> str:
    """Return why an item of a rule is on no post, empty for any other item."""
    opened = site_index()
    unshown = opened.unshown(item) if opened else None
    return translate(unshown.why) if unshown else ""


@dataclass(frozen=True, slots=True)
class PostClicks:
    """A post with an item's clicks there in 30 days."""

    key: str
    title: str
    clicks: int

    before: int | None
    """The clicks in the 30 days before, `None` where they are not known."""


def _posts(figures: Overview, shown: ResultPage[IndexedPost] | None) -> list[PostClicks]:
    """Return the posts on which an item was clicked most, and then the newest that show it."""
    opened = site_index()
    clicked = {line.value: line for line in figures.tables[Dimension.POST] if line.counts.clicks}
    titles = opened.titles(clicked) if opened else {}
    posts: list[PostClicks] = []
    for key, line in clicked.items():
        if key in titles:
            posts.append(PostClicks(key, titles[key], line.counts.clicks, line.before))
    newest = shown.rows if shown else []
    unclicked = [post for post in newest if post.key not in clicked]
    posts += [PostClicks(post.key, post.title or post.path, 0, None) for post in unclicked]
    return posts[:TOP]


def _save(change: Change) -> str:
    """Save a change; return why that failed, empty if it did not."""
    admin = get_admin()
    try:
        edits.save(admin, change, current_user())
    except Conflict:
        return str(
            gettext(
                "The catalog was changed in the meantime. This page now shows the current version; "
                "try again if you still want this change."
            )
        )
    except LinkmgrError as error:
        return error_text(error)
    return ""


def _deletion_page(item: str, form: DeletionForm) -> str:
    seen = get_admin().catalog()
    chosen = seen.catalog.items.get(item) or abort(404)
    form.revision.data = seen.revision.id
    users = users_of(seen.catalog, item)
    impact = {} if users else impact_facts(_without(chosen, seen))
    return render_template(
        "items/delete.html",
        form=form,
        item=chosen,
        name=name_of(chosen),
        users=users,
        revision=seen.revision.id,
        **impact,
    )


def _without(item: Item, seen: SeenCatalog) -> CatalogText:
    """Return a catalog's text without an item, or as it is if other entries refer to it."""
    try:
        return remove_entry(seen.revision.text, item.kind.section, item.id)
    except LinkmgrError:
        return CatalogText(seen.revision.text, seen.catalog)


def users_of(catalog: Catalog, item: str) -> list[tuple[str, str]]:
    """Return the entries that refer to an item: their names, and the addresses of their forms.

    Blocks have no address: they are edited in the file.
    """
    users: list[tuple[str, str]] = []
    for mapping in catalog.mappings.values():
        if item in mapping.items:
            address = url_for("mappings.edit", name=mapping.id)
            users.append((name_of_mapping(mapping), address))
    for comparison in catalog.comparisons_of(item):
        address = url_for("settings.comparison", name=comparison.id)
        users.append((f"comparisons.{comparison.id}", address))
    blocks = [block for block in catalog.blocks if item in block.items + block.fallback]
    users += [(f"blocks.{block.name}", "") for block in blocks]
    for other in catalog.items.values():
        if item == other.fallback or item in {variant.item for variant in other.variants}:
            address = url_for("items.edit", item=other.id)
            users.append((f"{other.kind.section}.{other.id}", address))
    return users
