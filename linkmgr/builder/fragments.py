"""The fragments that a site should have, rendered only where something in them has changed.

With them go the index, and the related posts that they show.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Any, NamedTuple

from linkmgr import __version__
from linkmgr.blocks.include import post_key
from linkmgr.blocks.links import LINK_RULES
from linkmgr.blocks.render import LayoutDuty, Renderer
from linkmgr.blocks.shown import InArticle, ItemsOfPosts, distinct_items
from linkmgr.blocks.views import shown_prices, shown_sales
from linkmgr.builder.processes import Track, in_parallel
from linkmgr.builder.reading.cache import Cache
from linkmgr.builder.reading.inputs import SiteInputs
from linkmgr.builder.site import LayoutTags, OutputPaths, Stamp
from linkmgr.catalog.items import Good, Item
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.variants import VariantTest
from linkmgr.messages.message import message
from linkmgr.posts.article.text import title_text
from linkmgr.posts.model import Post
from linkmgr.resolver.identity import identity
from linkmgr.resolver.model import Placement, PostResolution, Related
from linkmgr.resolver.related import RelatedChoice
from linkmgr.resolver.resolve import PreparedPosts, Resolver
from linkmgr.resolver.rules import asks_neighbours
from linkmgr.resolver.unshown import Readers, UnshownItem, unshown_items

# The index by which Jekyll finds a post's fragment: JSON that its YAML parser reads.

# What JSON allows in a text and YAML 1.1 either forbids or takes for the end of a line.
_NOT_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")

# libyaml searches at most this many characters for the colon after a key.
_LONGEST_KEY = 1024


def index_text(index: Mapping[str, str]) -> str:
    """Write the keys of fragments by path of their post."""
    # YAML takes no escapes of surrogates, so only what must be is escaped.
    listed = json.dumps(index, ensure_ascii=False, indent=0, sort_keys=True)
    return f"{_escaped(listed)}\n"


def is_indexable(path: str) -> bool:
    """Whether a post's path is short enough to be found in the index."""
    return len(_escaped(json.dumps(path, ensure_ascii=False))) <= _LONGEST_KEY


def _escaped(json_text: str) -> str:
    return _NOT_YAML.sub(lambda match: f"\\u{ord(match[0]):04x}", json_text)


# Which posts are related and nearest to which: computed on all processors, kept for later.


def compute_related(
    prepared: PreparedPosts,
    choices: Collection[RelatedChoice],
    catalogs: Iterable[Catalog],
    track: Track,
) -> None:
    """Compute the related posts of all posts by each of the choices, unless all are known.

    Compute the posts nearest to each, too, if a rule of a catalog asks for them.
    """
    related, nearest = prepared.related, prepared.nearest
    wanted = () if related.are_known(choices) else choices
    needs_nearest = False
    if not nearest.are_known:
        needs_nearest = any(asks_neighbours(catalog.mappings.values()) for catalog in catalogs)
    if not wanted and not needs_nearest:
        return

    def run(work: Callable[[int, int], Sequence[Any]], number: int) -> Iterable[Any]:
        return track(in_parallel(work, number), message("build.comparing-posts"), number)

    related.compute(wanted, run)
    if needs_nearest:
        nearest.compute()


def digest_of_compared(posts: Iterable[Post]) -> str:
    """Digest what decides how alike the posts are."""
    digested = blake2b(digest_size=12)
    for post in posts:
        digested.update(identity(post))
    return digested.hexdigest()


def load_nearest(cache: Cache, prepared: PreparedPosts, digest: str) -> None:
    """Take over the posts nearest to each from the cache, if it has those of the same posts."""
    if cache.state("nearest") == digest:
        prepared.nearest.load(cache.numbers())


def _keep_compared(cache: Cache, prepared: PreparedPosts, digest: str) -> None:
    """Store what has been compared; the posts nearest to each, if known, by the posts' digest."""
    nearest = prepared.nearest.dump()
    cache.set_numbers({**prepared.related.dump(), **nearest})
    cache.set_state(nearest=digest if nearest else "")


# The fragments.

_Choices = dict[RelatedChoice, dict[str, list[str]]]
"""The related posts chosen for each post, as live URLs by live URL."""


class RenderedPost(NamedTuple):
    """The fragment of a post, and what it shows."""

    key: str
    signature: str
    """Empty without blocks."""
    html: str | None
    """`None` if unchanged."""
    related: Mapping[RelatedChoice, list[str]]
    items: frozenset[str] = frozenset()


