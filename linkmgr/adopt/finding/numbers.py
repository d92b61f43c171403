"""Numbers of things, in words for people."""


def number_of(number: int, thing: str, things: str = "") -> str:
    """Return `1 post` or `2 posts`; `things` is the plural where it takes more than an s."""
    return f"{number} {thing if number == 1 else things or thing + 's'}"
