"""The tags of linkmgr's in a text, as Jekyll would run them."""

import pytest

from linkmgr.posts.article.inclusions import inclusions


def asked(text):
    """Return what the tags of a text ask for, without their places."""
    return [
        {
            name: value
            for name, value in tag._asdict().items()
            if value and name not in ("start", "end", "line")
        }
        for tag in inclusions(text.encode())
    ]


@pytest.mark.parametrize(
    ("tag", "wanted"),
    [
        ("{% include linkmgr.html %}", {}),
        ("{%- include linkmgr.html -%}", {}),
        ('{% include linkmgr.html block="books" %}', {"block": "books"}),
        ("{%include linkmgr.html block='my-block'%}", {"block": "my-block"}),
        ("{% include linkmgr.html content=content %}", {"content": "content"}),
        ('{% include linkmgr.html\n  item = "tea" as = "card" %}', {"item": "tea", "card": True}),
        (
            '{% include linkmgr.html item="tea" text="100 % \'pure\' as ever" %}',
            {"item": "tea", "text": "100 % 'pure' as ever"},
        ),
        ("{% include linkmgr.html item=page.tea %}", {"item": "{{ page.tea }}"}),
        ("{% include linkmgr.html block=books %}", {"block_variable": "books"}),
        ('{% include linkmgr.html itme="tea" %}', {"unknown": "itme"}),
    ],
)
def test_a_tag_says_what_it_asks_for(tag, wanted):
    assert asked(f"Text {tag} text") == [wanted]


@pytest.mark.parametrize(
    "text",
    [
        "{% raw %}{% include linkmgr.html %}{% endraw %}",
        "{% comment %}{% include linkmgr.html %}{% endcomment %}",
        "{% include linkmgr.html-old %}",
        "{% include other.html %}",
        "include linkmgr.html",
        '{% include linkmgr.html block="books',
    ],
)
def test_what_liquid_does_not_run_is_no_tag(text):
    assert asked(text) == []


def test_a_tag_knows_its_place():
    [tag] = inclusions("一行目\n二行目 {% include linkmgr.html %}。".encode())
    assert tag.line == 2
    assert "一行目\n二行目 {% include linkmgr.html %}。".encode()[tag.start : tag.end] == (
        b"{% include linkmgr.html %}"
    )
