"""Posts as spans of their bytes: parts of the Markdown, and links in them."""
