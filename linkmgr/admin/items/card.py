"""An item's card as readers will see it, with the site's own templates and stylesheet.

The templates are the site's and may hold anything, so what they make stands in a frame of its own
and never in a page of the admin.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from flask import Response, render_template

from linkmgr.admin.common.context import get_admin
from linkmgr.blocks.assets import STYLESHEET_TEXT
from linkmgr.blocks.include import STYLESHEET
from linkmgr.blocks.render import Renderer
from linkmgr.blocks.templating import OVERRIDES
from linkmgr.catalog.kinds import KINDS
from linkmgr.catalog.model import Block, Book, Catalog, Item, Kind
from linkmgr.messages.errors import LinkmgrError
from linkmgr.posts.model import Post
from linkmgr.resolver.model import Placement, PostResolution


def card(catalog: Catalog, item: Item, site: Path) -> str:
    """Render the block that shows an item alone; `site` is the folder with its templates.

    Its links are direct: looking at a card is no click. Raise LinkmgrError for a site's template
    that does not work.
    """
    item = _named(item)
    kind = Kind.BOOKS if isinstance(item, Book) else Kind.CTA
    own = Block(kind, KINDS[kind], 1)
    block = next((each for each in catalog.blocks if kind in each.kind.items), own)
    alone = Catalog(
        replace(catalog.site, server=None),
        catalog.programmes,
        {item.id: item} if isinstance(item, Book) else {},
        {} if isinstance(item, Book) else {item.id: item},
        {},
        (block,),
    )
    post = Post("_posts/card.md", "/", "card", datetime.now(UTC), "", (), ())
    placement = Placement(block.name, 1, item.id, 0.0, ())
    renderer = Renderer(alone, _overrides(site), catalog.site.url)
    return renderer.fragment(PostResolution(post, {block.name: (placement,)}))


def framed(blocks: str) -> str:
    """Return a page that has only blocks of the site, for a frame without scripts or forms."""
    language = get_admin().catalog().catalog.site.language
    return render_template("items/card_frame.html", blocks=blocks, language=language)


def stylesheet() -> Response:
    """Send the stylesheet that the site has for its blocks, or linkmgr's own."""
    file = get_admin().settings.site_folder / STYLESHEET
    style = file.read_bytes() if file.is_file() else STYLESHEET_TEXT
    return Response(style, mimetype="text/css")


def _named(item: Item) -> Item:
    """Return an item with something to read where its form has nothing yet."""
    if isinstance(item, Book):
        return replace(item, title=item.title or "…")
    return replace(item, heading=item.heading or "…", label=item.label or "…")


def _overrides(site: Path) -> dict[str, str]:
    folder = site / OVERRIDES
    try:
        return {file.name: file.read_text(encoding="utf-8-sig") for file in folder.glob("*.html")}
    except (OSError, UnicodeDecodeError) as error:
        raise LinkmgrError(f"{folder}: cannot be read: {error}") from error
