"""Feeds are checked as pages are, and their addresses must be complete."""

import pytest

from linkmgr.builder.run import build
from linkmgr.check.run import check
from linkmgr.messages.message import translate
from tests.support.builds import NOW, post, write_blog

PAGE = "https://tea.example/2026/01/01/green/"
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><link href="/"/>{}</feed>'
ENTRY = '<entry><link href="{link}"/><content type="html"{base}>{html}</content></entry>'
RSS = (
    '<rss version="2.0"><channel><item><link>{}</link><description>{}</description></item>'
    "</channel></rss>"
)
DEEP = "<p>" * 50_000 + "</p>" * 50_000
PAID = '&lt;a rel="sponsored" href="https://www.amazon.com/dp/B0EXAMPLE1?tag=ours-20"&gt;'


@pytest.fixture(scope="module")
def blog(tmp_path_factory):
    root = tmp_path_factory.mktemp("feeds") / "blog"
    root = write_blog(
        root, {"_posts/2026-01-01-green.md": post("Green", ["tea", "bread"], body="[x](/gone/)")}
    )
    build(root, now=NOW)
    page = root / "_site/2026/01/01/green/index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<section class='linkmgr linkmgr-books'></section>")
    (root / "_site/sitemap.xml").write_text("<urlset><loc>/no/</loc></urlset>")
    return root


def found(blog, feed):
    (blog / "_site/feed.xml").write_text(f'<?xml version="1.0"?>\n{feed}', encoding="utf-8")
    return [(str(each.code), each.what) for each in check(blog).findings]


def atom(html, base=f' xml:base="{PAGE}"', link=PAGE):
    return ATOM.format(ENTRY.format(link=link, base=base, html=html))


@pytest.mark.parametrize(
    ("feed", "codes"),
    [
        pytest.param(atom("&lt;p&gt;Tea"), [], id="Atom"),
        pytest.param(atom("", link="/2026/01/01/green/"), ["relative-in-feed"], id="entry"),
        pytest.param(atom("", link=f"{PAGE}gone/"), ["dead-link"], id="dead entry"),
        pytest.param(atom("", link="https://[x"), ["dead-link"], id="no address"),
        pytest.param(atom("&lt;p&gt;Tea", base=' xml:base="https://[x"'), [], id="bad base"),
        pytest.param(atom('&lt;a href="/gone/"&gt;'), ["dead-link"], id="dead"),
        pytest.param(atom('&lt;a href="../green/"&gt;'), [], id="relative to its page"),
        pytest.param(atom('&lt;img src="cup.jpg"&gt;'), ["dead-picture"], id="picture"),
        pytest.param(atom('&lt;a href="/"&gt;', base=""), ["relative-in-feed"], id="no base"),
        pytest.param(atom('&lt;img src="/a.jpg"&gt;', base=""), ["relative-in-feed"], id="img"),
        pytest.param(atom('&lt;a href="#fn:1"&gt;', base=""), [], id="note"),
        pytest.param(atom(PAID), ["no-label"], id="no label"),
        pytest.param(atom(f"&lt;p&gt;Ad&lt;/p&gt;{PAID}"), [], id="label"),
        pytest.param(
            atom(f"&lt;p&gt;Ad&lt;/p&gt;{PAID.replace('sponsored', 'x')}"), ["no-rel"], id="no rel"
        ),
        pytest.param(
            atom("")
            .replace('type="html"', 'type="xhtml"')
            .replace(
                "></content>",
                '><div xmlns="http://www.w3.org/1999/xhtml"><a href="/no/">x</a></div></content>',
            ),
            ["dead-link"],
            id="XHTML",
        ),
        pytest.param(
            atom("&lt;a href='/no/'&gt;").replace('"html"', '"text"'), [], id="plain text"
        ),
        pytest.param(RSS.format(PAGE, '&lt;a href="/"&gt;'), ["relative-in-feed"], id="RSS"),
        pytest.param(RSS.format(PAGE, f'&lt;a href="{PAGE}x"&gt;'), ["dead-link"], id="RSS, dead"),
        pytest.param(RSS.format(PAGE, PAID), ["no-label"], id="RSS, no label"),
        pytest.param("<feed><entry></feed>", ["unreadable"], id="broken"),
        pytest.param(
            atom("").replace('"html"', '"xhtml"').replace("></c", f">{DEEP}</c"),
            ["unreadable"],
            id="deeper than can be read",
        ),
    ],
)
def test_each_thing_that_can_be_wrong_in_a_feed_is_found(blog, feed, codes):
    assert [code for code, _ in found(blog, feed)] == codes


@pytest.mark.parametrize("encoding", ["Shift_JIS", "no-such"])
def test_a_feed_in_an_encoding_that_is_not_read_is_reported(blog, encoding):
    head = f'<?xml version="1.0" encoding="{encoding}"?>\n'
    (blog / "_site/feed.xml").write_text(head + ATOM.format(""), encoding="ascii")
    assert [str(each.code) for each in check(blog).findings] == ["unreadable"]


def test_all_relative_addresses_of_a_feed_are_one_finding(blog):
    html = '&lt;a href="/a/"&gt;&lt;img src="b.jpg"&gt;&lt;a href="/a/"&gt;'
    assert found(blog, atom(html, base="")) == [("relative-in-feed", "/a/")]
    (relative,) = check(blog).findings
    assert translate(relative.detail) == "and 1 more address"
    (blog / "feed.xml").write_text("---\n---\n<feed>")
    for feed in (atom("", link="/2026/01/01/green/"), atom(html, base="")):
        (blog / "_site/feed.xml").write_text(feed, encoding="utf-8")
        assert check(blog).findings[0].source.file == str(blog / "feed.xml")


def test_each_entry_needs_a_label_of_its_own(blog):
    entry = ENTRY.format(link=PAGE, base="", html="{}")
    labelled, bare = entry.format(f"&lt;p&gt;Ad&lt;/p&gt;{PAID}"), entry.format(PAID)
    assert [code for code, _ in found(blog, ATOM.format(labelled + bare))] == ["no-label"]


def test_what_a_feed_takes_from_a_post_is_found_in_the_post(blog):
    page = blog / "_site/2026/01/01/green/index.html"
    before = page.read_text()
    page.write_text(f'{before}<a href="/gone/">')
    found(blog, atom('&lt;a href="/gone/"&gt;'))
    (dead,) = check(blog).findings
    page.write_text(before)
    assert (dead.page, dead.also) == ("2026/01/01/green/index.html", ("feed.xml",))
    assert dead.source.file.endswith("_posts/2026-01-01-green.md")
