"""What the first build by other rules says: which links change, why, and what keeps them."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.parse import tree_of
from linkmgr.catalog.reading.programme_warnings import line_of
from linkmgr.catalog.reading.yaml.nodes import MappingNode, ProblemCollector
from linkmgr.links.model import Tracking
from linkmgr.links.programmes.profiles import default_tracking
from linkmgr.messages.errors import Problem
from linkmgr.messages.message import Param, message

# A link through the server as `item_link` writes it, in HTML: the item, and the further shop.
_REDIRECTED = re.compile(
    rb"/go/(?P<item>[a-z0-9-]+)\?p=[0-9a-f]{16}&(?:amp;)?b=[^\"'&\s]+"
    rb"(?:&(?:amp;)?s=(?P<shop>[a-z0-9-]+))?"
)

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class _Dropped:
    """Links that are redirected no longer: whose, and what in the catalog keeps the redirect."""

    links_of: str
    keep: str


def dropped_redirects(
    fragments: Iterable[Path], catalog: Catalog, file: str, text: bytes
) -> Problem | None:
    """Return what to say if links of posts were redirected and by default no longer are.

    `fragments` are the files that will be replaced; `text` is the catalog's, `file` its name.
    """
    before = [_redirected(fragment) for fragment in fragments] if catalog.site.server else []
    if not any(before):
        return None
    tree = tree_of(text, ProblemCollector(file))
    dropped = {link: _dropped(catalog, tree, *link) for links in before for link in links}
    changes = [{found for link in links if (found := dropped[link])} for links in before]
    posts = sum(map(bool, changes))
    if not posts:
        return None
    most = [each for each, _ in Counter(d for found in changes for d in found).most_common()]
    links: Param = tuple(each.links_of for each in most[:_MOST_NAMED])
    keep: Param = "; ".join(each.keep for each in most[:_MOST_NAMED])
    if (more := len(most) - _MOST_NAMED) > 0:
        links = message("build.links-and-more", links=links, count=more)
        keep = message("build.keys-and-more", keys=keep, count=more)
    dropped_links = message("build.redirects-dropped", count=posts, links=links, keep=keep)
    return Problem.at(file, line_of(tree, ("programmes",)) or 0, "programmes", dropped_links)


def _redirected(fragment: Path) -> set[tuple[str, str]]:
    """Return item and further shop (or "") of each redirected link in a fragment."""
    return {
        (found["item"].decode(), (found["shop"] or b"").decode())
        for found in _REDIRECTED.finditer(fragment.read_bytes())
    }


def _dropped(catalog: Catalog, tree: MappingNode, item_id: str, shop: str) -> _Dropped | None:
    """Say what became of a link, `None` if it is not the default that changed it."""
    item = catalog.items.get(item_id)
    programme = catalog.programmes.get(shop or (item.programme if item else ""))
    if item is None or programme is None:
        return None
    if not shop and (known := catalog.passes_for_own(programme, item.url)):
        redirect = (
            f"programmes.{known.id}.tracking: redirect"
            if known.id in catalog.programmes
            else f"programmes.{known.id}: {{name: {known.name}, tracking: redirect}}"
        )
        keep = f"{item.kind.section}.{item.id}.programme: {known.id} with {redirect}"
        return _Dropped(f"{item.kind.section}.{item.id}", keep)
    key = ("programmes", programme.id, "tracking")
    by_default = default_tracking(programme.id) is Tracking.DIRECT
    is_default = by_default and line_of(tree, key) is None
    if programme.tracking is Tracking.REDIRECT or not is_default:
        return None
    return _Dropped(programme.id, f"programmes.{programme.id}.tracking: redirect")
