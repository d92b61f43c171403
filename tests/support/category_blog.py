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


def doubted_blog():
    """Write posts of which three about clay are filed under Journeys, as those on trains are.

    A rule shows `tour` for that category, and one `course` for the posts about clay.
    """
    themes = {
        "clay": ("clay glaze ", "Crafts"),
        "train": ("train budget ", "Journeys"),
        "stock": ("stock bond ", "Money"),
    }
    posts = {}
    for theme, (words, category) in themes.items():
        for number in range(30):
            posts[f"_posts/2026-01-{number % 28 + 1:02}-{theme}{number}.md"] = _filed(
                words, number, category
            )
    for number in range(3):
        posts[f"_posts/2026-02-0{number + 1}-wrong{number}.md"] = _filed(
            "clay glaze ", 40 + number, "Journeys"
        )
    ctas = {
        name: {"heading": name.title(), "label": "See", "url": f"/{name}/"}
        for name in ("course", "tour")
    }
    mappings = {
        "course": {"any": {"categories": ["Crafts"]}, "items": ["course"]},
        "tour": {"any": {"categories": ["Journeys"]}, "items": ["tour"]},
    }
    return posts, {"books": {}, "ctas": ctas, "mappings": mappings}


def _filed(words, number, category):
    title = f"{words}{number}"
    return f"---\nlayout: post\ntitle: {title}\ncategories: {category}\n---\n{words * 60}\n"
