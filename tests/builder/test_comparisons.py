"""Comparisons in a site's files: what each day's build shows, and what it says."""

import re
from datetime import UTC, datetime

import pytest

from tests.support.builds import CATALOG, FRAGMENTS, built, post, write_blog

PRODUCTS = {
    "slim": {"title": "Slim kettle", "asin": "B0EXAMPLE6", "specs": {"capacity": "0.8 L"}},
    "enamel": {
        "title": "Enamel pot",
        "asin": "B0EXAMPLE7",
        "valid-until": "2026-03-15",
        "fallback": "steel",
    },
    "steel": {"title": "Steel pot", "asin": "B0EXAMPLE8", "valid-until": "2026-03-20"},
}
COMPARED = CATALOG | {
    "products": PRODUCTS,
    "comparisons": {"kettles": {"items": ["slim", "enamel"], "ranked": True}},
}
TAG = '{% include linkmgr.html compare="kettles" %}'
POST = "_posts/2026-01-01-kettles.md"


def write(root, body=TAG, **over):
    return write_blog(root, {POST: post("Kettles", [], body=body)}, catalog=COMPARED | over)


def titles(root):
    """Return the titles of what fragments compare, in their order."""
    html = "".join(file.read_text() for file in sorted((root / FRAGMENTS).glob("[0-9a-f]*.html")))
    return re.findall(r'class="linkmgr-title"><a [^>]*>([^<]*)<', html)


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        (15, ["Slim kettle", "Enamel pot"]),
        (16, ["Slim kettle", "Steel pot"]),
        (21, []),
    ],
)
def test_what_ends_leaves_its_row_or_the_comparison_goes(tmp_path, day, shown):
    root = write(tmp_path)
    result = built(root, now=datetime(2026, 3, day, 3, tzinfo=UTC))
    assert titles(root) == shown
    said = [str(warning) for warning in result.warnings if "comparisons.kettles" in str(warning)]
    if shown:
        assert said == []
    else:
        assert len(said) == 1
        assert "is shown nowhere today, as fewer than two of its items are left: enamel" in said[0]


def test_one_edit_of_an_item_changes_each_page(tmp_path):
    rule = {"kettles": {"any": {"tags": ["kettles"]}, "comparisons": ["kettles"]}}
    root = write(tmp_path, mappings=rule)
    (root / "_posts/2026-01-02-more.md").write_text(post("More", ["kettles"]))
    built(root)
    assert titles(root) == ["Slim kettle", "Enamel pot"] * 2
    file = root / "catalog.yaml"
    file.write_text(file.read_text().replace("Slim kettle", "Slender kettle"))
    built(root)
    assert titles(root) == ["Slender kettle", "Enamel pot"] * 2


def test_an_unknown_comparison_is_reported_with_the_likeliest(tmp_path):
    root = write(tmp_path, body='{% include linkmgr.html compare="kettle" %}')
    warnings = [str(warning) for warning in built(root).warnings]
    (said,) = [warning for warning in warnings if "no comparison" in warning]
    assert said.endswith(
        "2026-01-01-kettles.md:6: shows nothing, since the catalog has no comparison kettle. "
        "Did you mean kettles?"
    )


def test_a_post_that_excludes_too_many_items_is_reported(tmp_path):
    root = write_blog(
        tmp_path,
        {POST: post("Kettles", [], body=TAG, linkmgr={"exclude": ["slim"]})},
        catalog=COMPARED,
    )
    said = [str(warning) for warning in built(root).warnings]
    assert any("fewer than two items are left for this post" in warning for warning in said)


def test_a_table_has_its_rows_and_ranks(tmp_path):
    table = {"items": ["slim", "enamel"], "rows": ["capacity"], "ranked": True}
    root = write(tmp_path, comparisons={"kettles": table})
    built(root)
    (fragment,) = (root / FRAGMENTS).glob("[0-9a-f]*.html")
    html = fragment.read_text()
    assert re.findall(r"<span>capacity</span>\n<span>(.*?)</span>", html) == [
        "0.8 L",
        "–",
    ]
    assert re.findall(r'linkmgr-rank"><span>(.*?)</span>', html) == ["No. 1", "No. 2"]


def test_a_row_that_no_item_has_is_left_out_and_named(tmp_path):
    table = {"items": ["slim", "enamel"], "rows": ["capacity", "weight"]}
    root = write(tmp_path, comparisons={"kettles": table})
    result = built(root)
    html = "".join(file.read_text() for file in (root / FRAGMENTS).glob("[0-9a-f]*.html"))
    assert "capacity" in html
    assert "weight" not in html
    (said,) = [str(warning) for warning in result.warnings if "comparisons.kettles" in str(warning)]
    assert "comparisons.kettles.rows: no item of the comparison has weight under specs" in said


@pytest.mark.parametrize(
    ("second_day", "said"),
    [
        ("2026-02-20", ["Prices seen at Tea Notes on 20 Feb 2026."]),
        ("2026-02-21", ["$1 at Tea Notes on 20 Feb", "$2 at Tea Notes on 21 Feb"]),
    ],
    ids=["same", "differ"],
)
def test_one_shop_and_day_of_all_prices_are_said_once(tmp_path, second_day, said):
    pots = {
        name: {
            "title": name,
            "programme": "site",
            "url": f"/{name}/",
            "price": price,
            "price-at": day,
        }
        for name, price, day in (("one", "$1", "2026-02-20"), ("two", "$2", second_day))
    }
    root = write(
        tmp_path,
        products=pots,
        comparisons={"kettles": {"items": ["one", "two"], "rows": ["price"]}},
    )
    built(root, now=datetime(2026, 2, 22, 3, tzinfo=UTC))
    (fragment,) = (root / FRAGMENTS).glob("[0-9a-f]*.html")
    lines = [re.sub("<[^>]*>", "", line) for line in fragment.read_text().splitlines()]
    assert [line for line in lines if " Feb" in line] == said
