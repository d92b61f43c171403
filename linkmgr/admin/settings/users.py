"""The page of the accounts: who may sign in, and links to join or to choose a new password."""

import time

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import StringField

from linkmgr.admin.auth.forms import NAME, REQUIRED
from linkmgr.admin.common.context import close_connection, connection, current_user, get_admin
from linkmgr.admin.common.forms import PageForm
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import word
from linkmgr.store.accounts import tokens, users


class InvitationForm(PageForm):
    """The name with which somebody will sign in."""

    name = StringField(lazy_gettext("Name"), [REQUIRED, NAME])


class RemovalForm(PageForm):
    """The name of the account, typed again."""

    name = StringField(lazy_gettext("Type the name to confirm"), [REQUIRED])


def index() -> str:
    """Show who may sign in and who is invited."""
    return _users_page(InvitationForm(formdata=None))


def invite() -> ResponseReturnValue:
    """Make a link with which somebody makes an account, and show it, this once."""
    form = InvitationForm()
    if not form.validate():
        return _users_page(form), 400
    name = users.account_name(form.name.data or "")
    try:
        token = users.invite(get_admin().engine, name, current_user(), _now())
    except LinkmgrError as error:
        form.name.errors = [word(error.message, form=True)]
        return _users_page(form), 400
    return _link_page(name, token)


def reset() -> ResponseReturnValue:
    """Make a link with which somebody chooses another password, and show it, this once."""
    name = request.form.get("account", "")
    if name == current_user():  # a session that was left open does not outlive the password
        return redirect(url_for("settings.account"), 303)
    try:
        token = users.new_reset_link(get_admin().engine, name, current_user(), _now())
    except LinkmgrError as error:
        return _back(error)
    return _link_page(name, token)


def withdraw() -> ResponseReturnValue:
    """Have a link let nobody in any more."""
    name = request.form.get("account", "")
    if users.withdraw_link(get_admin().engine, name):
        flash(gettext("The link for %(name)s no longer works.", name=name), "done")
    return redirect(url_for("settings.users"), 303)


def remove() -> ResponseReturnValue:
    """Ask for an account's name, and remove the account."""
    engine, name, form = get_admin().engine, request.args.get("name", ""), RemovalForm()
    known = users.known_users(connection())
    if name not in known:
        return redirect(url_for("settings.users"), 303)
    if request.method == "GET" or not form.validate():
        return _removal_page(form, name), 200 if request.method == "GET" else 400
    if (form.name.data or "").strip() != name:
        form.name.errors = [gettext("This is not the name of the account.")]
        return _removal_page(form, name), 400
    try:
        users.remove_user(engine, name, keep_last=True)
    except LinkmgrError as error:
        return _back(error)
    if name == current_user():
        session.clear()
        return redirect(url_for("login.form"), 303)
    flash(gettext("%(name)s can no longer sign in.", name=name), "done")
    return redirect(url_for("settings.users"), 303)


def _back(error: LinkmgrError) -> ResponseReturnValue:
    flash(word(error.message, form=True), "problem")
    return redirect(url_for("settings.users"), 303)


def _users_page(form: InvitationForm, link: str = "", link_for: str = "") -> str:
    known = users.known_users(connection())
    links = {each.account: each for each in users.open_links(connection(), _now())}
    made = tokens.known_tokens(connection())
    return render_template(
        "settings/users.html",
        form=form,
        link=link,
        link_for=links.get(link_for),
        users=known,
        links=links,
        invited=[each for each in links.values() if not each.resets],
        token_counts={name: sum(token.user == name for token in made) for name in known},
    )


def _link_page(name: str, token: str) -> str:
    # In this answer, not after a redirect: a flashed text is readable in the session's cookie.
    close_connection(None)  # it sees the state before the link
    origin = request.origin or ""  # the address as the browser has it, whatever a proxy makes of it
    base = origin if origin.startswith(("http://", "https://")) else request.host_url.rstrip("/")
    link = f"{base}{url_for('login.join', token=token)}"
    return _users_page(InvitationForm(formdata=None), link, name)


def _removal_page(form: RemovalForm, name: str) -> str:
    made = [token.name for token in tokens.known_tokens(connection()) if token.user == name]
    return render_template("settings/user_removal.html", form=form, name=name, tokens=made)


def _now() -> int:
    return int(time.time() * 1000)
