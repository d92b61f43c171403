"""What is wrong with a page as a browser shows it: by axe-core, by its measures, in its console."""

import json
from importlib.resources import files
from itertools import product
from typing import NamedTuple

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
# The frames have readers' cards in them, and no axe-core that could answer from there; what has
# passed is of no interest. Targets of 24 px are axe's only rule that is off by itself and wanted.
AXE_OPTIONS = {
    "resultTypes": ["violations"],
    "iframes": False,
    "rules": {"target-size": {"enabled": True}},
}
RUN_AXE = """
const [options, done] = arguments;
axe.run(document, options).then(
  found => done(found.violations.flatMap(
    each => each.nodes.map(node => `${each.id}: ${node.html}: ${node.failureSummary}`))),
  error => done([String(error)]));
"""

WIDTHS = (320, 390, 768, 1280, 1920)
PHONE, DESKTOP = 390, 1280
FINGER = 44  # CSS pixels
# Words and numbers that are on two lines (Japanese breaks between any two characters), and
# whether the page is wider than its window.
MEASURE = r"""
const found = [];
const range = document.createRange();
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let text; (text = texts.nextNode()); ) {
  const inside = text.parentElement;
  if (inside.closest("pre, option, script, textarea, .sr")) continue;
  if (!inside.checkVisibility()) continue;
  for (const word of text.data.matchAll(/[\p{Script=Latin}\p{M}\p{N}]+(?:[.,]\p{N}+)*/gu)) {
    if (word[0].length > 40) continue;  // a token fits no phone
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    const lines = new Set([...range.getClientRects()].map(part => Math.round(part.top)));
    if (lines.size > 1) found.push(`"${word[0]}" is broken in ${inside.outerHTML.slice(0, 200)}`);
  }
}
const wide = document.documentElement.scrollWidth;
if (wide > innerWidth) found.push(`is ${wide} px wide`);
return found;
"""
# Links within sentences may be smaller (WCAG 2.5.8).
TARGETS = "button, .btn, nav a, summary, select, input:not([type=hidden])"
SMALL = """
const [targets, finger] = arguments;
return [...document.querySelectorAll(targets)]
    .filter(each => each.checkVisibility({visibilityProperty: true}))
    .filter(each => !each.matches(".sr, [type=checkbox], [type=radio]"))
    .filter(each => each.getBoundingClientRect().height < finger)
    .map(each => `is no target for a finger: ${each.outerHTML}`);
"""


class Look(NamedTuple):
    """How a page is seen."""

    width: int
    dark: bool


EVERY_LOOK = tuple(Look(*each) for each in product((DESKTOP, PHONE), (False, True)))


class PageInspector:
    """Collects what is wrong with page after page; axe-core sees each in some looks."""

    def __init__(self, owner, looks, sources, where):
        """Keep the HTML in `sources`, by `where` it is and the name of the page."""
        self.owner = owner
        self.looks = looks
        self.sources = sources
        self.where = where
        self.faults = {}
        owner.chrome.execute_cdp_cmd("Network.enable", {})  # so that answers are kept

    def inspect(self, place, *, expected=""):
        """Inspect the page as it is, under a name; `expected` is in what its console may say."""
        owner, faults = self.owner, []
        self.sources[f"{self.where} {place}"] = self._source()
        for width in WIDTHS:
            owner.look(width=width)
            faults += [f"at {width} px: {each}" for each in owner.run(MEASURE)]
            if width == PHONE:
                faults += owner.run(SMALL, TARGETS, FINGER)
        if owner.run("return !window.axe"):
            owner.run(AXE)
        for look in self.looks:
            owner.look(width=look.width, dark=look.dark)
            found = owner.chrome.execute_async_script(RUN_AXE, AXE_OPTIONS)
            faults += [f"{look}: {each}" for each in found]
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
