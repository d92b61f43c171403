"""An item is on as many posts on each page of the admin, and as the commands say."""

import re

import pytest

from linkmgr.catalog.reading.files import load_catalog
from linkmgr.posts.article.inclusions import card_tag
from tests.support.builds import edit
from tests.support.indexed_site import BREAD, KITCHEN, WATERING, indexer_of
from tests.support.item_counts import counts_of

APRON = """ctas:
  apron:
    heading: An apron
    label: See it
    url: /apron/
"""


@pytest.fixture
def counts(settings, site):
    """Put an item without a rule into two articles, one of a rule into a third; count all."""
    edit(site / "catalog.yaml", "ctas:\n", APRON)
    for path, tag in (
        (BREAD, card_tag("apron")),
        (KITCHEN, '{% include linkmgr.html item="apron" %}'),
        (WATERING, card_tag("slow-loaf")),
    ):
        with (site / path).open("a", encoding="utf-8") as post:
            post.write(f"\n{tag}\n")
    return counts_of(site, indexer_of(settings), settings.instance)


def test_each_part_counts_the_same_posts_of_an_item(counts):
    first = counts["coverage"]
    assert first["apron"] == 2
    assert {part: numbers for part, numbers in counts.items() if numbers != first} == {}


def test_the_pages_of_items_and_their_list_say_the_same(counts, admin_client, site):
    items = load_catalog(site / "catalog.yaml").items
    listed = admin_client.get("/admin/items?sort=-posts").text
    for item in items:
        number = counts["coverage"].get(item, 0)
        page = admin_client.get(f"/admin/items/{item}").text
        shown = re.search(r"Shown on.*?([\d,]+) posts?\b", page, re.DOTALL)
        assert (item, int(shown[1])) == (item, number)
        row = re.search(rf'href="/admin/items/{item}".*?</tr>', listed, re.DOTALL)[0]
        assert re.search(r'<td class="num[^"]*">(.*?)</td>', row)[1] == str(number)


def test_health_counts_the_items_that_are_on_no_post(counts, admin_client, site):
    items = load_catalog(site / "catalog.yaml").items
    missing = sum(item not in counts["coverage"] for item in items)
    text = admin_client.get("/admin/health/").text
    said = re.search(r"(\d+) items? (?:is|are) on no post", text)
    assert (int(said[1]) if said else 0) == missing


@pytest.mark.usefixtures("counts")
def test_deleting_an_item_of_articles_alone_names_its_posts(admin_client):
    text = admin_client.get("/admin/items/apron/delete").text
    assert "All posts keep their items" not in text
    assert "2 posts change" in text
    assert '<b class="down">−2</b>' in text


def test_an_item_of_a_rule_that_no_post_shows_says_why(admin_client, settings, site):
    edit(site / "catalog.yaml", "ctas:\n", APRON)
    rule = (
        "mappings:\n  aprons:\n    any: {keywords: [bread]}\n    items: [apron]\n    weight: 0.01\n"
    )
    edit(site / "catalog.yaml", "mappings:\n", rule)
    indexer_of(settings)
    page = admin_client.get("/admin/items/apron").text
    assert "In a rule, shown on no post: the keyword alone is too weak." in page
    admin_client.headers = {"Accept-Language": "ja"}
    page = admin_client.get("/admin/items/apron").text
    assert "どの記事にも表示されていません。キーワードだけではスコアが足りません。" in page


@pytest.mark.usefixtures("counts")
def test_a_post_says_that_its_article_names_the_item(admin_client):
    listed = admin_client.get("/admin/posts?item=apron").text
    address = re.search(r'href="(/admin/posts/[0-9a-f]+)"', listed)[1]
    page = admin_client.get(address).text
    assert "An apron" in page
    assert "named in the article" in page
