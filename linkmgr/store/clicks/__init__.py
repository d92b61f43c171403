"""Clicks in the database: loaded from the spool, pruned and exported."""
