"""Measures what of bots is caught and of browsers misjudged, by lists that none of ours is from.

Run by hand, with npm and git: it fetches the lists into `build/user-agents/`, once. isbot's and
arcjet's are on GitHub alone, and matomo's, whose licence keeps it out of ours.
"""

import argparse
import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from linkmgr.clicks.user_agents import LONGEST, find_bot

CACHE = Path("build/user-agents")
CAUGHT, MISJUDGED = 0.99, 0.005
DEAREST = 1.0  # ms

# Sections of isbot's browsers that, as their titles say, hold bots too.
BOTS_AMONG_BROWSERS = "ZZZ"

HOSTILE_AGENTS = 20_000
LONGEST_HEADER = 64 * 2**10
PIECES = [
    *("android;", "android(", "(linux; android 1; ", "http", "android;x;", "[fb", "embeddedwb"),
    *("; user-agent:", "bot", "bo", "crawl", "craw", "scan", "check", "node-", "search ", "link "),
    *("http-", "http:", "www.", "a.", ".com", ".co", "m.", "a@", "@", "@a.", "a@b", "com.com."),
    *("ly", "gy/", "\x02", "\x03", "mozilla/5.0 ", "mozilla/", "(compatible; ", "compatible; a"),
    *("khtml, like gecko; ", "(unknown; linux ", "webkit", "windows", "fish", "star", "goog"),
    *("google", "yahoo", "yandex", "-", "_", "/", " ", ".", "1", "0", "é", "\ud800", "İ", "\0"),
    *(";", "(", ")", "a", "aa", "aaaa"),
]


class Found(NamedTuple):
    """A list of user agents: `bots` says what all of them are."""

    name: str
    bots: bool
    agents: frozenset[str]


def npm(package: str) -> Path:
    """Return a package of npm, unpacked."""
    folder = CACHE / package
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        packed = run("npm", "pack", "--silent", package, cwd=CACHE).split()[-1]
        folder.mkdir()
        run("tar", "xzf", CACHE / packed, "-C", folder, "--strip-components=1")
    return folder


def github(repository: str, address: str) -> Path:
    """Return a copy of a repository; `address` is where they are, with {owner} and {name}."""
    owner, name = repository.split("/")
    folder = CACHE / name
    if not folder.exists():
        run("git", "clone", "-q", "--depth=1", address.format(owner=owner, name=name), folder)
    return folder


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Run a command; return what it prints."""
    done = subprocess.run(  # noqa: S603 - the commands are those above
        command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def read_yaml(path: Path) -> Any:
    """Read a YAML file."""
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


def read_json(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def fetch(address: str) -> list[Found]:
    """Return the lists."""
    isbot = github("omrilotan/isbot", address) / "fixtures"
    crawlers, browsers = (read_yaml(isbot / f"{name}.yml") for name in ("crawlers", "browsers"))
    matomo = github("matomo-org/device-detector", address) / "Tests/fixtures"
    arcjet = github("arcjet/well-known-bots", address) / "well-known-bots.json"
    known = [bot.get("instances", {}).get("accepted", []) for bot in read_json(arcjet)]
    titled = {title: of for title, of in browsers.items() if title[:3] != BOTS_AMONG_BROWSERS}
    top = [read_json(path) for path in npm("top-user-agents").glob("src/*.json")]
    common = read_json(npm("user-agents") / "dist/user-agents.json")
    phones = [
        entry["user_agent"]
        for path in matomo.glob("*.yml")
        if re.match("smartphone|phablet|tablet|tv|console", path.stem)
        for entry in read_yaml(path)
    ]
    bots = [entry["user_agent"] for entry in read_yaml(matomo / "bots.yml")]
    return [
        *(
            Found(name, bots=True, agents=flat(agents))
            for name, agents in {
                "isbot, crawlers": crawlers.values(),
                "matomo, bots": [bots],
                "arcjet, well-known bots": known,
            }.items()
        ),
        *(
            Found(name, bots=False, agents=flat(agents))
            for name, agents in {
                "user-agents": [[entry["userAgent"] for entry in common]],
                "top-user-agents": top,
                "isbot, browsers": browsers.values(),
                "  without its bots": titled.values(),
                "matomo, devices": [phones],
            }.items()
        ),
    ]


def flat(lists: Iterable[Iterable[str]]) -> frozenset[str]:
    """Join lists of user agents."""
    return frozenset(str(agent).strip() for some in lists for agent in some) - {""}


def report(found: Found, *, wrong: bool) -> bool:
    """Print what of a list is caught or misjudged; return whether it is as it should be."""
    judged_bots = {agent for agent in found.agents if find_bot(agent)}
    share = len(judged_bots) / len(found.agents)
    met = share >= CAUGHT if found.bots else share <= MISJUDGED
    what = "caught" if found.bots else "misjudged"
    print(
        f"  {found.name:26}{len(found.agents):7,}  {what:10}{share:8.2%}"
        f"{'' if met else '  NOT MET'}",
        flush=True,
    )
    if wrong:
        for agent in sorted(found.agents - judged_bots if found.bots else judged_bots):
            print(f"      {find_bot(agent):20.20}  {agent!a:.200}")
    return met


def hostile_agents() -> list[str]:
    """Make user agents as long as a header may be, of what gives the rules work."""
    made = random.Random(1)
    agents = [piece * (LONGEST // max(len(piece), 1) + 1) for piece in PIECES]
    for _ in range(HOSTILE_AGENTS):
        pieces = made.choices(PIECES, k=made.randint(1, 4))
        joined = made.choice(["", " "]).join(pieces)
        agents.append(joined * (LONGEST // max(len(joined), 1) + 1))
    return [*agents, "(" * LONGEST_HEADER, "android;" * (LONGEST_HEADER // 8)]


def milliseconds(agent: str, judge: Callable[[str], str], times: int) -> float:
    """Return the shortest of several times, which what else the machine does lengthens least."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        judge(agent)
        taken.append(time.perf_counter() - start)
    return min(taken) * 1000


def report_dearest(kinds: Mapping[str, Iterable[str]]) -> bool:
    """Print the user agent of each kind that takes longest; return whether all are in the bar."""
    met = True
    for kind, agents in kinds.items():
        times = sorted((milliseconds(agent, find_bot, 3), agent) for agent in agents)
        middle = times[len(times) // 2][0]
        last, agent = max((milliseconds(agent, find_bot, 20), agent) for _, agent in times[-20:])
        met &= last < DEAREST
        print(
            f"  {kind:26}p50 {middle:6.3f}, dearest {last:6.3f} ms: {agent!a:.60}"
            f"{'' if last < DEAREST else '  NOT MET'}",
            flush=True,
        )
    return met


def main() -> None:
    """Fetch the lists, judge their user agents, and exit 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--github",
        default="https://github.com/{owner}/{name}",
        help="where to clone the lists from that no registry has",
    )
    parser.add_argument("--wrong", action="store_true", help="print what is judged wrong")
    given = parser.parse_args()
    lists = fetch(given.github)
    met = [report(found, wrong=given.wrong) for found in lists]
    kinds = {
        "of the lists": {agent for found in lists for agent in found.agents},
        "hostile": hostile_agents(),
    }
    met.append(report_dearest(kinds))
    sys.exit(not all(met))


if __name__ == "__main__":
    main()
