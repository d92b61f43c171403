"""How well related posts fit, by somebody's judgments, against TF-IDF and the commit before.

    python benchmarks/related.py --blog DIR --judgments FILE… [--name NAME] [--unjudged FILE]

`--blog`: a checkout of the blog. `--judgments`: tab-separated (`post`, `candidate`: file names
without the ending; `grade`: 0 to 2; `dup`: `D` for the same news told again); with a column `blog`
only the rows of `--name` count. `--unjudged` writes the pairs shown that nobody has judged, in an
order that does not say who showed them.

Prints, over the judged posts: the mean grade of the three posts shown, the share of grade 2, the
nDCG@3 (gain 2^grade - 1, against the best that was judged), the share that tells the post's own
news, and how many of the posts shown nobody has judged (they gain nothing); over the whole blog:
posts that no page shows, and the pages of the one shown most. "Held out" is what is released, with
what was tuned chosen on four fifths of the judged posts and measured on the last, ten times over.
TF-IDF (with the logarithm of counts) is the cosine over pairs and triples of characters of title
and text. The commit before is taken out of git. A post hidden by a newer one at its address has no
page, and is left out.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import log2
from pathlib import Path, PurePosixPath
from random import Random
from statistics import mean
from zlib import crc32

import numpy as np

from linkmgr.posts.document_reader import parse_file
from linkmgr.posts.model import Post
from linkmgr.posts.publish import live_posts
from linkmgr.posts.site import post_files, read_config, read_posts
from linkmgr.resolver import likeness
from linkmgr.resolver.related import RelatedChoice, RelatedPosts

BEFORE = "cac92eef"
LIMIT = 3
FOLDS, REPEATS = 5, 10
# What is tried in each fold, beside what is released.
TUNED: Mapping[str, tuple[float, ...]] = {
    "TERMS_SHARE": (0.05, 0.1, 0.2),
    "THE_SAME": (0.45, 0.5, 0.55),
}
BUCKETS = 1 << 20

RELATE = """
import json, sys
from pathlib import Path
from linkmgr.posts.site import read_posts
from linkmgr.resolver.related import RelatedPosts
posts = read_posts(Path(sys.argv[1]))
related = RelatedPosts(posts, {})
shown = {p.path: [related.post(c).path for c in related.chosen(p, (3, None))] for p in posts}
json.dump(shown, sys.stdout)
"""

Shown = Mapping[str, Sequence[str]]
"""The related posts of each post, by the names of their files without the ending."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known of a post's candidates: grades by name, and which tell the same news."""

    grades: dict[str, int] = field(default_factory=dict)
    retold: set[str] = field(default_factory=set)

    def outcome(self, shown: Sequence[str]) -> tuple[float, ...]:
        """Return the figures of one post, in the order in which they are printed."""
        grades = [self.grades.get(name, 0) for name in shown]
        best = sorted(self.grades.values(), reverse=True)[:LIMIT]
        return (
            sum(grades) / LIMIT,
            sum(grade > 1 for grade in grades) / LIMIT,
            gain(grades) / gain(best) if best[0] else 0.0,
            sum(name in self.retold for name in shown) / LIMIT,
            sum(name not in self.grades for name in shown),
        )


def gain(grades: Sequence[int]) -> float:
    """Return the discounted cumulative gain of grades in the order shown."""
    return sum(float(2**grade - 1) / log2(rank + 1) for rank, grade in enumerate(grades, start=1))


def name_of(path: str) -> str:
    """Return the name of a file without its ending."""
    return PurePosixPath(path).stem


def read_judgments(files: Iterable[Path], blog: str) -> dict[str, Judged]:
    """Return what was judged of each post."""
    judged: defaultdict[str, Judged] = defaultdict(Judged)
    for file in files:
        with file.open(encoding="utf-8", newline="") as opened:
            for row in csv.DictReader(opened, delimiter="\t"):
                if row.get("blog", blog) == blog:
                    judged[row["post"]].grades[row["candidate"]] = int(row["grade"])
                    if row["dup"]:
                        judged[row["post"]].retold.add(row["candidate"])
    return dict(judged)


def by_linkmgr(posts: Sequence[Post], asked: Sequence[Post]) -> Shown:
    """Relate posts by the code that is here."""
    related = RelatedPosts(posts, {})
    shown: dict[str, list[str]] = {}
    for post in asked:
        chosen = related.chosen(post, RelatedChoice(LIMIT, None))
        names = [name_of(related.post(candidate).path) for candidate in chosen]
        shown[name_of(post.path)] = names
    return shown


def by_commit(blog: Path, commit: str) -> Shown:
    """Relate all posts by the code of a commit."""
    with tempfile.TemporaryDirectory(prefix="linkmgr-related-") as folder:
        root = Path(__file__).parent.parent
        git = ["git", "-C", str(root), "archive", commit, "linkmgr"]
        archive = subprocess.run(git, check=True, capture_output=True).stdout  # noqa: S603 - our own command
        subprocess.run(["tar", "-x", "-C", folder], check=True, input=archive)  # noqa: S603, S607 - our own command
        found = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-c", RELATE, str(blog.absolute())],
            check=True,
            capture_output=True,
            cwd=folder,
        ).stdout
    shown = json.loads(found)
    return {name_of(path): [*map(name_of, others)] for path, others in shown.items()}


