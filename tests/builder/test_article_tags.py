"""Blocks and items that an article's own tags ask for, on pages of the real Jekyll."""

import re

import html5lib
import pytest

from linkmgr.blocks.include import SCRIPT, STYLESHEET
from tests.support.builds import CATALOG, built, post, write_blog
from tests.support.issued_codes import A8_TEXT
from tests.support.jekyll import MODES, build_site

pytestmark = pytest.mark.jekyll

LAYOUTS = {
    "_layouts/post.html": "<main>\n{{ content }}\n{% include linkmgr.html %}\n</main>\n",
    "_layouts/whole.html": (
        "<main>\n{% include linkmgr.html content=content %}\n{% include linkmgr.html %}\n</main>\n"
    ),
    "_layouts/bare.html": "<main>\n{{ content }}\n</main>\n",
    "index.html": "---\n---\n{% for post in site.posts %}{{ post.excerpt }}\n{% endfor %}",
}
LINK = '{% include linkmgr.html item="green" %}'
CARD = '{% include linkmgr.html item="green" as="card" %}'
BOOKS = '{% include linkmgr.html block="books" %}'
ARTICLES = {
    "within": f"Read {LINK} today.\n",
    "first": f"{LINK} is good.\n\nSo is this.\n",
    "list": f"- {LINK}\n- Another.\n",
    "words": 'Read {% include linkmgr.html item="green" text="this & *that*" %}.\n',
    "card": f"Before.\n\n{CARD}\n\nAfter.\n",
    "own": 'Ask {% include linkmgr.html item="news" %} now.\n',
    "gone": 'See {% include linkmgr.html item="gone" %} too.\n',
    "out": 'See {% include linkmgr.html item="out" text="the old one" %} too.\n',
    "unknown": 'See {% include linkmgr.html item="greem" text="this" %}\n\n'
    '{% include linkmgr.html block="nope" %}\n\n'
    'And {% include linkmgr.html item=page.tea text="that" %}.\n',
    "block": f"Before.\n\n{BOOKS}\n\nAfter.\n",
    "posts": 'Before.\n\n{% include linkmgr.html block="related" %}\n\nAfter.\n',
    "all": "Before.\n\n{% include linkmgr.html %}\n\nAfter.\n",
    "raw": f"{{% raw %}}{BOOKS}{{% endraw %}}\n",
}
BOOK = {"title": "Old", "asin": "B0EXAMPLE4", "retired": True}
ITEMS = CATALOG | {
    "site": CATALOG["site"] | {"server": "https://l.example"},
    "books": CATALOG["books"]
    | {"green": {"title": "Green *Tea* | [1]", "asin": "B0EXAMPLE1"}}
    | {"gone": BOOK | {"fallback": "black"}, "out": BOOK},
    "blocks": {"related": {"limit": 1}, "books": {"limit": 1}},
}


def write(root, articles=ARTICLES, layout="post", catalog=ITEMS):
    posts = {
        f"_posts/2026-01-01-{title}.md": post(title, body=body, layout=layout)
        for title, body in articles.items()
    }
    write_blog(root, LAYOUTS | posts, catalog=catalog, config={"url": "https://tea.example"})
    return root


def text_of(site, title):
    return (site / "2026/01/01" / title / "index.html").read_text(encoding="utf-8")


def page(site, title):
    text = re.sub("<!--.*?-->", "", text_of(site, title), flags=re.DOTALL)
    return html5lib.HTMLParser(namespaceHTMLElements=False).parse(text)


def words(element):
    return " ".join("".join(element.itertext()).split())


def blocks(tree):
    found = (each.get("class", "").split() for each in tree.iter("div"))
    return [names[-1].removeprefix("linkmgr-") for names in found if names[:1] == ["linkmgr"]]


@pytest.fixture(scope="module", params=MODES)
def site(request, tmp_path_factory):
    root = write(tmp_path_factory.mktemp("tags") / "site")
    built(root)
    return build_site(root, *request.param)


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("within", "Read Ad Green *Tea* | [1] today."),
        ("first", "Ad Green *Tea* | [1] is good."),
        ("list", "Ad Green *Tea* | [1]"),
        ("words", "Read Ad this & that."),
        ("own", "Ask Read now."),
        ("gone", "See Ad Black Tea too."),
        ("out", "See the old one too."),
        ("unknown", "See this"),
    ],
)
def test_a_tag_puts_an_item_into_the_running_text(site, title, shown):
    main = page(site, title).find(".//main")
    first = next(each for each in main if each.tag in ("p", "ul"))
    assert words(first).startswith(shown)


