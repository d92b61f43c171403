"""Built sites through the real Jekyll: what readers get, and what an incremental build renders."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import html5lib
import pytest

from linkmgr.builder.run import build
from linkmgr.check.run import check
from linkmgr.demo.run import make_demo
from tests.support.builds import (
    CATALOG,
    INDEX,
    POSTS,
    built,
    edit,
    fragment_of,
    stamps,
    write_blog,
    yaml_of,
)
from tests.support.issued_codes import A8_TEXT
from tests.support.jekyll import MODES, build_site

pytestmark = pytest.mark.jekyll

SAFE = pytest.mark.parametrize("arguments", MODES)


def page(file):
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    return parser.parse(file.read_text(encoding="utf-8"))


def links(tree, css_class):
    """Return the links in a block."""
    for element in tree.iter("div"):
        if css_class in (element.get("class") or "").split():
            yield from element.iter("a")


def related(tree):
    return [link.get("href") for link in links(tree, "linkmgr-related")]


@SAFE
def test_a_page_shows_products_and_shops_and_the_check_is_clean(tmp_path, arguments):
    kettle = {
        "title": "Kettle {{ 1 }}",
        "maker": "Minamo",
        "asin": "B0EXAMPLE7",
        "image": "/assets/kettle.jpg",
        "shops": [{"preset": "kindle", "url": "https://www.amazon.com/dp/B0EXAMPLE8/"}],
    }
    mappings = {"tea": {"any": {"tags": ["tea"]}, "items": ["kettle"]}}
    root = write_blog(
        tmp_path / "blog",
        catalog={"products": {"kettle": kettle}, "mappings": mappings, "books": {}, "ctas": {}},
        config={"baseurl": "/blog"},
    )
    (root / "assets").mkdir(exist_ok=True)
    (root / "assets/kettle.jpg").write_bytes(b"")
    built(root)
    site = build_site(root, *arguments)
    tree = page(site / "2026/01/01/green/index.html")
    shown = links(tree, "linkmgr-products")
    assert [("".join(link.itertext()), link.get("href")) for link in shown] == [
        ("Kettle {{ 1 }}", "https://www.amazon.com/dp/B0EXAMPLE7/?tag=ours-20"),
        ("Amazon", "https://www.amazon.com/dp/B0EXAMPLE7/?tag=ours-20"),
        ("Amazon Kindle", "https://www.amazon.com/dp/B0EXAMPLE8/?tag=ours-20"),
    ]
    (picture,) = tree.iter("img")
    assert (picture.get("src"), picture.get("alt")) == ("/blog/assets/kettle.jpg", "")
    assert check(root, built_folder=site).findings == ()


def is_live(built_site, href):
    path = unquote(urlsplit(href).path).lstrip("/")
    return any((built_site / f"{path}{end}").is_file() for end in ("", "/index.html", ".html"))


@pytest.mark.smoke
@SAFE
def test_the_demo_shows_its_blocks_and_live_related_links(tmp_path, arguments):
    make_demo(tmp_path / "demo")
    site = build_site(tmp_path / "demo", *arguments)
    pages = [page(file) for file in site.glob("20*/**/index.html")]
    assert len(pages) == 12
    hrefs = [href for tree in pages for href in related(tree)]
    assert len(hrefs) > 10
    assert [href for href in hrefs if not is_live(site, href)] == []
    books = {link.get("href") for tree in pages for link in links(tree, "linkmgr-books")}
    reviews = {href for href in books if not urlsplit(href).scheme}
    assert len(books - reviews) > 5
    assert len(reviews) == 1
    assert all(is_live(site, href) for href in reviews)

    near_midnight = (site / "2025/11/04/夜更けの一冊/index.html").read_text(encoding="utf-8")
    switched_off = (site / "2026/01/11/祖母の台所/index.html").read_text(encoding="utf-8")
    assert "読書ノートのつくりかた" in near_midnight
    assert "linkmgr" not in switched_off
    assert not (site / "catalog.yaml").exists()


@pytest.mark.parametrize(
    ("permalink", "baseurl", "arguments", "base"),
    [
        ("/:year/:month/:day/:title/", None, (), ""),
        ("/:title/", "", (), ""),
        ("/:title.html", "/", (), ""),
        ("/:categories/:year/:title", "/base/", (), "/base"),
        ("none", "base", (), "/base"),
        ("/:title/", "/日本", (), "/%E6%97%A5%E6%9C%AC"),
        ("none", "/base/", ("--baseurl", "/other/"), "/other"),
        ("/:title.html", "/base", ("--baseurl", ""), ""),
        ("/:title/", "http://tea.example/", (), ""),
        ("none", "https://tea.example/base", (), "/base"),
    ],
)
def test_links_within_the_site_are_live_below_its_base_url(
    tmp_path, permalink, baseurl, arguments, base
):
    site = write_blog(tmp_path / "site", config={"permalink": permalink, "baseurl": baseurl})
    built(site)
    pages = build_site(site, *arguments)
    trees = [page(file) for file in pages.rglob("*.html")]
    hrefs = [href for tree in trees for href in related(tree)]
    assert len(hrefs) > 5
    assert all(href.startswith(f"{base}/") for href in hrefs)
    assert all(is_live(pages, href.removeprefix(base)) for href in hrefs)

    assets = [link.get("href") for tree in trees for link in tree.iter("link")]
    assert assets
    assert all(href.startswith(f"{base}/assets/") for href in assets)


class Incremental:
    """A site of which Jekyll renders only what it must."""

    def __init__(self, root):
        self.root = root
        self.pages = self.render()

    def render(self):
        return build_site(self.root, "--incremental")

    def rendered_by(self, change):
        """Return the names of the posts' pages that are rendered again after a change."""
        change()
        report = built(self.root)
        before = self.stamps()
        self.render()
        after = self.stamps()
        return {path for path in after if after[path] != before.get(path)}, report

    def stamps(self):
        return {
            path.split("/")[-2]: facts
            for path, facts in stamps(self.pages).items()
            if path.endswith("/index.html")
        }


