"""Every check code: its meaning, and what to do."""

from collections.abc import Mapping
from typing import Any

from linkmgr.check.findings import CODES
from linkmgr.messages.message import Language, word


def load(language: Language) -> Mapping[str, Any]:
    """Return the codes in the registry's order, worded."""
    return {
        "codes": [
            (code, code.severity, word(code.meaning, language), word(code.remedy, language))
            for code in CODES.values()
        ]
    }
