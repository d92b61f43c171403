"""The HTML of a post's blocks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from jinja2 import Template

from linkmgr.blocks.escape import BASEURL, POST_KEY
from linkmgr.blocks.keys import post_key
from linkmgr.blocks.templating import Templates
from linkmgr.blocks.views import ItemView, PostView, disclosure, item_view, post_view
from linkmgr.blocks.wording import WORDING
from linkmgr.catalog.model import Block, Catalog
from linkmgr.resolver.model import Placement, PostResolution, Related

_NO_OVERRIDES: Mapping[str, str] = MappingProxyType({})


_Frame = tuple[str, str, str, Template]
"""What is the same about a block in every post: the first four fields of its view."""


@dataclass(frozen=True, slots=True)
class BlockView:
    """A block as `fragment.html` and its own template see it.

    `ad_label` stands before the first affiliate link and is empty where there is none;
    `disclosure` is given to the last block that has one.
    """

    name: str
    classes: str
    heading: str
    template: Template
    items: tuple[PostView | ItemView, ...]
    ad_label: str
    disclosure: tuple[str, ...]


class Renderer:
    """Renders fragments for one catalog.

    `overrides` are the site's templates by file name (`books.html`). `baseurl` goes before links
    within the site: Liquid for a fragment, a literal for a preview.
    """

    def __init__(
        self,
        catalog: Catalog,
        overrides: Mapping[str, str] = _NO_OVERRIDES,
        baseurl: str = "{{ site.baseurl }}",
    ) -> None:
        self._catalog = catalog
        self._baseurl = baseurl
        self._templates = Templates(overrides)
        self._frames = {block.name: self._frame(block) for block in catalog.blocks}
        self._ad_label = catalog.site.ad_label or WORDING[catalog.site.language].ad_label
        self._posts: dict[str, PostView] = {}
        self._items: dict[tuple[str, int, str], ItemView] = {}

    def fragment(self, resolution: PostResolution) -> str:
        """Render all blocks of a post; empty when it has none."""
        if not resolution.blocks:
            return ""
        values = {"blocks": self._blocks(resolution), "language": self._catalog.site.language}
        html = self._templates.render("fragment.html", values)
        html = html.replace(POST_KEY, post_key(resolution.post.path))
        return html.replace(BASEURL, self._baseurl)

    def _blocks(self, resolution: PostResolution) -> list[BlockView]:
        items = {
            name: tuple(self._view(placement) for placement in placements)
            for name, placements in resolution.blocks.items()
        }
        earning = {name: _programmes(views) for name, views in items.items()}
        last = next((name for name in reversed(earning) if earning[name]), None)
        return [
            BlockView(
                *self._frames[name],
                views,
                self._ad_label if earning[name] else "",
                disclosure(self._catalog, _union(earning.values())) if name == last else (),
            )
            for name, views in items.items()
        ]

    def _view(self, placement: Placement | Related) -> PostView | ItemView:
        if isinstance(placement, Related):
            path = placement.post.path
            if path not in self._posts:
                self._posts[path] = post_view(placement.post)
            return self._posts[path]
        place = (placement.block, placement.rank, placement.item)
        if place not in self._items:
            item = self._catalog.items[placement.item]
            self._items[place] = item_view(self._catalog, item, placement.block, placement.rank)
        return self._items[place]

    def _frame(self, block: Block) -> _Frame:
        words = WORDING[self._catalog.site.language]
        classes = f"linkmgr linkmgr-{block.kind}"
        return (
            block.name,
            classes if block.name == block.kind else f"{classes} linkmgr-{block.name}",
            words.headings[block.kind] if block.heading is None else block.heading,
            self._templates.for_block(block.name, block.kind),
        )


def _programmes(views: Iterable[PostView | ItemView]) -> frozenset[str]:
    return _union(view.programmes for view in views)


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)
