"""The admin as a Flask app of its own, mounted beside the server's pages."""

import gzip
from functools import lru_cache
from http import HTTPStatus
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from flask import Flask, Response, request
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.routing import IntegerConverter, Map

import linkmgr.admin
from linkmgr.admin.api.app import make_api
from linkmgr.admin.auth.views import page as login
from linkmgr.admin.common.context import EXTENSION, Admin, close_connection
from linkmgr.admin.common.error_pages import register_error_handlers
from linkmgr.admin.common.pages import AdminPage
from linkmgr.admin.common.preferences import init_preferences
from linkmgr.admin.common.security import init_security
from linkmgr.admin.common.template_helpers import init_templates
from linkmgr.admin.first_hour.views import page as first_hour
from linkmgr.admin.search.views import page as search
from linkmgr.book_data import BookSearch
from linkmgr.earnings.pages import views as earnings
from linkmgr.experiments.pages import views as experiments
from linkmgr.settings import BookLookup, Settings
from linkmgr.site_index.catalog_reader import CatalogReader
from linkmgr.site_index.site import SiteReader
from linkmgr.store.db.engine import open_engine
from linkmgr.store.instance.folder import secret_key


def make_admin(settings: Settings) -> Flask:
    """Return the app, whose addresses begin with `/admin/` and `/api/`. Raise LinkmgrError."""
    app = Flask(__name__, static_url_path="/admin/static", template_folder=".")
    engine = open_engine(settings.database_url)
    reader = CatalogReader(settings.catalog)
    held_site = SiteReader(settings, reader.read)
    pages, books = find_pages(), find_book_search(settings)
    admin = Admin(settings, engine, reader, held_site, pages=pages, books=books)
    app.extensions[EXTENSION] = admin
    app.teardown_appcontext(close_connection)
    app.url_map.converters["int"] = _RowNumber
    init_preferences(app, [page.name for page in admin.pages])
    init_security(app, secret_key(settings.secret_key))
    app.after_request(_compress)
    init_templates(app)
    register_error_handlers(app)
    for blueprint in (login, first_hour, search, experiments.templates):
        app.register_blueprint(blueprint)
    for page in admin.pages:
        app.register_blueprint(page.blueprint)
    with_api = DispatcherMiddleware(app.wsgi_app, {"/api": make_api(admin)})
    app.wsgi_app = with_api  # type: ignore[method-assign]
    return app


class _RowNumber(IntegerConverter):
    """The number of a row in an address, at most what its column has room for."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=2**31 - 1)


def find_book_search(settings: Settings) -> BookSearch | None:
    """Return the client of the book services, `None` unless the settings enable it."""
    if settings.book_lookup is BookLookup.NO:
        return None
    with_covers = settings.book_lookup is BookLookup.COVERS
    return BookSearch.in_folder(settings.instance, with_covers=with_covers)


def find_pages() -> tuple[AdminPage, ...]:
    """Return the pages in the order of the navigation: `ADMIN_PAGE` of each folder's `views`.

    A page is added by its folder, `linkmgr/admin/<name>/` with `views.py` and a template, alone;
    those of other packages are named here.
    """
    pages = [earnings.ADMIN_PAGE]
    for folder in iter_modules(linkmgr.admin.__path__):
        name = f"linkmgr.admin.{folder.name}.views"
        if folder.ispkg and find_spec(name):
            views = import_module(name)
            if hasattr(views, "ADMIN_PAGE"):
                pages.append(views.ADMIN_PAGE)
    return tuple(sorted(pages, key=lambda page: page.order))


# Compression of static files for browsers that take it.
#
# Pages are not compressed: they hold a form's token beside text from the address, and the length of
# the two compressed together gives the token away (the BREACH attack).

_LEVEL = 9  # of each file, once
_FILES = 32  # more than there are


def _compress(response: Response) -> Response:
    if request.endpoint != "static":
        return response
    # From memory: an answer passed on as a file holds a descriptor until a client has taken it.
    response.direct_passthrough = False
    response.vary.add("Accept-Encoding")
    if response.status_code == HTTPStatus.OK and request.accept_encodings["gzip"]:
        etag, _ = response.get_etag()
        response.set_data(_compressed(response.get_data()))
        response.content_encoding = "gzip"
        if etag:  # the same file in other bytes (RFC 9110, 8.8.1)
            response.set_etag(etag, weak=True)
    return response


@lru_cache(maxsize=_FILES)
def _compressed(data: bytes) -> bytes:
    return gzip.compress(data, _LEVEL, mtime=0)
