"""The short ASCII name of a post."""

from hashlib import sha256

_HEX_DIGITS = 16
"""64 bits: among 20,000 posts two share a key with a probability of one in 90 billion."""


def post_key(path: str) -> str:
    """Hash a post's `page.path`: the name of its fragment and the `p` of its clicks."""
    return sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:_HEX_DIGITS]
