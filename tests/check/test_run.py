"""A built site is checked, and what was found is kept for the admin."""

import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from linkmgr.builder.run import build
from linkmgr.check.findings import CODES, CheckResult, Finding, merged
from linkmgr.check.last_result import SavedFinding, load_last_result, save_last_result
from linkmgr.check.run import check
from linkmgr.cli.commands import cli
from linkmgr.messages.errors import LinkmgrError, Location
from linkmgr.messages.message import translate
from tests.support.builds import CATALOG, LAYOUTS, NOW, edit, post, write_blog, yaml_of
from tests.support.calls import calls_of
from tests.support.jekyll import build_site

ASIN = "B0EXAMPLE1"
LABEL = "<p>Ad</p>"
GREEN = "_posts/2026-01-01-green.md"
PAGE = "2026/01/01/green/index.html"
GOOD = f'<a rel="sponsored" href="https://www.amazon.com/dp/{ASIN}?tag=ours-20">'


@pytest.fixture
def blog(tmp_path):
    """Build a blog of one post, without Jekyll: its page is what a test makes of it."""
    site = write_blog(tmp_path / "blog", {GREEN: post("Green leaves", ["tea", "bread"])})
    build(site, now=NOW)
    return site


def write_page(site, body, block="<section class='linkmgr linkmgr-books'></section>"):
    page = site / "_site" / PAGE
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(f"{body}{block}", encoding="utf-8")


def codes(site):
    return [(finding.code, finding.what) for finding in check(site).findings]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(LABEL + GOOD, None, id="good"),
        pytest.param('<a href="/2026/01/01/green/">', None, id="itself"),
        pytest.param('<a href="/2026/01/01/gren/">', "dead-link", id="dead"),
        pytest.param('<a href="https://tea.example/no">', "dead-link", id="dead, with host"),
        pytest.param('<a href="https://[x">', "dead-link", id="no address"),
        pytest.param('<a href="https://other.example/no">', None, id="another site"),
        pytest.param(GOOD + "Amazon</a>" + LABEL, "no-label", id="label too late"),
        pytest.param(
            f'{LABEL}<a href="https://www.amazon.com/dp/{ASIN}?tag=ours-20">',
            "no-rel",
            id="no rel",
        ),
        pytest.param(
            f'{LABEL}<a rel=nofollow href="https://www.amazon.com/dp/{ASIN}?tag=ours-20">',
            None,
            id="the older rel",
        ),
        pytest.param(f'<a href="https://www.amazon.com/dp/{ASIN}">', "no-tag", id="no tag, no ad"),
        pytest.param(
            f'<a href="https://www.amazon.co.jp/dp/{ASIN}">',
            "other-marketplace",
            id="another marketplace than the tag's",
        ),
        pytest.param(
            f'{LABEL}<a rel=sponsored href="https://www.amazon.co.jp/dp/{ASIN}?tag=ours-22">',
            None,
            id="another marketplace with a tag of its own",
        ),
        pytest.param(
            f'{LABEL}<a rel=sponsored href="https://www.amazon.co.jp/dp/{ASIN}?tag=ours-20">',
            "other-tag",
            id="tag of another marketplace",
        ),
        pytest.param(
            LABEL + GOOD.replace("sponsored", "sponsored noreferrer"),
            "hides-referrer",
            id="noreferrer",
        ),
        pytest.param(
            f'<meta name="referrer" content="no-referrer">{LABEL}{GOOD}',
            "hides-referrer",
            id="a page that hides it",
        ),
        pytest.param('<a rel=sponsored href="https://s.example/x">', "no-label", id="paid"),
        pytest.param(
            '<iframe src="https://rcm-fe.amazon-adsystem.com/e/cm?t=ours-22&asins=B0EXAMPLE1"></iframe>',
            "no-label",
            id="a frame needs no rel",
        ),
        pytest.param(LABEL + '<a href="https://amzn.to/3abc">', "no-rel", id="short address"),
    ],
)
def test_each_thing_that_can_be_wrong_with_a_link_is_found(blog, body, code):
    write_page(blog, body)
    assert [found for found, _ in codes(blog)] == ([CODES[code]] if code else [])


