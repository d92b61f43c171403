"""The pages of items: the list, an item, its form, and looking up what is pasted."""
