"""The admin as a Flask app of its own, mounted beside the server's pages."""

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from linkmgr.admin.api.app import make_api
from linkmgr.admin.auth import views as login
from linkmgr.admin.common.catalog_reader import CatalogReader
from linkmgr.admin.common.context import EXTENSION, Admin, close_connection
from linkmgr.admin.common.error_pages import tell_errors
from linkmgr.admin.common.i18n import speak
from linkmgr.admin.common.secret_key import secret_key
from linkmgr.admin.common.security import secure
from linkmgr.admin.common.template_helpers import dress
from linkmgr.admin.dashboard import views as dashboard
from linkmgr.admin.health import views as health
from linkmgr.admin.history import views as history
from linkmgr.admin.items import views as items
from linkmgr.admin.mappings import views as tags
from linkmgr.admin.posts import views as posts
from linkmgr.admin.settings import views as settings_page
from linkmgr.settings import Settings
from linkmgr.store.db.engine import open_engine


def make_admin(settings: Settings) -> Flask:
    """Return the app, whose addresses begin with `/admin/` and `/api/`. Raise LinkmgrError."""
    app = Flask(__name__, static_url_path="/admin/static", template_folder=".")
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
