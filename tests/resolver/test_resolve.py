"""What holds for any site and any catalog, and that a decision is the same wherever it is made."""

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.catalog import blocks
from tests.support.resolver import TODAY, article, make_catalog, mapping, resolver_of

ITEMS = {
    "plain-1": {},
    "plain-2": {},
    "plain-3": {},
    "retired": {"retired": True},
    "expired": {"valid-until": TODAY - timedelta(days=1)},
    "not-yet": {"valid-from": TODAY + timedelta(days=1)},
    "last-day": {"valid-until": TODAY},
}
CTAS = {"cta-1": {}, "cta-2": {"retired": True}, "cta-3": {}}
OUT_OF_USE = {"retired", "expired", "not-yet", "cta-2"}
WORDS = ("tea", "茶", "oolong", "eu")


def some(values, **sizes):
    return st.lists(st.sampled_from(values), unique=True, **sizes)


MAPPINGS = st.lists(
    st.builds(
        lambda items, tags, keywords, rule: mapping(*items, tags=tags, keywords=keywords, **rule),
        some((*ITEMS, *CTAS), min_size=1, max_size=4),
        some(WORDS, min_size=1, max_size=2),
        some(WORDS, min_size=1, max_size=2),
        st.sampled_from(({}, {}, {"pin": True}, {"exclude": True}, {"weight": 0.2})),
    ),
    max_size=5,
)
BOOKS = st.fixed_dictionaries(
    {"limit": st.integers(1, 3)},
    optional={"minimum": st.sampled_from((0, 1, 3)), "fallback": some(list(ITEMS), min_size=1)},
)
BLOCKS = st.fixed_dictionaries(
    {"books": BOOKS, "cta": st.just({"fallback": ["cta-2", "cta-3"]}), "related": st.just({})},
    optional={
        "own": st.fixed_dictionaries(
            {
                "kind": st.just("books"),
                "limit": st.integers(1, 2),
                "items": some(list(ITEMS), min_size=1),
            }
        )
    },
)
OVERRIDES = st.one_of(
    st.sampled_from((None, False)),
    st.fixed_dictionaries(
        {},
        optional={
            "books": some(list(ITEMS)),
            "cta": st.sampled_from(tuple(CTAS)),
            "exclude": some((*ITEMS, *CTAS)),
            "limit": st.integers(0, 4),
        },
    ),
)
ARTICLES = st.lists(
    st.tuples(some(WORDS), st.lists(st.sampled_from(WORDS), max_size=30), OVERRIDES),
    min_size=1,
    max_size=5,
)


def a_site(mappings, blocks, drafts):
    catalog = make_catalog(
        books=ITEMS,
        ctas=CTAS,
        mappings={f"m{n}": each for n, each in enumerate(mappings)},
        blocks=blocks,
    )
    articles = [
        article(f"p{n}", " ".join(words), tags=tuple(tags), linkmgr=linkmgr, number=n)
        for n, (tags, words, linkmgr) in enumerate(drafts)
    ]
    return catalog, articles


@given(mappings=MAPPINGS, blocks=BLOCKS, drafts=ARTICLES)
def test_whatever_the_catalog_no_post_shows_what_it_must_not(mappings, blocks, drafts):
    catalog, articles = a_site(mappings, blocks, drafts)
    resolver = resolver_of(catalog, *articles)
    for post, _ in articles:
        resolution = resolver.resolve(post)
        override = post.override
        assert not (override.disabled and resolution.blocks)
        placed = [
            (block, placement)
            for block in catalog.blocks
            for placement in resolution.blocks.get(block.name, ())
            if block.kind.items
        ]
        items = [placement.item for _, placement in placed]
        assert len(items) == len(set(items))
        assert OUT_OF_USE.isdisjoint(items)
        assert set(override.exclude).isdisjoint(items)
        for block, placement in placed:
            of_kind = catalog.of_kinds(block.kind.items)
            assert placement.item in of_kind
            assert placement.score >= 0
            assert placement.reasons
        for block in catalog.blocks:
            shown = resolution.blocks.get(block.name, ())
            assert [each.rank for each in shown] == list(range(1, len(shown) + 1))
            assert len(shown) <= most(block, override)
            assert shown or block.name not in resolution.blocks


def most(block, override):
    """Return how many placements a block may have."""
    if block.kind is not blocks.BOOKS:
        return block.limit
    own = block.limit if override.books is None else len(override.books)
    return own if override.limit is None else override.limit


@given(mappings=MAPPINGS, blocks=BLOCKS, drafts=ARTICLES)
def test_a_decision_does_not_depend_on_what_was_decided_before(mappings, blocks, drafts):
    catalog, articles = a_site(mappings, blocks, drafts)
    resolver = resolver_of(catalog, *articles)
    first = [resolver.resolve(post) for post, _ in articles]
    again = [resolver.explain(post)[0] for post, _ in reversed(articles)]
    assert first == again[::-1]


@given(mappings=MAPPINGS, blocks=BLOCKS, drafts=ARTICLES)
def test_every_candidate_is_shown_or_told_what_it_missed(mappings, blocks, drafts):
    catalog, articles = a_site(mappings, blocks, drafts)
    resolver = resolver_of(catalog, *articles)
    for post, _ in articles:
        resolution, runners_up = resolver.explain(post)
        for block in catalog.blocks:
            shown = {
                each.item if block.kind.items else each.post.path
                for each in resolution.blocks.get(block.name, ())
            }
            reported = [runner for runner in runners_up if runner.block == block.name]
            items = [runner.item for runner in reported]
            assert len(items) == len(set(items))
            assert all(runner.missing for runner in reported)
            assert shown.isdisjoint(items)


SCRIPT = """
import json, sys
sys.path.insert(0, sys.argv[1])
from tests.resolver.test_resolve import decisions
print(json.dumps(decisions()))
"""


def decisions():
    """Resolve a site full of ties; the decisions as plain text."""
    catalog = make_catalog(
        books=[f"book-{n}" for n in range(12)],
        mappings={
            f"m{n}": mapping(*(f"book-{i}" for i in range(12)), tags=[tag], keywords=["茶", "tea"])
            for n, tag in enumerate(("x", "y", "z"))
        },
    )
    articles = [
        article(f"p{n}", "tea 茶 " * (n % 9), tags=tags, title=f"茶の話 {n % 7} tea")
        for n, tags in enumerate([("x", "y"), ("y", "z"), ("z", "x"), ("x",), ()] * 12)
    ]
    resolver = resolver_of(catalog, *articles)
    return [repr(resolver.explain(post)) for post, _ in articles]


@pytest.mark.server
def test_another_process_decides_the_same():
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", SCRIPT, str(root)]
    printed = {
        subprocess.run(
            command,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
            encoding="utf-8",
        ).stdout
        for seed in ("0", "1", "20260218")
    }
    assert len(printed) == 1
    assert json.loads(printed.pop()) == decisions()


def test_a_decision_changes_with_the_day_alone():
    catalog = make_catalog(books={"a": {"valid-from": date(2026, 4, 1)}}, mappings={"m": TAGGED})
    post = article(tags=("x",))
    days = [date(2026, 3, 31), date(2026, 4, 1)]
    found = [resolver_of(catalog, post, today=day).resolve(post.post).blocks for day in days]
    assert ["books" in blocks for blocks in found] == [False, True]


TAGGED = mapping("a", tags=["x"])
