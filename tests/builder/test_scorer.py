"""The first build by another scorer says which posts change, and what keeps the old choice."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from linkmgr.builder.reading.cache import CACHE_FOLDER as CACHE
from tests.support.builds import CATALOG, age, built, fragment_of, post, write_blog, yaml_of

KEYWORDS = {
    "mappings": {
        "tea": {"any": {"keywords": ["oolong"]}, "items": ["green"]},
        "bread": {"any": {"keywords": ["flour"]}, "items": ["bread"]},
    }
}
# The second item has more than 40 % of the first one's score, and less than 70 %.
MIXED = "oolong " * 60 + "flour " * 22
POSTS = {f"_posts/2026-01-{n:02}-p{n}.md": post(f"Post {n}", [], MIXED) for n in range(1, 4)}


def write_catalog(root, **site):
    values = CATALOG | KEYWORDS | {"site": CATALOG["site"] | site}
    (root / "catalog.yaml").write_text(yaml_of(values), encoding="utf-8")
    age(root / "catalog.yaml")


def old_blog(root, **site):
    """Write a blog as a release left it that knew one scorer alone."""
    write_blog(root, POSTS, catalog=CATALOG | KEYWORDS)
    write_catalog(root, scorer=1)
    built(root)
    with closing(sqlite3.connect(root / CACHE / "posts.sqlite")) as cache, cache:
        cache.execute("DELETE FROM state WHERE name = 'scorer'")
    write_catalog(root, **site)
    return root


def changes(report):
    return [str(each) for each in report.warnings if each.message.code == "build.choices-changed"]


def test_the_first_build_says_how_many_posts_change_and_the_next_is_silent(tmp_path):
    root = old_blog(tmp_path)
    (line,) = changes(built(root))
    assert line.startswith(f"{root / 'catalog.yaml'}:")
    assert "3 of 3 posts show other items" in line
    assert "site.scorer: 1" in line
    assert changes(built(root)) == []


def test_a_build_without_the_cache_is_silent_if_the_fragments_are_by_the_newest_scorer(tmp_path):
    root = old_blog(tmp_path)
    built(root)
    shutil.rmtree(root / CACHE)
    fragment_of(root, next(iter(POSTS))).write_text("by hand")
    report = built(root)
    assert report.written
    assert changes(report) == []


def test_the_setting_keeps_the_old_choice(tmp_path):
    root = old_blog(tmp_path, scorer=1)
    report = built(root)
    assert changes(report) == []
    assert not report.written


def test_a_catalog_that_names_the_newest_scorer_is_not_told(tmp_path):
    report = built(old_blog(tmp_path, scorer=2))
    assert report.written
    assert changes(report) == []


def test_the_first_build_of_a_blog_says_nothing(tmp_path):
    write_blog(tmp_path, POSTS, catalog=CATALOG | KEYWORDS)
    assert changes(built(tmp_path)) == []


@pytest.mark.parametrize("scorer", ["0", "3", "new"])
def test_another_scorer_is_a_mistake(tmp_path, scorer):
    write_blog(tmp_path, POSTS, catalog=CATALOG)
    write_catalog(tmp_path, scorer=scorer)
    with pytest.raises(Exception, match=r"site\.scorer"):
        built(tmp_path)
