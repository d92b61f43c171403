"""The admin over the demo's site, with clicks in its database, signed in or not."""

import re
import shutil
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import event

from linkmgr.admin.app import find_pages, make_admin
from linkmgr.admin.common.context import EXTENSION, Admin
from linkmgr.clicks.periods import day_in
from linkmgr.demo.figures import add_figures
from linkmgr.demo.run import make_demo
from linkmgr.settings import read_settings
from linkmgr.site_index.catalog_reader import CatalogReader
from linkmgr.store.accounts import users
from linkmgr.store.db.engine import writing
from linkmgr.store.instance.folder import secret_key
from tests.support.accounts import add_user
from tests.support.databases import create_tables, fill, open_with_compiled
from tests.support.indexed_site import indexing
from tests.support.site_index import site_of, with_site
from tests.support.store import add_totals

NAME = "owner"
PASSWORD = "four plain words here"  # noqa: S105 - of these tests alone


@pytest.fixture(autouse=True)
def _quick_hashing(quick_hashing):
    pass


@pytest.fixture
def site(tmp_path):
    """Give a folder with a copy of the demo's site, catalog.yaml included."""
    with_files = tmp_path / "site"
    shutil.copytree(Path(str(files("linkmgr.demo") / "site")), with_files)
    return with_files


@pytest.fixture
def file(site):
    """Give the path of the site's catalog."""
    return site / "catalog.yaml"


@pytest.fixture
def settings(site):
    """Give the settings of a server that has the site."""
    instance = site.parent / "instance"
    instance.mkdir(mode=0o700)
    environ = {
        "LINKMGR_CATALOG": str(site / "catalog.yaml"),
        "LINKMGR_INSTANCE": str(instance),
        "LINKMGR_SITE": str(site),
    }
    return read_settings(environ)


@cache
def app_with(*_pages):
    """Make an app with pages of these names once: to compile their addresses takes its time."""
    with TemporaryDirectory() as folder:
        return make_admin(read_settings({"LINKMGR_INSTANCE": folder}))


@pytest.fixture
def admin_app(settings, monkeypatch):
    """Give the app, as if made for the settings; its database has tables and nothing in them."""
    engine, pages = open_with_compiled(settings.database_url), find_pages()
    app = app_with(*(page.name for page in pages))
    reader, site = CatalogReader(settings.catalog), site_of(settings)
    admin = Admin(settings, engine, reader, site, pages=pages)
    for each in (app, app.wsgi_app.mounts["/api"]):
        monkeypatch.setitem(each.extensions, EXTENSION, admin)
    monkeypatch.setitem(app.config, "SECRET_KEY", secret_key(settings.secret_key))
    create_tables(engine)
    yield app
    engine.dispose()


@pytest.fixture
def engine(admin_app):
    """Give the app's database."""
    return admin_app.extensions[EXTENSION].engine


@pytest.fixture
def stranger(admin_app, engine):
    """Give a browser that is not signed in; the account is there."""
    fill(engine, add_owner, day=today())
    return Browser(admin_app)


@pytest.fixture
def admin_client(admin_app, engine):
    """Give a browser that is signed in; readers have clicked."""
    fill(engine, add_owner, add_clicks, day=today())
    browser = Browser(admin_app)
    browser.sign_in(engine)
    return browser


@pytest.fixture(scope="session")
def demo_app(tmp_path_factory):
    """Give the app of the demo with figures, its site indexed, for tests that change nothing."""
    with demo_with_figures(tmp_path_factory.mktemp("figures") / "demo") as app:
        yield app


@contextmanager
def demo_with_figures(folder):
    """Make the demo with figures in a folder, and give its app."""
    make_demo(folder, for_figures=True)
    add_figures(folder, datetime.now(UTC))
    environ = {
        "LINKMGR_CATALOG": str(folder / "catalog.yaml"),
        "LINKMGR_INSTANCE": str(folder / "instance"),
        "LINKMGR_SITE": str(folder),
    }
    settings = read_settings(environ)
    with indexing(settings):
        app = with_site(make_admin(settings), settings)
        add_owner(app.extensions[EXTENSION].engine)
        yield app
        app.extensions[EXTENSION].engine.dispose()