@pytest.fixture
def incremental(tmp_path):
    root = write_blog(tmp_path / "site")
    built(root)
    return Incremental(root)


def test_incremental_build_renders_nothing_where_nothing_changed(incremental):
    rendered, report = incremental.rendered_by(lambda: None)
    assert (rendered, report.changed) == (set(), False)


def test_changed_fragments_render_their_own_posts_alone(incremental):
    root = incremental.root
    rendered, report = incremental.rendered_by(
        lambda: edit(root / "catalog.yaml", "heading: News", "heading: The news")
    )
    assert rendered == {"loaf", "日本茶"}
    assert len(report.written) == 2
    fragment = fragment_of(root, "_posts/2026-01-03-loaf.md")
    rendered, report = incremental.rendered_by(lambda: fragment.write_text("mine"))
    assert rendered == {"loaf"}
    assert report.written == (fragment.relative_to(root).as_posix(),)


def test_a_post_that_gains_its_first_block_is_rendered(incremental):
    root = incremental.root
    hills = incremental.pages / "2026/01/05/hills/index.html"
    assert "linkmgr" not in hills.read_text(encoding="utf-8")
    rendered, report = incremental.rendered_by(
        lambda: edit(root / "catalog.yaml", "      - bread\n", "      - bread\n      - walks\n")
    )
    assert INDEX in report.written
    assert "hills" in rendered
    assert "Bread" in hills.read_text(encoding="utf-8")


def test_a_post_that_loses_its_last_block_does_not_stop_jekyll(incremental):
    root = incremental.root
    (root / "_posts/2026-01-03-loaf.md").unlink()
    edit(root / "_posts/2026-01-01-green.md", "layout: post", "layout: post\nlinkmgr: false")
    built(root)
    incremental.render()
    green = incremental.pages / "2026/01/01/green/index.html"
    assert "linkmgr" not in green.read_text(encoding="utf-8")


