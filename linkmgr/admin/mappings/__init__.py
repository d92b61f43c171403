"""The pages of tags and mappings, and the impact of a change before it is saved."""
