"""Changing the catalog: one way to save, with a revision for each, and the form of an entry."""
