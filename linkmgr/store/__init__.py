"""What happened: clicks from the spool to the database, and the figures out of it."""
