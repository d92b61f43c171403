"""Deciding which blocks leave the posts, and which items the catalog gets."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

from linkmgr.adopt.deciding.collect import collect_items
from linkmgr.adopt.deciding.losses import (
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
from linkmgr.adopt.post.model import OldCta, OldPost, OldProduct
from linkmgr.adopt.post.parsed_post import NO_TITLES
from linkmgr.adopt.post.products import ProductKey, products_in, products_of_items, shop_target
from linkmgr.adopt.scanning.article_end import in_middle, with_ends
from linkmgr.adopt.scanning.read_blog import OldSite
from linkmgr.adopt.scanning.scan import scan_post
from linkmgr.adopt.scanning.titles import site_titles
from linkmgr.blocks.link_views import BUTTON_CLASS
from linkmgr.catalog.blocks import KINDS
from linkmgr.catalog.items import Good
from linkmgr.catalog.model import Catalog
from linkmgr.messages.message import Message, message
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

    `titles` are those that the owner gives to products, by ASIN, empty for none.

    A block stays if a product or a shop's page in it would be lost and, unless `discard`, if text
    or any other link would: then what it would give the catalog is missing from that, so that
    others may have to stay too.
    """
    known_titles = site_titles(site.old.values(), catalog, titles)
    old = dict(site.old)
    for path, post in site.old.items():
        untitled = [product for block in post.blocks for product in block.kept_products]
        if any(product.asin in known_titles for product in untitled):
            # Another post names what this one does not.
            old[path] = scan_post(path, site.read(path), site.live, known_titles)
    old = keep_unrepeated(with_ends(_styled(site, old)), catalog)
    switched_off = {post.path for post in site.posts if post.override.disabled}
    for path, post in old.items():
        if path in switched_off:  # no other block would be shown in it
            reason = message("adopt.keep-switched-off")
            reasons = {block.start: reason for block in post.blocks}
        else:
            reasons = _reasons_by_catalog(post, catalog)
        if reasons:
            old[path] = keep_blocks(post, reasons)
    leaving = [path for path, post in old.items() if post.leaving]
    read = site.for_each(
        leaving,
        message("adopt.scanning-products"),
        lambda path: contents_of(site.read(path), old[path]),
    )
    contents = dict(zip(leaving, read, strict=True))
    dates = {post.path: post.date for post in site.posts}
    while True:
        old = keep_equal({path: _keep_placeless(post) for path, post in old.items()})
        collected = collect_items([*old.values()], catalog, dates, known_titles)
        added = [new.item for new in collected.items if not new.known]
        saved = Saved((*catalog.items.values(), *added))
        changed: dict[str, OldPost] = {}
        for path, in_post in contents.items():
            lost = losses(keep_refused(old[path], collected.refused), in_post, saved)
            post = keep_losing(old[path], lost, discard=discard) if lost else old[path]
            if post != old[path]:
                changed[path] = post
        if not changed:
            return replace(site, old=old), collected
        old |= changed


def _reasons_by_catalog(post: OldPost, catalog: Catalog) -> dict[int, Message]:
    """Return why blocks stay with products that the catalog lacks or has otherwise, or a price.

    Nothing is added to the catalog for them: `linkmgr eject`, which writes these blocks, leaves the
    catalog as it is.
    """
    reasons: dict[int, Message] = {}
    for block in post.blocks:
        if not all(_is_known(product, catalog) for product in block.products):
            reasons[block.start] = message("adopt.keep-products")
        for book in block.books:
            if not book.words or not book.words.price:
                continue
            known = catalog.books.get(book.id)
            if known is None or book.words.price not in _prices(known):
                reasons[block.start] = message("adopt.keep-price")
    return reasons


def _prices(good: Good) -> list[str]:
    prices = (good.price, *(shop.price for shop in good.shops))
    return [" ".join(price.amount.split()) for price in prices if price]


