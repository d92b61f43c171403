"""Both databases, and clicks to spool."""

import pytest

from linkmgr.store.db.engine import open_engine
from tests.support.databases import create_tables, open_with_compiled
from tests.support.postgres import drop_database, new_database

DATABASES = ["sqlite", "postgresql"]


@pytest.fixture(params=DATABASES)
def database_url(request, tmp_path):
    """Give the URL of a database of the test's own that has no tables yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'instance' / 'linkmgr.db'}"
    return request.getfixturevalue("postgresql_url")


@pytest.fixture(params=DATABASES)
def engine(request):
    """Connect to a database with tables."""
    return request.getfixturevalue(f"{request.param}_engine")


@pytest.fixture
def sqlite_engine(tmp_path):
    """Connect to a SQLite database with tables."""
    yield from _opened(f"sqlite:///{tmp_path / 'instance' / 'linkmgr.db'}")


@pytest.fixture(scope="session")
def _postgresql_tables(postgresql_server):
    """Give the URL of a PostgreSQL database with tables, to be copied."""
    url = new_database(postgresql_server)
    made = open_engine(url)
    create_tables(made)
    made.dispose()
    return url


@pytest.fixture
def postgresql_engine(postgresql_server, _postgresql_tables):
    """Connect to a PostgreSQL database with tables."""
    url = new_database(postgresql_server, like=_postgresql_tables)
    made = open_engine(url)
    yield made
    made.dispose()
    drop_database(postgresql_server, url)


@pytest.fixture
def spool(tmp_path):
    return tmp_path / "spool"


def _opened(url):
    made = open_with_compiled(url)
    create_tables(made)
    yield made
    made.dispose()
