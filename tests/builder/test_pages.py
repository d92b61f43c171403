"""Pages and documents of other collections that show blocks, on the real Jekyll."""

import json
import re
from dataclasses import replace

import pytest

from linkmgr.blocks.include import post_key
from linkmgr.builder import run
from linkmgr.messages.errors import Problems
from linkmgr.posts.pages import parse_page
from tests.support.builds import (
    CATALOG,
    age,
    built,
    edit,
    made,
    made_from_scratch,
    post,
    write_blog,
)
from tests.support.cli import run as run_command
from tests.support.jekyll import MODES, build_site
from tests.support.posts import make_config

LAYOUTS = {
    "_layouts/post.html": "<main>\n{{ content }}\n{% include linkmgr.html %}\n</main>\n",
}
PAGES = {
    "about.md": post("About tea", permalink="/about/"),
    "guides/deep/brewing.html": post("Brewing", body="<p>oolong oolong oolong</p>"),
    "guides/plain.txt": post("Text"),
    "guides/none.md": "No front matter.\n",
    "guides/off.md": post("Off", linkmgr=False),
    "other.md": post("Other"),
    "_recipes/cake.md": post("Tea cake", ["tea", "bread"]),
}
POSTS = {
    "_posts/2026-01-01-pot.md": post("A pot"),
    "_posts/2026-01-02-cup.md": post("A cup"),
}
SITE = CATALOG["site"] | {"pages": ["about.md", "guides/*", "_recipes/*"]}


def write(root, **over):
    config = {"collections": {"recipes": {"output": True}}}
    files = LAYOUTS | POSTS | PAGES
    return write_blog(root, files, config=config, catalog=CATALOG | {"site": SITE} | over)


def page_of(site, name):
    [file] = [file for file in site.rglob("*.html") if name in file.as_posix()[len(str(site)) :]]
    return file.read_text(encoding="utf-8")


@pytest.mark.jekyll
@pytest.mark.parametrize("arguments", MODES)
def test_pages_and_documents_show_what_their_words_ask_for(tmp_path, arguments):
    root = write(tmp_path / "site")
    result = built(root)
    assert result.with_blocks == result.posts == len(POSTS)
    site = build_site(root, *arguments)
    for name in ("about", "brewing", "cake"):
        text = page_of(site, name)
        assert "linkmgr-books" in text, name
        assert text.count("/2026/01/0") == len(POSTS), name
    for name in ("off", "other"):
        assert "linkmgr" not in page_of(site, name)


def test_pages_change_nothing_of_the_posts(tmp_path):
    root = write(tmp_path / "site", site=CATALOG["site"])
    built(root)
    before = made(root)
    edit(root / "catalog.yaml", "language: en", "language: en\n  pages: [about.md, guides/*]")
    result = built(root)
    after = made(root)
    assert {path for path in after if before.get(path) != after[path]} == set(result.written)
    assert not [path for path in result.written if path in before and "posts/" in path]


def test_a_page_that_changes_is_built_again(tmp_path):
    root = write(tmp_path / "site")
    built(root)
    edit(root / "about.md", "tea", "bread")
    assert f"_includes/linkmgr/posts/{post_key('about.md')}.html" in built(root).written


def test_without_changes_a_build_with_pages_reads_nothing_again(tmp_path, monkeypatch):
    root = write(tmp_path / "site")
    first = built(root)
    monkeypatch.delattr(run, "load_inputs")
    again = built(root)
    assert again == replace(first, written=(), seconds=again.seconds)


def add(root):
    (root / "guides/new.md").write_text(post("New"), encoding="utf-8")
    age(root / "guides/new.md")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(add, id="a new page"),
        pytest.param(lambda root: (root / "about.md").unlink(), id="a page is gone"),
        pytest.param(lambda root: edit(root / "_recipes/cake.md", "tea", "walks"), id="an edit"),
        pytest.param(lambda root: edit(root / "catalog.yaml", "guides", "other"), id="the list"),
    ],
)
def test_a_build_after_changed_pages_gives_what_a_first_gives(tmp_path, change):
    root = write(tmp_path / "site")
    before = built(root) and made(root)
    change(root)
    built(root)
    assert made(root) == made_from_scratch(root) != before


def test_front_matter_defaults_of_posts_are_not_those_of_pages(tmp_path):
    root = write(tmp_path / "site")
    scopes = {"posts": "bread", "pages": "walks", "recipes": "tea"}
    defaults = [
        {"scope": {"path": "", "type": each}, "values": {"category": category}}
        for each, category in scopes.items()
    ]
    config = make_config(f"defaults: {json.dumps(defaults)}")
    found = {
        path: parse_page(path, (root / path).read_bytes(), config).document.post.categories
        for path in ("about.md", "_recipes/cake.md")
    }
    assert found == {"about.md": ("walks",), "_recipes/cake.md": ("tea",)}


def test_resolve_lists_pages_after_posts_with_what_a_build_shows(tmp_path):
    root = write(tmp_path / "site")
    found = json.loads(run_command("resolve", "--site", root, "--json").out)
    paths = ["_recipes/cake.md", "about.md", "guides/deep/brewing.html", "guides/off.md"]
    assert [each["path"] for each in found] == [*reversed(POSTS), *paths]
    cake = found[len(POSTS)]
    assert cake["url"] is None
    assert {each["id"] for each in cake["blocks"]["books"]} == {"green", "black", "bread"}
    assert {each["path"] for each in cake["blocks"]["related"]} == set(POSTS)


@pytest.mark.parametrize("name", ["about.md", "about", "_recipes/cake.md", "cake"])
def test_explain_says_of_a_page_why_it_shows_what_it_does(tmp_path, name):
    root = write(tmp_path / "site")
    done = run_command("explain", "--site", root, name)
    title, path, *lines = done.out.splitlines()
    assert (done.code, title) in {(0, "About tea"), (0, "Tea cake")}
    assert name in path
    assert "  /" not in lines[0]
    assert re.search(r"^ +\d\.\d\d  tag tea \(on \d of \d posts\)$", done.out, re.MULTILINE)


def test_an_unknown_item_in_a_page_is_reported_with_its_file(tmp_path):
    text = post(linkmgr={"books": ["nope"]})
    root = write_blog(
        tmp_path / "site",
        {"about.md": text, "all/_recipes/cake.md": text, "all/_posts/2026-01-01-a.md": text},
        config={"collections_dir": "all"},
        catalog=CATALOG | {"site": SITE},
    )
    with pytest.raises(Problems) as found:
        built(root)
    assert [str(problem).partition(":")[0] for problem in found.value.problems] == [
        str(root / path)
        for path in ("about.md", "all/_posts/2026-01-01-a.md", "all/_recipes/cake.md")
    ]


def test_a_tag_that_only_a_page_has_is_one_that_the_blog_has(tmp_path):
    root = write(tmp_path / "site")
    assert not [each for each in built(root).warnings if each.code.startswith("build.no-post-has")]


def test_a_path_without_a_page_is_warned_of(tmp_path):
    root = write(tmp_path / "site", site=SITE | {"pages": ["abuot.md"]})
    found = [each for each in built(root).warnings if each.code == "build.no-page"]
    assert [each.location.key for each in found] == ["site.pages"]
