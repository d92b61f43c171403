"""Bots are told from readers, and no user agent takes long."""

import re
from re import _parser as parser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.clicks.user_agents import (
    _OWN,
    END,
    KNOWN_NAMES,
    LONGEST,
    NO_AGENT,
    PATTERNS,
    START,
    Names,
    find_bot,
    plain_text,
)

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36"
MAC = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/26.0 Safari/605.1.15"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148"
)
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def on_android(model):
    return f"Mozilla/5.0 (Linux; Android 13; {model}) {CHROME} Mobile Safari/537.36"


@pytest.mark.parametrize(
    "reader",
    [
        pytest.param(WINDOWS, id="Chrome"),
        pytest.param(MAC, id="Safari"),
        pytest.param("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"),
        pytest.param(on_android("CUBOT NOTE 20"), id="a phone with bot in its name"),
        pytest.param(on_android("POWER BOT Build/TP1A"), id="a phone called Bot"),
        pytest.param(on_android("Spider 8"), id="a phone called Spider"),
        pytest.param(on_android("PHANTOM X2"), id="a phone called Phantom"),
        pytest.param(on_android("K").replace("K)", "K; wv)") + " CamScanner/6.0", id="an app"),
        pytest.param(f"{IPHONE} [FBAN/FBIOS;FBAV/239.0;FBCR/Telekom.de]", id="Facebook's app"),
        pytest.param("[FBAN/FB4A;FBAV/567.1.0;FBPN/com.facebook.katana]", id="that app alone"),
        pytest.param(f"{MAC} starfish/1.0", id="a bot's name within a word"),
        pytest.param("Lynx/2.9.0dev.4 libwww-FM/2.14 SSL-MM/1.4.1", id="Lynx"),
        pytest.param("Opera/9.80 (J2ME/MIDP; Opera Mini/7.1; U; en) Presto/2.8", id="Opera Mini"),
        pytest.param("SAMSUNG-GT-E2202 Profile/MIDP-2.0", id="an old phone"),
        pytest.param(on_android("moto Build/S1RSS32.38"), id="a build with rss in it"),
        pytest.param("DESAY TS1008/1.0 " + on_android("K"), id="a number that ends as a bot's"),
        pytest.param("NetworkingExtension/8618.1 CFNetwork/1494.0.7 Darwin/23.4.0", id="WebKit"),
        pytest.param("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) " + CHROME, id="a Chromebook"),
        pytest.param("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)", id="Internet Explorer"),
        pytest.param("Microsoft Office/16.0 (Windows NT 10.0; MAPI 16.0.8431)", id="Outlook"),
    ],
)
def test_a_reader_is_no_bot(reader):
    assert find_bot(reader) == ""


