"""A finding as one sentence, for outputs that show each by itself."""

import os
from pathlib import Path

from linkmgr.check.findings.model import Finding
from linkmgr.messages.message import message
from linkmgr.messages.wording import word


def sentence(finding: Finding) -> str:
    """Say what is wrong, with what, and what to do about it."""
    code, what, *_ = finding
    said = f"{word(code.meaning)}: {what}" if what else word(code.meaning)
    said += detail_of(finding)
    return word(message("check.report.sentence", said=said, remedy=code.remedy))


def detail_of(finding: Finding) -> str:
    """Return what else there is to say of a finding, in brackets, `""` if there is nothing."""
    return word(message("check.report.detail", detail=finding.detail)) if finding.detail else ""


def file_of(finding: Finding, built: str) -> str:
    """Return the file that a finding is about: its source, else its page in the `built` folder."""
    return finding.source.file or os.path.join(built, finding.page)  # noqa: PTH118 - a plain text


def within(base: Path, file: str) -> str:
    """Return a file's path as it is written from `base`, `/` between its parts.

    A file outside of it keeps its whole path.
    """
    path = Path(os.path.abspath(file))  # noqa: PTH100 - links stay as they are
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else path.as_posix()
