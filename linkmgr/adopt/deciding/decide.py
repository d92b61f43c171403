"""Deciding which blocks leave the posts, and what the catalog gets of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from linkmgr.adopt.blocks.model import OldPost
from linkmgr.adopt.blocks.products import products_of_items
from linkmgr.adopt.deciding.collect_items import harvest
from linkmgr.adopt.deciding.keep_blocks import settled, without_refused
from linkmgr.adopt.deciding.losses import Contents, contents_of, keep, losses
from linkmgr.adopt.deciding.model import Harvest
from linkmgr.adopt.finding.read_blog import OldSite
from linkmgr.adopt.finding.scan import scan_post
from linkmgr.adopt.finding.titles import site_titles
from linkmgr.builder.parallel import in_parallel
from linkmgr.catalog.model import Catalog


def collect(site: OldSite, catalog: Catalog) -> tuple[OldSite, Harvest]:
    """Return the site with the blocks that leave for certain, and the items in these.

    A block stays if a product or a shop's page in it would be lost: then what it would give the
    catalog is missing from that, so that others may have to stay too.
    """
    old = settled(_titled(site, catalog), catalog)
    contents = _contents(site, old)
    while True:
        found = harvest([*old.values()], catalog)
        added = (each.item for each in (*found.books, *found.ctas) if not each.known)
        products = products_of_items((*catalog.items.values(), *added))
        lost = {
            path: kept
            for path, inside in contents.items()
            if (kept := losses(without_refused(old[path], found.refused), inside, products))
        }
        if not lost:
            return replace(site, old=old), found
        old |= {path: keep(old[path], kept) for path, kept in lost.items()}


def _titled(site: OldSite, catalog: Catalog) -> dict[str, OldPost]:
    """Return the posts by path; those are read again whose books are named elsewhere."""
    titles = site_titles(site.old.values(), catalog)
    again = [
        post.path
        for post in site.old.values()
        if any(kept.asin in titles for block in post.blocks for kept in block.kept)
    ]
    return {
        **site.old,
        **{
            path: scan_post(path, site.read(path), site_url="", live_urls=site.live, titles=titles)
            for path in again
        },
    }


def _contents(site: OldSite, old: Mapping[str, OldPost]) -> dict[str, Contents]:
    """Return what stands in the posts of which something may leave."""
    posts = [post for post in old.values() if any(block.sure for block in post.blocks)]

    def work(start: int, stop: int) -> Sequence[Contents]:
        return [contents_of(site.read(post.path), post) for post in posts[start:stop]]

    number = len(posts)
    found = site.track(in_parallel(work, number), "Looking for products", number)
    return {post.path: inside for post, inside in zip(posts, found, strict=True)}
