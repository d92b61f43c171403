"""What an earlier build compared holds for a later one: the choice is that of a first build."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkmgr.resolver import nearest, weighing
from linkmgr.resolver.related import RelatedChoice, RelatedPosts
from tests.support.properties import examples
from tests.support.resolver import FIRST, article

CHOICE = RelatedChoice(2, None)
WORDS = ("oolong", "sencha", "kettle", "loaf", "flour", "yeast", "walk", "river", "bridge")
TITLES = ("Tea", "Bread", "Walk 1", "Walk 2", "緑茶の話", "{}")
SEQUENCES = 100
REMOVED = 0.4


def drawn(rng):
    """Draw the words, the title and the tags of a post, and whether its page may redirect."""
    tags = rng.sample(("tea", "bread", "walks"), rng.randint(0, 2))
    return rng.sample(WORDS, rng.randint(0, 9)), rng.choice(TITLES), tags, rng.random() < 0.2


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


@pytest.mark.parametrize(("known", "read"), [(40, 8_000), (6, 12)])
def test_later_builds_choose_what_a_first_build_chooses(known, read, monkeypatch):
    # With few posts known and few words read, what is left out matters on a small blog, too.
    monkeypatch.setattr(nearest, "KNOWN", known)
    monkeypatch.setattr(nearest, "COMPARED", known + 2)
    monkeypatch.setattr(nearest, "READ", read)
    monkeypatch.setattr(nearest, "MANY", 0.6)
    # What is usual is counted among the sixteen oldest: a change of another leaves most as it is.
    monkeypatch.setattr(weighing, "STEPS", 1)

    # Numbers drawn one by one seldom make posts that are alike, yet not the same.
    @settings(max_examples=examples(SEQUENCES))
    @given(st.integers(0, 1 << 32))
    def test(seed):
        rng = Random(seed)  # noqa: S311 - for a blog, no secret
        blog = {number: drawn(rng) for number in range(rng.randint(10, 28))}
        earlier = {}
        for changes in (0, *(rng.randint(0, 3) for _ in range(4))):
            for _ in range(changes):
                number = rng.randint(10, 31)
                if rng.random() < REMOVED:
                    blog.pop(number, None)
                else:
                    blog[number] = drawn(rng)
            chosen, near, dumped = compared(posts_of(blog), earlier)
            again, near_again, _ = compared(posts_of(blog), {})
            assert (chosen, near) == (again, near_again)
            earlier = dumped

    test()
