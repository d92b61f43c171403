"""Authors are named as readers expect them."""

import pytest

from linkmgr.book_data import from_roles, joined


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("斎藤明美／著", "斎藤明美"),
        ("まつもとゆきひろ／監修 後藤裕蔵／著", "まつもとゆきひろ（監修）、後藤裕蔵"),
        ("Kleppmann,Martin 斉藤,太郎,pub.2019", "Kleppmann,Martin 斉藤,太郎,pub.2019"),
        ("夏目漱石", "夏目漱石"),
        ("夏目漱石／著 他", "夏目漱石／著 他"),
        ("", ""),
    ],
)
def test_a_list_with_roles_becomes_names(text, names):
    assert from_roles(text) == names


def test_names_are_joined_by_commas_of_their_script():
    assert (
        joined(["Ada Lovelace", "", "Ada Lovelace", "Alan Turing"]) == "Ada Lovelace, Alan Turing"
    )
    assert joined(["Ada Lovelace", "角征典"]) == "Ada Lovelace、角征典"
