"""A small blog that is indexed, and what its index has."""

from linkmgr.site_index.index.queries import SiteIndex
from linkmgr.site_index.index.snapshot import SitePaths
from linkmgr.site_index.service.indexer import Indexer
from tests.support.builds import CATALOG, write_blog, yaml_of

TEXT = yaml_of(CATALOG)


def catalog_text(**parts) -> str:
    """Write the blog's catalog with other parts."""
    return yaml_of(CATALOG | parts)


def with_mapping(name, **over) -> str:
    """Write the blog's catalog with other values in a mapping."""
    mappings = CATALOG["mappings"]
    return catalog_text(mappings={**mappings, name: mappings.get(name, {}) | over})


def indexed(folder, **over) -> tuple[Indexer, SitePaths]:
    """Write a blog, and index it into `instance`."""
    paths = SitePaths(write_blog(folder / "blog", **over), folder / "blog" / "catalog.yaml")
    (folder / "instance").mkdir()
    indexer = Indexer(paths, folder / "instance")
    indexer.index_site()
    return indexer, paths


def contents(folder) -> dict[str, list]:
    """Return all that an index has, but when it was made."""
    with SiteIndex.open(folder / "instance") as index:
        posts = index.posts().rows
        return {
            "posts": list(posts),
            "placements": [index.post(post.key)[1] for post in posts],
            "tags": list(index.tags().rows),
            "revision": index.meta.revision,
            "problems": index.meta.problems,
        }


def post_at(folder, path):
    """Return a post and its placements by path."""
    with SiteIndex.open(folder / "instance") as index:
        found = next(post for post in index.posts().rows if post.path == path)
        return index.post(found.key)
