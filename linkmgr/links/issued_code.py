"""Code that programmes issue for pasting: pictures that count views, and scripts.

It belongs together with its link: A8 and もしも forbid changes to it, and バリューコマース a link
without its picture. The shapes are those of codes in public posts, as read in November 2026.
"""

import re
from collections.abc import Iterator

from linkmgr.links.model import AMAZON

_PICTURES = {
    "moshimo": rb"i\.moshimo\.com/af/i/impression\b",
    "a8": rb"www[0-9]*\.a8\.net/0\.gif\b",
    "valuecommerce": rb"ad\.jp\.ap\.valuecommerce\.com/servlet/gifbanner\b",
    "rakuten": rb"hbb\.afl\.rakuten\.co\.jp/h[gs]b/",
    "afb": rb"t\.afi-b\.com/lead/",
    "accesstrade": rb"h\.accesstrade\.net/sp/rr\b",
    "felmat": rb"t\.felmat\.net/fmimp/",
    "linkshare": rb"ad\.linksynergy\.com/fs-bin/show\b",
    "awin": rb"\bawin1\.com/cshow\.php\b",
}
_SCRIPTS = {
    "moshimo": rb"\bmsmaflink\s*\(\s*\{",
    AMAZON: rb"\bamzn_assoc_\w+\s*=|\bamazon_ad_tag\s*=",
    "valuecommerce": rb"valuecommerce\.com/servlet/(?:js|smartphone)banner\b|data-vc_mylinkbox_id",
    "rakuten": rb"\brakuten_affiliateId\s*=",
    "a8": rb"\brot[0-9]*\.a8\.net/jsa/",
}


def _joined(shapes: dict[str, bytes]) -> re.Pattern[bytes]:
    named = (b"(?P<%s>%s)" % (name.encode(), shape) for name, shape in shapes.items())
    return re.compile(b"|".join(named), re.IGNORECASE)


_PICTURE, _SCRIPT = _joined(_PICTURES), _joined(_SCRIPTS)
# Most posts have none of these words, and need no closer search.
_HINTS = (
    *(b"moshimo", b"a8.net", b"valuecommerce", b"rakuten", b"afi-b", b"accesstrade", b"felmat"),
    *(b"linksynergy", b"awin1", b"msmaflink", b"amzn_assoc", b"amazon_ad_tag", b"vc_mylinkbox"),
)


def may_contain_code(raw: bytes) -> bool:
    """Whether a text may contain such code: a quick test."""
    return any(hint in raw for hint in _HINTS)


def find_code(raw: bytes, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Yield where in a text a programme's code counts views or is a script, with the programme."""
    for shapes in (_PICTURE, _SCRIPT):
        for found in shapes.finditer(raw, start, end):
            yield found.start(), found.lastgroup or ""
