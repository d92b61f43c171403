"""Tells whether a user agent is a bot's, within a time that no user agent can stretch."""

import re

from linkmgr.clicks.bots.names import KNOWN_NAMES
from linkmgr.clicks.bots.rules import broken_rule, is_terminal
from linkmgr.clicks.bots.text import LONGEST, plain_text

NO_AGENT = "no user agent"
"""Why a request that names no user agent is a bot's: every browser names one."""

_LONGEST_REASON = 40
_UNWANTED = re.compile(r"[^A-Za-z0-9._/-]+")


def find_bot(user_agent: str) -> str:
    """Return why a user agent is a bot's, in `[A-Za-z0-9 ._/-]{1,40}`; empty if it is a reader's.

    The reason is the name or word that gives it away, or the rule that it breaks: nothing that is
    not in the lists and rules, for it is stored, and a user agent may hold anything.
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
    """Return what was found, without a version; the places are those of the plain text."""
    found = user_agent[max(start - 1, 0) : end - 1].partition("/")[0]
    return _UNWANTED.sub(" ", found).strip()[:_LONGEST_REASON].strip()