@pytest.mark.parametrize(
    ("user_agent", "why"),
    [
        pytest.param(GOOGLE, "Googlebot", id="known by name"),
        pytest.param(f"{'x' * 90} {WINDOWS} {GOOGLE}", "Googlebot", id="after a long preface"),
        pytest.param("curl/8.14.1", "curl", id="a library"),
        pytest.param(f"{WINDOWS} HeadlessChrome/142.0.0.0", "Headless", id="no window"),
        pytest.param("Neverheardof-Crawler/1.0", "Crawl", id="a word that bots use"),
        pytest.param(f"{WINDOWS} (+https://unheard.example/)", "address", id="an address"),
        pytest.param(f"{WINDOWS} someone@unheard.example", "address", id="a mail address"),
        pytest.param("Unheardof/1.0", "no browser", id="no browser"),
        pytest.param("Mozilla/5.0 (compatible; Unheardof/1.0)", "no browser", id="only compatible"),
        pytest.param(f"Mozilla/5.0 {CHROME} Safari/537.36", "engine alone", id="no system"),
        pytest.param(f"{WINDOWS}'+(select 1)+'", "attack", id="an attack"),
        pytest.param(on_android("K; Storebot-Google/1.0"), "Storebot-Google", id="as a phone"),
        pytest.param(
            "Unheardof/3.1 (darwin arm64)", "program", id="a platform as Node.js names it"
        ),
        pytest.param("Unheardof/3.1 (OS: linux-gnu)", "program", id="one as compilers name it"),
        pytest.param(f"{MAC} Unheardof/0.2-SNAPSHOT", "program", id="a version not released"),
        pytest.param("Any (unknown version) CFNetwork/1107.1 Darwin/19", "program", id="a daemon"),
        pytest.param("Any/7 CFNetwork/673.2 Darwin/13.1 (x86_64) (Mac)", "program", id="a Mac's"),
        pytest.param(
            "any/5.9 (com.unheardof.any; Android API 28)", "program", id="its own package"
        ),
        pytest.param("iPad", "program", id="a device and no more"),
        pytest.param("Unheardof-Android-3.1.0", "program", id="a version after a hyphen"),
        pytest.param("Microsoft-Unheardof/10.0", "no browser", id="no browser of Microsoft's"),
        pytest.param(
            WINDOWS.replace("142.0.0.0", "142.0.0.0Unheard/6"), "engine alone", id="run together"
        ),
        pytest.param(f"iphone|{MAC}", "engine alone", id="a word before a browser"),
        pytest.param("", NO_AGENT, id="nothing"),
        pytest.param(" \t ", NO_AGENT, id="blanks"),
    ],
)
def test_a_bot_is_found_and_why(user_agent, why):
    assert find_bot(user_agent) == why


@given(st.text() | st.text(st.sampled_from("Bot /crawl\t\n-é\ud800İ@.(;")))
def test_why_it_is_a_bot_is_short_and_plain(user_agent):
    assert re.fullmatch(r"[A-Za-z0-9 ._/-]{0,40}", find_bot(user_agent))


def test_a_name_must_be_a_whole_word_at_its_start():
    names = Names(["pear", f"{START}ruby", f"agent{END}"])
    assert names.find(f"{START}a pear/1{END}") == (3, 7)
    assert names.find(f"{START}a spear/1, pearl/2{END}") is None
    assert names.find(f"{START}ruby on a tree{END}") == (0, 5)
    assert names.find(f"{START}a ruby{END}") is None
    assert names.find(f"{START}my agent{END}") == (4, 10)


@given(st.text())
def test_what_is_looked_at_is_bounded(user_agent):
    text = plain_text(user_agent * 100)
    assert len(text) <= LONGEST + 2
    assert text.isascii()


def test_what_follows_past_the_bound_is_not_looked_at():
    filled = f"{WINDOWS} ".ljust(LONGEST - len("Googlebot"), "a")
    assert find_bot(f"{filled[:-1]} Googlebot") == "bot"
    assert find_bot(f"{filled} Googlebot") == ""


@given(st.text(st.characters(max_codepoint=255), max_size=LONGEST))
def test_a_place_in_plain_text_is_one_further_than_in_user_agent(user_agent):
    assert len(plain_text(user_agent)) == len(user_agent) + 2


@pytest.mark.parametrize("pattern", [*PATTERNS, _OWN], ids=lambda pattern: pattern.pattern[:20])
def test_no_rule_can_take_exponentially_or_cubically_long(pattern):
    """A repetition without a bound repeats a single character, never one that repeats itself."""
    for least, most, repeated in repetitions(parser.parse(pattern.pattern)):
        if most > LONGEST:
            ((kind, _),) = repeated
            assert str(kind) in {"IN", "NOT_LITERAL"}, (least, most, repeated)


def repetitions(parsed):
    """Find the repetitions in an expression that Python has parsed."""
    if isinstance(parsed, tuple) and str(parsed[0]) in {"MAX_REPEAT", "MIN_REPEAT"}:
        yield parsed[1]
    if isinstance(parsed, (tuple, list, parser.SubPattern)):
        for part in parsed:
            yield from repetitions(part)


def test_the_names_are_many_plain_and_none_is_of_a_browser():
    assert len(KNOWN_NAMES) > 2000
    for reader in (WINDOWS, MAC, IPHONE):
        assert KNOWN_NAMES.find(plain_text(reader)) is None
