"""The API under `/api/`: entries and figures for programs, by tokens and by nothing else.

An app of its own, so that the cookies, form tokens and pages of the admin do not apply to it.
"""

import time
from datetime import UTC, datetime
from functools import cache

from flask import Flask, Response, g, request

from linkmgr.admin.api import entries as api_entries
from linkmgr.admin.api import figures as api_figures
from linkmgr.admin.api import nodes as api_nodes
from linkmgr.admin.api import site as api_site
from linkmgr.admin.api.description import description
from linkmgr.admin.api.responses import MOST_BODY_BYTES, Refusal, register_error_handlers
from linkmgr.admin.common.context import (
    EXTENSION,
    Admin,
    close_connection,
    connection,
    get_admin,
    today,
)
from linkmgr.messages.message import message
from linkmgr.store.accounts import tokens
from linkmgr.store.accounts.tokens import Scope

NEEDED_SCOPES = {
    "entries.list_entries": Scope.READ,
    "entries.show_entry": Scope.READ,
    "entries.put_entry": Scope.EDIT,
    "entries.delete_entry": Scope.EDIT,
    "figures.stats": Scope.READ,
    "figures.earnings": Scope.READ,
    "figures.tests": Scope.READ,
    "figures.health": Scope.READ,
    "nodes.targets": Scope.READ,
    "nodes.catalog": Scope.READ,
    "site.posts": Scope.READ,
    "site.post": Scope.READ,
    "site.tags": Scope.READ,
    "site.build_state": Scope.READ,
}
"""The token scope of each operation, by Flask endpoint."""

# The description needs no token: it is the same for every linkmgr.
_DESCRIPTION = "openapi"

_YEAR = 365 * 24 * 3600
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def make_api(admin: Admin) -> Flask:
    """Return the app; its addresses are those after `/api`."""
    app = Flask("linkmgr.admin.api", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY_BYTES
    app.extensions[EXTENSION] = admin
    app.before_request(_require_token)
    app.after_request(_harden)
    app.teardown_appcontext(close_connection)
    register_error_handlers(app)
    app.add_url_rule("/openapi.yaml", _DESCRIPTION, _describe)
    for module in (api_entries, api_figures, api_nodes, api_site):
        app.register_blueprint(module.blueprint)
    return app


def _describe() -> Response:
    return Response(_read_description(), mimetype="application/yaml")


# Made once: it depends on nothing but the program.
_read_description = cache(description)


def _require_token() -> None:
    """Refuse requests without a valid token that has the scope of the operation."""
    if request.endpoint == _DESCRIPTION:
        return
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not sent:
        raise Refusal(401, message("api.no-token"), WWW_Authenticate="Bearer")
    token = tokens.find_token(connection(), sent.strip())
    engine = get_admin().engine
    if token is None:
        seconds = tokens.count_failure(engine, int(time.time() * 1000))
        if seconds:
            raise Refusal(429, message("api.too-many-failures"), Retry_After=str(seconds))
        raise Refusal(401, message("api.unknown-token"), WWW_Authenticate="Bearer")
    _refuse_expired(token)
    tokens.note_use(engine, token, datetime.now(UTC).date())
    _refuse_beyond_scopes(token)
    g.user = token.user


def _refuse_expired(token: tokens.KnownToken) -> None:
    if token.grant.is_expired(today()):
        reason = message("api.expired-token", name=token.name, day=str(token.grant.expires))
        raise Refusal(401, reason, WWW_Authenticate='Bearer error="invalid_token"')


def _refuse_beyond_scopes(token: tokens.KnownToken) -> None:
    if request.endpoint is None:  # no such operation: the answer is 404
        return
    scope = NEEDED_SCOPES[request.endpoint]
    if scope not in token.grant.scopes:
        reason = message("api.missing-scope", name=token.name, scope=scope.value)
        challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
        raise Refusal(403, reason, WWW_Authenticate=challenge)


def _harden(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = f"max-age={_YEAR}"
    return response
