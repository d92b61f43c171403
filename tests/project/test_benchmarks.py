"""The generated sites are what the benchmarks' figures rest on."""

import csv
from pathlib import Path

import yaml

from benchmarks import sites

JUDGMENTS = Path(sites.__file__).with_name("judgments")


def rows(name):
    with (JUDGMENTS / name).open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened, delimiter="\t"))


def contents(root):
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_the_same_seed_writes_the_same_site(tmp_path):
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        sites.write_site(tmp_path / name, 20, seed=seed)
        sites.write_catalog(tmp_path / name, sites.draft_catalog(30, seed=seed))
    one, again, other = (contents(tmp_path / name) for name in ("one", "again", "other"))
    assert one == again
    assert one != other


def test_posts_are_of_the_stated_size(tmp_path):
    sites.write_site(tmp_path / "site", 20)
    sizes = [path.stat().st_size for path in (tmp_path / "site" / "_posts").iterdir()]
    assert len(sizes) == 20
    assert all(sites.POST_BYTES <= size < 1.1 * sites.POST_BYTES for size in sizes)


def test_every_book_of_the_second_blog_is_judged_on_every_post():
    mapping = yaml.safe_load((JUDGMENTS / "second-blog-mapping.yaml").read_text(encoding="utf-8"))
    judged = rows("second-blog-books.tsv")
    assert len({row.pop("post") for row in judged}) == 50
    assert all(row.keys() == mapping.keys() for row in judged)
    assert {value for row in judged for value in row.values()} == {"0", "1", "2"}


def test_no_related_pair_is_judged_twice_or_tuned_on_if_held_out():
    tuned = rows("second-blog-related.tsv")
    held_out = rows("second-blog-related-held-out.tsv")
    pairs = {(row["post"], row["candidate"]): int(row["grade"]) for row in tuned + held_out}
    assert len(pairs) == len(tuned) + len(held_out)
    assert set(pairs.values()) == {0, 1, 2}
    posts = {row["post"] for row in tuned}
    others = {row["post"] for row in held_out}
    assert (len(posts), len(others)) == (25, 15)
    assert not posts & others
