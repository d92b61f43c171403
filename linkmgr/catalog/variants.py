"""The test that an item's variants make up: what each shows, and what tells it from other tests."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import accumulate
from typing import Self

from linkmgr.catalog.item_keys import VaryBy
from linkmgr.catalog.items import Item, Variant
from linkmgr.catalog.model import Catalog


@dataclass(frozen=True, slots=True)
class VariantTest:
    """A test of variants.

    `key` names it as it is, with its weights and its share; `test` is the same for all keys that
    differ in those alone, which are the segments of one test. Both stay when an item is renamed.
    `shows` are the items as its variants show them, `weights` how often; the original is the first
    of both.
    """

    item: str
    key: str
    test: str
    shows: Mapping[str, Item]
    weights: Mapping[str, float]
    share: float
    vary_by: VaryBy

    def of_post(self, post: str) -> str | None:
        """Return the variant of the post with this key, `None` for one that is in no test.

        It stays the same as long as the texts do, but for posts at the edge of another weight.
        """
        part = int(_digest([self.test, post], 12), 16) / 16**12 * 100 / self.share
        if part >= 1:
            return None
        reached = accumulate(self.weights.values())
        total = sum(self.weights.values())
        names = zip(self.weights, reached, strict=True)
        return next((name for name, end in names if part * total < end), [*self.weights][-1])

    @classmethod
    def of_item(cls, catalog: Catalog, item: Item) -> Self | None:
        """Return the test of an item's variants, `None` for an item that has none."""
        if not item.variants:
            return None
        shows = {variant.id: _shown(catalog, item, variant) for variant in item.variants}
        weights = {variant.id: variant.weight for variant in item.variants}
        texts = [[name, *_texts(own)] for name, own in shows.items()]
        test = [_first_id(item), item.vary_by, texts]
        return cls(
            item=item.id,
            key=_digest([test, [*weights.items()], item.share], 8),
            test=_digest(test, 16),
            shows=shows,
            weights=weights,
            share=item.share,
            vary_by=item.vary_by,
        )


def _shown(catalog: Catalog, item: Item, variant: Variant) -> Item:
    """Return an item as a variant shows it, which has no variants."""
    if variant.item:
        return catalog.items[variant.item]
    texts = {field: getattr(variant, field) for field in _varied_fields(item)}
    own = {field: text for field, text in texts.items() if text is not None}
    return replace(item, **own, variants=())


def _texts(item: Item) -> list[str | None]:
    """Return the texts of an item that readers see: a change of one begins another test."""
    fields = dict.fromkeys((item.title_key, *_varied_fields(item)))
    return [_first_id(item), *(getattr(item, field) for field in fields)]


def _first_id(item: Item) -> str:
    return item.was[0] if item.was else item.id


def _varied_fields(item: Item) -> list[str]:
    """Return the fields of an item that its variants may have other texts for."""
    return [key.field for key in item.variant_keys if key.name not in ("item", "weight")]


def _digest(values: object, digits: int) -> str:
    return sha256(json.dumps(values).encode()).hexdigest()[:digits]


def variant_tests(catalog: Catalog) -> Iterator[VariantTest]:
    """Yield the tests of a catalog's items."""
    tests = (VariantTest.of_item(catalog, item) for item in catalog.items.values())
    return filter(None, tests)
