"""Write the reference pages anew, and the schema for editors; a folder named gets pages alone."""

import sys
from pathlib import Path

from docs._reference.pages import DOCS, PAGES, render
from linkmgr.catalog.keys.schema import schema_text
from linkmgr.messages.message import ENGLISH, LANGUAGES

docs = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
for language in LANGUAGES:
    folder = docs / ("" if language == ENGLISH else language) / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    for name in PAGES:
        (folder / f"{name}.md").write_text(render(name, language), encoding="utf-8")
if docs == DOCS:
    schema = DOCS.parent / "linkmgr" / "catalog" / "catalog.schema.json"
    schema.write_text(schema_text(), encoding="utf-8")
