"""A click comes back from its line as it was; a line that is not whole is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.clicks.line import click_line, read_line
from tests.support.clicks import make_click

LINE = click_line(make_click(post="", block="", rank=0, bot="no user agent"))


@given(
    st.builds(
        make_click,
        time=st.integers(0, 253_370_764_799_999),
        rank=st.integers(0, 100),
        item=st.from_regex(r"[a-z0-9-]{1,200}", fullmatch=True),
        referrer=st.from_regex(r"[a-z0-9.-]{0,253}", fullmatch=True),
        bot=st.from_regex(r"[A-Za-z0-9 ._/-]{0,40}", fullmatch=True),
        campaign=st.from_regex(r"[^\t\n\r\0]{0,200}", fullmatch=True),
        variant=st.from_regex(r"([0-9a-f]{8}\.[a-z0-9-]{1,64})?", fullmatch=True),
        tracking=st.from_regex(r"[A-Za-z0-9._~-]{0,100}", fullmatch=True),
    )
)
def test_a_click_comes_back_from_its_line(click):
    line = click_line(click)
    assert line.count(b"\n") == 1
    assert read_line(line.removesuffix(b"\n")) == click


@given(st.integers(0, len(LINE) - 2))
def test_a_torn_line_is_no_click(length):
    assert read_line(LINE[:length]) is None


@given(st.integers(0, len(LINE) - 2), st.integers(1, 255))
def test_a_line_with_a_wrong_byte_is_no_click(place, flipped):
    wrong = bytearray(LINE.removesuffix(b"\n"))
    wrong[place] ^= flipped
    assert read_line(bytes(wrong)) is None


@pytest.mark.parametrize(
    "wrong",
    [
        *({"id": each} for each in ("", "0" * 31, "G" * 32)),
        {"time": 253_370_764_800_000},
        *({"item": each} for each in ("", "a" * 201, "a\0b")),
        {"post": "0" * 17},
        {"rank": 10_000},
        {"route": "gone"},
        {"device": "watch"},
        {"referrer": "a" * 254},
        {"bot": "b" * 41},
        {"visitor": "0" * 15},
        {"campaign": "c" * 201},
        *({"variant": each} for each in ("0a1b2c3d", "0A1B2C3D.b", f"0a1b2c3d.{'b' * 65}")),
        *({"tracking": each} for each in ("a" * 101, "a 22")),
    ],
    ids=str,
)
def test_a_line_that_the_tables_would_not_take_is_no_click(wrong):
    line = click_line(make_click()._replace(**wrong))
    assert read_line(line.removesuffix(b"\n")) is None


@given(st.binary())
def test_other_bytes_are_no_click(data):
    assert read_line(data) is None
