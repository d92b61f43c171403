"""The rules for the catalog itself, and for what posts' front matter says about it."""
