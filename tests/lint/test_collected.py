"""No test file is left out of a run."""

import pytest

from tests.support.packages import ROOT


def modules(folder):
    """Yield the files in a folder that pytest would import, and import none."""
    for found in folder.collect():
        if isinstance(found, pytest.Module):
            yield found.path
        else:
            yield from modules(found)


def test_every_test_file_is_collected(request):
    folder = pytest.Dir.from_parent(request.session, path=ROOT / "tests")
    assert set(ROOT.glob("tests/**/test_*.py")) == set(modules(folder))
