"""One more check code, for a test."""

import io
from contextlib import contextmanager
from unittest.mock import patch

from babel.messages import Catalog
from babel.messages.mofile import write_mo

from linkmgr.check.findings import CODES, Severity, register
from linkmgr.check.rules import links
from linkmgr.messages import message

THROWAWAY = "shouting-link"


@contextmanager
def throwaway_code():
    """Add a code by what a real one needs: a rule, and its message."""
    worded = _with_wording(message._loaded)  # noqa: SLF001 - as if its files had it
    rules = [*links._LINK_RULES]  # noqa: SLF001 - so that the rule goes with the test
    with patch.object(links, "_LINK_RULES", rules), patch.dict(CODES):
        code = register(THROWAWAY, Severity.WARNING)
        links.link_rule(code)(lambda link: link.link.url.isupper())
        with patch.object(message, "_loaded", worded):
            yield code


def _with_wording(loaded):
    def read(path):
        language = path.split("/")[1]
        catalog, text = Catalog(language), io.BytesIO()
        for part in ("finding", "remedy"):
            catalog.add(f"check.{part}.{THROWAWAY}", f"{part} in {language}")
        write_mo(text, catalog)
        text.seek(0)
        translations = message.GNUTranslations(text)
        translations.add_fallback(loaded(path))
        return translations

    return read
