"""Our account of the posts against the real Jekyll's, field by field."""

import json
import os
import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest

from linkmgr.posts.publish import live_posts, posts_as_json
from linkmgr.posts.site import read_config, read_posts
from tests.support import torture_posts as torture
from tests.support.jekyll import build_site, jekyll_account, write_site
from tests.support.ruby_yaml import require_gem_rules

BLOG = Path(__file__).parents[3] / "shared" / "blog"

pytestmark = pytest.mark.jekyll


def in_folder(folder, files):
    return {f"{folder}/{name}": content for name, content in files.items()}


CONFIGS = {
    "date": ("timezone: Asia/Tokyo", torture.UNDATED),
    "future": ("timezone: Asia/Tokyo\nfuture: true", {}),
    "pretty in New York": ("permalink: pretty\ntimezone: America/New_York", {}),
    "none": ("permalink: none", {}),
    "ordinal": ("permalink: ordinal\ntimezone: Pacific/Auckland", {}),
    "weekdate": ("permalink: weekdate\ntimezone: Europe/London", {}),
    "a template": ("permalink: /:categories/:slug", {}),
    "the collection's template": (
        "collections: {posts: {output: false, permalink: '/c/:title/'}}\nunpublished: true",
        {},
    ),
    "a style is none in a collection": ("collections: {posts: {permalink: pretty}}", {}),
    "collections as a list, five posts": ("collections: [posts]\nlimit_posts: 5", {}),
    "the build's time": ("time: 2022-01-01 00:00:00\nmarkdown_ext: md,txt", {}),
    "nothing set": ("collections: ~\ndefaults: ~\npermalink: ~\ntimezone: ~", {}),
    "drafts in the settings": ("show_drafts: true", torture.DRAFTS),
    "defaults": (torture.DEFAULTS, {}),
    "exclude and include": (torture.EXCLUDE, torture.EXCLUDED),
}


# Long before the build, whose fraction of a second Jekyll's account does not give.
DRAFTS_CHANGED = 1_600_000_000.25


def write(root, files):
    """Write the site, its undated drafts last changed at one known time."""
    write_site(root, files)
    for draft in root.rglob("_drafts/**/*.md"):
        os.utime(draft, (DRAFTS_CHANGED, DRAFTS_CHANGED))
    return root


def assert_same(root, *, args=(), drafts=False, package=None):
    """Compare field by field; unreadable posts have no tags here and nil in Jekyll."""
    now, theirs = jekyll_account(root, *args, as_gem=package == "gem")
    for post in theirs:
        post["tags"] = post["tags"] if isinstance(post["tags"], list) else []
    posts = read_posts(root, read_config(root, package), drafts=drafts, now=now)
    ours = json.loads(json.dumps(posts_as_json(posts)))
    by_path = {post["path"]: post for post in ours}
    assert by_path == {post["path"]: post for post in theirs}
    assert [post["path"] for post in ours] == [post["path"] for post in theirs]


@pytest.mark.parametrize(
    ("config", "files"),
    [
        pytest.param(*site, id=name, marks=[pytest.mark.smoke] if name == "defaults" else [])
        for name, site in CONFIGS.items()
    ],
)
def test_the_torture_sites_posts_are_those_of_jekyll(tmp_path, config, files):
    site = {**torture.EVERYTHING, **files, "_config.yml": config}
    assert_same(write(tmp_path / "site", site))


GEM_CONFIGS = {
    "date": ("timezone: Asia/Tokyo", torture.GEM_SCALARS),
    "a symbol for a template": ("permalink: :title\ntimezone: America/New_York", {}),
    "no settings": (None, torture.GEM_SCALARS),
    "defaults": (torture.DEFAULTS, torture.GEM_SCALARS),
}


@pytest.mark.parametrize(("config", "files"), GEM_CONFIGS.values(), ids=GEM_CONFIGS)
def test_torture_sites_posts_are_those_of_released_jekyll(tmp_path, config, files):
    require_gem_rules()
    settings = {} if config is None else {"_config.yml": config}
    root = write(tmp_path / "site", {**torture.EVERYTHING, **files, **settings})
    assert_same(root, package="gem")


def test_a_site_without_settings_is_built_by_defaults(tmp_path):
    assert_same(write(tmp_path / "site", {**torture.ORDER, **torture.NIL}))


def test_drafts_on_request_are_those_of_jekyll(tmp_path):
    site = {**torture.ORDER, **torture.DRAFTS, "_config.yml": "timezone: Asia/Tokyo"}
    assert_same(write(tmp_path / "site", site), args=["--drafts"], drafts=True)


def test_posts_in_a_collections_folder_are_those_of_jekyll(tmp_path):
    site = in_folder("col", torture.EVERYTHING) | torture.OUTSIDE
    assert_same(write(tmp_path / "site", {**site, "_config.yml": torture.COLLECTIONS_DIR}))


@pytest.mark.parametrize(
    "config",
    [
        "timezone: UTC",
        "future: true\ndefaults: [{scope: {path: ''}, values: {date: '2020-01-01 00:00'}}]",
        "defaults: [{scope: {path: ''}, values: {tags: [d], permalink: '/x/:title/:year/'}}]",
    ],
    ids=["build time", "date from the defaults", "permalink from the defaults"],
)
def test_posts_with_unreadable_front_matter_are_those_of_jekyll(tmp_path, config):
    root = write_site(tmp_path / "site", {**torture.UNREADABLE, "_config.yml": config})
    now, theirs = jekyll_account(root)
    ours = posts_as_json(read_posts(root, now=now))
    for account in (ours, theirs):
        for post in account:
            del post["tags"]
    assert ours == theirs


def test_the_posts_of_a_real_blog_are_those_of_jekyll(tmp_path):
    if not BLOG.is_dir():
        pytest.skip("../shared/blog is not here")
    root = tmp_path / "blog"
    shutil.copytree(BLOG, root, copy_function=shutil.copyfile)
    root.chmod(0o755)
    ours = posts_as_json(read_posts(root))
    built = build_site(root)
    theirs = json.loads((built / "posts.json").read_text(encoding="utf-8"))
    assert len(ours) == 131
    assert ours == theirs


def test_the_page_at_a_url_is_that_of_the_live_post(tmp_path):
    pages = {
        name: f"---\npermalink: {permalink}\n---\n{{{{ page.path }}}}"
        for name, permalink in (
            ("_posts/2021-01-01-older.md", "/same/"),
            ("_posts/2021-01-02-newer.md", "/same/"),
            ("_posts/2021-01-03-a.md", "/other/"),
            ("_posts/2021-01-03-b.md", "/other/index.html"),
            ("_posts/2021-01-04-a.md", "/page"),
            ("_posts/2021-01-05-b.md", "/page.html"),
            ("_posts/2021-01-06-a.md", "/%41/"),
            ("_posts/2021-01-07-b.md", "/A/"),
            ("_posts/2021-01-08-only.md", "/日本/only/"),
        )
    }
    config = {"_config.yml": "collections: {posts: {output: false}}"}
    root = write_site(tmp_path / "site", {**pages, **config})
    built = build_site(root)
    live = live_posts(read_posts(root))
    assert len(live) == 5
    for url, post in live.items():
        page = unquote(url).lstrip("/")
        file = f"{page}index.html" if page.endswith("/") else f"{page.removesuffix('.html')}.html"
        assert post.path in (built / file).read_text(encoding="utf-8"), url