def _is_known(old: OldProduct, catalog: Catalog) -> bool:
    """Whether the catalog has a product with the same id, texts and picture, and all its links."""
    product = catalog.products.get(old.id)
    if product is None:
        return False
    texts = (product.title, product.maker or "", product.blurb)
    if tuple(" ".join(text.split()) for text in texts) != (old.title, old.maker, old.blurb):
        return False
    words = old.words
    own = (product.badge, product.rating, product.review, product.image or "")
    if own != (words.badge, words.rating, words.review, old.image):
        return False
    if words.price and words.price not in _prices(product):
        return False
    held = products_of_items([product])
    for url in old.links:
        linked = products_in(url.encode()).keys() or {ProductKey(address=shop_target(url))}
        if not held >= linked:
            return False
    return True


def _keep_placeless(post: OldPost) -> OldPost:
    """Return a post that keeps the blocks between its texts that no card can replace."""
    placeless: dict[int, Message] = {}
    for block in in_middle(post):
        has_items = block.books or block.ctas or block.products
        kind = KINDS.get(block.kind)
        is_of_items = kind is not None and kind.items and not kind.compares
        if is_of_items and not (post.takes_tags and has_items):
            placeless[block.start] = message("adopt.keep-placeless")
    return keep_blocks(post, placeless) if placeless else post


def _styled(site: OldSite, old: Mapping[str, OldPost]) -> dict[str, OldPost]:
    """Return the posts, with linkmgr's class at calls to action that no stylesheet styles.

    Their own class stays: scripts of the site may look for it.
    """
    with_class = {
        path
        for path, post in old.items()
        if any(cta.css_class for block in post.blocks for cta in block.ctas)
    }
    if not with_class:
        return {**old}
    classes = site_classes(site.root, site.config)

    def styled(cta: OldCta) -> OldCta:
        names = (cta.css_class or "").split()
        if cta.id:  # was ejected, with the class that its owner chose
            return cta
        is_styled = BUTTON_CLASS in names or not classes.isdisjoint(names)
        if is_styled or not names:
            return cta
        return replace(cta, css_class=" ".join((*names, BUTTON_CLASS)))

    posts = {**old}
    for path in with_class:
        blocks = [replace(block, ctas=tuple(map(styled, block.ctas))) for block in old[path].blocks]
        posts[path] = replace(old[path], blocks=tuple(blocks))
    return posts


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
_SYSTEM_GEMS = ("var/lib/gems/*", "usr/lib/ruby/gems/*", "usr/local/lib/ruby/gems/*")
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
        for file in _files(folder, config.destination):
            classes |= _classes_in(file)
    return frozenset(classes)


def _theme_folders(root: Path) -> Iterator[Path]:
    for name in CONFIG_FILES:
        try:
            match = _THEME.search((root / name).read_bytes())
        except OSError:
            continue
        if match is None:
            continue
        theme = match[1].decode("utf-8", "replace")
        for gems in _gem_folders(root):
            yield from gems.glob(f"gems/{theme}-[0-9]*")


def _gem_folders(root: Path) -> Iterator[Path]:
    named = [os.environ.get(name, "") for name in ("GEM_HOME", "GEM_PATH")]
    yield from {Path(path) for path in os.pathsep.join(named).split(os.pathsep) if path}
    for folder, pattern in product((root, Path.home()), _GEMS):
        yield from folder.glob(pattern)
    for pattern in _SYSTEM_GEMS:
        yield from Path("/").glob(pattern)


def _files(folder: Path, destination: str) -> Iterator[Path]:
    """Yield the stylesheets in a folder, and the templates, which may have rules as well."""
    for path, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in {*_NOT_OWN, destination})
        has_templates = not {"_layouts", "_includes"}.isdisjoint(Path(path).parts)
        wanted = (*_STYLESHEETS, *_TEMPLATES) if has_templates else _STYLESHEETS
        for name in names:
            if name.endswith(wanted):
                yield Path(path, name)


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
    suffixes = set(_SUFFIX.findall(text))
    return classes | {name + suffix for name, suffix in product(classes, suffixes)}
