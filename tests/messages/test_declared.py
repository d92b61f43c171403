"""Every text that a key of the catalog has in English has its Japanese, and no other has."""

from pathlib import Path

from babel.messages.pofile import read_po

from linkmgr.catalog.declaration import ByName, Choice, Either, Entries, Inner, ListOf, keys_within
from linkmgr.catalog.keys.site import CATALOG
from linkmgr.messages import message

PO = Path(message.__file__).parent / "translations" / "ja" / "LC_MESSAGES" / "declared.po"
SHARED = {"ASIN", "English", "ISBN", "h2", "h3", "h4", "h5", "h6", "日本語"}


def translated():
    with PO.open("rb") as opened:
        return {entry.id: entry.string for entry in read_po(opened) if entry.id}


def texts_of(kind):
    """Yield the texts of what a key holds, but for those of the keys within."""
    match kind:
        case Choice(labels=labels):
            yield from labels.values()
        case Inner(keys) | ListOf(Inner(keys)):
            yield keys.purpose
        case Entries(keys, named):
            yield from (inner.purpose for inner in (keys, *named.values()))
        case ListOf(of) | ByName(of):
            yield from texts_of(of)
        case Either(_, options):
            for option in options:
                yield from texts_of(option)


def declared_texts():
    texts = {CATALOG.purpose}
    for key in keys_within(CATALOG):
        texts |= {key.purpose, key.label, *texts_of(key.type)}
    return texts - {""}


def test_each_has_its_japanese_and_nothing_else_has():
    assert declared_texts() - SHARED == translated().keys()


def test_one_is_said_in_the_language_that_is_asked_for():
    assert message.declared("Address", "ja") == "アドレス"
    assert message.declared("Address", "en") == "Address"
    assert message.declared("ASIN", "ja") == "ASIN"
