"""A post as Jekyll will publish it, and what its path says."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from linkmgr.posts.article.inclusions import Inclusion

ITEM_LISTS = ("books", "products")
"""The keys under `linkmgr:` whose items are as many as a block's limit says."""

ITEM_KEYS = (*ITEM_LISTS, "cta")
"""The keys that choose items, each by a kind of items; of CTAs a post mostly has one."""


@dataclass(frozen=True, slots=True)
class Override:
    """What a post's front matter says under `linkmgr:`; what is `None` says nothing.

    `tags` are (programme, tag): those of the links in the post. `related` are posts by path or
    address, as they are written.
    """

    disabled: bool = False
    books: tuple[str, ...] | None = None
    cta: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    limit: int | None = None
    products: tuple[str, ...] | None = None
    tags: tuple[tuple[str, str], ...] = ()
    related: tuple[str, ...] | None = None

    def items(self, key: str | None) -> tuple[str, ...] | None:
        """Return the items chosen under a key; `None` for no choice."""
        chosen: tuple[str, ...] | None = getattr(self, key) if key in ITEM_KEYS else None
        return chosen

    def limit_of(self, key: str | None) -> int | None:
        """Return the limit of the blocks whose items `key` chooses; a CTA is chosen alone."""
        return self.limit if key in ITEM_LISTS else None


NO_OVERRIDE = Override()

Bare = Literal["items", "related"]
"""What a post can have had none of: items of any kind, or related posts."""


@dataclass(frozen=True, slots=True)
class Post:
    """A post as Jekyll will publish it; `path` (Jekyll's `page.path`) is its one unique key.

    `title`, `slug`, `tags` and `categories` are as Jekyll has them: mostly text, but whatever YAML
    made of them. `date` is in the site's time zone. `excerpt` is the front matter's own, or its
    description; empty where it has neither. `language` is a BCP 47 tag, empty if it is unknown;
    `subsite` the folder into which jekyll-polyglot puts the pages of that language, empty without
    it. `words` are those that say what the article is about, folded, with spaces between. `layout`
    is empty without one; `inclusions` are the article's own tags, by their lines in the file.
    """

    path: str
    url: str
    slug: Any
    date: datetime
    title: Any
    tags: tuple[Any, ...]
    categories: tuple[Any, ...]
    excerpt: str = ""
    override: Override = NO_OVERRIDE
    language: str = ""
    subsite: str = ""
    words: str = ""
    layout: str = ""
    inclusions: tuple[Inclusion, ...] = ()
    bare: tuple[Bare, ...] = ()
    """What it had none of when the blog was adopted, by the list in `_linkmgr/bare-posts.txt`."""

    lead: str = ""
    """The first sentence of its excerpt, or of its article."""

    picture: str = ""
    """The address of the picture that its front matter names."""

    has_sections: bool = False
    """Whether its article has a heading of the second level."""

    redirects: bool = False
    """Whether its page leads on to another, by the `redirect_to` of jekyll-redirect-from."""

    @property
    def known_url(self) -> str | None:
        """`url`, `None` for a page, which has its path for one."""
        return None if self.url == f"/{self.path}" else self.url

    @property
    def cards(self) -> tuple[str, ...]:
        """The items that the article's own tags show as cards."""
        return tuple(
            inclusion.item for inclusion in self.inclusions if inclusion.card and inclusion.item
        )

    @property
    def comparisons(self) -> tuple[str, ...]:
        """The comparisons that its own tags show."""
        return tuple(dict.fromkeys(tag.compare for tag in self.inclusions if tag.compare))

    @property
    def live_url(self) -> str:
        """The URL at which a reader finds the post, without the site's `baseurl`."""
        return self.subsite + self.url


# What the path of a post says: its date, its slug, its folders and its extension.

# `Document::DATE_FILENAME_MATCHER` and `DATELESS_FILENAME_MATCHER`, over the whole path.
DATED_NAME = re.compile(r"(?>.+/)*?(\d{2,4}-\d{1,2}-\d{1,2})-([^/]*)(\.[^.]+)", re.ASCII)
DATELESS_NAME = re.compile(r"(?:.+/)?([^/]*)(\.[^.]+)")


def folders(path: str, special: str) -> list[str]:
    """Return the folders above `_posts` or `_drafts`, which are categories."""
    if path.startswith(special) or special not in path:
        return []
    above = path.split(special, 1)[0].split("/")
    return [folder for folder in above if folder and folder != path.rpartition("/")[2]]


def extension(path: str) -> str:
    """Return the extension of a path, as Ruby's `File.extname` does."""
    name = path.rpartition("/")[2].lstrip(".")
    return name[dot:] if 0 < (dot := name.rfind(".")) < len(name) - 1 else ""
