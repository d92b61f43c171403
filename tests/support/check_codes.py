"""Check codes: their table in docs/check.md, and one more of them for a test.

`python -m tests.support.check_codes` writes the table.
"""

import io
import re
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from babel.messages import Catalog
from babel.messages.mofile import write_mo

from linkmgr.check.findings.codes import CODES, register
from linkmgr.check.findings.model import Severity
from linkmgr.check.rules import links
from linkmgr.messages import wording
from linkmgr.messages.wording import word

PAGE = Path(__file__).parents[2] / "docs" / "check.md"
THROWAWAY = "shouting-link"

HEAD = "| code | severity | what is wrong | what to do |\n|---|---|---|---|\n"


def codes_table():
    """Return the table as the registry has it."""
    rows = (
        f"| `{code}` | {code.severity} | {word(code.meaning, 'en')} | {word(code.remedy, 'en')} |\n"
        for code in CODES.values()
    )
    return HEAD + "".join(rows)


def with_table(text):
    """Return the page's text with the table as the registry has it."""
    return re.sub(re.escape(HEAD) + r"(?:\|.*\n)*", lambda _: codes_table(), text)


@contextmanager
def throwaway_code():
    """Add a code by what a real one needs: a rule, and its wording."""
    worded = _with_wording(wording._translations)  # noqa: SLF001 - as if its files had it
    rules = [*links._LINK_RULES]  # noqa: SLF001 - so that the rule goes with the test
    with patch.object(links, "_LINK_RULES", rules), patch.dict(CODES):
        code = register(THROWAWAY, Severity.WARNING)
        links.link_rule(code)(lambda link: link.link.url.isupper())
        with patch.object(wording, "_translations", worded):
            yield code


def _with_wording(translations):
    def read(domain, language):
        catalog, text = Catalog(language), io.BytesIO()
        for part in ("finding", "remedy"):
            catalog.add(f"check.{part}.{THROWAWAY}", f"{part} in {language}")
        write_mo(text, catalog)
        text.seek(0)
        found = wording.GNUTranslations(text)
        found.add_fallback(translations(domain, language))
        return found

    return read


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