@pytest.mark.parametrize("tag", ["ours-20", "food-20", "post-20", "block-20"])
def test_every_tag_of_the_catalog_is_a_good_one(blog, tag):
    catalog = blog / "catalog.yaml"
    tags = "tags: {categories: {a: food-20}, posts: [post-20]}"
    edit(catalog, "tag: ours-20", f"tag: ours-20\n    {tags}")
    edit(catalog, "mappings:", "blocks: {cta: {}, books: {tag: block-20}}\nmappings:")
    build(blog, now=NOW)
    write_page(blog, LABEL + GOOD.replace("ours-20", tag))
    assert codes(blog) == []


def test_a_link_that_stands_twice_on_a_page_is_one_finding(blog):
    write_page(blog, '<a href="/no/"><a href="/no/">')
    assert codes(blog) == [(CODES["dead-link"], "/no/")]


def test_plain_link_to_amazon_is_no_ad_for_blog_without_tag(blog):
    text = (blog / "catalog.yaml").read_text().replace("amazon:\n    tag: ours-20", "amazon: {}")
    (blog / "catalog.yaml").write_text(text)
    write_page(blog, f'<a rel=noreferrer href="https://www.amazon.com/dp/{ASIN}">')
    assert codes(blog) == []


def test_links_that_lead_to_other_servers_at_sites_host_are_left(blog):
    text = (blog / "catalog.yaml").read_text()
    text = text.replace("language: en", "language: en\n  server: https://tea.example/count")
    (blog / "catalog.yaml").write_text(text)
    go = '<a href="/count/go/gone"><a href="https://tea.example/count/go/gone">'
    write_page(blog, f'{go}<a href="/shop/tea"><a href="/?a=1">')
    found = check(blog, ignored=("/shop/", "/count/")).findings
    assert [finding.what for finding in found] == ["/?a=1"]
    assert not check(blog, ignored=("/shop/", "/count/", "/?a")).findings


def test_a_post_without_its_blocks_or_with_one_twice_is_found(blog):
    write_page(blog, "<p>Text", block="")
    assert codes(blog) == [(CODES["no-blocks"], "")]
    write_page(blog, "<section class='linkmgr linkmgr-books'></section>")
    assert codes(blog) == [(CODES["block-twice"], "books")]
    write_page(blog, '<meta http-equiv="refresh" content="0; url=/">', block="")
    assert codes(blog) == []


def test_a_post_without_a_layout_is_told_so(blog):
    edit(blog / GREEN, "layout: post\n", "")
    write_page(blog, "<p>Text", block="")
    (finding,) = check(blog).findings
    assert (
        translate(finding.detail) == "it has no layout: give it one, or put the include at its end"
    )


def test_one_label_too_few_is_one_finding_a_page(blog):
    links = [GOOD.replace(ASIN, f"B0EXAMPLE{number}") for number in (1, 2, 3)]
    write_page(blog, "Amazon</a>".join(links) + "Amazon</a>" + LABEL)
    (finding,) = check(blog).findings
    assert finding.code == CODES["no-label"]
    assert translate(finding.detail) == "and 2 more links"


def test_a_link_of_no_known_file_is_counted_with_its_post(blog):
    of_an_include, written = (GOOD.replace(ASIN, f"B0EXAMPLE{number}") for number in (1, 2))
    with (blog / GREEN).open("a", encoding="utf-8") as article:
        article.write(f"{written}Amazon</a>")
    write_page(blog, f"{of_an_include}Amazon</a>{written}Amazon</a>{LABEL}")
    (finding,) = check(blog).findings
    assert finding.source.file == str(blog / GREEN)
    assert translate(finding.detail) == "and 1 more link"


def link_to_project(blog, *names, folder="project"):
    """Link to files of the site as if it were published in a folder."""
    links = [f'<a href="/{folder}/{name}">' for name in names]
    write_page(blog, "".join((*links, f'<a href="/{folder}/gone">')))
    for name in names:
        (blog / "_site" / name).write_text("")


