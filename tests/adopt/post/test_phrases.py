"""The words by which headings are known."""

import pytest

from linkmgr.adopt.post.phrases import is_books_heading, is_related_heading


@pytest.mark.parametrize(
    "heading",
    ["Keep reading", "Related reading", "More reading", "Read next", "あわせて読みたい"],
)
def test_a_list_of_related_posts_is_known_by_its_heading(heading):
    assert is_related_heading(heading)
    assert not is_books_heading(heading)


@pytest.mark.parametrize("heading", ["My reading list", "Recommended books", "おすすめの本"])
def test_a_section_of_books_is_known_by_its_heading(heading):
    assert is_books_heading(heading)
    assert not is_related_heading(heading)
