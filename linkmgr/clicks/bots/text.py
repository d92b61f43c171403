"""A user agent, prepared for finding the names of bots."""

import re

LONGEST = 512
"""Characters that are read. Bots name themselves within 300; all the work is bounded by it."""

START, END = "\x02", "\x03"
"""Put before and after the text, so that a name can be tied to either."""

# What is a reader's own. The comment of an Android browser holds the phone's name, which may be
# "Cubot", "Phantom" or "Spider 8"; bots that borrow it add an address or a version
# ("Storebot-Google/1.0"), or leave out the build that Android's old browser gives with the phone.
# What Facebook's apps add holds the carrier's ("Telekom.de"), and what an old control of Internet
# Explorer adds, its maker's address.
_OWN = re.compile(
    r"(?P<system>android[^;()]{0,40};)(?!(?<=u; android \d\.\d\.\d;) [a-z]{2}-[a-z]{2}; [a-z]+\))"
    r"(?![^()]{0,200}(?:http|/\d\.\d))[^()]*"
    r"|(?P<app>\[fb)[^\]]*|; user-agent:|embeddedwb[^;)]*|http://(?:bsalsa|www\.avantb)"
)


def plain_text(user_agent: str) -> str:
    """Return a user agent in ASCII and lower case, without what readers' devices are called.

    Each character lies one place further than in the user agent, as the text begins with `START`.
    """
    text = user_agent[:LONGEST].encode("ascii", "replace").decode().lower()
    text = text.replace(START, " ").replace(END, " ")
    return f"{START}{_OWN.sub(_blank, text)}{END}"


def _blank(found: re.Match[str]) -> str:
    kept = found["system"] or found["app"] or ""
    return kept.ljust(len(found[0]))
