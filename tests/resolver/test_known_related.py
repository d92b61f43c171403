"""What an earlier build compared holds for a later one: the choice is that of a first build."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkmgr.resolver import nearest
from linkmgr.resolver.related import Choice, RelatedPosts
from tests.support.properties import examples
from tests.support.resolver import FIRST, article

CHOICE = Choice(3, None)
WORDS = ("oolong", "sencha", "kettle", "loaf", "flour", "yeast", "walk", "river", "bridge")
TITLES = ("Tea", "Bread", "Walk 1", "Walk 2", "緑茶の話", "{}")
SEQUENCES = 100


@st.composite
def drawn_posts(draw):
    """Draw the words, the title and the tags of a post."""
    words = draw(st.lists(st.sampled_from(WORDS), max_size=9))
    tags = draw(st.lists(st.sampled_from(("tea", "bread", "walks")), max_size=2))
    return words, draw(st.sampled_from(TITLES)), tags, draw(st.booleans())


CHANGES = st.lists(st.tuples(st.integers(0, 24), st.none() | drawn_posts()), max_size=4)


def posts_of(blog):
    """Return the posts of a blog by number, the newest first."""
    posts = []
    for number, (words, title, tags, redirects) in sorted(blog.items(), reverse=True):
        post = article(
            f"post-{number}",
            " ".join(words),
            title=title.format(number),
            tags=tuple(tags),
            date=FIRST + timedelta(days=number // 2),
            redirects=redirects and number % 5 == 0,
        ).post
        posts.append(post)
    return posts


def here(work, number):
    return work(0, number)


def compared(posts, earlier):
    """Return the posts nearest to each, those chosen for it, and what a later build may know."""
    related = RelatedPosts(posts, {}, earlier=lambda: earlier)
    related.compute([CHOICE], here)
    chosen = {post.path: related.chosen(post, CHOICE) for post in posts}
    near = {post.path: related.nearest(post) for post in posts}
    return chosen, near, related.dump()


@pytest.mark.parametrize(("known", "read"), [(40, 8_000), (3, 12)])
def test_later_builds_choose_what_a_first_build_chooses(known, read, monkeypatch):
    # With few posts known and few words read, what is left out matters on a small blog, too.
    monkeypatch.setattr(nearest, "KNOWN", known)
    monkeypatch.setattr(nearest, "COMPARED", known + 2)
    monkeypatch.setattr(nearest, "READ", read)
    monkeypatch.setattr(nearest, "MANY", 0.6)

    @settings(max_examples=examples(SEQUENCES))
    @given(st.lists(drawn_posts(), min_size=4, max_size=20), st.lists(CHANGES, max_size=5))
    def test(first, rounds):
        blog, earlier = dict(enumerate(first)), {}
        for changes in ([], *rounds):
            for number, changed in changes:
                if changed:
                    blog[number] = changed
                else:
                    blog.pop(number, None)
            chosen, near, dumped = compared(posts_of(blog), earlier)
            again, near_again, _ = compared(posts_of(blog), {})
            assert (chosen, near) == (again, near_again)
            earlier = dumped

    test()
