"""`_config.yml`: what it sets, and what is wrong with it."""

import re

import pytest

from linkmgr.messages.errors import Problems
from linkmgr.posts.config import JekyllConfig, parse_config
from linkmgr.posts.ruby.values import Jekyll
from tests.support.posts import make_config, post_of

FILE = "_config.yml"


def test_an_empty_config_is_jekylls_own():
    assert parse_config("", FILE) == parse_config("# nothing\n", FILE) == JekyllConfig()
    assert JekyllConfig().permalink == "/:categories/:year/:month/:day/:title:output_ext"


def test_equal_texts_make_equal_configs():
    text = "permalink: pretty\ndefaults: [{scope: {path: a}, values: {tags: [b]}}]"
    assert parse_config(text, FILE) == parse_config(text, FILE)
    assert repr(parse_config(text, FILE)) == repr(parse_config(text, FILE))


def test_the_advice_to_quote_a_symbol_keeps_its_colon():
    with pytest.raises(Problems, match=re.escape("put it in quotes (':categories/:title')")):
        parse_config("permalink: :categories/:title", FILE, Jekyll("debian", 4))


def test_a_wrong_setting_that_is_read_twice_is_one_problem():
    text = "permalink: :categories/:title\ncollections: {teas: {output: true}}"
    with pytest.raises(Problems) as refused:
        parse_config(text, FILE, Jekyll("debian", 4))
    assert len(refused.value.problems) == 1


@pytest.mark.parametrize(
    ("written", "url", "baseurl"),
    [
        ("baseurl: https://tea.example/blog/", "https://tea.example", "/blog"),
        ("baseurl: //tea.example\nurl: https://b.example", "https://b.example", ""),
        ("baseurl: /blog\nurl: https://b.example", "https://b.example", "/blog"),
    ],
)
def test_a_baseurl_has_its_path_and_may_give_the_host(written, url, baseurl):
    config = parse_config(written, FILE)
    assert (config.url, config.base_path) == (url, baseurl)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("title: x\nexclude: docs", "2: exclude: must be a list, each entry on a line of its own"),
        ("include: ~", "1: include: must be a list"),
        ("timezone: Asia/Tokio", "1: timezone: unknown time zone Asia/Tokio"),
        ("url: x\ntimezone: 9", "2: timezone: must be text: put it in quotes ('9')"),
        ("permalink: /:titel/", "1: permalink: :titel is not a placeholder"),
        ("limit_posts: -1", "1: limit_posts: must be a whole number"),
        ("time: soon", "1: time: soon is not a time"),
        ("time: '0001-01-01 00:00:00 +0900'", "1: time: 0001-01-01 00:00:00 +0900 is not a time"),
        ("collections: posts", "1: collections: must be a mapping or a list"),
        (
            "collections:\n  posts:\n    permalink: /:x/",
            "3: collections.posts.permalink: :x is not a placeholder",
        ),
        (
            "defaults:\n- values: {a: 1}\n- scope: x\n  values: {a: 1}",
            "3: defaults.1.scope: must be a mapping",
        ),
        (
            "defaults:\n- scope: {path: ''}\n  values: {date: 2021-01-01}",
            "2: defaults.0.values.date: '2021-01-01' is not a time",
        ),
        ("includes_dir: ../theme", "1: includes_dir: must be a folder within the site"),
        ("data_dir: a/../../b", "1: data_dir: must be a folder within the site"),
        ("layouts_dir: /etc", "1: layouts_dir: must be a folder within the site"),
        ('includes_dir: "a\\0b"', "1: includes_dir: must not contain \\0"),
        ('source: "a\\0b"', "1: source: must not contain \\0"),
        ("a: [", "2: not valid YAML"),
        ("a: 1\nb: 1._5", "2: not valid YAML: 1._5 is not a number"),
        ("- a", "1: must be settings"),
    ],
    ids=lambda text: text.partition(":")[0] if " " not in text else None,
)
def test_what_jekyll_would_not_take_is_a_problem_with_its_line(text, problem):
    with pytest.raises(Problems) as raised:
        parse_config(text, FILE)
    (found,) = raised.value.problems
    assert str(found).startswith(f"{FILE}:{problem}")


def test_a_build_time_at_the_edge_of_time_is_read():
    config = parse_config("timezone: Asia/Tokyo\ntime: 0001-01-01", FILE)
    assert config.build_time.isoformat().startswith("0001-01-01T00:00:00+09:")


