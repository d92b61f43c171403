"""Every check code: its meaning, and what to do."""

from collections.abc import Mapping
from typing import Any

from linkmgr.check.findings import CODES
from linkmgr.messages.message import Language, translate


def load(language: Language) -> Mapping[str, Any]:
    """Return the codes in the registry's order, worded."""
    return {
        "codes": [
            (
                code,
                code.severity,
                translate(code.meaning, language),
                translate(code.remedy, language),
            )
            for code in CODES.values()
        ]
    }
