"""Every text that a declaration has in English has its Japanese, and no other has."""

import ast
from pathlib import Path

from babel.messages.pofile import read_po

from linkmgr.catalog.declaration import Choice, Entries, Inner, ListOf, MapOf, OneOf, keys_within
from linkmgr.catalog.keys.site import CATALOG
from linkmgr.messages import message

PO = Path(message.__file__).parent / "translations" / "ja" / "LC_MESSAGES" / "declared.po"
SHARED = {"95 %", "ASIN", "English", "ISBN", "h2", "h3", "h4", "h5", "h6", "日本語"}
DECLARED = {"Column": ("called", "titled"), "Preset": ("called", "about")}
"""The fields of lists and reports that hold such a text; that after the name is `called`."""


def translated():
    with PO.open("rb") as opened:
        return {entry.id for entry in read_po(opened) if entry.id}


def modules():
    for file in Path(message.__file__).parents[1].rglob("*.py"):
        yield ast.parse(file.read_text(encoding="utf-8"))


def literals(node):
    return {part.value for part in ast.walk(node) if isinstance(part, ast.Constant)}


def called_in(module):
    """Yield the texts of the columns and presets that a module declares in place."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in DECLARED:
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            texts = [*node.args[1:2], *map(given.get, DECLARED[node.func.id])]
            yield from (text.value for text in texts if isinstance(text, ast.Constant))


def texts_of(kind):
    """Yield the texts of what a key holds, but for those of the keys within."""
    match kind:
        case Choice(labels=labels):
            yield from labels.values()
        case Inner(keys) | ListOf(Inner(keys)):
            yield keys.purpose
        case Entries(keys, named):
            yield from (inner.purpose for inner in (keys, *named.values()))
        case ListOf(of) | MapOf(of):
            yield from texts_of(of)
        case OneOf(_, options):
            for option in options:
                yield from texts_of(option)


def declared_texts():
    texts = {CATALOG.purpose}
    for key in keys_within(CATALOG):
        texts |= {key.purpose, key.label, *texts_of(key.type)}
    return texts - {""}


def test_each_of_the_catalogs_keys_has_its_japanese():
    assert declared_texts() - SHARED - translated() == set()


def test_each_column_and_each_preset_has_its_japanese():
    texts = {text for module in modules() for text in called_in(module)}
    assert len(texts) > 30
    assert texts - SHARED - translated() - {""} == set()


def test_no_japanese_is_left_without_its_english():
    texts = declared_texts().union(*map(literals, modules()))
    assert translated() - texts == set()


def test_one_is_said_in_the_language_that_is_asked_for():
    assert message.declared("Address", "ja") == "アドレス"
    assert message.declared("Address", "en") == "Address"
    assert message.declared("ASIN", "ja") == "ASIN"
