"""The fragments that a site should have, made anew only where something in them has changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from linkmgr import __version__
from linkmgr.blocks.keys import post_key
from linkmgr.blocks.render import Renderer
from linkmgr.build.cache import Cache
from linkmgr.build.gather import Gathered
from linkmgr.build.parallel import in_parallel
from linkmgr.build.places import Places, Stamp
from linkmgr.build.progress import Track
from linkmgr.catalog.model import Catalog
from linkmgr.resolver.model import Placement, PostResolution, Related

Made = tuple[str, str, str | None]
"""A post's key and its fragment's signature, empty if it has none; the HTML if it was made anew."""


@dataclass(slots=True)
class Fragments:
    """All fragments of a site: which post has which, and the HTML of those that were made anew."""

    index: dict[str, str] = field(default_factory=dict)
    signatures: dict[str, str] = field(default_factory=dict)
    made: dict[str, bytes] = field(default_factory=dict)

    def keep(self, cache: Cache, places: Places, standing: Mapping[str, Stamp]) -> None:
        """Have `cache` remember the fragments that now stand in the site."""
        remembered = {
            key: (signature, standing.get(places.fragment(key)))
            for key, signature in self.signatures.items()
        }
        cache.keep_state(fragments=remembered)


def make_fragments(  # noqa: PLR0913, PLR0917 - what a fragment is made from, and what there is
    site: Gathered,
    templates: Mapping[str, str],
    places: Places,
    standing: Mapping[str, Stamp],
    cache: Cache,
    track: Track,
) -> Fragments:
    """Resolve every post and render the fragments that are not as `cache` remembers them."""
    making = _Making(site, templates, _unchanged(cache, places, standing))
    results = track(
        in_parallel(making.make, len(site.posts)), "Choosing what to show", len(site.posts)
    )
    fragments = Fragments()
    for post, (key, signature, html) in zip(site.posts, results, strict=True):
        if signature:
            fragments.index[post.path] = key
            fragments.signatures[key] = signature
        if html is not None:
            fragments.made[key] = html.encode()
    return fragments


def _unchanged(cache: Cache, places: Places, standing: Mapping[str, Stamp]) -> dict[str, str]:
    """Return the signatures of the fragments that nobody has touched since they were written."""
    remembered: dict[str, Any] = cache.state("fragments") or {}
    return {
        key: signature
        for key, (signature, stamp) in remembered.items()
        if stamp and standing.get(places.fragment(key)) == tuple(stamp)
    }


class _Making:
    def __init__(
        self, site: Gathered, templates: Mapping[str, str], unchanged: Mapping[str, str]
    ) -> None:
        self._posts = site.posts
        self._resolver = site.resolver
        self._renderer = Renderer(site.catalog, templates)
        self._unchanged = unchanged
        self._frame = _frame(site.catalog, templates)
        self._items = {item.id: _digest(item) for item in site.catalog.items.values()}

    def make(self, start: int, stop: int) -> list[Made]:
        """Make the fragments of a range of posts."""
        return [self._make(number) for number in range(start, stop)]

    def _make(self, number: int) -> Made:
        resolution = self._resolver.resolve(self._posts[number])
        key = post_key(resolution.post.path)
        if not resolution.blocks:
            return key, "", None
        signature = self._signature(resolution)
        if self._unchanged.get(key) == signature:
            return key, signature, None
        return key, signature, self._renderer.fragment(resolution)

    def _signature(self, resolution: PostResolution) -> str:
        """Digest all that a fragment is made of."""
        shown = [
            (name, [self._shown(placement) for placement in placements])
            for name, placements in resolution.blocks.items()
        ]
        return _digest(self._frame, shown)

    def _shown(self, placement: Placement | Related) -> Any:
        if isinstance(placement, Related):
            return placement.post.url, placement.post.title
        return self._items[placement.item]


def _frame(catalog: Catalog, templates: Mapping[str, str]) -> str:
    """Digest what is the same in all fragments."""
    return _digest(__version__, catalog.site, catalog.programmes, catalog.blocks, templates)


def _digest(*values: object) -> str:
    return blake2b(repr(values).encode(errors="replace"), digest_size=12).hexdigest()
