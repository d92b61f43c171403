"""Tests are marked by what they need: `slow` says nothing of it."""

import re

import pytest

from tests.support.packages import ROOT

PAST = re.compile(r"mark\.slow\b|\brequires_jekyll\b")


def of_the_past(source):
    return sorted({*PAST.findall(source)})


def test_every_mark_says_what_a_test_needs():
    past = {
        str(file.relative_to(ROOT)): "mark what it needs: browser, jekyll, server, …"
        for file in (ROOT / "tests").rglob("*.py")
        if file.parent.name != "lint" and of_the_past(file.read_text(encoding="utf-8"))
    }
    assert past == {}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("@pytest.mark.slow\n", ["mark.slow"]),
        ("pytest.mark.usefixtures('requires_jekyll')", ["requires_jekyll"]),
        ("pytestmark = pytest.mark.jekyll", []),
    ],
)
def test_marks_of_the_past_are_recognised(source, names):
    assert of_the_past(source) == names