def test_posts_of_the_future_and_hidden_ones_are_never_linked(tmp_path):
    site = write_blog(tmp_path / "site")
    for name, front in (("2099-01-01-far", ""), ("2026-01-09-hidden", "published: false\n")):
        (site / f"_posts/{name}.md").write_text(f"---\ntitle: Green\n{front}tags: [tea]\n---\n")
    build(site, now=datetime.now(UTC))
    pages = build_site(site)
    hrefs = {href for file in pages.rglob("*.html") for href in related(page(file))}
    assert hrefs
    assert all(is_live(pages, href) for href in hrefs)


SHARED = Path(__file__).parents[3] / "shared"
SEED = "_posts/2026-02-18-2-llama3-deepseek-r1-vs-gpt4o.md"
# The books of that post by ASIN, in its order, and one that does not belong there.
SEED_CATALOG = {
    "site": {"name": "Compass", "url": "https://compass.example", "language": "ja"},
    "programmes": {"amazon": {"tag": "compass-22", "status": "approved"}},
    "books": {
        "governance": {"asin": "4785730706", "title": "法務", "blurb": "規制の動向"},
        "prompts": {"asin": "4798181986", "title": "プロンプト", "blurb": "書き方"},
        "cases": {"asin": "4492558454", "title": "事例", "blurb": "導入のヒント"},
        "agents": {"asin": "4815636605", "title": "エージェント"},
    },
    "ctas": {
        "consulting": {
            "heading": "ご相談ください",
            "label": "問い合わせる",
            "url": "/services/",
            "utm": {"source": "article", "medium": "cta", "campaign": "research"},
            "class": "consulting-cta-link",
        }
    },
    "mappings": {
        "papers": {"any": {"categories": ["研究論文"]}, "items": ["consulting"]},
        "three": {
            "all": {"tags": ["LLM", "Meta", "OpenAI"]},
            "items": ["governance"],
            "weight": 4,
        },
        "two": {"all": {"tags": ["LLM", "Meta"]}, "items": ["prompts"], "weight": 2},
        "meta": {"any": {"tags": ["Meta"]}, "items": ["cases"]},
        "agents": {"any": {"keywords": ["製造業"]}, "items": ["agents"]},
    },
}
DISCLOSURE = "Amazonのアソシエイトとして、Compassは適格販売により収入を得ています。"


@pytest.fixture(scope="module")
def shared_blog(tmp_path_factory):
    """Build a catalog for the blog that the project came from, in a copy of it."""
    if not (SHARED / "blog").is_dir():
        pytest.skip("the blog in ../shared is not there")
    root = tmp_path_factory.mktemp("blog") / "site"
    shutil.copytree(SHARED / "blog", root)
    (root / "catalog.yaml").write_text(yaml_of(SEED_CATALOG), encoding="utf-8")
    layout = root / "_layouts/post.html"
    edit(layout, "{{ content }}\n", "{{ content }}\n{% include linkmgr.html %}\n")
    report = build(root)
    assert report.posts == 131
    return root


@pytest.fixture(scope="module", params=MODES)
def shared_pages(request, shared_blog):
    return build_site(shared_blog, *request.param)


@pytest.fixture
def seed_page(shared_pages):
    return page(shared_pages / "2026/02/18/2-llama3-deepseek-r1-vs-gpt4o/index.html")


def test_the_seeds_post_has_its_three_books_in_its_order(seed_page):
    titles = [
        link.get("href")
        for title in seed_page.iter("p")
        if title.get("class") == "linkmgr-title"
        for link in title.iter("a")
        if "amazon" in link.get("href")
    ]
    assert titles == [
        f"https://www.amazon.co.jp/dp/{asin}/?tag=compass-22"
        for asin in ("4785730706", "4798181986", "4492558454")
    ]


def test_the_seeds_post_has_its_cta_with_utm_and_class(seed_page):
    (link,) = links(seed_page, "linkmgr-cta")
    assert link.get("href") == "/services/?utm_source=article&utm_medium=cta&utm_campaign=research"
    assert link.get("class") == "consulting-cta-link"
    assert link.find("span").text == "問い合わせる"


