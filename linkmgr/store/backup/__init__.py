"""The history of the catalog's texts."""
