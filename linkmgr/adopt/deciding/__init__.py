"""Deciding which blocks leave their posts, and which items the catalog gets from them."""
