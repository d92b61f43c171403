"""Placements: which links stand on which pages."""
