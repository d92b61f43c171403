"""What an admin hands out is read as it was written, or not at all."""

import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.clicks.targets import (
    PLACE_SLOT,
    TAG_SLOT,
    OtherFormatError,
    SharedTargets,
    Target,
    Targets,
)
from tests.support.clicks import ITEMS, make_targets

EVERY_FIELD = Target(
    "https://pots.example/1",
    placed=("https://pots.example/1?utm_content=", "#top"),
    shops={"rakuten": "https://hb.example/?pc=pot"},
    utm=True,
    until=None,
    fallback="page",
    tagged={"": ("amazon", f"https://amazon.example/?tag={TAG_SLOT}")},
)


@given(
    posts=st.frozensets(st.text("0123456789abcdef", min_size=16, max_size=16), max_size=5),
    names=st.sets(st.sampled_from(sorted(ITEMS))),
)
def test_it_is_read_as_it_was_written(posts, names):
    items = {name: ITEMS[name] for name in names} | {"all": EVERY_FIELD}
    links = SharedTargets(
        make_targets(
            items=items, tags={"amazon": frozenset(["a-22"])}, campaigns=frozenset(["june"])
        ),
        posts,
    )
    assert SharedTargets.from_json(links.to_json()) == links


def test_the_same_content_is_the_same_bytes():
    posts = [f"{number:016x}" for number in range(50)]
    first = SharedTargets(make_targets(), frozenset(posts)).to_json()
    backwards = dict(reversed(ITEMS.items()))
    second = SharedTargets(make_targets(items=backwards), frozenset(reversed(posts))).to_json()
    assert first == second
    assert PLACE_SLOT.encode() not in first


def test_another_format_is_known_as_such_whatever_else_it_has():
    with pytest.raises(OtherFormatError):
        SharedTargets.from_json(b'{"format": 2, "links": []}')


def test_a_format_is_raised_with_a_field_unknown_to_earlier_ones():
    names = {kind: [field.name for field in fields(kind)] for kind in (Targets, Target)}
    known = {
        Targets: "site language origins respect_gpc timezone blocks items tags campaigns views",
        Target: "url placed shops utm until fallback tagged tracking variants",
    }
    assert json.loads(SharedTargets(make_targets(), frozenset()).to_json())["format"] == 1
    assert names == {kind: text.split() for kind, text in known.items()}


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"null", b"[]", b"{}", b"\xff", b'{"format": 1}', b"<!doctype html>"),
        b'{"format": 1, "posts": [1], "targets": {}}',
        b'{"format": 1, "posts": [], "targets": {"items": {"a": 1}}}',
        json.dumps({"format": 1, "posts": [], "targets": {"items": {}, "more": 1}}).encode(),
    ],
)
def test_anything_else_is_refused(data):
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        SharedTargets.from_json(data)
