"""A post's blocks as HTML that needs nothing of linkmgr: no include, no server, no script."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from linkmgr.blocks.render import Renderer
from linkmgr.catalog.model import Catalog
from linkmgr.resolver.model import Placement, PostResolution

_BLOCK = re.compile(r"<!-- linkmgr:([\w-]+) -->\n(.*?)<!-- linkmgr:\1 -->", re.DOTALL)
_DISCLOSURE = re.compile(
    r"<!-- linkmgr:disclosure -->\n(.*?)<!-- linkmgr:disclosure -->\n", re.DOTALL
)
_LABELLED = 'class="linkmgr-label"'

# What was put at the end of a post ends it; anywhere else it may be quoted.
_EJECTED = re.compile(rb"^<!-- /linkmgr:[\w-]+ -->\s*\Z", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PlainBlocks:
    """The blocks of one post by name, each closed by a comment; `disclosure` belongs to ads."""

    blocks: Mapping[str, str]
    disclosure: str

    def shown(self, *names: str | None) -> str:
        """Return the named blocks in the catalog's order, all where `None` is among the names.

        Of ads without the last block's disclosure, it comes after them: the include does so too.
        """
        chosen = [name for name in self.blocks if None in names or name in names]
        html = "\n".join(self.blocks[name] for name in chosen)
        if _LABELLED in html and self.disclosure and self.disclosure not in html:
            html += self.disclosure
        return html


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
        blocks = {}
        for name, html in _BLOCK.findall(fragment):
            placed = resolution.blocks[name]
            items = [each.item for each in placed if isinstance(each, Placement)]
            plain = _DISCLOSURE.sub(r"\1", html).strip()
            opening = " ".join((f"<!-- linkmgr:{name}", *items, "-->"))
            blocks[name] = f"{opening}\n{plain}\n<!-- /linkmgr:{name} -->\n"
        return PlainBlocks(blocks, disclosure[1] if disclosure else "")


def has_ejected(raw: bytes) -> bool:
    """Whether a post has its blocks as HTML already, from a run that was interrupted."""
    return _EJECTED.search(raw) is not None
