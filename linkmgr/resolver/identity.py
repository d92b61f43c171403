"""What tells whether a post is, for its likeness to others, the same as in an earlier build."""

from linkmgr import __version__
from linkmgr.posts.model import Post


def identity(post: Post) -> bytes:
    """Return all of a post that decides how alike it is to others."""
    date, terms = post.date.isoformat(), (post.tags, post.categories)
    values = post.path, post.live_url, post.language, date, post.title, terms, post.redirects
    return f"{__version__} {values!r} {post.words}".encode(errors="replace")
