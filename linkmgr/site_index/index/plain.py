"""Texts as they can be written anywhere."""


def plain(text: str) -> str:
    """Return a text that UTF-8 has: YAML can make lone surrogates."""
    return text.encode(errors="replace").decode()
