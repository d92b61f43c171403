"""Files: atomic replacement, locks, and the cache folder."""
