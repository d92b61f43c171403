"""What an edit would change, against two full resolutions of the site."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkmgr.blocks.include import post_key
from linkmgr.builder.reading.inputs import load_inputs
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.messages.errors import LinkmgrError
from linkmgr.site_index.site import Unavailable
from tests.support.builds import CATALOG, post, write_large_blog
from tests.support.indexed_blogs import catalogs, edits, posts_of_blog, text_of
from tests.support.properties import examples
from tests.support.site_index import (
    TEXT,
    catalog_text,
    contents,
    find_impact,
    hold,
    indexed,
    settings_at,
    site_of,
    with_mapping,
)


def impact_of(site, text, first=20):
    return find_impact(site, parse_catalog(text), first=first)


def resolved(root, text):
    """Return by key each post's blocks with their items, as the resolver decides from scratch."""
    site = load_inputs(root, parse_catalog(text))
    return {
        post_key(each.path): [
            (name, [placement.item for placement in placements])
            for name, placements in site.resolver.resolve(each).blocks.items()
            if name != "related"
        ]
        for each in site.posts
    }


def difference(before, after):
    """Return the posts that gain and lose each item, and how many change at all."""
    found = {}
    for key, blocks in after.items():
        had = {item for _, items in before[key] for item in items}
        has = {item for _, items in blocks for item in items}
        for item in has - had:
            found.setdefault(item, (set(), set()))[0].add(key)
        for item in had - has:
            found.setdefault(item, (set(), set()))[1].add(key)
    return found, sum(before[key] != blocks for key, blocks in after.items())


def gains_and_losses(impact):
    found = {
        each.item: ({p.key for p in each.gaining}, {p.key for p in each.losing})
        for each in impact.items
    }
    assert all(
        (each.gained, each.lost) == (len(each.gaining), len(each.losing)) for each in impact.items
    )
    return found, impact.changed


@pytest.fixture(scope="module")
def blog(tmp_path_factory):
    folder = tmp_path_factory.mktemp("index")
    indexer, paths = indexed(folder, posts=posts_of_blog())
    return folder, indexer, paths


@settings(max_examples=examples(50), suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_impact_is_the_difference_of_two_full_resolutions(blog, data):
    folder, indexer, paths = blog
    draft = data.draw(catalogs())
    old, new = text_of(draft), text_of(data.draw(edits(draft)))
    paths.catalog_file.write_text(old, encoding="utf-8")
    indexer.index_catalog()
    if contents(folder)["problems"]:  # an item that front matter names is of the wrong kind
        return
    expected = difference(resolved(paths.root, old), resolved(paths.root, new))
    assert gains_and_losses(impact_of(indexer, new, None)) == expected


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_index_that_follows_edit_is_as_one_made_from_scratch(blog, tmp_path_factory, data):
    folder, indexer, paths = blog
    draft = data.draw(catalogs())
    for each in (draft, data.draw(edits(draft))):
        paths.catalog_file.write_text(text_of(each), encoding="utf-8")
        indexer.index_catalog()
    fresh = tmp_path_factory.mktemp("fresh")
    (fresh / "instance").mkdir()
    hold(settings_at(paths.root, fresh / "instance"))
    assert contents(folder) == contents(fresh)


def test_a_heavier_mapping_moves_its_item_up(tmp_path):
    indexer, _ = indexed(tmp_path)
    impact = impact_of(indexer, with_mapping("tea", items=["bread", "green", "black"]), 20)
    (bread,) = impact.items
    assert (bread.item, bread.gained, bread.lost) == ("bread", 2, 0)
    assert [each.title for each in bread.gaining] == ["Black leaves", "Green leaves"]


def test_lists_may_name_the_first_posts_alone(tmp_path):
    indexer, _ = indexed(tmp_path)
    text = with_mapping("tea", items=["bread"])
    (first,) = [change for change in impact_of(indexer, text, 1).items if change.item == "green"]
    assert (first.lost, len(first.losing)) == (3, 1)
    (whole,) = [change for change in impact_of(indexer, text, None).items if change.item == "green"]
    assert len(whole.losing) == 3


def test_the_same_catalog_changes_nothing(tmp_path):
    indexer, _ = indexed(tmp_path)
    impact = impact_of(indexer, TEXT, 20)
    assert (impact.changed, impact.items) == (0, ())
    assert impact.revision == contents(tmp_path)["revision"]


def test_a_new_keyword_is_counted_in_the_posts(tmp_path):
    indexer, _ = indexed(tmp_path)
    mapping = {"any": {"keywords": ["oolong"]}, "items": ["bread"]}
    again = {"any": {"keywords": ["Some text"]}, "items": ["bread"]}
    known = impact_of(indexer, with_mapping("new", **mapping), None)
    assert [(each.item, each.gained) for each in known.items] == [("bread", 1)]
    posts = {"_posts/2026-01-01-a.md": post(tags=[], body="Some text. " * 40)}
    (tmp_path / "other").mkdir()
    indexer, _ = indexed(tmp_path / "other", posts=posts)
    new = impact_of(indexer, with_mapping("new", **again), None)
    assert [(each.item, each.gained) for each in new.items] == [("bread", 1)]


@pytest.mark.server
def test_a_new_keyword_is_counted_by_all_processors(tmp_path):
    root = write_large_blog(tmp_path / "blog")
    (root / "_posts" / "2025-01-01-broken.md").unlink()
    # Every post has "flour", which is no sign of anything by itself.
    for file in sorted((root / "_posts").iterdir())[::7]:
        file.write_text(file.read_text() + "\n" + "sourdough starter " * 20)
    (tmp_path / "instance").mkdir()
    indexer = hold(settings_at(root, tmp_path / "instance"))
    new = with_mapping("bread", any={"tags": ["bread"], "keywords": ["sourdough starter", "flour"]})
    expected = difference(resolved(root, TEXT), resolved(root, new))
    assert expected[1]
    assert gains_and_losses(impact_of(indexer, new, None)) == expected


def test_an_item_that_front_matter_names_cannot_go(tmp_path):
    posts = {"_posts/2026-01-01-a.md": post(linkmgr={"books": ["bread"]})}
    indexer, _ = indexed(tmp_path, posts=posts)
    books = {name: book for name, book in CATALOG["books"].items() if name != "bread"}
    text = catalog_text(books=books, mappings={"tea": CATALOG["mappings"]["tea"]})
    with pytest.raises(LinkmgrError, match=r"01-a\.md:5: linkmgr\.books: .* called bread"):
        impact_of(indexer, text, 20)


def test_nothing_is_known_before_the_site_is_indexed(tmp_path):
    _, paths = indexed(tmp_path)
    with pytest.raises(Unavailable, match="still being read"):
        impact_of(site_of(settings_at(paths.root, tmp_path)), TEXT)
