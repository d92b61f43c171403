"""Adopting a blog: its hard-coded links become a catalog, and leave the posts."""
