"""Pinning or excluding an item on all selected posts."""

from flask import abort
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from linkmgr.admin.common.context import get_admin, site_index
from linkmgr.admin.posts.pins import PinKind, add_pin
from linkmgr.admin.selection.selected import (
    answer,
    ask,
    chosen_item,
    read_selection,
    some_of,
    to_list,
)


def change_posts() -> ResponseReturnValue:
    """Change what the selected posts show."""
    opened = site_index() or abort(404)
    selection = read_selection()
    posts = [each_post[0] for each in selection.ids if (each_post := opened.post(each))]
    if (back := to_list(selection)) is not None:
        return back
    if selection.action not in set(PinKind):
        abort(400)
    titles = [post.title or post.path for post in posts]
    item, found = chosen_item(selection)
    names = some_of(titles)
    title = (
        gettext("Pin an item on %(names)s", names=names)
        if selection.action == PinKind.PIN
        else gettext("Exclude an item from %(names)s", names=names)
    )
    if not item:
        problem = gettext("No items match.") if selection.given and not found else ""
        label = gettext("Which item")
        return ask(selection, title, titles, problem, found=found, item_label=label)
    catalog, kind = get_admin().catalog().catalog, PinKind(selection.action)
    paths = [post.path for post in posts]
    return answer(selection, add_pin(catalog, selection.revision, kind, item, *paths), title)
