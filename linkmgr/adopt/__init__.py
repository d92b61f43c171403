"""Adopting a blog: its hard-coded links become a catalog, and leave the posts; and the way back.

In the order of the work: `post` splits a post into parts, `blocks` recognises the blocks of links
in them, `scanning` reads a whole blog, `deciding` chooses which blocks leave and what the catalog
gets, `proposing` finds mappings for it, and `planning` computes every change. `run` does all that,
`write` carries it out or shows it as a patch, if `git` can give back what was there before, and
`report` and `report_json` say what was done. `eject` puts the blocks back as plain HTML. Nothing
else imports any of it, but for the list of commands.
"""
