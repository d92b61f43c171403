"""How well the resolver's books fit the posts of a blog, by somebody's judgments.

    python benchmarks/relevance.py --site DIR [--posts ARCHIVE] --mapping FILE --judgments FILE
        [--second DIR]

`--posts`: an archive of `_posts/` that takes the place of the site's own. `--mapping`: YAML, by
ASIN `{title, blurb, keywords}`. `--judgments`: tab-separated, a row a post (its file name without
the ending), a column an ASIN, 0 off-topic, 1 acceptable, 2 clearly fitting.

Prints the share of the books shown that are judged 1 or 2, and the nDCG@3 over the posts for which
any is (Järvelin and Kekäläinen 2002: gain = judgment, discount = log2(rank + 1); a post that shows
nothing counts 0). They are measured on posts that the minimum was not tuned on: it is chosen on
four fifths of the judged posts and the last is measured, ten times over. On random parts of the
site the minimum is as released. So it is on 120 posts more of the site, and on a second blog, in
the folder `--second`; the judgments of both are in `judgments/`. All but these 120 are compared
with commit eca7cae4, whose outcomes are kept in `judgments/before.tsv`. Standard errors are over
posts.
"""

import argparse
import csv
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import log2
from pathlib import Path, PurePosixPath
from random import Random
from statistics import stdev

import yaml

from linkmgr.builder.reading.inputs import SiteInputs, load_inputs
from linkmgr.catalog.blocks import BOOKS, Block
from linkmgr.catalog.items import Book
from linkmgr.catalog.model import Catalog, Site, Terms
from linkmgr.catalog.model import Mapping as CatalogMapping
from linkmgr.links.model import Programme, Tracking
from linkmgr.posts.model import Post
from linkmgr.resolver.placing import MINIMUM
from linkmgr.resolver.resolve import PreparedPosts, Resolver

LIMIT = 3
JUDGMENTS = Path(__file__).with_name("judgments")
BEFORE = JUDGMENTS / "before.tsv"
MORE = (JUDGMENTS / "books-held-out.tsv", JUDGMENTS / "books-held-out-2.tsv")
FITTING = 0.72
FOLDS, REPEATS = 5, 10
RESAMPLES = 1_000
# How many posts a part of the site has, how many of them are judged, how many parts are drawn.
PARTS = ((12, 12, 40), (50, 50, 12), (200, 100, 6))
BEFORE_ON_PARTS = ((0.755, 0.702), (0.740, 0.712), (0.734, 0.727))

MINIMA = (0.8, 0.9, 1.0, 1.1, 1.2)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a judged post: how many books shown fit, how many there are, the nDCG.

    `ndcg` is `None` where no book fits the post. Outcomes of repeated runs are means. `grades` are
    the judgments of what is shown, in order.
    """

    fit: float
    shown: float
    ndcg: float | None
    grades: tuple[int, ...] = ()


Figures = tuple[float, float]
"""The share of the books shown that fit, and the nDCG."""

Tried = Mapping[float, Sequence[Outcome]]
"""What becomes of the judged posts with different minima."""


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
        items=books,
        mappings=mappings,
        blocks=(Block("books", BOOKS, LIMIT),),
    )


def gain(judgments: Sequence[int]) -> float:
    """Return the discounted cumulative gain of judgments in the order shown."""
    return sum(judged / log2(rank + 1) for rank, judged in enumerate(judgments, start=1))


class Trial:
    """The resolver on the posts of a site, or of a part of it."""

    def __init__(self, site: SiteInputs, posts: Sequence[Post]) -> None:
        self._catalog = site.catalog
        self._prepared = PreparedPosts(posts, site.texts)
        self._today = site.now.date()

    def outcomes(
        self, judged: Iterable[tuple[Post, Mapping[str, int]]], minimum: float = MINIMUM
    ) -> list[Outcome]:
        """Return what becomes of judged posts of the site."""
        blocks = (replace(self._catalog.blocks[0], minimum=minimum),)
        resolver = Resolver(replace(self._catalog, blocks=blocks), self._prepared, self._today)
        return [self._outcome(resolver, post, judgments) for post, judgments in judged]

    def _outcome(self, resolver: Resolver, post: Post, judgments: Mapping[str, int]) -> Outcome:
        books = self._catalog.books
        placed = resolver.items(post).get("books", ())
        values = [judgments[books[placement.item].asin or ""] for placement in placed]
        best = sorted(judgments.values(), reverse=True)[:LIMIT]
        ndcg = gain(values) / gain(best) if best[0] else None
        return Outcome(sum(value > 0 for value in values), len(values), ndcg, tuple(values))


def figures(outcomes: Iterable[Outcome]) -> Figures:
    """Return the figures of some posts."""
    outcomes = list(outcomes)
    ndcgs = [outcome.ndcg for outcome in outcomes if outcome.ndcg is not None]
    shown = sum(outcome.shown for outcome in outcomes)
    fit = sum(outcome.fit for outcome in outcomes)
    return fit / max(shown, 1), sum(ndcgs) / max(len(ndcgs), 1)


def mean(runs: Sequence[Sequence[Outcome]]) -> list[Outcome]:
    """Return the mean outcome of each post over repeated runs."""
    number = len(runs)
    return [
        Outcome(
            sum(each.fit for each in same) / number,
            sum(each.shown for each in same) / number,
            None if same[0].ndcg is None else sum(each.ndcg or 0.0 for each in same) / number,
        )
        for same in zip(*runs, strict=True)
    ]


def best_minimum(tried: Tried, before: Sequence[Outcome], posts: Sequence[int]) -> float:
    """Return the minimum that gains most on some of the posts, in both figures."""
    least = figures(before[number] for number in posts)
    return max(
        tried,
        key=lambda minimum: min(_difference(figures(tried[minimum][n] for n in posts), least)),
    )


def cross_validated(tried: Tried, before: Sequence[Outcome]) -> list[Outcome]:
    """Return each post's outcome with the minimum that was chosen on the other folds."""
    runs, posts = [], len(before)
    for repeat in range(REPEATS):
        order = list(range(posts))
        Random(repeat).shuffle(order)
        run: dict[int, Outcome] = {}
        for fold in range(FOLDS):
            held_out = order[fold::FOLDS]
            minimum = best_minimum(tried, before, [n for n in order if n not in held_out])
            run |= {number: tried[minimum][number] for number in held_out}
        runs.append([run[number] for number in range(posts)])
    return mean(runs)


