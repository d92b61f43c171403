"""In which language a blog wants its catalog and its blocks."""

from collections import Counter
from contextlib import suppress
from itertools import islice
from pathlib import Path

from linkmgr.messages.language import ENGLISH, LANGUAGES, Language
from linkmgr.posts.article.language import primary
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.document_reader import parse_file
from linkmgr.posts.site import PostFile, post_files

_READ = 50
"""Posts that show a blog's language; the newest by their names' dates."""


def blog_language(root: Path, config: JekyllConfig) -> Language:
    """Return the language of the site's settings, else of most of its posts, else English."""
    spoken = config.language or _posts_language(root, config)
    return next((each for each in LANGUAGES if each == primary(spoken)), ENGLISH)


def _posts_language(root: Path, config: JekyllConfig) -> str:
    files = sorted(post_files(root, config), key=_name, reverse=True)
    found: Counter[str] = Counter()
    for file in islice(files, _READ):
        with suppress(OSError):
            parsed = parse_file(file.path, file.read(), file.mtime_ns / 1e9, config)
            if parsed.document and parsed.document.post.language:
                found[primary(parsed.document.post.language)] += 1
    return max(found, key=found.__getitem__, default="")


def _name(file: PostFile) -> str:
    return file.path.rpartition("/")[2]
