"""The hot path: redirects and hits."""
