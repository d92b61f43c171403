"""Moving all that happened from one database to another."""
