"""Settings: the site, one's own account and browser, and the API's tokens."""

import time

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, PasswordField

from linkmgr.admin.auth.forms import NEW_PASSWORD, REQUIRED, SAME_PASSWORD
from linkmgr.admin.auth.views import known_as
from linkmgr.admin.common.context import (
    close_connection,
    connection,
    current_user,
    get_admin,
    today,
)
from linkmgr.admin.common.forms import PageForm
from linkmgr.admin.common.pages import AdminPage
from linkmgr.admin.common.security import sign_in
from linkmgr.admin.editing.forms import labels_of
from linkmgr.admin.settings import edit
from linkmgr.admin.settings import users as users_page
from linkmgr.admin.settings.forms import SCOPES, TokenForm, create_token
from linkmgr.blocks.views import disclosure
from linkmgr.blocks.voice import Voice
from linkmgr.catalog.keys.placing import BLOCK
from linkmgr.catalog.keys.programmes import OWN_SITE_KEYS
from linkmgr.catalog.model import Site
from linkmgr.catalog.reading.programme_warnings import forbidden_trackings, programme_warnings
from linkmgr.clicks.request import OPT_OUT_COOKIE
from linkmgr.messages.message import join_texts, message, translate
from linkmgr.settings import BookLookup, Role
from linkmgr.store.accounts import tokens, users
from linkmgr.store.accounts.attempts import begin_attempt
from linkmgr.store.db.engine import shown_url

page = Blueprint("settings", __name__, url_prefix="/admin/settings")
ADMIN_PAGE = AdminPage(page, lazy_gettext("Settings"), order=10, key="s")

_BOTH = ["GET", "POST"]
page.add_url_rule("/site", view_func=edit.site, methods=_BOTH)
page.add_url_rule("/programmes/<name>", view_func=edit.programme, methods=_BOTH)
page.add_url_rule("/add-programme", view_func=edit.new_programme, methods=_BOTH)
page.add_url_rule("/blocks/<name>", view_func=edit.block, methods=_BOTH)
page.add_url_rule("/add-block", view_func=edit.new_block, methods=_BOTH)
page.add_url_rule("/comparisons/<name>", view_func=edit.comparison, methods=_BOTH)
page.add_url_rule("/add-comparison", view_func=edit.new_comparison, methods=_BOTH)
page.add_url_rule("/comparisons/<name>/delete", view_func=edit.delete_comparison, methods=["POST"])
page.add_url_rule("/programmes/<name>/delete", view_func=edit.delete_programme, methods=["POST"])
page.add_url_rule("/blocks/<name>/delete", view_func=edit.delete_block, methods=["POST"])

page.add_url_rule("/users", "users", users_page.index)
page.add_url_rule("/users/remove", "remove_user", users_page.remove, methods=_BOTH)

# The longest time that browsers keep a cookie.
_OPTED_OUT_SECONDS = 400 * 24 * 3600


class PasswordForm(PageForm):
    """Another password for one's own account."""

    current = PasswordField(lazy_gettext("Current password"), [REQUIRED])
    password = PasswordField(lazy_gettext("New password"), [REQUIRED, NEW_PASSWORD])
    again = PasswordField(lazy_gettext("Confirm new password"), [REQUIRED, SAME_PASSWORD])
    revoke = BooleanField(lazy_gettext("Also revoke the API tokens of this account"), default=True)


@page.get("")
def index() -> str:
    """Show what the catalog says of the site, its programmes and its blocks."""
    admin = get_admin()
    seen = admin.catalog()
    catalog = seen.catalog
    voice = Voice(catalog.site.language, catalog.site.language)
    problems = programme_warnings(catalog, admin.settings.catalog.name, seen.revision.text)
    return render_template(
        "settings/site.html",
        catalog=catalog,
        trackings=labels_of(OWN_SITE_KEYS["tracking"]),
        kinds=labels_of(BLOCK["kind"]),
        places=labels_of(BLOCK["at"]),
        wording=voice.wording,
        sentences=disclosure(catalog, frozenset(catalog.programmes), voice),
        sample=edit.block_sample("site", ""),
        forbidden={programme.id for programme, _ in forbidden_trackings(catalog)},
        warnings=[problem.translated() for problem in problems],
    )


