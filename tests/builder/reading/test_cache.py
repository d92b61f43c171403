"""The memory of earlier builds: what it keeps comes back as it was, and damage does no harm."""

import json
import re
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta, timezone
from random import Random

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.builder.reading.cache import LOCK_TIMEOUT, open_cache
from linkmgr.builder.reading.read_posts import Facts, load_facts
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.fs import CACHE_FOLDER
from linkmgr.messages.errors import LinkmgrError, Problem
from linkmgr.messages.message import message
from linkmgr.posts.document_reader import parse_file
from linkmgr.resolver import likeness
from linkmgr.resolver.model import KeywordCounts, PostText
from linkmgr.site_index.snapshot import SitePaths, load_snapshot
from tests.support.builds import (
    CATALOG,
    POSTS,
    age,
    built,
    edit,
    made,
    made_from_scratch,
    stamps,
    write_blog,
)
from tests.support.posts import make_config

TOKYO = timezone(timedelta(hours=9))
BLACK = "_posts/2026-01-02-black.md"


@pytest.fixture
def site(tmp_path):
    root = write_blog(tmp_path / "site")
    built(root)
    return root


def test_an_edit_of_the_catalog_compares_no_posts_anew(tmp_path, monkeypatch):
    root = write_blog(tmp_path / "site")
    assert built(root).with_blocks < len(POSTS)  # the walk has none, and no related post
    edit(root / "catalog.yaml", "Green Tea", "Greener Tea")
    monkeypatch.delattr(likeness, "ComparedPosts")
    assert built(root).written


def test_a_keyword_is_added_without_comparing_posts_anew(tmp_path, monkeypatch):
    keywords = {"mappings": {"tea": {"any": {"keywords": ["leaves"]}, "items": ["green"]}}}
    root = write_blog(tmp_path / "site", catalog=CATALOG | keywords)
    built(root)
    monkeypatch.delattr(likeness, "ComparedPosts")
    edit(root / "catalog.yaml", "leaves", "loaf")
    built(root)
    paths = SitePaths(root, root / "catalog.yaml")
    assert load_snapshot(paths, load_catalog(paths.catalog_file), "").prepared.nearest.are_known


def database_of(root):
    return root / CACHE_FOLDER / "posts.sqlite"


def execute(file, *statements):
    with closing(sqlite3.connect(file)) as database, database:
        for statement in statements:
            database.execute(statement)


def overwrite(file, start, data):
    with file.open("r+b") as opened:
        opened.seek(start)
        opened.write(data)


