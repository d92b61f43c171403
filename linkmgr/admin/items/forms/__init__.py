"""The forms of items, by what an item is, and the entries of the catalog that they make."""