def standard_errors(*sides: Sequence[Outcome]) -> Figures:
    """Return the standard errors of the figures, or of the difference of two sides' figures."""
    random = Random(0)
    found = []
    for _ in range(RESAMPLES):
        sample = random.choices(range(len(sides[0])), k=len(sides[0]))
        ours, *theirs = (figures(side[number] for number in sample) for side in sides)
        found.append(_difference(ours, theirs[0]) if theirs else ours)
    return stdev(each[0] for each in found), stdev(each[1] for each in found)


def _difference(ours: Figures, theirs: Figures) -> Figures:
    return ours[0] - theirs[0], ours[1] - theirs[1]


def on_parts(
    site: SiteInputs,
    judged: Sequence[tuple[Post, Mapping[str, int]]],
    part: tuple[int, int, int],
) -> list[Outcome]:
    """Return the outcomes on random parts of the site."""
    size, with_judgments, repeats = part
    random = Random(size)
    known = {post.path for post, _ in judged}
    others = [post for post in site.posts if post.path not in known]
    outcomes: list[Outcome] = []
    for _ in range(repeats):
        numbers = random.sample(range(len(judged)), min(with_judgments, len(judged)))
        drawn = random.sample(others, min(size - len(numbers), len(others)))
        paths = {post.path for post in (*(judged[n][0] for n in numbers), *drawn)}
        posts = [post for post in site.posts if post.path in paths]
        outcomes += Trial(site, posts).outcomes(judged[number] for number in numbers)
    return outcomes


def outcomes_before(blog: str, judged: Sequence[tuple[Post, object]]) -> list[Outcome]:
    """Return what the commit before showed on judged posts."""
    with BEFORE.open(encoding="utf-8", newline="") as opened:
        rows = {
            row["post"]: Outcome(
                float(row["fit"]), float(row["shown"]), float(row["ndcg"]) if row["ndcg"] else None
            )
            for row in csv.DictReader(opened, delimiter="\t")
            if row["blog"] == blog
        }
    return [rows[PurePosixPath(post.path).stem] for post, _ in judged]


def report(what: str, ours: Sequence[Outcome], theirs: Sequence[Outcome]) -> Figures:
    """Print a line; return by how much the resolver is better than before."""
    old, new = figures(theirs), figures(ours)
    better = _difference(new, old)
    errors = standard_errors(ours, theirs)
    columns = "".join(
        f"{old[n]:8.3f}{new[n]:8.3f}{better[n]:+10.3f} ± {errors[n]:.3f}" for n in range(2)
    )
    print(f"{what:28}{columns}", flush=True)
    return better


def report_part(part: tuple[int, int, int], before: Figures, outcomes: Sequence[Outcome]) -> None:
    """Print a line on parts of the site."""
    new, errors = figures(outcomes), standard_errors(outcomes)
    columns = "".join(
        f"{before[n]:8.3f}{new[n]:8.3f}{new[n] - before[n]:+10.3f} ± {errors[n]:.3f}"
        for n in range(2)
    )
    print(f"{f'on parts of {part[0]} posts':28}{columns}", flush=True)


