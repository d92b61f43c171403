"""Headings, and what in an article is no prose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.posts.article.text import sections


def cut(text):
    body = text.encode()
    found = sections(body)
    return tuple([body[a:b].decode() for a, b in spans] for spans in found)


@pytest.mark.parametrize(
    ("text", "headings"),
    [
        ("# One\ntext\n## 見出し二 #\n", ["One", "見出し二 #"]),
        ("text\n\nTitle\n=====\n\nSub\n---\n", ["Title", "Sub"]),
        ("<h2 class='x'>Two</h2><h3>Three", ["Two", "Three"]),
        ("#hashtag\n text # not\n\n---\n\n- item\n", []),
        ("```sh\n# comment\n```\n# After\n", ["After"]),
        ("~~~\n# in\n```\n# still in\n~~~\n", []),
        ("```\n# never closed\n", []),
        ("````\n```\n# in\n````\n## Out\n", ["Out"]),
        ("    ```\n# A\n   ```\n# in\n\n```\n# B\n", ["A", "B"]),
        ("   ```\n# in\n", []),
    ],
    ids=[
        "ATX",
        "setext",
        "HTML",
        "none",
        "after code",
        "tildes",
        "open code",
        "longer fence",
        "depth",
        "start",
    ],
)
def test_headings_are_found(text, headings):
    assert cut(text)[0] == headings


@pytest.mark.parametrize(
    ("text", "skipped"),
    [
        ("a [link](http://x.jp/a_(b)) b", ["](http://x.jp/a_(b))"]),
        ("a ![AI](/ai.png 'AI') b", ["](/ai.png 'AI')"]),
        ("[AI]: http://x.jp 'T'", ["]: http://x.jp"]),
        ("見よhttps://x.jp/ai?b=cです", ["https://x.jp/ai?b=c"]),
        ("<https://x.jp> <b title='AI'>x</b>", ["<https://x.jp>", "<b title='AI'>", "</b>"]),
        ("a <!-- AI\n --> b < c", ["<!-- AI\n -->"]),
        ("<script>AI</script><style>AI</style>x", ["<script>AI</script><style>AI</style>"]),
        ("{% include ai %} x {{ ai }} y {: .ai}", ["{% include ai %}", "{{ ai }}", "{: .ai}"]),
        ("a\n```\nAI\n```\nb `AI`", ["```\nAI\n```"]),
        ("時刻は10:30、[注]です {x}", []),
    ],
    ids=[
        *("link", "image", "definition", "address", "tags", "comment", "script", "liquid", "code"),
        "prose",
    ],
)
def test_what_is_no_prose_is_skipped(text, skipped):
    assert cut(text)[1] == skipped


@given(st.text("#=-`~<>/h1a! []():{}%\n\"'あ", max_size=80))
def test_spans_are_in_order_apart_and_inside_the_text(text):
    body = text.encode()
    for spans in sections(body):
        edges = [edge for span in spans for edge in span]
        assert edges == sorted(edges)
        assert all(0 <= edge <= len(body) for edge in edges)
        assert all(a < b for a, b in spans)


MANY = 20_000


@pytest.mark.parametrize(
    ("text", "headings", "skipped"),
    [
        ("{%" * MANY, 0, 0),
        ("{{" * MANY, 0, 0),
        ("{:" * MANY, 0, 0),
        ("{% a %}" + "{{" * MANY, 0, 1),
        ("# a\n```\n```\n" * MANY, MANY, MANY),
        ("```\n```\n" * MANY + "~~~\n", 0, MANY + 1),
        ("~~~\n```\n```\n~~~\n" * MANY, 0, MANY),
        ("x ``` " * MANY, 0, 0),
        ("<h1> " * MANY, 1, MANY),
        ("<h1> " * MANY + "</h1>", 1, MANY + 1),
        ("](" * MANY, 0, 0),
        ("<!--" * MANY, 0, 1),
        ("<script" * MANY, 0, 1),
    ],
    ids=[
        *("tags", "outputs", "attributes", "outputs after a tag", "headings between fences"),
        *("fences", "two kinds of fences", "fences inside a line", "open headings"),
        *("headings closed at the end", "links", "comments", "scripts"),
    ],
)
def test_an_article_made_to_hang_is_read(text, headings, skipped):
    assert tuple(map(len, sections(text.encode()))) == (headings, skipped)


def test_a_block_that_eject_wrote_is_no_prose_and_has_no_heading():
    block = "<!-- linkmgr:books tea -->\n<h3>AI</h3>\n<p>AI</p>\n<!-- /linkmgr:books -->"
    headings, skipped = cut(f"# Tea\n\nOf tea.\n\n{block}\n\nMore tea.\n")
    assert (headings, skipped) == (["Tea"], [block])


def test_what_begins_like_such_a_block_and_does_not_end_is_read():
    opening = "<!-- linkmgr:books tea -->"
    assert cut(f"{opening}\nOf tea.\n")[1] == [opening]
