"""Names that readers bring cannot grow the tables without bound."""

import pytest
from sqlalchemy import select

from linkmgr.clicks.model import OTHER
from linkmgr.store.clicks.limits import OwnNames
from linkmgr.store.clicks.loader import Loaded
from linkmgr.store.db.models import Name
from tests.support.store import DAY, START, load, make_click, make_loader, rows, spool_up, totals


def post(number):
    return f"{number:016x}"


def clicks_of(posts, time=START):
    """Make a click of another visitor on each of the posts."""
    return [make_click(time + n, post=each, visitor=each) for n, each in enumerate(posts)]


def names(engine):
    with engine.connect() as connection:
        return sorted(map(tuple, connection.execute(select(Name.dimension, Name.value))))


@pytest.mark.parametrize("restarted", [False, True], ids=["one loader", "restarted"])
def test_posts_past_the_days_number_are_one(engine, tmp_path, restarted):
    posts = [post(n) for n in range(1, 6)]
    loader = make_loader(engine, tmp_path, new_names=3)
    spool_up(tmp_path, *clicks_of(posts[:2]))
    loader.load()
    loader = make_loader(engine, tmp_path, new_names=3) if restarted else loader
    spool_up(tmp_path, *clicks_of(posts, START + 60_000))
    assert loader.load() == Loaded(read=5, counted=5, folded=2)
    counts = {value: clicks for (value, _), (clicks, _, _) in totals(engine, "post").items()}
    assert counts == {posts[0]: 2, posts[1]: 2, posts[2]: 1, OTHER: 2}
    assert sorted(row.post for row in rows(engine))[:2] == [OTHER, OTHER]


def test_the_next_day_has_room_for_as_many_again(engine, tmp_path):
    posts = [post(n) for n in range(1, 9)]
    spool_up(tmp_path, *clicks_of(posts[:4]), *clicks_of(posts, START + DAY))
    load(engine, tmp_path, new_names=3)
    assert [value for dimension, value in names(engine) if dimension == "post"] == posts[:6]


def test_referrers_are_limited_as_posts_are(engine, tmp_path):
    hosts = ("b.example", "a.example", "c.example", "", "other", OTHER)
    spool_up(tmp_path, *(make_click(START + n * 20_000, referrer=h) for n, h in enumerate(hosts)))
    assert load(engine, tmp_path, new_names=2).folded == 2
    counts = {value: clicks for (value, _), (clicks, _, _) in totals(engine, "referrer").items()}
    assert counts == {"b.example": 1, "a.example": 1, "": 1, OTHER: 3}


def test_campaigns_are_limited_as_posts_are(engine, tmp_path):
    names = ("b", "a", "c", "", "b")
    spool_up(tmp_path, *(make_click(START + n * 20_000, campaign=c) for n, c in enumerate(names)))
    assert load(engine, tmp_path, new_names=2).folded == 1
    counts = {value: clicks for (value, _), (clicks, _, _) in totals(engine, "campaign").items()}
    assert counts == {"b": 2, "a": 1, OTHER: 1}


def test_the_sites_own_posts_take_no_room(engine, tmp_path):
    own = frozenset(map(post, range(1, 6)))
    spool_up(tmp_path, *clicks_of([*sorted(own), post(9)]))
    assert load(engine, tmp_path, new_names=1, own=OwnNames(own)).folded == 0
    assert [value for dimension, value in names(engine) if dimension == "post"] == [post(9)]


def test_the_catalogs_own_campaigns_take_no_room(engine, tmp_path):
    names = ("x", "y", "launch")
    spool_up(tmp_path, *(make_click(START + n * 20_000, campaign=c) for n, c in enumerate(names)))
    own = OwnNames(campaigns=frozenset(["launch"]))
    assert load(engine, tmp_path, new_names=1, own=own).folded == 1
    counts = {value: clicks for (value, _), (clicks, _, _) in totals(engine, "campaign").items()}
    assert counts == {"x": 1, OTHER: 1, "launch": 1}


def test_without_room_all_unknown_names_are_one(engine, tmp_path):
    spool_up(tmp_path, make_click())
    assert load(engine, tmp_path, new_names=0) == Loaded(read=1, counted=1, folded=1)
    assert names(engine) == []


def test_more_names_than_are_kept_in_memory_stay_known(engine, tmp_path, monkeypatch):
    monkeypatch.setattr("linkmgr.store.clicks.limits._KEPT", 5)
    monkeypatch.setattr("linkmgr.store.clicks.limits._ASKED", 2)
    loader = make_loader(engine, tmp_path, new_names=20)
    posts = [post(n) for n in range(1, 21)]
    for start in range(3):
        spool_up(tmp_path, *clicks_of(posts, START + start * 60_000))
        assert loader.load() == Loaded(read=20, counted=20)
    assert {counts for _, counts in totals(engine, "post").items()} == {(3, 1, 0)}
