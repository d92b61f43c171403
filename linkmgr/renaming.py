"""Renaming an item: its id in the catalog, in front matter and in the tags of articles.

All of it is one change: a file that cannot be written has the others put back as they were.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from linkmgr.builder.site import read_site_config
from linkmgr.catalog.editing.edit import replace_entry
from linkmgr.catalog.editing.edit_file import edit_catalog, read_revision
from linkmgr.catalog.items import ItemKind
from linkmgr.catalog.reading.ids import id_problem
from linkmgr.catalog.reading.parse import CatalogText, parse_catalog
from linkmgr.catalog.reading.yaml.texts import raw_values, typed
from linkmgr.checkout import note_rewritten
from linkmgr.fs import leads_outside, replace_file, wrap_write_errors
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.posts.article.inclusions import inclusions
from linkmgr.posts.document import BOM, split_front_matter
from linkmgr.posts.model import ITEM_KEYS
from linkmgr.posts.pages import page_files
from linkmgr.posts.site import post_files

_ITEM_SECTIONS = tuple(kind.section for kind in ItemKind)
_LISTS = {"mappings": ("items",), "comparisons": ("items",), "blocks": ("items", "fallback")}
_FRONT_MATTER_KEYS = (*ITEM_KEYS, "exclude")


@dataclass(frozen=True, slots=True)
class RenamedFile:
    """A post or page that names the item: its bytes before and after."""

    path: str
    file: Path
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class Renaming:
    """What renaming an item changes."""

    root: Path
    catalog_file: Path
    revision: str
    text: CatalogText
    files: tuple[RenamedFile, ...]


def plan_renaming(root: Path, catalog_file: Path, old: str, new: str) -> Renaming:
    """Return the changes of the files that name an item; write nothing. Raise LinkmgrError.

    Problems are raised, too, of an id that another item has or had.
    """
    before = read_revision(catalog_file)
    catalog = parse_catalog(before.text.encode(), str(catalog_file))
    item = catalog.items.get(old)
    if item is None:
        raise LinkmgrError(message("build.unknown-item", item=old))
    if new == old:
        raise LinkmgrError(message("admin.nothing-changed"))
    if new in catalog.items:
        raise LinkmgrError(message("cli.rename-taken", id=new, title=catalog.items[new].title))
    present = catalog.renamed.get(new, old)
    if present != old:
        raise LinkmgrError(message("cli.rename-was", id=new, title=catalog.items[present].title))
    if problem := id_problem(new):
        raise LinkmgrError(problem)
    text = _renamed_catalog(before.text, item.kind.section, old, new)
    files = tuple(_renamed_files(root, catalog.site.pages, old, new))
    return Renaming(root, catalog_file, before.id, text, files)


def posts_naming(root: Path, pages: Sequence[str], item: str) -> list[str]:
    """Return the posts and pages whose front matter or tags name an item, by their paths."""
    # Whatever its next id is, these are written again.
    return [file.path for file in _renamed_files(root, pages, item, f"{item}-2")]


def _renamed_files(root: Path, pages: Sequence[str], old: str, new: str) -> Iterator[RenamedFile]:
    config = read_site_config(root)
    for post in (*post_files(root, config, drafts=True), *page_files(root, config, pages)):
        raw = post.read()
        after = _renamed_post(raw, old, new) if old.encode() in raw else raw
        if after != raw:
            yield RenamedFile(post.path, Path(post.absolute), raw, after)


def write_renaming(planned: Renaming) -> None:
    """Write what is planned: all of it, or nothing. Raise LinkmgrError."""
    edit_catalog(
        planned.catalog_file,
        planned.revision,
        lambda _: planned.text,
        recording=lambda _: writing_posts(planned),
    )


@contextmanager
def writing_posts(planned: Renaming) -> Iterator[None]:
    """Write the posts of a renaming, and put them back if what is done then fails.

    Raise LinkmgrError where one cannot be written, or was edited since it was read.
    """
    for file in planned.files:
        if leads_outside(planned.root, str(file.file.relative_to(planned.root.absolute()))):
            raise LinkmgrError(message("build.file-links-out", path=str(file.file)))
        if file.file.read_bytes() != file.before:
            raise LinkmgrError(message("adopt.changed", file=file.path))
    note_rewritten(planned.root, {file.file: file.after for file in planned.files})
    written: list[RenamedFile] = []
    try:
        for file in planned.files:
            written.append(file)
            with wrap_write_errors(file.file):
                replace_file(file.file, file.after)
        yield
    except BaseException:
        for file in written:
            replace_file(file.file, file.before)
        raise


# The catalog.


def _renamed_catalog(text: str, section: str, old: str, new: str) -> CatalogText:
    """Return a catalog's text with another id for an item, which says what it was."""
    tree = yaml.compose(text, Loader=yaml.CSafeLoader)
    renamed = _replaced(text, [*_names_in_catalog(tree, old)], old, new)
    entry = typed(raw_values(renamed))[section][new]
    earlier = [name for name in [*entry.get("was", ()), old] if name != new]
    return replace_entry(renamed, section, new, {**entry, "was": earlier})


