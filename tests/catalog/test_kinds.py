"""A kind of items is declared once, and has all that pages, messages and blocks ask of it."""

from typing import get_args

import pytest

from linkmgr.admin.common.chips import KindForm
from linkmgr.blocks.templating import template_names
from linkmgr.catalog.blocks import KINDS
from linkmgr.catalog.items import GOODS, ITEM_TYPES, ItemKind
from linkmgr.catalog.keys.site import CATALOG, entries_of
from linkmgr.messages.message import LANGUAGES, message, translate

# Of what no good can be recognised as.
ONLY_GOODS = {"instead"}


def test_every_kind_has_its_class():
    assert set(ITEM_TYPES) == set(ItemKind)
    assert all(own.kind is kind for kind, own in ITEM_TYPES.items())


@pytest.mark.parametrize("kind", ItemKind)
def test_a_kind_has_its_section_and_the_fields_of_its_keys(kind):
    own = kind.type
    assert entries_of(kind.section).keys is own.keys
    assert CATALOG[kind.section].purpose
    fields = {key.field for key in own.keys if key.plain}
    assert fields <= set(own.__dataclass_fields__)


@pytest.mark.parametrize("kind", ItemKind)
def test_a_kind_has_its_block_and_its_template(kind):
    assert KINDS[kind].items == (kind,)
    assert f"{kind}.html" in template_names([])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ItemKind)
def test_a_kind_has_its_words(kind, language):
    forms = set(get_args(KindForm)) - (set() if kind in GOODS else ONLY_GOODS)
    noun = kind.type.noun
    codes = [f"catalog.kind-{noun}-{form}" for form in sorted(forms)]
    codes += [f"catalog.{noun}-not-allowed", f"catalog.id-of-{noun}"]
    if kind in GOODS:
        codes += [f"catalog.kind-{noun}-at-shop", f"catalog.kind-{noun}-at-programme"]
        codes.append(f"catalog.{noun}-without-source")
    params = {"name": "a", "line": 1, "shop": "A"}
    missing = [code for code in codes if translate(message(code, **params), language) == code]
    assert missing == []
    assert "2" in translate(message(f"catalog.kind-{noun}-count", count=2), language)
