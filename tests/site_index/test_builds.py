"""Builds that are checked, and builds that wait for it."""

import threading

import pytest

from linkmgr.site_index.builds import Builder, BuildSummary
from linkmgr.site_index.snapshot import SitePaths
from linkmgr.site_index.work import BEGINNING
from tests.support.builds import write_blog


@pytest.mark.server
def test_a_build_waits_for_a_check_and_says_that_it_begins(tmp_path):
    root = write_blog(tmp_path / "blog")
    builder = Builder(SitePaths(root, root / "catalog.yaml"))
    build = builder.build()
    with builder._turn:  # noqa: SLF001 - as a check holds it
        assert next(build) == BEGINNING
        steps = []
        rest = threading.Thread(target=lambda: steps.extend(build))
        rest.start()
        assert builder.building
    rest.join()
    assert isinstance(steps[-1], BuildSummary)
    assert steps[-1].written
