"""The catalog: what can be shown (books, CTAs) and when (mappings)."""
