"""The docs show each picture that is taken of the admin."""

from tests.admin.screenshots import DOCS, PICTURES


def test_each_picture_of_the_admin_is_there_and_shown_in_the_docs():
    taken = {f"{name}.png" for name in PICTURES}
    text = (DOCS / "admin.md").read_text(encoding="utf-8")
    assert {file.name for file in DOCS.glob("admin-*.png")} == taken
    assert {name for name in taken if f"]({name})" not in text} == set()