DAMAGES = {
    "no database": lambda file: file.write_bytes(b"nonsense" * 999),
    "empty": lambda file: file.write_bytes(b""),
    "gone": lambda file: file.unlink(),
    "cut off": lambda file: file.write_bytes(file.read_bytes()[:5000]),
    "zeros": lambda file: overwrite(file, 4096, bytes(file.stat().st_size - 4096)),
    "garbage": lambda file: overwrite(file, 100, Random(1).randbytes(9000)),  # noqa: S311
    "zeros at the end": lambda file: overwrite(file, file.stat().st_size - 4096, bytes(4096)),
    "half a value": lambda file: execute(file, "UPDATE state SET value = substr(value, 1, 9)"),
    "half a post": lambda file: execute(file, "UPDATE post SET facts = substr(facts, 1, 99)"),
    "facts of nothing": lambda file: execute(file, "UPDATE post SET facts = 'null'"),
    "facts in a mapping": lambda file: execute(file, "UPDATE post SET facts = '{}'"),
    "facts of another form": lambda file: execute(file, "UPDATE post SET facts = '[[1],{},2]'"),
    "half a document": lambda file: execute(
        file, "UPDATE post SET facts = json_set(facts, '$[1]', json('[[1,2,3]]'))"
    ),
    "a post without a URL": lambda file: execute(
        file, "UPDATE post SET facts = json_set(facts, '$[1][0][1]', NULL)"
    ),
    "a date without a zone": lambda file: execute(
        file, "UPDATE post SET facts = json_set(facts, '$[1][0][3]', '2026-01-01')"
    ),
    "counts of nothing": lambda file: execute(
        file, "UPDATE post SET facts = json_set(facts, '$[4]', 7)"
    ),
    "nothing but depth": lambda file: execute(
        file, "UPDATE post SET facts = replace(hex(zeroblob(99999)), '0', '[')"
    ),
    "half a number": lambda file: execute(file, "UPDATE numbers SET value = x'000102'"),
    "no digests": lambda file: execute(file, "DELETE FROM numbers WHERE name = 'digests'"),
    "text for numbers": lambda file: execute(file, "UPDATE numbers SET value = 'text'"),
    "states of nothing": lambda file: execute(file, "UPDATE state SET value = 'true'"),
    "states in mappings": lambda file: execute(file, """UPDATE state SET value = '{"a":1}'"""),
    "bytes": lambda file: execute(file, "UPDATE post SET facts = x'00ff'"),
    "views of each other": lambda file: execute(
        file,
        "DROP TABLE post",
        "CREATE VIEW post AS SELECT 'a' AS path, facts FROM other",
        "CREATE VIEW other AS SELECT * FROM post",
    ),
    "a view without an end": lambda file: execute(
        file,
        "DROP TABLE post",
        "CREATE VIEW post AS WITH RECURSIVE n(path) AS (SELECT 1 UNION ALL SELECT path + 1 FROM n) "
        "SELECT path, 'null' AS facts FROM n",
    ),
    "a trigger": lambda file: execute(
        file, "CREATE TRIGGER t AFTER INSERT ON state BEGIN DELETE FROM post; END"
    ),
    "another format": lambda file: execute(
        file,
        "DROP TABLE post",
        "CREATE TABLE post (a, b, c, d)",
        "INSERT INTO post VALUES (1, 2, 3, 4)",
        "PRAGMA user_version = 99",
    ),
    "tables of nobody": lambda file: execute(file, "DROP TABLE post", "DROP TABLE state"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("changed", [False, True], ids=["same posts", "a changed post"])
def test_a_damaged_cache_is_thrown_away(site, damage, changed):
    damage(database_of(site))
    if changed:
        edit(site / BLACK, "oolong", "flour")
        age(site / BLACK)
    built(site)
    assert made(site) == made_from_scratch(site)
    before = stamps(site)
    assert not built(site).changed
    assert stamps(site) == before


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_check_leaves_a_damaged_cache_as_it_is(site, damage):
    damage(database_of(site))
    edit(site / BLACK, "oolong", "flour")
    before = stamps(site)
    try:
        foretold = built(site, check=True)
    except LinkmgrError as error:
        assert "linkmgr build" in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert foretold.changed
    assert stamps(site) == before


JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")


def forged_journal(victim):
    """Write a journal that, played back, has SQLite delete the file `victim`."""
    name = str(victim).encode()
    header = JOURNAL_MAGIC + bytes(16) + (512).to_bytes(4) + (4096).to_bytes(4)
    end = len(name).to_bytes(4) + sum(name).to_bytes(4) + JOURNAL_MAGIC
    return header.ljust(512, b"\0") + (0x40000000 // 4096 + 1).to_bytes(4) + name + end


@pytest.mark.parametrize("check", [False, True], ids=["build", "check"])
def test_a_journal_that_came_with_the_site_is_never_played_back(site, tmp_path, check):
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    journal = database_of(site).with_name("posts.sqlite-journal")
    journal.write_bytes(forged_journal(victim))
    assert not built(site, check=check).changed
    assert victim.read_bytes() == b"precious"
    assert journal.exists() == check


NAMES = ("", "posts.sqlite", "posts.sqlite-journal", "posts.sqlite-wal", "lock", ".gitignore")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("check", [False, True], ids=["build", "check"])
def test_links_in_the_place_of_the_cache_are_refused(site, tmp_path, name, check):
    path, elsewhere = site / CACHE_FOLDER / name, tmp_path / "elsewhere"
    if path.exists():
        path.rename(elsewhere)
    path.symlink_to(elsewhere)
    before = stamps(elsewhere) if name == "" else elsewhere.exists() and elsewhere.read_bytes()
    with pytest.raises(LinkmgrError, match=re.escape(f"{path}: something else has this name")):
        built(site, check=check)
    after = stamps(elsewhere) if name == "" else elsewhere.exists() and elsewhere.read_bytes()
    assert after == before


def test_the_cache_stays_out_of_git_and_of_jekyll(site):
    assert "\n*\n" in (site / CACHE_FOLDER / ".gitignore").read_text()
    assert CACHE_FOLDER.startswith(".")


def test_posts_that_are_gone_are_forgotten(site):
    (site / BLACK).unlink()
    built(site)
    with open_cache(site, read_only=True) as cache:
        assert BLACK not in cache.paths()
        assert len(cache.paths()) == 4


def test_what_fails_is_not_kept(site):
    def fail():
        with open_cache(site) as cache:
            cache.set_state(keywords=["x"])
            cache.store([], forget=cache.paths())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with open_cache(site) as cache:
        assert cache.state("keywords") == ["flour", "oolong"]
        assert len(cache.paths()) == 5


def test_a_second_build_waits_for_the_first_and_then_says_so(site, monkeypatch):
    assert LOCK_TIMEOUT >= 10
    monkeypatch.setattr("linkmgr.builder.reading.cache.LOCK_TIMEOUT", 0.1)
    with (
        open_cache(site),
        pytest.raises(LinkmgrError, match=r"site: another build has been running"),
    ):
        built(site)
    assert not built(site).changed


def test_what_cannot_be_stored_is_reported(site):
    shutil.rmtree(site / CACHE_FOLDER)
    (site / CACHE_FOLDER).mkdir()
    database_of(site).mkdir()
    with pytest.raises(LinkmgrError, match=r"posts\.sqlite: something else has this name"):
        built(site)


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-99, 99),
    st.floats(-9, 9),
    st.text(max_size=5),
    st.sampled_from(("2026-01-01", ":symbol", "1_000", "~", "[", "{{ x }}", "\u2028")),
    st.dates(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(SCALARS), inner, max_size=2)
    ),
    max_leaves=5,
)
OVERRIDES = st.sampled_from(
    (None, False, {"books": ["a"]}, {"cta": "b", "limit": 0}, {"exclude": []}, {"books": []})
)


