"""What a check prints: text for people, JSON and annotations for programs."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from linkmgr.check.findings import (
    NO_LABEL,
    NO_REL,
    NO_TAG,
    CheckResult,
    Finding,
    Severity,
)
from linkmgr.messages.message import Message, message, readable, translate

# What several outputs need.


def _sentence(finding: Finding) -> str:
    """Return a finding as a sentence: the fault, its subject, and the remedy."""
    code, what, *_ = finding
    said = f"{translate(code.meaning)}: {readable(what)}" if what else translate(code.meaning)
    said += _detail_of(finding)
    return translate(message("check.report.sentence", said=said, remedy=code.remedy))


def _detail_of(finding: Finding) -> str:
    """Return the details of a finding, in brackets, `""` if it has none."""
    return (
        translate(message("check.report.detail", detail=finding.detail)) if finding.detail else ""
    )


def _file_of(finding: Finding, built: str) -> str:
    """Return the file that a finding is about: its source, else its page in the `built` folder."""
    return finding.source.file or os.path.join(built, finding.page)  # noqa: PTH118 - a plain text


def _within(base: Path, file: str) -> str:
    """Return a file's path as it is written from `base`, `/` between its parts.

    A file outside of it keeps its whole path.
    """
    path = Path(os.path.abspath(file))  # noqa: PTH100 - links stay as they are
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else path.as_posix()


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings by file and line, after those that a template repeats."""
    return sorted(
        findings,
        key=lambda finding: (
            finding.pages == 1,
            finding.source.file or finding.page,
            finding.source.line,
        ),
    )


def escape_newlines(text: str) -> str:
    """Keep a text on its line: what an address contains must not pass for a line of ours."""
    return text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


# Text.

# What links pasted into posts lack; the blocks of linkmgr have all of it.
_BY_HAND = (NO_LABEL, NO_REL, NO_TAG)
# Fewer posts are sooner edited by hand.
_MANY = 3


def result_text(result: CheckResult) -> str:
    """List the findings, a line each, before the summary."""
    lines = [_line(finding) for finding in _in_order(result.findings)]
    if lines:
        lines.append("")
    lines.append(_result_summary(result))
    return "\n".join(lines)


def _result_summary(result: CheckResult) -> str:
    """Return the number of findings of each code and the remedy, a line each."""
    pages = message("check.report.pages", count=result.pages, folder=result.folder)
    if result.waived:
        pages = message("check.report.waived", count=result.waived, pages=pages)
    lines: list[str] = []
    if result.findings:
        findings = message("check.report.findings", count=len(result.findings))
        lines.append(translate(message("check.report.total", pages=pages, findings=findings)))
    else:
        lines.append(translate(message("check.report.clean", pages=pages)))
    counts = Counter(finding.code for finding in result.findings)
    for code, count in counts.most_common():
        counted = message(
            "check.report.code",
            count=count,
            name=code.name,
            meaning=code.meaning,
            remedy=code.remedy,
        )
        lines.append(translate(counted))
    if states := result.shop_pages:
        lines.append(translate(message("online.summary", count=sum(states.values()), **states)))
    lines += _next_step(result.findings)
    return "\n".join(lines)


def _next_step(findings: Iterable[Finding]) -> list[str]:
    """Name `linkmgr adopt` where many posts have affiliate links written by hand."""
    posts: set[str] = set()
    for finding in findings:
        file = finding.source.file
        if finding.code in _BY_HAND and "_posts" in Path(file).parts:
            posts.add(file)
    return (
        [translate(message("check.report.adopt", count=len(posts)))] if len(posts) >= _MANY else []
    )


def _line(finding: Finding) -> str:
    code, what, page, source, *_ = finding
    place = f"{source.file}:{source.line}" if source.line else source.file
    said = f": {escape_newlines(readable(what))}" if what else ""
    return f"{escape_newlines(place or page)}: {code}{said}{_detail_of(finding)}{_pages(finding)}"


def _pages(finding: Finding) -> str:
    """Say on which pages a finding is, as far as its place does not."""
    more, pages = finding.pages - 1, escape_newlines(finding.page)
    note: Message | None = None
    if finding.source.file and finding.page:
        note = message("check.report.on-page", page=pages)
        if more:
            note = message("check.report.on-pages", page=pages, count=more)
    elif more:
        note = message("check.report.more-pages", count=more)
    return translate(note) if note else ""


# JSON.


def result_json(result: CheckResult) -> dict[str, Any]:
    """Return the result as what JSON can hold."""
    values: dict[str, Any] = {
        "folder": result.folder,
        "pages": result.pages,
        "findings": [_finding_json(finding) for finding in result.findings],
        "waived": result.waived,
        "warnings": [warning.reported() for warning in result.warnings],
    }
    if result.shop_pages:
        values["shop_pages"] = dict(result.shop_pages)
    return values


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
        "message": translate(code.meaning),
        "remedy": translate(code.remedy),
        "detail": translate(detail) if detail else "",
        **code.meaning.to_json(),
    }


# Annotations of GitHub Actions.
#
# Their form is that of its workflow commands, escaped as `actions/toolkit` does (`command.ts`).


def result_annotations(result: CheckResult, base: Path) -> str:
    """Return a line for each finding and each warning, with files as seen from `base`.

    The summary comes after them, for those who read the log.
    """
    return "\n".join([*_annotations(result, base), _result_summary(result)])


def _annotations(result: CheckResult, base: Path) -> Iterator[str]:
    # GitHub shows ten errors and ten warnings of a step, so the weightiest come first.
    for finding in _in_order(result.findings):
        place = _within(base, _file_of(finding, result.folder)), finding.source.line
        yield _annotation(finding.code.severity, place, str(finding.code), _sentence(finding))
    for warning in result.warnings:
        place = _within(base, warning.location.file), warning.location.line
        yield _annotation(Severity.WARNING, place, warning.location.key, translate(warning.message))


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
