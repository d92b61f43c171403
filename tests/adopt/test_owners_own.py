"""The owner's UTM, classes, headings and related posts stay, and the plan counts what doesn't."""

import re

import pytest

from linkmgr.adopt.report import adoption_text
from linkmgr.adopt.run import adopt
from linkmgr.builder.reading.inputs import load_inputs
from linkmgr.builder.run import build
from linkmgr.catalog.reading.files import load_catalog
from tests.support.jekyll import write_site
from tests.support.legacy_blogs import write_blog

LISTS = {
    1: "- [砂 3](/2024/02/03/sand/)\n- [豆 2](https://blog.example/2024/03/02/bean/)\n",
    2: "- [砂 4](/2024/02/05/sand-moved/)\n- [消えた記事](/2020/01/09/gone/)\n",
    3: "- [砂 1]({% post_url 2024-02-01-sand %})\n",
}
SAND = "_posts/2024-02-0{}-sand.md"


@pytest.fixture
def blog(tmp_path):
    root = write_blog(tmp_path / "blog")
    for n, links in LISTS.items():
        file = root / SAND.format(n)
        text = file.read_text(encoding="utf-8")
        text = text.replace("- [消えた記事](/2020/01/09/gone/)\n", links)
        file.write_text(text, encoding="utf-8")
    moved = root / "_posts/2024-02-06-sand-moved.md"
    (root / SAND.format(4)).rename(moved)
    for file in root.glob("_posts/*"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("### あわせて読みたい", "### 関連する記事"), encoding="utf-8")
    return root


def fragments(root):
    folder = root / "_includes/linkmgr/posts"
    return [file.read_text(encoding="utf-8") for file in folder.glob("*.html")]


def test_links_to_own_pages_keep_utm_and_class(blog):
    plan = adopt(blog, write=True)
    assert plan.leaving.utm == plan.leaving.classes == (8, 8)
    build(blog)
    links = re.findall(
        r'<a class="([^"]*)" href="[^"]*?(/contact/[^"]*)"', "".join(fragments(blog))
    )
    assert len(links) == 8
    assert {css_class for css_class, _ in links} == {"cta-link linkmgr-button"}
    campaigns = ("strategy", "news")
    assert {url.replace("&amp;", "&") for _, url in links} == {
        f"/contact/?utm_source=article&utm_medium=cta&utm_campaign={name}" for name in campaigns
    }


def test_the_commonest_heading_goes_into_the_catalog(blog):
    plan = adopt(blog, write=True)
    headings = {}
    for block in load_catalog(blog / "catalog.yaml").blocks:
        headings[block.name] = block.heading or block.kind.headings["ja"]
    assert headings["related"] == "関連する記事"
    assert headings["books"] == "この記事に関連するおすすめ書籍"
    assert plan.leaving.headings == ()


def test_the_commonest_level_of_headings_goes_into_the_catalog(blog):
    file = blog / SAND.format(1)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("### 関連する記事", "## 関連する記事"), encoding="utf-8")
    plan = adopt(blog, write=True)
    levels = {
        block.name: block.heading_level for block in load_catalog(blog / "catalog.yaml").blocks
    }
    assert levels == {"related": None, "cta": None, "books": 2}
    assert plan.leaving.heading_levels == (("related", 2, 3, 1),)
    assert "Level of the heading of related in 1 post: 2 becomes 3" in adoption_text(plan)
    assert "Headings of calls to action that become text of their cards: 8" in adoption_text(plan)


def test_lists_of_related_posts_are_kept_by_path(blog):
    adopt(blog, write=True, keep_related=True)
    site = load_inputs(blog, load_catalog(blog / "catalog.yaml"))
    kept = {post.path: post.override.related for post in site.posts if post.override.related}
    assert kept == {
        SAND.format(1): (SAND.format(3), "_posts/2024-03-02-bean.md"),
        SAND.format(2): ("_posts/2024-02-06-sand-moved.md",),
        SAND.format(3): (SAND.format(1),),
    }
    first = next(post for post in site.posts if post.path == SAND.format(1))
    shown = site.resolver.resolve(first).blocks["related"]
    assert [related.post.path for related in shown] == [*kept[SAND.format(1)]]


def test_related_links_that_stay_are_counted(blog):
    new, old = adopt(blog), adopt(blog, keep_related=True)
    assert new.leaving.related.before == old.leaving.related.before == 10
    assert old.leaving.related.after == 4
    assert f"Links to related posts: 10, of which {new.leaving.related.after} lead" in (
        adoption_text(new)
    )


def test_the_plan_says_how_many_files_the_commit_has(blog):
    before = {path: path.read_bytes() for path in blog.rglob("*") if path.is_file()}
    planned = adopt(blog, write=True).size_of_commit
    build(blog)
    after = {
        path: path.read_bytes()
        for path in blog.rglob("*")
        if path.is_file() and ".linkmgr-cache" not in path.parts
    }
    assert planned == sum(before.get(path) != data for path, data in after.items())


def test_a_page_that_keeps_no_list_gets_none(tmp_path):
    root = write_blog(tmp_path / "blog")
    write_site(root, {"_posts/2024-05-01-more.md": "---\ntitle: 砂の余談\n---\n砂の話。\n"})
    adopt(root, write=True)
    assert "_posts/2024-05-01-more.md" in (root / "_linkmgr/bare-posts.txt").read_text("utf-8")
    build(root)
    assert len(fragments(root)) == 9  # of eight posts, and the empty one
