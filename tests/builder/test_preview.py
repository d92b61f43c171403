"""Builds of another day, in a folder of their own, and the day of the next build."""

from datetime import timedelta

import pytest

from linkmgr.builder.preview import SitePreview
from linkmgr.messages.errors import LinkmgrError
from tests.support.builds import (
    CATALOG,
    FRAGMENTS,
    NOW,
    built,
    edit,
    files_of,
    fragment_of,
    made,
    post,
    write_blog,
)

TODAY = NOW.date()
LATER = TODAY + timedelta(days=30)


def end(root, day):
    """Have a book of the catalog end on a day."""
    edit(root / "catalog.yaml", "title: Green Tea", f"title: Green Tea\n    valid-until: {day}")


@pytest.fixture
def site(tmp_path):
    root = write_blog(tmp_path / "site")
    built(root)
    return root


def test_another_day_has_what_is_shown_then(site, tmp_path):
    end(site, TODAY)
    built(site)
    before = made(site)
    built(site, preview=SitePreview(LATER, tmp_path / "later"))
    assert made(site) == before
    assert files_of(tmp_path / "later", FRAGMENTS) != files_of(site, FRAGMENTS)
    assert built(site).changed is False


def test_the_same_day_has_the_same_files(site, tmp_path):
    built(site, preview=SitePreview(TODAY, tmp_path / "same"))
    assert made(tmp_path / "same") == made(site)
    assert not built(site, preview=SitePreview(TODAY, tmp_path / "same")).changed


def test_a_folder_of_the_site_is_refused(site):
    for folder in (site, site / "_includes", site / "elsewhere"):
        with pytest.raises(LinkmgrError, match="is in the site"):
            built(site, preview=SitePreview(LATER, folder))


def test_a_folder_with_files_of_others_is_refused(site, tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "ours.txt").write_text("", encoding="utf-8")
    with pytest.raises(LinkmgrError, match=r"ours\.txt"):
        built(site, preview=SitePreview(LATER, tmp_path / "notes"))


def test_the_next_build_is_due_after_the_last_day(site):
    assert built(site).due is None
    end(site, LATER)
    expected = LATER + timedelta(days=1)
    assert built(site).due == expected
    assert built(site).due == expected  # of the build before
    assert built(site, now=NOW + timedelta(days=40)).due is None


def test_the_next_build_is_due_when_a_post_is_published(site):
    (site / "_posts" / f"{LATER}-soon.md").write_text(post("Soon"), encoding="utf-8")
    assert built(site).due == LATER


# What ends with a day, beside items: sales, badges and prices.

SALE = {"name": "Super Sale", "from": str(TODAY + timedelta(days=2)), "until": str(LATER)}
SEEN = {"price": "$7", "price-at": str(TODAY), "price-valid-until": str(TODAY)}
GREEN = {
    "title": "Green Tea",
    "asin": "B0EXAMPLE1",
    "badge": "Best",
    "badge-valid-from": str(LATER),
    "shops": [{"programme": "site", "url": "/shop/", **SEEN}],
}


@pytest.mark.parametrize(
    ("later", "shown", "due"),
    [
        (0, {"price"}, 1),
        (1, set(), 2),
        (2, {"sale"}, 30),
        (30, {"sale", "badge"}, 31),
        (31, {"badge"}, None),
    ],
)
def test_a_build_shows_what_its_day_has(tmp_path, later, shown, due):
    programmes = {"amazon": {"tag": "ours-20", "sales": [SALE]}}
    catalog = {"books": CATALOG["books"] | {"green": GREEN}, "programmes": programmes}
    root = write_blog(tmp_path / "site", catalog=catalog)
    built(root)
    report = built(root, now=NOW + timedelta(days=later))
    text = fragment_of(root, "_posts/2026-01-01-green.md").read_text(encoding="utf-8")
    parts = {part for part in ("price", "sale", "badge") if f"linkmgr-{part}" in text}
    assert parts == shown
    assert report.due == (due and TODAY + timedelta(days=due))
