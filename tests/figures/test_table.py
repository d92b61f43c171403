"""A table is read from the database, the catalog and the site."""

import json

import pytest
from sqlalchemy import create_engine, event, insert

from linkmgr.blocks.include import post_key
from linkmgr.catalog.items import Book, Cta
from linkmgr.catalog.model import Catalog, Site
from linkmgr.clicks.counts import TABLES, Counts, Dimension
from linkmgr.clicks.model import OTHER
from linkmgr.figures.posts import post_paths, post_tags, titles_of_values, with_views
from linkmgr.figures.queries import Reading
from linkmgr.figures.report import table_json, table_text
from linkmgr.figures.table import Query, TableLine, item_titles, table, with_comparisons
from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.db.models import Base, ViewRow
from tests.support.figure_tables import PERIOD
from tests.support.store import add_totals

POST = "_posts/2026-01-02-a.md"
KEY = post_key(POST)


def make_engine(folder):
    engine = create_engine(f"sqlite:///{folder / 'clicks.db'}")
    Base.metadata.create_all(engine)
    return engine


def read_table(connection, by, period, timezone, **over):
    """Read a table as `linkmgr stats` does."""
    reading = Reading(connection)
    query = Query(period=period, timezone=timezone, by=by, compared=period.before, **over)
    return with_comparisons(reading, table(reading, query))


@pytest.fixture
def connection(tmp_path):
    """Connect to a database with a click in every dimension, and one more that names no post."""
    rows = [
        ("all", "", 2),
        ("item", "genai-law", 2),
        ("post", KEY, 1),
        ("post", "", 1),
        ("place", "books.1", 2),
        ("referrer", "", 1),
        ("referrer", OTHER, 1),
        ("device", "phone", 2),
        ("campaign", "launch", 1),
    ]
    engine = make_engine(tmp_path)
    with engine.connect() as connected:
        keys = ("dimension", "value", "clicks")
        fixed = {"day": PERIOD.until, "visitors": 1, "bots": 0}
        values = [dict(zip(keys, row, strict=True)) | fixed for row in rows]
        add_totals(connected, values)
        yield connected
    engine.dispose()


@pytest.fixture
def site(tmp_path):
    """Make a site with one post, which is in the index."""
    (tmp_path / "_posts").mkdir()
    (tmp_path / "_data").mkdir()
    (tmp_path / "_config.yml").write_text("baseurl: /blog\n")
    (tmp_path / POST).write_text("---\ntitle: A\n---\n")
    (tmp_path / "_data/linkmgr_index.json").write_text(json.dumps({POST: KEY}))
    return tmp_path


@pytest.mark.parametrize(
    ("by", "lines"),
    [
        pytest.param(Dimension.ITEM, [("genai-law", "")], id="item"),
        pytest.param(Dimension.POST, [("", "No post"), (KEY, "")], id="post"),
        pytest.param(Dimension.PLACE, [("books.1", "")], id="place"),
        pytest.param(Dimension.DAY, [("2026-02-28", "Sat"), ("2026-03-01", "Sun")], id="day"),
        pytest.param(Dimension.REFERRER, [("", "Unknown"), (OTHER, "Other")], id="referrer"),
        pytest.param(Dimension.DEVICE, [("phone", "")], id="device"),
        pytest.param(Dimension.CAMPAIGN, [("launch", "")], id="campaign"),
    ],
)
def test_a_table_has_a_line_for_each(connection, by, lines):
    figures = read_table(connection, by, PERIOD, "Asia/Tokyo")
    assert [(line.value, line.title) for line in figures.lines] == lines
    assert figures.now.sum == Counts(2, 1, 0)


def test_tag_has_sums_of_its_posts_and_block_those_of_its_places(tmp_path):
    engine = make_engine(tmp_path)
    day = {"day": PERIOD.until, "visitors": 1, "bots": 0}
    rows = [
        {"dimension": "all", "value": "", "clicks": 9, **day},
        *({"dimension": "post", "value": f"p{n}", "clicks": n, "views": 10, **day} for n in (1, 2)),
        *({"dimension": "place", "value": f"books.{n}", "clicks": n, **day} for n in (1, 2)),
        {"dimension": "place", "value": "", "clicks": 4, **day},
    ]
    with engine.begin() as connection:
        for row in rows:
            add_totals(connection, row)
        tags = {"p1": ["tea", "pots"], "p2": ["tea"], "p3": ["none"]}
        by_tag = read_table(connection, Dimension.TAG, PERIOD, "UTC", tags=lambda: tags).lines
        by_block = read_table(connection, Dimension.BLOCK, PERIOD, "UTC").lines
    assert by_tag == (
        TableLine("tea", "", Counts(3, 2, 0, 20)),
        TableLine("pots", "", Counts(1, 1, 0, 10)),
    )
    assert by_block == (
        TableLine("", "No place", Counts(4, 1, 0)),
        TableLine("books", "", Counts(3, 2, 0)),
    )
    engine.dispose()


