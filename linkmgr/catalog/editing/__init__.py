"""Changes to single entries in the text of `catalog.yaml`, and of the file."""
