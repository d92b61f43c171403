"""The blocks' stylesheet beside themes that style what it uses, in a real browser."""

import re

import pytest
from selenium.webdriver import ActionChains

from linkmgr.blocks.assets import STYLESHEET_TEXT
from linkmgr.blocks.render import Renderer
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.resolver.model import Placement
from tests.support.blocks import make_post, make_resolution
from tests.support.chromium import chromium
from tests.support.issued_codes import A8_TEXT, MOSHIMO_BANNER, VC_TEXT
from tests.support.nu_checker import html_errors
from tests.support.page_inspector import AXE, FINGER

pytestmark = pytest.mark.browser

LARGEST_STYLESHEET = 10_000


def test_the_stylesheet_is_small():
    assert len(STYLESHEET_TEXT.encode()) <= LARGEST_STYLESHEET


# Each theme does one thing that themes do to what is in an article.
THEMES = {
    "bars by border": "h2, h3, h4, p { border-left: 6px solid #c36; padding-left: 14px; }",
    "bars by box": "h2, h3, h4 { position: relative; padding-left: 14px; border-left: 6px solid; }"
    " :is(h2, h3, h4)::before { content: ''; position: absolute; left: 0; top: 0; width: 6px;"
    " height: 100%; background: #c36; }",
    "bullets": ".post ul { padding: 1em 3em; border: 2px solid; background: #ff0; }"
    " .post ul li { margin: 2em; padding-left: 2em; list-style: square inside; }"
    " .post ul li::before { content: '✓'; margin-left: -2em; }",
    "floats": "section, aside, article, figure, img { float: left; width: 40%; }"
    " .post p { text-indent: 1em; text-align: justify; max-width: 60ch; }",
    "links": ".post a { background: linear-gradient(#f5a524, #f5a524) 0 100% / 100% 2px no-repeat;"
    " box-shadow: inset 0 -2px #c36; transition: all 9s; word-break: break-all; }"
    " .post a:hover { background: #f5a524; color: #fff; } .post a:focus { outline: none; }"
    " a::after { content: ''; width: 0; height: 2px; background: #c36; }",
    "pictures": ".post img { width: 100%; max-width: 100%; height: auto; margin: 2rem auto;"
    " padding: 9px; border: 6px solid #fff; box-shadow: 0 0 9px #000; transition: all 9s; }",
    "a small root": "html { font-size: 62.5%; } body { font-size: 1.6rem; }",
    "a dark ground": "body { background: #1b1b1e; color: #afb0b1; } a { color: #8ab4f8; }",
    "rules by id": "#main h2, #main h3 { margin: 4em 0 2em; }",
}
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>x</title>
<meta name="viewport" content="width=device-width">
<style>body {{ margin: 1em; background: #fff; color: #333; }} a {{ color: #1c6fbf; }}
{theme}</style>
<main id="main" class="post"><h1>An article</h1><h2>Its heading</h2>
<style>{ours}</style>{blocks}</main>"""
CATALOG = """\
site: {name: Tea, url: https://tea.example, language: en}
programmes:
  a8:
    name: A bookshop with quite a long name
    url: 'https://shop.example/?u={url}'
books:
  bread:
    title: A loaf a day, and what to do with Donaudampfschifffahrtsgesellschaftskapitäne
    author: Koharu Mizuno
    blurb: From the starter to the crust.
    badge: Baked every Saturday
    rating: 4.5
    specs: {pages: 320}
    pros: [Each step has a picture, Weights in grams]
    review: /review/
    asin: B0EXAMPLE1
    cover: https://covers.invalid/bread.jpg
    shops:
      - {programme: a8, url: https://press.example/, price: "¥2,640", price-at: 2026-12-01}
      - {preset: kindle, url: AMAZON}
  tea: {title: Tea, asin: B0EXAMPLE2, cons: [Few pictures]}
products:
  pot:
    title: A pot
    code: |
CODE
    image: https://covers.invalid/pot.jpg
    shops: [{code: 'SHOP'}]
ctas:
  beans: {heading: Beans of the month, text: Roasted the day before., label: See them, url: /b/}
  banner:
    heading: A shop
    code: |
BANNER
comparisons:
  baking:
    items: [bread, tea]
    rows: [price, rating, pages, pros, cons]
    ranked: true
blocks:
  related: {show: [picture, date, excerpt]}
  cta: {limit: 2}
  books:
  products:
  compare:
"""


def fragment():
    """Return blocks of every kind: with cover and without, with links and with issued code."""
    text = CATALOG.replace("AMAZON", "'https://www.amazon.com/dp/B0EXAMPLE3/'")
    text = text.replace("SHOP", VC_TEXT).replace("CODE", indented(A8_TEXT))
    catalog = parse_catalog(text.replace("BANNER", indented(MOSHIMO_BANNER)))
    shown = make_resolution(
        related=[
            make_post(path=title, title=title, lead="Its first sentence.", picture="/a.jpg")
            for title in ("Short", "A long title " * 9)
        ],
        cta=["beans", "banner"],
        books=["bread", "tea"],
        products=["pot"],
    )
    shown.blocks["compare"] = tuple(
        Placement("compare", rank, item, 1.0, (), comparison="baking")
        for rank, item in enumerate(("bread", "tea"), start=1)
    )
    return Renderer(catalog, {}, "").fragment(shown)


def indented(code):
    return "".join(f"      {line}\n" for line in code.split("\n"))


def test_blocks_of_all_kinds_are_valid_html(tmp_path):
    # Issued code stays as its programme wrote it.
    blocks = re.sub(r'(linkmgr-code">).*?(?=</div>)', r"\1", fragment(), flags=re.DOTALL)
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Blocks</title>'
    assert html_errors({"blocks": f"{head}\n<h1>An article</h1>\n{blocks}"}, tmp_path) == []


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture
def show(browser, tmp_path):
    """Return what shows the blocks in a theme, in a window of some width."""

    def shown(theme, width=1280):
        page = tmp_path / "page.html"
        page.write_text(PAGE.format(theme=theme, ours=STYLESHEET_TEXT, blocks=fragment()))
        window = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", window)
        browser.get(page.as_uri())
        return browser

    return shown


# Pixels from the left edge of each heading, without its border, to that of its text.
LEFTS = """
return [...document.querySelectorAll("h2, h3")].map(heading => {
  const text = document.createRange();
  text.selectNodeContents(heading);
  return text.getBoundingClientRect().left - heading.getBoundingClientRect().left;
});
"""


@pytest.mark.parametrize("bars", ["bars by border", "bars by box"])
def test_a_themes_bar_beside_headings_goes_through_no_letter(show, bars):
    page = show(THEMES[bars])
    assert set(page.execute_script(LEFTS)) == {20}
    of_blocks = page.find_elements("css selector", ".linkmgr :is(h1, h2, h3, h4, h5, h6)")
    assert [each.text for each in of_blocks] == [
        *("Read next", "Books on this topic", "Products on this topic", "Compared"),
    ]


# What is wrong with the blocks, measured.
FAULTS = """
const [finger] = arguments, faults = [];
const at = element => element.getBoundingClientRect();
const style = getComputedStyle;
if (document.documentElement.scrollWidth > innerWidth) faults.push("the page is too wide");
for (const each of document.querySelectorAll(".linkmgr *"))
  if (at(each).right > innerWidth + 1) faults.push(`is cut: ${each.outerHTML}`);
const targets = ".linkmgr-actions > a, .linkmgr-shop > a, .linkmgr-post, "
  + ".linkmgr-code > a:not(:has([width='728']))";
for (const each of document.querySelectorAll(targets))
  if (at(each).height < finger) faults.push(`is ${at(each).height} px high: ${each.outerHTML}`);
for (const each of document.querySelectorAll(".linkmgr :is(p, time, a, li)"))
  if (parseFloat(style(each).fontSize) < 12) faults.push(`is too small: ${each.outerHTML}`);
for (const each of document.querySelectorAll(".linkmgr-post"))
  if (style(each).listStyleType != '""' || style(each, "::before").content != "none")
    faults.push("a row has a bullet");
for (const each of document.querySelectorAll(".linkmgr p"))
  if (!each.matches(".linkmgr-label, .linkmgr-badge") && style(each).borderLeftWidth != "0px")
    faults.push(`has a bar: ${each.outerHTML}`);
for (const each of document.querySelectorAll(".linkmgr-label + * .linkmgr-heading, "
    + ".linkmgr-label + .linkmgr-heading")) {
  const label = each.closest(".linkmgr").querySelector(".linkmgr-label");
  if (at(each).top - at(label).bottom > 16) faults.push("a label is far from its heading");
}
for (const cover of document.querySelectorAll(".linkmgr-cover")) {
  const card = cover.closest(".linkmgr-card, .linkmgr-row, .linkmgr-post");
  const height = at(card).height, box = at(cover).height;
  const kind = cover.closest(".linkmgr-books, .linkmgr-products, .linkmgr-related").className;
  const ratio = kind.includes("products") ? 1 : kind.includes("related") ? 3 / 2 : 2 / 3;
  if (Math.abs(at(cover).width / box - ratio) > .02) faults.push("a cover has no ratio");
  const picture = cover.querySelector("img");
  if (!picture) continue;
  picture.removeAttribute("loading");
  picture.src = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' "
    + "width='900' height='2000'/>";
  if (at(card).height != height || at(cover).height != box) faults.push("a cover moves its card");
  if (Math.abs(at(picture).height - box) > 1) faults.push("a picture leaves its box");
}
return faults;
"""
CONTRAST = """
const done = arguments[0];
axe.run(document.querySelector("main"), {runOnly: ["color-contrast"]}).then(found =>
  done(found.violations.flatMap(each => each.nodes.map(node => node.html))));
"""


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("theme", THEMES)
def test_blocks_are_whole_legible_and_large_enough_in_any_theme(show, theme, width):
    page = show(THEMES[theme], width)
    assert page.execute_script(FAULTS, FINGER) == []
    page.execute_script(AXE)
    assert page.execute_async_script(CONTRAST) == []


def test_a_card_has_one_link_for_its_title_and_its_cover(show):
    page = show(THEMES["links"])
    stops = "return document.querySelectorAll('.linkmgr-books .linkmgr-card')[0].%s"
    assert page.execute_script(stops % "querySelectorAll('a, [tabindex]').length") == 5
    cover = page.find_element("css selector", ".linkmgr-books .linkmgr-cover")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", cover)
    met = """
    const box = arguments[0].getBoundingClientRect();
    return [[9, 9], [box.width - 9, box.height - 9]].map(([x, y]) =>
      document.elementFromPoint(box.left + x, box.top + y).closest(".linkmgr-title a")?.href);
    """
    link = page.find_element("css selector", ".linkmgr-books .linkmgr-title a")
    assert set(page.execute_script(met, cover)) == {link.get_attribute("href")}


@pytest.mark.parametrize(
    "button",
    [
        *(".linkmgr-cta .linkmgr-actions a", ".linkmgr-books .linkmgr-primary > a"),
        *(".linkmgr-books .linkmgr-shop-a8 > a", ".linkmgr-products .linkmgr-primary > a"),
    ],
)
def test_a_themes_hover_paints_no_button(show, button):
    page = show(THEMES["links"])
    button = page.find_element("css selector", button)
    ActionChains(page).move_to_element(button).perform()
    painted = button.value_of_css_property("background")
    assert "245, 165, 36" not in painted
    page.execute_script(AXE)
    assert page.execute_async_script(CONTRAST) == []


def test_the_keyboards_place_is_seen_where_a_theme_hides_it(show):
    page = show(THEMES["links"])
    page.execute_script("document.querySelector('.linkmgr-books a').focus({focusVisible: true})")
    focused = page.switch_to.active_element
    assert focused.value_of_css_property("outline-style") == "solid"


@pytest.mark.parametrize("accent", ["#fc0", "#c36", "#777", "#000", "#fff", "rgb(0 0 255)"])
def test_a_call_to_action_is_legible_in_any_accent(show, accent):
    page = show(f":root {{ --linkmgr-accent: {accent}; }}")
    page.execute_script(AXE)
    assert page.execute_async_script(CONTRAST) == []


@pytest.mark.parametrize("selector", ["{0} .linkmgr-card", "{0}.linkmgr .linkmgr-actions a"])
def test_an_owners_rule_wins_by_one_class_more(show, selector):
    rule = selector.format(".linkmgr.linkmgr")
    page = show(f"{rule} {{ padding: 33px; }}")
    found = page.find_element("css selector", rule)
    assert found.value_of_css_property("padding") == "33px"


def test_paper_has_neither_buttons_nor_calls_to_action(show):
    page = show("")
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    seen = "return [...document.querySelectorAll('.linkmgr a')].filter(a => a.checkVisibility())"
    left = page.execute_script(f"{seen}.map(a => a.closest('[class]').className)")
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert set(left) == {"linkmgr-rating", "linkmgr-title"}