def by_tf_idf(blog: Path, posts: Sequence[Post]) -> Shown:
    """Relate all posts by the cosine of tf-idf over pairs and triples of characters."""
    config, articles = read_config(blog), {}
    for file in post_files(blog, config):
        articles[file.path] = parse_file(file.path, file.read(), 0.0, config).body
    rows = []
    for post in posts:
        text = f"{post.title} {articles[post.path].decode()}".lower()
        grams = Counter(text[at : at + size] for size in (2, 3) for at in range(len(text)))
        counts = Counter[int]()
        for gram, count in grams.items():
            counts[crc32(gram.encode()) % BUCKETS] += count
        rows.append((np.array([*counts], np.int32), 1 + np.log([*counts.values()])))
    frequency = np.bincount(np.concatenate([row[0] for row in rows]), minlength=BUCKETS)
    idf = (np.log((1 + len(rows)) / (1 + frequency)) + 1).astype(np.float32)
    rows = [(columns, tf * idf[columns]) for columns, tf in rows]
    rows = [(columns, weights / np.sqrt((weights**2).sum())) for columns, weights in rows]
    columns = np.concatenate([row[0] for row in rows])
    weights = np.concatenate([row[1] for row in rows])
    starts = np.cumsum([0, *(len(row[0]) for row in rows)])[:-1]
    shown = {}
    for number, post in enumerate(posts):
        dense = np.zeros(BUCKETS, np.float32)
        dense[rows[number][0]] = rows[number][1]
        scores = np.add.reduceat(dense[columns] * weights, starts)
        scores[number] = -1
        best = np.argsort(-scores, kind="stable")[:LIMIT]
        shown[name_of(post.path)] = [name_of(posts[int(each)].path) for each in best]
    return shown


def held_out(judged: Mapping[str, Judged], posts: Sequence[Post]) -> list[tuple[float, ...]]:
    """Return the outcomes with what was tuned chosen on the other folds, all repeats together."""
    asked = [post for post in posts if name_of(post.path) in judged]
    released = {name: getattr(likeness, name) for name in TUNED}
    tried = []
    for values in product(*TUNED.values()):
        for name, value in zip(TUNED, values, strict=True):
            setattr(likeness, name, value)
        tried.append(outcomes(judged, by_linkmgr(posts, asked)))
    for name, value in released.items():
        setattr(likeness, name, value)
    numbers, found = list(range(len(judged))), []
    for repeat in range(REPEATS):
        Random(repeat).shuffle(numbers)
        for fold in range(FOLDS):
            others = [n for place, n in enumerate(numbers) if place % FOLDS != fold]
            best = max(tried, key=lambda each: mean(each[n][0] + each[n][2] for n in others))
            found += [best[n] for n in numbers[fold::FOLDS]]
    return found


def outcomes(judged: Mapping[str, Judged], shown: Shown) -> list[tuple[float, ...]]:
    """Return the figures of each judged post."""
    return [each.outcome(shown[name]) for name, each in judged.items()]


def line(what: str, found: Sequence[tuple[float, ...]], shown: Shown | None = None) -> str:
    """Return a line of the table."""
    *figures, unjudged = (mean(each) for each in zip(*found, strict=True))
    columns = "".join(f"{figure:10.3f}" for figure in figures)
    if shown is None:
        return f"{what:18}{columns}"
    pages = Counter(name for others in shown.values() for name in others)
    orphans = len(shown) - len(pages)
    return (
        f"{what:18}{columns}{orphans:10,}{max(pages.values()):10,}{round(unjudged * len(found)):10}"
    )


def compare(blog: Path, judged: Mapping[str, Judged], unjudged: Path | None) -> None:
    """Print the table."""
    posts: Sequence[Post] = read_posts(blog)
    live = live_posts(posts)
    names = {name_of(post.path) for post in posts}
    if missing := [name for name in judged if name not in names]:
        sys.exit(f"{blog} has no post {missing[0]} (and {len(missing) - 1} others)")
    posts = [post for post in posts if live[post.live_url] is post]
    names = {name_of(post.path) for post in posts}
    hidden = [name for name in judged if name not in names]
    judged = {name: each for name, each in judged.items() if name in names}
    ways: Mapping[str, Callable[[], Shown]] = {
        "now": lambda: by_linkmgr(posts, posts),
        f"at {BEFORE}": lambda: by_commit(blog, BEFORE),
        "TF-IDF": lambda: by_tf_idf(blog, posts),
    }
    print(f"{blog.name}: {len(posts):,} posts, {len(judged)} of them judged, {len(hidden)} hidden")
    heads = ("grade", "grade 2", f"nDCG@{LIMIT}", "retold", "orphans", "most", "unjudged")
    print(f"{'':18}" + "".join(f"{head:>10}" for head in heads), flush=True)
    pairs = set()
    for way, relate in ways.items():
        shown = {name: each for name, each in relate().items() if name in names}
        print(line(way, outcomes(judged, shown), shown), flush=True)
        pairs |= {(n, other) for n, each in judged.items() for other in shown[n]
                  if other not in each.grades}  # fmt: skip
    print(line("now, held out", held_out(judged, posts)))
    if unjudged:
        ordered = sorted(pairs, key=lambda pair: crc32("".join(pair).encode()))
        unjudged.write_text("".join(f"{post}\t{other}\n" for post, other in ordered))


def main() -> None:
    """Print the table of a blog."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--blog", required=True, type=Path, help="the folder of the Jekyll site")
    parser.add_argument("--judgments", required=True, type=Path, nargs="+", help="judged pairs")
    parser.add_argument("--name", default="", help="the blog's name in the judgments")
    parser.add_argument("--unjudged", type=Path, help="where to write what nobody has judged")
    options = parser.parse_args()
    judged = read_judgments(options.judgments, options.name)
    compare(options.blog, judged, options.unjudged)


if __name__ == "__main__":
    main()
