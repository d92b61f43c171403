"""The figures: what the clicks add up to, all of its SQL."""
