"""Views of posts come from another program's CSV."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies

from linkmgr.blocks.include import post_key
from linkmgr.figures.posts import parse_views, post_finder
from linkmgr.messages.errors import Problems
from linkmgr.posts.model import Post

PATH = "_posts/2026-01-02-本.md"
URL = "/2026/01/02/%E6%9C%AC.html"
KEY = post_key(PATH)


def make_post(path=PATH, url=URL):
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    return Post(path, url, slug="", date=moment, title="", tags=(), categories=())


def read(text, posts=None):
    raw = text if isinstance(text, bytes) else text.encode()
    return parse_views(raw, "views.csv", post_finder(posts or [make_post()], "/blog"))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(KEY, id="key"),
        pytest.param(PATH, id="path"),
        pytest.param(URL, id="encoded"),
        pytest.param("/2026/01/02/本.html", id="decoded"),
        pytest.param("/2026/01/02/本/", id="without-its-ending"),
        pytest.param("/blog/2026/01/02/本", id="below-the-base-url"),
        pytest.param("https://example.com/blog/2026/01/02/本.html?utm_source=x#y", id="address"),
    ],
)
def test_a_post_is_found_by(name):
    assert read(f'post,views\n"{name}",12\n') == ({KEY: 12}, 0)


def test_lines_of_a_post_are_summed_and_other_pages_reported():
    text = f"\ufeffdate,views,post\r\n2026,1,{KEY}\r\n2026,2,{PATH}\r\n2026,9,/about/\r\n"
    assert read(text) == ({KEY: 3}, 1)


def test_of_posts_that_share_a_url_the_newest_has_its_views():
    posts = [make_post("_posts/new.md"), make_post("_posts/old.md")]
    assert read(f"post,views\n{URL},4\n", posts) == ({post_key("_posts/new.md"): 4}, 0)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("", "views.csv:1: post: the first line must name", id="empty"),
        pytest.param("post,hits\n", "views.csv:1: views: the first line must name", id="column"),
        pytest.param(f"post,views\n{KEY},many\n", "views.csv:2: views: must be a whole", id="word"),
        pytest.param(f"post,views\n{KEY},-1\n", "views.csv:2: views: must be a whole", id="minus"),
        pytest.param(f"post,views\n{KEY}\n", "must be a whole number, not empty", id="missing"),
        pytest.param(f"post,views\n{KEY},{'9' * 5000}", "must be a whole number", id="endless"),
        pytest.param(b"post,views\n\xff,1\n", "views.csv:2: is not UTF-8", id="encoding"),
    ],
)
def test_a_mistake_is_reported_with_its_line(text, problem):
    with pytest.raises(Problems) as reported:
        read(text)
    assert problem in str(reported.value)


def test_all_mistakes_are_reported_at_once():
    with pytest.raises(Problems) as reported:
        read(f"post,views\n{KEY},a\n{KEY},b\n")
    assert [problem.location.line for problem in reported.value.problems] == [2, 3]


@given(strategies.binary() | strategies.text().map(lambda text: f"post,views\n{text}".encode()))
def test_whatever_the_file_holds_it_is_read_or_reported(raw):
    try:
        views, unknown = read(raw)
    except Problems as reported:
        views, unknown = {}, len(reported.problems)
    assert set(views) <= {KEY}
    assert unknown >= 0
