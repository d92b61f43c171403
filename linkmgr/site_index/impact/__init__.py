"""The impact of an edit: which posts would show other items by another catalog."""
