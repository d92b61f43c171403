"""Small makers of what the posts package works on."""

from linkmgr.posts.config import JekyllConfig, parse_config
from linkmgr.posts.document import ParsedFile, parse_file

TOKYO = "timezone: Asia/Tokyo\nfuture: true\n"


def make_config(text: str = "") -> JekyllConfig:
    return parse_config(TOKYO + text, "_config.yml")


def read(front, *, path="_posts/2021-05-06-a-post.md", config="", mtime=0.0) -> ParsedFile:
    """Read a post of that front matter, a line each or one text."""
    lines = front if isinstance(front, str) else "\n".join(front)
    return parse_file(path, f"---\n{lines}\n---\nBody.\n".encode(), mtime, make_config(config))


def post_of(front="", **over):
    return read(front, **over).document.post


def problems_of(front, **over):
    return [str(problem) for problem in read(front, **over).problems]
