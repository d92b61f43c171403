"""On the adopted real blog of 1,500 posts the parts agree on how many posts have an item."""

import shutil
import tarfile
from collections import Counter
from pathlib import Path

import pytest

from linkmgr.adopt.run import adopt
from linkmgr.builder.run import build
from tests.support.item_counts import counts_of
from tests.support.site_index import hold, settings_at

SHARED = Path(__file__).parents[3] / "shared"
POSTS = SHARED / "blog-large.tar.xz"

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not POSTS.is_file(), reason="the real blog is not beside us"),
]


@pytest.fixture
def blog(tmp_path):
    root = tmp_path / "blog"
    left_out = shutil.ignore_patterns("_posts", "posts.json")
    shutil.copytree(SHARED / "blog", root, copy_function=shutil.copyfile, ignore=left_out)
    for path in (root, *root.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200)
    with tarfile.open(POSTS) as opened:
        opened.extractall(root, filter="data")
    return root


def test_the_plan_and_all_counts_of_the_adopted_blog_agree(blog, tmp_path):
    planned = adopt(blog, write=True).readers.after.values()
    build(blog)
    instance = tmp_path / "instance"
    instance.mkdir()
    indexer = hold(settings_at(blog, instance))
    counts = counts_of(blog, indexer, instance)
    first = counts["coverage"]
    assert sum(first.values()) > 1_000
    assert {part: numbers for part, numbers in counts.items() if numbers != first} == {}
    assert Counter(item for items in planned for item in items) == first
