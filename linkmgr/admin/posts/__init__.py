"""Posts: which items each shows and why, and pinning items there."""
