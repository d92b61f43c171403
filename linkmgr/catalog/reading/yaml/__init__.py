"""The YAML of a catalog: its nodes as sections, lists and texts, each with its line."""
