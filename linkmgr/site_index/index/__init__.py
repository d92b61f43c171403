"""The index: a snapshot of the site, written to a file that the admin's views query."""