@page.get("/server")
def server() -> str:
    """Show how this server is set, and what readers are to be told of it."""
    admin = get_admin()
    site = admin.catalog().catalog.site
    return render_template(
        "settings/server.html",
        server=admin.settings,
        site=site,
        database=shown_url(admin.engine),
        notices=_notices(admin.settings.book_lookup, site),
        has_site=admin.site() is not None,
        counts_here=admin.settings.role is Role.ALL,
    )


@page.get("/account")
def account() -> str:
    """Show what is one's own: the password, the sessions, and whether one's clicks count."""
    return _account_page(PasswordForm())


@page.post("/password")
def change_password() -> ResponseReturnValue:
    """Change the user's password, end the other sessions, and revoke tokens if that is ticked."""
    form = PasswordForm()
    if not form.validate():
        return _account_page(form), 400
    engine, name, now = get_admin().engine, current_user(), int(time.time() * 1000)
    current = form.current.data or ""
    browser = known_as(name)
    problem = ""
    if begin_attempt(engine, name, now, browser):
        problem = gettext("Too many failed attempts. Wait a few minutes and try again.")
    elif users.log_in(engine, name, current, now, browser=browser) is None:
        problem = gettext("Wrong current password.")
    if problem:
        form.current.errors = [problem]
        return _account_page(form), 400
    new = form.password.data or ""
    changed = users.set_password(engine, name, new, keep_tokens=not form.revoke.data)
    sign_in(name, changed.epoch)
    flash(gettext("Password changed. Other browsers are signed out."), "done")
    if changed.revoked:
        flash(gettext("Tokens revoked: %(names)s.", names=join_texts(changed.revoked)), "done")
    return redirect(url_for("settings.account"), 303)


@page.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End all of one's sessions, this one too."""
    users.sign_out_everywhere(get_admin().engine, current_user())
    session.clear()
    return redirect(url_for("login.form"), 303)


@page.post("/own-clicks")
def own_clicks() -> ResponseReturnValue:
    """Have this browser's clicks counted or not."""
    answer = redirect(url_for("settings.account"), 303)
    if request.form.get("count") == "yes":
        answer.delete_cookie(OPT_OUT_COOKIE)
        flash(gettext("Clicks from this browser count again."), "done")
    else:
        answer.set_cookie(
            OPT_OUT_COOKIE,
            "1",
            max_age=_OPTED_OUT_SECONDS,
            secure=request.is_secure,
            httponly=True,
            # Pages of the blog send hits from another site, which needs None; that needs https.
            samesite="None" if request.is_secure else "Lax",
        )
        flash(gettext("Clicks from this browser no longer count."), "done")
    return answer


@page.get("/tokens")
def token_list() -> str:
    """Show the tokens of the API, and the form for another."""
    return _tokens_page(TokenForm(formdata=None))


@page.post("/tokens")
def make_token() -> ResponseReturnValue:
    """Make a token of the API and show it, this one time."""
    form = TokenForm()
    made = create_token(form) if form.validate() else ""
    if not made:
        return _tokens_page(form), 400
    # In this answer, not after a redirect: a flashed text is readable in the session's cookie.
    close_connection(None)  # it sees the state before the token
    return _tokens_page(TokenForm(formdata=None), made)


@page.post("/tokens/revoke")
def revoke_token() -> ResponseReturnValue:
    """Revoke a token."""
    name = request.form.get("name", "")
    if tokens.revoke_token(get_admin().engine, name):
        flash(gettext("Token %(name)s revoked.", name=name), "done")
    return redirect(url_for("settings.token_list"), 303)


def _account_page(form: PasswordForm) -> str:
    known = tokens.known_tokens(connection())
    return render_template(
        "settings/account.html",
        form=form,
        has_tokens=bool(known),
        own_tokens=[token.name for token in known if token.user == current_user()],
        counts_here=get_admin().settings.role is Role.ALL,
        opted_out=OPT_OUT_COOKIE in request.cookies,
    )


def _tokens_page(form: TokenForm, made: str = "") -> str:
    return render_template(
        "settings/tokens.html",
        form=form,
        made=made,
        tokens=tokens.known_tokens(connection()),
        scopes=SCOPES,
        today=today(),
    )


def _notices(lookup: BookLookup, site: Site) -> dict[str, str]:
    """Return what the blog's privacy notice has to say, in its language, by what it is about."""
    notices: dict[str, str] = {}
    if site.views:
        notices["views"] = translate(message("admin.views-notice"), site.language)
    if lookup is BookLookup.COVERS:
        notices["covers"] = translate(message("admin.covers-notice"), site.language)
    return notices