@dataclass(slots=True)
class Fragments:
    """All fragments of a site."""

    index: dict[str, str] = field(default_factory=dict)
    """The key of each post's fragment by the post's path."""
    signatures: dict[str, str] = field(default_factory=dict)
    """By key."""
    rendered: dict[str, bytes] = field(default_factory=dict)
    """The HTML of those that were rendered by key."""
    related: _Choices = field(default_factory=dict)
    by_post: dict[str, frozenset[str]] = field(default_factory=dict)
    """The items of each post and page, by path."""
    posts: str = ""
    """The digest of the posts, of `digest_of_compared`."""
    compared: PreparedPosts | None = None
    """The posts, if they have been compared with each other."""
    items: set[str] = field(default_factory=set)
    """The items that any post or page shows."""
    unshown: Sequence[UnshownItem] = ()

    def add(self, post: Post, rendered: RenderedPost) -> None:
        self.by_post[post.path] = rendered.items
        if rendered.signature:
            self.index[post.path] = rendered.key
            self.signatures[rendered.key] = rendered.signature
        if rendered.html is not None:
            self.rendered[rendered.key] = rendered.html.encode()
        self.items.update(rendered.items)
        for choice, urls in rendered.related.items():
            self.related.setdefault(choice, {})[post.live_url] = urls

    def save(self, cache: Cache, paths: OutputPaths, existing: Mapping[str, Stamp]) -> None:
        """Store in `cache` the fragments that the site now has."""
        cached: dict[str, tuple[str, Stamp | None]] = {}
        for key, signature in self.signatures.items():
            cached[key] = signature, existing.get(paths.fragment(key))
        related = [(*choice, urls) for choice, urls in self.related.items()]
        cache.set_state(fragments=cached, related=(self.posts, related))
        if self.compared:
            _keep_compared(cache, self.compared, self.posts)


def render_fragments(  # noqa: PLR0913 - what a fragment is made from, and what there is
    site: SiteInputs,
    templates: Mapping[str, str],
    paths: OutputPaths,
    existing: Mapping[str, Stamp],
    *,
    cache: Cache,
    track: Track,
) -> Fragments:
    """Resolve every post and page, and render the fragments that differ from those in `cache`."""
    posts = digest_of_compared(site.posts)
    prepared = PreparedPosts(site.posts, site.texts, _related(cache, posts), earlier=cache.numbers)
    load_nearest(cache, prepared, posts)
    renderer = _FragmentRenderer(
        site, templates, _unchanged(cache, paths, existing), prepared, track=track
    )
    everything = site.posts_and_pages
    results = in_parallel(renderer.render, len(everything))
    # What came from the cache is still in it: for a large site that is megabytes.
    is_compared = prepared.related.are_computed
    fragments = Fragments(posts=posts, compared=prepared if is_compared else None)
    for post, rendered in zip(
        everything, track(results, message("build.choosing-items"), len(everything)), strict=True
    ):
        fragments.add(post, rendered)
    fragments.unshown = renderer.unshown_items(fragments.items)
    return fragments


def _related(cache: Cache, posts: str) -> _Choices:
    """Return the related posts of the last build; they depend on the posts alone."""
    before, choices = cache.state("related") or ("", [])
    if before != posts:
        return {}
    return {RelatedChoice(limit, minimum): urls for limit, minimum, urls in choices}


def _unchanged(cache: Cache, paths: OutputPaths, existing: Mapping[str, Stamp]) -> dict[str, str]:
    """Return the signatures of the fragments that nobody has touched since they were written."""
    cached: dict[str, Any] = cache.state("fragments") or {}
    unchanged: dict[str, str] = {}
    for key, (signature, stamp) in cached.items():
        if stamp and existing.get(paths.fragment(key)) == tuple(stamp):
            unchanged[key] = signature
    return unchanged