def test_a_link_in_the_text_is_labelled_counted_and_absolute(site):
    link = page(site, "within").find(".//main/p//a")
    assert link.get("href") == "https://www.amazon.com/dp/B0EXAMPLE1/?tag=ours-20"
    assert link.get("rel") == "sponsored nofollow noopener"
    assert link.get("ping").endswith("&b=text.1")
    related = page(site, "posts").find(".//main/div//a")
    assert related.get("href").startswith("https://tea.example/2026/01/01/")


def test_a_card_in_the_text_is_a_block_of_its_own(site):
    tree = page(site, "card")
    assert blocks(tree) == ["text", "related", "books"]
    labels = [each.text for each in tree.findall(".//*[@class='linkmgr-label']")]
    assert labels == ["Ad", "Ad"]
    assert [words(each) for each in tree.findall(".//main/p")] == ["Before.", "After."]


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("block", ["books", "related"]),
        ("posts", ["related", "books"]),
        ("all", ["related", "books"]),
        ("within", ["related", "books"]),
        ("unknown", ["related", "books"]),
        ("raw", ["related", "books"]),
    ],
)
def test_a_block_by_hand_stands_there_alone(site, title, shown):
    tree = page(site, title)
    assert blocks(tree) == shown
    assert text_of(site, title).count("linkmgr-disclosure") == 1
    paragraphs = [words(each) for each in tree.findall(".//main/p")]
    if title in ("block", "all"):
        assert paragraphs == ["Before.", "After."]
        html = text_of(site, title)
        assert html.index("Before.") < html.index("linkmgr-books") < html.index("After.")


@pytest.mark.parametrize("title", ARTICLES)
def test_each_page_links_the_assets_once(site, title):
    html = text_of(site, title)
    assert html.count(STYLESHEET) == 1
    assert html.count(SCRIPT) == 1


def test_an_excerpt_has_the_words_alone(site):
    index = (site / "index.html").read_text(encoding="utf-8")
    assert "<p>Read Green *Tea* | [1] today.</p>" in index
    assert "<p>Read this &amp; <em>that</em>.</p>" in index
    assert "linkmgr" not in index.replace("include linkmgr.html", "")


def test_issued_code_stands_in_text_with_its_picture_and_words(tmp_path):
    item = {"title": "A trial", "programme": "a8", "code": A8_TEXT}
    programmes = {"a8": {"name": "A8"}}
    own_words = '*茶* -- "A&amp;B" _x_ [y](z) `k` ... {{ site.title }}'
    odd = item | {"code": A8_TEXT.replace("お茶の店", own_words).replace("</a>", "</a>\n\n")}
    books = {"trial": item, "odd": odd}
    catalog = ITEMS | {"books": books, "programmes": programmes, "mappings": {}}
    tag = '{% include linkmgr.html item="trial" text="mine" FORM %}'
    link, card = tag.replace("FORM", ""), tag.replace("FORM", 'as="card"')
    articles = {"link": f"Try {link} now.", "card": card}
    in_words = {"odd": 'Try {% include linkmgr.html item="odd" %} now.'}
    root = write(tmp_path / "site", articles | in_words, catalog=catalog)
    for title in articles:
        html = (root / f"_posts/2026-01-01-{title}.md").read_text(encoding="utf-8")
        (root / f"_posts/2026-01-01-{title}-html.html").write_text(html, encoding="utf-8")
    built(root)
    site = build_site(root)
    for title in ("link", "card", "link-html", "card-html"):
        html = text_of(site, title)
        # Markdown writes an image as XHTML does, which is the same to a browser.
        assert A8_TEXT in (html if title.endswith("html") else html.replace('"" />', '"">')), title
        assert "mine" not in html
        assert html.index("linkmgr-label") < html.index('px.a8.net/svt/ejp?a8mat=3AB+1CD+2EF+4GH" ')
    shown = page(site, "odd").find(".//main/p")
    assert words(shown) == 'Try Ad *茶* -- "A&B" _x_ [y](z) `k` ... {{ site.title }} now.'


def test_without_a_block_the_disclosure_ends_the_page(tmp_path):
    catalog = ITEMS | {"blocks": {"related": {"limit": 1}}}
    root = write(tmp_path / "site", {"within": ARTICLES["within"], "raw": "Text."}, catalog=catalog)
    built(root)
    site = build_site(root)
    assert text_of(site, "within").count("linkmgr-disclosure") == 1
    assert "linkmgr-disclosure" not in text_of(site, "raw")