def test_the_seeds_post_is_labelled_and_disclosed(seed_page):
    (block,) = (each for each in seed_page.iter("div") if "linkmgr-books" in each.get("class", ""))
    text = "".join(block.itertext())
    assert DISCLOSURE in text
    label = next(block.iter("p"))
    assert (label.get("class"), label.text) == ("linkmgr-label", "広告")
    assert text.index("広告") < text.index("法務")
    affiliate = [link for link in block.iter("a") if "amazon" in link.get("href")]
    assert {link.get("rel") for link in affiliate} == {"sponsored nofollow noopener"}


def test_every_related_link_of_blog_is_live_and_to_another_page(shared_pages):
    account = json.loads((shared_pages / "posts.json").read_text(encoding="utf-8"))
    assert len(account) == 131
    shown = 0
    for post in account:
        file = shared_pages / unquote(post["url"]).lstrip("/") / "index.html"
        hrefs = related(page(file))
        assert len(hrefs) == len(set(hrefs)) <= 3
        assert post["url"] not in hrefs
        assert [href for href in hrefs if not is_live(shared_pages, href)] == []
        shown += len(hrefs)
    assert shown > 300


def test_an_incremental_build_renders_one_post_for_one_fragment(shared_blog):
    build_site(shared_blog, "--incremental")
    pages = shared_blog.with_name("site-built")
    before = stamps(pages)
    fragment = fragment_of(shared_blog, SEED)
    fragment.write_text(fragment.read_text(encoding="utf-8") + "<p>changed</p>\n")
    build_site(shared_blog, "--incremental")
    after = stamps(pages)
    rendered = {
        path for path in after if path.endswith("index.html") and after[path] != before.get(path)
    }
    assert rendered == {"2026/02/18/2-llama3-deepseek-r1-vs-gpt4o/index.html"}
    report = build(shared_blog)
    assert report.written == (fragment.relative_to(shared_blog).as_posix(),)


def test_a_page_redirects_own_links_and_labels_all_that_earn(tmp_path):
    rakuten = {"name": "Rakuten", "url": "https://hb.afl.rakuten.co.jp/hgc/1/?pc={url}"}
    shop = {"programme": "rakuten", "url": "https://books.rakuten.co.jp/rb/1/"}
    cta = {"heading": "H", "label": "Go"}
    path = "_posts/2026-01-01-green.md"
    site = write_blog(
        tmp_path / "site",
        {path: POSTS[path], "own.md": "---\npermalink: /own/\n---\nOurs\n"},
        catalog={
            "site": CATALOG["site"] | {"server": "https://l.example"},
            "programmes": CATALOG["programmes"] | {"rakuten": rakuten},
            "books": {"green": CATALOG["books"]["green"] | {"shops": [shop]}},
            "ctas": {
                "own": cta | {"url": "/2026/01/01/green/"},
                "offer": {"heading": "H", "code": A8_TEXT},
            },
            "mappings": {"tea": {"any": {"tags": ["tea"]}, "items": ["green", "own", "offer"]}},
            "blocks": {"cta": {"limit": 2}, "books": {"limit": 1}},
        },
    )
    built(site)
    tree = page(build_site(site) / "2026/01/01/green/index.html")
    shown = {link.get("href").partition("?")[0]: link for link in tree.iter("a")}
    assert shown.keys() == {
        "https://l.example/go/own",
        "https://px.a8.net/svt/ejp",
        "https://www.amazon.com/dp/B0EXAMPLE1/",
        "https://hb.afl.rakuten.co.jp/hgc/1/",
    }
    assert [href for href, link in shown.items() if link.get("ping")] == [
        "https://www.amazon.com/dp/B0EXAMPLE1/"
    ]
    paid = [href for href, link in shown.items() if "sponsored" in (link.get("rel") or "")]
    assert paid == [href for href in shown if "/go/own" not in href and "a8.net" not in href]
    assert A8_TEXT in (tmp_path / "site-built/2026/01/01/green/index.html").read_text()
    assert check(site, built_folder=tmp_path / "site-built").findings == ()
