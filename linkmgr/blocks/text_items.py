"""Items that an article's own tags put into its text, as a fragment keeps them for the include."""

import re
from typing import NamedTuple

from markupsafe import Markup

from linkmgr.blocks.escape import escape
from linkmgr.blocks.voice import Text

_SLOT = "<!-- linkmgr-text -->"

# In an article these mean something to Markdown, and a reference to a character never does.
_MARKDOWN = re.compile(r"[!-/:-@\[-`{-~]")

# Of issued code its tags and its references stay as they are, and the rest is text.
_CODE = re.compile(r"<[^>]*>|&#?\w+;|[!-/:-@\[-`{-~]")

_ITEM = re.compile(
    r"<!-- linkmgr-item (?P<item>[a-z0-9-]+) (?P<form>link|card) -->(?P<html>.*?)"
    r"<!-- linkmgr-item (?P=item) (?P=form) -->",
    re.DOTALL,
)


class TextItem(NamedTuple):
    """An item's HTML between its markers. `programmes` are those whose affiliate links it has."""

    html: str
    programmes: frozenset[str]


def text_item(name: str, form: str, html: str, programmes: frozenset[str]) -> TextItem:
    """Put an item's HTML between the markers by which the include finds it."""
    marker = f"<!-- linkmgr-item {name} {form} -->"
    return TextItem(f"{marker}{html}{marker}\n", programmes)


def in_slot(words: Markup) -> Markup:
    """Mark the words of a link, so that the include can put the tag's own in their place."""
    return Markup(f"{_SLOT}{words}{_SLOT}")  # noqa: S704 - of markup


class Words(NamedTuple):
    """Words of a paragraph of Markdown, and the attribute that names their language."""

    text: Markup
    lang: Markup

    @classmethod
    def of(cls, text: Text) -> "Words":
        """Escape a text for HTML, Liquid and Markdown, which ends a paragraph at a blank line."""
        escaped = "".join(
            f"&#{ord(letter)};" if _MARKDOWN.fullmatch(letter) else escape(letter)
            for letter in " ".join(text.split())
        )
        return cls(Markup(escaped), text.lang)  # noqa: S704 - each letter is escaped


def code_in_markdown(code: str) -> str:
    """Write issued code so that it comes out of a paragraph of Markdown with its own words."""
    return _CODE.sub(
        lambda found: found[0] if len(found[0]) > 1 else f"&#{ord(found[0])};",
        re.sub(r"\n\s*\n", "\n", code),
    )


def text_items(html: str) -> dict[tuple[str, bool], str]:
    """Return the HTML of items by their id and whether they are cards, from that of a fragment."""
    return {(each["item"], each["form"] == "card"): each["html"] for each in _ITEM.finditer(html)}


def worded(html: str, text: str | None) -> str:
    """Return the HTML of a link with the words of its tag; issued code keeps its own."""
    if _SLOT not in html:
        return html
    before, own, after = html.split(_SLOT)
    return before + (own if text is None else str(escape(text))) + after
