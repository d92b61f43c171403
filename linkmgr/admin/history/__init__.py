"""History: every change of the catalog, and restoring an earlier version."""
