"""What `linkmgr check` prints, as text and as JSON."""

from collections import Counter
from typing import Any

from linkmgr.check.model import CheckResult, Finding, FindingGroup, grouped
from linkmgr.messages.message import message
from linkmgr.messages.wording import word


def result_text(result: CheckResult) -> str:
    """List the findings, a line each, then how many there are of each code and what to do."""
    pages = message("check.report.pages", count=result.pages, folder=result.folder)
    if not result.findings:
        return word(message("check.report.clean", pages=pages))
    lines = [_line(group) for group in sorted(grouped(result.findings), key=_by_page)]
    findings = message("check.report.findings", count=len(result.findings))
    lines += ["", word(message("check.report.total", pages=pages, findings=findings))]
    counts = Counter(finding.code for finding in result.findings)
    lines += (
        word(
            message(
                "check.report.code",
                count=count,
                name=code.name,
                meaning=code.meaning,
                remedy=code.remedy,
            )
        )
        for code, count in counts.most_common()
    )
    return "\n".join(lines)


def result_json(result: CheckResult) -> dict[str, Any]:
    """Return the same for programs, each finding by itself."""
    return {
        "folder": result.folder,
        "pages": result.pages,
        "findings": [_finding_json(finding) for finding in result.findings],
        "warnings": [warning.reported() for warning in result.warnings],
    }


def _finding_json(finding: Finding) -> dict[str, Any]:
    code = finding.code
    return {
        "wrong": code.name,
        "what": finding.what,
        "page": finding.page,
        "severity": code.severity,
        "message": word(code.meaning),
        **code.meaning.to_json(),
    }


def _by_page(group: FindingGroup) -> tuple[bool, str]:
    return group.pages == 1, group.page


def _line(group: FindingGroup) -> str:
    others = message("check.report.more-pages", count=group.pages - 1)
    more = word(others) if group.pages > 1 else ""
    what = f": {_escape_newlines(group.what)}" if group.what else ""
    return f"{_escape_newlines(group.page)}: {group.code}{what}{more}"


def _escape_newlines(text: str) -> str:
    """Keep a text on its line: what an address contains must not pass for a line of ours."""
    return text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
