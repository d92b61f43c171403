"""The documentation site: what Sphinx needs to build it."""
