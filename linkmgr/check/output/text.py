"""The result of a check as text for people."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from linkmgr.check.findings.codes import NO_LABEL, NO_REL, NO_TAG
from linkmgr.check.findings.model import CheckResult, Finding
from linkmgr.check.output.sentence import detail_of
from linkmgr.messages.message import Message, message
from linkmgr.messages.wording import word

# What links pasted into posts lack; the blocks of linkmgr have all of it.
_BY_HAND = (NO_LABEL, NO_REL, NO_TAG)
# Fewer posts are sooner edited by hand.
_MANY = 3


def result_text(result: CheckResult) -> str:
    """List the findings, a line each, before the summary."""
    lines = [_line(finding) for finding in in_order(result.findings)]
    return "\n".join([*lines, *([""] if lines else []), result_summary(result)])


def result_summary(result: CheckResult) -> str:
    """Say how many findings there are of each code and what to do, a line each."""
    shops = [word(_shop_pages(result.shop_pages))] if result.shop_pages else []
    pages = message("check.report.pages", count=result.pages, folder=result.folder)
    if result.waived:
        pages = message("check.report.waived", count=result.waived, pages=pages)
    if not result.findings:
        return "\n".join([word(message("check.report.clean", pages=pages)), *shops])
    findings = message("check.report.findings", count=len(result.findings))
    counts = Counter(finding.code for finding in result.findings)
    lines = (
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
    total = word(message("check.report.total", pages=pages, findings=findings))
    return "\n".join([total, *lines, *shops, *_next_step(result.findings)])


def _next_step(findings: Iterable[Finding]) -> list[str]:
    """Name `linkmgr adopt` where many posts have affiliate links written by hand."""
    posts = {
        finding.source.file
        for finding in findings
        if finding.code in _BY_HAND and "_posts" in Path(finding.source.file).parts
    }
    return [word(message("check.report.adopt", count=len(posts)))] if len(posts) >= _MANY else []


def _shop_pages(states: Mapping[str, int]) -> Message:
    return message("online.summary", count=sum(states.values()), **states)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings by file and line, after those that a template repeats."""
    return sorted(
        findings,
        key=lambda each: (each.pages == 1, each.source.file or each.page, each.source.line),
    )


def _line(finding: Finding) -> str:
    code, what, page, source, *_ = finding
    place = f"{source.file}:{source.line}" if source.line else source.file
    said = f": {escape_newlines(what)}" if what else ""
    return f"{escape_newlines(place or page)}: {code}{said}{detail_of(finding)}{_pages(finding)}"


def _pages(finding: Finding) -> str:
    """Say on which pages a finding is, as far as its place does not."""
    more, pages = finding.pages - 1, escape_newlines(finding.page)
    found: Message | None = None
    if finding.source.file and finding.page:
        found = message("check.report.on-page", page=pages)
        if more:
            found = message("check.report.on-pages", page=pages, count=more)
    elif more:
        found = message("check.report.more-pages", count=more)
    return word(found) if found else ""


def escape_newlines(text: str) -> str:
    """Keep a text on its line: what an address contains must not pass for a line of ours."""
    return text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
