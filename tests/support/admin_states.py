"""States of the admin's pages to which no address leads: after a form, a key, or another's edit."""

from itertools import count
from pathlib import Path

NUMBERS = count(1)  # names of tokens are taken once
BROKEN = "books:\n  twice: {title: [}\n"
LONG = "A title that goes on for longer than any card or column of a table is wide on a telephone"
LONG_ITEM = f"""
  long-name-of-a-book-that-nobody-would-type-without-having-to:
    asin: B0EXAMPLE9
    title: "{LONG}、それに日本語のとても長い題名がつづいて、どの列にも一行では収まらない本"
    author: Someone With Several Long Names And 長い名前の共著者
    blurb: 何か
  unused:
    asin: B0EXAMPLE8
    title: Of no mapping
"""
LONG_MAPPING = """
  mapping-of-a-long-name-for-posts-about-everything-in-the-kitchen:
    any: {tags: [コーヒー, coffee, パン, bread, 家庭菜園, gardening, 読書, books, python]}
    items: [long-name-of-a-book-that-nobody-would-type-without-having-to]
"""


def with_long_names(text):
    """Add names to a catalog that are longer than the places for them."""
    return text.replace("\nbooks:\n", f"\nbooks:{LONG_ITEM}", 1).replace(
        "\nmappings:\n", f"\nmappings:{LONG_MAPPING}", 1
    )


REFUSED = (
    ("/add-item?paste=978-4-87311-932-8", {"name": "No id!", "title": ""}),
    ("/add-item?kind=cta", {"url": "ftp://x", "utm_source": "Blog", "valid_until": "2001-01-01"}),
    ("/items/drip-notes/edit", {"asin": "123", "shops-0-url": "no address"}),
    ("/items/unused/delete", {"name": "used"}),
    ("/tags/new", {"name": "No name!", "weight": "-1"}),
    ("/tags/mapping/bread/delete", {"typed": "coffee"}),
    ("/settings/account", {"current": "wrong", "password": "short", "again": "other"}),
    ("/settings/site", {"title": "", "url": "example.com", "timezone": "Mars"}),
    ("/settings/programmes/amazon", {"tag": "No tag!"}),
    ("/settings/add-block", {"name": "No name!", "limit": "many"}),
)


class States:
    """Leads somebody, signed in, to one state after another of the admin over a blog's folder."""

    def __init__(self, owner, admin, site):
        self.owner = owner
        self.admin = admin
        self.catalog = Path(site) / "catalog.yaml"

    def each(self):
        """Yield the name of each state while the browser is in it; leave the catalog as it was."""
        before = self.catalog.read_text(encoding="utf-8")
        for group in (
            self._palette,
            self._shortcuts,
            self._refused_forms,
            self._changes,
            self._conflicts,
            self._selections,
            self._broken_catalog,
        ):
            try:
                yield from group()
            finally:
                self.catalog.write_text(before, encoding="utf-8")

    def _palette(self):
        self._go("/items")
        self.owner.keys("/")
        self.owner.find("#palette-found a")
        yield "the palette"
        self.owner.keys("nothing-like-it")
        self.owner.gone("#palette-found a")
        yield "the palette with nothing found"

    def _shortcuts(self):
        self._go("/items")
        self.owner.keys("?")
        self.owner.find("#shortcuts[open]")
        yield "the shortcuts"

    def _refused_forms(self):
        for page, fields in REFUSED:
            self._go(page)
            self.owner.send(**fields)
            self.owner.find(".summary, .wrong")
            yield f"{page} refused"
        self._go("/add-item?paste=4999999005")
        self.owner.send(title="台所のコーヒー")
        self.owner.find("#same")
        yield "a book that is there already"
        self._go("/items/kitchen-coffee/edit")
        self.owner.send(csrf_token="old")  # noqa: S106 - nobody's
        self.owner.find("main form")
        yield "a form that has expired"

    def _changes(self):
        self._go("/tags/mapping/coffee")
        self.owner.run("document.getElementById('remove-kitchen-coffee').click()")
        self.owner.gone("#remove-kitchen-coffee")
        self.owner.find("#impact table")
        yield "a mapping's impact"
        self.owner.follow(".savebar button[value=save]")
        self.owner.find(".toast")
        yield "a saved mapping"
        self.owner.follow(".toast form button")
        self.owner.find(".toast")
        yield "a mapping as it was before"
        self._go("/history")
        self.owner.follow("main .list th a")
        self.owner.follow("main form:has([value=before]) button")
        self.owner.find(".impact")
        yield "the impact of putting back"
        self._go("/settings/site")
        self.owner.send(server="https://go.example.com")
        self.owner.find("[name=do][value=save]")
        yield "what follows from a setting"
        self._go("/items/drip-notes")
        self.owner.follow("form[action$=retire] button")
        self.owner.find(".impact")
        yield "the impact of retiring"
        self._go("/tags/new")
        self.owner.find("#any_tags-add").send_keys("台所, no-such-tag,")
        self.owner.find(".token.none")
        self.owner.find("#add").send_keys("の")
        self.owner.find("#item-options button")
        yield "a term that finds nothing, and items to choose"
        self._go("/settings/tokens")
        self.owner.send(token_name=f"Program {next(NUMBERS)}")
        self.owner.find("#new-token")
        yield "a new token"

    def _conflicts(self):
        for page, theirs, mine in (
            ("/items/weekend-bread/edit", ("小麦ふみ", "大麦ふみ"), {"blurb": "別の紹介文"}),
            ("/tags/mapping/bread", ("[パン, bread]", "[麦, bread]"), {"weight": "2"}),
        ):
            self._go(page)
            text = self.catalog.read_text(encoding="utf-8")
            self.catalog.write_text(text.replace(*theirs), encoding="utf-8")
            self.owner.send(**mine)
            self.owner.find("#clash, #theirs")
            yield f"{page} changed meanwhile"

    def _selections(self):
        for action, given in (
            ("retire", ""),
            ("tag", ""),
            ("replace", "nothing-like-it"),
            ("replace", "の"),
        ):
            self._go("/items")
            for each in self.owner.chrome.find_elements("css selector", "input.select")[:3]:
                each.click()
            self.owner.follow(f"button[name=action][value={action}]")
            if given:
                self.owner.send(given=given)
            self.owner.find("main form")
            yield f"to {action} what is selected, {given}"

    def _broken_catalog(self):
        self.catalog.write_text(BROKEN, encoding="utf-8")
        for page in ("/", "/items", "/health", "/items/kitchen-coffee/edit"):
            self._go(page)
            self.owner.find("main [role=alert]")
            yield f"{page} of a catalog with mistakes"

    def _go(self, page):
        self.owner.chrome.get(self.admin + page)
