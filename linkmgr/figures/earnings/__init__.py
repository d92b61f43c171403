"""What links earned, as tables: read from the database, joined with the catalog and the posts."""
