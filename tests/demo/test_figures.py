"""The demo's made-up figures: of every kind, the same each time, and named as made up."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import and_, func, select

from linkmgr.catalog.reading.files import load_catalog
from linkmgr.demo.figures import add_figures
from linkmgr.demo.run import make_demo
from linkmgr.earnings.database.imports import imported_files
from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.db.engine import open_engine
from linkmgr.store.db.models import EarningRow, Total, VariantTestRow, ViewRow, ViewTotal
from tests.support.cli import run

KEY = ("dimension", "value", "day")
NOW = datetime(2026, 11, 29, 7, 40, tzinfo=UTC)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures") / "demo"
    make_demo(folder, for_figures=True)
    add_figures(folder, NOW)
    return folder


def opened(folder):
    return open_engine(f"sqlite:///{folder}/instance/linkmgr.db").connect()


def figures_of(folder):
    """Return all rows of the tables that pages are made from."""
    with opened(folder) as connection:
        return [
            connection.execute(select(*table.__table__.columns)).all()
            for table in (Total, ViewTotal, ViewRow, VariantTestRow)
        ]


def test_there_are_clicks_views_test_and_earnings_of_each_status(demo):
    with opened(demo) as connection:
        of_all = select(func.sum(Total.clicks)).where(Total.dimension == "all")
        clicks = connection.scalar(of_all)
        seen = select(func.sum(ViewTotal.views), func.sum(ViewTotal.clicked))
        views, clicked = connection.execute(seen.where(ViewTotal.dimension == "all")).one()
        (key, weights) = connection.execute(
            select(VariantTestRow.key, VariantTestRow.weights)
        ).one()
        variants = set(connection.scalars(select(ViewRow.variant).distinct()))
        statuses = set(connection.scalars(select(EarningRow.status).distinct()))
        files = imported_files(connection)
    assert 0 < clicked <= clicks
    assert 20_000 < views < 60_000
    assert variants == {"", f"{key}.original", f"{key}.recipe"}
    assert json.loads(weights) == {"original": 1, "recipe": 1}
    assert statuses == {"pending", "confirmed", "declined"}
    assert all(file.name.startswith("made-up-") for file in files)


def test_no_day_has_fewer_clicks_than_clicked_views_of_anything(demo):
    with opened(demo) as connection:
        same = [getattr(Total, name) == getattr(ViewTotal, name) for name in KEY]
        lacking = select(ViewTotal.value).outerjoin(Total, and_(*same))
        fewer = func.coalesce(Total.clicks, 0) < ViewTotal.clicked
        assert connection.execute(lacking.where(fewer)).all() == []


def test_each_page_of_the_admin_says_that_they_are_made_up(demo):
    catalog = load_catalog(demo / "catalog.yaml")
    assert catalog.site.name == "てづくり日和 (架空の数字 / made-up figures)"
    assert catalog.site.views
    assert [variant.id for variant in catalog.items["newsletter"].variants] == [
        "original",
        "recipe",
    ]


def test_they_are_the_same_each_time(demo, tmp_path):
    make_demo(tmp_path, for_figures=True)
    add_figures(tmp_path, NOW)
    assert figures_of(tmp_path) == figures_of(demo)


def test_figures_are_not_added_twice(demo):
    before = figures_of(demo)
    with pytest.raises(LinkmgrError, match="has figures already"):
        make_demo(demo, for_figures=True)
    assert figures_of(demo) == before


def test_an_earlier_demo_gets_them_too_if_its_catalog_is_intact(tmp_path):
    make_demo(tmp_path)
    run("demo", tmp_path, "--with-figures")
    assert load_catalog(tmp_path / "catalog.yaml").site.views
    with opened(tmp_path) as connection:
        assert connection.scalar(select(func.count()).select_from(ViewRow)) > 0
