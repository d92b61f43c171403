"""Health: what is broken and how to fix it, and builds of the site."""
