"""Placements: which links are on which pages."""
