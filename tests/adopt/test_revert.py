"""An adoption that was committed is reverted, with posts that were written after it."""

import re
import shlex
from pathlib import Path

import pytest

from tests.support.checkouts import git, in_git
from tests.support.cli import run
from tests.support.legacy_blogs import ARTICLE, contents, post_text, write_blog

DOCS = Path(__file__).parents[2] / "docs"
LATER = "_posts/2024-05-01-later.md"


def documented_commands(page):
    """Return the commands of git by which a page reverts a commit."""
    text = (DOCS / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    (block,) = (block for block in blocks if "git revert" in block)
    return [shlex.split(line.removeprefix("$ git ")) for line in block.splitlines()]


def build_and_commit(root, name):
    assert run("build", "--site", root).code == 0
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", name)
    return git(root, "rev-parse", "HEAD").strip()


@pytest.mark.parametrize("page", ["adopt.md", "ja/adopt.md"])
def test_an_adoption_is_reverted_by_the_documented_commands(tmp_path, page):
    root = in_git(write_blog(tmp_path / "blog"))
    before = contents(root)
    assert run("adopt", "--write", "--site", root).code == 0
    adoption = build_and_commit(root, "adopt")
    later = post_text("砂 5", "砂場", "計算", ARTICLE).encode()
    (root / LATER).write_bytes(later)
    catalog = root / "catalog.yaml"
    catalog.write_text(catalog.read_text().replace("砂", "沙", 1))
    build_and_commit(root, "another post")
    for command in documented_commands(page):
        git(root, *(adoption if word == "COMMIT" else word for word in command))
    assert contents(root) == before | {LATER: later}
    assert git(root, "status", "--porcelain") == ""
