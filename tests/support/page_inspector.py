"""What is wrong with a page as a browser shows it: by axe-core, by its measures, in its console."""

import json
from importlib.resources import files
from itertools import product
from typing import NamedTuple

import pytest

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
# The frames have readers' cards in them, and no axe-core that could answer from there; what has
# passed is of no interest. Targets of 24 px are axe's only rule that is off by itself and wanted.
ALL_RULES = {
    "resultTypes": ["violations"],
    "iframes": False,
    "rules": {"target-size": {"enabled": True}},
}
COLOURS = ALL_RULES | {"rules": {}, "runOnly": ["color-contrast"]}  # half the time of all rules
RUN_AXE = """
const [options, done] = arguments;
axe.run(document, options).then(
  found => done(found.violations.flatMap(
    each => each.nodes.map(node => `${each.id}: ${node.html}: ${node.failureSummary}`))),
  error => done([String(error)]));
"""

NARROWEST, PHONE, DESKTOP = 320, 390, 1280
WIDTHS = (NARROWEST, PHONE, 768, DESKTOP, 1920)
FINGER = 44  # CSS pixels
# What only screen readers get is clipped away, or what it is in.
IS_UNSEEN = """
const isUnseen = each =>
    each && (getComputedStyle(each).clipPath === "inset(50%)" || isUnseen(each.parentElement));
"""
# Words and numbers that are on two lines (Japanese breaks between any two characters), and
# whether the page is wider than its window.
MEASURE = (
    IS_UNSEEN
    + r"""
const found = [];
const range = document.createRange();
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let text; (text = texts.nextNode()); ) {
  const inside = text.parentElement;
  if (inside.closest("pre, option, script, textarea") || !inside.checkVisibility()) continue;
  const longest = inside.closest(".code") ? 24 : 40;  // a random token to copy fits no phone
  for (const word of text.data.matchAll(/[\p{Script=Latin}\p{M}\p{N}]+(?:[.,]\p{N}+)*/gu)) {
    if (word[0].length > longest) continue;
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    const lines = new Set([...range.getClientRects()].map(part => Math.round(part.top)));
    if (lines.size < 2 || isUnseen(inside)) continue;
    found.push(`"${word[0]}" is broken in ${inside.outerHTML.slice(0, 200)}`);
  }
}
const wide = document.documentElement.scrollWidth;
if (wide > innerWidth) found.push(`is ${wide} px wide`);
return found;
"""
)
# Links within sentences may be smaller (WCAG 2.5.8).
TARGETS = "button, .btn, nav a, summary, select, input:not([type=hidden])"
SMALL = (
    IS_UNSEEN
    + """
const [targets, finger] = arguments;
return [...document.querySelectorAll(targets)]
    .filter(each => each.checkVisibility({visibilityProperty: true}))
    .filter(each => !each.matches("[type=checkbox], [type=radio]"))
    .filter(each => each.getBoundingClientRect().height < finger && !isUnseen(each))
    .map(each => `is no target for a finger: ${each.outerHTML}`);
"""
)


class Look(NamedTuple):
    """How a page is seen, and by which of axe's rules it is judged."""

    width: int
    dark: bool
    rules: dict = ALL_RULES


# Colours and what is named how come from the same templates in both languages: axe-core judges
# the English pages, the Japanese ones are measured where they are narrow. `make soak` does all.
IN_ENGLISH = {"looks": (Look(DESKTOP, dark=False), Look(PHONE, dark=True, rules=COLOURS))}
IN_JAPANESE = {"looks": (), "widths": (NARROWEST, PHONE)}
IN_LANGUAGE = [
    pytest.param("en", IN_ENGLISH, id="en"),
    pytest.param("ja", IN_JAPANESE, id="ja"),
    *(
        pytest.param(language, {}, id=f"{language}, every look", marks=pytest.mark.soak)
        for language in ("en", "ja")
    ),
]
EVERY_LOOK = tuple(Look(*each) for each in product((DESKTOP, PHONE), (False, True)))


def axe_violations(chrome, rules=ALL_RULES):
    """Return what axe-core says against the page that a browser is at."""
    if chrome.execute_script("return !window.axe"):
        chrome.execute_script(AXE)
    return chrome.execute_async_script(RUN_AXE, rules)


class PageInspector:
    """Collects what is wrong with page after page: at some widths, in axe's eyes in some looks."""

    def __init__(self, owner, sources, where, *, looks=EVERY_LOOK, widths=WIDTHS):
        """Keep the HTML in `sources`, by `where` it is and the name of the page."""
        self.owner = owner
        self.looks = looks
        self.widths = widths
        self.sources = sources
        self.where = where
        self.faults = {}
        owner.chrome.execute_cdp_cmd("Network.enable", {})  # so that answers are kept

    def inspect(self, place, *, expected=""):
        """Inspect the page as it is, under a name; `expected` is in what its console may say."""
        owner, faults = self.owner, []
        self.sources[f"{self.where} {place}"] = self._source()
        for width in self.widths:
            owner.look(width=width)
            faults += [f"at {width} px: {each}" for each in owner.run(MEASURE)]
            if width == PHONE:
                faults += owner.run(SMALL, TARGETS, FINGER)
        for width, dark, rules in self.looks:
            owner.look(width=width, dark=dark)
            found = axe_violations(owner.chrome, rules)
            faults += [f"at {width} px{', dark' if dark else ''}: {each}" for each in found]
        owner.look()
        faults += [
            f"in the console: {each}"
            for each in owner.complaints()
            if not (expected and expected in each)
        ]
        if faults:
            self.faults[place] = faults

    def _source(self):
        """Return the page as the server sent it, the answer to a form, too."""
        tree = self.owner.chrome.execute_cdp_cmd("Page.getFrameTree", {})
        # A document's loader has the id of the request that brought it.
        wanted = {"requestId": tree["frameTree"]["frame"]["loaderId"]}
        return self.owner.chrome.execute_cdp_cmd("Network.getResponseBody", wanted)["body"]

    def report(self):
        """Return what was found, to be read."""
        return json.dumps(self.faults, indent=1, ensure_ascii=False)
