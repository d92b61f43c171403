"""A personal blog of nine years that has categories and no tags, as many are."""

from pathlib import Path
from typing import NamedTuple

from tests.support.builds import yaml_of

FILE = Path(__file__).with_suffix(".txt")
"""A line a post: its name, theme, category, title and text."""


class Entry(NamedTuple):
    """A post of the blog; `theme` is what a reader would say that it is about."""

    name: str
    theme: str
    category: str
    title: str
    body: str


def _entries():
    for line in FILE.read_text(encoding="utf-8").splitlines():
        name, theme, category, title, body = (each.strip() for each in line.split("|"))
        yield Entry(name, theme, category, title, body)


ENTRIES = tuple(_entries())

CONFIG = {"title": "By the window", "permalink": "/:year/:title/", "lang": "en"}


def category_blog() -> dict[str, str]:
    """Return the files of the blog's posts and settings."""
    files = {
        f"_posts/{entry.name}.md": (
            f"---\n{yaml_of({'title': entry.title, 'category': entry.category})}---\n{entry.body}\n"
        )
        for entry in ENTRIES
    }
    return {"_config.yml": yaml_of(CONFIG), **files}
