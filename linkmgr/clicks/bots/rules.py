"""What gives a bot away that no list knows by name.

Each rule is linear in the text, or bounded by a number in it: none repeats what holds a
repetition, which is what makes regular expressions take exponentially long.
"""

import re
from typing import NamedTuple

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


class Rule(NamedTuple):
    """`found` is where in the text the word is that gives the bot away, if it is a word."""

    name: str
    found: tuple[int, int] | None = None


def is_terminal(text: str) -> bool:
    """Tell whether a plain text is of a browser in a terminal."""
    return _TERMINAL.match(text) is not None


def broken_rule(text: str) -> Rule | None:
    """Return what of a plain text no browser does, `None` if there is nothing."""
    if word := _WORDS.search(text):
        return Rule("word", word.span())
    if _ADDRESS.search(text):
        return Rule("address")
    if not _READERS.search(text):
        return Rule("no browser")
    if _COMPATIBLE.search(text) and not _OLD_BROWSERS.search(text):
        return Rule("compatible")
    return next((Rule(name) for name, said in _SAID.items() if said.search(text)), None)


_SAID = {"attack": _ATTACK, "program": _PROGRAM, "engine alone": _ENGINE}
PATTERNS = (_WORDS, _ADDRESS, _READERS, _COMPATIBLE, _OLD_BROWSERS, *_SAID.values(), _TERMINAL)
