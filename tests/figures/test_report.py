"""What `stats` prints for people."""

import re
from datetime import date

import pytest
from rich.cells import cell_len

from linkmgr.clicks.counts import Counts, Dimension
from linkmgr.figures.report import nothing_text, table_text
from linkmgr.messages.message import set_language
from tests.support.figure_tables import make_line, make_table


def body(table, width=80):
    """Return the lines below the sums."""
    return table_text(table, width).partition("\n\n")[2].splitlines()


def test_a_table_shows_the_sums_their_change_and_bars():
    table = make_table(
        make_line("genai-law", 200, title="生成AIの法律", bots=7),
        make_line("newsletter", 100, title="Newsletter"),
        before=Counts(200, 200, 0),
    )
    assert (
        table_text(table, 80)
        == """\
2026-02-28 to 2026-03-01 (2 days, Asia/Tokyo)
clicks          300  +50% from 200 in the previous period
visitors        200  +0% from 200 in the previous period
bots              7  (none in the previous period)

item                     clicks  visitors  bots
genai-law  生成AIの法律     200       100     7  ████████████
newsletter  Newsletter      100        50     0  ██████
Bots are counted apart, in the column bots: clicks and visitors leave them out."""
    )


def test_days_with_several_keys_are_named_below():
    day = make_table(make_line(), doubled=(date(2026, 3, 1),))
    days = make_table(make_line(), doubled=(date(2026, 2, 28), date(2026, 3, 1)))
    assert body(day)[-1].startswith("On 2026-03-01 a reader may count as two visitors:")
    assert body(days)[-1].startswith("On 2026-02-28, 2026-03-01 a reader may count as two")


@pytest.mark.parametrize("width", [20, 60, 79, 80, 200])
def test_columns_are_straight_whatever_the_width_of_a_title(width):
    titles = ["a" * 300, "日本語" * 100, "e\u0301" * 80, "📚" * 50, "", "two\nlines\tin one"]
    table = make_table(*(make_line(str(n), 50, title=title) for n, title in enumerate(titles)))
    lines = [line for line in body(table, width)[1:-1] if "        25" in line]
    assert len(lines) == len(titles)
    assert len({cell_len(line[: line.index("        25")]) for line in lines}) == 1


@pytest.mark.parametrize("language", ["en", "ja"])
def test_beside_rates_a_label_is_whole_at_80_columns(language):
    long = make_line("genai-law", 200, title="生成AIの法律と実務の本", seen=(3000, 120))
    few = make_line("few", 300, title="Few", seen=(4, 2))
    set_language(language)
    text = table_text(make_table(long, few, counts=Counts(500, 200, 7, 3004, 122)), 80)
    lines = text.partition("\n\n")[2].splitlines()
    set_language("en")
    assert lines[1] == "genai-law  生成AIの法律と実務の本"
    assert lines[2].split()[0] == "200"
    assert max(map(cell_len, lines[:4])) <= 84  # Japanese headings alone leave four for the label


@pytest.mark.parametrize("width", [70, 80, 200])
def test_no_line_is_wider_than_the_terminal(width):
    table = make_table(make_line(title="日本語" * 100), make_line(title="a" * 300))
    assert max(cell_len(line) for line in body(table, width)[:-1]) <= width


def test_a_bar_is_exact_to_an_eighth():
    lines = body(make_table(make_line("a", 160), make_line("b", 82), make_line("c", 0)))
    assert [line.split()[4:] for line in lines[1:4]] == [["█" * 12], ["█" * 6 + "▏"], []]


def test_more_than_twenty_lines_are_for_programs():
    lines = body(make_table(*(make_line(f"i{n}", 1) for n in range(1021))))
    assert lines[20].startswith("i19 ")
    assert lines[21] == "and 1,001 more: --csv and --json print all"


def test_all_days_are_shown():
    days = [make_line(f"2026-01-{n:02}", 1) for n in range(1, 31)]
    assert body(make_table(*days, by=Dimension.DAY))[30].startswith("2026-01-30")


def test_a_post_goes_by_its_path_and_without_one_by_its_key():
    known = make_line("0123456789abcdef", title="_posts/2026-01-01-a.md")
    lines = body(make_table(known, make_line("fedcba9876543210"), by=Dimension.POST))
    assert [line.split()[0] for line in lines[1:3]] == [
        "_posts/2026-01-01-a.md",
        "fedcba9876543210",
    ]


def test_a_rate_is_shown_with_its_interval_where_it_tells():
    lines = body(
        make_table(
            make_line("a", 200, page_views=10_000),
            make_line("b", 3, page_views=20),
            make_line("c", 3, page_views=2),
            make_line("d", 3),
            by=Dimension.POST,
        ),
        120,
    )
    assert "2.00%" in lines[1]
    assert "1.74% to 2.29%" in lines[1]
    assert "too few to say" in lines[2]
    assert "more clicks than views" in lines[3]
    assert [("%" in line) for line in lines[2:5]] == [False] * 3


def test_names_beside_rates_are_whole_where_they_fit():
    name = "_posts/2026-04-12-tea.md"
    text = table_text(make_table(make_line(name, 200, page_views=10_000)), 90)
    assert f"\n{name} " in text
    assert "█" not in text


def test_views_that_were_reported_have_their_rate_and_their_sum():
    table = make_table(
        make_line("a", 300, seen=(10_000, 200)),
        make_line("b", 3, seen=(20, 3)),
        make_line("c", 3, seen=(2, 3)),
        make_line("d", 3),
        counts=Counts(300, 200, 7, 10_022, 206),
    )
    assert re.search(r"^views +10,022 .*\nclicked +206 ", table_text(table, 120), re.MULTILINE)
    lines = body(table, 120)
    assert re.search(r"a +300 +150 +0 +10,000 +200 +2\.00% +1\.74% to 2\.29%$", lines[1])
    assert "too few to say" in lines[2]
    assert "more clicks than views" in lines[3]
    assert lines[4].split() == ["d", "3", "1", "0"]


def test_without_views_no_rate_is_shown():
    assert "%" not in "".join(body(make_table(make_line())))


@pytest.mark.parametrize(
    ("last", "server", "advice"),
    [
        pytest.param(date(2026, 2, 20), "https://go.example.com", "--days 10 shows it", id="older"),
        pytest.param(None, None, "`server` under `site`", id="no-server"),
        pytest.param(None, "https://go.example.com", "go.example.com/healthz", id="no-clicks"),
    ],
)
def test_where_there_is_nothing_the_next_step_is_reported(last, server, advice):
    table = make_table(counts=Counts())
    assert not table
    text = nothing_text(table, last, server)
    assert text.startswith("No clicks were counted from 2026-02-28 to 2026-03-01 (Asia/Tokyo).\n")
    assert advice in text


def test_bots_alone_are_something():
    assert make_table(counts=Counts(0, 0, 1))


def test_campaigns_are_said_not_to_be_of_all_clicks():
    lines = body(make_table(make_line("launch", 200), by=Dimension.CAMPAIGN))
    assert lines[-2] == "Clicks on links without a campaign (utm_campaign) are not listed."
