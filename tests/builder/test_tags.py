"""Tags of categories and of posts on a built site."""

import re

import pytest

from linkmgr.messages.errors import Problems
from tests.support.builds import built, edit, fragment_of, post, write_blog

AMAZON = {"tag": "ours-20", "tags": {"categories": {"Recipes": "food-20"}, "posts": ["post-20"]}}
GREEN, BLACK, RED = (f"_posts/2026-01-0{n}-{name}.md" for n, name in enumerate("gbr", 1))


@pytest.fixture
def blog(tmp_path):
    """Write a blog of which two posts have other tags than usual, by category and of their own."""
    posts = {
        GREEN: post("Green leaves", categories=["recipes"]),
        BLACK: post("Black leaves", linkmgr={"tag": "post-20"}),
        RED: post("Red leaves"),
    }
    return write_blog(tmp_path / "blog", posts, catalog={"programmes": {"amazon": AMAZON}})


def tags_of(root):
    texts = (fragment_of(root, path).read_text(encoding="utf-8") for path in (GREEN, BLACK, RED))
    return [set(re.findall(r"[?&]tag=([\w-]+)", text)) for text in texts]


def test_each_post_has_its_tag_from_the_cache_too(blog):
    built(blog)
    assert tags_of(blog) == [{"food-20"}, {"post-20"}, {"ours-20"}]
    built(blog)
    assert tags_of(blog) == [{"food-20"}, {"post-20"}, {"ours-20"}]
    edit(blog / "catalog.yaml", "food-20", "kitchen-20")
    built(blog)
    assert tags_of(blog) == [{"kitchen-20"}, {"post-20"}, {"ours-20"}]
    edit(blog / BLACK, "tag: post-20", "tag: kitchen-20")
    built(blog)
    assert tags_of(blog) == [{"kitchen-20"}, {"kitchen-20"}, {"ours-20"}]


@pytest.mark.parametrize(
    ("tag", "reported"),
    [
        (
            "tag: typo-20",
            "the catalog does not have the tag typo-20: list it under programmes.amazon.tags.posts",
        ),
        ("tag: post-22", "belongs to amazon.co.jp"),
        ("tag: {kobo: a}", "there is no programme kobo"),
        ("tag: [post-20]", "must be a tag, or a mapping of programmes to tags"),
    ],
    ids=["unknown", "another marketplace", "programme", "form"],
)
def test_a_tag_that_the_catalog_lacks_is_reported_at_its_line(blog, tag, reported):
    edit(blog / BLACK, "  tag: post-20", f"  {tag}")
    with pytest.raises(Problems) as found:
        built(blog)
    [problem] = found.value.problems
    assert problem.location.key == "linkmgr.tag"
    assert str(problem.location.file).endswith(BLACK)
    assert reported in str(problem)
