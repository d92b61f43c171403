"""A blog's pages in a real browser, and the server of another origin that they report to."""

import pytest

from tests.support.beacon_browser import Blog, Counter, serving
from tests.support.chromium import chromium


@pytest.fixture(scope="module")
def counter(tmp_path_factory):
    with serving(Counter(tmp_path_factory.mktemp("instance"))) as server:
        yield server


@pytest.fixture(scope="module")
def blog():
    with serving(Blog()) as server:
        yield server


@pytest.fixture(scope="module")
def chrome(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("profile")) as started:
        started.set_script_timeout(10)
        yield started
