"""Finding what the posts of a blog contain: their blocks, inline links and problems."""
