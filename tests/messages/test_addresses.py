"""Addresses are printed as people read them, and stay as they are for programs."""

import json

import pytest

from linkmgr.messages.message import message, readable, translate


@pytest.mark.parametrize(
    ("address", "read"),
    [
        ("https://a.example/%E3%83%8F%E3%83%BC%E3%83%96/", "https://a.example/ハーブ/"),
        ("/caf%c3%a9?q=%E8%97%8D%E6%9F%93#%E5%A7%8B", "/café?q=藍染#始"),
        ("/a%20b%2Fc%3F%26%25", "/a%20b%2Fc%3F%26%25"),
        ("/%E3%83", "/%E3%83"),  # cut within a letter
        ("/%83n%81%5B%83u", "/%83n%81%5B%83u"),  # Shift_JIS
        ("/%E2%80%AEgnp%E3%80%80", "/%E2%80%AEgnp%E3%80%80"),  # turns the line; a wide space
        ("/plain", "/plain"),
    ],
    ids=["path", "query", "what-would-mean-another", "cut", "other-code", "unseen", "plain"],
)
def test_an_address_is_read_in_its_letters_and_means_the_same(address, read):
    assert readable(address) == read


def test_a_message_prints_readable_addresses_and_plain_json():
    found = message("adopt.finding-dead-link", url="/%E3%83%8F/")
    assert translate(found).startswith("/ハ/ ")
    assert json.dumps(found.to_json()).count("%E3%83%8F") == 1
    file = message("fs.unwritable", path="2012-%e3%83%86.md", reason="x")
    assert "2012-%e3%83%86.md" in translate(file)
