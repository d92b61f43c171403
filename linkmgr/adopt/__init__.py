"""Adopting a blog: its hard-coded links become a catalog, and leave the posts.

The folders in the order of the work: `markup` splits a post into parts, `blocks` recognises the
blocks of links in them, `finding` reads a whole blog, `deciding` chooses which blocks leave and
what the catalog gets, `proposing` finds mappings for it, `planning` computes every change,
`writing` carries it out or shows it as a patch, and `report` words it.
"""
