"""The result of a check as JSON for other programs."""

from typing import Any

from linkmgr.check.findings.model import CheckResult, Finding
from linkmgr.messages.wording import word


def result_json(result: CheckResult) -> dict[str, Any]:
    """Return the result as what JSON can hold."""
    return {
        "folder": result.folder,
        "pages": result.pages,
        "findings": [_finding_json(finding) for finding in result.findings],
        "waived": result.waived,
        "warnings": [warning.reported() for warning in result.warnings],
        **({"shop_pages": dict(result.shop_pages)} if result.shop_pages else {}),
    }


def _finding_json(finding: Finding) -> dict[str, Any]:
    code, what, page, source, also, detail = finding
    return {
        "wrong": code.name,
        "what": what,
        "page": page,
        "also": list(also),
        "file": source.file,
        "line": source.line,
        "key": source.key,
        "severity": code.severity,
        "message": word(code.meaning),
        "remedy": word(code.remedy),
        "detail": word(detail) if detail else "",
        **code.meaning.to_json(),
    }
