"""What a user agent says about a click: whether a bot made it, and on which device.

Bots are known by their names, and by what no browser does, in bounded time whatever is sent.
"""

import re
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import ahocorasick_rs

from linkmgr.clicks.model import Device

# A user agent, prepared for finding the names of bots.

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
    """Return a user agent in ASCII and lower case, without the names of readers' devices.

    Each character lies one place further than in the user agent, as the text begins with `START`.
    """
    text = user_agent[:LONGEST].encode("ascii", "replace").decode().lower()
    text = text.replace(START, " ").replace(END, " ")
    return f"{START}{_OWN.sub(_blank, text)}{END}"


def _blank(match: re.Match[str]) -> str:
    kept = match["system"] or match["app"] or ""
    return kept.ljust(len(match[0]))


# The names in maintained lists of bots, found all at once.
#
# `make bots` writes `bot_names/names.txt`. One automaton finds them in a single pass, whose time
# depends on the length of the text alone: the lists' own regular expressions, one by one or joined,
# take milliseconds for a text made to be slow.

_SHORT = 6


def _read_names() -> list[str]:
    text = files("linkmgr.clicks").joinpath("bot_names", "names.txt").read_text(encoding="utf-8")
    lines = [line for line in text.split("\n") if line and not line.startswith("# ")]
    return [line.replace("^", START).replace("$", END) for line in lines]


class Names:
    """Finds names. Each is in lower case and may begin with `START` and end with `END`."""

    def __init__(self, names: list[str]) -> None:
        self._names = names
        self._automaton = ahocorasick_rs.AhoCorasick(names)

    def __len__(self) -> int:
        return len(self._names)

    def find(self, text: str) -> tuple[int, int] | None:
        """Return the start and end of the first name in a plain text, `None` if there is none."""
        for number, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            if _is_whole(self._names[number], text, start, end):
                return start, end
        return None


def _is_whole(name: str, text: str, start: int, end: int) -> bool:
    """Whether a name begins a word, and a short one ends it, too.

    Neither "fish" in "starfish" nor "pear" in "pearl" does. The text begins with `START`
    and ends with `END`.
    """
    before = text[start - 1]
    if name[0].isalnum() and (before.isalpha() or (name[0].isdigit() and before.isdigit())):
        return False
    return not (len(name) < _SHORT and name[-1].isalpha() and text[end].isalpha())


KNOWN_NAMES = Names(_read_names())


# What gives away a bot that no list names.
#
# Each rule is linear in the text, or bounded by a number in it: none repeats a
# repetition, which is what makes regular expressions take exponentially long.

# What bots call themselves, and the libraries that programs send requests with.
_WORDS = re.compile(
    r"(?<!cu)bots?(?![a-z])|robot|crawl|spider|scrap(?:e|y|ing)|(?<!mozac)fetch|archiv|preview|monitor"
    r"|validat|check(?:er|ing|s|link)?(?![a-z])|headless|phantomjs|feed|(?<![a-z0-9])rss|rss(?![a-z0-9])|harvest|survey|verif"
    r"|(?<!cam)scan(?:ner|ning)?(?![a-z])|indexer|uptime|nutch|getter(?![a-z])|(?<![a-z])ping(?:er|dom|back)?(?![a-z])"
    r"|probe|analy[sz]|download(?:er|[- ]?manager)|lighthouse|insight|health|bench|audit"
    r"|screenshot|transcod|extract|sniff|slurp|webhook|collector|aggregat|httrack|inspect"
    r"|detector|discovery|sitemap|search ?engine|seo(?![a-z])|research|(?<!-)agent/"
    r"|link ?check|webmaster|marketing|snippet|embed(?:ly)?(?![a-z])|plagiar|copyright|summar"
    r"|test(?:er|ing)(?![a-z])|webpage|website|urlcheck|synthetic|automation|selenium|puppeteer"
    r"|playwright|cypress/|devtools|observatory|http-?client|http[-_ ]?(?:request|get|lib)|python"
    r"|perl(?![a-z])|ruby|(?<![a-z])java/1|java-http|curl|wget|libwww-perl|grpc-|okhttp|go-http"
    r"|node[-.]|axios|php"
)

