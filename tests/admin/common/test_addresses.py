"""Pages show addresses in their letters, and the names of files as they are."""

import pytest

from linkmgr.admin.common.template_helpers import breakable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "https://a.example/%E3%83%8F/?q=%3Cb%3E",
            "https://a.example/ハ/?q=%3Cb%3E",
        ),
        ("/%e8%8c%b6/", "/茶/"),
        ("_posts/2012-%e8%8c%b6.md", "_posts/2012-%e8%8c%b6.md"),
        ("/a/b<b>", "/a/b&lt;b&gt;"),
    ],
    ids=["address", "path", "file", "markup"],
)
def test_address_is_shown_readable_and_breaks_at_its_separators(text, shown):
    assert str(breakable(text)).replace("<wbr>", "") == shown
    assert "<wbr>" in breakable(text)
