"""A post's blocks as HTML that needs nothing of linkmgr: no include, no server, no script."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from linkmgr.blocks.escape import escape
from linkmgr.blocks.places import TEXT_ITEMS, Spot, parts_of
from linkmgr.blocks.render import Renderer
from linkmgr.blocks.text_items import text_items, worded
from linkmgr.catalog.blocks import Place
from linkmgr.catalog.model import Catalog
from linkmgr.posts.article.inclusions import Inclusion
from linkmgr.resolver.model import TEXT, Placement, PostResolution

_BLOCK = re.compile(r"<!-- linkmgr:([\w-]+) -->\n(.*?)<!-- linkmgr:\1 -->", re.DOTALL)
_DISCLOSURE = re.compile(
    r"<!-- linkmgr:disclosure -->\n(.*?)<!-- linkmgr:disclosure -->\n", re.DOTALL
)
_WITHOUT_TAG = (Place.BEFORE_CONTENT, Place.MIDDLE, Place.END)
_LABELLED = 'class="linkmgr-label"'

# What was put at the end of a post ends it; anywhere else it may be quoted.
_EJECTED = re.compile(rb"^<!-- /linkmgr:[\w-]+ -->\s*\Z", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PlainBlocks:
    """The blocks of one post by name, each closed by a comment; `disclosure` belongs to ads.

    `spots` are the names by where a page shows them. `items` are those of the text, by their id
    and whether they are cards.
    """

    blocks: Mapping[str, str]
    disclosure: str
    spots: Mapping[Spot, Sequence[str]]
    items: Mapping[tuple[str, bool], str]

    def shown(self, *names: str) -> str:
        """Return the named blocks in the catalog's order.

        Of ads without the last block's disclosure, it comes after them: the include does so too.
        """
        html = "\n".join(self.blocks[name] for name in self.blocks if name in names)
        if _LABELLED in html and self.disclosure and self.disclosure not in html:
            html += self.disclosure
        return html

    def at(self, *places: str) -> list[str]:
        """Return the names of the blocks that are at these places."""
        found = (names for spot, names in self.spots.items() if spot.place in places)
        return [name for names in found for name in names]

    def by_hand(self, tag: Inclusion) -> str:
        """Return what an article's own tag shows."""
        if tag.item is not None:
            return self._item(tag.item, tag)
        if tag.block is not None:
            # The disclosure of a block by hand may be further down.
            return self.blocks.get(tag.block, "")
        return self.shown(*self.at(*_WITHOUT_TAG))

    def _item(self, item: str, tag: Inclusion) -> str:
        html = self.items.get((item, tag.card))
        if html is None:
            return str(escape(tag.text or ""))
        return html if tag.card else worded(html, tag.text)


class PlainRenderer:
    """Renders blocks for one catalog with direct links, by the site's own templates."""

    def __init__(self, catalog: Catalog, templates: Mapping[str, str], baseurl: str) -> None:
        direct = replace(catalog, site=replace(catalog.site, server=None))
        self._renderer = Renderer(direct, templates, baseurl)

    def blocks(self, resolution: PostResolution) -> PlainBlocks:
        """Return the blocks that a post shows.

        The comment before each names its items, so that `adopt` gives them the same ids again.
        """
        fragment = self._renderer.fragment(resolution)
        disclosure = _DISCLOSURE.search(fragment)
        blocks: dict[str, str] = {}
        spots: dict[Spot, list[str]] = {}
        items: dict[tuple[str, bool], str] = {}
        for spot, part in parts_of(fragment):
            if spot.place == TEXT_ITEMS:
                items = {
                    (item, card): _card(resolution.text[item].item, html) if card else html
                    for (item, card), html in text_items(part).items()
                }
                continue
            for name, html in _BLOCK.findall(part):
                placed = resolution.blocks.get(name)
                if placed is None:  # the disclosure of links in the text
                    continue
                shown = [each.item for each in placed if isinstance(each, Placement)]
                blocks[name] = _closed(name, shown, html)
                spots.setdefault(spot, []).append(name)
        in_order = {name: blocks[name] for name in resolution.blocks if name in blocks}
        return PlainBlocks(in_order, disclosure[1] if disclosure else "", spots, items)


def _card(item: str, html: str) -> str:
    _, framed = _BLOCK.findall(html)[0]
    return _closed(TEXT, [item], framed)


def _closed(name: str, items: Sequence[str], html: str) -> str:
    """Put a block between the comments by which `adopt` knows it."""
    plain = _DISCLOSURE.sub(r"\1", html).strip()
    opening = " ".join((f"<!-- linkmgr:{name}", *items, "-->"))
    return f"{opening}\n{plain}\n<!-- /linkmgr:{name} -->\n"


def has_ejected(raw: bytes) -> bool:
    """Whether a post has its blocks as HTML already, from a run that was interrupted."""
    return _EJECTED.search(raw) is not None
