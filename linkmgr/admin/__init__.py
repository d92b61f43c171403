"""The admin: pages to edit the catalog and to see what it does and what is clicked."""
