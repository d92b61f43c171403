"""Which advertiser's programme within a network a link is of, by the address alone."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from linkmgr.links.wrappers import address_of

_A8 = "a8"
# Four numbers in base 36, the last two of which are the program ID, split after its twelfth digit,
# and the material: `1WP2+63OY9` is 89030 and 10250001, which is s00000008903001 and material
# 025000. Compared in November 2026 with the IDs beside 14 links in public posts, which are those
# of the tests.
_A8_MATERIAL = re.compile(
    r"[0-9A-Z]+[+ ][0-9A-Z]+[+ ](?P<first>[0-9A-Z]{1,9})[+ ](?P<last>[0-9A-Z]{4,9})"
)
_A8_FIRST_DIGITS, _A8_LAST_DIGITS, _A8_MATERIALS = 12, 2, 10_000_000

# The parameter that names the advertiser's programme, as in issued code in public posts.
_PARAMETERS: Mapping[str, str] = MappingProxyType(
    {
        "moshimo": "p_id",
        "valuecommerce": "pid",
        "awin": "awinmid",
        "linkshare": "mid",
        "shareasale": "m",
    }
)


def advertiser_programme(network: str, url: str) -> str | None:
    """Return the ID that a network gives the programme of a link, `None` if it shows none.

    A8's is the `s` with 14 digits that its pages call プログラムID.
    """
    address = address_of(url)
    if address is None:
        return None
    if network == _A8:
        return _of_a8(address.parameter("a8mat") or "")
    parameter = _PARAMETERS.get(network)
    return address.parameter(parameter) if parameter else None


def _of_a8(material: str) -> str | None:
    found = _A8_MATERIAL.fullmatch(material)
    if found is None:
        return None
    first, last = int(found["first"], 36), int(found["last"], 36) // _A8_MATERIALS
    program = f"{first:0{_A8_FIRST_DIGITS}}{last:0{_A8_LAST_DIGITS}}"
    return f"s{program}" if len(program) == _A8_FIRST_DIGITS + _A8_LAST_DIGITS else None
