"""The background worker, which loads clicks and publishes the catalog."""

PATIENCE = 30.0
"""Seconds that it takes at most, once stopped, to load what is left."""
