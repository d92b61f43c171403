"""The how-to pages, typed unchanged, do what they say in the tutorial's blog."""

import re
import subprocess
import time

import pytest

from linkmgr.blocks.include import post_key
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.store.db.engine import open_engine
from tests.support.accounts import add_user
from tests.support.docs_follower import FOLDERS, LANGUAGES, Follower
from tests.support.legacy_blogs import write_blog
from tests.support.once import made_once
from tests.support.store import make_click, spool_up

pytestmark = [pytest.mark.docs, pytest.mark.jekyll]

PAGES = (
    "accounts",
    "add-a-book",
    "add-a-cta",
    "back-up-and-restore",
    "change-the-looks",
    "check-shop-pages",
    "compare",
    "count-clicks",
    "privacy",
    "publish",
    "remove-linkmgr",
    "see-what-works",
    "try-two-wordings",
    "weekly-digest",
)
# The blog as it is after the tutorial, in git.
AS_AFTER_THE_TUTORIAL = """
printf '  server: http://localhost:8910\\n' >> catalog.yaml
printf '_site\\n.jekyll-cache\\n' > .gitignore
linkmgr build
jekyll build --quiet
linkmgr db upgrade
git init --quiet
git add .
git commit --quiet --message Blog
"""
NAMES, WATERING = "_posts/2026-03-01-names.md", "_posts/2026-04-12-watering.md"
# How often an item was clicked in a post, and in which block.
CLICKED = {
    ("newsletter", NAMES, "cta"): 34,
    ("newsletter", WATERING, "cta"): 5,
    ("readable-code", NAMES, "books"): 12,
    ("readable-code", WATERING, "books"): 1,
}


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request):
    """Give the language of a page."""
    return request.param


@pytest.fixture(scope="module")
def blog(language, tmp_path_factory):
    """Follow the tutorial, and give the folder of its blog."""

    def follow_tutorial(folder):
        with Follower(FOLDERS[language] / "tutorial.md", folder / "home") as author:
            author.follow("linkmgr build")
            author.run(AS_AFTER_THE_TUTORIAL)
            instance = folder / "home" / "blog" / "instance"
            engine = open_engine(f"sqlite:///{instance / 'linkmgr.db'}")
            add_user(engine, "you", "four plain words here")
            engine.dispose()
            spool_up(instance / "spool", *clicks())
            author.run("linkmgr clicks load")

    return made_once(tmp_path_factory, f"tutorial-{language}", follow_tutorial) / "home" / "blog"


def clicks():
    """Yield clicks of the last hours, each of another visitor."""
    number = 0
    for (item, post, block), count in CLICKED.items():
        for _ in range(count):
            number += 1
            at = int(time.time() * 1000) - number * 60_000
            yield make_click(
                at, item=item, post=post_key(post), block=block, visitor=f"{number:016x}"
            )


@pytest.fixture
def old_blog(tmp_path):
    """Give a blog with links pasted into its posts, in git."""
    root = write_blog(tmp_path / "old")
    for post in (root / "_posts").iterdir():  # within a site they hide where readers come from
        post.write_text(re.sub(r"\?utm_\S+?(?=\))", "", post.read_text()))
    (root / "contact.html").write_text("---\ntitle: 連絡先\n---\n<p>お気軽にどうぞ。</p>\n")
    (root / ".gitignore").write_text("_site\n.jekyll-cache\n")
    for command in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", "-C", root, *command], check=True)
    author = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run(["git", "-C", root, *author, "commit", "--quiet", "-m", "Blog"], check=True)
    return root


def test_the_page_on_old_links_brings_them_into_the_catalog(language, old_blog, tmp_path):
    file = FOLDERS[language] / "how-to" / "adopt-old-links.md"
    with Follower(file, tmp_path / "home", blog=old_blog) as follower:
        follower.follow()
    blog = follower.home / "blog"
    assert {"slow-machines", "b-4000000004"} <= load_catalog(blog / "catalog.yaml").books.keys()
    assert not any("amazon" in post.read_text() for post in (blog / "_posts").iterdir())
    built = (blog / "_site/2024/02/01/sand/index.html").read_text()
    assert "https://www.amazon.co.jp/dp/4000000004/" in built


@pytest.mark.parametrize("page", PAGES)
def test_a_how_to_page_typed_unchanged_does_what_it_says(page, language, blog, tmp_path):
    file = FOLDERS[language] / "how-to" / f"{page}.md"
    with Follower(file, tmp_path / "home", blog=blog) as follower:
        follower.follow()
    assert follower.done > 0
