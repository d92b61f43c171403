"""The keys under which visitors are hashed: one a day, shared by all that count for a site."""
