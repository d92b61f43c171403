"""Many lines at once are read as they are one by one."""

from hypothesis import given
from hypothesis import strategies as st

from linkmgr.clicks.line import click_line, clicks_of, read_clicks, read_line
from tests.support.clicks import make_click

TEXTS = st.text(
    st.characters(exclude_characters="\t\n\0", exclude_categories=["Cs"]), min_size=1, max_size=20
)
CLICKS = st.builds(
    make_click,
    time=st.integers(0, 253_370_764_800_001),
    rank=st.integers(0, 10_001),
    item=TEXTS,
    block=TEXTS,
    campaign=st.just("") | TEXTS,
    variant=st.sampled_from(["", "0a1b2c3d.short", "0a1b2c3d."]),
    tracking=st.sampled_from(["", "tea-22", "tea 22"]),
    visitor=st.from_regex(r"[0-9a-fg]{16}", fullmatch=True),
)


@st.composite
def chunks(draw):
    """Draw lines, of which in half of the chunks one has a wrong byte or lost some."""
    lines = [click_line(click)[:-1] for click in draw(st.lists(CLICKS, min_size=1, max_size=4))]
    number = draw(st.integers(0, len(lines) - 1))
    line, place = lines[number], draw(st.integers(0, len(lines[number]) - 1))
    wrong = bytes([draw(st.integers(0, 255).filter(lambda byte: byte != ord("\n")))])
    damaged = [line, line, line[:place], line[:place] + wrong + line[place + 1 :]]
    return [*lines[:number], draw(st.sampled_from(damaged)), *lines[number + 1 :]]


@given(chunks())
def test_lines_are_read_at_once_as_one_by_one_or_not_at_all(lines):
    each = [read_line(line) for line in lines]
    assert read_clicks(lines) == (None if None in each else clicks_of_lists(each))


def clicks_of_lists(clicks):
    """Return columns that are lists, as those are that are read."""
    columns = clicks_of(clicks)
    return columns._make(map(list, columns))


def test_a_field_that_ends_in_another_line_is_damage_in_both():
    line = click_line(make_click())[:-1]
    assert read_line(line)
    assert read_clicks([line[:40], line[40:]]) is None
