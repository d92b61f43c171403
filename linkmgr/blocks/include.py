"""`_includes/linkmgr.html`: shows a post's fragment, a part of it, or the content with parts.

Also the keys of fragments, and where in a site the files of a build are.
"""

from hashlib import sha256
from importlib.resources import files

from linkmgr.blocks.escape import escape
from linkmgr.blocks.links import counts_code
from linkmgr.catalog.model import Catalog, Site
from linkmgr.links.model import Tracking

_HEX_DIGITS = 16
"""64 bits: among 20,000 posts two share a key with a probability of one in 90 billion."""


def post_key(path: str) -> str:
    """Hash a post's `page.path`: the name of its fragment and the `p` of its clicks."""
    return sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:_HEX_DIGITS]


INDEX = "_data/linkmgr_index.json"
INCLUDE = "_includes/linkmgr.html"
FRAGMENTS = "_includes/linkmgr/posts"
STYLESHEET = "assets/linkmgr/linkmgr.css"
SCRIPT = "assets/linkmgr/linkmgr.js"

EMPTY = "_empty"
"""The key of posts without a fragment; its file is always there."""

BASE = "linkmgr_base"
"""The Liquid variable of fragments that goes before links within the site."""

# A post's content and each of its layouts have Liquid variables of their own, but a layout sees in
# `content` what is inside it: the stylesheet is searched there too, by a tag that no escaped text
# contains. While the post itself is rendered `content` is a left-over of the page before, hence the
# key in the tag. The fragment is included even when nothing of it is shown, so that an incremental
# build knows what the page depends on. The base URL is made as Jekyll's own filter makes it, with
# one slash before it and none after, whatever the site's settings or `--baseurl` say; of one that
# begins with a scheme only the path is taken.
_FOLDER = files("linkmgr.blocks") / "liquid"
_PARTS = ("item", "block", "content", "omitted", "end", "originals")


def _template() -> str:
    """Return the include with its parts in their places, each a line of `include.html`."""
    text = (_FOLDER / "include.html").read_text(encoding="utf-8")
    for part in _PARTS:
        own = (_FOLDER / f"{part}.html").read_text(encoding="utf-8")
        text = text.replace(f"@{part.upper()}@\n", own)
    return text


_TEXT = _template()

# The elements that no block may break up. Malformed content counts as being within one of them.
_CONTAINERS = (
    *("ul", "ol", "dl", "table", "figure", "blockquote", "pre"),
    *("details", "div", "section", "aside", "script"),
)

_SCRIPT_TAG = """\
<script src="{{ linkmgr_root }}/@SCRIPT@" defer@DATA@></script>
"""


def include_text(catalog: Catalog) -> str:
    """Write the include, with the tag of the script where there is something for it to do."""
    tag = _SCRIPT_TAG.replace("@SCRIPT@", SCRIPT).replace("@DATA@", _script_data(catalog.site))
    return (
        _TEXT.replace("@EMPTY@", EMPTY)
        .replace("@BASE@", BASE)
        .replace("@STYLESHEET@", STYLESHEET)
        .replace("@CONTAINERS@", " ".join(_CONTAINERS))
        .replace("@SCRIPT_TAG@", tag if _needs_script(catalog) else "")
    )


def _needs_script(catalog: Catalog) -> bool:
    """Whether clicks are counted beside their links, or views are, or pages want to hear of them.

    All of it takes a server.
    """
    site = catalog.site
    return site.server is not None and (
        site.views
        or site.events
        or any(programme.tracking is Tracking.BEACON for programme in catalog.programmes.values())
        or any(counts_code(catalog, sold) for sold in catalog.sold())
    )


def _script_data(site: Site) -> str:
    """Return the site's settings for the script, as attributes of its tag."""
    shares = f"{site.view_percent / 100:g} {site.view_percent_large / 100:g}"
    views = f"{shares} {site.view_seconds * 1000}"
    return "".join(
        (
            " data-respect-gpc" if site.respect_gpc else "",
            f' data-server="{escape(site.server)}"' if site.views or site.events else "",
            f' data-views="{views}"' if site.views else "",
            " data-events" if site.events else "",
        )
    )
