"""Issued code in a post: what it is in stays, unless it is a block of its own."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from linkmgr.adopt.markup.article import Part
from linkmgr.adopt.post.parsed_post import ParsedPost
from linkmgr.links.programmes.packaged_profiles import programme_name
from linkmgr.links.recognition.issued_code import find_code, may_contain_code
from linkmgr.messages.message import Message, message

# A script that is live, maybe after comments: not one within a comment, nor in shown code.
_SCRIPT = re.compile(
    rb"\s*(?:<!--(?:(?!-->).)*+-->\s*)*+<(?:no)?script\b", re.IGNORECASE | re.DOTALL
)
_TAG = re.compile(rb"<[^<>]*>|!\[[^\[\]]*\]\([^()]*\)")


class IssuedCode(NamedTuple):
    """A programme's code in the part of a post from `start` to `end`."""

    programme: str
    start: int
    end: int
    line: int


def issued_code(parsed: ParsedPost) -> tuple[IssuedCode, ...]:
    """Return the issued code of a post, each line of it once, and a script once."""
    if not may_contain_code(parsed.raw):
        return ()
    found = {
        IssuedCode(
            programme,
            part.start,
            part.end,
            part.first + 1 if part.kind == "shielded" else parsed.line_at(at),
        )
        for part in parsed.article.parts
        if part.kind != "shielded" or _SCRIPT.match(parsed.raw, part.start, part.end)
        for at, programme in find_code(parsed.raw, part.start, part.end)
    }
    return tuple(sorted(found, key=lambda code: (code.line, code.programme)))


def code_reason(parsed: ParsedPost, parts: Sequence[Part], first: int, last: int) -> Message | None:
    """Return why the block of the parts from `first` to `last` (excluded) stays: it has such code.

    A counting picture may also be by itself right after the block.
    """
    if last < len(parts) and _is_picture_alone(parsed, parts[last]):
        last += 1
    for part in parts[first:last]:
        for at, programme in find_code(parsed.raw, part.start, part.end):
            line, reason = parsed.line_at(at), code_message(programme)
            if line == parts[first].first + 1:
                return reason
            return message("adopt.at-line", line=line, reason=reason)
    return None


def code_reason_in(parsed: ParsedPost, start: int, end: int) -> Message | None:
    """Return why a piece of a line stays: such code is in it."""
    return next((code_message(name) for _, name in find_code(parsed.raw, start, end)), None)


def code_message(programme: str) -> Message:
    """Return the reason for which issued code of a programme stays."""
    return message("adopt.keep-issued-code", programme=programme_name(programme))


def _is_picture_alone(parsed: ParsedPost, part: Part) -> bool:
    links = parsed.anchors(part)
    if not links or any(link.form != "image" for link in links):
        return False
    return not _TAG.sub(b"", parsed.raw[part.start : part.end]).strip()
