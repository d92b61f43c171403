"""UTM parameters by which no analytics can tell where a visit came from."""

import re
from collections import Counter
from urllib.parse import unquote_plus

from linkmgr.links.model import UTM_PARAMETERS, is_known_medium
from linkmgr.links.urls import is_at_amazon
from linkmgr.messages.message import Message, message

_NEEDED = UTM_PARAMETERS[:3]
"""Source, medium and campaign, which always go together."""

_NAME = re.compile(r"utm_[a-z]+", re.IGNORECASE)


def has_utm(url: str) -> bool:
    """Whether there are UTM parameters anywhere in an address."""
    _, *rest = re.split("[?#]", url)
    return any(map(_parameters, rest))


def utm_problem(url: str) -> Message | None:
    """Return what is wrong with the UTM parameters of a link to another site, if anything is."""
    address, _, fragment = url.partition("#")
    found = _parameters(address.partition("?")[2])
    if _parameters(fragment.rpartition("?")[2]):
        return message("check.utm.after-fragment")
    if not found:
        return None
    if is_at_amazon(url):
        return message("check.utm.at-amazon")
    return _form_problem(found)


def unknown_medium(url: str) -> str | None:
    """Return the medium in an address by which analytics cannot tell a channel."""
    query = url.partition("#")[0].partition("?")[2]
    medium = dict(_parameters(query)).get("utm_medium")
    return medium if medium and not is_known_medium(medium) else None


def _form_problem(found: list[tuple[str, str]]) -> Message | None:
    values = {name.lower(): value for name, value in found if value}
    if missing := [name for name in _NEEDED if name not in values]:
        return message("check.utm.missing", names=(*missing,))
    times = Counter(name.lower() for name, _ in found)
    if doubled := [name for name, number in times.items() if number > 1]:
        return message("check.utm.doubled", names=(*doubled,))
    shouting = [name for name, value in found if f"{name}{value}" != f"{name}{value}".lower()]
    return message("check.utm.upper-case", names=(*shouting,)) if shouting else None


def _parameters(query: str) -> list[tuple[str, str]]:
    pairs = (part.partition("=") for part in query.split("&"))
    return [(name, unquote_plus(value)) for name, _, value in pairs if _NAME.fullmatch(name)]
