"""The real blog is adopted as a whole, and built by the real Jekyll."""

import shutil
from collections import Counter
from itertools import chain
from pathlib import Path

import html5lib
import pytest

from linkmgr.adopt.proposing.choose import MOST_TERMS
from linkmgr.adopt.run import adopt
from linkmgr.blocks.shown import ItemsOfPosts, distinct_items
from linkmgr.builder.reading.inputs import load_inputs
from linkmgr.builder.run import build
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.check.findings import CODES
from linkmgr.check.run import check
from tests.support.jekyll import build_site

BLOG = Path(__file__).parents[3] / "shared" / "blog"

pytestmark = pytest.mark.skipif(not BLOG.is_dir(), reason="the real blog is not beside us")


@pytest.fixture(scope="module")
def adopted(tmp_path_factory):
    root = tmp_path_factory.mktemp("adopted") / "blog"
    shutil.copytree(BLOG, root)
    for path in (root, *root.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200)
    return adopt(root, write=True)


def test_all_its_books_and_ctas_are_in_the_catalog(adopted):
    catalog = load_catalog(adopted.site.root / "catalog.yaml")
    # Counted in its posts by hand: nine books, six campaigns, one of them with two headings.
    assert len(catalog.books) == 9
    assert all(book.title and book.blurb for book in catalog.books.values())
    assert set(catalog.ctas) == {
        *("news", "industry", "strategy", "tech-guide", "tech-guide-2", "case-study", "research")
    }
    # They lead to the blog's own pages, by campaign, and no stylesheet of it has their class.
    assert all(cta.utm for cta in catalog.ctas.values())
    classes = {cta.css_class for cta in catalog.ctas.values()}
    assert classes == {"consulting-cta-link linkmgr-button"}
    assert catalog.programmes["amazon"].tag == "nullpodesu-22"


def test_every_cta_is_shown_where_it_was_or_is_listed(adopted):
    done = adopted.reproduced
    assert (done.placements["books"], done.placements["cta"]) == (207, 71)
    assert done.hits["cta"] == done.placements["cta"]
    assert len(done.missed) == done.placements["books"] - done.hits["books"]
    assert all(miss.reason for miss in done.missed)
    assert done.unseen == ()


def test_no_post_of_it_loses_or_gains_an_item(adopted):
    readers = adopted.readers
    assert readers.losing == readers.changing == readers.gaining == ()
    catalog = load_catalog(adopted.site.root / "catalog.yaml")
    site = load_inputs(adopted.site.root, catalog)
    shown = ItemsOfPosts(catalog, site.resolver).shown_in_all(site.posts)
    on_disk = {path: distinct_items(shown[path]) for path in readers.before}
    assert on_disk == {path: {*items} for path, items in readers.before.items()}


def test_its_mappings_are_few_and_without_weights(adopted):
    mappings = [each.mapping for each in adopted.proposals]
    assert len(mappings) <= len(adopted.collected.books) + len(adopted.collected.ctas)
    assert all(each.weight == 1 for each in mappings)
    terms = [sum(map(len, terms_of(each))) for each in mappings]
    assert max(terms) <= MOST_TERMS


def terms_of(mapping):
    any_of = mapping.any_of
    return any_of.tags, any_of.categories, any_of.keywords, any_of.paths


def test_no_dead_link_is_left_and_a_second_run_finds_nothing(adopted):
    again = adopt(adopted.site.root, write=True)
    assert not again.anything
    kinds = Counter(finding.kind for change in again.changes for finding in change.findings_left)
    assert "dead-link" not in kinds


@pytest.mark.jekyll
def test_jekyll_shows_each_block_once_and_cards_for_blocks(adopted):
    root = adopted.site.root
    build(root)
    built = build_site(root)
    carried = [post for post in adopted.site.posts if post.path in adopted.collected.placed]
    assert len(carried) == 71
    campaigns = load_catalog(root / "catalog.yaml").ctas
    with_books = in_middle = 0
    for post in carried:
        cards = [*chain(*adopted.collected.placed[post.path].in_place.values())]
        in_middle += bool(cards)
        page = (built / post.url.strip("/") / "index.html").read_text(encoding="utf-8")
        tree = html5lib.parse(page, namespaceHTMLElements=False)
        classes = Counter(
            name for element in tree.iter() for name in (element.get("class") or "").split()
        )
        assert classes["linkmgr-related"] == 1, post.path
        ctas = sum(item in campaigns for item in cards)
        assert ("utm_campaign=" in page) == bool(classes["linkmgr-cta"]), post.path
        assert max(ctas, 1) <= classes["linkmgr-cta"] <= ctas + 1, post.path
        books = classes["linkmgr-books"] - (len(cards) - ctas)
        assert books in (0, 1), post.path
        with_books += bool(classes["linkmgr-books"])
        assert page.index("</h1>") < page.index("linkmgr-")
    assert in_middle == 35
    # The rules show books where their words are, not wherever they were pasted.
    assert with_books > len(carried) / 3


@pytest.mark.jekyll
def test_checking_its_pages_finds_dead_links_in_conflicts_alone(adopted):
    root = adopted.site.root
    build(root)
    findings = check(root, built_folder=build_site(root)).findings
    # Pages that its CTAs lead to are not in this copy of the blog.
    # Its links to searches that are in the middle of articles stay as they were, and so do those
    # of a block with a link that is cut off.
    of_ads = (CODES["no-rel"], CODES["no-label"])
    old = [finding for finding in findings if finding.code in of_ads]
    blocks = {path: post.blocks for path, post in adopted.site.old.items()}
    cut_off = {str(root / path) for path, of in blocks.items() if any(b.unsaved for b in of)}
    assert len(cut_off) == 1
    assert all("amazon.co.jp/s?" in each.what or each.source.file in cut_off for each in old)
    rest = {finding.code for finding in findings if finding not in old}
    assert rest == {CODES["dead-link"], CODES["catalog-utm"]}
    dead = [finding for finding in findings if finding.code == CODES["dead-link"]]
    pages = {each.page for each in dead if each.what.startswith("/20")}
    conflicts = [
        f"{post.url.strip('/')}/index.html"
        for post in adopted.site.posts
        if b"\n<<<<<<< " in (root / post.path).read_bytes()
    ]
    assert pages == set(conflicts)
