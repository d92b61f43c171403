"""What the first build by other rules for links says: which posts change, and why."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from linkmgr.catalog.affiliates import NAMES, passes_for_own
from linkmgr.catalog.model import Catalog, Tracking
from linkmgr.catalog.nodes import Mapping as Node
from linkmgr.catalog.parse import tree_of
from linkmgr.catalog.programme_rules import line_of
from linkmgr.catalog.report import Report
from linkmgr.errors import Problem

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
) -> Iterator[Problem]:
    """Yield what to say if links of posts were redirected and by default are so no longer.

    `fragments` are the files that will be replaced; `text` is the catalog's, `file` its name.
    """
    before = [_redirected(fragment) for fragment in fragments]
    if not any(before):
        return
    tree = tree_of(text, Report(file))
    dropped = {link: _dropped(catalog, tree, *link) for links in before for link in links}
    changes = [{found for link in links if (found := dropped[link])} for links in before]
    posts = sum(map(bool, changes))
    if not posts:
        return
    most = [each for each, _ in Counter(d for found in changes for d in found).most_common()]
    links_of = _listed([each.links_of for each in most])
    keep = _listed([each.keep for each in most])
    message = (
        f"{posts} post{' changes' if posts == 1 else 's change'}: links of {links_of} no longer go "
        "through /go/ and are not counted, since only links of your own site are redirected unless "
        "the catalog says otherwise (many programmes forbid it); to keep the redirect, write "
        f"{keep}"
    )
    yield Problem(file, line_of(tree, ("programmes",)) or 0, "programmes", message)


def _redirected(fragment: Path) -> set[tuple[str, str]]:
    """Return item and further shop (or "") of each redirected link in a fragment."""
    return {
        (found["item"].decode(), (found["shop"] or b"").decode())
        for found in _REDIRECTED.finditer(fragment.read_bytes())
    }


def _dropped(catalog: Catalog, tree: Node, item_id: str, shop: str) -> _Dropped | None:
    """Say what became of a link, `None` if it is not the default that changed it."""
    item = catalog.items.get(item_id)
    programme = catalog.programmes.get(shop or (item.programme if item else ""))
    if item is None or programme is None:
        return None
    if known := None if shop else passes_for_own(programme, item.url):
        entry = f"programmes.{known}"
        there = known in catalog.programmes
        redirect = (
            f"{entry}.tracking: redirect"
            if there
            else f"{entry}: {{name: {NAMES[known]}, tracking: redirect}}"
        )
        keep = f"ctas.{item.id}.programme: {known} and {redirect}"
        return _Dropped(f"the CTA {item.id}", keep)
    key = ("programmes", programme.id, "tracking")
    if programme.tracking is Tracking.REDIRECT or line_of(tree, key) is not None:
        return None
    return _Dropped(programme.id, f"programmes.{programme.id}.tracking: redirect")


def _listed(words: list[str]) -> str:
    more = len(words) - _MOST_NAMED
    return ", ".join(words[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
