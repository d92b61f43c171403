"""The admin as a Flask app of its own, mounted beside the server's pages."""

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from linkmgr.admin import (
    dashboard,
    health,
    history,
    items,
    login,
    posts,
    settings_page,
    tags,
)
from linkmgr.admin.api import make_api
from linkmgr.admin.base import EXTENSION, Admin, close_connection
from linkmgr.admin.catalog_reader import CatalogReader
from linkmgr.admin.errors import tell_errors
from linkmgr.admin.language import speak
from linkmgr.admin.looks import dress
from linkmgr.admin.secret_key import secret_key
from linkmgr.admin.security import secure
from linkmgr.settings import Settings
from linkmgr.store.engine import open_engine


def make_admin(settings: Settings) -> Flask:
    """Return the app, whose addresses begin with `/admin/` and `/api/`. Raise LinkmgrError."""
    app = Flask(__name__, static_url_path="/admin/static")
    admin = Admin(settings, open_engine(settings.database_url), CatalogReader(settings.catalog))
    app.extensions[EXTENSION] = admin
    app.teardown_appcontext(close_connection)
    secure(app, secret_key(settings.secret_key))
    speak(app)
    dress(app)
    tell_errors(app)
    for part in (login, dashboard, items, tags, posts, history, health, settings_page):
        app.register_blueprint(part.page)
    apart = DispatcherMiddleware(app.wsgi_app, {"/api": make_api(admin)})
    app.wsgi_app = apart  # type: ignore[method-assign]
    return app
