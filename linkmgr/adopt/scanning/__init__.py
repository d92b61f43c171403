"""Scanning the posts of a blog: their blocks, inline links and findings."""
