"""Write the reference pages anew, into docs/ or a folder that is named."""

import sys
from pathlib import Path

from docs._reference.pages import DOCS, PAGES, render
from linkmgr.messages.message import ENGLISH, LANGUAGES

docs = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
for language in LANGUAGES:
    folder = docs / ("" if language == ENGLISH else language) / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    for name in PAGES:
        (folder / f"{name}.md").write_text(render(name, language), encoding="utf-8")
