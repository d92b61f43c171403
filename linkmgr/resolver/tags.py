"""Which tag the links of a place have, where it is not their programme's usual one, and why."""

from collections.abc import Iterable, Iterator

from linkmgr.catalog.blocks import Block
from linkmgr.catalog.model import Catalog
from linkmgr.links.model import Tag
from linkmgr.posts.model import Post
from linkmgr.resolver.model import PlaceTag
from linkmgr.resolver.statistics import term


class TagChooser:
    """Chooses tags: a later one of category, block, mapping, item and front matter wins."""

    def __init__(self, catalog: Catalog) -> None:
        self._items = catalog.items
        self._categories = {
            programme.id: {term(name): (name, tag) for name, tag in programme.category_tags}
            for programme in catalog.programmes.values()
            if programme.category_tags
        }

    def tags(
        self,
        post: Post,
        block: Block | None,
        item: str,
        by_mappings: Iterable[tuple[str, Tag]] = (),
    ) -> tuple[PlaceTag, ...]:
        """Return the tags at a place, one a programme to which the item has links.

        In the text of a post there is no block. `by_mappings` are those of the mappings for whose
        sake the item is there, the strongest last.
        """
        found = self._items[item]
        of_block = [PlaceTag(*tag, "block", block.name) for tag in block.tags] if block else []
        chosen = {
            tag.programme: tag
            for tag in (
                *self._of_categories(post),
                *of_block,
                *(PlaceTag(*tag, "mapping", mapping) for mapping, tag in by_mappings),
                *(PlaceTag(*tag, "item") for tag in found.tags),
                *(PlaceTag(*tag, "front matter") for tag in post.override.tags),
            )
        }
        return tuple(chosen[name] for name in found.programmes if name in chosen)

    def _of_categories(self, post: Post) -> Iterator[PlaceTag]:
        """Yield the tag of the first of the post's categories that has one."""
        for programme, tags in self._categories.items():
            for category in post.categories:
                if own := tags.get(term(str(category))):
                    name, tag = own
                    yield PlaceTag(programme, tag, "category", name)
                    break
