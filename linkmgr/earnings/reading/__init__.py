"""Reads the reports of affiliate programmes: what was sold, and what it earned."""
