"""Both databases, as the tests of the store have them."""

from tests.store.conftest import _postgresql_tables, engine, postgresql_engine, sqlite_engine

__all__ = ["_postgresql_tables", "engine", "postgresql_engine", "sqlite_engine"]
