"""docs/reference/logs.md lists every event that a server logs, with its level."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEVELS = {"info": "info", "warning": "warning", "error": "error", "exception": "error"}
ROW = re.compile(r"^\| (.+?) \| (info|warning|error) \| .+ \|$", re.MULTILINE)


def logged():
    """Return each event of the code with its level, `…` for what varies."""
    found = set()
    for file in (ROOT / "linkmgr").rglob("*.py"):
        if "posts" in file.relative_to(ROOT).parts:  # which say what Jekyll does of a site's file
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (event := event_of(node)):
                found.add(event)
    return found


def event_of(call):
    """Return the event that a call logs, `None` for any other call."""
    function = call.func
    if not (isinstance(function, ast.Attribute) and function.attr in LEVELS and call.args):
        return None
    text = call.args[0]
    if not (isinstance(text, ast.Constant) and isinstance(text.value, str)):
        return None
    return re.sub(r"%[sd]", "…", text.value), LEVELS[function.attr]


@pytest.mark.parametrize("page", ["docs/reference/logs.md", "docs/ja/reference/logs.md"])
def test_the_reference_lists_every_event_that_is_logged(page):
    events = logged()
    assert len(events) > 20
    assert set(ROW.findall((ROOT / page).read_text(encoding="utf-8"))) == events
