"""Earnings in the database: imported reports, which of their rows count, and their sums."""
