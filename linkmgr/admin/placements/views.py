"""Placements: which links are on which pages, as found last, and the list of them for A8."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from linkmgr.admin.common.chips import find_items
from linkmgr.admin.common.context import get_admin, page_number
from linkmgr.admin.common.pages import AdminPage
from linkmgr.admin.common.template_helpers import age
from linkmgr.admin.health.runs import REGISTERS
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message, word
from linkmgr.placements.a8 import A8, LAST_LIST, A8Change, a8_change, a8_csv, remember
from linkmgr.placements.find import BY_HAND, IN_TEMPLATE, Placement, Wanted
from linkmgr.placements.output import Register, load_register, programme_title, register_csv
from linkmgr.resolver.model import TEXT

# The list that A8 asks for, with what differs from the one that was submitted last.


def _has_list(register: Register) -> bool:
    """Whether a site has links of A8's, or had them when its list was submitted."""
    return _last_list().exists() or any(each.programme == A8 for each in register.placements)


def _show_a8() -> str:
    """Show what differs from the last list, and what it cannot have; or how to make it."""
    admin = get_admin()
    register = load_register(admin.settings.site_folder)
    if register is None:
        return render_template("placements/a8_unread.html", has_site=admin.site() is not None)
    return render_template(
        "placements/a8.html",
        register=register,
        age=age(time.time() - register.time),
        change=_change(register),
    )


def _send_a8() -> Response:
    """Send the list, or only what is new in it, as a file for A8."""
    change = _change(_read_register())
    pages = change.added if request.args.get("only") == "new" else change.pages
    return Response(
        a8_csv(pages),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="a8.csv"'},
    )


def _submit_a8() -> ResponseReturnValue:
    """Remember the list as submitted, unless the pages were read again since it was shown."""
    register = _read_register()
    if request.form.get("time") == str(register.time):
        remember(_change(register), _last_list())
        flash(gettext("Marked as submitted. The next list says what is new and what is gone."))
    else:
        flash(gettext("The pages were read again meanwhile: download the new list."), "problem")
    return redirect(url_for(".a8"), 303)


def _read_register() -> Register:
    """Return what was found last. Raise LinkmgrError if the pages were never read."""
    register = load_register(get_admin().settings.site_folder)
    if register is None:
        raise LinkmgrError(message("placements.not-read"))
    return register


def _last_list() -> Path:
    return get_admin().settings.instance / LAST_LIST


def _change(register: Register) -> A8Change:
    return a8_change(register.placements, _last_list())


# The pages.

page = Blueprint("placements", __name__, url_prefix="/admin/placements")
ADMIN_PAGE = AdminPage(page, lazy_gettext("Placements"), order=5, key="l")

page.add_url_rule("/a8", "a8", _show_a8)
page.add_url_rule("/a8.csv", "a8_file", _send_a8)
page.add_url_rule("/a8", "a8_submitted", _submit_a8, methods=["POST"])

PAGE = 50

_PLACES: Mapping[str, object] = {
    BY_HAND: lazy_gettext("in the article"),
    IN_TEMPLATE: lazy_gettext("in a template"),
    TEXT: lazy_gettext("an item in the article"),
}


@page.get("")
def index() -> str:
    """Show the placements that are asked for."""
    admin = get_admin()
    run = REGISTERS.last(admin.settings.instance)
    register = load_register(admin.settings.site_folder)
    wanted = _wanted()
    everything = register.placements if register else ()
    found = wanted.select(everything)
    number = page_number()
    return render_template(
        "placements/list.html",
        run=run,
        goes_on=run is not None and run.ended is None,
        has_site=admin.site() is not None,
        word=word,
        register=register,
        has_a8=register is not None and _has_list(register),
        age=age(time.time() - register.time) if register else "",
        rows=found[(number - 1) * PAGE : number * PAGE],
        total=len(found),
        number=number,
        last=max(1, -(-len(found) // PAGE)),
        wanted=wanted,
        programmes=_programmes(everything),
        titles={item.id: item.title for item in admin.catalog().catalog.items.values()},
        places=_PLACES,
        name=_name,
    )


@page.post("")
def find() -> ResponseReturnValue:
    """Begin to find the placements anew."""
    admin = get_admin()
    site = admin.site()
    if site is None:
        flash(gettext("This server has no site whose pages it could read."), "problem")
        return redirect(url_for(".index"), 303)
    try:
        if not REGISTERS.start(admin.settings.instance, site.register_placements):
            flash(gettext("The pages are already being read."), "problem")
    except LinkmgrError as error:
        flash(error.excerpt(), "problem")
    return redirect(url_for(".index"), 303)


@page.get("/placements.csv")
def csv() -> Response:
    """Send the placements that are asked for as a file."""
    register = _read_register()
    return Response(
        register_csv(_wanted().select(register.placements)).encode("utf-8-sig"),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="placements.csv"'},
    )


def _wanted() -> Wanted:
    """Return what is asked for; an item by its id, or by words that it alone has."""
    programme, item, page = (
        request.args.get(name, "").strip() for name in ("programme", "item", "q")
    )
    found = find_items(get_admin().catalog().catalog, item) if item else []
    return Wanted(programme, found[0].id if len(found) == 1 else item, page)


def _programmes(placements: Sequence[Placement]) -> Sequence[tuple[str, str]]:
    """Return what programmes can be asked for, each with its name: networks before advertisers."""
    networks = {each.programme for each in placements if each.programme}
    advertisers = {(each.programme, each.advertiser) for each in placements if each.advertiser}
    options = [(network, _name(network)) for network in networks]
    options += [(own, f"{_name(network)} {own}") for network, own in advertisers]
    return sorted(options, key=lambda option: option[1])


def _name(programme: str) -> str:
    return programme_title(programme) if programme else gettext("unknown")
