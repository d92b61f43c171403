"""One file of `_posts` or `_drafts` as Jekyll reads it (`document.rb`).

What comes out depends on the file's path, bytes and modification time and on the configuration
alone, so that it can be cached between builds.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from linkmgr.messages.errors import Problem
from linkmgr.posts.article.language import LanguageSource
from linkmgr.posts.model import Post
from linkmgr.posts.permalink import UrlParts, url_of

BOM = b"\xef\xbb\xbf"
OPENER = re.compile(rb"---\s*\n")
# The closing line, from the line feed before it to the end of the blank lines after it.
CLOSER = re.compile(rb"\n(?:---|\.\.\.)\s*$\n?", re.MULTILINE)


class Undated(NamedTuple):
    """What the URL of a post without a date is made of, once the build's time is known."""

    template: str
    parts: UrlParts


@dataclass(frozen=True, slots=True)
class Document:
    """A post that Jekyll has read and may publish.

    `published` is what its front matter says. `language_source` is where the post's language comes
    from, as far as one post shows. With `undated` set, the date is the build's time: `post` has
    neither its date nor its URL before `at` gives them.
    """

    post: Post
    published: bool
    draft: bool
    language_source: LanguageSource = "site"
    undated: Undated | None = None

    def post_at(self, now: datetime) -> Post:
        """Return the post as a build at `now`, in the site's zone, has it."""
        if self.undated is None:
            return self.post
        url = url_of(self.undated.template, self.undated.parts._replace(date=now))
        return replace(self.post, date=now, url=url)


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file's post, or why there is none.

    `body` is the article after the front matter. With `problems` Jekyll's build would fail; with
    `warnings` it goes on, though hardly as the author meant it.
    """

    document: Document | None
    body: bytes = b""
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def split_front_matter(text: bytes) -> tuple[bytes, bytes]:
    """Return the front matter, from its `---` or empty, and the article."""
    opener = OPENER.match(text)
    closer = CLOSER.search(text, opener.end() - 1) if opener else None
    if closer is None:
        return b"", text
    return text[: closer.start() + 1], text[closer.end() :]


def layout_name(value: Any) -> str:
    """Return the name of a layout by the value of its key, empty for none."""
    return value if isinstance(value, str) and value != "none" else ""