# Bots say where to read about them, or whom to write to.
_ADDRESS = re.compile(
    r"https?[:%]|www\.|[a-z0-9_.-]@[a-z0-9_-]+\.[a-z]|[a-z0-9]\[at\]"
    r"|(?<![a-z0-9_.-])[a-z][a-z0-9.-]*\.(?:com|org|net|io|de|ru|fr|co|info|jp|ai|app|dev|eu|cz|cn"
    r"|me|it|nl|pl|edu)(?![a-z0-9_.]|/\d)|(?<![a-z0-9])[a-z]{2,9}\.(?:ly|gy|gl)/"
)

# A browser names its engine, the system it runs on, or the phone that it is part of.
_READERS = re.compile(
    r"windows|android|linux|mac ?os|macintosh|mac_powerpc|iphone|ipad|ipod|ios[ /]|watch ?os|x11"
    r"|webkit|gecko|browser|opera|mosaic|netfront|obigo|dillo|netsurf|netpositive|charon|\[fb|\x02fban"
    r"|cfnetwork|darwin|dalvik|ms ?office|microsoft office|qtver=|win(?:\d|nt)|cygwin|hp-ux"
    r"|(?<![a-z])cros(?![a-z])"
    r"|freebsd|openbsd|netbsd|sunos|beos|haiku|amiga|os/2|morphos|risc ?os|webos|tizen|kaios|bada"
    r"|symb|series ?[468]0|midp|cldc|j2me|up\.browser|ucweb|brew|profile/|wap|maui|smart-?tv"
    r"|hbbtv|roku|playstation|nintendo|xbox|palm|nokia|samsung|blackberry|docomo|kddi|softbank"
    r"|vodafone|j-phone|\x02lg|sonyericsson|sony|mot-|sec-|sie-|sharp|zte|huawei|htc|philips"
    r"|panasonic|alcatel|sagem|pantech|lenovo|motorola|asus|kwc-|teleca|webtv|planetweb|osx/"
)

# "Mozilla/5.0 (compatible; Name" is how bots begin, and browsers before 2013.
_COMPATIBLE = re.compile(r"compatible; (?!msie|ms ie|ms-office|konqueror|netpositive)[a-z0-9@]")
_OLD_BROWSERS = re.compile(
    r"msie|windows|brew|webkit|linux|x11|beos|opera|netfront|u; |galeon|gecko|risc os|amiga"
)

# An engine without its system, one that says more than an engine does, systems that cannot be
# together, a program before a browser that it borrows, and a version that runs into the next name.
# Google's Web Light, which fetched for readers, ended in 2022.
_ENGINE = re.compile(
    r"\x02mozilla/\d\.\d+ (?:applewebkit|gecko|firefox|chrome)|\x02mozilla/[\d.]+\x03"
    r"|khtml, like gecko; |\(googleweblight|; googleweblight|\(unknown; linux x86|x11; windows"
    r"|windows; linux|\x02[a-z0-9./ ]{1,40}(?:, |\|)mozilla/"
    r"|chrome/[\d.]{1,20}(?!mobile|safari)[a-z]"
)

# Programs name the platform as compilers and Node.js do, their own package, a version that is not
# released, or none, as the services of Apple's systems do that are no apps; they may say no more
# than a system's name, or a version after a hyphen. Apps of a Mac leave links to its browser.
_PROGRAM = re.compile(
    r"linux[- ]gnu|\((?:darwin|linux|win32) (?:arm64|x64|ia32|x86_64)\)|-snapshot"
    r"|\x02[a-z0-9_./ -]{1,40}\((?:com|org|net|io)\.[a-z0-9_]{1,40}\."
    r"|(?:\(unknown version\)|/0) cfnetwork|cfnetwork/[\d.]{1,20} darwin/[\d.]{1,20} \(x86_64\)"
    r"|\x02(?:ipad|iphone|android|windows|linux|macintosh|[a-z-]{1,40}-\d{1,4}\.[\d.]{1,20})\x03"
)

# What is sent to break into a server.
_ATTACK = re.compile(r"[<>]|'\+|\$\{|\(select|sleep\(")

# Browsers in a terminal name the library that they share with bots, and who wrote them.
_TERMINAL = re.compile(r"\x02(?:lynx/|elinks|links \(|w3m/)")

_GIVEN_AWAY_BY = {"attack": _ATTACK, "program": _PROGRAM, "engine alone": _ENGINE}
PATTERNS = (
    _WORDS,
    _ADDRESS,
    _READERS,
    _COMPATIBLE,
    _OLD_BROWSERS,
    *_GIVEN_AWAY_BY.values(),
    _TERMINAL,
)


