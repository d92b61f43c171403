"""The result of a check as SARIF (version 2.1.0), for GitHub's code scanning and editors.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import quote

from linkmgr import __version__
from linkmgr.check.findings.codes import CODES
from linkmgr.check.findings.model import CheckCode, CheckResult, Finding
from linkmgr.check.output.sentence import file_of, sentence, within
from linkmgr.messages.errors import Problem
from linkmgr.messages.wording import word

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def result_sarif(result: CheckResult, base: Path) -> dict[str, Any]:
    """Return the result as what JSON can hold, with files as seen from `base`."""
    rules = list(CODES.values())
    run = {
        "tool": {
            "driver": {
                "name": "linkmgr",
                "semanticVersion": __version__,
                "rules": [_rule(code) for code in rules],
            }
        },
        "invocations": [
            {
                "executionSuccessful": True,
                "toolConfigurationNotifications": [
                    _notification(warning, base) for warning in result.warnings
                ],
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [
            {
                **_result(finding, result.folder, base),
                "ruleIndex": rules.index(finding.code),
            }
            for finding in result.findings
        ],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: CheckCode) -> dict[str, Any]:
    return {
        "id": code.name,
        "shortDescription": {"text": word(code.meaning)},
        "help": {"text": word(code.remedy), "markdown": word(code.remedy)},
        "defaultConfiguration": {"level": code.severity.value},
    }


def _result(finding: Finding, built: str, base: Path) -> dict[str, Any]:
    file = within(base, file_of(finding, built))
    return {
        "ruleId": finding.code.name,
        "level": finding.code.severity.value,
        "message": {"text": sentence(finding)},
        "locations": [_location(file, finding.source.line)],
        "occurrenceCount": finding.pages,
        "partialFingerprints": {"primaryLocationLineHash": _fingerprint(finding, file)},
        "properties": {"page": finding.page, "also": list(finding.also)},
    }


def _notification(warning: Problem, base: Path) -> dict[str, Any]:
    place = warning.location
    return {
        "level": "warning",
        "message": {"text": word(warning.message)},
        "locations": [_location(within(base, place.file), place.line)],
    }


def _location(file: str, line: int) -> dict[str, Any]:
    # GitHub shows only what has a line.
    region = {"startLine": line or 1}
    return {"physicalLocation": {"artifactLocation": {"uri": quote(file)}, "region": region}}


def _fingerprint(finding: Finding, file: str) -> str:
    """Name a finding so that it keeps its name when other lines of its file move.

    GitHub compares runs by this name alone, and else makes one of the line's text.
    """
    named = (finding.code.name, finding.what, file, finding.source.key)
    return blake2b("\n".join(named).encode(errors="replace"), digest_size=8).hexdigest() + ":1"
