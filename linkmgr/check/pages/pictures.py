"""The addresses of an element's pictures, as HTML names them."""

import re
from collections.abc import Iterator, Mapping

# HTML Standard, "Parsing a srcset attribute": a candidate's address ends at white space, and the
# commas at its end are no part of it; its descriptor ends at the next comma.
_CANDIDATE = re.compile(r"[\s,]*(?P<url>\S+)(?P<descriptor>[^,]*)")


def picture_urls(tag: str, values: Mapping[str, str]) -> Iterator[str]:
    """Yield the addresses of the pictures that an element with these attributes shows."""
    single = {"img": "src", "video": "poster"}.get(tag)
    if single and (url := values.get(single, "").strip()):
        yield url
    if tag in ("img", "source"):
        yield from _candidates(values.get("srcset", ""))


def _candidates(srcset: str) -> Iterator[str]:
    at = 0
    while found := _CANDIDATE.match(srcset, at):
        url = found["url"].rstrip(",")
        if url:
            yield url
        at = found.start("descriptor") if url != found["url"] else found.end()
