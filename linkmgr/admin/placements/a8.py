"""The list that A8 asks for, with what is different from the one that was submitted last."""

import time
from pathlib import Path

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from linkmgr.admin.common.context import get_admin
from linkmgr.admin.common.template_helpers import age
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.placements.a8 import A8, LAST_LIST, A8Change, a8_change, a8_csv, remember
from linkmgr.placements.saved import Register, load_register


def has_list(register: Register) -> bool:
    """Whether a site has links of A8's, or had them when its list was submitted."""
    return _last_list().exists() or any(each.programme == A8 for each in register.placements)


def show() -> str:
    """Show what is different from the last list, and what it cannot have; or how to make it."""
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


def csv() -> Response:
    """Send the list, or only what is new in it, as a file for A8."""
    change = _change(read_register())
    pages = change.added if request.args.get("only") == "new" else change.pages
    return Response(
        a8_csv(pages),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="a8.csv"'},
    )


def submit() -> ResponseReturnValue:
    """Remember the list as submitted, unless the pages were read again since it was shown."""
    register = read_register()
    if request.form.get("time") == str(register.time):
        remember(_change(register), _last_list())
        flash(gettext("Marked as submitted. The next list says what is new and what is gone."))
    else:
        flash(gettext("The pages were read again meanwhile: download the new list."), "problem")
    return redirect(url_for(".a8"), 303)


def read_register() -> Register:
    """Return what was found last. Raise LinkmgrError if the pages were never read."""
    register = load_register(get_admin().settings.site_folder)
    if register is None:
        raise LinkmgrError(message("placements.not-read"))
    return register


def _last_list() -> Path:
    return get_admin().settings.instance / LAST_LIST


def _change(register: Register) -> A8Change:
    return a8_change(register.placements, _last_list())
