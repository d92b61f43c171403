"""Proposing mappings that show the items where the posts had them."""
