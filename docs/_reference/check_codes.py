"""Every check code: its meaning, and what to do."""

from collections.abc import Mapping
from typing import Any

from linkmgr.check.findings.codes import CODES
from linkmgr.messages.language import Language
from linkmgr.messages.wording import word


def load(language: Language) -> Mapping[str, Any]:
    """Return the codes in the registry's order, worded."""
    return {
        "codes": [
            (code, code.severity, word(code.meaning, language), word(code.remedy, language))
            for code in CODES.values()
        ]
    }
