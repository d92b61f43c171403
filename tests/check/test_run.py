"""A built site is checked, and what was found is kept for the admin."""

import json
import time

import pytest
from click.testing import CliRunner

from linkmgr.build.run import build
from linkmgr.check.last import last_check
from linkmgr.check.model import MEANING, Wrong
from linkmgr.check.run import check
from linkmgr.cli import cli
from linkmgr.errors import LinkmgrError
from tests.build.examples import LAYOUTS, NOW, post, write_blog
from tests.jekyll import build_site

ASIN = "B0EXAMPLE1"
LABEL = "<p>Ad</p>"
GREEN = "_posts/2026-01-01-green.md"
PAGE = "2026/01/01/green/index.html"
GOOD = f'<a rel="sponsored" href="https://www.amazon.com/dp/{ASIN}?tag=ours-20">'


@pytest.fixture
def blog(tmp_path):
    """Build a blog of one post, without Jekyll: its page is what a test makes of it."""
    site = write_blog(tmp_path / "blog", {GREEN: post("Green leaves")})
    build(site, now=NOW)
    return site


def write_page(site, body, block="<section class='linkmgr linkmgr-books'></section>"):
    page = site / "_site" / PAGE
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(f"{body}{block}", encoding="utf-8")


def wrongs(site):
    return [(finding.wrong, finding.what) for finding in check(site).findings]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        pytest.param(LABEL + GOOD, None, id="good"),
        pytest.param('<a href="/2026/01/01/green/">', None, id="itself"),
        pytest.param('<a href="/2026/01/01/gren/">', Wrong.DEAD_LINK, id="dead"),
        pytest.param('<a href="https://tea.example/no">', Wrong.DEAD_LINK, id="dead, with host"),
        pytest.param('<a href="https://[x">', Wrong.DEAD_LINK, id="no address"),
        pytest.param('<a href="https://other.example/no">', None, id="another site"),
        pytest.param(GOOD + LABEL, Wrong.NO_LABEL, id="label too late"),
        pytest.param(
            f'{LABEL}<a href="https://www.amazon.com/dp/{ASIN}?tag=ours-20">',
            Wrong.NO_REL,
            id="no rel",
        ),
        pytest.param(
            f'{LABEL}<a rel=nofollow href="https://www.amazon.com/dp/{ASIN}?tag=ours-20">',
            None,
            id="the older rel",
        ),
        pytest.param(
            f'<a href="https://www.amazon.com/dp/{ASIN}">', Wrong.NO_TAG, id="no tag, no ad"
        ),
        pytest.param(
            f'{LABEL}<a rel=sponsored href="https://www.amazon.co.jp/dp/{ASIN}?tag=ours-20">',
            Wrong.OTHER_TAG,
            id="tag of another marketplace",
        ),
        pytest.param(
            LABEL + GOOD.replace("sponsored", "sponsored noreferrer"),
            Wrong.HIDES_REFERRER,
            id="noreferrer",
        ),
        pytest.param(
            f'<meta name="referrer" content="no-referrer">{LABEL}{GOOD}',
            Wrong.HIDES_REFERRER,
            id="a page that hides it",
        ),
        pytest.param('<a rel=sponsored href="https://s.example/x">', Wrong.NO_LABEL, id="paid"),
        pytest.param(
            '<iframe src="https://rcm-fe.amazon-adsystem.com/e/cm?t=ours-22&asins=B0EXAMPLE1">',
            Wrong.NO_LABEL,
            id="a frame needs no rel",
        ),
        pytest.param(LABEL + '<a href="https://amzn.to/3abc">', Wrong.NO_REL, id="short address"),
    ],
)
def test_each_thing_that_can_be_wrong_with_a_link_is_found(blog, body, wrong):
    write_page(blog, body)
    assert [found for found, _ in wrongs(blog)] == ([wrong] if wrong else [])


def test_a_link_that_stands_twice_on_a_line_is_one_finding(blog):
    write_page(blog, '<a href="/no/"><a href="/no/">\n<a href="/no/">')
    assert [finding.line for finding in check(blog).findings] == [1, 2]


def test_a_post_without_its_blocks_or_with_one_twice_is_found(blog):
    write_page(blog, "<p>Text", block="")
    assert wrongs(blog) == [(Wrong.NO_BLOCKS, GREEN)]
    write_page(blog, "<section class='linkmgr linkmgr-books'></section>")
    assert wrongs(blog) == [(Wrong.BLOCK_TWICE, "books")]


def test_a_post_whose_page_is_not_built_yet_is_found(blog):
    (blog / "_site").mkdir()
    (blog / "_site" / "index.html").write_text("")
    assert wrongs(blog) == [(Wrong.NO_PAGE, GREEN)]


def test_what_has_to_be_run_first_is_said(tmp_path):
    site = write_blog(tmp_path / "blog", {GREEN: post("Green leaves")})
    with pytest.raises(LinkmgrError, match="run `jekyll build` first"):
        check(site)
    write_page(site, "")
    with pytest.raises(LinkmgrError, match="run `linkmgr build` first"):
        check(site)


def test_what_was_found_is_kept_and_a_damaged_file_is_none(blog):
    assert last_check(blog) is None
    write_page(blog, '<a href="/お茶/">')
    checked = check(blog)
    assert last_check(blog) == checked
    assert abs(checked.time - time.time()) < 60
    file = blog / ".linkmgr-cache" / "check.json"
    for damaged in ("", "[]", '{"time": 1}', file.read_text().replace("dead-link", "dull")):
        file.write_text(damaged)
        assert last_check(blog) is None


def test_the_command_lists_each_finding_and_what_it_means(blog):
    write_page(blog, '\n<a href="/no/">')
    done = CliRunner().invoke(cli, ["check", "--site", str(blog)])
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        f"{PAGE}:2: dead-link: /no/",
        "",
        "1 pages checked, 1 findings:",
        f"     1  dead-link: {MEANING[Wrong.DEAD_LINK]}",
    ]


def test_the_command_says_so_if_nothing_is_wrong_also_to_programs(blog, tmp_path):
    write_page(blog, "<p>Text")
    elsewhere = (blog / "_site").rename(tmp_path / "public")
    command = ["check", "--site", str(blog), "--built", str(elsewhere)]
    done = CliRunner().invoke(cli, command)
    assert (done.exit_code, done.stdout) == (0, "1 pages checked: nothing is wrong\n")
    done = CliRunner().invoke(cli, [*command, "--json"])
    assert json.loads(done.stdout) == {"pages": 1, "findings": []}


def test_every_kind_has_its_meaning():
    assert set(MEANING) == set(Wrong)


@pytest.mark.slow
@pytest.mark.usefixtures("requires_jekyll")
def test_what_linkmgr_and_jekyll_build_is_right_in_any_folder(tmp_path):
    layout = f"<p>{{{{ content }}}}</p>{{% include linkmgr.html %}}{LAYOUTS['_layouts/post.html']}"
    once = layout.rpartition("{% include")[0]
    config = {"baseurl": "/tea", "url": "https://tea.example", "exclude": ["catalog.yaml"]}
    site = write_blog(tmp_path / "blog", config=config)
    (site / "news.md").write_text("---\npermalink: /news/\n---\nNews\n")
    for text, found in ((layout, {Wrong.BLOCK_TWICE}), (once, set())):
        (site / "_layouts" / "post.html").write_text(text)
        build(site, now=NOW)
        built = build_site(site)
        assert {each.wrong for each in check(site, built_folder=built).findings} == found
