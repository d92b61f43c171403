"""`linkmgr adopt` as its user meets it."""

import json

import pytest

from tests.support.cli import run, run_alone
from tests.support.jekyll import write_site
from tests.support.legacy_blogs import ARTICLE, CONFIG, LAYOUT, post_text, write_blog


def linkmgr(root, *arguments, language="en"):
    return run("--lang", language, "adopt", "--site", root, *arguments)


INIT = "`linkmgr init` sets up a new catalog."
PLAIN = "_posts/2024-01-01-plain.md", post_text("砂", "砂場", "計算", ARTICLE)
# In running text: found, and left where it is.
LINKED = (
    "_posts/2024-01-02-link.md",
    post_text(
        "砂 2", "砂場", "計算", "本は [砂の計算機](https://www.amazon.co.jp/dp/4000000004) です。"
    ),
)


def without_blocks(tmp_path, *posts, **more):
    files = {"_config.yml": CONFIG, "_layouts/post.html": LAYOUT, **dict(posts), **more}
    return write_site(tmp_path / "blog", files)


@pytest.mark.parametrize(
    ("posts", "said"),
    [
        pytest.param([], "Nothing to adopt: there is no post in ", id="no posts"),
        pytest.param([PLAIN], "Nothing to adopt: 1 post was read, and has no block", id="no links"),
        pytest.param(
            [PLAIN, LINKED],
            "Nothing to adopt: 2 posts were read, and what is listed above stays in them.",
            id="links that stay",
        ),
    ],
)
def test_blog_with_nothing_to_adopt_is_told_why_and_where_to_go(tmp_path, posts, said):
    done = linkmgr(without_blocks(tmp_path, *posts))
    assert (done.code, done.err) == (0, "")
    (conclusion,) = (each for each in done.out.splitlines() if said in each)
    assert conclusion.endswith(INIT)
    assert "already" not in done.out


def test_a_blog_with_a_catalog_hears_nothing_of_staying_links(tmp_path):
    root = without_blocks(tmp_path, PLAIN, LINKED)
    assert run("init", "--write", "--site", root).code == 0
    out = linkmgr(root).out
    said = "Nothing to do: 2 posts were read, and what is listed above stays in them. "
    assert f"{said}{root / 'catalog.yaml'} stays as it is." in out.splitlines()
    assert "init" not in out
    assert "上に挙げたものは記事に残します。" in linkmgr(root, language="ja").out


def test_what_is_to_do_by_hand_is_said_with_nothing_to_adopt(tmp_path):
    layout = "{% assign x = content | split: 'a' %}{{ x }}\n"
    root = without_blocks(tmp_path, PLAIN, **{"_layouts/post.html": layout})
    assert run("init", "--write", "--site", root).code == 1  # the layout is left to its owner
    (said, by_hand) = linkmgr(root).out.splitlines()
    assert said.startswith("Nothing to do: 1 post was read, and has no block")
    assert by_hand.startswith("By hand: ")


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
