"""Every page of the demo is opened, and what is the same number by its meaning is the same number.

Each fact is a meaning with its subject, such as the clicks of an item in 30 days, and the number
that a page or a command gives for it. What computes a number does not matter here.
"""

import csv
import json
import re
from collections import defaultdict
from html import unescape
from io import StringIO

from linkmgr.admin.common.context import EXTENSION
from tests.support.cli import run

FILES = "/admin/static/"
OF_NO_PAGE = re.compile(r"\.csv|/catalog\.yaml|/statement")


def number(text):
    """Return the first number of a text, of which a dash is none."""
    found = re.search(r"-?[0-9][0-9,]*", text.replace("−", "-").replace("¥", ""))
    return int(found[0].replace(",", "")) if found else None


def plain(html):
    without_figures = re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL)
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", without_figures).split()))


def figure(text, label):
    """Return the number of a strip of figures that has a label."""
    for name, value in re.findall(
        r'<span class="k-label">(.*?)</span><span class="k-value">(.*?)</span>', text, re.DOTALL
    ):
        if plain(name).startswith(label):
            return number(plain(value))
    return None


def section(text, start):
    """Return a part of a page, from where an element starts to the end of its section."""
    at = text.find(start)
    return "" if at < 0 else text[at : text.index("</section>", at)]


def rows(text):
    """Return the cells of each row of a table, and the address of its first link."""
    for row in re.findall(r"<tr.*?</tr>", text, re.DOTALL):
        cells = re.findall(r"<t[hd][^>]*>.*?</t[hd]>", row, re.DOTALL)
        address = re.search(r'<th[^>]*>.*?href="([^"]+)"', row, re.DOTALL)
        yield [plain(cell) for cell in cells], unescape(address[1]) if address else ""


def column(text, heading):
    """Return by the address of its row's link what a column of a table has, and of the rest."""
    found = {}
    place = None
    for cells, address in rows(text):
        names = [cell.rstrip(" ↓↑") for cell in cells]
        if place is None:
            place = names.index(heading) if heading in names else None
        elif place < len(cells):
            found[address or cells[0]] = number(cells[place])
    return found


def id_of(address):
    return re.split(r"[?#]", address)[0].rpartition("/")[2]


class Facts:
    """Collects what pages and commands say, by meaning and subject."""

    def __init__(self):
        self.said = defaultdict(dict)

    def say(self, where, meaning, subject, value):
        if value is not None:
            self.said[meaning, subject][where] = value

    def read(self, path, text):
        """Take what a page says."""
        self._everywhere(path, text)
        page, _, rest = path.removeprefix("/admin/").partition("/")
        reader = {
            "": self._dashboard,
            "opportunities": self._opportunities,
            "items": self._items if not rest else self._item,
            "posts": self._posts if not rest else self._post,
            "earnings": None if rest else self._earnings,
            "health": None if rest else self._health,
        }.get(page.partition("?")[0])
        if reader and "/" not in rest:
            reader(path, text)

    def _everywhere(self, path, text):
        badge = re.search(r'>Health<svg.*?</svg>(?:<span class="count">(\d+))?', text, re.DOTALL)
        if badge:
            self.say(path, "to look at", "badge", int(badge[1] or 0))

    def _dashboard(self, path, text):
        self.say(path, "clicks", "all", figure(text, "Clicks"))
        earned = figure(text, "Earned")
        self.say(path, "earned in 30 days", "all", earned)
        for card in ("items", "posts"):
            table = section(text, f'aria-labelledby="top-{card}"')
            paid = column(table, "Earned")
            self.say(f"{path} {card}", "earned in 30 days", "all", sum(filter(None, paid.values())))
            for address, clicks in column(table, "Clicks").items():
                if value := re.search(r"[?&](?:item|post)=([\w-]+)", address):
                    self.say(path, "clicks", value[1], clicks)

    def _opportunities(self, path, text):
        tabs = [
            int(tab) for tab in re.findall(r'<span class="n">(\d+)</span>', section_of_tabs(text))
        ]
        self.say(f"{path} tab", "opportunities", "all", tabs[0])
        self.say(f"{path} tabs", "opportunities", "all", sum(tabs[1:]))
        self.say(f"{path} rows", "opportunities", "all", text.count('<li><span class="big'))
        nothing = re.search(r"([\d,]+) posts? shows? nothing at all", text)
        self.say(path, "posts that show nothing", "all", number(nothing[1]) if nothing else 0)

    def _items(self, path, text):
        for address, posts in column(text, "Posts").items():
            self.say(path, "posts of", id_of(address), posts)
        for address, clicks in column(text, "Clicks").items():
            self.say(path, "clicks", id_of(address), clicks)
        for address, earned in column(text, "Earned").items():
            self.say(path, "earned in 30 days", id_of(address), earned)
        self.say(path, "items", "all", number(section_of_tabs(text).partition("All")[2]))

    def _item(self, path, text):
        item = id_of(path)
        self.say(path, "clicks", item, figure(text, "Clicks, 30 days"))
        self.say(path, "posts of", item, figure(text, "Shown on"))
        self.say(path, "earned in 30 days", item, figure(text, "Earned, 30 days"))

    def _posts(self, path, text):
        for address, clicks in column(text, "Clicks").items():
            self.say(path, "clicks", id_of(address), clicks)

    def _post(self, path, text):
        post = id_of(path)
        self.say(path, "clicks", post, figure(text, "Clicks, 30 days"))
        if shown := section(text, 'aria-labelledby="shown"'):
            items = re.findall(r'href="/admin/items/([\w-]+)"', shown)
            self.say(path, "items of", post, len(dict.fromkeys(items)))

    def _earnings(self, path, text):
        confirmed = figure(text, "Confirmed")
        table = section(text, 'id="table"')
        self.say(path, "earned in the month", "all", confirmed)
        paid = column(table, "Confirmed")
        self.say(f"{path} rows", "earned in the month", "all", sum(filter(None, paid.values())))
        self.say(path, "earned by 100 clicks", "all", figure(text, "Per 100 clicks"))
        # A month with few days so far is joined with days that its lines leave out.
        if path == "/admin/earnings" and "is joined with" not in text:
            rate = self._rate_of_lines(table)
            self.say(f"{path} rows", "earned by 100 clicks", "all", rate)

    def _rate_of_lines(self, table):
        """Return what the rows that have both money and clicks earned by 100 clicks."""
        clicks = column(table, "Clicks")
        paid = column(table, "Confirmed")
        known = [address for address, count in clicks.items() if count is not None]
        return round(100 * sum(paid[each] for each in known) / sum(clicks[each] for each in known))

    def _health(self, path, text):
        self.say(path, "items", "all", number(plain(section_of_tile(text, "catalog"))))


