"""Small makers of what the posts package works on."""

from linkmgr.posts.config import JekyllConfig, parse_config
from linkmgr.posts.document import ParsedFile
from linkmgr.posts.document_reader import parse_file
from linkmgr.posts.ruby.values import Jekyll

TOKYO = "timezone: Asia/Tokyo\nfuture: true\n"


def make_config(text: str = "", package="debian") -> JekyllConfig:
    return parse_config(TOKYO + text, "_config.yml", Jekyll(package))


def read(
    front, *, path="_posts/2021-05-06-a-post.md", config="", mtime=0.0, package="debian"
) -> ParsedFile:
    """Read a post of that front matter, a line each or one text."""
    lines = front if isinstance(front, str) else "\n".join(front)
    text = f"---\n{lines}\n---\nBody.\n".encode()
    return parse_file(path, text, mtime, make_config(config, package))


def post_of(front="", **over):
    return read(front, **over).document.post


def problems_of(front, **over):
    return [str(problem) for problem in read(front, **over).problems]
