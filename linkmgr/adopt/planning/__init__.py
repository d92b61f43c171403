"""Planning the new text of the catalog and of each post."""
