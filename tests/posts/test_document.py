"""One post file: what it says, what it may not say, and on which line."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from linkmgr.posts.config import parse_config
from linkmgr.posts.document import split_front_matter
from linkmgr.posts.document_reader import parse_file
from linkmgr.posts.model import NO_OVERRIDE, Override
from linkmgr.posts.publish import posts_as_json, publish
from linkmgr.posts.ruby.values import Jekyll
from tests.support.posts import make_config, post_of, problems_of, read
from tests.support.properties import examples

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_post_has_what_its_front_matter_says():
    post = post_of(["title: T", "tags: [a, b]", "category: c", "date: 2026-02-18 10:57:52 +0900"])
    assert (post.title, post.tags, post.categories) == ("T", ("a", "b"), ("c",))
    assert post.date.isoformat() == "2026-02-18T10:57:52+09:00"
    assert post.url == "/c/2026/02/18/a-post.html"


def test_post_without_front_matter_has_its_names_title_and_date():
    parsed = parse_file("_posts/2021-05-06-a-post.md", b"Only text.", 0.0, make_config())
    post = parsed.document.post
    assert (post.title, post.slug, post.url) == ("A Post", "a-post", "/2021/05/06/a-post.html")
    assert parsed.body == b"Only text."


@pytest.mark.parametrize(
    ("front", "day"),
    [
        ("date: 2021-05-06 23:30:00", "2021-05-07T08:30:00+09:00"),
        ("date: '2021-05-06 23:30:00'", "2021-05-06T23:30:00+09:00"),
        ("date: 2021-05-06 23:30", "2021-05-06T23:30:00+09:00"),
        ("date: 2021-05-06 23:30:00 +0000", "2021-05-07T08:30:00+09:00"),
        ("date: 2021-02-30", "2021-03-02T00:00:00+09:00"),
        ("date: May 6, 2021", "2021-05-06T00:00:00+09:00"),
    ],
    ids=["unquoted is UTC", "quoted", "no seconds", "offset", "30 February", "by name"],
)
def test_a_date_is_in_the_sites_time_zone(front, day):
    assert post_of(front).date.isoformat() == day


@pytest.mark.parametrize(
    ("front", "excerpt"),
    [
        (["excerpt: E", "description: D"], "E"),
        (["description: D"], "D"),
        (["excerpt: ''", "description: D"], ""),
        (["excerpt: ~", "description: 5"], "5"),
        ([], ""),
    ],
    ids=["excerpt", "description", "empty excerpt", "nil excerpt", "neither"],
)
def test_the_excerpt_is_the_front_matters_or_its_description(front, excerpt):
    assert post_of(front).excerpt == excerpt


@pytest.mark.parametrize("address", ["https://example.org/", "[/elsewhere/]"])
def test_a_post_with_redirect_to_redirects(address):
    assert post_of([f"redirect_to: {address}"]).redirects
    assert not post_of(["redirect_to:"]).redirects


@pytest.mark.parametrize(
    ("front", "problem"),
    [
        (
            ["title: T", "date: soon"],
            (
                "_posts/2021-05-06-a-post.md:3: date: 'soon' is not a time: write it as "
                "2026-02-18 10:57:52 +0900"
            ),
        ),
        (
            ["date:"],
            (
                "_posts/2021-05-06-a-post.md:2: date: '' is not a time: write it as "
                "2026-02-18 10:57:52 +0900"
            ),
        ),
        (
            ["slug: 2024"],
            (
                "_posts/2021-05-06-a-post.md:2: slug: must be text for Jekyll: put it in quotes "
                "('2024')"
            ),
        ),
        (["a: 1", "permalink: 5"], "_posts/2021-05-06-a-post.md:3: permalink: must be text"),
        (
            ["permalink: /:nothing/"],
            (
                "_posts/2021-05-06-a-post.md:2: permalink: :nothing is not a placeholder "
                "that Jekyll knows"
            ),
        ),
    ],
    ids=["date", "empty date", "slug", "permalink", "placeholder"],
)
def test_what_would_fail_jekylls_build_is_problem_with_its_line(front, problem):
    assert problems_of(front) == [problem]


def test_a_name_whose_date_does_not_exist_is_a_problem():
    assert problems_of("title: T", path="_posts/2020-13-45-x.md") == [
        (
            "_posts/2020-13-45-x.md:1: date: the file's name has no date in 2020-13-45: rename it, "
            "or set one here"
        )
    ]
    assert post_of("date: 2021-01-01", path="_posts/2020-13-45-x.md").date.year == 2021


def test_problems_name_the_file_under_the_collections_folder():
    assert problems_of("date: soon", config="collections_dir: col")[0].startswith("col/_posts/")


@pytest.mark.parametrize(
    ("front", "override"),
    [
        ("title: T", NO_OVERRIDE),
        ("linkmgr: ~", NO_OVERRIDE),
        ("linkmgr: false", Override(disabled=True)),
        (
            "linkmgr: {books: [a, b], cta: c, exclude: [d], limit: 2}",
            Override(books=("a", "b"), cta=("c",), exclude=("d",), limit=2),
        ),
        ("linkmgr: {cta: [b, a]}", Override(cta=("b", "a"))),
        ("linkmgr: {cta: []}", Override(cta=())),
        ("linkmgr: {books: []}", Override(books=())),
    ],
    ids=["nothing", "nil", "false", "all keys", "several ctas", "no cta", "no books"],
)
def test_front_matter_may_override(front, override):
    assert post_of(front).override == override


def test_an_override_in_defaults_is_merged_with_posts_own():
    defaults = "defaults: [{scope: {path: ''}, values: {linkmgr: {limit: 1, cta: c}}}]"
    assert post_of("linkmgr: {limit: 2}", config=defaults).override == Override(cta=("c",), limit=2)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["linkmgr: true"], ":2: linkmgr: must be false, or a mapping of"),
        (["linkmgr: [a]"], ":2: linkmgr: must be false, or a mapping of"),
        (["linkmgr:", "  boks: [a]"], ":3: linkmgr.boks: unknown key; expected one of"),
        (["linkmgr:", "  limit: 1", "  books: a"], ":4: linkmgr.books: must be a list of ids"),
        (["linkmgr: {books: [1]}"], ":2: linkmgr.books: must be a list of ids"),
        (["linkmgr: {exclude: {a: b}}"], ":2: linkmgr.exclude: must be a list of ids"),
        (["linkmgr:", "  cta: [1]"], ":3: linkmgr.cta: must be the id of a call to action, or a"),
        (["linkmgr: {limit: -1}"], ":2: linkmgr.limit: must be a whole number"),
        (["linkmgr: {limit: true}"], ":2: linkmgr.limit: must be a whole number"),
        (["linkmgr: {limit: 99999999999999999999999}"], ":2: linkmgr.limit: must be a whole"),
    ],
    ids=["true", "list", "unknown", "text", "number", "mapping", "cta", "negative", "flag", "huge"],
)
def test_a_wrong_override_is_a_problem_with_line_and_key(lines, problem):
    (found,) = problems_of(lines)
    assert problem in found


def test_unreadable_front_matter_is_a_warning_and_takes_its_day():
    parsed = read(["title: T", "tags: [a"])
    (warning,) = parsed.warnings
    assert str(warning).startswith("_posts/2021-05-06-a-post.md:4: the front matter cannot be read")
    post = parsed.document.post_at(datetime(2022, 1, 2, tzinfo=UTC))
    assert (post.title, post.url) == (None, "/2022/01/02/2021-05-06-a-post.html")


def test_unreadable_front_matter_is_problem_where_site_is_strict():
    assert len(problems_of("tags: [a", config="strict_front_matter: true")) == 1


BOMB = "\n".join(
    f"{name}: &{name} [{', '.join([value] * 10)}]"
    for name, value in zip("abcdefgh", ("x", *(f"*{name}" for name in "abcdefg")), strict=True)
)


CHAIN = "\n".join(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 120))


@pytest.mark.parametrize(
    ("front", "line"),
    [
        (f"{BOMB}\ntags: *h", 5),
        (f"{BOMB}\ntitle: *h", 5),
        (f"{BOMB}\nslug: *h", 5),
        (f"{BOMB}\ncategories: *h", 5),
        (f"a: &a {{x: 1, y: {['x'] * 200}}}\nexcerpt: {['*a'] * 99}".replace("'", ""), 3),
        ("tags: &a [*a]", 2),
        ("tags: " + "[" * 100_000, 2),
        ("title: T\ntags: " + "[" * 400 + "]" * 400, 3),
        (f"a0: &a0 [x]\n{CHAIN}\ntags: *a119", 102),
        ("title: T\n? " + "{? " * 40 + "a" + "}" * 40 + "\n: 1", 3),
        ("title: T\ntitle: 0x" + "F" * 5_000, 3),
        ("a: 1\ntitle: " + "1" * 5_000 + ":30", 3),
        ("a: 1\ntitle: !float 0x" + "F" * 500, 3),
        ("a: 1\ntitle: 0b_", 3),
        (f"title: T\ntags: {['t'] * 100_000}", 3),
        (f"title: T\ntags: {'t ' * 100_000}", 3),
        (f"title: T\ncategory: {['t'] * 100_000}", 3),
    ],
    ids=[
        "tags",
        "title",
        "slug",
        "categories",
        "mappings",
        "an alias in itself",
        "a deep list",
        "400 lists",
        "a chain of aliases",
        "a deep key",
        "a huge number",
        "a huge time",
        "a huge float",
        "no digits",
        "100,000 tags",
        "100,000 words",
        "100,000 categories",
    ],
)
def test_front_matter_made_to_hang_is_a_warning(front, line):
    (warning,) = read(front).warnings
    assert warning.location.line == line


@pytest.mark.parametrize("front", [f"a0: &a0 [x]\n{CHAIN}\ntags: *a119", "? " + "{? " * 40 + "a"])
def test_front_matter_made_to_hang_the_gem_makes_a_post_too(front):
    assert read(front, package="gem").document is not None


@pytest.mark.parametrize("date", ["2021-5-" + "5" * 5_000, "2021-05-06" + " " * 100_000 + "x"])
def test_a_date_longer_than_ruby_reads_is_a_problem(date):
    (found,) = problems_of(f'date: "{date}"')
    assert found.startswith("_posts/2021-05-06-a-post.md:2: date: ")


@pytest.mark.parametrize("package", ["gem", "debian"])
def test_as_many_values_as_a_post_may_want_are_read(package):
    tags = [f"t{number}" for number in range(9_000)]
    post = post_of(f"a: &a 1\ntags: {tags}\nb: *a", package=package)
    assert post.tags == tuple(tags)


@pytest.mark.parametrize(
    ("front", "title"),
    [("title: 1__2:30", 5400), ("title: 1_:30", 5400), ("title: 1__2:30.5", 90.5 * 60)],
)
def test_figures_with_needless_underscores_are_read_as_ruby_does(front, title):
    assert post_of(front).title == title


PIECES = st.sampled_from(
    [
        *("title", "tags", "date", "slug", "categories", "category", "permalink", "linkmgr"),
        *("limit", "excerpt", "published", "<<", ": ", ": ", ": ", "\n", "\n", "\n  ", "- ", ","),
        *("[", "]", "{", "}", "? ", "&a ", "*a", '"', "'", "!float ", "!binary ", "!str ", "!x "),
        *("0x", "0b", "1", "_", ":30", ".5", "e+999", "-", "+", ".inf", ".nan", "~", "|", ">"),
        *("2021-05-06", "0001-01-01", "9999-12-31", " 23:59:59", " +0900", " -12:00", " 0:0"),
        *("June", "Z", " JST", "/", "\\0", "\\x", ":year", "#", "あ", "\u3000", "\t", "\r", "%41"),
        *("0000-00-00", "13", "99", "...", "---", "true", "false", ":sym", "\0", "\x85", "\ufeff"),
    ]
)
LINES = st.lists(PIECES, max_size=30).map("".join).map(str.encode)


@settings(max_examples=examples(500), deadline=None)
@given(
    front=LINES | st.binary(max_size=60),
    zone=st.sampled_from(["Asia/Tokyo", "America/New_York"]),
    strict=st.booleans(),
    package=st.sampled_from(["gem", "debian"]),
)
@example(
    front=b"tags: [0001-01-01 00:00:00, 9999-12-31 23:59:59]",
    zone="Asia/Tokyo",
    strict=False,
    package="debian",
)
def test_any_front_matter_makes_a_post_or_tells_a_problem(front, zone, strict, package):
    text = f"timezone: {zone}\nstrict_front_matter: {strict}"
    config = parse_config(text, "_config.yml", Jekyll(package))
    parsed = parse_file("_posts/2021-05-06-x.md", b"---\n" + front + b"\n---\n", 0.0, config)
    if parsed.document is None:
        assert parsed.problems or parsed.warnings
    else:
        assert json.dumps(posts_as_json(publish([parsed.document], config, NOW)))


def test_a_post_that_is_not_utf8_is_left_out():
    parsed = parse_file("_posts/2021-05-06-x.md", b"---\n---\nx\n\xff", 0.0, make_config())
    assert parsed.document is None
    assert str(parsed.warnings[0]).startswith("_posts/2021-05-06-x.md:4: is not UTF-8")


def test_an_undated_draft_takes_the_time_it_was_last_changed():
    parsed = read("title: T", path="_drafts/x.md", mtime=1_600_000_000.5)
    assert parsed.document.draft
    assert parsed.document.post.date.isoformat(timespec="seconds") == "2020-09-13T21:26:40+09:00"


@pytest.mark.parametrize(
    ("text", "front", "body"),
    [
        (b"---\na: 1\n---\nB", b"---\na: 1\n", b"B"),
        (b"---\r\na: 1\r\n---\r\nB", b"---\r\na: 1\r\n", b"B"),
        (b"---\na: 1\n...  \n\n\nB", b"---\na: 1\n", b"B"),
        (b"---\n---", b"---\n", b""),
        (b"--- #\na: 1\n---\nB", b"", b"--- #\na: 1\n---\nB"),
        (b"---\na: 1\n ---\nB", b"", b"---\na: 1\n ---\nB"),
    ],
    ids=["plain", "CRLF", "dots, blank lines", "empty", "comment", "indented closer"],
)
def test_front_matter_is_split_from_the_article(text, front, body):
    assert split_front_matter(text) == (front, body)
