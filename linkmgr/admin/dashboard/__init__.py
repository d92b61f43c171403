"""Dashboard: clicks and visitors of a period, filtered by any of its tables."""