@pytest.fixture
def demo(demo_app):
    """Give a browser that is signed in at the demo with figures."""
    browser = Browser(demo_app)
    browser.sign_in(demo_app.extensions[EXTENSION].engine)
    return browser


@pytest.fixture(scope="session")
def _browsers(tmp_path_factory):
    """Give what starts a browser, with script or without, once for all tests of a process."""
    from tests.support.admin_browser import at_browser  # noqa: PLC0415 - not for the fast tiers

    with ExitStack() as stack:

        @cache
        def start(*, script):
            folder = tmp_path_factory.mktemp("browser")
            return stack.enter_context(at_browser(folder, script=script))

        yield start


@pytest.fixture
def at_shared_browser(_browsers):
    """Give what returns somebody at a browser in which nobody is signed in."""
    came = []

    def come(*, script=True):
        person = _browsers(script=script)
        person.begin_anew()
        came.append(person)
        return person

    yield come
    for person in came:
        person.begin_anew()


@pytest.fixture
def signed_in(at_shared_browser):
    """Give what returns the owner, signed in at the address of an app, at a browser."""

    def come(app, admin, *, script=True):
        client = Browser(app)
        client.sign_in(app.extensions[EXTENSION].engine)
        person = at_shared_browser(script=script)
        person.keep_cookie(admin, client.session)
        return person

    return come


class Browser:
    """Flask's client, which sends each form with the token of the page it stands in."""

    def __init__(self, app, **headers):
        self.client = app.test_client()
        self.headers = headers

    def get(self, path, **headers):
        return self.client.get(path, headers=self.headers | headers)

    def post(self, path, data=None, *, page=None, **headers):
        """Send a form of `page`, which is mostly the address it is sent to."""
        text = self.get(page or path).text
        token = re.search(r'name="csrf-token" content="([^"]+)"', text)[1]
        return self.client.post(
            path, data={"csrf_token": token, **(data or {})}, headers=self.headers | headers
        )

    def sign_in(self, engine):
        """Begin a session, as the form of `log_in` does it in two requests more."""
        with engine.connect() as connection:
            epoch = users.epoch_of(connection, NAME)
        with self.client.session_transaction("/admin/") as session:
            session.permanent = True
            session |= {"user": NAME, "epoch": epoch}

    @property
    def session(self):
        """The cookie of the session."""
        config = self.client.application.config
        path = config["SESSION_COOKIE_PATH"]
        return self.client.get_cookie(config["SESSION_COOKIE_NAME"], path=path)

    def log_in(self, password=PASSWORD, *, name=NAME, path="/admin/login"):
        return self.post(path, {"name": name, "password": password})


@contextmanager
def queries(engine):
    """Give a list of the statements that the database is asked meanwhile."""
    asked = []

    def note(_connection, _cursor, statement, *_rest):
        if statement != "BEGIN":
            asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def today():
    """Return the day in the time zone of the demo's site."""
    return day_in("Asia/Tokyo", datetime.now(UTC))


def add_owner(engine):
    """Add the account that browsers sign in to."""
    add_user(engine, NAME, PASSWORD)


def add_clicks(engine, until: date | None = None, days=66):
    """Add totals of each day up to one: all dimensions, of which few clicks have a campaign."""
    until = until or today()
    shares = {
        "all": {"": 10},
        "item": {"kitchen-coffee": 7, "newsletter": 3},
        "place": {"books.1": 6, "books.2": 1, "cta.1": 3},
        "referrer": {"blog.example": 8, "": 2},
        "device": {"phone": 6, "desktop": 4},
        "campaign": {"launch": 2},
    }
    rows = [
        {
            "dimension": dimension,
            "value": value,
            "day": until - timedelta(days=back),
            "clicks": share * (1 + back % 3),
            "visitors": share,
            "bots": 1,
        }
        for dimension, values in shares.items()
        for value, share in values.items()
        for back in range(days)
    ]
    with writing(engine) as connection:
        add_totals(connection, rows)
