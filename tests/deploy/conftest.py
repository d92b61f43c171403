"""What the tests of the image and of compose.yaml share: an engine with the image built."""

import pytest

from tests.support import containers
from tests.support.packages import copy_source


@pytest.fixture(scope="session")
def engine():
    """Give an engine that has the image `linkmgr`, built from what git has."""
    with containers.running_engine() as running:
        containers.make_bases(running)
        source = copy_source(running.folder / "source")
        running.build(source, "docker.io/library/linkmgr")
        yield running
