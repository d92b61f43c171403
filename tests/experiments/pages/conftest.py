"""The admin, as the tests of its other pages have it."""

from tests.admin.conftest import (
    _browsers,
    _quick_hashing,
    admin_app,
    admin_client,
    at_shared_browser,
    demo,
    demo_app,
    engine,
    file,
    settings,
    signed_in,
    site,
    stranger,
)

__all__ = [
    "_browsers",
    "_quick_hashing",
    "admin_app",
    "admin_client",
    "at_shared_browser",
    "demo",
    "demo_app",
    "engine",
    "file",
    "settings",
    "signed_in",
    "site",
    "stranger",
]
