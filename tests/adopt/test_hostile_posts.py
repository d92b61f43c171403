"""A post of any content is read in work that grows with its length, not with its square."""

import cProfile

import pytest

from linkmgr.adopt.deciding.losses import contents_of
from linkmgr.adopt.eject import place_of
from linkmgr.adopt.planning.changes import Policy, change_post
from linkmgr.adopt.post.site_addresses import LiveUrls
from linkmgr.adopt.scanning.scan import scan_post
from linkmgr.posts.article.inclusions import inclusions
from linkmgr.posts.article.text import sections

SIZES = pytest.mark.parametrize(
    "sizes",
    [
        pytest.param((5_000, 20_000), id="short"),
        pytest.param((100_000, 400_000), id="long", marks=pytest.mark.soak),
    ],
)
AMAZON = "https://www.amazon.co.jp/dp/4000000004?tag=a-22"
OPENERS = (
    *("[", "![", "](", "[a](", "[a](http://x\n", "<!--", "{{", "{%", "{% raw %}\n\n"),
    *("{% comment %}", "*", ">", "> a\n", "- a\n\n", "- [a\n", "<div", "<div>\n", "<div>\n\n"),
    *('<div class="', '<div class="booklink-box">\n\n', '<div class="pochipp-box">\n\n', "<p>\n\n"),
    *("<a ", '<a href="', '<a href="http://x">\n', '<img src="', '<iframe src="', "<h2 a"),
    *("x <code>\n\n", "&", "&amp;", '"', "【", "## a\n\n", "# a {#", "#  ", "| a | b |\n"),
    *("[^1]: a\n", '[a]: http://x "\n', "[a]: http://x\n\n[a][a]\n\n", "~~~ x\n", "```x\n", "\\["),
    *("---END---\n\n", "a ---END---\n", "--- ## a ", "<!-- linkmgr:books -->\n\n", "msmaflink({"),
    *('{% include linkmgr.html item="', "{% include linkmgr.html ", "http://a.b ", "あ。"),
    f"[a]({AMAZON})\n\n",
    f"### a\n\n[a]({AMAZON})\n\n",
    f"- [a]({AMAZON}) x\n",
    "**[a](https://x.y/?utm_source=a&utm_medium=cta&utm_campaign=c)**\n\n",
    "> ※アフィリエイト広告を利用しています。\n\n",
)


def filled(opener, size):
    return opener.encode() * (size // len(opener.encode()))


def growing_runs(size):
    """Return runs of backticks, each longer than the one before, none of which closes another."""
    runs, length = [], 0
    while sum(map(len, runs)) < size:
        length += 1
        runs.append("`" * length + " ")
    return "".join(runs).encode()


def work(body):
    """Return how many functions, Python's own ones included, reading a post calls."""
    raw = b"---\ntitle: a\n---\n" + body
    live = LiveUrls(())
    with cProfile.Profile() as profile:
        post = scan_post("a.md", raw, live)
        contents_of(raw, post)
        change_post(raw, post, Policy(live, {}, None))
        sections(body)
        place_of(body, 0)
        list(inclusions(body))
    return sum(each.callcount for each in profile.getstats())


@SIZES
@pytest.mark.parametrize("opener", OPENERS)
def test_four_times_openers_are_at_most_some_four_times_work(opener, sizes):
    short, long = (work(filled(opener, size)) for size in sizes)
    assert long < 5 * short + 1_000


@SIZES
def test_runs_of_backticks_that_grow_are_no_more_work(sizes):
    short, long = (work(growing_runs(size)) for size in sizes)
    assert long < 5 * short + 1_000
