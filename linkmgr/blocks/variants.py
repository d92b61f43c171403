"""Variants in the HTML of a block: its combinations, from which the page chooses one.

All of it is in templates, so that no picture of a variant is loaded that is not shown, and that of
the originals also in a `noscript`. A script right behind chooses before anything is painted.
"""

import re
from collections.abc import Sequence
from itertools import product
from typing import Final, NamedTuple

from linkmgr.blocks.assets import VARIANTS_SCRIPT
from linkmgr.blocks.escape import escape
from linkmgr.blocks.include import post_key
from linkmgr.catalog.items import ORIGINAL, Item
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.variants import VariantTest, variant_tests
from linkmgr.resolver.model import Placement

_MOST_COMBINATIONS = 16
"""Of the variants of a block's items: each is a whole block of some kilobytes in the page."""

_MARK: Final = "<!-- linkmgr-variants -->\n"
"""Before the templates, around the originals, and behind the script."""


_NOSCRIPT: Final = re.compile(r"<noscript\b[^>]*>(.*?)</noscript\s*>", re.DOTALL | re.IGNORECASE)
"""A template of the site's own may have one, and none may be inside another."""


class Shown(NamedTuple):
    """What a placement shows: its item, or a variant of it.

    `link` is what the links say of the variant, where the build has chosen it.
    """

    placement: Placement
    item: Item
    variant: str = ORIGINAL
    link: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """All that its HTML depends on, but for the place and the language."""
        placement = self.placement
        tags = tuple(placement.tag_by_programme.items()) if placement.tags else ()
        return placement.item, self.variant, self.link, tags, placement.comparison


class BlockCombinations(NamedTuple):
    """What a block may show.

    Of several `combinations` the page chooses one: they are those of the variants of `tests`, by
    the placements whose items they are of, and the first is that of the originals.
    """

    tests: Sequence[tuple[Placement, VariantTest]]
    combinations: Sequence[tuple[Shown, ...]]


class Variants:
    """The tests of a catalog's items, and what blocks show of them.

    Where no server counts, as in previews, blocks show the originals.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._items = catalog.items
        tests = variant_tests(catalog) if catalog.site.server else ()
        self._tests = {test.item: test for test in tests}

    def choice(self, placements: Sequence[Placement], post: str) -> BlockCombinations:
        """Return the combinations of variants that a block with these placements has in a post."""
        # In a comparison the reader compares these items, as the owner chose them.
        if not self._tests or any(placement.comparison for placement in placements):
            return BlockCombinations(
                (),
                [tuple(Shown(placement, self._items[placement.item]) for placement in placements)],
            )
        tests: list[tuple[Placement, VariantTest]] = []
        ways: list[list[Shown]] = []
        combinations = 1
        taken = {placement.item for placement in placements}  # no block shows an item twice
        for placement in placements:
            test = self._tests.get(placement.item)
            others = {item.id for item in test.shows.values()} - {test.item} if test else set()
            by_page = len(test.shows) if test and test.vary_by == "view" else 1
            if test is None or others & taken or combinations * by_page > _MOST_COMBINATIONS:
                ways.append([Shown(placement, self._items[placement.item])])
                continue
            taken |= others
            combinations *= by_page
            if test.vary_by == "post":
                ways.append([self._in_post(placement, test, post)])
            else:
                tests.append((placement, test))
                ways.append([_as_variant(placement, test, variant) for variant in test.shows])
        return BlockCombinations(tests, [*product(*ways)])

    def _in_post(self, placement: Placement, test: VariantTest, post: str) -> Shown:
        variant = test.of_post(post_key(post))
        if variant is None:
            return Shown(placement, self._items[placement.item])
        return _as_variant(placement, test, variant, f"{test.key}.{variant}")


def _as_variant(placement: Placement, test: VariantTest, variant: str, link: str = "") -> Shown:
    item = test.shows[variant]
    if item.id != test.item:  # the tags of its own are known by itself
        placement = placement._replace(tags=tuple(t for t in placement.tags if t.source != "item"))
    return Shown(placement, item, variant, link)


def chosen_in_page(
    tests: Sequence[tuple[Placement, VariantTest]],
    blocks: Sequence[str],
    originals: str,
    *,
    respects_signals: bool,
) -> str:
    """Return the HTML that shows one of several blocks, without a script that of the originals."""
    words = ";".join(_words(placement, test) for placement, test in tests)
    quiet = " data-respect-gpc" if respects_signals else ""
    # As text, since Firefox loads the pictures of templates ahead of their use.
    templates = (
        f'<template data-linkmgr-variant="{number}"><noscript>\n'
        f"{_NOSCRIPT.sub('', block)}</noscript></template>\n"
        for number, block in enumerate(blocks, 1)
    )
    originals = _NOSCRIPT.sub(r"\1", originals)
    # In an element of the body, to which templates and scripts do not lead a parser by themselves.
    return (
        f'{_MARK}<div data-linkmgr-tests="{escape(words)}"{quiet}>\n{"".join(templates)}'
        f"<noscript data-linkmgr-originals>{_MARK}{originals}{_MARK}</noscript>"
        f"<script>{VARIANTS_SCRIPT}</script></div>\n{_MARK}"
    )


def _words(placement: Placement, test: VariantTest) -> str:
    """Return the attribute by which the script knows a test, at its place."""
    weights = " ".join(f"{name} {weight:g}" for name, weight in test.weights.items())
    return f"{placement.block}.{placement.rank} {test.key} {test.share:g} {weights}"