def test_where_no_layout_shows_blocks_article_brings_assets(tmp_path):
    root = write(tmp_path / "site", ARTICLES, layout="bare")
    built(root)
    site = build_site(root)
    for title in set(ARTICLES) - {"unknown", "out", "raw"}:
        assert text_of(site, title).count(STYLESHEET) == 1, title
        assert text_of(site, title).count(SCRIPT) == 1, title
    assert words(page(site, "first").find(".//main/p")) == "Ad Green *Tea* | [1] is good."


def test_a_card_leads_where_blocks_lead_and_in_feeds_to_the_site(tmp_path):
    news = '{% include linkmgr.html item="news" as="card" %}'
    site = {key: value for key, value in ITEMS["site"].items() if key != "server"}
    root = write(
        tmp_path / "site",
        {"cta": f"Before.\n\n{news}\n\nAfter.\n\n{BOOKS}\n"},
        layout="whole",
        catalog=ITEMS | {"site": site},
    )
    everything = "---\n---\n{% for post in site.posts %}{{ post.content }}{% endfor %}"
    (root / "feed.xml").write_text(everything)
    built(root)
    pages = build_site(root)
    page = (pages / "2026/01/01/cta/index.html").read_text()
    assert page.index("Before.") < page.index('href="/news/') < page.index("After.")
    assert "https://tea.example/news/" not in page
    assert page.count("linkmgr-cta") == 1
    feed = (pages / "feed.xml").read_text()
    assert 'href="https://tea.example/news/' in feed
    assert 'href="/news/' not in feed


def test_what_feeds_are_not_to_have_stands_on_the_page_as_ever(tmp_path):
    pages = {}
    for feeds in ("label", "omit"):
        catalog = ITEMS | {"site": ITEMS["site"] | {"feeds": feeds}}
        root = write(tmp_path / feeds, layout="whole", catalog=catalog)
        (root / "index.html").write_text(
            "---\n---\n{% for post in site.posts %}{{ post.content }}{% endfor %}", encoding="utf-8"
        )
        assert "build.feeds-not-omitted" not in [w.code for w in built(root).warnings]
        pages[feeds] = build_site(root)
    for title in ARTICLES:
        shown = [words(page(site, title).find(".//main")) for site in pages.values()]
        assert shown[0] == shown[1], title
        label, omit = (text_of(site, title) for site in pages.values())
        assert label.count("<a ") == omit.count("<a "), title
        assert omit.count(STYLESHEET) == 1, title
    content = (pages["omit"] / "index.html").read_text(encoding="utf-8")
    assert ">this &amp; <em>that</em></span>." in content
    assert "<a " not in content
    assert "<a " in (pages["label"] / "index.html").read_text(encoding="utf-8")


def test_feeds_have_kept_content_and_the_build_warns(tmp_path):
    catalog = ITEMS | {"site": ITEMS["site"] | {"feeds": "omit"}}
    root = write(tmp_path / "site", {"within": ARTICLES["within"]}, catalog=catalog)
    [warning] = [w for w in built(root).warnings if w.code == "build.feeds-not-omitted"]
    assert warning.location.key == "site.feeds"
    site = build_site(root)
    assert page(site, "within").find(".//main/p//a") is not None


def test_what_catalog_does_not_have_is_warned_of_with_its_line(tmp_path):
    root = write(tmp_path / "site", {"unknown": ARTICLES["unknown"]})
    found = [each.reported() for each in built(root).warnings]
    where = str(root / "_posts/2026-01-01-unknown.md")
    named = [(each["line"], each["code"]) for each in found if each["file"] == where]
    assert named == [
        (7, "build.unknown-item-in-post-but"),
        (9, "build.unknown-block-in-post"),
        (11, "build.unknown-item-in-post"),
    ]


def test_what_many_posts_do_not_find_is_warned_of_once(tmp_path):
    tag = '{% include linkmgr.html item="nothing" text="this" %}\n'
    root = write(tmp_path / "site", dict.fromkeys(("a", "b", "c", "d"), tag))
    warnings = map(str, built(root).warnings)
    (unknown,) = [warning for warning in warnings if "/_posts/" in warning]
    assert unknown.endswith(
        "shows no link, since the catalog has no item nothing (3 more posts have the same)"
    )


def test_tags_that_do_not_say_what_they_mean_are_warned_of(tmp_path):
    text = "{% include linkmgr.html block=books %}\n{% include linkmgr.html itme='green' %}\n"
    root = write(tmp_path / "site", {"wrong": text})
    found = [each.reported() for each in built(root).warnings]
    named = [(each["code"], each["params"]["name"]) for each in found if "_posts" in each["file"]]
    assert named == [
        ("build.block-without-quotes", "books"),
        ("build.unknown-parameter", "itme"),
    ]