def test_all_problems_come_at_once():
    with pytest.raises(Problems) as raised:
        parse_config("exclude: x\nurl: 5\ntimezone: Nowhere\n", FILE)
    assert [problem.location.line for problem in raised.value.problems] == [1, 2, 3]


@pytest.mark.parametrize(
    ("path", "title"),
    [("_posts/2021-01-01-x.md", "any"), ("_posts/sub/2021-01-01-x.md", "sub")],
)
def test_the_longer_scope_wins_whatever_its_place(path, title):
    config = """
defaults:
- {scope: {path: _posts/sub}, values: {title: sub}}
- {scope: {path: "", type: posts}, values: {title: any}}
"""
    assert post_of("x: 1", path=path, config=config).title == title


def test_exclude_takes_beginnings_folders_and_globs():
    config = make_config("exclude: [a, /b/, '*.tmp', 'c[^d]e']\ninclude: ['x.tmp']")
    excluded = config.excluded
    assert excluded.match("/abc/d.md")
    assert excluded.match("/b", folder=True)
    assert not excluded.match("/b")
    assert excluded.match("/d/e.tmp")
    assert excluded.match("/cxe")
    assert not excluded.match("/cde")
    assert excluded.match("/node_modules/x")
    assert config.included.match("/x.tmp")


@pytest.mark.parametrize(
    ("pattern", "path", "excluded"),
    [
        ("*a*a*b", "/xaxaxb", True),
        ("*a*a*b", "/xaxb", False),
        ("*ab*b", "/aabbb", True),
        ("**/x*y", "/a/b/x/y", True),
        ("*?*?c", "/abc", True),
        ("[z-a]*", "/m", False),
        ("[!z-a]*", "/m", True),
        ("[z-ab]*", "/b", True),
        ("[&&~~||--a]*", "/~", True),
        (r"[\\a-c]x*", "/bx", True),
        ("*a" * 50 + "*b", "/" + "a" * 200, False),
        ("?*" * 50 + "b", "/" + "a" * 200, False),
    ],
    ids=[
        *("stars", "too few", "overlapping", "deep", "any", "backwards", "not backwards"),
        *("partly backwards", "signs", "backslash", "made to hang", "made to hang with any"),
    ],
)
def test_exclude_matches_as_rubys_fnmatch_does(pattern, path, excluded):
    assert make_config(f"exclude: ['{pattern}']").excluded.match(path) is excluded


@pytest.mark.parametrize(
    ("scope", "title"),
    [
        ("_posts/*a*c*.md", "scoped"),
        ("**/*b*a*", "A B C"),
        ("_posts/*{a,b}-*c*", "scoped"),
        ("_posts/" + "*-" * 50 + "*x", "A B C"),
        ("**/" * 50 + "x", "A B C"),
    ],
    ids=["stars", "wrong order", "braces", "made to hang", "made to hang with folders"],
)
def test_a_scope_may_hold_many_stars(scope, title):
    config = f"defaults: [{{scope: {{path: '{scope}'}}, values: {{title: scoped}}}}]"
    assert post_of("x: 1", path="_posts/2021-01-01-a-b-c.md", config=config).title == title


def test_jekyll_3_has_its_own_excludes_only_without_the_sites():
    three = Jekyll("gem", 3)
    assert "vendor/bundle/" in parse_config("", FILE, three).exclude
    assert parse_config("exclude: [a]", FILE, three).exclude == ("a",)
    assert "vendor/bundle/" in parse_config("exclude: [a]", FILE).exclude


@pytest.mark.parametrize(
    ("scope", "major", "applies"),
    [
        ("_posts", 3, True),
        ("_posts", 4, True),
        ("_posts/2021", 3, False),
        ("_posts/2021", 4, True),
        ("_posts/", 3, False),
        ("_posts/", 4, True),
        ("_posts/2021-01-01-x.md", 3, True),
        ("", 3, True),
        ("_posts/*-x.md", 3, True),
    ],
)
def test_scope_is_beginning_of_path_or_in_jekyll_3_of_its_names(scope, major, applies):
    """`FrontmatterDefaults#path_is_subpath?` of v3.10.0 and of v4.3.4."""
    text = f"defaults: [{{scope: {{path: '{scope}'}}, values: {{title: d}}}}]"
    config = parse_config(text, FILE, Jekyll("gem", major))
    assert bool(config.defaults.values_for("_posts/2021-01-01-x.md")) is applies
