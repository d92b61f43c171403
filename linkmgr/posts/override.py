"""What a post's front matter says under `linkmgr:`."""

from collections.abc import Iterator
from typing import Any

from linkmgr.links.model import AMAZON
from linkmgr.messages.message import Message, message
from linkmgr.posts.model import NO_OVERRIDE, Override

MOST_ITEMS = 1_000
KEYS = ("books", "products", "cta", "exclude", "limit", "tag")
_LISTS = ("books", "products", "exclude")

Wrong = tuple[str, Message]
"""A dotted key and what is wrong with its value."""


def parse_override(value: Any) -> tuple[Override, tuple[Wrong, ...]]:
    """Return the override, and what is wrong with it by key."""
    if value is None:
        return NO_OVERRIDE, ()
    if value is False:
        return Override(disabled=True), ()
    if not isinstance(value, dict):
        return NO_OVERRIDE, (("linkmgr", message("jekyll.override", keys=KEYS)),)
    wrong = tuple(_wrong(value))
    if wrong:
        return NO_OVERRIDE, wrong
    books, products, exclude = (value.get(key) for key in _LISTS)
    return Override(
        books=None if books is None else tuple(books),
        products=None if products is None else tuple(products),
        cta=_ctas(value.get("cta")),
        exclude=tuple(exclude or ()),
        limit=value.get("limit"),
        tags=_tags(value.get("tag")),
    ), ()


def _ctas(value: str | list[str] | None) -> tuple[str, ...] | None:
    """Return the CTAs of a post, most of which name one without a list."""
    if value is None:
        return None
    return (value,) if isinstance(value, str) else tuple(value)


def _tags(value: str | dict[str, str] | None) -> tuple[tuple[str, str], ...]:
    if isinstance(value, str):
        return ((AMAZON, value),)
    return tuple(value.items()) if value else ()


def _wrong(value: dict[Any, Any]) -> Iterator[Wrong]:
    for key in value:
        if key not in KEYS:
            yield f"linkmgr.{key}", message("jekyll.override-key", keys=KEYS)
    for key in _LISTS:
        if value.get(key) is not None and not _is_list_of_texts(value[key]):
            yield f"linkmgr.{key}", message("jekyll.override-ids")
    cta = value.get("cta")
    if cta is not None and type(cta) is not str and not _is_list_of_texts(cta):
        yield "linkmgr.cta", message("jekyll.override-cta")
    limit = value.get("limit")
    if limit is not None and not (type(limit) is int and 0 <= limit <= MOST_ITEMS):
        yield "linkmgr.limit", message("jekyll.override-limit", most=MOST_ITEMS)
    tag = value.get("tag")
    texts = [*tag, *tag.values()] if isinstance(tag, dict) else [tag]
    if tag is not None and not all(type(text) is str for text in texts):
        yield "linkmgr.tag", message("jekyll.override-tag")


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(type(each) is str for each in value)
