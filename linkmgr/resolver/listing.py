"""What posts show, as text and as JSON."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from linkmgr.catalog.items import Good
from linkmgr.catalog.model import Catalog
from linkmgr.messages.message import message
from linkmgr.messages.wording import word
from linkmgr.posts.article.titles import title_text
from linkmgr.posts.publish import posts_as_json
from linkmgr.resolver.model import Placement, PostResolution, Related


def resolutions_json(
    catalog: Catalog, resolutions: Iterable[PostResolution]
) -> list[dict[str, Any]]:
    """Return the placements of posts, by block; the URL of a page is null."""
    return [
        {
            "path": resolution.post.path,
            "url": resolution.post.known_url,
            "blocks": {
                block.name: [
                    _placement_json(catalog, placement)
                    for placement in resolution.blocks.get(block.name, ())
                ]
                for block in catalog.blocks
            },
        }
        for resolution in resolutions
    ]


def _placement_json(catalog: Catalog, placement: Placement | Related) -> dict[str, Any]:
    score = round(placement.score, 4)
    if isinstance(placement, Related):
        (post,) = posts_as_json([placement.post])
        return {**{key: post[key] for key in ("path", "url", "title")}, "score": score}
    item = catalog.items[placement.item]
    if isinstance(item, Good):
        return {"id": item.id, "asin": item.asin, "score": score}
    return {"id": item.id, "score": score}


def resolutions_text(catalog: Catalog, resolutions: Iterable[PostResolution]) -> str:
    """List what posts show, a line a placement."""
    return "\n\n".join(_resolution_text(catalog, resolution) for resolution in resolutions)


def _resolution_text(catalog: Catalog, resolution: PostResolution) -> str:
    lines = [f"{title_text(resolution.post.title)}\n  {resolution.post.path}"]
    for name, placements in resolution.blocks.items():
        lines += (f"  {name:8} {p.score:6.2f}  {name_of(catalog, p)}" for p in placements)
    if not resolution.blocks:
        lines.append(f"  {word(message('resolver.shows-nothing'))}")
    return "\n".join(lines)


def name_of(catalog: Catalog, placement: Placement | Related) -> str:
    """Return an item's id and title, or a related post's title and URL."""
    title = title_of(catalog, placement)
    if isinstance(placement, Related):
        return f"{title}  {unquote(placement.post.url)}"
    return f"{placement.item}  {title}"


def title_of(catalog: Catalog, placement: Placement | Related) -> str:
    """Return the title of what a placement shows."""
    if isinstance(placement, Related):
        return title_text(placement.post.title)
    item = catalog.items[placement.item]
    return item.title
