"""How well the resolver's books fit the posts of a blog, by somebody's judgments.

    python benchmarks/relevance.py --site DIR --mapping FILE --judgments FILE

`--mapping`: YAML, by ASIN `{title, blurb, keywords}`. `--judgments`: tab-separated, a row a post
(its file name without the ending), a column an ASIN, 0 off-topic, 1 acceptable, 2 clearly fitting.
Prints the share of the books shown that are judged 1 or 2, and the nDCG@3 over the posts for which
any is (Järvelin and Kekäläinen 2002: gain = judgment, discount = log2(rank + 1); a post that shows
nothing counts 0).
"""

import argparse
import csv
import sys
from collections.abc import Mapping, Sequence
from math import log2
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import yaml

from linkmgr.builder.inputs import load_inputs
from linkmgr.catalog.kinds import BOOKS
from linkmgr.catalog.model import Block, Book, Catalog, Site, Terms
from linkmgr.catalog.model import Mapping as CatalogMapping
from linkmgr.links.model import Programme, Tracking
from linkmgr.resolver.model import Placement

if TYPE_CHECKING:
    from linkmgr.posts.model import Post

LIMIT = 3
FITTING = 0.75


def catalog_of(mapping: Mapping[str, Mapping[str, object]]) -> Catalog:
    """Return a catalog with a book for each ASIN, called for by its keywords alone."""
    books: dict[str, Book] = {}
    mappings: dict[str, CatalogMapping] = {}
    for asin, entry in mapping.items():
        name = f"b-{asin.lower()}"
        books[name] = Book(name, str(entry["title"]), str(entry.get("blurb", "")), asin=asin)
        keywords = entry["keywords"]
        if not isinstance(keywords, list):
            sys.exit(f"{asin}: keywords: must be a list")
        terms = Terms(keywords=tuple(map(str, keywords)))
        mappings[name] = CatalogMapping(name, (name,), any_of=terms)
    amazon = Programme("amazon", "Amazon", Tracking.BEACON, marketplace="amazon.co.jp")
    return Catalog(
        site=Site("relevance", "https://example.com"),
        programmes={"amazon": amazon},
        books=books,
        ctas={},
        mappings=mappings,
        blocks=(Block("books", BOOKS, LIMIT),),
    )


def gain(judgments: Sequence[int]) -> float:
    """Return the discounted cumulative gain of judgments in the order shown."""
    return sum(judged / log2(rank + 1) for rank, judged in enumerate(judgments, start=1))


def main() -> None:
    """Score the resolver and print the figures; exit 1 if a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    for name, what in (
        ("site", "the folder of the Jekyll site"),
        ("mapping", "the books and their keywords"),
        ("judgments", "the judged posts"),
    ):
        parser.add_argument(f"--{name}", required=True, type=Path, help=what)
    options = parser.parse_args()
    catalog = catalog_of(yaml.safe_load(options.mapping.read_text(encoding="utf-8")))
    with options.judgments.open(encoding="utf-8", newline="") as file:
        rows = {row["post"]: row for row in csv.DictReader(file, delimiter="\t")}
    site = load_inputs(options.site, catalog)
    posts: dict[str, Post] = {PurePosixPath(post.path).stem: post for post in site.posts}
    if missing := [name for name in rows if name not in posts]:
        sys.exit(f"{options.site} has no post {missing[0]} (and {len(missing) - 1} others)")

    shown: list[int] = []
    gains: list[float] = []
    for name, row in rows.items():
        judged = {asin: int(value) for asin, value in row.items() if asin != "post"}
        blocks = site.resolver.resolve(posts[name]).blocks
        values = [
            judged[catalog.books[placement.item].asin or ""]
            for placement in blocks.get("books", ())
            if isinstance(placement, Placement)
        ]
        shown += values
        best = sorted(judged.values(), reverse=True)[:LIMIT]
        if best[0]:
            gains.append(gain(values) / gain(best))
    precision = sum(value > 0 for value in shown) / max(len(shown), 1)
    ndcg = sum(gains) / max(len(gains), 1)
    print(f"{len(rows)} judged posts, {len(shown)} books shown")
    for what, figure in (("books shown that fit (1 or 2)", precision), (f"nDCG@{LIMIT}", ndcg)):
        verdict = "met" if figure >= FITTING else "MISSED"
        print(f"{what:30} {figure:.3f}  (bar {FITTING})  {verdict}")
    sys.exit(0 if min(precision, ndcg) >= FITTING else 1)


if __name__ == "__main__":
    main()
