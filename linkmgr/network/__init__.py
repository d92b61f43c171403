"""Requests to servers of the public internet, and to the owner's own admin."""
