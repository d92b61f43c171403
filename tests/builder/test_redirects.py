"""What a build says of links through the server: those that are forbidden, and a new default."""

import json
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner

from linkmgr.builder import fragments, run
from linkmgr.catalog.reading import parse
from linkmgr.cli import cli
from linkmgr.links.model import Tracking
from linkmgr.links.programmes.profiles import default_tracking
from tests.support.builds import (
    CACHE,
    CATALOG,
    MADE,
    POSTS,
    age,
    built,
    edit,
    files_of,
    fragment_of,
    post,
    write_blog,
    yaml_of,
)

SERVER = "https://l.example"
SITE = CATALOG["site"] | {"server": SERVER}
RAKUTEN = {"name": "Rakuten", "url": "https://hb.afl.rakuten.co.jp/hgc/1/?pc={url}"}
SHOP = {"programme": "rakuten", "url": "https://books.rakuten.co.jp/rb/1/"}
GREEN = CATALOG["books"]["green"] | {"shops": [SHOP]}
GREEN_POST = "_posts/2026-01-01-green.md"
TEA_ONLY = {"mappings": {"tea": {"any": {"tags": ["tea"]}, "items": ["green"]}}}
CHANGED = 3  # posts of the blog that show the green book


def catalog(tracking=None, **over):
    rakuten = RAKUTEN | ({"tracking": tracking} if tracking else {})
    return {
        "site": SITE,
        "programmes": CATALOG["programmes"] | {"rakuten": rakuten},
        "books": CATALOG["books"] | {"green": GREEN},
        **over,
    }


def write_catalog(root, values):
    (root / "catalog.yaml").write_text(yaml_of(CATALOG | values), encoding="utf-8")
    age(root / "catalog.yaml")


def forget_rules(root):
    """Have the cache be one of a release that did not remember by which rules it linked."""
    with closing(sqlite3.connect(root / CACHE / "posts.sqlite")) as cache, cache:
        cache.execute("DELETE FROM state WHERE name = 'link_rules'")


def write_old_blog(root, posts=POSTS, **over):
    """Write a blog as the last build by the old rules left it: Rakuten's links go through /go/."""
    write_blog(root, posts, catalog=catalog("redirect", **over))
    built(root)
    write_catalog(root, catalog(**over))
    forget_rules(root)
    return root


def stated(report):
    return [str(warning) for warning in report.warnings]


def test_a_forbidden_redirect_is_reported_in_every_build_once_a_programme(tmp_path):
    root = write_blog(tmp_path, catalog=catalog("redirect"))
    first, again = built(root), built(root)
    assert first.changed
    assert not again.changed
    assert first.warnings == again.warnings
    (warning,) = first.warnings
    lines = (root / "catalog.yaml").read_text().splitlines()
    assert lines[warning.location.line - 1].strip() == "tracking: redirect"
    assert (warning.location.file, warning.location.key) == (
        str(root / "catalog.yaml"),
        "programmes.rakuten.tracking",
    )


def test_the_first_build_by_the_new_rules_says_which_posts_change_and_what_keeps_them(tmp_path):
    root = write_old_blog(tmp_path)
    before = fragment_of(root, GREEN_POST).read_text()
    assert f"{SERVER}/go/green?" in before
    report = built(root)
    (change,) = stated(report)
    assert change == (
        f"{root}/catalog.yaml:6: programmes: {CHANGED} posts change: links of rakuten no longer go "
        "through /go/ and are not counted, since only links of your own site are redirected unless "
        "the catalog says otherwise (many programmes forbid it); to keep the redirect, write "
        "programmes.rakuten.tracking: redirect"
    )
    after = fragment_of(root, GREEN_POST).read_text()
    assert f"{SERVER}/go/green?" not in after
    assert 'href="https://hb.afl.rakuten.co.jp/hgc/1/?pc=https%3A%2F%2Fbooks' in after
    assert len([path for path in report.written if "posts/" in path]) >= CHANGED


def test_it_is_reported_only_once(tmp_path):
    root = write_old_blog(tmp_path)
    assert stated(built(root))
    assert stated(built(root)) == []
    edit(root / GREEN_POST, "Green leaves", "Greener leaves")
    assert stated(built(root)) == []


def test_a_check_says_it_and_leaves_it_to_the_build_to_say_too(tmp_path):
    root = write_old_blog(tmp_path)
    checked = stated(built(root, check=True))
    assert f"{CHANGED} posts change" in checked[0]
    assert stated(built(root)) == checked
    assert stated(built(root, check=True)) == []


def test_a_site_that_commits_its_blocks_and_not_the_cache_is_reported_by_a_check(tmp_path):
    root = write_old_blog(tmp_path)
    for file in (root / CACHE).iterdir():
        file.unlink()
    (warning,) = stated(built(root, check=True))
    assert f"{CHANGED} posts change" in warning