@given(
    title=VALUES,
    slug=VALUES,
    tags=st.one_of(VALUES, st.lists(VALUES, max_size=3)),
    linkmgr=OVERRIDES,
)
def test_facts_come_back_as_they_were_or_are_not_kept(title, slug, tags, linkmgr):
    front = {"title": title, "slug": slug, "tags": tags, "linkmgr": linkmgr, "categories": tags}
    assert_kept_as_it_was(yaml.safe_dump(front, allow_unicode=True))


@pytest.mark.parametrize(
    "front",
    [
        *("title: {1: a}", "title: :symbol", "title: [:a]", "tags: [:a, 1, 1.0, true, 2026-01-01]"),
        *("slug: {a: {2: b}}", "title: 2026-01-01", "title: 2026-01-01 10:00:00", "title: .nan"),
        *(
            "title: {true: a}",
            "title: {~: a}",
            "title: !binary aGk=",
            "categories: [[a, 1], {b: 2}]",
        ),
        *("title: [", "published: false", "title: 1e400", 'title: "\\ud83d\\ude00"'),
    ],
)
def test_any_value_of_yaml_comes_back_as_it_was_or_is_not_kept(front):
    assert_kept_as_it_was(front)


def assert_kept_as_it_was(front):
    raw = f"---\n{front}\n---\nBody\n".encode(errors="replace")
    parsed = parse_file("_posts/2026-01-01-a.md", raw, 0.0, make_config())
    facts = Facts(
        stamp=(1, 2, 3),
        document=parsed.document,
        body_start=len(raw) - len(parsed.body),
        text=PostText(5, {"tea": KeywordCounts(1, 2, 3, 4)}),
        warnings=parsed.warnings,
    )
    dumped = facts.dump()
    if dumped is not None:
        loaded = load_facts(json.loads(dumped))
        assert text_of(loaded) == text_of(facts)


def text_of(facts):
    """Return all that facts say, types included; a date's offset may have lost its zone's name."""
    return re.sub(r"zoneinfo\.ZoneInfo\(key='Asia/Tokyo'\)", repr(TOKYO), repr(facts))


def test_facts_of_a_file_without_a_post_are_kept_too():
    warnings = (Problem.at("a.md", 3, "", message("build.template-not-utf8")),)
    facts = Facts((1, 2, 3), None, 0, PostText(), warnings)
    assert load_facts(json.loads(facts.dump())) == facts


def change_state(root, name, change):
    with open_cache(root) as cache:
        cache.set_state(**{name: change(cache.state(name))})


def no_related(state):
    posts, choices = state
    return posts, [(limit, minimum, dict.fromkeys(urls, ())) for limit, minimum, urls in choices]


@pytest.mark.parametrize(
    "change",
    [
        lambda root: execute(
            database_of(root), "UPDATE post SET facts = replace(facts, 'Black', 'Red')"
        ),
        lambda root: change_state(root, "related", no_related),
    ],
    ids=["posts", "related posts"],
)
def test_what_another_version_found_is_found_again(site, monkeypatch, change):
    change(site)
    for module in ("builder.reading.read_posts", "builder.fragments", "resolver.identity"):
        monkeypatch.setattr(f"linkmgr.{module}.__version__", "another")
    built(site)
    assert made(site) == made_from_scratch(site)