@contextmanager
def unpacked(site: Path, archive: Path | None) -> Iterator[Path]:
    """Return a site with the posts of an archive, if there is one."""
    if archive is None:
        yield site
        return
    with tempfile.TemporaryDirectory(prefix="linkmgr-relevance-") as folder:
        shutil.copytree(
            site,
            folder,
            dirs_exist_ok=True,
            copy_function=shutil.copyfile,
            ignore=shutil.ignore_patterns("_posts"),
        )
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
        yield Path(folder)


def judged_posts(site: SiteInputs, file: Path) -> list[tuple[Post, Mapping[str, int]]]:
    """Return the judged posts with their judgments by ASIN; exit where one is not of the site."""
    with file.open(encoding="utf-8", newline="") as opened:
        rows = {row.pop("post"): row for row in csv.DictReader(opened, delimiter="\t")}
    posts = {PurePosixPath(post.path).stem: post for post in site.posts}
    if missing := [name for name in rows if name not in posts]:
        sys.exit(f"{site.root} has no post {missing[0]} (and {len(missing) - 1} others)")
    return [
        (posts[name], {asin: int(value) for asin, value in row.items()})
        for name, row in rows.items()
    ]


def main() -> None:
    """Measure the resolver and print the figures; exit 1 if a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    for name, what in (
        ("site", "the folder of the Jekyll site"),
        ("mapping", "the books and their keywords"),
        ("judgments", "the judged posts"),
    ):
        parser.add_argument(f"--{name}", required=True, type=Path, help=what)
    parser.add_argument("--posts", type=Path, help="an archive with other posts for the site")
    parser.add_argument("--second", type=Path, help="the folder of the second blog")
    options = parser.parse_args()
    catalog = catalog_of(yaml.safe_load(options.mapping.read_text(encoding="utf-8")))
    with unpacked(options.site, options.posts) as root:
        site = load_inputs(root, catalog)
    judged = judged_posts(site, options.judgments)
    sys.exit(0 if measure(site, judged, options.second) else 1)


def measure(
    site: SiteInputs, judged: Sequence[tuple[Post, Mapping[str, int]]], second: Path | None
) -> bool:
    """Print the table; return whether the bars are met."""
    trial = Trial(site, site.posts)
    tried = {minimum: trial.outcomes(judged, minimum) for minimum in MINIMA}
    before = outcomes_before("first", judged)
    held_out = cross_validated(tried, before)
    print(f"{len(site.posts):,} posts, {len(judged)} of them judged; before: commit eca7cae4")
    print(f"{'':28}{'shown that fit':^34}{f'nDCG@{LIMIT}':^34}")
    print(f"{'':28}" + f"{'before':>8}{'now':>8}{'difference':>18}" * 2)
    report("the minimum held out", held_out, before)
    report("as released", tried[MINIMUM], before)
    for part, figures_before in zip(PARTS, BEFORE_ON_PARTS, strict=True):
        report_part(part, figures_before, on_parts(site, judged, part))
    report_more(trial, site)
    if second:
        on_second(second)
    reached, errors = figures(held_out), standard_errors(held_out)
    met = True
    for what, figure, error in zip(
        ("shown that fit", f"nDCG@{LIMIT}"), reached, errors, strict=True
    ):
        met &= figure >= FITTING
        verdict = "met" if figure >= FITTING else "MISSED"
        print(f"{what:28}{figure:8.3f} ± {error:.3f}  (bar {FITTING})  {verdict}")
    for rank in range(LIMIT):
        grades = [o.grades[rank] for o in tried[MINIMUM] if len(o.grades) > rank]
        if grades:
            print(f"{f'book {rank + 1}':28}{sum(grades) / len(grades):8.2f} of 2 on {len(grades)}")
    return met


def report_more(trial: Trial, site: SiteInputs) -> None:
    """Print a line on the posts of the site that were judged later."""
    outcomes: list[Outcome] = []
    for file in MORE:
        outcomes += trial.outcomes(judged_posts(site, file))
    reached, errors = figures(outcomes), standard_errors(outcomes)
    columns = "".join(f"{'':8}{reached[n]:8.3f}{'':10} ± {errors[n]:.3f}" for n in range(2))
    print(f"{f'on {len(outcomes)} posts more':28}{columns}", flush=True)


def on_second(root: Path) -> None:
    """Print a line on the second blog."""
    mapping = (JUDGMENTS / "second-blog-mapping.yaml").read_text(encoding="utf-8")
    site = load_inputs(root, catalog_of(yaml.safe_load(mapping)))
    judged = judged_posts(site, JUDGMENTS / "second-blog-books.tsv")
    report(
        "on a second blog",
        Trial(site, site.posts).outcomes(judged),
        outcomes_before("second", judged),
    )


if __name__ == "__main__":
    main()
