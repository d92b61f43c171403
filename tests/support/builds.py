"""A small blog to build, and what a build made of it."""

import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import yaml

from linkmgr.builder.run import BuildResult, build
from tests.support.jekyll import write_site

NOW = datetime(2026, 3, 15, 12, 0, tzinfo=UTC)
CACHE = ".linkmgr-cache"
INDEX = "_data/linkmgr_index.json"
FRAGMENTS = "_includes/linkmgr/posts"
MADE = ("_includes/linkmgr.html", "_includes/linkmgr", "_data/linkmgr_index.json", "assets/linkmgr")
"""What a build makes in a site, but for its cache."""

CONFIG = {"title": "T", "timezone": "Asia/Tokyo", "permalink": "/:year/:month/:day/:title/"}
LAYOUTS = {
    "_layouts/post.html": "<h1>{{ page.title }}</h1>\n{{ content }}\n{% include linkmgr.html %}\n",
}
CATALOG = {
    "site": {"name": "Tea Notes", "url": "https://tea.example", "language": "en"},
    "programmes": {"amazon": {"tag": "ours-20"}},
    "books": {
        "green": {"title": "Green Tea", "asin": "B0EXAMPLE1", "blurb": "All of it"},
        "black": {"title": "Black Tea", "asin": "B0EXAMPLE2"},
        "bread": {"title": "Bread", "asin": "B0EXAMPLE3"},
    },
    "ctas": {"news": {"heading": "News", "label": "Read", "url": "/news/"}},
    "mappings": {
        "tea": {"any": {"tags": ["tea"], "keywords": ["oolong"]}, "items": ["green", "black"]},
        "bread": {"any": {"tags": ["bread"], "keywords": ["flour"]}, "items": ["bread", "news"]},
    },
}


def post(title="A post", tags=("tea",), body="Some text.", **front) -> str:
    """Write a post; further front matter by key."""
    values = {"layout": "post", "title": title, "tags": list(tags), **front}
    return f"---\n{yaml.safe_dump(values, allow_unicode=True)}---\n{body}\n"


POSTS = {
    "_posts/2026-01-01-green.md": post("Green leaves"),
    "_posts/2026-01-02-black.md": post("Black leaves", body="oolong " * 60 + "flour"),
    "_posts/2026-01-03-loaf.md": post("A loaf", ["bread"]),
    "_posts/2026-01-04-日本茶.md": post("日本茶の話", ["tea", "bread"]),
    "_posts/2026-01-05-hills.md": post("A walk in the hills", ["walks"]),
}


def yaml_of(values) -> str:
    return yaml.dump(values, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)


def write_blog(root: Path, posts: Mapping[str, str | bytes] = POSTS, **over) -> Path:
    """Write a blog of `posts`; `config` adds settings, `catalog` parts of the catalog."""
    write_site(
        root,
        {
            **LAYOUTS,
            "_config.yml": yaml_of(CONFIG | over.get("config", {})),
            "catalog.yaml": yaml_of(CATALOG | over.get("catalog", {})),
            **posts,
        },
    )
    for path in posts:
        age(root / path)
    return root


def age(file: Path) -> None:
    """Have a file last changed a minute before: a build keeps nothing of a fresh one."""
    facts = file.stat()
    os.utime(file, ns=(facts.st_atime_ns, facts.st_mtime_ns - 60_000_000_000))


def built(root: Path, **options) -> BuildResult:
    """Build the site at `NOW`."""
    return build(root, **{"now": NOW, **options})


def files_of(root: Path, *parts: str) -> dict[str, bytes]:
    """Return the files below `root`, or those of its `parts`, by path."""
    found = (root / part for part in parts or ("",))
    files = (file for each in found for file in (each.rglob("*") if each.is_dir() else [each]))
    return {
        file.relative_to(root).as_posix(): file.read_bytes() for file in files if file.is_file()
    }


def made(root: Path) -> dict[str, bytes]:
    """Return what builds have made of the site."""
    return files_of(root, *MADE)


def stamps(root: Path) -> dict[str, tuple[int, int, int]]:
    """Return what changes whenever a file or a folder of the site is written to."""
    return {
        path.relative_to(root).as_posix(): (facts.st_mtime_ns, facts.st_size, facts.st_ino)
        for path in (root, *root.rglob("*"))
        for facts in [path.stat()]
    }


def made_from_scratch(root: Path, **options) -> dict[str, bytes]:
    """Return what a first build makes of a copy of the site."""
    copy = root.with_name(f"{root.name}-copy")
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns(CACHE, "linkmgr*", ".linkmgr*"))
    try:
        built(copy, **options)
        return made(copy)
    finally:
        shutil.rmtree(copy)


def fragment_of(root: Path, path: str) -> Path:
    """Return the file of a post's fragment, as the index names it."""
    index = yaml.safe_load((root / "_data/linkmgr_index.json").read_text(encoding="utf-8"))
    return root / "_includes/linkmgr/posts" / f"{index[path]}.html"


def edit(file: Path, old: str, new: str) -> None:
    """Replace a text in a file, which must hold it."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    age(file)


def write_large_blog(root):
    """Write 600 posts, which are enough for more than one process, some with their problems."""
    tags = (("tea",), ("bread",), ("tea", "walks"), ("walks",), ())
    posts = {
        f"_posts/2020-{1 + n % 12:02}-{1 + n % 28:02}-post-{n}.md": post(
            **{
                "title": f"Post {n}",
                "tags": tags[n % len(tags)],
                "body": "oolong flour " * (n % 40),
            }
            | EXTRA.get(n, {})
        )
        for n in range(600)
    }
    posts["_posts/2025-01-01-broken.md"] = "---\ntitle: [\n---\noolong\n"
    return write_blog(root, posts)


EXTRA = {
    5: {"linkmgr": False},
    99: {"linkmgr": {"books": ["bread"]}},
    300: {"published": False},
    500: {"date": "2099-01-01"},
    501: {"title": {"a": 1}},
}
