"""Signing in: the first account, links to choose a password, and browsers known from before."""

import secrets
import time

from flask import (
    Blueprint,
    Response,
    abort,
    after_this_request,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.exceptions import TooManyRequests

from linkmgr.admin.auth.forms import LinkForm, LoginForm, SetupForm
from linkmgr.admin.common.context import connection, current_user, get_admin
from linkmgr.admin.common.error_pages import DeadLink
from linkmgr.admin.common.security import safe_next, set_admin_cookie, sign_in
from linkmgr.admin.common.template_helpers import number
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import join_texts
from linkmgr.store.accounts import users
from linkmgr.store.accounts.attempts import begin_attempt
from linkmgr.store.accounts.tokens import known_tokens

# Browsers that signed in before: failed attempts from elsewhere do not lock them out.

_COOKIE = "linkmgr_known"

# The longest time that browsers keep a cookie.
_SECONDS = 400 * 24 * 3600


def known_as(name: str) -> str:
    """Return the id that this browser got when it signed in to an account, empty if it never did.

    It lets nobody in: its failures are counted apart from those of strangers.
    """
    try:
        account, browser = _signer().loads(request.cookies.get(_COOKIE, ""))
    except (BadData, ValueError, TypeError):
        return ""
    return str(browser) if account == name else ""


def _remember_browser(name: str) -> None:
    """Mark the browser that is answered as known to an account."""
    value = _signer().dumps([name, known_as(name) or secrets.token_urlsafe(12)])

    @after_this_request
    def keep(response: Response) -> Response:
        set_admin_cookie(response, _COOKIE, value, _SECONDS)
        return response


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="known browser")


# The pages.

page = Blueprint("login", __name__, url_prefix="/admin")


@page.get("/login")
def form() -> ResponseReturnValue:
    """Ask for a name and a password."""
    if current_user():
        return redirect(safe_next(request.args.get("next", "")), 303)
    return _login_page(LoginForm())


@page.post("/login")
def enter() -> ResponseReturnValue:
    """Sign in whoever knows an account's password."""
    form = LoginForm()
    if not form.validate():
        return _login_page(form), 400
    try:
        name = users.account_name(form.name.data or "")
    except LinkmgrError:
        name = ""
    engine, now, browser = get_admin().engine, _now(), known_as(name)
    seconds = begin_attempt(engine, name, now, browser)
    if seconds:
        text = ngettext(
            "Too many failed attempts. Wait %(count)s second and try again.",
            "Too many failed attempts. Wait %(count)s seconds and try again.",
            seconds,
            count=number(seconds),
        )
        form.general.append(text)
        return _login_page(form), 429, {"Retry-After": str(seconds)}
    epoch = users.log_in(engine, name, form.password.data or "", now, browser=browser)
    if epoch is None:
        form.general.append(gettext("Wrong name or password."))
        return _login_page(form), 400
    sign_in(name, epoch)
    _remember_browser(name)
    return redirect(safe_next(request.args.get("next", "")), 303)


@page.post("/logout")
def leave() -> ResponseReturnValue:
    """Have this browser forget its session. Signing out everywhere also ends a copied cookie."""
    session.clear()
    return redirect(url_for("login.form"), 303)


@page.get("/setup/<token>")
def setup(token: str) -> ResponseReturnValue:
    """Ask for the first account."""
    _check_token(token)
    return render_template("auth/setup.html", form=SetupForm())


@page.post("/setup/<token>")
def set_up(token: str) -> ResponseReturnValue:
    """Make the first account, and sign it in."""
    _check_token(token)
    form = SetupForm()
    if not form.validate():
        return render_template("auth/setup.html", form=form), 400
    name, engine = users.account_name(form.name.data or ""), get_admin().engine
    if not users.set_up(engine, token, name, form.password.data or ""):
        raise _no_setup()
    with engine.connect() as fresh:
        epoch = users.epoch_of(fresh, name)
    if epoch is None:
        abort(404)
    sign_in(name, epoch)
    _remember_browser(name)
    flash(gettext("Welcome! Your account is ready. The setup link no longer works."), "welcome")
    return redirect(url_for("dashboard.index"), 303)


def _check_token(token: str) -> None:
    if not users.is_setup_token(connection(), token):
        raise _no_setup()


def _no_setup() -> DeadLink:
    return DeadLink(
        gettext(
            "It works once. If you have an account, sign in. Otherwise, restart linkmgr serve to "
            "get a new link."
        )
    )


@page.get("/join/<token>")
def join(token: str) -> ResponseReturnValue:
    """Ask for the password of an account that is new, or of one that gets another."""
    return _join_page(LinkForm(), _link(token))


@page.post("/join/<token>")
def choose_password(token: str) -> ResponseReturnValue:
    """Give the account of a link its password, and sign it in."""
    link, form = _link(token), LinkForm()
    if current_user():  # probably the owner, who meant to hand the link on
        return redirect(url_for("login.join", token=token), 303)
    if not form.validate():
        return _join_page(form, link), 400
    engine, password = get_admin().engine, form.password.data or ""
    used = users.use_link(engine, token, password, _now(), keep_tokens=not form.revoke.data)
    if used is None:
        raise _no_link()
    name, changed = used
    sign_in(name, changed.epoch)
    _remember_browser(name)
    if link.resets:
        flash(gettext("Password changed. Other browsers are signed out."), "done")
    else:
        flash(gettext("Welcome! Your account is ready. The link no longer works."), "welcome")
    if changed.revoked:
        flash(gettext("Tokens revoked: %(names)s.", names=join_texts(changed.revoked)), "done")
    return redirect(url_for("dashboard.index"), 303)


def _link(token: str) -> users.OpenLink:
    """Return the link of a token; guesses are slowed down like those of passwords."""
    link = users.find_link(connection(), token, _now())
    if link is None:
        seconds = users.count_wrong_link(get_admin().engine, _now())
        if seconds:
            raise TooManyRequests(retry_after=seconds)
        raise _no_link()
    return link


def _no_link() -> DeadLink:
    """Return the error for any link that doesn't work; it doesn't say whether it ever did."""
    return DeadLink(
        gettext(
            "It works once and expires after a few days. If you have an account, sign in. "
            "Otherwise, ask whoever sent you the link for a new one."
        )
    )


def _join_page(form: LinkForm, link: users.OpenLink) -> str:
    own = [token.name for token in known_tokens(connection()) if token.user == link.account]
    return render_template("auth/join.html", form=form, link=link, own_tokens=own)


def _now() -> int:
    return int(time.time() * 1000)


def _login_page(form: LoginForm) -> str:
    return render_template("auth/login.html", form=form, first=not users.has_users(connection()))
