"""What stands in the header, the navigation and the tables at each width, in both languages."""

from dataclasses import replace

import pytest

from linkmgr.admin.common.context import EXTENSION
from linkmgr.builder.run import build
from tests.admin.conftest import demo_with_figures
from tests.support.admin_browser import served
from tests.support.checkouts import in_git

pytestmark = pytest.mark.browser

WIDTHS = (360, 390, 430, 768, 1440)
PAGES = (
    *("/", "/items", "/tags", "/tags/mappings", "/posts", "/placements", "/history", "/health"),
    *("/settings", "/opportunities", "/earnings"),
)
ISBN = "9784873119328"

# Where no Japanese font is installed, a box that stands for a letter is narrower than the letter.
AS_WIDE_AS_JAPANESE = """
const measure = document.createElement("canvas").getContext("2d");
measure.font = `100px ${getComputedStyle(document.body).fontFamily}`;
const lacking = 1 - measure.measureText("漢").width / 100;
const wide = /[\\u3000-\\u9fff\\uff00-\\uffef]+/;
const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const japanese = [];
while (lacking > 0.05 && nodes.nextNode()) {
  const { currentNode: text } = nodes;
  const isDrawn = !text.parentElement.closest("svg, option, script");
  if (isDrawn && wide.test(text.data)) japanese.push(text);
}
for (const text of japanese) {
  for (const run of text.data.split(new RegExp(`(${wide.source})`))) {
    const span = document.createElement("span");
    span.textContent = run;
    if (wide.test(run)) span.style.letterSpacing = `${lacking}em`;
    text.before(span);
  }
  text.remove();
}
"""

FAULTS = """
const faults = [];
const isSeen = (part) => part.checkVisibility() && !part.closest(".sr, .panel");
const name = (part) => part.textContent.replace(/\\s+/g, " ").trim().slice(0, 40);
const hides = (part) => getComputedStyle(part).overflowX === "hidden";
const box = (part) => part.getBoundingClientRect();
const boxOfText = (part) => {
  const nodes = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  let left = Infinity, right = -Infinity;
  while (nodes.nextNode()) {
    const { currentNode: node } = nodes;
    if (!node.data.trim() || !isSeen(node.parentElement)) continue;
    range.selectNodeContents(node);
    left = Math.min(left, range.getBoundingClientRect().left);
    right = Math.max(right, range.getBoundingClientRect().right);
  }
  return { left, right };
};
const seen = (selector) => [...document.querySelectorAll(selector)].filter(isSeen);
const next = (parts, place) => parts[place + 1];

// The parts of the header stand side by side, and each holds its texts whole.
const bar = seen(".top-bar > *");
for (const [place, part] of bar.entries()) {
  const following = next(bar, place);
  const isOver = following && box(part).right > box(following).left + 1;
  if (isOver) faults.push(`over the next: ${name(part)}`);
}
const texts = seen(
  ".status button, .status summary > span:not(.dot), .status .narrow-only > span"
);
for (const text of texts) {
  const end = box(text.closest(".status")).right;
  if (boxOfText(text).right > end + 1) faults.push(`over its end: ${name(text)}`);
  if (hides(text) && text.scrollWidth > text.clientWidth) faults.push(`cut: ${name(text)}`);
}

// So do the names of the pages, on the screen.
const names = seen(".nav .bar > li > a, .nav .more > details > summary");
for (const [place, page] of names.entries()) {
  const { left, right } = boxOfText(page);
  const following = next(names, place);
  const isOver = following && right > boxOfText(following).left + 1;
  if (isOver) faults.push(`over the next: ${name(page)}`);
  if (left < 0 || right > innerWidth) faults.push(`beside the screen: ${name(page)}`);
}
if (document.documentElement.scrollWidth > innerWidth) faults.push("wider than the screen");

// What is in a cell of a table ends there.
for (const cell of document.querySelectorAll("main :is(td, th)")) {
  if (!isSeen(cell) || [cell, ...cell.querySelectorAll("*")].some(hides)) continue;
  if (boxOfText(cell).right > box(cell).right + 1) faults.push(`over its cell: ${name(cell)}`);
}
return [...new Set(faults)];
"""
LOADED = """return !document.querySelector(
    '.skeleton, .htmx-request, #refresh, #header-status[data-pause]')"""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """Give the app of a demo whose change is built and waits for a commit."""
    folder = tmp_path_factory.mktemp("widths") / "demo"
    with pytest.MonkeyPatch.context() as patched, demo_with_figures(folder) as app:
        patched.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        admin = app.extensions[EXTENSION]
        committing = replace(admin, settings=replace(admin.settings, commit=True))
        patched.setitem(app.extensions, EXTENSION, committing)
        in_git(folder)
        with (folder / "catalog.yaml").open("a", encoding="utf-8") as catalog:
            catalog.write("# more\n")
        build(folder)
        yield app


