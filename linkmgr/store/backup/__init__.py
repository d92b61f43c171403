"""Backing an instance up while it runs, and restoring it."""
