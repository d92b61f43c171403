"""Both databases, and clicks to spool."""

import pytest

from tests.support.databases import create_tables, open_with_compiled


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_url(request, tmp_path):
    """Give the URL of a database of the test's own that has no tables yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'instance' / 'linkmgr.db'}"
    return request.getfixturevalue("postgresql_url")


@pytest.fixture
def engine(database_url):
    """Connect to a database with tables."""
    yield from _opened(database_url)


@pytest.fixture
def sqlite_engine(tmp_path):
    """Connect to a SQLite database with tables."""
    yield from _opened(f"sqlite:///{tmp_path / 'instance' / 'linkmgr.db'}")


def _opened(url):
    made = open_with_compiled(url)
    create_tables(made)
    yield made
    made.dispose()