def test_a_missing_baseurl_is_one_finding(blog):
    link_to_project(blog, "a.html", "b.html", "c.html")
    (missing,) = [finding for finding in check(blog).findings if finding.what == "/project"]
    assert missing.code == CODES["missing-baseurl"]
    assert missing.source.file == str(blog / "_config.yml")
    assert translate(missing.detail) == "3 addresses with that folder are dead"
    assert [what for code, what in codes(blog) if code == CODES["dead-link"]] == ["/project/gone"]


def test_a_folder_whose_pages_are_missing_is_no_baseurl(blog):
    link_to_project(blog, "a.html", "b.html", "c.html")
    page = blog / "_site" / PAGE
    more = "".join(f'<a href="/project/{number}/">' for number in range(4))
    page.write_text(page.read_text() + more)
    assert {code for code, _ in codes(blog)} == {CODES["dead-link"]}


def test_the_folder_of_a_language_is_no_baseurl(blog):
    with (blog / "_config.yml").open("a") as config:
        config.write("\nlanguages: [en, fr]\n")
    link_to_project(blog, "a.html", "b.html", "c.html", folder="fr")
    assert {code for code, _ in codes(blog)} == {CODES["dead-link"]}


def test_few_links_with_a_folder_too_much_are_dead_links(blog):
    link_to_project(blog, "a.html", "b.html")
    assert {code for code, _ in codes(blog)} == {CODES["dead-link"]}


def test_where_a_layout_shows_single_blocks_a_post_may_show_none(blog):
    (blog / "_layouts" / "side.html").write_text('{% include linkmgr.html block="cta" %}')
    write_page(blog, "<p>Text", block="")
    assert codes(blog) == []


def test_a_page_older_than_its_blocks_is_found(blog):
    write_page(blog, "<p>Text", block="")
    os.utime(blog / "_site" / PAGE, (1, 1))
    assert codes(blog) == [(CODES["stale"], "")]


def test_a_post_whose_page_is_not_built_yet_is_found(blog):
    (blog / "_site").mkdir()
    (blog / "_site" / "index.html").write_text("")
    source = Location(str(blog / GREEN))
    assert check(blog).findings == (Finding(CODES["no-page"], "", GREEN, source),)


def test_a_page_that_cannot_be_read_is_found_beside_the_others(blog, monkeypatch):
    write_page(blog, '<a href="/no/">')
    (blog / "_site" / "gone.html").write_text("")
    read = Path.read_bytes

    def refuse(path):
        if path.name == "gone.html":
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert {found for found, _ in codes(blog)} == {CODES["dead-link"], CODES["unreadable"]}


@pytest.mark.parametrize("index", [None, "5", "[]", "{", "[" * 100_000])
def test_what_has_to_be_run_first_is_reported(blog, index):
    with pytest.raises(LinkmgrError, match="there is no built page: run `jekyll build` first"):
        check(blog)
    file = blog / "_data" / "linkmgr_index.json"
    file.unlink() if index is None else file.write_text(index)
    with pytest.raises(LinkmgrError, match="the site has no blocks yet: run `linkmgr build`"):
        check(blog)


def test_where_no_layout_shows_blocks_build_isnt_what_is_missing(blog):
    (blog / "_data" / "linkmgr_index.json").unlink()
    for layout in (blog / "_layouts").iterdir():
        layout.write_text("{{ content }}")
    with pytest.raises(LinkmgrError, match="after `linkmgr eject`, `linkmgr adopt --write` takes"):
        check(blog)


