"""What `linkmgr check` prints."""

from collections import Counter
from typing import Any

from linkmgr.check.model import MEANING, Checked, Group, grouped
from linkmgr.messages.wording import word


def checked_text(checked: Checked) -> str:
    """List the findings, a line each, then how many there are of which kind, and what it means."""
    pages = f"{_number(checked.pages, 'page')} of {checked.folder} checked"
    if not checked.findings:
        return f"{pages}: nothing is wrong"
    lines = [_line(group) for group in sorted(grouped(checked.findings), key=_by_page)]
    counts = Counter(finding.wrong for finding in checked.findings)
    lines += ["", f"{pages}, {_number(len(checked.findings), 'finding')}:"]
    lines += (f"{count:6}  {wrong}: {MEANING[wrong]}" for wrong, count in counts.most_common())
    return "\n".join(lines)


def checked_json(checked: Checked) -> dict[str, Any]:
    """Return the same for programs, each finding by itself."""
    return {
        "folder": checked.folder,
        "pages": checked.pages,
        "findings": [finding._asdict() for finding in checked.findings],
        "warnings": [
            {**warning.to_json(), "message": word(warning.message)} for warning in checked.warnings
        ],
    }


def _by_page(group: Group) -> tuple[bool, str]:
    return group.pages == 1, group.page


def _line(group: Group) -> str:
    more = f" (and {_number(group.pages - 1, 'more page')})" if group.pages > 1 else ""
    what = f": {_plain(group.what)}" if group.what else ""
    return f"{_plain(group.page)}: {group.wrong}{what}{more}"


def _plain(text: str) -> str:
    """Keep a text on its line: what an address holds must not pass for a line of ours."""
    return text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
