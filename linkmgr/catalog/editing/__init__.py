"""Changes of single entries in the text of `catalog.yaml`, and of the file."""