def test_one_post_is_one_post(tmp_path):
    (warning,) = stated(
        built(write_old_blog(tmp_path, {GREEN_POST: POSTS[GREEN_POST]}, **TEA_ONLY))
    )
    assert "programmes: 1 post changes: links of rakuten" in warning


@pytest.mark.parametrize(
    "over",
    [
        pytest.param({}, id="with a shop"),
        pytest.param({"site": CATALOG["site"]}, id="without a server"),
    ],
)
def test_a_new_site_is_built_without_a_word(tmp_path, over):
    root = write_blog(tmp_path, catalog=catalog(**over))
    assert stated(built(root, check=True)) == []
    assert stated(built(root)) == []
    assert stated(built(root)) == []


def test_posts_that_do_not_change_are_not_spoken_of(tmp_path):
    root = write_blog(tmp_path / "no server", catalog=catalog("redirect", site=CATALOG["site"]))
    built(root)
    write_catalog(root, catalog(site=CATALOG["site"]))
    forget_rules(root)
    assert stated(built(root)) == []
    root = write_blog(tmp_path / "kept", catalog=catalog("redirect"))
    built(root)
    forget_rules(root)
    assert [warning.location.key for warning in built(root).warnings] == [
        "programmes.rakuten.tracking"
    ]


def test_what_the_owner_changes_is_not_put_down_to_the_default(tmp_path):
    root = write_old_blog(tmp_path / "at the upgrade")
    write_catalog(root, catalog("direct"))
    assert stated(built(root)) == []
    root = write_blog(tmp_path / "later", catalog=catalog("redirect"))
    built(root)
    write_catalog(root, catalog())
    assert stated(built(root)) == []


def test_what_the_owner_takes_out_at_the_upgrade_is_not_put_down_to_it_either(tmp_path):
    root = write_old_blog(tmp_path / "the server")
    write_catalog(root, catalog(site=CATALOG["site"]))
    assert stated(built(root)) == []
    amazon = {"amazon": CATALOG["programmes"]["amazon"] | {"tracking": "redirect"}}
    root = write_blog(tmp_path / "redirect", catalog={"site": SITE, "programmes": amazon})
    built(root)
    write_catalog(root, {"site": SITE})
    forget_rules(root)
    assert stated(built(root)) == []


def test_an_upgrade_that_keeps_the_version_is_noticed_too(tmp_path, monkeypatch):
    root = write_blog(tmp_path, catalog=catalog())
    with monkeypatch.context() as old:
        before = {"rakuten": Tracking.REDIRECT}
        old.setattr(
            parse, "default_tracking", lambda name: before.get(name, default_tracking(name))
        )
        for module in (run, fragments):
            old.setattr(module, "LINK_RULES", 1)
        built(root)
    (warning,) = stated(built(root))
    assert f"{CHANGED} posts change" in warning


@pytest.mark.parametrize(
    ("url", "programme", "name"),
    [
        ("https://px.a8.net/svt/ejp?a8mat=1", "a8", "A8.net"),
        ("https://someone.gumroad.com/a/1", "gumroad", "Gumroad"),
    ],
)
def test_a_cta_with_an_affiliate_link_and_no_programme_is_marked_and_not_redirected(
    tmp_path, url, programme, name
):
    offer = {"heading": "Offer", "label": "Go", "url": url}
    mappings = {"tea": {"any": {"tags": ["tea"]}, "items": ["offer"]}}
    root = write_blog(
        tmp_path,
        {GREEN_POST: post("Green leaves")},
        catalog={"site": SITE, "ctas": {"offer": offer}, "mappings": mappings},
    )
    (warning,) = stated(built(root))
    assert f": ctas.offer.url: is an affiliate link of {name}" in warning
    html = fragment_of(root, GREEN_POST).read_text()
    assert f'href="{url}" rel="sponsored nofollow noopener"' in html
    assert html.index("linkmgr-label") < html.index(url)
    # As the old rules had it.
    fragment_of(root, GREEN_POST).write_text(
        f'<a href="{SERVER}/go/offer?p=0123456789abcdef&amp;b=cta.1">Go</a>'
    )
    forget_rules(root)
    change = stated(built(root))[0]
    assert "programmes: 1 post changes: links of ctas.offer no longer go through /go/" in change
    assert change.endswith(
        f"write ctas.offer.programme: {programme} with "
        f"programmes.{programme}: {{name: {name}, tracking: redirect}}"
    )


def test_the_command_prints_it_and_gives_it_to_programs(tmp_path):
    root = write_old_blog(tmp_path)
    done = CliRunner().invoke(cli, ["build", "--site", str(root), "--check", "--json"])
    assert done.exit_code == 1
    assert "posts change: links of rakuten" in done.stderr
    (warning,) = json.loads(done.stdout)["warnings"]
    assert (warning["key"], warning["line"]) == ("programmes", 6)
    assert files_of(root, *MADE)
