"""The page of the accounts: who may sign in."""

from collections import Counter

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import StringField

from linkmgr.admin.auth.forms import REQUIRED
from linkmgr.admin.common.context import connection, current_user, get_admin
from linkmgr.admin.common.forms import PageForm
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import translate
from linkmgr.store.accounts import tokens, users


class RemovalForm(PageForm):
    """The name of the account, typed again."""

    name = StringField(lazy_gettext("Type the name to confirm"), [REQUIRED])


def index() -> str:
    """Show who may sign in."""
    known = users.known_users(connection())
    token_counts = Counter(token.user for token in tokens.known_tokens(connection()))
    return render_template("settings/users.html", users=known, token_counts=token_counts)


def remove() -> ResponseReturnValue:
    """Ask for an account's name, and remove the account."""
    name, form = request.args.get("name", ""), RemovalForm()
    if name not in users.known_users(connection()):
        return redirect(url_for("settings.users"), 303)
    if request.method == "GET" or not form.validate():
        status = 200 if request.method == "GET" else 400
        return _removal_page(form, name), status
    if (form.name.data or "").strip() != name:
        form.name.errors = [gettext("This is not the name of the account.")]
        return _removal_page(form, name), 400
    try:
        users.remove_user(get_admin().engine, name, keep_last=True)
    except LinkmgrError as error:
        return _back(error)
    if name == current_user():
        session.clear()
        return redirect(url_for("login.form"), 303)
    flash(gettext("%(name)s can no longer sign in.", name=name), "done")
    return redirect(url_for("settings.users"), 303)


def _back(error: LinkmgrError) -> ResponseReturnValue:
    flash(translate(error.message, form=True), "problem")
    return redirect(url_for("settings.users"), 303)


def _removal_page(form: RemovalForm, name: str) -> str:
    made = [token.name for token in tokens.known_tokens(connection()) if token.user == name]
    return render_template("settings/user_removal.html", form=form, name=name, tokens=made)
