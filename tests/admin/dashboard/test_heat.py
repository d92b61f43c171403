"""Places are laid out by block and rank, and shaded by their clicks."""

from linkmgr.admin.dashboard.charts import heat
from linkmgr.store.figures.figures import Counts, Ranked


def places(**clicks):
    """Rank places, `books_1` being books.1."""
    found = [Ranked(name.replace("_", "."), Counts(number)) for name, number in clicks.items()]
    return sorted(found, key=lambda row: -row.counts.clicks)


def test_blocks_are_rows_the_most_clicked_first_and_ranks_columns():
    drawn = heat(places(cta_1=5, books_1=10, books_3=1))
    assert list(drawn.ranks) == [1, 2, 3]
    assert [block for block, _ in drawn.rows] == ["books", "cta"]
    assert [(cell.clicks, cell.shade) for cell in drawn.rows[0][1]] == [(10, 5), (0, 0), (1, 1)]
    assert not drawn.further


def test_clicks_without_a_place_are_in_no_row():
    assert heat([Ranked("", Counts(3))]).rows == ()


def test_more_than_ten_ranks_are_cut():
    drawn = heat(places(books_1=1, books_11=1))
    assert list(drawn.ranks) == list(range(1, 11))
    assert drawn.further


def test_places_that_bots_alone_clicked_have_no_shade():
    drawn = heat([Ranked("books.1", Counts(0, 0, 4))])
    assert [(cell.clicks, cell.shade) for cell in drawn.rows[0][1]] == [(0, 0)]
