"""What is wrong with a catalog beside its posts: each code, what triggers it and what does not."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from linkmgr.check.findings import CODES, Severity
from linkmgr.check.run import check
from linkmgr.messages.message import translate
from tests.support.builds import NOW, built, post, write_blog
from tests.support.cli import run

GREEN, BLACK = "_posts/2026-01-01-green.md", "_posts/2026-01-02-black.md"
TEA = {"tea": {"any": {"tags": ["tea"]}, "items": ["green"]}}
BOOK = {"title": "Green Tea", "asin": "B0EXAMPLE1"}
SERVER = "https://l.example"
CATALOG = {
    "site": {"name": "Tea", "url": "https://tea.example", "language": "en", "server": SERVER},
    "books": {"green": BOOK},
    "ctas": {},
    "mappings": TEA,
}


def blog(folder, posts=None, **catalog):
    """Build a blog without Jekyll; parts of the catalog replace those of one without a fault."""
    texts = {GREEN: post("Green")} | (posts or {})
    site = write_blog(folder / "blog", texts, catalog=CATALOG | catalog)
    built(site)
    for path in texts:
        name = path.removeprefix("_posts/").removesuffix(".md").replace("-", "/", 3)
        page = site / "_site" / name / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text('<section class="linkmgr linkmgr-books"></section>')
    return site


def findings_in(site):
    """List code, what and detail of what is wrong, and the line where it stands."""
    listed = []
    for finding in check(site, now=NOW).findings:
        lines = Path(finding.source.file).read_text().splitlines()
        line = lines[finding.source.line - 1].strip()
        detail = translate(finding.detail, "en") if finding.detail else ""
        listed.append((finding.code.name, finding.what, detail, line))
    return listed


def also(**items):
    return {"green": BOOK} | items


BREAD = {"title": "Bread", "asin": "B0EXAMPLE2"}


def test_a_catalog_of_which_all_is_used_has_no_fault(tmp_path):
    assert findings_in(blog(tmp_path)) == []


def test_an_item_that_nothing_names_is_found_at_its_line(tmp_path):
    site = blog(tmp_path, books=also(bread=BREAD))
    assert findings_in(site) == [("unreached-item", "bread", "", "bread:")]


@pytest.mark.parametrize(
    ("posts", "catalog"),
    [
        ({}, {"mappings": TEA | {"b": {"any": {"tags": ["tea"]}, "items": ["bread"]}}}),
        ({}, {"blocks": {"books": {"fallback": ["bread"]}}}),
        ({}, {"books": also(bread=BREAD) | {"green": BOOK | {"fallback": "bread"}}}),
        ({}, {"books": also(bread=BREAD | {"retired": True})}),
        ({}, {"books": also(bread=BREAD | {"valid-until": "2026-03-14"})}),
        ({BLACK: post(linkmgr={"books": ["bread"]})}, {}),
        ({BLACK: post(body='{% include linkmgr.html item="bread" %}')}, {}),
        ({BLACK: post(body=f"[bread]({SERVER}/go/bread)")}, {}),
    ],
    ids=["mapping", "block", "fallback", "retired", "ended", "front matter", "include", "link"],
)
def test_an_item_that_may_show_or_is_out_of_use_is_none(tmp_path, posts, catalog):
    assert findings_in(blog(tmp_path, posts, **{"books": also(bread=BREAD)} | catalog)) == []


def test_item_that_only_block_without_evidence_lists_is_found(tmp_path):
    site = blog(tmp_path, books=also(bread=BREAD), blocks={"books": {"items": ["green", "bread"]}})
    assert [row[:2] for row in findings_in(site)] == [("unreached-item", "bread")]


@pytest.mark.parametrize(
    ("terms", "detail"),
    [
        ({"tags": ["teas"]}, "no post has “teas”; did you mean “tea”?"),
        ({"tags": ["zzz"]}, "no post has “zzz”"),
        ({"keywords": ["oolong"]}, "no post has the keyword “oolong”"),
        ({"paths": ["_posts/2025-*"]}, ""),
    ],
)
def test_mapping_that_matches_no_post_is_found_as_build_says_it(tmp_path, terms, detail):
    site = blog(tmp_path, mappings=TEA | {"none": {"any": terms, "items": ["green"]}})
    ((code, what, said, line),) = findings_in(site)
    assert (code, what, line) == ("unmatched-mapping", "none", "none:")
    assert bool(said) is bool(detail)
    if said:
        assert said in run("build", "--site", site).err


@pytest.mark.parametrize(
    "mapping",
    [
        {"any": {"tags": ["ＴＥＡ", "zzz"]}},
        {"all": {"tags": ["tea"], "paths": ["_posts/2026-*"]}},
        {"any": {"keywords": ["leaves"]}},
        {"any": {"tags": ["tea"]}, "exclude": True},
    ],
    ids=["one term", "all terms", "keyword", "exclude"],
)
def test_a_mapping_that_matches_one_post_is_none(tmp_path, mapping):
    posts = {GREEN: post("Green leaves")}
    site = blog(tmp_path, posts, mappings=TEA | {"more": mapping | {"items": ["green"]}})
    assert [row for row in findings_in(site) if row[0] == "unmatched-mapping"] == []


def test_an_item_of_a_rule_that_no_post_shows_is_found_with_why(tmp_path):
    rare = {"rare": {"any": {"keywords": ["text"]}, "items": ["bread"]}}
    site = blog(tmp_path, books=also(bread=BREAD), mappings=TEA | rare)
    (finding,) = check(site, now=NOW).findings
    assert (finding.code.name, finding.what) == ("unshown-item", "bread")
    assert translate(finding.detail, "en") == "the keyword alone is too weak"


def test_pages_that_show_blocks_count_as_posts_do(tmp_path):
    pages = {"about.md": post(tags=["bread"], linkmgr={"books": ["bread"]})}
    parts = {
        "site": CATALOG["site"] | {"pages": ["*.md"]},
        "books": also(bread=BREAD),
        "mappings": TEA | {"more": {"any": {"tags": ["bread"]}, "items": ["green"]}},
    }
    site = blog(tmp_path, pages, **parts)
    assert findings_in(site) == []
    text = post(tags=["bread"], linkmgr={"books": ["gone", "bread"]})
    (site / "about.md").write_text(text, encoding="utf-8")
    assert [(code, what, line) for code, what, _, line in findings_in(site)] == [
        ("unknown-item", "gone", "- gone")
    ]


def test_tags_that_differ_by_width_or_case_are_one_finding(tmp_path):
    posts = {
        GREEN: post(tags=["Tea"]),
        BLACK: post(tags=["tea"]),
        "_posts/2026-01-03-c.md": post(tags=["Tea"]),
        "_posts/2026-01-04-d.md": post(tags=["ｔｅａ"]),
        "_posts/2026-01-05-e.md": post(tags=["ｔｅａ"]),
        "_posts/2026-01-06-f.md": post(tags=["ｔｅａ"]),
    }
    results = check(site := blog(tmp_path, posts), now=NOW).findings
    assert [(each.what, each.pages, translate(each.detail, "en")) for each in results] == [
        ("Tea", 2, "elsewhere ｔｅａ, in 3 posts"),
        ("tea", 1, "elsewhere ｔｅａ, in 3 posts"),
    ]
    assert {row[3] for row in findings_in(site)} == {"- Tea", "- tea"}


def test_of_two_equal_spellings_the_plain_width_is_usual(tmp_path):
    posts = {GREEN: post(tags=["tea"]), BLACK: post(tags=["ｔｅａ"])}
    ((code, what, said, _),) = findings_in(blog(tmp_path, posts))
    assert (code, what, said) == ("tag-spelling", "ｔｅａ", "elsewhere tea, in 1 post")


def test_tags_written_in_two_ways_are_found_at_their_mapping(tmp_path):
    site = blog(tmp_path, mappings=TEA | {"b": {"any": {"tags": ["TEA"]}, "items": ["green"]}})
    assert findings_in(site) == [("tag-spelling", "TEA", "elsewhere tea, in 1 post", "tags:")]


def test_a_tag_that_only_catalog_writes_in_another_way_is_none(tmp_path):
    assert (
        findings_in(blog(tmp_path, mappings={"t": TEA["tea"] | {"any": {"tags": ["TEA"]}}})) == []
    )


ISBN = "4785730706"


@pytest.mark.parametrize(
    ("one", "other", "detail"),
    [
        ({"asin": ISBN}, {"isbn": "978-4-7857-3070-3"}, "same ASIN or ISBN as green in line"),
        (
            {"title": "台所の珈琲", "author": "小麦 ふみ"},
            {"title": "台所の珈琲 [Kindle版]", "author": "小麦ふみ"},
            "same title and author as green in line",
        ),
        ({"title": "Tea, again"}, {"title": "Tea again (Kindle Edition)"}, "same title"),
        (
            {"asin": None, "url": "https://s.example/1", "programme": "shop"},
            {"asin": None, "url": "https://s.example/1", "programme": "shop"},
            "same address",
        ),
    ],
    ids=["ISBN", "Kindle", "no author", "address"],
)
def test_a_book_that_is_in_the_catalog_twice_is_found(tmp_path, one, other, detail):
    ((code, what, said, line),) = findings_in(twice(tmp_path, one, other))
    assert (code, what, line) == ("same-item", "bread", "bread:")
    assert said.startswith(detail)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"title": "Tea", "author": "A. Leaf"}, {"title": "Tea", "author": "B. Cup"}),
        ({"title": "Tea 1"}, {"title": "Tea 2"}),
        ({"title": "Tea (2nd edition)"}, {"title": "Tea (1st edition)"}),
        ({"title": "珈琲（第2版）"}, {"title": "珈琲"}),
        ({"title": "Tea"}, {"title": "Tea", "retired": True}),
        ({"title": "！"}, {"title": "？"}),
    ],
    ids=["author", "volume", "edition", "版", "retired", "no letters"],
)
def test_books_that_are_alike_are_none(tmp_path, one, other):
    assert findings_in(twice(tmp_path, one, other)) == []


def twice(folder, one, other):
    """Build a blog of two books."""
    books = {"green": BOOK | one, "bread": BREAD | other}
    books = {
        name: {
            key: value
            for key, value in book.items()
            if value and not (key == "asin" and "isbn" in book)
        }
        for name, book in books.items()
    }
    programmes = {"shop": {"name": "Shop"}, "amazon": {"marketplace": "amazon.co.jp"}}
    mappings = {"tea": TEA["tea"] | {"items": ["green", "bread"]}}
    return blog(folder, books=books, mappings=mappings, programmes=programmes)


@pytest.mark.parametrize(
    ("until", "expires"),
    [("2026-03-14", False), ("2026-03-15", True), ("2026-04-15", True), ("2026-04-16", False)],
)
def test_an_item_that_ends_within_the_month_is_found(tmp_path, until, expires):
    site = blog(tmp_path, books={"green": BOOK | {"valid-until": until}})
    listed = [row for row in findings_in(site) if row[0] == "expires-soon"]
    assert listed == ([("expires-soon", "green", f"last day {until}", "green:")] if expires else [])


def test_what_comes_after_an_item_that_ends_is_said(tmp_path):
    books = {"green": BOOK | {"valid-until": "2026-03-20", "fallback": "bread"}, "bread": BREAD}
    ((_, _, said, _),) = findings_in(blog(tmp_path, books=books))
    assert said == "last day 2026-03-20, then bread"


def test_unknown_items_in_front_matter_are_found_at_their_line(tmp_path):
    site = blog(tmp_path)
    text = "---\ntitle: A\nlinkmgr:\n  books:\n    - green\n    - gren\n  cta: soon\n---\ngren\n"
    (site / GREEN).write_text(text)
    listed = [row for row in findings_in(site) if row[0] == "unknown-item"]
    assert listed == [
        ("unknown-item", "gren", "the catalog has no book called gren", "- gren"),
        ("unknown-item", "soon", "the catalog has no CTA called soon", "cta: soon"),
    ]
    refused = run("build", "--site", site).err
    assert f"{GREEN}:6: linkmgr.books: the catalog has no book called gren" in refused


def test_article_tags_for_nothing_are_found_at_their_lines(tmp_path):
    tags = ('compare="tes"', 'item="gren" text="this"', 'block="bocks"', 'item="green"')
    lines = [f"{{% include linkmgr.html {tag} %}}" for tag in tags]
    parts = {
        "books": also(bread=BREAD),
        "comparisons": {"teas": {"items": ["green", "bread"]}},
    }
    site = blog(tmp_path, {GREEN: post("Green", body="\n".join(lines))}, **parts)
    assert [row for row in findings_in(site) if row[0] != "unreached-item"] == [
        (
            "unknown-item",
            "tes",
            "shows nothing, since the catalog has no comparison tes. Did you mean teas?",
            lines[0],
        ),
        (
            "unknown-item",
            "gren",
            "shows no link, since the catalog has no item gren. Did you mean green?",
            lines[1],
        ),
        (
            "unknown-item",
            "bocks",
            "shows nothing, since the catalog has no block bocks. Did you mean books?",
            lines[2],
        ),
    ]
    assert run("check", "--site", site).code == 1


def test_notes_alone_do_not_fail_the_command(tmp_path):
    site = blog(tmp_path, books=also(bread=BREAD))
    done = run("check", "--site", site)
    assert (done.code, "unreached-item: bread" in done.out) == (0, True)
    assert "::notice file=" in run("check", "--site", site, "--github").out
    assert CODES["unreached-item"].severity == Severity.NOTE


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        ("2026-02-21", []),
        ("2026-02-20", ["$9 of 2026-02-20, shown until 2026-03-22"]),
        ("2026-02-13", ["$9 of 2026-02-13, shown until 2026-03-15"]),
        ("2026-02-12", ["$9 of 2026-02-12, left out of builds after 2026-03-14"]),
    ],
)
def test_a_price_that_builds_leave_out_is_told_a_week_before(tmp_path, seen, said):
    shop = {"programme": "site", "url": "/shop/", "price": "$9", "price-at": seen}
    site = blog(tmp_path, books={"green": BOOK | {"shops": [shop]}})
    findings = findings_in(site)
    assert [detail for code, _, detail, _ in findings if code == "old-price"] == said


# A site that was last built before something began or ended.


@pytest.mark.parametrize(("days", "is_outdated"), [(9, True), (2, False)])
def test_a_site_built_before_an_end_is_outdated(tmp_path, days, is_outdated):
    site = blog(tmp_path, books=also(bread=BREAD | {"valid-until": "2026-03-10"}))
    built_at = (NOW - timedelta(days=days)).timestamp()
    for page in (site / "_site").rglob("*.html"):
        os.utime(page, (built_at, built_at))
    findings = check(site, now=NOW).findings
    details = [translate(one.detail, "en") for one in findings if one.code.name == "outdated"]
    outdated = ["built on 2026-03-06, and due again since 2026-03-11"]
    assert details == (outdated if is_outdated else [])