class AgentRule(NamedTuple):
    """What in a plain text no browser sends."""

    name: str
    span: tuple[int, int] | None = None
    """Where the word is that gives the bot away, if a word does."""


def _is_terminal(text: str) -> bool:
    """Whether a plain text is that of a browser in a terminal."""
    return _TERMINAL.match(text) is not None


def broken_rule(text: str) -> AgentRule | None:
    """Return the first rule of browsers that a plain text breaks, `None` if it breaks none."""
    if word := _WORDS.search(text):
        return AgentRule("word", word.span())
    if _ADDRESS.search(text):
        return AgentRule("address")
    if not _READERS.search(text):
        return AgentRule("no browser")
    if _COMPATIBLE.search(text) and not _OLD_BROWSERS.search(text):
        return AgentRule("compatible")
    return next(
        (AgentRule(name) for name, words in _GIVEN_AWAY_BY.items() if words.search(text)), None
    )


# Names and rules together.

NO_AGENT = "no user agent"
"""Why a request that names no user agent is a bot's: every browser names one."""

_LONGEST_REASON = 40
_UNWANTED = re.compile(r"[^A-Za-z0-9._/-]+")


def find_bot(user_agent: str) -> str:
    """Return why a user agent is a bot's, in `[A-Za-z0-9 ._/-]{1,40}`; empty if it is a reader's.

    The reason is the name or word that gives it away, or the rule that it breaks: nothing that is
    not in the lists and rules, for it is stored, and a user agent may hold anything.
    """
    if not user_agent[:LONGEST].strip():
        return NO_AGENT
    text = plain_text(user_agent)
    if _is_terminal(text):
        return ""
    if span := KNOWN_NAMES.find(text):
        return _reason(user_agent, *span) or "bot"
    if rule := broken_rule(text):
        return (rule.span and _reason(user_agent, *rule.span)) or rule.name
    return ""


def _reason(user_agent: str, start: int, end: int) -> str:
    """Return the name between two positions of the plain text, without a version."""
    name = user_agent[max(start - 1, 0) : end - 1].partition("/")[0]
    return _UNWANTED.sub(" ", name).strip()[:_LONGEST_REASON].strip()


# A bot or a reader, and the device.

# What browsers send as Sec-CH-UA-Mobile.
_MOBILE = {"?1": True, "?0": False}

_DESKTOPS = ("Windows", "Macintosh", "X11", "CrOS", "Linux")


class Agent(NamedTuple):
    """Who made a click, and on what."""

    bot: str
    """Why this is no reader, in `[A-Za-z0-9 ._/-]{1,40}`; empty where it is one."""
    device: Device


def read_agent(user_agent: str, mobile: str) -> Agent:
    """Judge a request by its `User-Agent` and its `Sec-CH-UA-Mobile`.

    A new user agent takes 50 to 300 µs: `linkmgr.web.visitors` bounds how many come.
    """
    return _read(user_agent[:LONGEST], _MOBILE.get(mobile))


def forget_agents() -> None:
    """Keep no user agent in memory past the day."""
    _read.cache_clear()


@lru_cache(maxsize=4096)  # 4,096 user agents take about 4 MB at most
def _read(user_agent: str, mobile: bool | None) -> Agent:  # noqa: FBT001 - the hint is a Boolean
    return Agent(find_bot(user_agent), _device(user_agent, mobile))


def _device(user_agent: str, mobile: bool | None) -> Device:  # noqa: FBT001 - as above
    if _is_tablet(user_agent):
        return Device.TABLET
    if mobile or "Mobi" in user_agent:
        return Device.PHONE
    if mobile is False or any(system in user_agent for system in _DESKTOPS):
        return Device.DESKTOP
    return Device.UNKNOWN


def _is_tablet(user_agent: str) -> bool:
    """Whether it is a tablet, by MDN's rule ("Browser detection using the user agent string").

    iPads say both "Mobile" and their name, Android says "Mobile" on phones alone, and old Windows
    says "Tablet PC" of any computer.
    """
    if "iPad" in user_agent or "Tablet" in user_agent.replace("Tablet PC", ""):
        return True
    return user_agent.rfind("Android") > user_agent.rfind("Mobi")
