"""Whose link an address or a piece of code is, and what it leads to."""
