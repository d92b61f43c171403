"""Related posts on a blog that has only categories: what a reader would call sensible."""

import pytest

from linkmgr.posts.site import read_posts
from linkmgr.resolver.related import RelatedChoice, RelatedPosts
from tests.support.category_blog import ENTRIES, category_blog
from tests.support.jekyll import write_site

THEMES = {entry.name: entry.theme for entry in ENTRIES}
ASKED = (
    *("2015-10-11-scripts", "2016-02-14-loaf", "2016-09-09-git", "2017-04-22-coffee"),
    *("2017-07-30-hut", "2018-06-02-islands", "2019-08-11-crossing", "2020-05-09-moka"),
    *("2020-09-26-cron", "2023-04-01-bisect"),
)


def name_of(post):
    return post.path.rpartition("/")[2].removesuffix(".md")


@pytest.fixture(scope="module")
def related(tmp_path_factory):
    """Return the names of the related posts of each post, the best first."""
    posts = read_posts(write_site(tmp_path_factory.mktemp("blog"), category_blog()))
    compared = RelatedPosts(posts, {})
    names = {}
    for post in posts:
        chosen = compared.chosen(post, RelatedChoice(3, None))
        names[name_of(post)] = [name_of(compared.post(candidate)) for candidate in chosen]
    return names


def test_eight_of_ten_first_links_are_about_the_same_theme(related):
    sensible = [name for name in ASKED if THEMES[related[name][0]] == THEMES[name]]
    assert len(sensible) >= 8


def test_no_post_of_another_category_shows_a_greeting(related):
    themes = {THEMES[name] for name, others in related.items() if "new-year" in str(others)}
    assert themes <= {"greeting", "notes"}


def test_of_the_greetings_two_at_most_are_shown(related):
    assert all(str(others).count("new-year") <= 2 for others in related.values())
