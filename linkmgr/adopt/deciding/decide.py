"""Deciding which blocks leave the posts, and which items the catalog gets."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

from linkmgr.adopt.deciding.collect import collect_items
from linkmgr.adopt.deciding.losses import (
    Contents,
    Saved,
    contents_of,
    keep_blocks,
    keep_equal,
    keep_losing,
    keep_refused,
    keep_unrepeated,
    losses,
)
from linkmgr.adopt.deciding.model import CollectedItems
from linkmgr.adopt.post.model import OldBlock, OldBook, OldCta, OldPost, OldProduct
from linkmgr.adopt.post.parsed_post import NO_TITLES
from linkmgr.adopt.post.products import ProductKey, products_in, products_of_items, shop_target
from linkmgr.adopt.scanning.article_end import in_middle, with_ends
from linkmgr.adopt.scanning.read_blog import OldSite
from linkmgr.adopt.scanning.scan import scan_post
from linkmgr.adopt.scanning.titles import site_titles
from linkmgr.blocks.link_views import BUTTON_CLASS
from linkmgr.catalog.items import Good
from linkmgr.catalog.model import Catalog
from linkmgr.messages.message import message
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.site import CONFIG_FILES


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
    known_titles = site_titles(site.old.values(), catalog, titles)
    switched_off = {post.path for post in site.posts if post.override.disabled}
    old = {
        path: _keep_all(post) if path in switched_off else _keep_unknown_products(post, catalog)
        for path, post in keep_unrepeated(
            with_ends(_styled(site, _titled(site, known_titles))), catalog
        ).items()
    }
    contents = _contents(site, old)
    dates = {post.path: post.date for post in site.posts}
    while True:
        old = keep_equal({path: _keep_placeless(post) for path, post in old.items()})
        collected = collect_items([*old.values()], catalog, dates, known_titles)
        added = (new.item for new in collected.items if not new.known)
        saved = Saved((*catalog.items.values(), *added))
        lost = {
            path: losses(keep_refused(old[path], collected.refused), inside, saved)
            for path, inside in contents.items()
        }
        kept = {
            path: keep_losing(old[path], losing, discard=discard)
            for path, losing in lost.items()
            if losing
        }
        if all(old[path] == post for path, post in kept.items()):
            return replace(site, old=old), collected
        old |= kept


def _keep_all(post: OldPost) -> OldPost:
    """Return a post that keeps its blocks, as no other would be shown in it."""
    reason = message("adopt.keep-switched-off")
    return keep_blocks(post, {block.start: reason for block in post.blocks})


def _keep_unknown_products(post: OldPost, catalog: Catalog) -> OldPost:
    """Return a post that keeps blocks with products that the catalog lacks or has otherwise.

    Nothing is added to the catalog for them: `linkmgr eject`, which writes these blocks, leaves the
    catalog as it is.
    """
    reason = message("adopt.keep-products")
    unknown = {
        block.start: reason
        for block in post.blocks
        if not all(_is_known(product, catalog) for product in block.products)
    }
    for block in post.blocks:
        if not all(_has_price(book, catalog) for book in block.books):
            unknown[block.start] = message("adopt.keep-price")
    return keep_blocks(post, unknown) if unknown else post


def _has_price(old: OldBook, catalog: Catalog) -> bool:
    """Whether the price on a card, if there is one, is in the catalog: its shop is known there."""
    if old.words is None or not old.words.price:
        return True
    book = catalog.books.get(old.id)
    return book is not None and old.words.price in _prices(book)


def _prices(good: Good) -> list[str]:
    prices = (good.price, *(shop.price for shop in good.shops))
    return [" ".join(price.amount.split()) for price in prices if price]


def _is_known(old: OldProduct, catalog: Catalog) -> bool:
    """Whether the catalog has a product with the same id, texts and picture, and all its links."""
    product = catalog.products.get(old.id)
    if product is None:
        return False
    texts = (product.title, product.maker or "", product.blurb)
    same = tuple(" ".join(text.split()) for text in texts) == (old.title, old.maker, old.blurb)
    words = old.words
    own = (product.badge, product.rating, product.review)
    if own != (words.badge, words.rating, words.review):
        return False
    if words.price and words.price not in _prices(product):
        return False
    held = products_of_items([product])
    linked = (
        products_in(url.encode()).keys() or {ProductKey(address=shop_target(url))}
        for url in old.links
    )
    return (
        same and (product.image or "") == old.image and all(held >= products for products in linked)
    )


def _keep_placeless(post: OldPost) -> OldPost:
    """Return a post that keeps the blocks between its texts that no card can replace."""
    placeless = {
        block.start: message("adopt.keep-placeless")
        for block in in_middle(post)
        if block.kind in ("books", "cta", "products")
        and not (post.takes_tags and (block.books or block.ctas or block.products))
    }
    return keep_blocks(post, placeless) if placeless else post


def _titled(site: OldSite, titles: Mapping[str, str]) -> dict[str, OldPost]:
    """Return the posts by path; those whose books are named elsewhere are read again."""
    again = [
        post.path
        for post in site.old.values()
        if any(product.asin in titles for block in post.blocks for product in block.kept_products)
    ]
    return {
        **site.old,
        **{path: scan_post(path, site.read(path), site.live, titles) for path in again},
    }


def _styled(site: OldSite, old: Mapping[str, OldPost]) -> dict[str, OldPost]:
    """Return the posts; a call to action whose class no stylesheet has gets linkmgr's look, too.

    Its own class stays: scripts of the site may look for it.
    """
    ctas = (cta for post in old.values() for block in post.blocks for cta in block.ctas)
    if not any(cta.css_class for cta in ctas):
        return {**old}
    classes = site_classes(site.root, site.config)

    def styled(cta: OldCta) -> OldCta:
        names = (cta.css_class or "").split()
        is_ejected = bool(cta.id)  # its class is as its owner's catalog had it
        if is_ejected or not names or not classes.isdisjoint(names) or BUTTON_CLASS in names:
            return cta
        return replace(cta, css_class=" ".join((*names, BUTTON_CLASS)))

    def block_styled(block: OldBlock) -> OldBlock:
        return replace(block, ctas=(*map(styled, block.ctas),)) if block.ctas else block

    return {
        path: replace(post, blocks=tuple(map(block_styled, post.blocks)))
        for path, post in old.items()
    }


def _contents(site: OldSite, old: Mapping[str, OldPost]) -> dict[str, Contents]:
    """Return the products of the posts that blocks may leave."""
    posts = [post for post in old.values() if any(block.removable for block in post.blocks)]
    contentses = site.for_each(
        posts,
        message("adopt.scanning-products"),
        lambda post: contents_of(site.read(post.path), post),
    )
    return {post.path: inside for post, inside in zip(posts, contentses, strict=True)}


# The classes that a site's stylesheets have: its own, and its theme's where that is readable.

_STYLESHEETS = (".css", ".scss", ".sass", ".less")
_TEMPLATES = (".html", ".htm")
# A whole framework has a tenth of it.
_MOST_BYTES = 5_000_000

_THEME = re.compile(rb"^theme:[ \t]*[\"']?([\w.-]+)", re.MULTILINE)
# Where Bundler and RubyGems put a theme: in the site, the owner's folder, or the system.
_GEMS = (
    "vendor/bundle/ruby/*",
    ".gem/ruby/*",
    ".local/share/gem/ruby/*",
    ".rbenv/versions/*/lib/ruby/gems/*",
)
_SYSTEM_GEMS = ("/var/lib/gems/*", "/usr/lib/ruby/gems/*", "/usr/local/lib/ruby/gems/*")
_NOT_OWN = frozenset((".git", ".jekyll-cache", ".sass-cache", "node_modules", "bundle"))

# What is not closed extends to the end, as in a browser; no text is read twice.
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_STYLE = re.compile(r"<style\b[^<>]*>(.*?)(?:</style\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_CLASS = re.compile(r"\.(-?[A-Za-z_\u0080-\U0010ffff](?:[\w-]|\\.)*)")
# In Sass `.box { &__link {…} }` is about `.box__link`.
_SUFFIX = re.compile(r"&([\w-]+)")


def site_classes(root: Path, config: JekyllConfig) -> frozenset[str]:
    """Return the classes with a rule of their own; what cannot be read has none."""
    classes: set[str] = set()
    for folder in (root, *_theme_folders(root)):
        for file in _files(folder, {config.destination}):
            classes |= _classes_in(file)
    return frozenset(classes)


def _theme_folders(root: Path) -> Iterator[Path]:
    for name in CONFIG_FILES:
        try:
            match = _THEME.search((root / name).read_bytes())
        except OSError:
            continue
        theme = match[1].decode("utf-8", "replace") if match else None
        for gems in _gem_folders(root) if theme else ():
            yield from gems.glob(f"gems/{theme}-[0-9]*")


def _gem_folders(root: Path) -> Iterator[Path]:
    named = (os.environ.get(name, "") for name in ("GEM_HOME", "GEM_PATH"))
    yield from {Path(path) for value in named for path in value.split(os.pathsep) if path}
    for folder, pattern in product((root, Path.home()), _GEMS):
        yield from folder.glob(pattern)
    for pattern in _SYSTEM_GEMS:
        yield from Path("/").glob(pattern[1:])


def _files(folder: Path, built: set[str]) -> Iterator[Path]:
    """Yield the stylesheets in a folder, and the templates, which may have rules as well."""
    for path, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _NOT_OWN | built)
        yield from (
            Path(path, name)
            for name in names
            if name.endswith(_STYLESHEETS)
            or (name.endswith(_TEMPLATES) and {"_layouts", "_includes"} & {*Path(path).parts})
        )


def _classes_in(file: Path) -> set[str]:
    try:
        if file.stat().st_size > _MOST_BYTES:
            return set()
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return set()
    if file.suffix in _TEMPLATES:
        text = "\n".join(_STYLE.findall(text))
    text = _COMMENT.sub("", text)
    classes = {name.replace("\\", "") for name in _CLASS.findall(text)}
    return classes | {name + end for name in classes for end in {*_SUFFIX.findall(text)}}