@pytest.fixture(scope="module")
def admin(app):
    with served(app) as address:
        yield address


@pytest.fixture
def owner(app, admin, signed_in):
    return signed_in(app, admin)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_nothing_overlaps_or_is_cut_at_any_width(admin, owner, language):
    owner.speak(language)
    owner.open(f"{admin}/health")
    owner.find("#status-commit")
    faults = {}
    for width in WIDTHS:
        owner.look(width=width, height=844)
        for page in PAGES:
            owner.chrome.get(admin + page)
            owner.wait(lambda: owner.run(LOADED))
            owner.run(AS_WIDE_AS_JAPANESE)
            if seen := owner.run(FAULTS):
                faults[page, width] = seen
    assert faults == {}


@pytest.mark.parametrize("width", [768, 1024, 1440])
def test_large_numbers_of_posts_stay_in_their_column_of_tags(admin, owner, width):
    owner.speak("ja")
    owner.look(width=width)
    owner.open(f"{admin}/tags")
    owner.run(
        "for (const each of document.querySelectorAll('td .nowrap:not(.muted)')) "
        "each.textContent = '12,513件中12,044件'"
    )
    owner.run(AS_WIDE_AS_JAPANESE)
    assert owner.run(FAULTS) == []


def test_the_menu_of_more_has_the_number_of_each_page(admin, owner):
    owner.look(width=390, height=844)
    owner.open(f"{admin}/items")
    owner.click(".nav .more summary")
    (waiting,) = owner.texts(".nav .more summary .count")
    numbers = owner.texts(".nav .more .panel .count")
    assert sum(int(number.split()[0]) for number in numbers) == int(waiting.split()[0])


def test_what_is_pasted_leads_to_the_first_field_that_is_left(admin, owner):
    owner.open(f"{admin}/items")
    owner.paste(ISBN)
    owner.at("add-item")
    owner.find("#entry-form")
    owner.wait(lambda: owner.run("return document.activeElement.id") == "title")


def test_the_mark_of_a_mistake_stands_at_its_first_line(admin, owner):
    owner.look(width=360, height=844)
    owner.open(f"{admin}/settings/site")
    owner.send(title="", url="example.com", timezone="Mars")
    owner.find(".summary a")
    assert owner.run(
        "return [...document.querySelectorAll('.summary li > a')]"
        ".every(each => getComputedStyle(each).display === 'block')"
    )


def test_another_language_keeps_what_was_typed_to_sign_in(admin, at_shared_browser):
    stranger = at_shared_browser()
    stranger.open(f"{admin}/login")
    stranger.fill("User name", "owner")
    stranger.fill("Password", "four plain words")
    stranger.press("日本語")
    stranger.read("ログイン")
    values = "return [...document.querySelectorAll('main input.in')].map(each => each.value)"
    assert stranger.run(values) == ["owner", "four plain words"]
    assert stranger.run("return document.documentElement.lang") == "ja"
    stranger.press("English")
    stranger.read("Sign in")
    assert stranger.run(values) == ["owner", "four plain words"]
