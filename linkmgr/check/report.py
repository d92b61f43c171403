"""What `linkmgr check` prints."""

from collections import Counter
from typing import Any

from linkmgr.check.model import MEANING, Checked


def checked_text(checked: Checked) -> str:
    """List the findings, a line each, then how many there are of which kind, and what it means."""
    pages = f"{checked.pages} pages checked"
    if not checked.findings:
        return f"{pages}: nothing is wrong"
    lines = [
        f"{page}:{line}: {wrong}: {what}" if line else f"{page}: {wrong}: {what}"
        for page, line, wrong, what in checked.findings
    ]
    counts = Counter(finding.wrong for finding in checked.findings)
    lines += ["", f"{pages}, {len(checked.findings)} findings:"]
    lines += (f"{count:6}  {wrong}: {MEANING[wrong]}" for wrong, count in counts.most_common())
    return "\n".join(lines)


def checked_json(checked: Checked) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        "pages": checked.pages,
        "findings": [finding._asdict() for finding in checked.findings],
    }
