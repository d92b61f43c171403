"""What is answered to a request that reaches no app, and so has no language of its own."""

from linkmgr.messages.language import LANGUAGES
from linkmgr.messages.message import Message
from linkmgr.messages.wording import word


def refusal(reason: Message) -> tuple[list[tuple[str, str]], bytes]:
    """Return headers and body of an answer that says why, and ends the connection."""
    body = "".join(f"{word(reason, language)}\n" for language in reversed(LANGUAGES)).encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
        ("Connection", "close"),
    ]
    return headers, body
