"""Redirectors of affiliate schemes: links whose true target is in one of their parameters."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

# Servers that get an address to share, translate or show, and earn nothing from it.
_SHARERS = re.compile(
    r"(?:.*\.)?(?:twitter\.com|x\.com|facebook\.com|hatena\.ne\.jp|line\.me|getpocket\.com"
    r"|pinterest\.\w+|reddit\.com|linkedin\.com|translate\.goog(?:le\.com)?|archive\.org"
    r"|feedly\.com|validator\.w3\.org|google\.\w+(?:\.\w+)?)"
)

# One more layer than any redirector was seen to have (moshimo around Rakuten around a shop).
MAX_DEPTH = 4
# Further parameters of an address are not searched.
_MOST_PARAMETERS = 64

_ADDRESS = re.compile(r"(?:https?:)?//(?P<host>[^/?#\s]+)(?P<path>[^?#]*)", re.IGNORECASE)
_TARGET = re.compile(r"(?:https?:)?//[^/?#\s]+\.[^/?#\s]+", re.IGNORECASE)
_ENCODED_TARGET = re.compile(r"https?%(?:25)*3a", re.IGNORECASE)


class Address(NamedTuple):
    """A parsed address; `parameters` are as written, in order."""

    host: str
    path: str
    parameters: tuple[tuple[str, str], ...]

    def parameter(self, *names: str) -> str | None:
        """Return the decoded value of the first of these parameters that is not empty."""
        for wanted in names:
            for name, value in self.parameters:
                if value and name.lower() == wanted:
                    return unquote(value)
        return None


def address_of(url: str) -> Address | None:
    """Parse an address with a server; `None` for anything else."""
    match = _ADDRESS.match(url)
    if match is None:
        return None
    host = match["host"].rpartition("@")[2].partition(":")[0].lower().rstrip(".")
    query = url[match.end() :].partition("#")[0].removeprefix("?")
    parts = query.replace("&amp;", "&").replace(";", "&").split("&", _MOST_PARAMETERS)
    pairs = (part.partition("=") for part in parts[:_MOST_PARAMETERS] if part)
    return Address(host, match["path"], tuple((name, value) for name, _, value in pairs))


def targets_of(address: Address) -> Iterator[str]:
    """Yield the addresses in the parameters of a redirector, decoded."""
    if _SHARERS.fullmatch(address.host):
        return
    for _, value in address.parameters:
        target = value
        for _ in range(MAX_DEPTH):
            if _TARGET.match(target):
                yield target
                break
            if "%" not in target:
                break
            target = unquote(target)


def may_wrap(url: str) -> bool:
    """Whether an address may have another in it: a quick test before it is parsed."""
    return "?" in url and ("//" in url.partition("?")[2] or bool(_ENCODED_TARGET.search(url)))
