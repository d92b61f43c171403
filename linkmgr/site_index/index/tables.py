"""The tables of `survey.db`, a file that is made anew whenever something changes."""

from pathlib import Path

# Raise it whenever the tables change: a file of another format is none of ours.
FORMAT = 1

TABLES = f"""
PRAGMA user_version = {FORMAT};
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE posts (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    path TEXT NOT NULL,
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    day TEXT NOT NULL,
    tags TEXT NOT NULL,
    excerpt TEXT NOT NULL,
    folded TEXT NOT NULL,
    items INTEGER NOT NULL
);
CREATE TABLE tags (
    tag TEXT PRIMARY KEY,
    written TEXT NOT NULL,
    posts INTEGER NOT NULL,
    items TEXT NOT NULL,
    mapped INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE post_tags (tag TEXT, post INTEGER, PRIMARY KEY (tag, post)) WITHOUT ROWID;
CREATE TABLE placements (
    post INTEGER NOT NULL,
    place INTEGER NOT NULL,
    block TEXT NOT NULL,
    rank INTEGER NOT NULL,
    item TEXT NOT NULL,
    score REAL NOT NULL,
    reasons TEXT NOT NULL,
    PRIMARY KEY (post, place)
) WITHOUT ROWID;
"""

# Made after the rows, which takes half the time. Posts are numbered in Jekyll's order, the newest
# first, so that a list by day is one by number.
INDEXES = """
CREATE UNIQUE INDEX posts_by_key ON posts (key);
CREATE INDEX posts_with_nothing ON posts (number) WHERE items = 0;
CREATE INDEX tags_by_need ON tags (mapped, posts DESC, tag);
CREATE INDEX tags_by_use ON tags (posts DESC, tag);
CREATE INDEX placements_by_item ON placements (item, post);
"""


def database(instance: Path) -> Path:
    """Return where the survey stands."""
    return instance / "survey.db"
