"""The tutorial, typed unchanged into a fresh folder, ends with counted clicks."""

import json
import re
import subprocess
import tomllib

import pytest

from tests.support.admin_browser import at_browser
from tests.support.docs_follower import FOLDERS, LANGUAGES, Follower
from tests.support.packages import ROOT

PAGES = {language: folder / "tutorial.md" for language, folder in FOLDERS.items()}


@pytest.mark.parametrize("language", PAGES)
def test_the_tutorial_installs_from_this_folder_with_an_extra(language):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    page = PAGES[language].read_text(encoding="utf-8")
    installed = re.findall(r"^pipx install '\.\[(\w+)\]'$", page, re.MULTILINE)
    assert len(installed) == page.count("pipx install")
    assert {*installed} <= {*project["optional-dependencies"]}


@pytest.mark.docs
@pytest.mark.jekyll
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tutorial_typed_unchanged_ends_with_counted_clicks(language, tmp_path):
    with (
        at_browser(tmp_path, language=language) as reader,
        Follower(PAGES[language], tmp_path / "home") as follower,
    ):
        follower.follow("linkmgr serve")
        follower.first_account(reader)
        follower.first_clicks(reader)
        follower.follow()
        stats = subprocess.run(
            ["linkmgr", "stats", "--json"],
            cwd=follower.home / "blog",
            env=follower.environment,
            check=True,
            capture_output=True,
        )
    clicks = {row["value"]: row["clicks"] for row in json.loads(stats.stdout)["rows"]}
    assert clicks == {"newsletter": 1, "readable-code": 1}
