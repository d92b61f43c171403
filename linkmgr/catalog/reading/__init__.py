"""From the text of `catalog.yaml` to a `Catalog`, or to every problem it has."""