def _names_in_catalog(tree: Node | None, old: str) -> Iterator[Node]:
    """Yield the nodes that name an item."""
    for section, entries in _pairs(tree):
        for name, entry in _pairs(entries):
            is_item = section.value in _ITEM_SECTIONS
            # Of mappings the admin's pins, which it knows by their names.
            if is_item or (section.value == "mappings" and name.value != old):
                yield name
            if is_item:
                yield from _names_in_item(entry)
            for key, value in _pairs(entry):
                if key.value in _LISTS.get(section.value, ()):
                    yield from _scalars(value)


def _names_in_item(entry: Node) -> Iterator[Node]:
    """Yield the nodes of an item that name another one."""
    for key, value in _pairs(entry):
        if key.value == "fallback":
            yield value
        elif key.value == "variants":
            for _, variant in _pairs(value):
                yield from (own for term, own in _pairs(variant) if term.value == "item")


def _pairs(node: Node | None) -> list[tuple[Node, Node]]:
    return node.value if isinstance(node, MappingNode) else []


def _scalars(node: Node) -> list[Node]:
    return node.value if isinstance(node, SequenceNode) else [node]


def _replaced(text: str, nodes: list[Node], old: str, new: str) -> str:
    """Return a text with another id in the nodes that have the old one, or a pin's name of it."""
    shift = text.startswith("\ufeff")
    places = set()
    for node in nodes:
        if isinstance(node, ScalarNode) and node.value in {old, f"pin-{old}", f"exclude-{old}"}:
            places.add((node.start_mark.index + shift, node.end_mark.index + shift))
    for start, end in sorted(places, reverse=True):
        text = text[:start] + text[start:end].replace(old, new) + text[end:]
    return text


# Posts.


def _renamed_post(raw: bytes, old: str, new: str) -> bytes:
    """Return a post with another id in its front matter and in its own tags."""
    mark = BOM if raw.startswith(BOM) else b""
    head = split_front_matter(raw.removeprefix(BOM))[0]
    rest = raw[len(mark) + len(head) :]
    return mark + _renamed_head(head, old, new) + _renamed_tags(rest, old, new)


def _renamed_head(head: bytes, old: str, new: str) -> bytes:
    try:
        text = head.decode()
        tree = next(iter(yaml.compose_all(text, Loader=yaml.CSafeLoader)), None)
    except (UnicodeDecodeError, yaml.YAMLError):  # which Jekyll refuses, too
        return head
    nodes = [
        named
        for key, own in _pairs(tree)
        if key.value == "linkmgr"
        for term, value in _pairs(own)
        if term.value in _FRONT_MATTER_KEYS
        for named in _scalars(value)
    ]
    return _replaced(text, nodes, old, new).encode()


def _renamed_tags(article: bytes, old: str, new: str) -> bytes:
    named = re.compile(rb"(?<![\w-])(item\s*=\s*([\"']))" + re.escape(old.encode()) + rb"\2")
    for tag in reversed([*inclusions(article)]):
        if tag.item == old:
            changed = named.sub(rb"\g<1>" + new.encode() + rb"\2", article[tag.start : tag.end])
            article = article[: tag.start] + changed + article[tag.end :]
    return article
