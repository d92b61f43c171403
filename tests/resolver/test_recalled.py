"""What is recalled of an earlier build: the posts nearest to each are those of a first build."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkmgr.resolver import likeness, post_matrix
from linkmgr.resolver.related import Choice, RelatedPosts
from tests.support.properties import examples
from tests.support.resolver import article

WORDS = [f"{first}{second}word" for first in "abcdefgh" for second in "klmnopq"]
CHOICE = Choice(3, None)


def run(work, number):
    """Do a build's work on one processor."""
    return work(0, number)


def random_post(random, name):
    """Write a post whose words are common or rare, on one of few days."""
    words = [WORDS[int(len(WORDS) * random.random() ** 2)] for _ in range(random.randint(0, 9))]
    tags = tuple(random.sample(["tea", "bread", "walks"], random.randint(0, 2)))
    title = random.choice(["Tea", "Bread", f"Part {name}", f"T{name}t"])
    day, language = random.randint(0, 30), random.choice(["en", "en", "en", "ja"])
    body = " ".join(words)
    return article(f"p{name}", body, title=title, tags=tags, number=day, language=language).post


def sorted_posts(posts):
    return sorted(posts.values(), key=lambda post: (post.date, post.path), reverse=True)


def outcome(related, posts):
    """Compute what a build shows, and return it with the posts nearest to each."""
    related.compute([CHOICE], run)
    shown, nearest = {}, {}
    for post in posts:
        shown[post.path] = [other.path for other in related.shown(post, CHOICE)]
        nearest[post.path] = [(other.path, alike) for other, alike in related.nearest(post)]
    return shown, nearest


@given(st.integers(0, 1_000_000))
@settings(max_examples=examples(20), deadline=None)
def test_recalled_posts_give_what_a_first_build_gives(seed):
    random = Random(seed)  # noqa: S311 - posts of a test
    posts = {name: random_post(random, name) for name in range(random.randint(1, 110))}
    earlier = None
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(likeness, "MOST_CHANGED", 1)
        patched.setattr(post_matrix, "READ", 150)
        for step in range(4):
            in_order = sorted_posts(posts)
            recalling = RelatedPosts(in_order, {})
            if earlier:
                recalling.recall(earlier._replace(is_same=False))
            assert outcome(recalling, in_order) == outcome(RelatedPosts(in_order, {}), in_order)
            earlier = recalling.to_recall()
            for change in range(random.randint(1, 3)):
                name = random.choice(
                    [*posts][:3] + [*posts][-3:] + 3 * [1000 * (step + 1) + change]
                )
                if len(posts) > 1 and name in posts and random.random() < 0.5:
                    del posts[name]
                else:
                    posts[name] = random_post(random, name)


def test_a_new_post_is_compared_with_those_near_to_it_alone():
    themes = ["kettle spout", "flour oven", "plasma magnet", "violin bow"]
    posts = [
        article(f"p{n}", f"{themes[n % 4]} w{n % 7}x w{n % 11}y", title=f"t{n}t", number=n).post
        for n in range(400)
    ]
    new = article("new", "kettle spout", title="Kettle spout", number=400).post
    before = RelatedPosts(posts[::-1], {})
    before.compute([], run)
    after = RelatedPosts([new, *posts[::-1]], {})
    after.recall(before.to_recall()._replace(is_same=False))
    compared = []

    def noted(work, number):
        compared.append(number)
        return work(0, number)

    after.compute([], noted)
    assert 1 <= compared[0] < 200
