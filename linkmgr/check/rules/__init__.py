"""The rules: what is wrong with pages and the links on them."""
