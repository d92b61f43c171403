"""A finding names the file and line from which Jekyll made that part of its page."""

from pathlib import Path

import pytest

from linkmgr.builder.run import build
from linkmgr.check.findings import CODES, DEAD_LINK
from linkmgr.check.run import check
from tests.support.builds import NOW, edit, post, write_blog
from tests.support.jekyll import build_site

GREEN, BLUE = "_posts/2026-01-01-green.md", "_posts/2026-01-02-blue.md"
DEAD = '<a href="/tea/gone/">'
BLOCK = "<section class='linkmgr linkmgr-books'>{}</section>"
PAGES = {
    GREEN: "2026/01/01/green/index.html",
    BLUE: "2026/01/02/blue/index.html",
    "about.md": "about/index.html",
    "shop.html": "shop/index.html",
    "_teas/oolong.md": "teas/oolong.html",
    "index.html": "index.html",
}


@pytest.fixture
def blog(tmp_path):
    """Build a blog without Jekyll, whose pages have a dead link each and a block."""
    posts = {GREEN: post("Green leaves", ["tea", "bread"]), BLUE: post("Green leaves")}
    site = write_blog(tmp_path / "blog", posts, config={"baseurl": "/tea", "permalink": "pretty"})
    for file in ("about.md", "_teas/oolong.md", "index.html"):
        (site / file).parent.mkdir(exist_ok=True)
        (site / file).write_text("---\n---\nText\n")
    (site / "shop.html").write_text("---\npermalink: /shop/\n---\nText\n")
    build(site, now=NOW)
    for page in PAGES.values():
        write_page(site, page, DEAD)
    return site


def write_page(site, page, link, block=""):
    file = site / "_site" / page
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"<p>Ad</p>{link}{BLOCK.format(block)}")


def append(file, text):
    file.write_text(file.read_text() + text)


def places(site):
    """List what was found as file, line and on how many pages."""
    found = check(site).findings
    inside = f"{site}/"
    return [(each.source.file.removeprefix(inside), each.source.line, each.pages) for each in found]


@pytest.mark.parametrize("source", PAGES)
def test_a_link_is_found_in_the_file_of_its_page(blog, source):
    for page in PAGES.values():
        write_page(blog, page, DEAD if page == PAGES[source] else "")
    append(blog / source, "\n\n[tea]({{ site.baseurl }}/gone/)\n")
    line = (blog / source).read_text().count("\n")
    assert places(blog) == [(source, line, 1)]


@pytest.mark.parametrize(
    "file", ["_layouts/post.html", "_includes/menu.html", "_data/menu.yml", "_config.yml"]
)
def test_what_a_template_repeats_is_one_finding(blog, file):
    (blog / file).parent.mkdir(exist_ok=True)
    with (blog / file).open("a") as opened:
        opened.write("\n# <a href='/gone/'>\n")
    line = (blog / file).read_text().count("\n")
    assert places(blog) == [(file, line, len(PAGES))]


def test_equal_posts_are_two_findings_and_lists_are_one(blog):
    for source in (GREEN, BLUE):
        append(blog / source, "[tea](/tea/gone/)\n")
    lines = [(blog / source).read_text().count("\n") for source in (GREEN, BLUE)]
    others = len(PAGES) - 2
    assert sorted(places(blog)) == [(GREEN, lines[0], 1 + others), (BLUE, lines[1], 1)]


GOOD = '<a rel="sponsored" href="https://amzn.to/3x">'
BARE = '<a href="https://amzn.to/3x">'


@pytest.mark.parametrize(
    ("links", "written", "line"),
    [
        ((GOOD, BARE), 2, 2),
        ((BARE, GOOD), 2, 1),
        ((GOOD, BARE, GOOD), 3, 2),
        ((GOOD, GOOD, BARE), 2, 1),  # a template has one of them: nobody knows which
    ],
)
def test_of_links_to_one_address_the_wrong_one_is_found(blog, links, written, line):
    text = (blog / GREEN).read_text()
    (blog / GREEN).write_text(text + "[x](https://amzn.to/3x)\n" * written)
    for page in PAGES.values():
        write_page(blog, page, "".join(links) if page == PAGES[GREEN] else "")
    assert places(blog) == [(GREEN, text.count("\n") + line, 1)]