def section_of_tabs(text):
    return re.search(r'<nav class="tabs page".*?</nav>', text, re.DOTALL)[0]


def section_of_tile(text, name):
    return re.search(rf'id="state-{name}">(.*?)</p>', text, re.DOTALL)[1]


def pages(browser):
    """Open the dashboard and every page to which pages lead; yield their paths and texts."""
    waiting, opened = ["/admin/"], set()
    while waiting:
        path = waiting.pop()
        if path in opened:
            continue
        opened.add(path)
        answer = browser.get(path)
        assert answer.status_code in {200, 303}, path
        yield path, answer.text
        links = re.findall(r'href="(/admin/[^"#?]*)', answer.text)
        waiting += [
            link for link in links if not link.startswith(FILES) and not OF_NO_PAGE.search(link)
        ]


def further(browser, facts, items):
    """Take what addresses say that narrow a page down, and files."""
    first = plain(browser.get("/admin/opportunities/first").text)
    facts.say("first", "opportunities", "all", number(re.search(r"All (\d+) opp", first)[0]))
    for item in items:
        text = browser.get(f"/admin/posts?item={item}").text
        facts.say("posts?item", "posts of", item, text.count('<th scope="row"><a class="t cut"'))
    shows_nothing = browser.get("/admin/posts?shows=nothing").text
    facts.say(
        "posts?shows",
        "posts that show nothing",
        "all",
        shows_nothing.count('<th scope="row"><a class="t cut"'),
    )
    for by in ("post", "tag", "programme", "category"):
        facts.read(f"/admin/earnings?by={by}", browser.get(f"/admin/earnings?by={by}").text)
    year = browser.get("/admin/earnings").text
    period = re.search(r"period=(\d{4})[&\"]", unescape(year))[1]
    of_year = section(browser.get(f"/admin/earnings?period={period}").text, 'id="table"')
    for address, paid in column(of_year, "Confirmed").items():
        if address.startswith("/admin/items/"):
            facts.say("earnings?period", "earned this year", id_of(address), paid)
    for by in ("item", "post", "device"):
        text = browser.get(f"/admin/clicks/{by}.csv").data.decode("utf-8-sig")
        file = csv.DictReader(StringIO(text))
        clicks = {row["value"]: int(row["clicks"]) for row in file}
        facts.say(f"{by}.csv", "clicks", "all", sum(clicks.values()))
        for value, count in clicks.items():
            facts.say(f"{by}.csv", "clicks", value, count)


def commands(folder, facts, month):
    """Take what commands say in the demo's folder."""
    for by in ("item", "post"):
        said = json.loads(run("stats", "--json", "--by", by, cwd=folder).out)
        facts.say(f"stats --by {by}", "clicks", "all", said["clicks"])
        for row in said["rows"]:
            facts.say(f"stats --by {by}", "clicks", row["value"], row["clicks"])
    earned = json.loads(run("earnings", "--json", "--period", month, cwd=folder).out)
    facts.say("earnings", "earned in the month", "all", int(earned["confirmed"]))
    rate = round(float(earned["per_100_clicks"]))
    facts.say("earnings", "earned by 100 clicks", "all", rate)
    covered = json.loads(run("coverage", "--json", cwd=folder).out)["now"]
    nothing = len(covered["posts_without_items"])
    facts.say("coverage", "posts that show nothing", "all", nothing)


def test_no_two_pages_of_the_demo_differ_in_a_number(demo, demo_app):
    facts = Facts()
    for path, text in pages(demo):
        facts.read(path, text)
    admin = demo_app.extensions[EXTENSION]
    further(demo, facts, admin.catalog().catalog.items)
    month = re.search(
        r"earnings-item-(\S+)\.csv",
        demo.get("/admin/earnings/earnings.csv").headers["Content-Disposition"],
    )
    commands(admin.settings.catalog.parent, facts, month[1])
    differing = {fact: said for fact, said in facts.said.items() if len({*said.values()}) > 1}
    assert differing == {}
    meanings = defaultdict(int)
    for (meaning, _), said in facts.said.items():
        meanings[meaning] += len(said) > 1
    compared = {"clicks", "posts of", "earned in 30 days", "earned in the month"}
    compared |= {"earned by 100 clicks", "opportunities", "items", "to look at"}
    assert compared <= {meaning for meaning, times in meanings.items() if times}
    assert meanings["clicks"] > len(admin.catalog().catalog.items)
