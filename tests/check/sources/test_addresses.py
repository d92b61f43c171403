"""An address on a page is found in the text from which the page was made."""

import pytest

from linkmgr.check.sources import AddressSearch

SEARCH = AddressSearch(("https://tea.example/blog", "https://tea.example", "/blog"))


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("/no/", "[x](/no/)"),
        ("/blog/no/", '<a href="{{ site.baseurl }}/no/">'),
        ("/blog/no/", "{{ '/no/' | relative_url }}"),
        ("https://tea.example/blog/no/", "{{ site.url }}{{ site.baseurl }}/no/"),
        ("https://s.example/?a=1&b=2", '<a href="https://s.example/?a=1&amp;b=2">'),
        ("https://s.example/?a=1&b=2", '<a href="https://s.example/?a=1&#038;b=2">'),
        ("https://s.example/?a=1&b=2", '<a href="https://s.example/?a=1&#38;b=2">'),
        ("https://s.example/?a=1&b=2", '<a href="https://s.example/?a=1&#x26;b=2">'),
        ("https://s.example/?a=1&b=2", '<a href="https://s.example/?a=1&AMP;b=2">'),
        ("https://s.example/?a=1&b=2", '<a href="https&colon;//s.example&#X2F;?a=1&#X26;b=2">'),
        ("https://s.example/?a=1&copy=2", "<https://s.example/?a=1&copy=2>"),
        ("/a/", '&#10;<a href="/a/">'),
        ("/a/", f'&#{"1" * 5000};<a href="/a/">'),
        ("https://s.example/?a=1&b=2", "<https://s.example/?a=1&b=2>"),
        ("/%E7%B7%91/", "[緑](/緑/)"),
        ("/緑/", "[緑](/%E7%B7%91/)"),
        ("https://s.example/x", "See https://s.example/x. Then"),
        ("../a.html#b", "[a]: ../a.html#b"),
        ("/no/", "- /no/"),
        ("/", "[home](/)"),
        ("/blog/", '<a href="{{ site.baseurl }}/">'),
        ("mailto:a@b.example", "<mailto:a@b.example>"),
    ],
)
def test_an_address_is_found_however_it_is_written(address, text):
    assert SEARCH.lines(address, f"---\n---\n{text}\n") == [3]


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("/no/", "/no/more/"),
        ("/no/", "https://s.example/no/"),
        ("https://s.example/x", "https://s.example/x.html"),
        ("https://s.example/x", "https://s.example/x?y"),
        ("/", "and/or"),
        ("/", "tea / coffee"),
        ("/no/", "and /no/ is a path"),
        ("/blogs/", "s/"),
        ("/می", "[x](/می\u200cخواهم)"),
        ("/हिन्द", "[x](/हिन्दी)"),
        ("/a", "[x](/a👨\u200d💻)"),
    ],
)
def test_a_part_of_another_address_is_none(address, text):
    assert SEARCH.lines(address, text) == []


def test_an_address_is_found_as_often_as_it_stands_there():
    text = "/no/more/\r\n\r\n[a](/no/) [b](/no/)\n[c](/no/)"
    assert SEARCH.lines("/no/", text) == [3, 3, 4]


def test_of_many_addresses_each_is_found_where_it_stands():
    text = "\n".join(f"[a](/{n}/) and [b](/{n}/more/)" for n in range(300))
    for n in range(300):
        assert SEARCH.lines(f"/{n}/", text) == [n + 1]
        assert SEARCH.lines(f"https://tea.example/blog/{n}/more/", text) == [n + 1]
        assert SEARCH.lines(f"/{n}/mor", text) == []
