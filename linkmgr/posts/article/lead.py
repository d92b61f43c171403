"""What a list of posts shows of an article beside its title: its first sentence, its picture."""

import re
from collections.abc import Mapping
from typing import Any

from linkmgr.messages.message import shortened
from linkmgr.posts.article.text import Spans, fenced, resolve_references

MAX_LEAD = 120
"""Characters of a first sentence, some three lines of a phone."""

_READ = 4_000
"""The bytes of an article's beginning in which its first paragraph is looked for."""

# What a paragraph of prose doesn't begin with: headings, quotations, lists, tables, code that is
# indented, pictures, Liquid, attributes of kramdown, elements of HTML but those of a text.
_NOT_PROSE = re.compile(
    r"#|>|[-*+] |\d+[.)] |\||    |\t|!\[|\{[%:{]|\[\^"
    r"|<(?!p[ >]|a[ >]|b>|i>|em>|strong>|span[ >]|code>)"
)
_RULE = re.compile(r"(?:[-*_=] *){3,}")
_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])")
_REMOVED = re.compile(
    r"<!--.*?-->|<[^<>]*>|\{%.*?%\}|\{\{.*?\}\}|\{:[^}]*\}|\[\^[^\]]*\]", re.DOTALL
)
_EMPHASIS = re.compile(r"\*+|`+|(?<!\w)_+|_+(?!\w)")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_BETWEEN_LINES = re.compile(
    r"(?<=[\u3000-\u9fff\uff00-\uffef])\s*\n\s*(?=[\u3000-\u9fff\uff00-\uffef])"
)
_SENTENCE = re.compile(r".*?(?:[。！？](?![」』）])|[.!?](?=\s|$)[\"”’)]?)")

# Headings of the second level: by signs, by a line below, by an element.
_SECTION = re.compile(
    rb"^(?:##[ \t]+\S|[^\s#>|-][^\n]*\n-+[ \t\r]*$|<h2[\s>])", re.MULTILINE | re.IGNORECASE
)


def lead(excerpt: str, body: bytes) -> str:
    """Return the first sentence of a post's own excerpt, or else of its first paragraph.

    It is text, without marks of Markdown; empty where an article begins with no prose.
    """
    paragraph = excerpt or _first_paragraph(body[:_READ])
    text = _plain(paragraph)
    sentence = _SENTENCE.match(text)
    return shortened(sentence[0] if sentence else text, MAX_LEAD)


def _first_paragraph(body: bytes) -> str:
    for start, end in reversed([*fenced(body)]):
        body = body[:start] + b"\n\n" + body[end:]
    for paragraph in re.split(r"\n[ \t\r]*\n", body.decode(errors="ignore")):
        prose = paragraph.strip("\r\n")
        is_heading = _RULE.fullmatch(prose.rpartition("\n")[2])
        if not is_heading and not _NOT_PROSE.match(prose) and _plain(prose):
            return prose
    return ""


def _plain(markdown: str) -> str:
    """Return a paragraph of Markdown as text on one line."""
    text = _LINK.sub(r"\1", _PICTURE.sub("", markdown))
    text = _EMPHASIS.sub("", _REMOVED.sub("", text))
    text = _BETWEEN_LINES.sub("", _ESCAPED.sub(r"\1", text))
    return " ".join(resolve_references(text).split())


def has_sections(body: bytes) -> bool:
    """Whether an article has a heading of the second level."""
    if not _SECTION.search(body):
        return False
    code = Spans(list(fenced(body)))
    return any(heading.start() not in code for heading in _SECTION.finditer(body))


def picture(values: Mapping[Any, Any]) -> str:
    """Return the address of the picture that a post's front matter has, empty for none.

    Its keys are those of jekyll-seo-tag, Chirpy and Minimal Mistakes (`image`, `image.path`,
    `header.teaser`), and `thumbnail`.
    """
    image, header = values.get("image"), values.get("header")
    if isinstance(image, dict):
        image = image.get("path") or image.get("url")
    teaser = header.get("teaser") if isinstance(header, dict) else None
    for address in (image, teaser, values.get("thumbnail")):
        if isinstance(address, str) and address.strip():
            return address.strip()
    return ""
