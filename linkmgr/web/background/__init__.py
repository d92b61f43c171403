"""The background worker, which loads clicks and publishes the catalog."""
