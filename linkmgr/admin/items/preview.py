"""What an item will be for readers: its card, and where its link leads.

The card comes from the site's own templates and stylesheet, which may contain anything, so it is
shown in a frame and is never part of a page of the admin.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

from flask import Response, abort, render_template, send_from_directory, url_for
from flask_babel import gettext

from linkmgr.admin.common.context import get_admin
from linkmgr.blocks.assets import STYLESHEET_TEXT
from linkmgr.blocks.include import STYLESHEET
from linkmgr.blocks.links import item_link, takes_placement
from linkmgr.blocks.render import Renderer
from linkmgr.builder.site import CATALOG, read_site_config
from linkmgr.builder.templates import read_templates
from linkmgr.catalog.blocks import COMPARE, KINDS, Block
from linkmgr.catalog.items import Cta, Good, Item
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.mappings import empty_rows
from linkmgr.fs import leads_outside
from linkmgr.links.model import Utm, is_known_medium
from linkmgr.links.urls import is_site_relative
from linkmgr.messages.message import translate
from linkmgr.posts.model import Post
from linkmgr.resolver.model import Placement, PostResolution
from linkmgr.resolver.placing import comparisons_in_use, replacements

_NOTHING = Utm("", "", "")
_PICTURES = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}


@dataclass(frozen=True, slots=True)
class LinkPreview:
    """Where an item leads."""

    url: str

    advice: tuple[str, ...] = ()
    """What could be better; it prevents nothing."""

    code_of: str = ""
    """The name of the programme whose code it has, empty for none."""


def card(catalog: Catalog, item: Item, site: Path) -> str:
    """Render the block that shows an item alone; `site` is the folder with its templates.

    Its links are direct: looking at a card is no click. Raise LinkmgrError for a site's template
    that does not work.
    """
    item = _named(item)
    block = Block(item.kind, KINDS[item.kind], 1)
    for known in catalog.blocks:
        if item.kind in known.kind.items and not known.kind.compares:
            block = known
            break
    return sample_card(catalog.with_items([item]), block, [item], site)


def emptied_rows(catalog: Catalog, item: Item) -> Iterator[str]:
    """Say which rows of comparisons become empty if an item is changed to this one."""
    if not isinstance(item, Good):
        return
    after = {**catalog.goods, item.id: item}
    for comparison in catalog.comparisons_of(item.id):
        empty_before = set(empty_rows(comparison, catalog.goods))
        for empty in empty_rows(comparison, after):
            if empty not in empty_before:
                name = comparison.heading or comparison.id
                yield gettext("Comparison %(name)s: %(text)s", name=name, text=translate(empty))


def compared_card(catalog: Catalog, comparison: str, site: Path) -> str:
    """Render a comparison alone, as `card` an item; empty if it has too few items today."""
    today = _today(catalog)
    items = comparisons_in_use(catalog, replacements(catalog, today), today).get(comparison, ())
    comparing = [block for block in catalog.blocks if block.kind.compares]
    block = comparing[0] if comparing else COMPARE.usual_block()
    placements = []
    for rank, item in enumerate(items, start=1):
        placements.append(Placement(block.name, rank, item, 0.0, (), comparison=comparison))
    return _fragment(catalog, block, placements, site)


def sample_card(catalog: Catalog, block: Block, items: Sequence[Item], site: Path) -> str:
    """Render a block with some items as `card` does; empty if there are none."""
    placements = []
    for rank, item in enumerate(items, start=1):
        placements.append(Placement(block.name, rank, item.id, 0.0, ()))
    return _fragment(catalog, block, placements, site)


def _fragment(catalog: Catalog, block: Block, placements: Sequence[Placement], site: Path) -> str:
    """Render one block with direct links, by the site's own templates; empty without placements."""
    if not placements:
        return ""
    alone = replace(catalog, site=replace(catalog.site, server=None), mappings={}, blocks=(block,))
    post = Post("_posts/card.md", "/", "card", datetime.now(UTC), "", (), ())
    templates, url = read_templates(site), catalog.site.url
    renderer = Renderer(alone, templates, url, liquid=False, today=_today(catalog))
    return renderer.fragment(PostResolution(post, {block.name: tuple(placements)}))


def _today(catalog: Catalog) -> date:
    return datetime.now(ZoneInfo(catalog.site.timezone)).date()


def framed(blocks: str) -> str:
    """Return a page that has only blocks of the site, for a frame without scripts or forms.

    The site's own pictures come from its folder: readers have them only once it is published.
    """
    site = get_admin().catalog().catalog.site
    blocks = blocks.replace(f'src="{site.url}/', f'src="{url_for("items.picture", path="")}')
    return render_template("items/card_frame.html", blocks=blocks, language=site.language)


def picture(path: str) -> Response:
    """Send a picture of the site's own from its folder, before it is published."""
    root = get_admin().settings.site_folder
    source = read_site_config(root, root / CATALOG).source
    kind = _PICTURES.get(PurePosixPath(path).suffix.lower())
    if kind is None or leads_outside(root, f"{source}/{path}"):
        abort(404)
    return send_from_directory((root / source).absolute(), path, mimetype=kind)


def stylesheet() -> Response:
    """Send the stylesheet that the site has for its blocks, or linkmgr's own."""
    site = get_admin().settings.site_folder
    file = site / STYLESHEET
    own = file.is_file() and not leads_outside(site, STYLESHEET)
    style = file.read_bytes() if own else STYLESHEET_TEXT
    return Response(style, mimetype="text/css")


def _named(item: Item) -> Item:
    """Return an item with something to read where its form has nothing yet."""
    if isinstance(item, Cta):
        return replace(item, heading=item.heading or "…", label=item.label or "…")
    return replace(item, title=item.title or "…")


def link_preview(catalog: Catalog, item: Item) -> LinkPreview:
    """Return the address that an item's link has in the end, from the first place of its block."""
    kind = item.kind
    if not (item.url or (isinstance(item, Good) and item.asin)):
        return LinkPreview("")
    if isinstance(item, Cta) and item.utm == _NOTHING:
        item = replace(item, utm=None)
    direct = replace(catalog.with_items([item]), site=replace(catalog.site, server=None))
    blocks = [block.name for block in catalog.blocks if kind in block.kind.items]
    block = blocks[0] if blocks else str(kind)
    url = item_link(direct, item, post_key="", block=block, rank=1).href
    if is_site_relative(url):
        url = catalog.site.url + url
    code_of = catalog.profiles[item.code.programme].name if item.code else ""
    return LinkPreview(url, _advice(catalog, item), code_of)


def _advice(catalog: Catalog, item: Item) -> tuple[str, ...]:
    if not isinstance(item, Cta) or item.utm is None:
        return ()
    utm = item.utm
    advice = []
    if utm.medium and not is_known_medium(utm.medium):
        advice.append(
            gettext(
                "Google Analytics does not know the medium %(medium)s and lists these visits as "
                "Unassigned. It knows email, social, referral, affiliate and others.",
                medium=utm.medium,
            )
        )
    if not takes_placement(catalog, item):
        advice.append(
            gettext(
                "This link stays on your site. Its UTM parameters hide from Google Analytics where "
                "the reader originally came from."
            )
        )
    return tuple(advice)
