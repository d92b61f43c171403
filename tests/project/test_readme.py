"""What the README says to write and to run does what it says, in a blog of a newcomer's."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.support.builds import age
from tests.support.cli import run
from tests.support.jekyll import build_site, write_site

pytestmark = [pytest.mark.docs, pytest.mark.jekyll]

ROOT = Path(__file__).parents[2]


def parts(page):
    """Return the catalog, the tag and the commands that a README shows."""
    readme = (ROOT / page).read_text(encoding="utf-8")
    (catalog,) = re.findall(r"^```yaml\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    rows = readme.partition(catalog)[2].partition("\n|---|---|\n")[2].partition("\n\n")[0]
    (tag,) = re.findall(r"`(\{% include .*? %\})`", rows)
    return catalog, tag, re.findall(r"`(linkmgr .*?)`", rows)


CATALOG, TAG, COMMANDS = parts("README.md")

POST = """\
---
layout: post
title: ケトル
tags: [コーヒー]
categories: 料理
---
ひとつめ。

## 選び方

TAG を使います。

## 手入れ

ドリップのあとに拭くだけです。

## おわりに

以上です。
"""
BLOG = {
    "_config.yml": "title: てづくり日和\nurl: https://tezukuri.example.com\nlang: ja\n",
    "_layouts/post.html": "<!DOCTYPE html><html><body>\n{{ content }}\n</body></html>\n",
    "_posts/2026-01-03-kettle.md": POST,
}


def written(folder):
    """Write the blog into a folder beside the one where commands are typed, and return both."""
    files = {path: text.replace("TAG", TAG) for path, text in BLOG.items()}
    here = folder / "linkmgr"
    here.mkdir()
    return write_site(folder / "blog", files), here


def session(page):
    """Return what a README shows of the commands on a blog, up to its catalog and from there on."""
    readme = (ROOT / page).read_text(encoding="utf-8").replace("$ pip install .\n", "")
    blocks = re.findall(r"^```console\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    return [block for block in blocks if "--site ../blog" in block]


def typed(block, root, here, language):
    """Type the commands of a block, and return it with what they print."""
    printed = ""
    for command in re.findall(r"^\$ linkmgr (.*)$", block, re.MULTILINE):
        for each in BLOG:
            age(root / each)
        done = run("--lang", language, *shlex.split(command), cwd=here)
        assert (done.code, done.err) == (0, "")
        printed += f"$ linkmgr {command}\n{done.out}"
    return printed


@pytest.fixture(scope="module")
def blog(tmp_path_factory):
    """Set a blog up as the README says, with its catalog, and build it. Give its folder."""
    root, here = written(tmp_path_factory.mktemp("readme"))
    before, after = session("README.md")
    typed(before, root, here, "en")
    (root / "catalog.yaml").write_text(CATALOG, encoding="utf-8")
    typed(after, root, here, "en")
    build_site(root).rename(root / "_site")
    (root / ".gitignore").write_text("_site\n")
    author = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for command in (("init", "-q"), ("add", "."), (*author, "commit", "-qm", "Blog")):
        subprocess.run(["git", "-C", root, *command], check=True)
    return root


def test_the_catalog_of_the_readme_shows_all_that_it_has(blog):
    page = (blog / "_site/料理/2026/01/03/kettle.html").read_text()
    code = re.search(r"code: \|\n((?: {6}.*\n)+)", CATALOG)[1].replace("      ", "").strip()
    assert ">this kettle</a>" in page
    assert code in page
    assert page.count("https://www.amazon.co.jp/dp/B0EXAMPLE1/?tag=example-food-22") == 3
    assert "https://hb.afl.rakuten.co.jp/hgc/YOUR-ID/?pc=https%3A%2F%2Fitem." in page
    assert page.index("<h2") < page.index("linkmgr-products") < page.rindex("以上です。")


@pytest.mark.smoke
@pytest.mark.parametrize(("page", "language"), [("README.md", "en"), ("README.ja.md", "ja")])
def test_the_readme_shows_what_the_commands_on_a_blog_print(tmp_path, page, language):
    root, here = written(tmp_path)
    before, after = session(page)
    assert typed(before, root, here, language) == before
    (root / "catalog.yaml").write_text(CATALOG, encoding="utf-8")
    seconds = r"\d+\.\d\d( s|秒)"
    assert re.sub(seconds, "N", typed(after, root, here, language)) == re.sub(seconds, "N", after)


def test_the_readme_is_the_same_in_both_languages():
    assert parts("README.ja.md") == (CATALOG, TAG.replace("this kettle", "このケトル"), COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_of_the_readme_runs(blog, command):
    arguments = shlex.split(command.replace("POST", "2026-01-03-kettle"))[1:]
    if "--online" in arguments:
        arguments.append("--help")
    done = run(*arguments, cwd=blog)
    assert (done.code, done.err) == (0, "")
    assert done.out
