"""The HTML of a post's blocks."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from markupsafe import Markup

from linkmgr.blocks.escape import BASEURL, POST_KEY
from linkmgr.blocks.include import BASE
from linkmgr.blocks.keys import post_key
from linkmgr.blocks.templating import Templates
from linkmgr.blocks.views import BlockView, ItemView, PostView, disclosure, item_view, post_view
from linkmgr.blocks.wording import WORDING
from linkmgr.catalog.model import Block, Catalog
from linkmgr.resolver.model import Placement, PostResolution, Related

_NO_OVERRIDES: Mapping[str, str] = MappingProxyType({})

_MOST_CONTENTS = 4_096
"""Rendered items that are cached for other posts that show the same, about 2 kB each."""

_CONTENT = "\2"
"""Placeholder for a block's items in its frame; no escaped text has it."""


class Renderer:
    """Renders fragments for one catalog.

    `overrides` are the site's templates by file name (`books.html`). `baseurl` goes before links
    within the site: Liquid for a fragment, a literal for a preview.
    """

    def __init__(
        self,
        catalog: Catalog,
        overrides: Mapping[str, str] = _NO_OVERRIDES,
        baseurl: str = f"{{{{ {BASE} }}}}",
    ) -> None:
        self._catalog = catalog
        self._baseurl = baseurl
        self._templates = Templates(overrides)
        self._language = catalog.site.language
        self._blocks = {block.name: self._described(block) for block in catalog.blocks}
        self._frames: dict[tuple[str, str, tuple[str, ...]], tuple[str, str]] = {}
        self._ad_label = catalog.site.ad_label or WORDING[self._language].ad_label
        self._posts: dict[str, PostView] = {}
        self._items: dict[tuple[str, int, str], ItemView] = {}
        self._contents: dict[tuple[str, tuple[str, ...]], str] = {}

    def fragment(self, resolution: PostResolution) -> str:
        """Render all blocks of a post; empty when it has none."""
        views = {
            name: tuple(self._view(placement) for placement in placements)
            for name, placements in resolution.blocks.items()
        }
        earning = {name: _programmes(items) for name, items in views.items()}
        last = next((name for name in reversed(earning) if earning[name]), None)
        parts: list[str] = []
        for name, placements in resolution.blocks.items():
            label = self._ad_label if earning[name] else ""
            sentences = disclosure(self._catalog, _union(earning.values())) if name == last else ()
            before, after = self._framed(name, label, sentences)
            parts += (before, self._content(name, views[name], placements), after)
        html = "".join(parts).replace(POST_KEY, post_key(resolution.post.path))
        return html.replace(BASEURL, self._baseurl)

    def _content(
        self,
        name: str,
        views: tuple[PostView | ItemView, ...],
        placements: Iterable[Placement | Related],
    ) -> str:
        """Render a block without its frame, the same items once for all posts that show them."""
        items = tuple(p.item for p in placements if isinstance(p, Placement))
        if not items:
            return self._rendered(name, views)
        shown = (name, items)
        if shown not in self._contents:
            if len(self._contents) == _MOST_CONTENTS:
                self._contents.clear()
            self._contents[shown] = self._rendered(name, views)
        return self._contents[shown]

    def _rendered(self, name: str, views: tuple[PostView | ItemView, ...]) -> str:
        classes, heading, template = self._blocks[name]
        block = BlockView(name, classes, heading, views, "", ())
        return self._templates.render(template, block=block, language=self._language)

    def _framed(self, name: str, ad_label: str, sentences: tuple[str, ...]) -> tuple[str, str]:
        """Return the frame's HTML before and after a block's content."""
        key = (name, ad_label, sentences)
        if key not in self._frames:
            classes, heading, _ = self._blocks[name]
            block = BlockView(name, classes, heading, (), ad_label, sentences)
            html = self._templates.render(
                "block.html",
                block=block,
                language=self._language,
                content=Markup(_CONTENT),  # noqa: S704 - a constant
            )
            before, _, after = html.partition(_CONTENT)
            self._frames[key] = before, after
        return self._frames[key]

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

    def _described(self, block: Block) -> tuple[str, str, str]:
        """Return a block's classes, its heading and the name of its template."""
        kind = block.kind
        classes = f"linkmgr linkmgr-{kind.name}"
        return (
            classes if block.name == kind.name else f"{classes} linkmgr-{block.name}",
            kind.headings[self._language] if block.heading is None else block.heading,
            self._templates.for_block(block.name, kind.name),
        )


def _programmes(views: Iterable[PostView | ItemView]) -> frozenset[str]:
    return _union(view.programmes for view in views)


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)