class _FragmentRenderer:
    def __init__(
        self,
        site: SiteInputs,
        templates: Mapping[str, str],
        unchanged: Mapping[str, str],
        prepared: PreparedPosts,
        *,
        track: Track,
    ) -> None:
        self._site = site
        self._prepared = prepared
        self._resolver = Resolver(site.catalog, prepared, site.now.date())
        self._renderer = Renderer(site.catalog, templates, today=site.now.date())
        self._items_of_posts = ItemsOfPosts(site.catalog, self._resolver)
        self._tags = LayoutTags(site.root, site.config)
        self._omits = site.catalog.site.feeds == "omit"
        self._unchanged = unchanged
        self._choices: dict[str, RelatedChoice] = {}
        for block in site.catalog.blocks:
            if not block.kind.items:
                self._choices[block.name] = RelatedChoice(block.limit, block.minimum)
        compute_related(prepared, set(self._choices.values()), (site.catalog,), track)
        self._frame = _frame(site.catalog, templates, site.now.date())
        self._items = {item.id: self._digest_of(item) for item in site.catalog.items.values()}
        self._comparisons = {
            comparison.id: digest(comparison) for comparison in site.catalog.comparisons.values()
        }

    def _digest_of(self, item: Item) -> str:
        """Digest what an item shows on this day, in whichever variant."""
        catalog, today = self._site.catalog, self._site.now.date()
        test = VariantTest.of_item(catalog, item)
        shown = [item]
        if test:
            shown += test.shows.values()
        goods = [good for good in shown if isinstance(good, Good)]
        prices = [shown_prices(good, today, catalog.site.price_days) for good in goods]
        badges = [today in good.badge_validity for good in goods]
        return digest(item, test, prices, badges)

    def render(self, start: int, stop: int) -> list[RenderedPost]:
        """Render the fragments of a range of posts."""
        return [self._render(number) for number in range(start, stop)]

    def unshown_items(self, shown: Collection[str]) -> list[UnshownItem]:
        """Return the items of rules that are not among those shown."""
        site = self._site
        readers = [Readers(self._resolver, site.posts)]
        if site.pages:
            readers.append(Readers(site.page_resolver, site.pages))
        return unshown_items(site.catalog, readers, site.texts, shown)

    def _render(self, number: int) -> RenderedPost:
        posts, pages = self._site.posts, self._site.pages
        if number >= len(posts):
            resolution = self._site.page_resolver.resolve_quickly(pages[number - len(posts)])
            return self._rendered(resolution)._replace(related={})
        return self._rendered(self._resolver.resolve_quickly(posts[number]))

    def _rendered(self, resolution: PostResolution) -> RenderedPost:
        post = resolution.post
        key = post_key(post.path)
        if not (resolution.shows_anything and is_indexable(post.path)):
            related = {} if post.override.disabled else self._chosen(resolution)
            return RenderedPost(key, "", None, related)
        own_assets, left = self._in_article(post)
        signature = self._signature(resolution, own_assets, left)
        html = None
        if self._unchanged.get(key) != signature:
            html = self._renderer.fragment(resolution, own_assets=own_assets, left=left)
        items = self._items_shown(resolution)
        return RenderedPost(key, signature, html, self._chosen(resolution), items)

    def _items_shown(self, resolution: PostResolution) -> frozenset[str]:
        placed: dict[str, tuple[Placement, ...]] = {}
        for name, placements in resolution.blocks.items():
            placed[name] = tuple(item for item in placements if isinstance(item, Placement))
        in_article = InArticle(resolution.text, resolution.compared)
        shown = self._items_of_posts.of_placed(resolution.post, placed, in_article)
        return frozenset(distinct_items(shown))

    def _chosen(self, resolution: PostResolution) -> dict[RelatedChoice, list[str]]:
        """Return the posts most like a post, whatever its front matter or the catalog says."""
        relates = self._resolver.relates(resolution.post)
        chosen: dict[RelatedChoice, list[str]] = {}
        for name, choice in self._choices.items():
            if relates:
                shown = resolution.blocks.get(name, ())
                posts = [related.post for related in shown if isinstance(related, Related)]
            else:
                posts = self._prepared.related.shown(resolution.post, choice)
            chosen[choice] = [other.live_url for other in posts]
        return chosen

    def _in_article(self, post: Post) -> tuple[bool, LayoutDuty | None]:
        """Return whether a post's own tags bring the stylesheet, and what they leave to its layout.

        No layout links the one if it has no tags, or fills their places if it keeps its content.
        """
        if not post.inclusions:
            return False, None
        tags = self._tags.of_layout(post.layout)
        if not any(tag.content for tag in tags):
            return not tags, None
        return False, "all" if self._omits else "differing"

    def _signature(self, resolution: PostResolution, *in_article: object) -> str:
        """Digest all that a fragment is made of."""
        shown = []
        for name, placements in resolution.blocks.items():
            shown.append((name, [self._shown(placement) for placement in placements]))
        post = resolution.post
        asked = [(tag.block, tag.item, tag.card, tag.compare) for tag in post.inclusions]
        placed = [(name, self._shown(placement)) for name, placement in resolution.text.items()]
        for name, placements in resolution.compared.items():
            placed.append((name, [self._shown(placement) for placement in placements]))
        own = (post.language, post.has_sections)
        return digest(self._frame, own, shown, asked, placed, in_article)

    def _shown(self, placement: Placement | Related) -> Any:
        if isinstance(placement, Related):
            post = placement.post
            return post.url, title_text(post.title), str(post.date.date()), post.lead, post.picture
        item = self._items[placement.item]
        if placement.comparison:
            item += self._comparisons[placement.comparison]
        return (item, placement.tag_by_programme) if placement.tags else item


def _frame(catalog: Catalog, templates: Mapping[str, str], today: date) -> str:
    """Digest what is the same in all fragments on a day."""
    versions = (__version__, LINK_RULES)
    sales = [shown_sales(programme, today) for programme in catalog.programmes.values()]
    return digest(versions, catalog.site, catalog.programmes, catalog.blocks, templates, sales)


def digest(*values: object) -> str:
    """Return a short name for values, the same for those whose `repr` is equal."""
    return blake2b(repr(values).encode(errors="replace"), digest_size=12).hexdigest()
