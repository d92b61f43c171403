"""What tests of several parts share."""

import os
import shutil

import pytest


@pytest.fixture(scope="session")
def requires_jekyll():
    """Skip the test where there is no Jekyll; under continuous integration, fail it."""
    if shutil.which("jekyll"):
        return
    if os.environ.get("CI") == "true":
        pytest.fail("jekyll is not installed, and CI=true")
    pytest.skip("jekyll is not installed")
