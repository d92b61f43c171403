"""Opportunities: what to do next, by the clicks that are at stake."""