def test_what_stands_in_no_file_is_one_finding_of_its_first_page(blog):
    (found,) = check(blog).findings
    assert (found.source.file, found.pages) == ("", len(PAGES))
    assert {found.page, *found.also} == {*PAGES.values()}


def test_a_link_in_a_block_is_found_at_its_item_in_the_catalog(blog):
    edit(blog / "catalog.yaml", "language: en", "language: en\n  server: https://l.example")
    text = (blog / "catalog.yaml").read_text()
    link = '<a href="https://www.amazon.com/dp/B0EXAMPLE1/?tag=ours-20">'
    for page in PAGES.values():
        write_page(blog, page, "", link)
    (found,) = check(blog).findings
    assert found.code == CODES["no-rel"]
    assert (found.source.file, found.source.key) == (str(blog / "catalog.yaml"), "books.green")
    assert text.splitlines()[found.source.line - 1] == "  green:"


def test_what_is_wrong_with_pages_as_a_whole_is_one_finding(blog):
    for page in PAGES.values():
        (blog / "_site" / page).write_text("<p>Text")
    (found,) = check(blog).findings
    assert (found.code, found.pages) == (CODES["no-blocks"], 2)
    assert found.source.file.endswith(".md")


def test_a_block_shown_twice_is_found_where_the_include_stands(blog):
    for source in (GREEN, BLUE):
        page = blog / "_site" / PAGES[source]
        page.write_text(BLOCK * 2)
    for page in ("about.md", "shop.html", "_teas/oolong.md", "index.html"):
        (blog / "_site" / PAGES[page]).write_text("")
    ((file, line, pages),) = places(blog)
    assert file == "_layouts/post.html"
    assert "include linkmgr.html" in (blog / file).read_text().splitlines()[line - 1]
    assert pages == 2


@pytest.mark.jekyll
def test_what_jekyll_makes_of_files_is_found_in_them(tmp_path):
    body = (
        "First.\n\n[one](/tea/gone/1/) and [two]({{ site.baseurl }}/gone/2/)\n\n"
        "[three]({{ '/gone/3/' | relative_url }})\n\n[four][4] <https://tea.example/tea/gone/5/>\n\n"
        "[4]: /tea/gone/4/?a=1&b=2\n"
    )
    menu = "<nav>\n<a href='{{ \"/gone/6/\" | relative_url }}'>Six</a>\n</nav>"
    config = {
        "baseurl": "/tea",
        "url": "https://tea.example",
        "collections": {"teas": {"output": True}},
        "exclude": ["catalog.yaml"],
    }
    site = write_blog(tmp_path / "blog", {GREEN: post("Green", body=body)}, config=config)
    layout = (site / "_layouts/post.html").read_text()
    (site / "_layouts/post.html").write_text(f"{{% include menu.html %}}\n{layout}")
    (site / "_includes").mkdir(exist_ok=True)
    (site / "_includes/menu.html").write_text(menu)
    (site / "_teas").mkdir()
    (site / "_teas/oolong.md").write_text("---\nlayout: post\n---\n[seven](/tea/gone/7/)\n")
    (site / "all.html").write_text(
        "---\n---\n{% for post in site.posts %}{{ post.content }}{% endfor %}"
    )
    build(site, now=NOW)
    pages = build_site(site)
    dead = [each for each in check(site, built_folder=pages).findings if each.code == DEAD_LINK]
    found = {}
    for each in dead:
        line = Path(each.source.file).read_text().splitlines()[each.source.line - 1]
        number = each.what.split("/gone/")[1][0]
        found[number] = (
            each.source.file.removeprefix(f"{site}/"),
            f"/{number}/" in line,
            each.pages,
        )
    assert found == {
        **dict.fromkeys("12345", (GREEN, True, 2)),
        "6": ("_includes/menu.html", True, 2),
        "7": ("_teas/oolong.md", True, 1),
    }
