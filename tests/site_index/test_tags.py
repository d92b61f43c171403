"""The index has the tags of the places, also after the catalog's have changed."""

import pytest

from linkmgr.resolver.model import PlaceTag
from tests.support.builds import CATALOG, POSTS, post
from tests.support.site_index import catalog_text, contents, indexed, post_at, with_mapping

LOAF = "_posts/2026-01-03-loaf.md"
BLOCK = PlaceTag("amazon", "block-20", "block", "books")


def amazon(**tags):
    return {"amazon": {"tag": "ours-20", "tags": tags}}


def tags_of(folder):
    _, placements = post_at(folder, LOAF)
    return {placement.item: placement.tags for placement in placements}


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        pytest.param(
            catalog_text(programmes=amazon(categories={"baking": "bake-20"})),
            PlaceTag("amazon", "bake-20", "category", "baking"),
            id="category",
        ),
        pytest.param(catalog_text(blocks={"books": {"tag": "block-20"}}), BLOCK, id="block"),
        pytest.param(
            with_mapping("bread", tag="map-20"),
            PlaceTag("amazon", "map-20", "mapping", "bread"),
            id="mapping",
        ),
        pytest.param(
            catalog_text(
                books=CATALOG["books"]
                | {"bread": {"title": "Bread", "asin": "B0EXAMPLE3", "tag": "item-20"}}
            ),
            PlaceTag("amazon", "item-20", "item"),
            id="item",
        ),
    ],
)
def test_a_change_of_tags_reaches_the_places(tmp_path, text, tag):
    posts = POSTS | {LOAF: post("A loaf", ["bread"], categories=["baking"])}
    indexer, paths = indexed(tmp_path, posts=posts)
    assert tags_of(tmp_path)["bread"] == ()
    paths.catalog_file.write_text(text, encoding="utf-8")
    indexer.index_catalog()
    assert tags_of(tmp_path)["bread"] == (tag,)


def test_a_posts_tag_that_left_the_catalog_is_missed(tmp_path):
    posts = POSTS | {LOAF: post("A loaf", ["bread"], linkmgr={"tag": "post-20"})}
    indexer, paths = indexed(
        tmp_path, posts=posts, catalog={"programmes": amazon(posts=["post-20"])}
    )
    assert tags_of(tmp_path)["bread"] == (PlaceTag("amazon", "post-20", "front matter"),)
    paths.catalog_file.write_text(catalog_text(), encoding="utf-8")
    indexer.index_catalog()
    assert "post-20" in contents(tmp_path)["problems"][0]


def test_a_mapping_with_a_tag_for_another_marketplace_is_refused(tmp_path):
    indexer, paths = indexed(tmp_path)
    paths.catalog_file.write_text(with_mapping("bread", tag="map-22"), encoding="utf-8")
    indexer.index_catalog()
    assert "mappings.bread.tag" in contents(tmp_path)["problems"][0]
