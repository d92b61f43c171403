"""On how many posts each item of a site is, as each part of linkmgr says it."""

import json
from collections import Counter

import yaml

from linkmgr.catalog.reading.files import load_catalog
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.site_index.coverage import compare
from linkmgr.site_index.posts import PostQuery
from tests.support.builds import yaml_of
from tests.support.cli import run
from tests.support.site_index import find_impact, index_at


def counts_of(root, indexer, instance):
    """Return the numbers of posts by item, by the name of the part that counts them.

    The site at `root` was indexed by `indexer` into `instance`.
    """
    catalog = load_catalog(root / "catalog.yaml")
    index = index_at(instance)
    by_item = index.posts_by_item()
    pages = {item: index.posts_of(item).total for item in catalog.items}
    lists = {item: index.posts(wanted=PostQuery(items=[item])).total for item in catalog.items}
    values = yaml.safe_load((root / "catalog.yaml").read_bytes())
    for item in catalog.items.values():
        values[item.kind.section][item.id]["retired"] = True
    impact = {
        change.item: change.lost
        for change in find_impact(indexer, parse_catalog(yaml_of(values)), first=3).items
    }
    counts = {
        "coverage": compare(root).now.items,
        "resolve": _shown_on(root),
        "items": by_item,
        "item pages": pages,
        "lists of posts": lists,
        "impact of retiring all": impact,
    }
    return {part: {k: n for k, n in numbers.items() if n} for part, numbers in counts.items()}


def _shown_on(root):
    """Return on how many posts each item is by `linkmgr resolve`."""
    shown = Counter()
    for post in json.loads(run("resolve", "--site", root, "--json").out):
        placements = [*post["text"]]
        for placed in [*post["blocks"].values(), *post["comparisons"].values()]:
            placements += placed
        shown.update({placement["id"] for placement in placements if "id" in placement})
    return shown
