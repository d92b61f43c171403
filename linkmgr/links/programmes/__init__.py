"""Programmes and shops: what is known of their links, and the rules that they set."""