def test_what_was_found_is_kept_in_groups(blog):
    assert load_last_result(blog) is None
    dead = [Finding(CODES["dead-link"], "/x" * 300, f"{n}.html") for n in range(3)]
    single = [Finding(CODES["no-rel"], f"/{n}", "0.html") for n in range(1_000)]
    save_last_result(blog, CheckResult(5.0, "_site", 3, merged([*single, *dead])))
    last = load_last_result(blog)
    assert (last.time, last.folder, last.pages) == (5.0, "_site", 3)
    assert last.counts == {CODES["no-rel"]: 1_000, CODES["dead-link"]: 1}
    assert last.of_code(CODES["dead-link"]) == [
        SavedFinding(CODES["dead-link"], "/x" * 150, "0.html", 3, file="", line=0)
    ]
    assert len(last.of_code(CODES["no-rel"])) == 500
    assert len(last.findings) == 501


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("5.0", "1e20"),
        ("5.0", "NaN"),
        ("5.0", "-1"),
        ('"pages": 3', '"pages": Infinity'),
        ("dead-link", "dull"),
        ('{"time"', "[" * 100_000),
        ('"findings": [[', '"findings": [[1], ['),
        ('"counts": {', '"counts": [], "c": {'),
    ],
)
def test_a_damaged_file_is_none(blog, before, after):
    save_last_result(
        blog, CheckResult(5.0, "_site", 3, (Finding(CODES["dead-link"], "/", "a.html"),))
    )
    file = blog / ".linkmgr-cache" / "check.json"
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))
    assert load_last_result(blog) is None


@pytest.mark.parametrize(
    ("config", "site"),
    [
        ({"theme": "x"}, "https://tea.example"),
        ({"baseurl": "/tea/"}, "https://tea.example/tea"),
        ({"url": "http://localhost:4000/お茶"}, "https://tea.example/%E3%81%8A%E8%8C%B6"),
    ],
)
def test_a_result_knows_where_readers_find_the_pages(blog, config, site):
    text = (blog / "_config.yml").read_text(encoding="utf-8")
    (blog / "_config.yml").write_text(text + yaml_of(config), encoding="utf-8")
    write_page(blog, "<p>Text")
    assert check(blog).site == site


def run(blog, *words):
    return CliRunner().invoke(cli, ["check", "--site", str(blog), *words])


def test_the_command_lists_what_is_found_and_what_it_means(blog):
    write_page(blog, '<a href="/no/"><a href="/n&#10;x.html: no-label: forged">')
    (blog / "_site" / "index.html").write_text('<a href="/no/">')
    done = run(blog)
    dead = CODES["dead-link"]
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        f"{PAGE}: dead-link: /no/ (and 1 more page)",
        f"{PAGE}: dead-link: /n\\nx.html: no-label: forged",
        "",
        f"2 pages of {blog / '_site'} checked, 2 findings:",
        f"     2  dead-link: {translate(dead.meaning)}. {translate(dead.remedy)}",
    ]
    assert load_last_result(blog).counts == {CODES["dead-link"]: 2}


def test_command_says_so_if_nothing_is_wrong_also_to_programs(blog, tmp_path):
    write_page(blog, "<p>Text")
    elsewhere = (blog / "_site").rename(tmp_path / "public")
    done = run(blog, "--built", str(elsewhere))
    assert (done.exit_code, done.stdout) == (
        0,
        f"1 page of {elsewhere} checked: no problems found\n",
    )
    done = run(blog, "--built", str(elsewhere), "--json")
    assert json.loads(done.stdout) == {
        "folder": str(elsewhere),
        "pages": 1,
        "findings": [],
        "waived": 0,
        "warnings": [],
    }


def test_a_forbidden_redirect_is_once_and_no_fault_of_a_page(blog):
    edit(blog / "catalog.yaml", "language: en", "language: en\n  server: https://l.example")
    edit(blog / "catalog.yaml", "tag: ours-20", "tag: ours-20\n    tracking: redirect")
    write_page(blog, "<p>Text")
    done = run(blog)
    (warning,) = check(blog).warnings
    assert (done.exit_code, done.stderr) == (0, f"warning: {warning}\n")
    assert (warning.location.file, warning.location.key) == (
        str(blog / "catalog.yaml"),
        "programmes.amazon.tracking",
    )
    lines = (blog / "catalog.yaml").read_text().splitlines()
    assert lines[warning.location.line - 1].strip() == "tracking: redirect"
    assert "Program Policies" in str(warning)
    (listed,) = json.loads(run(blog, "--json").stdout)["warnings"]
    assert listed == {
        "file": warning.location.file,
        "line": warning.location.line,
        "key": warning.location.key,
        "message": translate(warning.message),
        **warning.message.to_json(),
    }


