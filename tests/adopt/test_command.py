"""`linkmgr adopt` as its user meets it."""

import json

import pytest

from tests.support.cli import run, run_alone
from tests.support.jekyll import write_site
from tests.support.legacy_blogs import CONFIG, LAYOUT, write_blog


def linkmgr(root, *arguments, language="en"):
    return run("--lang", language, "adopt", "--site", root, *arguments)


def test_a_blog_without_pasted_links_is_reported_where_to_go(tmp_path):
    root = write_site(tmp_path / "blog", {"_config.yml": CONFIG, "_layouts/post.html": LAYOUT})
    done = linkmgr(root)
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "Nothing to adopt: none of 0 posts has a block of books, calls to action or "
        "related posts. `linkmgr init` sets up a new catalog.\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--diff", "--json"], id="patch and JSON"),
        pytest.param(["--diff", "--write"], id="patch and write"),
        pytest.param(["--what"], id="no such option"),
    ],
)
def test_options_that_do_not_go_together_are_a_usage_error(tmp_path, arguments):
    done = linkmgr(write_blog(tmp_path / "blog", 1), *arguments)
    assert done.code == 2
    assert not done.out


def test_a_mistake_in_the_catalog_is_one_line(tmp_path):
    root = write_blog(tmp_path / "blog", 1)
    (root / "catalog.yaml").write_text("site: {name: x}\n", encoding="utf-8")
    done = linkmgr(root, "--write")
    assert done.code == 1
    assert done.err.endswith("catalog.yaml:1: site.url: is missing\n")
    assert done.err.count("\n") == 1


def test_json_and_patch_stand_alone_on_standard_output(tmp_path):
    root = write_blog(tmp_path / "blog")
    assert len(json.loads(linkmgr(root, "--json").out)["files"]) == 8
    patch = run_alone("adopt", "--site", root, "--diff")  # bytes, which no text takes
    assert patch.out.startswith(
        "diff --git a/catalog.yaml b/catalog.yaml\nnew file mode 100644\n--- /dev/null\n"
    )


def test_a_japanese_owner_reads_the_report_in_japanese(tmp_path):
    report = linkmgr(write_blog(tmp_path / "blog"), language="ja").out
    assert "本: 3件\n     4記事  b-4000000004  砂の計算機\n" in report
    assert "      タグ「砂場」の記事4件中4件\n" in report
    assert "_posts/2024-02-01-sand.md:17: /2020/01/09/gone/ は切れています\n" in report
    assert "まだ何も書き込んでいません。同じコマンドに --write を付けると、" in report
    assert "記事8件を書き換えます。" in report


def test_json_has_the_code_of_each_finding(tmp_path):
    (first, *_) = json.loads(linkmgr(write_blog(tmp_path / "blog"), "--json").out)["findings"]
    assert (first["kind"], first["code"]) == ("dead-link", "adopt.finding-dead-link")
    assert first["params"] == {"url": "/2020/01/09/gone/"}
    assert first["message"] == "/2020/01/09/gone/ is dead"
