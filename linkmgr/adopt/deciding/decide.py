"""Deciding which blocks leave the posts, and which items the catalog gets."""

from collections.abc import Mapping
from dataclasses import replace

from linkmgr.adopt.deciding.collect_items import collect_items
from linkmgr.adopt.deciding.keep_blocks import keep_blocks, keep_refused, keep_unrepeated
from linkmgr.adopt.deciding.keep_products import keep_unknown_products
from linkmgr.adopt.deciding.losses import Contents, Saved, contents_of, keep_losing, losses
from linkmgr.adopt.deciding.model import CollectedItems
from linkmgr.adopt.finding.article_end import in_middle, with_ends
from linkmgr.adopt.finding.read_blog import OldSite
from linkmgr.adopt.finding.scan import scan_post
from linkmgr.adopt.finding.stylesheets import site_classes
from linkmgr.adopt.finding.titles import site_titles
from linkmgr.adopt.post.model import OldBlock, OldCta, OldPost
from linkmgr.adopt.post.parsed_post import NO_TITLES
from linkmgr.catalog.model import Catalog
from linkmgr.messages.message import message


def decide(
    site: OldSite,
    catalog: Catalog,
    titles: Mapping[str, str] = NO_TITLES,
    *,
    discard: bool = False,
) -> tuple[OldSite, CollectedItems]:
    """Return the site with the blocks that leave for certain, and the items in these.

    `titles` are those that the owner gives to products, by ASIN.

    A block stays if a product or a shop's page in it would be lost and, unless `discard`, if text
    or any other link would: then what it would give the catalog is missing from that, so that
    others may have to stay too.
    """
    switched_off = {post.path for post in site.posts if post.override.disabled}
    old = {
        path: _keep_all(post) if path in switched_off else keep_unknown_products(post, catalog)
        for path, post in keep_unrepeated(
            with_ends(_styled(site, _titled(site, catalog, titles))), catalog
        ).items()
    }
    contents = _contents(site, old)
    dates = {post.path: post.date for post in site.posts}
    while True:
        old = {path: _keep_placeless(post) for path, post in old.items()}
        found = collect_items([*old.values()], catalog, dates)
        added = (each.item for each in found.items if not each.known)
        saved = Saved((*catalog.items.values(), *added))
        lost = {
            path: losses(keep_refused(old[path], found.refused), inside, saved)
            for path, inside in contents.items()
        }
        kept = {
            path: keep_losing(old[path], losing, discard=discard)
            for path, losing in lost.items()
            if losing
        }
        if all(old[path] == post for path, post in kept.items()):
            placed = found.placed
            posts = (
                placed[post.path].applied(post) if post.path in placed else post
                for post in site.posts
            )
            return replace(site, old=old, posts=tuple(posts)), found
        old |= kept


def _keep_all(post: OldPost) -> OldPost:
    """Return a post that keeps its blocks, as no other would be shown in it."""
    reason = message("adopt.keep-switched-off")
    return keep_blocks(post, {block.start: reason for block in post.blocks})


def _keep_placeless(post: OldPost) -> OldPost:
    """Return a post that keeps the blocks between its texts of which no card can take the place."""
    placeless = {
        block.start: message("adopt.keep-placeless")
        for block in in_middle(post)
        if block.kind in ("books", "cta", "products")
        and not (post.takes_tags and (block.books or block.ctas or block.products))
    }
    return keep_blocks(post, placeless) if placeless else post


def _titled(site: OldSite, catalog: Catalog, given: Mapping[str, str]) -> dict[str, OldPost]:
    """Return the posts by path; those are read again whose books are named elsewhere."""
    titles = site_titles(site.old.values(), catalog, given)
    again = [
        post.path
        for post in site.old.values()
        if any(product.asin in titles for block in post.blocks for product in block.kept_products)
    ]
    return {
        **site.old,
        **{
            path: scan_post(path, site.read(path), site_url="", live_urls=site.live, titles=titles)
            for path in again
        },
    }


def _styled(site: OldSite, old: Mapping[str, OldPost]) -> dict[str, OldPost]:
    """Return the posts; calls to action keep the classes that a stylesheet of the site has.

    With any other class a link would have no look at all, not even linkmgr's.
    """
    ctas = (cta for post in old.values() for block in post.blocks for cta in block.ctas)
    if not any(cta.css_class for cta in ctas):
        return {**old}
    classes = site_classes(site.root, site.config)

    def styled(cta: OldCta) -> OldCta:
        known = [name for name in (cta.css_class or "").split() if name in classes]
        return replace(cta, css_class=" ".join(known) or None)

    def block_styled(block: OldBlock) -> OldBlock:
        return replace(block, ctas=(*map(styled, block.ctas),)) if block.ctas else block

    return {
        path: replace(post, blocks=tuple(map(block_styled, post.blocks)))
        for path, post in old.items()
    }


def _contents(site: OldSite, old: Mapping[str, OldPost]) -> dict[str, Contents]:
    """Return the products of the posts that blocks may leave."""
    posts = [post for post in old.values() if any(block.removable for block in post.blocks)]
    found = site.for_each(
        posts,
        message("adopt.finding-products"),
        lambda post: contents_of(site.read(post.path), post),
    )
    return {post.path: inside for post, inside in zip(posts, found, strict=True)}
