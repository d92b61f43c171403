"""Tells whether a user agent is a bot's, within a time that no user agent can stretch."""

import re

from linkmgr.clicks.bots.names import KNOWN_NAMES
from linkmgr.clicks.bots.rules import broken_rule, is_terminal
from linkmgr.clicks.bots.text import LONGEST, plain_text

NO_AGENT = "no user agent"
"""Why a request that names no user agent is a bot's: every browser names one."""

_LONGEST_REASON = 40
_WORD_BEFORE = re.compile(r"[A-Za-z0-9_-]{0,40}\Z")
_WORD_AFTER = re.compile(r"[A-Za-z0-9_-]{0,40}")
_UNWANTED = re.compile(r"[^A-Za-z0-9._/-]+")


def find_bot(user_agent: str) -> str:
    """Return why a user agent is a bot's, in `[A-Za-z0-9 ._/-]{1,40}`; empty if it is a reader's.

    The reason is the name or word that gives it away, or the rule that it breaks.
    """
    if not user_agent[:LONGEST].strip():
        return NO_AGENT
    text = plain_text(user_agent)
    if is_terminal(text):
        return ""
    if found := KNOWN_NAMES.find(text):
        return _reason(user_agent, *found) or "bot"
    if rule := broken_rule(text):
        return (rule.found and _reason(user_agent, *rule.found)) or rule.name
    return ""


def _reason(user_agent: str, start: int, end: int) -> str:
    """Return the whole word around what was found, whose places are those of the plain text."""
    start, end = max(start - 1, 0), end - 1
    before = _WORD_BEFORE.search(user_agent, max(start - _LONGEST_REASON, 0), start)
    after = _WORD_AFTER.match(user_agent, end)
    words = (before[0] if before else "") + user_agent[start:end] + (after[0] if after else "")
    words = words.partition("/")[0]  # without the version
    return _UNWANTED.sub(" ", words).strip()[:_LONGEST_REASON].strip()
