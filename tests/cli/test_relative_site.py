"""A site that is named from a folder beside it, as `--site ../sites/blog`."""

import pytest

from tests.support.cli import run
from tests.support.jekyll import write_site

INCLUDE = "{% include linkmgr.html %}"
FILES = {
    "_config.yml": "title: Tea\nurl: https://tea.example\n",
    "_layouts/post.html": "{{ content }}\n",
    "_posts/2026-01-01-leaf.md": "---\nlayout: post\ntitle: Leaf\ntags: [tea]\n---\nA leaf.\n",
    "_site/index.html": "<p>Tea</p>",
}
CATALOG = """
site: {name: Tea, url: "https://tea.example", timezone: Asia/Tokyo}
ctas: {news: {heading: News, text: Read, label: More, url: /news/}}
mappings: {tea: {any: {tags: [tea]}, items: [news]}}
blocks: {cta: {}}
"""


@pytest.fixture
def here(tmp_path):
    """Give a folder beside the one that has the site."""
    write_site(tmp_path / "sites" / "blog", FILES)
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


def linkmgr(here, *arguments):
    done = run("--lang", "en", *arguments, "--site", "../sites/blog", cwd=here)
    assert "out of the site" not in done.out + done.err
    return done


def test_init_edits_the_layout_of_a_site_beside_the_folder(here):
    assert linkmgr(here, "init", "--write").code == 0
    assert INCLUDE in (here.parent / "sites/blog/_layouts/post.html").read_text()


def test_every_command_reads_and_writes_a_site_beside_the_folder(here):
    blog = here.parent / "sites" / "blog"
    assert linkmgr(here, "init", "--write").code == 0
    (blog / "catalog.yaml").write_text(CATALOG)
    for arguments in (
        ["build"],
        ["build", "--check"],
        ["placements"],
        ["coverage"],
        ["explain", "leaf"],
        ["adopt"],
        ["eject", "--write", "--force"],
    ):
        done = linkmgr(here, *arguments)
        assert (arguments, done.code) == (arguments, 0)
    assert INCLUDE not in (blog / "_layouts/post.html").read_text()
    assert b"/news/" in (blog / "_posts/2026-01-01-leaf.md").read_bytes()


def test_init_fails_where_it_leaves_a_layout_of_posts_out(here):
    layout = here.parent / "sites/blog/_layouts/post.html"
    outside = here / "post.html"
    outside.write_text(layout.read_text())
    layout.unlink()
    layout.symlink_to(outside)
    done = run("--lang", "en", "init", "--write", "--site", "../sites/blog", cwd=here)
    assert done.code == 1
    assert "_layouts/post.html" in done.out
    assert run("init", "--site", "../sites/blog", cwd=here).code == 0