@pytest.mark.parametrize("by", TABLES)
def test_a_table_takes_a_few_queries(connection, by):
    statements = []
    event.listen(connection, "before_cursor_execute", lambda *args: statements.append(args[2]))
    read_table(connection, by, PERIOD, "Asia/Tokyo")
    renames = by in {Dimension.ITEM, Dimension.VARIANT}
    assert len(statements) == (2 if by is Dimension.DAY else 3 + renames)


def test_items_are_compared_at_same_places_where_there_are_views(tmp_path):
    engine = make_engine(tmp_path)
    fixed = {"day": PERIOD.until, "post": KEY, "block": "books", "variant": "", "tracking": ""}
    seen = {("a", 1): (10_000, 300), ("b", 1): (10_000, 150), ("b", 2): (100, 90), ("c", 0): (9, 9)}
    rows = [
        {**fixed, "item": item, "rank": rank, "views": views, "clicked": clicked}
        for (item, rank), (views, clicked) in seen.items()
    ]
    rows[-1]["block"] = ""  # of rows past the day's limit
    day = {"day": PERIOD.until, "clicks": 9, "visitors": 1, "bots": 0}
    with engine.begin() as connection:
        connection.execute(insert(ViewRow), rows)
        for dimension, value in (("all", ""), ("item", "a"), ("item", "b"), ("item", "c")):
            total = {"dimension": dimension, "value": value, "views": 10, **day}
            add_totals(connection, total)
        figures = read_table(connection, Dimension.ITEM, PERIOD, "UTC")
        assert read_table(connection, Dimension.PLACE, PERIOD, "UTC").compared == {}
    assert {item: round(comparison.ratio, 2) for item, comparison in figures.compared.items()} == {
        "a": 2.0,
        "b": 0.5,
    }
    first, _, third = table_json(figures)["rows"]
    assert first["compared"]["ratio"] == pytest.approx(2)
    assert "compared" not in third
    text = table_text(figures, 80)
    assert "\na: Clicked 2.00 times as often per view as other items at the same places" in text
    assert "\nb: Clicked 0.50 times" in text
    engine.dispose()


def test_a_table_of_no_clicks_is_false(connection):
    assert read_table(connection, Dimension.ITEM, PERIOD, "UTC")
    assert not read_table(connection, Dimension.ITEM, PERIOD.before, "UTC")


def test_posts_are_titled_by_the_sites_index(connection, site):
    figures = read_table(connection, Dimension.POST, PERIOD, "UTC").titled(
        titles_of_values("post", None, site)
    )
    assert [line.title for line in figures.lines] == ["No post", POST]


def test_items_go_by_title_or_heading():
    book = Book("genai-law", title="生成AIの法律", asin="4785730706")
    cta = Cta("newsletter", heading="Newsletter", label="Read", url="/news/")
    site = Site("A", "https://example.com")
    catalog = Catalog(site, {}, {book.id: book, cta.id: cta}, {}, ())
    assert item_titles(catalog) == {"genai-law": "生成AIの法律", "newsletter": "Newsletter"}


@pytest.mark.parametrize("text", [None, "", "[]", "[1]", "{", '"a"', "\0"])
def test_without_an_index_posts_go_without_titles(tmp_path, text):
    if text is not None:
        (tmp_path / "_data").mkdir()
        (tmp_path / "_data/linkmgr_index.json").write_text(text)
    assert post_paths(tmp_path) == {}


def test_a_tag_that_a_post_names_twice_has_its_clicks_once(site):
    (site / POST).write_text("---\ntags: [tea, pots, tea, 1984]\n---\n")
    assert post_tags(site) == {KEY: ["tea", "pots", "1984"]}


def test_views_are_those_of_the_post(connection, site, tmp_path):
    file = tmp_path / "views.csv"
    file.write_text("post,views\nhttps://example.com/blog/2026/01/02/a.html,50\n/about/,3\n")
    figures, unknown = with_views(read_table(connection, Dimension.POST, PERIOD, "UTC"), site, file)
    assert unknown == 1
    assert figures.with_views
    assert figures.lines[1] == TableLine(KEY, "", Counts(1, 1, 0), 50)
    assert figures.lines[0].page_views is None


def test_a_file_of_views_that_is_not_there_is_reported(connection, site, tmp_path):
    figures = read_table(connection, Dimension.POST, PERIOD, "UTC")
    with pytest.raises(LinkmgrError, match=r"none\.csv: cannot be read"):
        with_views(figures, site, tmp_path / "none.csv")
