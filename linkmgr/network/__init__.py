"""Requests to servers of the public internet, and to none of the owner's network."""
