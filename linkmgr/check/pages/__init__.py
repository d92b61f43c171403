"""The built pages, and what is read of each."""