def test_what_cannot_be_kept_is_printed_all_the_same(blog):
    write_page(blog, '<a href="/no/">')
    shutil.rmtree(blog / ".linkmgr-cache", ignore_errors=True)
    (blog / ".linkmgr-cache").write_text("in its place")
    done = run(blog)
    assert done.exit_code == 1
    assert "dead-link: /no/" in done.stdout
    assert "warning: the admin will not show this result: " in done.stderr


FEED = """<rss version="2.0"><channel>{% for post in site.posts %}<item>
<link>{{ post.url | absolute_url }}</link>
<description>{{ post.content | xml_escape }}</description>
</item>{% endfor %}</channel></rss>
"""


@pytest.mark.jekyll
def test_what_linkmgr_and_jekyll_build_is_right_in_any_folder(tmp_path):
    layout = f"<p>{{{{ content }}}}</p>{{% include linkmgr.html %}}{LAYOUTS['_layouts/post.html']}"
    once = layout.rpartition("{% include")[0]
    config = {"baseurl": "/tea", "url": "https://tea.example", "exclude": ["catalog.yaml"]}
    site = {"url": "https://tea.example/tea", "server": "https://l.example"}
    served = CATALOG | {"site": CATALOG["site"] | site}
    site = write_blog(tmp_path / "blog", config=config, catalog=served)
    (site / "news.md").write_text("---\npermalink: /news/\n---\nNews\n")
    (site / "feed.xml").write_text(f"---\n---\n{FEED}")
    for text, found in ((layout, {CODES["block-twice"]}), (once, set())):
        (site / "_layouts" / "post.html").write_text(text)
        build(site, now=NOW)
        built = build_site(site)
        assert {each.code for each in check(site, built_folder=built).findings} == found


def whole_check(site, body):
    """Return what a check of a page calls, once the rest of the site is known."""
    (site / GREEN).write_text(post("Green leaves", ["tea", "bread"], body=body), encoding="utf-8")
    write_page(site, body)
    return calls_of(check, site)


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param('<a href="#x{n}">x</a>\n', id="dead anchors"),
        pytest.param('<a href="/no/{n}/">x</a>\n', id="dead links"),
        pytest.param('<a href="/no/">x</a>\n', id="the same dead link"),
        pytest.param('<img src="/no/{n}.png">\n', id="dead pictures"),
        pytest.param(
            '<a rel="sponsored" href="https://px.a8.net/svt/ejp?a8mat=A{n}">x</a>'
            '<img src="https://www11.a8.net/0.gif?a8mat=A{n}">\n',
            id="counting pictures",
        ),
    ],
)
def test_the_work_of_a_check_grows_with_the_length_of_a_page(blog, piece):
    script = "<script>start('#y')</script>"
    small, large = (
        whole_check(blog, script + "".join(piece.format(n=n) for n in range(size // len(piece))))
        for size in (8_000, 32_000)
    )
    assert large < 5 * small


def test_the_work_of_a_check_grows_with_the_waivers(blog):
    catalog = (blog / "catalog.yaml").read_text()
    calls = []
    for number in (100, 400):
        waivers = [
            {"code": "dead-link", "link": f"/no/{n}/", "until": "2099-01-01", "reason": "soon"}
            for n in range(number)
        ]
        (blog / "catalog.yaml").write_text(catalog + yaml_of({"waivers": waivers}))
        write_page(blog, "".join(f'<a href="/no/{n}/">x</a>' for n in range(number)))
        assert check(blog).waived == number
        calls.append(calls_of(check, blog))
    small, large = calls
    assert large < 5 * small


def test_a_page_with_too_much_in_it_is_reported(blog):
    write_page(blog, "<div>" * 5_001)
    (found,) = check(blog).findings
    assert (found.code, found.page) == (CODES["unreadable"], PAGE)
    assert "nested more than 5000 deep" in translate(found.detail)
