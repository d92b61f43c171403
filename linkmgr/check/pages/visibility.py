"""What readers see of an element, as far as its own attributes tell."""

from collections.abc import Mapping

# Classes by which themes keep a text for screen readers alone.
_FOR_SCREEN_READERS = frozenset(("sr-only", "visually-hidden", "screen-reader-text"))
_INVISIBLE = (
    *("visibility:hidden;", "opacity:0;", "font-size:0;"),
    *("left:-9999px;", "text-indent:-9999px;", "clip:rect(0,0,0,0);", "clip:rect(0000);"),
)


def is_hidden(values: Mapping[str, str]) -> bool:
    """Whether an element and all that is in it is not on the page."""
    return "hidden" in values or "display:none" in _style(values)


def is_invisible(values: Mapping[str, str], classes: list[str]) -> bool:
    """Whether an element has its place on the page, but nobody sees its text."""
    if not _FOR_SCREEN_READERS.isdisjoint(classes):
        return True
    style = f"{_style(values)};"
    return any(each in style for each in _INVISIBLE)


def _style(values: Mapping[str, str]) -> str:
    return values.get("style", "").replace(" ", "").lower()
