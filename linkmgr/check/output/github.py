"""The result of a check as annotations of GitHub Actions.

The form is that of its workflow commands, escaped as `actions/toolkit` does (`command.ts`).
"""

from collections.abc import Iterator
from pathlib import Path

from linkmgr.check.findings.model import CheckResult, Severity
from linkmgr.check.output.sentence import file_of, sentence, within
from linkmgr.check.output.text import in_order, result_summary
from linkmgr.messages.wording import word


def result_annotations(result: CheckResult, base: Path) -> str:
    """Return a line for each finding and each warning, with files as seen from `base`.

    The summary comes after them, for those who read the log.
    """
    return "\n".join([*_annotations(result, base), result_summary(result)])


def _annotations(result: CheckResult, base: Path) -> Iterator[str]:
    # GitHub shows ten errors and ten warnings of a step, so the weightiest come first.
    for finding in in_order(result.findings):
        place = within(base, file_of(finding, result.folder)), finding.source.line
        yield _annotation(finding.code.severity, place, str(finding.code), sentence(finding))
    for warning in result.warnings:
        place = within(base, warning.location.file), warning.location.line
        yield _annotation(Severity.WARNING, place, warning.location.key, word(warning.message))


def _annotation(severity: Severity, place: tuple[str, int], title: str, text: str) -> str:
    file, line = place
    command = "notice" if severity is Severity.NOTE else severity.value
    # Without a line GitHub shows nothing in the file's diff.
    properties = {"file": file, "line": str(line or 1), "title": title}
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{command} {listed}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
