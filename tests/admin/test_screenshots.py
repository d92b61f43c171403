"""The docs show each picture that is taken of the admin."""

import pytest

from tests.admin.screenshots import FOLDERS, OF_FIGURES, PICTURES

NAMES = PICTURES | OF_FIGURES


@pytest.mark.parametrize("language", FOLDERS)
def test_each_picture_of_the_admin_is_there_in_each_language(language):
    there = {file.name for file in FOLDERS[language].glob("admin-*.png")}
    assert there == {f"{name}.png" for name in NAMES}


@pytest.mark.parametrize("language", FOLDERS)
def test_each_picture_of_the_admin_is_shown_in_the_docs(language):
    text = (FOLDERS[language] / "admin.md").read_text(encoding="utf-8")
    assert {name for name in NAMES if f"]({name}.png)" not in text} == set()
