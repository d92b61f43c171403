"""Waivers out of their entries: what `linkmgr check` is not to report, why and until when."""

import re
from datetime import date

from linkmgr.catalog.model import Waiver
from linkmgr.catalog.reading.yaml.section import Section
from linkmgr.messages.message import Message, message

WAIVER_KEYS = ("code", "page", "link", "reason", "until")

# Which codes there are is known to the check alone, which reports a waiver of an unknown one.
_CODE = re.compile(r"[a-z]+(-[a-z]+)*")


def read_waiver(section: Section) -> Waiver:
    """Return the waiver of an entry; what was wrong in it is reported and left out."""
    if not section.has("until"):
        section.problem("until", message("catalog.waiver-without-end"))
    return Waiver(
        code=section.required("code", _code_problem),
        reason=section.required("reason"),
        until=section.day("until") or date.max,
        page=section.text("page"),
        link=section.text("link"),
    )


def _code_problem(text: str) -> Message | None:
    return None if _CODE.fullmatch(text) else message("catalog.check-code")
